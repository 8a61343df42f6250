/* test_questions.c - the published forms of questions, what is refused in them, and their windows. */
#include "models/text/questions.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "models/text/pack_build.h"
#include "models/text/synth.h"
#include "tests/support/support.h"
#include "tests/text/pieces.h"

/* The context of most: characters that take two bytes stand before the answers. */
#define CONTEXT "In 1991 the α-helix gene FBN1 was found ."

typedef struct {
    kd_arena    *arena;
    kd_questions questions;
    int64_t      nowhere;
    kd_error     err;
} scene;

static kd_status parse(scene *s, const char *text)
{
    *s = (scene){ .arena = kd_arena_create(0) };
    return kd_questions_parse(&s->questions, s->arena, text, strlen(text), "q.json", &s->nowhere,
                              &s->err);
}

static void clear(scene *s)
{
    kd_questions_fini(&s->questions);
    kd_arena_destroy(s->arena);
}

static void assert_refused(const char *words, const char *text)
{
    scene     s;
    kd_status status = parse(&s, text);
    assert_fails(KD_EDATA, words, status, &s.err);
    clear(&s);
}

#define SQUAD(qas)                                                             \
    "{\"data\": [{\"title\": \"t\", \"paragraphs\": [{\"context\": \"" CONTEXT \
    "\", \"qas\": [" qas "]}]}]}"
#define ASKED(id, answers) \
    "{\"id\": \"" id "\", \"question\": \"Which gene was found?\", \"answers\": [" answers "]}"
#define ANSWER(text, start) "{\"text\": \"" text "\", \"answer_start\": " start "}"

/* ---- forms ---- */

static void test_squad_counts_characters_and_keeps_every_answer(void **state)
{
    (void)state;
    scene s;
    assert_ok(parse(&s, SQUAD(ASKED("a", ANSWER("FBN1", "25") ", " ANSWER(
                                             "gene FBN1",
                                             "20")) ", "
                                                    "{\"id\": \"b\", \"question\": \"Why?\", "
                                                    "\"answers\": [], \"is_impossible\": true}")),
              &s.err);
    const kd_question *row = s.questions.rows.items;
    assert_int_equal(s.questions.count, 2);
    assert_int_equal(row[0].count, 2);
    assert_string_equal(row[0].answers[0].text, "FBN1");
    assert_int_equal(row[0].answers[0].begin, 25);
    assert_int_equal(row[0].answers[0].end, 29);
    assert_int_equal(row[1].count, 0);
    assert_true(s.questions.has_none);

    int32_t begin = 25;
    size_t  length = kd_characters(CONTEXT, &begin, 29);
    assert_int_equal(begin, 26); /* bytes: the Greek letter has two */
    assert_int_equal(length, 4);
    clear(&s);
}

static void test_bioasq_has_a_row_for_each_snippet_of_a_factoid_question(void **state)
{
    (void)state;
    scene s;
    assert_ok(
        parse(&s, "{\"questions\": ["
                  "{\"id\": \"5a\", \"type\": \"summary\", \"body\": \"What is it?\"},"
                  "{\"id\": \"5b\", \"type\": \"factoid\", \"body\": \"Which gene?\","
                  " \"exact_answer\": [[\"FBN1\", \"fibrillin 1\"]], \"snippets\": ["
                  "{\"text\": \"Mutations of fbn1 cause it.\"}, {\"text\": \"Nothing here.\"}]}]}"),
        &s.err);
    const kd_question *row = s.questions.rows.items;
    assert_int_equal(s.questions.rows.count, 2);
    assert_int_equal(s.questions.count, 1);
    assert_int_equal(row[0].answers[0].begin, 13); /* in any case of letters */
    assert_int_equal(row[0].answers[1].begin, -1);
    assert_int_equal(row[0].next, 1);
    assert_int_equal(row[1].next, -1);
    assert_int_equal(s.nowhere, 1);
    clear(&s);
}

static void test_numbered_ids_are_snippets_of_one_question(void **state)
{
    (void)state;
    scene s;
    assert_ok(parse(&s, SQUAD(ASKED("52bf_001", ANSWER("FBN1", "25")) ", " ASKED(
                            "52bf_002", ANSWER("gene", "20")) ", " ASKED("52bf_1",
                                                                         ANSWER("gene", "20")))),
              &s.err);
    assert_int_equal(s.questions.count, 2);
    assert_string_equal(s.questions.rows.items[1].id, "52bf");
    assert_int_equal(s.questions.rows.items[2].number, 1);
    clear(&s);
}

static void test_printed_questions_read_as_the_same(void **state)
{
    (void)state;
    scene  s, again;
    kd_str first = KD_STR_INIT, second = KD_STR_INIT;
    assert_ok(parse(&s,
                    "{\"questions\": [{\"id\": \"5b\", \"type\": \"factoid\", \"body\": \"Which "
                    "\\\"gene\\\"?\","
                    " \"exact_answer\": [\"FBN1\"], \"snippets\": [{\"text\": \"the fbn1\\nα\"},"
                    " {\"text\": \"none\"}]}]}"),
              &s.err);
    kd_questions_print(&s.questions, &first);
    assert_ok(parse(&again, first.text), &again.err);
    kd_questions_print(&again.questions, &second);
    assert_string_equal(first.text, second.text);
    assert_int_equal(again.questions.count, 1);
    assert_int_equal(again.questions.rows.items[1].answers[0].begin, -1);
    kd_str_fini(&first);
    kd_str_fini(&second);
    clear(&s);
    clear(&again);
}

static void test_what_a_form_does_not_say_is_refused_with_its_place(void **state)
{
    (void)state;
    assert_refused("q.json: data[0].paragraphs[0].qas[0]: the answer \"FBN1\" does not stand at "
                   "character 3 of its "
                   "context",
                   SQUAD(ASKED("a", ANSWER("FBN1", "3"))));
    assert_refused("does not stand at character 3 of its context, nor anywhere in it",
                   SQUAD(ASKED("a", ANSWER("COL1", "3"))));
    assert_refused("does not stand at character 999999",
                   SQUAD(ASKED("a", ANSWER("FBN1", "999999"))));
    assert_refused("does not stand at character -1", SQUAD(ASKED("a", ANSWER("FBN1", "-1"))));
    assert_refused("qas[1]: no answers; is_impossible = true",
                   SQUAD(ASKED("a", ANSWER("FBN1", "25")) ", " ASKED("b", "")));
    assert_refused(
        "is_impossible, and it has answers",
        SQUAD("{\"id\": \"a\", \"question\": \"?\", \"is_impossible\": true, \"answers\": [" ANSWER(
            "FBN1", "25") "]}"));
    assert_refused("qas[0]: question: expected a text", SQUAD("{\"id\": \"a\"}"));
    assert_refused("qas[0]: text: is empty", SQUAD(ASKED("a", ANSWER(" ", "2"))));
    assert_refused("answer_start: expected the number", SQUAD(ASKED("a", ANSWER("FBN1", "\"x\""))));
    assert_refused("data[0]: paragraphs: expected a list", "{\"data\": [{}]}");
    assert_refused("neither SQuAD's \"data\" nor BioASQ's \"questions\"", "{}");
    assert_refused("no question that is answered in a text", "{\"data\": []}");
    assert_refused("q.json:1: not valid JSON", "{\"data\": [");
    assert_refused("questions[0]: exact_answer: expected",
                   "{\"questions\": [{\"type\": \"factoid\", \"id\": \"a\", \"body\": \"b\"}]}");
    assert_refused("questions[0]: snippets: expected",
                   "{\"questions\": [{\"type\": \"factoid\", \"id\": \"a\", \"body\": \"b\", "
                   "\"exact_answer\": "
                   "\"x\"}]}");
}

/* ---- windows ---- */

#define PIECES \
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\nwhich\ngene\n?\nfb\n##n\n##1\nthe\nwas\nfound\n.\na\n(\n)\n"
enum { PAD, UNK, CLS, SEP, WHICH, GENE, ASKS, FB, N, ONE, THE, WAS, FOUND, STOP };

static kd_pack pack(const char *json, kd_token_options options, kd_pack_stats *stats,
                    kd_corpus *corpus)
{
    kd_pack       pack;
    kd_tokenizer *tokenizer;
    kd_error      err;
    const char   *path = kd_test_file("questions.json", json);
    assert_ok(kd_corpus_read(corpus, path, KD_TASK_QA, NULL, NULL, &err), &err);
    assert_ok(kd_tokenizer_open(&tokenizer, kd_test_file("vocab.txt", PIECES), &options, &err),
              &err);
    assert_ok(kd_pack_build(&pack, corpus, tokenizer, &options, stats, &err), &err);
    kd_tokenizer_destroy(tokenizer);
    return pack;
}

#define ONE_QUESTION(context, answer, start)                                                  \
    "{\"data\": [{\"paragraphs\": [{\"context\": \"" context "\", \"qas\": [{\"id\": \"a\", " \
    "\"question\": \"which gene ?\", \"answers\": [" ANSWER(answer, start) "]}]}]}]}"

static void test_a_window_is_a_question_and_a_text(void **state)
{
    (void)state;
    static const int32_t ids[] = { CLS, WHICH, GENE, ASKS,  SEP,  THE, FB,
                                   N,   ONE,   WAS,  FOUND, STOP, SEP };
    static const int32_t segments[] = { 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1 };
    kd_corpus            corpus;
    kd_pack p = pack(ONE_QUESTION("the fbn1 was found .", "fbn1", "4"), kd_test_options("uncased"),
                     NULL, &corpus);
    assert_int_equal(p.sentences, 1);
    assert_int_equal(p.pieces, 13);
    assert_memory_equal(p.ids, ids, sizeof ids);
    assert_memory_equal(p.segments, segments, sizeof segments);
    assert_int_equal(p.spans[0], 6);
    assert_int_equal(p.spans[1], 8);
    assert_int_equal(p.places[2 * 6], 4); /* f b | n | 1 */
    assert_int_equal(p.places[2 * 6 + 1], 6);
    assert_int_equal(p.places[2 * 8], 7);
    assert_int_equal(p.places[2 * 8 + 1], 8);
    assert_int_equal(p.places[0], -1);
    kd_pack_fini(&p);
    kd_corpus_fini(&corpus);
}

/* Of answers that lie in each other the first is learned, and each is right. */
static void test_overlapping_answers_are_all_kept_and_the_first_is_learned(void **state)
{
    (void)state;
    static const struct {
        const char *answers;
        int         first, last; /* rows of the window */
    } cases[] = {
        { ANSWER("gene fbn1", "4") ", " ANSWER("fbn1 was", "9"), 6, 9 },
        { ANSWER("fbn1 was", "9") ", " ANSWER("gene fbn1", "4"), 7, 10 },
        { ANSWER("fbn1", "9") ", " ANSWER("gene fbn1 was", "4"), 7, 9 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_corpus corpus;
        kd_str    text = KD_STR_INIT;
        kd_str_addf(
            &text,
            "{\"data\": [{\"paragraphs\": [{\"context\": \"the gene fbn1 was found .\", "
            "\"qas\": [{\"id\": \"a\", \"question\": \"which gene ?\", \"answers\": [%s]}]}]}]}",
            cases[i].answers);
        kd_pack p = pack(text.text, kd_test_options("uncased"), NULL, &corpus);
        assert_int_equal(p.spans[0], cases[i].first);
        assert_int_equal(p.spans[1], cases[i].last);
        assert_int_equal(corpus.questions.rows.items[0].count, 2);
        kd_pack_fini(&p);
        kd_corpus_fini(&corpus);
        kd_str_fini(&text);
    }
}

/* Windows of 10: 3 + 3 for the question and the marks, 4 pieces of 9 of the text, each 2 later. */
static void test_long_texts_have_several_windows_and_the_answer_is_whole_or_not_there(void **state)
{
    (void)state;
    kd_token_options options = kd_test_options("uncased");
    kd_pack_stats    stats;
    kd_corpus        corpus;
    options.max_pieces = 10;
    options.stride = 2;
    kd_pack p =
        pack(ONE_QUESTION("the gene fbn1 was found . the", "fbn1", "9"), options, &stats, &corpus);
    static const int32_t spans[] = { 0, 0, 5, 7, 0, 0, 0, 0 };
    assert_int_equal(p.sentences, 4); /* from 0, 2, 4 and 6 */
    assert_memory_equal(p.spans, spans, sizeof spans);
    for (int b = 0; b < p.sentences; b++) {
        assert_int_equal(p.ids[p.piece_begin[b]], CLS);
        assert_int_equal(p.ids[p.piece_begin[b + 1] - 1], SEP);
        assert_true(p.piece_begin[b + 1] - p.piece_begin[b] <= 10);
    }
    assert_int_equal(stats.longest, 15);
    kd_pack_fini(&p);
    kd_corpus_fini(&corpus);
}

static void test_unknown_pieces_stand_for_what_the_others_leave(void **state)
{
    (void)state;
    kd_corpus corpus;
    kd_pack   p =
        pack(ONE_QUESTION("the (ζζζ)a was", "ζζζ", "5"), kd_test_options("uncased"), NULL, &corpus);
    assert_int_equal(p.ids[p.spans[0]], UNK);
    assert_int_equal(p.spans[0], p.spans[1]);
    assert_int_equal(p.places[2 * p.spans[0]], 5);
    assert_int_equal(p.places[2 * p.spans[0] + 1], 8);
    kd_pack_fini(&p);
    kd_corpus_fini(&corpus);
}

/* RoBERTa's pairs: <s> a </s></s> b </s>. */
static void test_vocabularies_of_other_marks_have_two_between(void **state)
{
    (void)state;
    static const char    other[] = "<pad>\n<unk>\n<s>\n</s>\nwhich\ngene\n?\nthe\nwas\n";
    static const int32_t ids[] = { 2, 4, 5, 6, 3, 3, 7, 5, 3 },
                         segments[] = { 0, 0, 0, 0, 0, 0, 1, 1, 1 };
    kd_token_options options = kd_test_options("uncased");
    kd_corpus        corpus;
    kd_tokenizer    *tokenizer;
    kd_pack          p;
    kd_error         err;
    const char      *path = kd_test_file("two.json", ONE_QUESTION("the gene", "gene", "4"));
    assert_ok(kd_corpus_read(&corpus, path, KD_TASK_QA, NULL, NULL, &err), &err);
    assert_ok(kd_tokenizer_open(&tokenizer, kd_test_file("two.txt", other), &options, &err), &err);
    assert_ok(kd_pack_build(&p, &corpus, tokenizer, &options, NULL, &err), &err);
    assert_int_equal(p.pieces, 9);
    assert_memory_equal(p.ids, ids, sizeof ids);
    assert_memory_equal(p.segments, segments, sizeof segments);
    assert_int_equal(p.spans[0], 7);
    kd_pack_fini(&p);
    kd_tokenizer_destroy(tokenizer);
    kd_corpus_fini(&corpus);
}

static void test_a_long_question_is_cut_or_refused(void **state)
{
    (void)state;
    kd_token_options options = kd_test_options("uncased");
    kd_pack_stats    stats;
    kd_corpus        corpus;
    kd_tokenizer    *tokenizer;
    kd_error         err;
    const char      *json = ONE_QUESTION("the gene was found", "gene", "4");
    options.question_pieces = 1;
    kd_pack p = pack(json, options, &stats, &corpus);
    assert_int_equal(stats.cut_questions, 1);
    assert_int_equal(p.ids[2], SEP);
    kd_pack_fini(&p);

    options.question_pieces = 0;
    options.max_pieces = 6;
    assert_ok(kd_tokenizer_open(&tokenizer, kd_test_file("vocab.txt", PIECES), &options, &err),
              &err);
    assert_fails(KD_EDATA,
                 "question a has 3 pieces, which with max_pieces = 6 leaves no room for its text",
                 kd_pack_build(&p, &corpus, tokenizer, &options, NULL, &err), &err);
    kd_tokenizer_destroy(tokenizer);
    kd_corpus_fini(&corpus);
}

/* Files in the order of their names are one corpus. */
static void test_reads_a_folder_of_documents(void **state)
{
    (void)state;
    kd_corpus corpus;
    kd_error  err;
    char     *folder = kd_sprintf("%s/year", kd_test_folder());
    mkdir(folder, 0700);
    assert_fails(KD_ENOINPUT, "year: no .json file here",
                 kd_corpus_read(&corpus, folder, KD_TASK_QA, NULL, NULL, &err), &err);
    kd_test_file("year/2.json", SQUAD(ASKED("b", ANSWER("FBN1", "25"))));
    kd_test_file("year/1.json", SQUAD(ASKED("a_001", ANSWER("1991", "3")) ", " ASKED(
                                    "a_002", ANSWER("gene", "20"))));
    assert_ok(kd_corpus_read(&corpus, folder, KD_TASK_QA, NULL, NULL, &err), &err);
    assert_int_equal(kd_corpus_sentences(&corpus), 3);
    assert_int_equal(corpus.questions.count, 2);
    assert_string_equal(corpus.questions.rows.items[2].id, "b");
    kd_corpus_fini(&corpus);
    kd_test_file("year/3.json", "{\"pages\": []}");
    assert_fails(KD_EDATA, "year/3.json: neither SQuAD's",
                 kd_corpus_read(&corpus, folder, KD_TASK_QA, NULL, NULL, &err), &err);
    free(folder);
}

static void test_a_file_of_questions_is_known_by_its_first_character(void **state)
{
    (void)state;
    kd_task  task;
    kd_error err;
    assert_ok(kd_corpus_guess_task(&task, kd_test_file("g.json", " \n{\"data\": []}"), &err), &err);
    assert_int_equal(task, KD_TASK_QA);
    assert_ok(kd_corpus_guess_task(&task, kd_test_file("g.tsv", "gene\tB\n\n"), &err), &err);
    assert_int_equal(task, KD_TASK_NER);
}

/* ---- invented ones ---- */

static void test_invented_questions_are_answered_in_their_texts(void **state)
{
    (void)state;
    kd_corpus        splits[3];
    kd_synth_options options;
    kd_synth_report  report;
    kd_labels       *labels = kd_labels_create();
    kd_str           text = KD_STR_INIT;
    scene            s;
    kd_setting_defaults(kd_synth_settings, &options);
    options.sentences = 200;
    options.devel = options.test = 20;
    kd_synth_make(&splits[0], &splits[1], &splits[2], KD_TASK_QA, &options, labels, &report);
    assert_int_equal(kd_corpus_sentences(&splits[0]), 200);
    assert_int_equal(kd_labels_count(labels), 2);
    assert_true(report.train.best_f1 > 0.9 && report.train.best_f1 <= 1);
    kd_corpus_print(&splits[0], &text);
    assert_ok(parse(&s, text.text), &s.err); /* every answer stands where it says */
    assert_int_equal(s.questions.count, 200);
    kd_corpus_keep(&splits[0], 7);
    assert_int_equal(splits[0].questions.count, 7);
    clear(&s);
    for (int i = 0; i < 3; i++) kd_corpus_fini(&splits[i]);
    kd_labels_destroy(labels);
    kd_str_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_squad_counts_characters_and_keeps_every_answer),
        cmocka_unit_test(test_bioasq_has_a_row_for_each_snippet_of_a_factoid_question),
        cmocka_unit_test(test_numbered_ids_are_snippets_of_one_question),
        cmocka_unit_test(test_printed_questions_read_as_the_same),
        cmocka_unit_test(test_what_a_form_does_not_say_is_refused_with_its_place),
        cmocka_unit_test(test_a_window_is_a_question_and_a_text),
        cmocka_unit_test(test_overlapping_answers_are_all_kept_and_the_first_is_learned),
        cmocka_unit_test(test_long_texts_have_several_windows_and_the_answer_is_whole_or_not_there),
        cmocka_unit_test(test_unknown_pieces_stand_for_what_the_others_leave),
        cmocka_unit_test(test_vocabularies_of_other_marks_have_two_between),
        cmocka_unit_test(test_a_long_question_is_cut_or_refused),
        cmocka_unit_test(test_reads_a_folder_of_documents),
        cmocka_unit_test(test_a_file_of_questions_is_known_by_its_first_character),
        cmocka_unit_test(test_invented_questions_are_answered_in_their_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
