/* corpus_qa.c - questions about texts, as one JSON document (questions.h). */
#include "models/text/corpus_internal.h"

kd_status kd_corpus_read_qa(kd_corpus *corpus, kd_error *err)
{
    int64_t nowhere = 0;

    corpus->arena = kd_arena_create(0);
    kd_status status = kd_questions_parse(&corpus->questions, corpus->arena, corpus->map.bytes,
                                          corpus->map.length, corpus->name, &nowhere, err);
    if (status != KD_OK) return status;
    for (int64_t i = 0; i < nowhere; i++) kd_corpus_note(corpus, KD_NOTE_NOWHERE, 0);
    kd_corpus_settle_questions(corpus);
    return KD_OK;
}
