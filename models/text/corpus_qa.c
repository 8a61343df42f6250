/* corpus_qa.c - questions about texts, as one JSON document (questions.h). */
#include "models/text/corpus_internal.h"

enum { LARGEST = 512 << 20 /* bytes: the tree of a larger file would take too much memory */ };

kd_status kd_corpus_read_qa(kd_corpus *corpus, kd_error *err)
{
    int64_t nowhere = 0;

    if (corpus->map.length > LARGEST)
        return kd_fail(err, KD_EDATA, "%s: has %zu bytes, more than the %d that are read",
                       corpus->name, corpus->map.length, LARGEST);
    corpus->arena = kd_arena_create(0);
    kd_status status = kd_questions_parse(&corpus->questions, corpus->arena, corpus->map.bytes,
                                          corpus->map.length, corpus->name, &nowhere, err);
    if (status != KD_OK) return status;
    for (int64_t i = 0; i < nowhere; i++) kd_corpus_note(corpus, KD_NOTE_NOWHERE, 0);
    kd_corpus_settle_questions(corpus);
    return KD_OK;
}
