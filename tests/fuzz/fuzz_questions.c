/* Any bytes as a file of questions: refused with its name, or read; then every answer stands where it says, what is
 * printed reads as the same, and windows of it have answers and places inside their texts. */
#include <string.h>

#include "models/text/pack_build.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = {
    "{\"data\":[{\"paragraphs\":[{\"context\":\"In 1991 the \xCE\xB1 gene FBN1\",\"qas\":[{\"id\":"
    "\"a_001\",\"question\":\"Which gene?\",\"answers\":[{\"text\":\"FBN1\",\"answer_start\":19},"
    "{\"text\":\"gene "
    "FBN1\",\"answer_start\":14}]},{\"id\":\"b\",\"question\":\"Why?\",\"answers\":"
    "[],\"is_impossible\":true}]}]}]}",
    "{\"questions\":[{\"id\":\"5a\",\"type\":\"factoid\",\"body\":\"Which?\",\"exact_answer\":[["
    "\"FBN1\",\"fibrillin\"]],\"snippets\":[{\"text\":\"the fbn1\"},{\"text\":\"none\"}]},{\"id\":"
    "\"5b\",\"type\":\"yesno\"}]}",
    "{\"7\":{\"QUESTION\":\"Is it?\",\"CONTEXTS\":[\"It is.\",\"So it "
    "is.\"],\"final_decision\":\"maybe\"}}",
    "",
};

#define PIECES "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\ngene\nfbn\n##1\nin\n"

static void check_answers(const kd_questions *questions)
{
    for (size_t r = 0; r < questions->rows.count; r++) {
        const kd_question *row = &questions->rows.items[r];
        KD_CHECK(row->number >= 0 && row->number < questions->count, "question %d of %d",
                 row->number, questions->count);
        for (int i = 0; i < row->count; i++) {
            int32_t begin = row->answers[i].begin;
            if (begin < 0) continue;
            size_t length = kd_characters(row->context, &begin, row->answers[i].end);
            KD_CHECK((size_t)begin + length <= strlen(row->context), "an answer outside its text");
        }
    }
}

static void check_again(const kd_questions *questions)
{
    kd_questions again = { .count = 0 };
    kd_arena    *arena = kd_arena_create(0);
    kd_str       text = KD_STR_INIT;
    kd_error     err;
    kd_questions_print(questions, &text);
    KD_CHECK(kd_questions_parse(&again, arena, text.text, text.length, "again", NULL, &err) ==
                 KD_OK,
             "what was printed is not read: %s", err.text);
    KD_CHECK(again.rows.count == questions->rows.count && again.count <= questions->count,
             "%zu rows, then %zu", questions->rows.count, again.rows.count);
    kd_questions_fini(&again);
    kd_arena_destroy(arena);
    kd_str_fini(&text);
}

static void check_windows(const kd_corpus *corpus)
{
    kd_token_options options;
    kd_tokenizer    *tokenizer;
    kd_pack          pack;
    kd_error         err;
    kd_setting_defaults(kd_token_settings, &options);
    options.max_pieces = 12;
    options.question_pieces = 4;
    options.stride = 3;
    KD_CHECK(kd_tokenizer_open(&tokenizer, kd_fuzz_file("-vocab.txt", PIECES, strlen(PIECES)),
                               &options, &err) == KD_OK,
             "%s", err.text);
    KD_CHECK(kd_pack_build(&pack, corpus, tokenizer, &options, NULL, &err) == KD_OK, "%s",
             err.text);
    for (int b = 0; b < pack.sentences; b++) {
        int length = pack.piece_begin[b + 1] - pack.piece_begin[b];
        KD_CHECK(length <= 12 && pack.spans[2 * b] <= pack.spans[2 * b + 1] &&
                     pack.spans[2 * b + 1] < length,
                 "window %d", b);
        const char *context = corpus->questions.rows.items[pack.documents[b]].context;
        int32_t     most = (int32_t)strlen(context);
        for (int n = pack.piece_begin[b]; n < pack.piece_begin[b + 1]; n++)
            KD_CHECK(pack.word[n] != 1 ||
                         (pack.places[2 * n] >= 0 && pack.places[2 * n] <= pack.places[2 * n + 1] &&
                          pack.places[2 * n + 1] <= most),
                     "place %d to %d", pack.places[2 * n], pack.places[2 * n + 1]);
    }
    kd_pack_fini(&pack);
    kd_tokenizer_destroy(tokenizer);
}

/* The same bytes as questions of yes and no. */
static void check_pairs(const char *path)
{
    kd_labels *labels = kd_labels_create();
    kd_corpus  corpus;
    kd_error   err;
    if (kd_corpus_read(&corpus, path, KD_TASK_PAIR, NULL, labels, &err) == KD_OK) {
        KD_CHECK((int)corpus.words.count == 2 * kd_corpus_sentences(&corpus), "%zu texts",
                 corpus.words.count);
        for (size_t b = 0; b < corpus.classes.count; b++)
            KD_CHECK(corpus.classes.items[b] >= 0 &&
                         corpus.classes.items[b] < kd_labels_count(labels),
                     "row %zu", b);
        kd_corpus_fini(&corpus);
    } else {
        KD_CHECK(strstr(err.text, "-questions.json") != NULL, "no name in: %s", err.text);
    }
    kd_labels_destroy(labels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = kd_fuzz_file("-questions.json", data, size);
    kd_corpus   corpus;
    kd_error    err;
    check_pairs(path);
    if (kd_corpus_read(&corpus, path, KD_TASK_QA, NULL, NULL, &err) != KD_OK) {
        KD_CHECK(strstr(err.text, "-questions.json") != NULL, "no name in: %s", err.text);
        return 0;
    }
    check_answers(&corpus.questions);
    check_again(&corpus.questions);
    check_windows(&corpus);
    kd_corpus_fini(&corpus);
    return 0;
}
