/* test_find.c - which cell a word means, and when it means none. */
#include <string.h>

#include "harness/review/find.h"
#include "harness/store/journal.h"
#include "tests/store/fixture.h"
#include "tests/support/support.h"

#define A "abcd1111000000000000000000000000"
#define B "abcd2222000000000000000000000000"
#define C "1234567890000000000000000000000c"
#define T "1234567890000000000000000000000d" /* a teacher, far better than its students */
#define F "ffff000000000000000000000000000f" /* failed: only the journal knows it */

static kd_id id_of(const char *text)
{
    kd_id id;
    assert_true(kd_id_parse(&id, text));
    return id;
}

static void commit_of(const kd_store *store, const char *corpus, const char *id, const char *key,
                      const char *value, double devel, double test)
{
    kd_object_draft *draft = fixture_model(store, id_of(id));
    kd_object_put_setting(draft, key, value);
    kd_object_put_setting(draft, "data.corpus", corpus);
    kd_object_put_metric(draft, "devel.entity_strict.f1", devel);
    kd_object_put_metric(draft, "test.entity_strict.f1", test);
    kd_object_put_metric(draft, "size.parameters", 12);
    kd_object_put_timing(draft, "train_s", 10 * devel);
    fixture_finish(draft);
}

static void commit(const kd_store *store, const char *id, const char *key, const char *value,
                   double devel, double test)
{
    commit_of(store, "synth", id, key, value, devel, test);
}

#define ASSIGNED(cell, label)                                         \
    (kd_journal_entry)                                                \
    {                                                                 \
        .type = KD_JOURNAL_ASSIGNED, .id = id_of(cell), .text = label \
    }

static void write_journal(const kd_store *store)
{
    const kd_journal_entry entries[] = { ASSIGNED(A, "hidden=16 seed=1"),
                                         ASSIGNED(B, "hidden=32 seed=1"),
                                         ASSIGNED(C, "hidden=32 seed=1"), ASSIGNED(T, "teacher"),
                                         ASSIGNED(F, "hidden=64 seed=1") };
    fixture_record(store, entries, sizeof entries / sizeof *entries);
}

/* Four objects and a cell without one. Devel puts B first, test A. */
static kd_store *make_store(const char *name)
{
    kd_store *store = fixture_store(name);
    commit(store, A, "student.hidden", "16", 0.70, 0.90);
    commit(store, B, "student.hidden", "32", 0.80, 0.60);
    commit(store, C, "student.hidden", "32", 0.75, 0.85);
    commit(store, T, "teacher.hidden", "64", 0.95, 0.95);
    write_journal(store);
    return store;
}

static const char
    *const        hidden_16[] = { "student.hidden=16" },
           *const hidden_33[] = { "student.hidden=33" }, *const hiden[] = { "student.hiden=16" },
           *const train_s[] = { "train_s" }, *const test_f1[] = { "test.f1" },
           *const parameters[] = { "size.parameters" }, *const devel_f2[] = { "devel.f2" };

static const struct {
    const char    *word;
    kd_find_choice choice;
    kd_status      status;
    const char    *text; /* the id, or words of the failure */
} cases[] = {
    { A, { 0 }, KD_OK, A },
    { "abcd1", { 0 }, KD_OK, A },
    { "teacher", { 0 }, KD_OK, T },
    { "hidden=16 seed=1", { 0 }, KD_OK, A },
    { "abcd",
      { 0 },
      KD_EUSAGE,
      "2 cells fit abcd: abcd111 (hidden=16 seed=1), abcd222 (hidden=32 seed=1)" },
    { "hidden=32 seed=1", { 0 }, KD_EUSAGE, "2 cells fit hidden=32 seed=1: 1234567" },
    { "12345678", { 0 }, KD_EUSAGE, "1234567890000000000000000000000c (hidden=32 seed=1)" },
    { "abc", { 0 }, KD_EUSAGE, "abc: an id needs 4 digits at least" },
    { "dead", { 0 }, KD_ENOINPUT, "no cell has an id that begins with" },
    { "", { 0 }, KD_ENOINPUT, "no cell has an id" },
    { "hidden=16 sed=1", { 0 }, KD_ENOINPUT, "did you mean 'hidden=16 seed=1'?" },
    { "ffff", { 0 }, KD_ENOINPUT, "no cell has an id" },
    { "ffff", { .without_object = true }, KD_OK, F },
    { "best", { 0 }, KD_OK, B },
    { "best", { .where = hidden_16, .where_count = 1 }, KD_OK, A },
    { "best", { .metrics = train_s, .metric_count = 1 }, KD_OK, A },
    { "best", { .role = "teacher" }, KD_OK, T },
    { "best", { .role = "start" }, KD_EUSAGE, "--role start: no cell is a start" },
    { A, { .role = "teacher" }, KD_EUSAGE, "choose what is 'best', and nothing else" },
    { "best",
      { .metrics = test_f1, .metric_count = 1 },
      KD_EUSAGE,
      "best is chosen on devel, not by test.entity_strict.f1" },
    { "best",
      { .metrics = parameters, .metric_count = 1 },
      KD_EUSAGE,
      "neither more nor less of size.parameters is better" },
    { "best", { .metrics = devel_f2, .metric_count = 1 }, KD_EUSAGE, "devel.f2" },
    { "best", { .where = hidden_33, .where_count = 1 }, KD_EUSAGE, "33" },
    { "best", { .where = hiden, .where_count = 1 }, KD_EUSAGE, "student.hidden" },
    { A,
      { .where = hidden_16, .where_count = 1 },
      KD_EUSAGE,
      "choose what is 'best', and nothing else" },
};

static void test_a_word_means_one_cell_or_says_why_not(void **state)
{
    kd_store *store = make_store("words");
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_id     id;
        kd_error  err = { 0 };
        char      text[KD_ID_TEXT];
        kd_status status = kd_find(&id, store, cases[i].word, &cases[i].choice, NULL, &err);
        kd_id_text(text, id);
        if (status != cases[i].status || !strstr(status == KD_OK ? text : err.text, cases[i].text))
            fail_msg("'%s' (case %zu): %d %s", cases[i].word, i, (int)status,
                     status == KD_OK ? text : err.text);
    }
    kd_store_close(store);
}

/* Four cells that the first metric does not tell apart. */
static void test_asks_the_next_metric_where_the_first_is_the_same(void **state)
{
    static const char *const both[] = { "precision,f1" }, *const one[] = { "devel.precision" };
    kd_store      *store = fixture_store("ties");
    kd_find_choice choice = { .metrics = one, .metric_count = 1 };
    kd_str         said = KD_STR_INIT;
    kd_id          id;
    kd_error       err;
    (void)state;
    for (int i = 1; i <= 4; i++) {
        kd_object_draft *draft;
        assert_int_equal(
            kd_object_create(&draft, store, (kd_id){ 0, (uint64_t)i }, "model", "", &err), KD_OK);
        kd_object_put_metric(draft, "devel.precision", 0.5);
        kd_object_put_metric(draft, "devel.entity_strict.f1", i == 3 ? 0.9 : 0.8);
        fixture_finish(draft);
    }
    assert_ok(kd_find(&id, store, "best", &choice, &said, &err), &err);
    assert_int_equal(id.low, 1);
    assert_non_null(strstr(said.text, "3 more have the same"));
    choice.metrics = (const char *const[]){ "devel.precision", "f1" };
    choice.metric_count = 2;
    assert_ok(kd_find(&id, store, "best", &choice, &said, &err), &err);
    assert_int_equal(id.low, 3);
    assert_non_null(
        strstr(said.text, "by devel.precision, 0.5000, then by devel.entity_strict.f1"));
    choice.metrics = both;
    choice.metric_count = 1;
    assert_fails(KD_EUSAGE, "no cell has the metric 'precision'",
                 kd_find(&id, store, "best", &choice, &said, &err), &err);
    kd_str_fini(&said);
    kd_store_close(store);
}

static void test_says_that_figures_are_of_several_corpora(void **state)
{
    static const char *const synth[] = { "data.corpus=synth" };
    kd_store                *store = make_store("corpora");
    const kd_find_choice     any = { 0 }, one = { .where = synth, .where_count = 1 };
    kd_str                   said = KD_STR_INIT;
    kd_id                    id;
    kd_error                 err;
    (void)state;
    commit_of(store, "genes", "abcd3333000000000000000000000000", "student.hidden", "8", 0.1, 0.1);
    assert_ok(kd_find(&id, store, "best", &any, &said, &err), &err);
    assert_non_null(strstr(said.text, "of several corpora, which --where data.corpus=... tells"));
    assert_ok(kd_find(&id, store, "best", &one, &said, &err), &err);
    assert_null(strstr(said.text, "corpora"));
    kd_str_fini(&said);
    kd_store_close(store);
}

static void test_says_what_best_was_chosen_by(void **state)
{
    kd_store            *store = make_store("said");
    const kd_find_choice any = { 0 };
    kd_str               said = KD_STR_INIT;
    kd_id                id;
    kd_error             err;
    (void)state;
    assert_int_equal(kd_find(&id, store, "best", &any, &said, &err), KD_OK);
    assert_string_equal(said.text, B ": the best of 3 by devel.entity_strict.f1, 0.8000");
    commit(store, "abcd3333000000000000000000000000", "student.hidden", "8", 0.80, 0.1);
    assert_int_equal(kd_find(&id, store, "best", &any, &said, &err), KD_OK);
    assert_string_equal(said.text,
                        B ": the best of 4 by devel.entity_strict.f1, 0.8000; 1 more has "
                          "the same, and its id is the first");
    assert_int_equal(kd_find(&id, store, "abcd3", &any, &said, &err), KD_OK);
    assert_string_equal(said.text, "");
    kd_str_fini(&said);
    kd_store_close(store);
}

static void test_a_store_without_a_student_has_no_best(void **state)
{
    kd_store            *store = fixture_store("empty");
    const kd_find_choice any = { 0 };
    kd_id                id;
    kd_error             err;
    (void)state;
    assert_int_equal(kd_find(&id, store, "best", &any, NULL, &err), KD_ENOINPUT);
    assert_non_null(strstr(err.text, "no finished student has"));
    kd_store_close(store);
}

static void test_prints_as_many_digits_as_tell_ids_apart(void **state)
{
    kd_id two[] = { id_of(A), id_of(B) }, like[] = { id_of(T), id_of(A), id_of(C) };
    (void)state;
    assert_int_equal(kd_find_digits(NULL, 0), 7);
    assert_int_equal(kd_find_digits(two, 1), 7);
    assert_int_equal(kd_find_digits(two, 2), 7);
    assert_int_equal(kd_find_digits(like, 3), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_word_means_one_cell_or_says_why_not),
        cmocka_unit_test(test_asks_the_next_metric_where_the_first_is_the_same),
        cmocka_unit_test(test_says_that_figures_are_of_several_corpora),
        cmocka_unit_test(test_says_what_best_was_chosen_by),
        cmocka_unit_test(test_a_store_without_a_student_has_no_best),
        cmocka_unit_test(test_prints_as_many_digits_as_tell_ids_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
