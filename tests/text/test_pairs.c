/* test_pairs.c - two texts and a class: how they are read, written, packed and invented. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "models/text/pack_build.h"
#include "models/text/stats.h"
#include "models/text/synth.h"
#include "tests/support/support.h"
#include "tests/text/pieces.h"

#define PIECES "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\nc\nd\ne\nx\ny\nz\n"
enum { UNK = 1, CLS, SEP, A, B, C, D, E, X, Y, Z };

typedef struct {
    kd_labels *labels;
    kd_corpus  corpus;
    kd_error   err;
} scene;

static kd_status read_pairs(scene *s, const char *name, const char *text)
{
    *s = (scene){ .labels = kd_labels_create() };
    kd_status status = kd_corpus_read(&s->corpus, kd_test_file(name, text), KD_TASK_PAIR, NULL,
                                      s->labels, &s->err);
    if (status != KD_OK) s->corpus.name = NULL;
    return status;
}

static void clear(scene *s)
{
    if (s->corpus.name) kd_corpus_fini(&s->corpus);
    kd_labels_destroy(s->labels);
}

static void assert_printed(scene *s, const char *want)
{
    kd_str text = KD_STR_INIT;
    kd_corpus_print(&s->corpus, &text);
    assert_string_equal(text.text, want);
    kd_str_fini(&text);
}

static void assert_refused(const char *words, const char *name, const char *text)
{
    scene     s;
    kd_status status = read_pairs(&s, name, text);
    assert_fails(KD_EDATA, words, status, &s.err);
    clear(&s);
}

/* ---- forms ---- */

#define HEADER "index\tsentence1\tsentence2\tlabel\n"

static void test_reads_tables_with_and_without_a_header(void **state)
{
    (void)state;
    static const char *const tables[] = {
        HEADER "7\tis it so ?\tit is .\tyes\n8\tis it ?\tno .\tno\n",
        "label\tcontext\tquestion\nyes\tit is .\tis it so ?\nno\tno .\tis it ?\n",
        "is it so ?\tit is .\tyes\nis it ?\tno .\tno\n",
        "7\tis it so ?\tit is .\tyes\r\n8\tis it ?\tno .\tno\r\n",
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        scene s;
        assert_ok(read_pairs(&s, "pairs.tsv", tables[i]), &s.err);
        assert_printed(&s, HEADER "0\tis it so ?\tit is .\tyes\n1\tis it ?\tno .\tno\n");
        assert_int_equal(s.corpus.has_header, i < 2);
        clear(&s);
    }
}

/* "false" is a class of pairs like any other, so byte order is all. */
static void test_orders_classes_by_their_bytes(void **state)
{
    (void)state;
    scene s;
    assert_ok(read_pairs(&s, "order.tsv", "a b\tc d\ttrue\na b\tc d\tneutral\na b\tc d\tfalse\n"),
              &s.err);
    assert_string_equal(kd_labels_name(s.labels, 0), "false");
    assert_string_equal(kd_labels_name(s.labels, 1), "neutral");
    assert_string_equal(kd_labels_name(s.labels, 2), "true");
    assert_int_equal(s.corpus.classes.items[0], 2);
    clear(&s);
}

static void test_refuses_a_table_with_its_place(void **state)
{
    (void)state;
    assert_refused("p.tsv:1: expected [index<TAB>]text<TAB>text<TAB>label, found 2 columns",
                   "p.tsv", "a b\tyes\n");
    assert_refused("p.tsv:2: expected 3 columns, found 2", "p.tsv", "a\tb\tyes\na\tyes\n");
    assert_refused("p.tsv:1: the second text is empty", "p.tsv", "a\t \tyes\n");
    assert_refused("p.tsv:1: the first text is empty", "p.tsv", "\tb\tyes\n");
    assert_refused("p.tsv:2: an empty label", "p.tsv", HEADER "1\ta\tb\t\n");
    assert_refused("p.tsv:1: no sentences", "p.tsv", HEADER);
}

#define BIOASQ(type, rest)                                                                         \
    "{\"questions\": [{\"id\": \"5a\", \"type\": \"" type "\", \"body\": \"Is it so?\", " rest "}" \
    "]"                                                                                            \
    "}"
#define SNIPPETS "\"snippets\": [{\"text\": \"It\\tis.\"}, {\"text\": \"So it is.\"}]"

static void test_joins_the_snippets_of_a_yes_no_question(void **state)
{
    (void)state;
    static const char *const answers[] = { "\"yes\"", "\"Yes\"", "[\"yes\"]" };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        scene  s;
        kd_str text = KD_STR_INIT;
        kd_str_addf(&text, BIOASQ("yesno", "\"exact_answer\": %s, " SNIPPETS), answers[i]);
        assert_ok(read_pairs(&s, "yesno.json", text.text), &s.err);
        assert_printed(&s, HEADER "0\tIs it so?\tIt is. So it is.\tyes\n");
        assert_string_equal(kd_labels_name(s.labels, 0), "no"); /* though none is answered so */
        clear(&s);
        kd_str_fini(&text);
    }
}

#define PARAGRAPH(id, context, answer)                                                         \
    "{\"context\": \"" context "\", \"qas\": [{\"id\": \"" id "\", \"question\": \"Is it?\", " \
    "\"answers\": " answer "}]}"

/* As BioBERT's authors publish them: a paragraph for each snippet, ids with its number. */
static void test_reads_yes_no_questions_in_the_form_of_squad(void **state)
{
    (void)state;
    scene s;
    assert_ok(
        read_pairs(
            &s, "squad.json",
            "\xef\xbb\xbf {\"data\": [{\"paragraphs\": [" PARAGRAPH(
                "5a_001", "One.",
                "\"yes\"") ", " PARAGRAPH("5b_001", "Three.",
                                          "[{\"text\": \"no\"}]") ", " PARAGRAPH("5a_002", "Two.",
                                                                                 "\"yes\"") "]}]}"),
        &s.err);
    assert_printed(&s, HEADER "0\tIs it?\tOne. Two.\tyes\n1\tIs it?\tThree.\tno\n");
    clear(&s);
}

#define DECIDED(id, contexts, verdict)                                                   \
    "\"" id "\": {\"QUESTION\": \"Is it so?\", \"CONTEXTS\": " contexts ", \"LABELS\": " \
    "[\"AIM\"], \"LONG_ANSWER\": \"It is.\", \"final_decision\": " verdict "}"

static void test_reads_the_decisions_of_articles(void **state)
{
    (void)state;
    scene s;
    assert_ok(read_pairs(&s, "ori.json",
                         "{" DECIDED("12", "[\"One.\", \"Two.\"]",
                                     "\"maybe\"") ", " DECIDED("7", "[\"Three.\"]", "\"Yes\"") "}"),
              &s.err);
    assert_printed(&s, HEADER "0\tIs it so?\tOne. Two.\tmaybe\n1\tIs it so?\tThree.\tyes\n");
    assert_string_equal(kd_labels_name(s.labels, 0), "no");
    assert_string_equal(kd_labels_name(s.labels, 2), "maybe");
    clear(&s);
    assert_ok(read_pairs(&s, "two.json", "{" DECIDED("7", "[\"Three.\"]", "\"no\"") "}"), &s.err);
    assert_int_equal(kd_labels_count(s.labels), 2); /* none is answered with maybe */
    clear(&s);
    assert_refused("a.json: 7: final_decision: expected yes, no or maybe", "a.json",
                   "{" DECIDED("7", "[\"x\"]", "\"perhaps\"") "}");
    assert_refused("a.json: 7: CONTEXTS: expected a list of texts", "a.json",
                   "{" DECIDED("7", "[]", "\"no\"") "}");
    assert_refused("a.json: 7: CONTEXTS[1]: expected a text", "a.json",
                   "{" DECIDED("7", "[\"x\", 3]", "\"no\"") "}");
    assert_refused("a.json: 8: QUESTION: expected a text", "a.json",
                   "{" DECIDED("7", "[\"x\"]", "\"no\"") ", \"8\": 1}");
}

/* Files of a folder in the order of their names; others in it are not looked at. */
static void test_reads_a_folder_of_documents(void **state)
{
    (void)state;
    scene s = { .labels = kd_labels_create() };
    char *folder = kd_sprintf("%s/batches", kd_test_folder());
    mkdir(folder, 0700);
    kd_test_file("batches/b.json", BIOASQ("yesno", "\"exact_answer\": \"yes\", " SNIPPETS));
    kd_test_file("batches/a.json", "{" DECIDED("7", "[\"Three.\"]", "\"no\"") "}");
    kd_test_file("batches/README", "{");
    assert_ok(kd_corpus_read(&s.corpus, folder, KD_TASK_PAIR, NULL, s.labels, &s.err), &s.err);
    assert_printed(&s, HEADER "0\tIs it so?\tThree.\tno\n1\tIs it so?\tIt is. So it is.\tyes\n");
    kd_task task;
    assert_ok(kd_corpus_guess_task(&task, folder, &s.err), &s.err);
    assert_int_equal(task, KD_TASK_PAIR);
    clear(&s);

    s = (scene){ .labels = kd_labels_create() };
    kd_test_file("batches/c.json", BIOASQ("yesno", "\"exact_answer\": \"no\", " SNIPPETS));
    assert_fails(KD_EDATA, "batches/c.json: question 5a is in an earlier file, too",
                 kd_corpus_read(&s.corpus, folder, KD_TASK_PAIR, NULL, s.labels, &s.err), &s.err);
    kd_test_file("batches/c.json", BIOASQ("list", "\"exact_answer\": \"no\", " SNIPPETS));
    assert_fails(KD_EDATA, "batches/c.json: no question that is answered with yes or no",
                 kd_corpus_read(&s.corpus, folder, KD_TASK_PAIR, NULL, s.labels, &s.err), &s.err);
    kd_labels_destroy(s.labels);
    free(folder);
}

static void test_refuses_what_is_no_yes_and_no_no(void **state)
{
    (void)state;
    assert_refused("q.json: questions[0]: exact_answer: expected yes or no", "q.json",
                   BIOASQ("yesno", "\"exact_answer\": \"maybe\", " SNIPPETS));
    assert_refused("q.json: questions[0]: exact_answer: expected yes or no", "q.json",
                   BIOASQ("yesno", "\"exact_answer\": [\"yes\", \"no\"], " SNIPPETS));
    assert_refused("q.json: questions[0]: snippets: expected a list of texts", "q.json",
                   BIOASQ("yesno", "\"exact_answer\": \"no\""));
    assert_refused("q.json: no question that is answered with yes or no", "q.json",
                   BIOASQ("factoid", "\"exact_answer\": \"no\", " SNIPPETS));
    assert_refused(
        "question 5a is answered with yes and with no", "q.json",
        "{\"data\": [{\"paragraphs\": [" PARAGRAPH("5a_001", "One.", "\"yes\"") ", " PARAGRAPH(
            "5a_002", "Two.", "\"no\"") "]}]}");
    assert_refused("qas[0]: answers: expected yes or no", "q.json",
                   "{\"data\": [{\"paragraphs\": [" PARAGRAPH("5a", "One.", "[]") "]}]}");
}

static void test_guesses_pairs_by_their_first_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        kd_task     task;
    } files[] = {
        { HEADER, KD_TASK_PAIR },
        { "question\tsentence\tlabel\n", KD_TASK_PAIR },
        { "is it so ?\tit is .\tyes\n", KD_TASK_PAIR },
        { "3\tis it so ?\tit is .\tyes\n", KD_TASK_PAIR },
        { "3\tit is .\tyes\n", KD_TASK_RE },
        { "index\tsentence\tlabel\n", KD_TASK_RE },
        { BIOASQ("yesno", "\"exact_answer\": \"yes\", " SNIPPETS), KD_TASK_PAIR },
        { BIOASQ("factoid", "\"exact_answer\": \"it\", " SNIPPETS), KD_TASK_QA },
        { "{" DECIDED("7", "[\"x\"]", "\"no\"") "}", KD_TASK_PAIR },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        kd_task  task;
        kd_error err;
        assert_ok(kd_corpus_guess_task(&task, kd_test_file("guess.tsv", files[i].text), &err),
                  &err);
        assert_int_equal(task, files[i].task);
    }
}

static void test_counts_both_texts_and_each_class(void **state)
{
    (void)state;
    scene           s;
    kd_corpus_stats stats;
    assert_ok(read_pairs(&s, "stats.tsv", "a b\tc d e\tyes\na\tb c\tno\na b\tc d e\tyes\n"),
              &s.err);
    kd_corpus_stats_make(&stats, &s.corpus);
    assert_int_equal(stats.words, 13);
    assert_int_equal(stats.longest, 5);
    assert_int_equal(stats.repeated, 1);
    assert_int_equal(stats.by_kind[kd_labels_find(s.labels, "yes", 3)], 2);
    kd_corpus_stats_fini(&stats);
    kd_corpus_keep(&s.corpus, 1);
    assert_printed(&s, HEADER "0\ta b\tc d e\tyes\n");
    clear(&s);
}

/* ---- packing ---- */

static kd_tokenizer *tokenizer; /* of all tests that pack */

static int open_tokenizer(void **state)
{
    (void)state;
    tokenizer = kd_test_open(kd_test_file("pair.txt", PIECES), "cased");
    return 0;
}

static int close_tokenizer(void **state)
{
    (void)state;
    kd_tokenizer_destroy(tokenizer);
    return 0;
}

/* One pair of `first` and `second` in at most `most` pieces, whose ids and segments are these; -1 ends them. */
static kd_pack_stats assert_packed(const char *first, const char *second, int most,
                                   const int32_t *ids, const int32_t *segments)
{
    kd_labels       *labels = kd_labels_create();
    kd_token_options options = kd_test_options("cased");
    kd_corpus        corpus;
    kd_pack          pack;
    kd_pack_stats    stats;
    kd_error         err;

    options.max_pieces = most;
    kd_corpus_init(&corpus, KD_TASK_PAIR, "made", labels);
    kd_corpus_add_word(&corpus, first, strlen(first), 0);
    kd_corpus_add_row(&corpus, second, strlen(second), kd_labels_add_class(labels, "yes", 3), 0);
    assert_ok(kd_pack_build(&pack, &corpus, tokenizer, &options, &stats, &err), &err);
    for (int i = 0; i < pack.pieces; i++) {
        assert_int_equal(pack.ids[i], ids[i]);
        assert_int_equal(pack.segments[i], segments[i]);
    }
    assert_int_equal(ids[pack.pieces], -1);
    assert_int_equal(pack.sentences, 1);
    assert_int_equal(pack.words, 2);
    assert_int_equal(pack.word_begin[1], 2);
    assert_int_equal(pack.labels[0], 0);
    kd_pack_fini(&pack);
    kd_corpus_fini(&corpus);
    kd_labels_destroy(labels);
    return stats;
}

static void test_packs_both_texts_with_segments(void **state)
{
    (void)state;
    kd_pack_stats stats =
        assert_packed("a b", "x q", 0, (int32_t[]){ CLS, A, B, SEP, X, UNK, SEP, -1 },
                      (int32_t[]){ 0, 0, 0, 0, 1, 1, 1 });
    assert_int_equal(stats.longest, 7);
    assert_int_equal(stats.unknown, 1);
    assert_int_equal(stats.pieces, 4);
    assert_int_equal(stats.cut_sentences, 0);
}

static void test_cuts_the_longer_text_and_keeps_both_separators(void **state)
{
    (void)state;
    kd_pack_stats stats;

    stats = assert_packed("a b", "x y z a b", 7, (int32_t[]){ CLS, A, B, SEP, X, Y, SEP, -1 },
                          (int32_t[]){ 0, 0, 0, 0, 1, 1, 1 });
    assert_int_equal(stats.cut_words, 1);
    assert_int_equal(stats.longest, 10);
    assert_packed("a b c d e", "x", 7, (int32_t[]){ CLS, A, B, C, SEP, X, SEP, -1 },
                  (int32_t[]){ 0, 0, 0, 0, 0, 1, 1 });
    stats =
        assert_packed("a b c d e", "x y z a", 8, (int32_t[]){ CLS, A, B, C, SEP, X, Y, SEP, -1 },
                      (int32_t[]){ 0, 0, 0, 0, 0, 1, 1, 1 });
    assert_int_equal(stats.cut_words, 2);
    assert_int_equal(stats.cut_sentences, 1);
    assert_packed("a b c", "x y z", 5, (int32_t[]){ CLS, A, SEP, X, SEP, -1 },
                  (int32_t[]){ 0, 0, 0, 1, 1 });
}

/* All lengths: as popping the last piece of the longer text, or of the second where both are as long. */
static void test_cuts_as_one_piece_after_another_would(void **state)
{
    (void)state;
    enum { MOST = 9 };
    for (int first = 1; first <= MOST; first++)
        for (int second = 1; second <= MOST; second++)
            for (int most = 5; most <= 2 * MOST + 3; most++) {
                char    a[2 * MOST + 1], x[2 * MOST + 1];
                int32_t ids[2 * MOST + 4], segments[2 * MOST + 4];
                int     n = 0, kept[2] = { first, second };
                memset(a, 0, sizeof a);
                memset(x, 0, sizeof x);
                for (int i = 0; i < first; i++) memcpy(a + 2 * i, "a ", 2);
                for (int i = 0; i < second; i++) memcpy(x + 2 * i, "x ", 2);
                while (kept[0] + kept[1] + 3 > most) kept[kept[0] <= kept[1]]--;
                ids[n++] = CLS;
                for (int i = 0; i < kept[0]; i++) ids[n++] = A;
                ids[n++] = SEP;
                for (int i = 0; i < n; i++) segments[i] = 0;
                for (int i = 0; i <= kept[1]; i++) {
                    segments[n] = 1;
                    ids[n++] = i < kept[1] ? X : SEP;
                }
                ids[n] = -1;
                assert_packed(a, x, most, ids, segments);
            }
}

/* RoBERTa's pairs: <s> a </s></s> b </s>. */
static void test_has_two_separators_for_vocabularies_of_other_marks(void **state)
{
    (void)state;
    kd_tokenizer *usual = tokenizer;
    tokenizer = kd_test_open(
        kd_test_file("other.txt", "<pad>\n<unk>\n<s>\n</s>\na\nb\nc\nd\ne\nx\ny\nz\n"), "cased");
    assert_packed("a b", "x", 0, (int32_t[]){ CLS, A, B, SEP, SEP, X, SEP, -1 },
                  (int32_t[]){ 0, 0, 0, 0, 0, 1, 1 });
    assert_packed("a b c", "x y", 7, (int32_t[]){ CLS, A, B, SEP, SEP, X, SEP, -1 },
                  (int32_t[]){ 0, 0, 0, 0, 0, 1, 1 });
    kd_tokenizer_destroy(tokenizer);
    tokenizer = usual;
}

static void test_refuses_a_row_without_room_for_both(void **state)
{
    (void)state;
    kd_labels       *labels = kd_labels_create();
    kd_token_options options = kd_test_options("cased");
    kd_corpus        corpus;
    kd_pack          pack;
    kd_error         err;

    options.max_pieces = 4;
    kd_corpus_init(&corpus, KD_TASK_PAIR, "made", labels);
    assert_fails(KD_ECONFIG, "max_pieces: 4 leaves no room for a piece of both texts",
                 kd_pack_build(&pack, &corpus, tokenizer, &options, NULL, &err), &err);
    kd_corpus_fini(&corpus);
    kd_labels_destroy(labels);
}

/* ---- invented ones ---- */

/* Half are answered with yes, and a text says nothing of its question by itself: the same words ask for both. */
static void test_invents_questions_of_yes_and_no(void **state)
{
    (void)state;
    kd_synth_options options;
    kd_synth_report  report;
    kd_corpus        split[3];
    kd_labels       *labels = kd_labels_create();
    int              yes = 0;

    kd_setting_defaults(kd_synth_settings, &options);
    options.sentences = 600;
    kd_synth_make(&split[0], &split[1], &split[2], KD_TASK_PAIR, &options, labels, &report);
    assert_int_equal(kd_corpus_sentences(&split[0]), 600);
    assert_int_equal(split[0].words.count, 1200);
    for (int b = 0; b < 600; b++) {
        kd_word question = split[0].words.items[2 * b], text = split[0].words.items[2 * b + 1];
        assert_int_equal(question.text[question.length - 1], '?');
        assert_int_equal(text.text[text.length - 1], '.');
        yes += split[0].classes.items[b];
    }
    assert_true(yes > 240 && yes < 360);
    assert_true(report.test.best_f1 > 0.9 && report.test.best_f1 < 1);
    for (int i = 0; i < 3; i++) kd_corpus_fini(&split[i]);
    kd_labels_destroy(labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_tables_with_and_without_a_header),
        cmocka_unit_test(test_orders_classes_by_their_bytes),
        cmocka_unit_test(test_refuses_a_table_with_its_place),
        cmocka_unit_test(test_joins_the_snippets_of_a_yes_no_question),
        cmocka_unit_test(test_reads_yes_no_questions_in_the_form_of_squad),
        cmocka_unit_test(test_reads_the_decisions_of_articles),
        cmocka_unit_test(test_reads_a_folder_of_documents),
        cmocka_unit_test(test_refuses_what_is_no_yes_and_no_no),
        cmocka_unit_test(test_guesses_pairs_by_their_first_line),
        cmocka_unit_test(test_counts_both_texts_and_each_class),
        cmocka_unit_test(test_packs_both_texts_with_segments),
        cmocka_unit_test(test_cuts_the_longer_text_and_keeps_both_separators),
        cmocka_unit_test(test_cuts_as_one_piece_after_another_would),
        cmocka_unit_test(test_has_two_separators_for_vocabularies_of_other_marks),
        cmocka_unit_test(test_refuses_a_row_without_room_for_both),
        cmocka_unit_test(test_invents_questions_of_yes_and_no),
    };
    return cmocka_run_group_tests(tests, open_tokenizer, close_tokenizer);
}
