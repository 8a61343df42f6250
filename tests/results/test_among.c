/* A store of real objects: three methods at two widths with three seeds each, and their teacher. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "results/among.h"
#include "tests/store/fixture.h"
#include "tests/support/support.h"

#define SENTENCES 120

static char *folder;

static const char *const methods[] = { "hard", "none", "soft" };

/* Of three entities a sentence "soft" finds a third more than the others, and seeds find more or
 * fewer of them. */
static void fill_counts(int32_t *counts, int method, int seed)
{
    for (int i = 0; i < SENTENCES; i++) {
        bool is_lucky = i % (4 + seed) == 0;
        counts[3 * i] = 1 + (method == 2) + is_lucky;
        counts[3 * i + 1] = counts[3 * i + 2] = 3;
    }
}

static void commit_student(const kd_store *store, int method, int hidden, int seed)
{
    int32_t          counts[3 * SENTENCES], sum = 0;
    char             text[16];
    kd_error         err;
    kd_id            id = { 1, (uint64_t)(method * 10000 + hidden * 10 + seed) };
    kd_object_draft *draft = fixture_model(store, id);
    kd_object_put_setting(draft, "distill.method", methods[method]);
    snprintf(text, sizeof text, "%d", seed);
    kd_object_put_setting(draft, "seed", text);
    snprintf(text, sizeof text, "%d", hidden);
    kd_object_put_setting(draft, "student.hidden", text);
    if (method == 2) kd_object_put_setting(draft, "teacher.count", hidden == 16 ? "1" : "3");
    fill_counts(counts, method, seed);
    for (int i = 0; i < SENTENCES; i++) sum += counts[3 * i];
    /* devel, which has no counts, moves with the seed */
    kd_object_put_metric(draft, "devel.entity_strict.f1", 0.5 + 0.1 * method + 0.01 * seed);
    kd_object_put_metric(draft, "test.entity_strict.f1", sum / (3.0 * SENTENCES));
    kd_object_put_fact(draft, "gold.test", hidden == 16 || seed > 0 ? "aa" : method ? "bb" : "cc");
    assert_ok(kd_object_put_i32(draft, "counts/test", counts, SENTENCES, 3, &err), &err);
    fixture_finish(draft);
}

static void commit_teacher(const kd_store *store)
{
    kd_object_draft *draft = fixture_model(store, (kd_id){ 2, 0 });
    kd_object_put_setting(draft, "teacher.hidden", "64");
    kd_object_put_metric(draft, "test.entity_strict.f1", 0.99);
    fixture_finish(draft);
}

static int make_store(void **state)
{
    (void)state;
    kd_store *store = fixture_store("store");
    folder = kd_strdup(kd_store_folder(store));
    for (int method = 0; method < 3; method++)
        for (int seed = 0; seed < 3; seed++) {
            commit_student(store, method, 16, seed);
            commit_student(store, method, 64, seed);
        }
    commit_teacher(store);
    kd_store_close(store);
    return 0;
}

static int drop_store(void **state)
{
    (void)state;
    free(folder);
    return 0;
}

typedef struct {
    kd_arena *arena;
    kd_stores stores;
    kd_table *table; /* NULL when the question failed */
    kd_status status;
    kd_error  err;
} asked;

static asked ask(const kd_among_query *query)
{
    asked             a = { .arena = kd_arena_create(0) };
    const char *const one = folder;

    assert_ok(kd_stores_open(&a.stores, &one, 1, &a.err), &a.err);
    a.status = kd_among_table(&a.table, &a.stores, query, a.arena, &a.err);
    return a;
}

static void forget(asked *a)
{
    kd_table_destroy(a->table);
    kd_stores_close(&a->stores);
    kd_arena_destroy(a->arena);
}

/* The entry under a column's name. */
static const kd_entry *entry_at(const kd_table *table, size_t row, const char *name)
{
    for (size_t c = 0; c < table->columns.count; c++)
        if (strcmp(table->columns.items[c].name, name) == 0) return kd_table_entry(table, row, c);
    fail_msg("no column is called %s", name);
    return NULL;
}

static size_t count_notes(const kd_table *table, const char *words)
{
    size_t count = 0;

    for (size_t i = 0; i < table->notes.count; i++)
        count += strstr(table->notes.items[i], words) != NULL;
    return count;
}

static const char *const by_width = "student.hidden";
static const char *const only_16 = "student.hidden=16";

static kd_among_query question(void)
{
    return (kd_among_query){ .among = "distill.method", .metric = "f1", .split = "test" };
}

/* CSV has no notes. */
static void test_has_the_verdicts_as_a_column_when_asked(void **state)
{
    kd_among_query q = question();
    asked          a;

    (void)state;
    q.where = (kd_arg_list){ (const char *[]){ only_16 }, 1 };
    q.has_verdicts = true;
    a = ask(&q);
    assert_ok(a.status, &a.err);
    for (size_t row = 0; row < 3; row++) {
        const char *verdict = entry_at(a.table, row, "verdict")->text;
        assert_int_equal(count_notes(a.table, verdict), 1);
    }
    forget(&a);
}

static void test_compares_each_with_each_in_one_family(void **state)
{
    kd_among_query q = question();
    asked          a;

    (void)state;
    q.by = &by_width;
    q.by_count = 1;
    a = ask(&q);
    assert_ok(a.status, &a.err);
    assert_string_equal(a.table->caption, "test.entity_strict.f1 among distill.method");
    assert_int_equal(kd_table_row_count(a.table), 6);
    assert_string_equal(entry_at(a.table, 1, "a")->text, "hard");
    assert_string_equal(entry_at(a.table, 1, "b")->text, "soft");
    assert_close(entry_at(a.table, 1, "difference")->value, -1.0 / 3, 1e-12);
    assert_close(entry_at(a.table, 1, "a.n")->value, 3, 0);
    assert_int_equal(count_notes(a.table, "after Holm's correction for 6 comparisons"), 6);
    assert_int_equal(count_notes(a.table, "left out: 1 teacher"), 1);
    assert_int_equal(count_notes(a.table, "run over"), 0);
    forget(&a);
}

/* Only "soft" reads how many teachers there are: "none" stands beside it for each number, and "hard" at home. */
static void test_a_side_without_a_setting_stands_beside_each_of_its_values(void **state)
{
    const char *const both[] = { by_width, "teacher.count" };
    kd_among_query    q = question();
    asked             a;

    (void)state;
    q.by = both;
    q.by_count = 2;
    q.baseline = "none";
    a = ask(&q);
    assert_ok(a.status, &a.err);
    assert_int_equal(kd_table_row_count(a.table), 4); /* hard and soft, 16 and 64 */
    for (size_t row = 0; row < 4; row++) {
        bool is_soft = strcmp(entry_at(a.table, row, "a")->text, "soft") == 0;
        assert_int_equal(entry_at(a.table, row, "teacher.count")->kind == KD_ENTRY_TEXT, is_soft);
        assert_close(entry_at(a.table, row, "a.n")->value, 3, 0);
        assert_close(entry_at(a.table, row, "b.n")->value, 3, 0);
        assert_close(entry_at(a.table, row, "difference")->value, is_soft ? 1.0 / 3 : 0, 1e-12);
    }
    assert_int_equal(count_notes(a.table, "stands beside each of its values"), 1);
    forget(&a);
}

/* Who has no teacher is a side, too; and "hard" has none to stand beside. */
static void test_takes_who_lacks_the_setting_for_a_side(void **state)
{
    static const char *const by_method = "distill.method";
    kd_among_query           q = question();
    asked                    a;

    (void)state;
    q.among = "teacher.count";
    a = ask(&q);
    assert_ok(a.status, &a.err);
    assert_int_equal(kd_table_row_count(a.table), 3);
    assert_int_equal(entry_at(a.table, 0, "a")->kind, KD_ENTRY_ABSENT);
    assert_close(entry_at(a.table, 0, "a.n")->value, 12, 0);
    assert_int_equal(count_notes(a.table, "teacher.count=1 is better than no teacher.count by"), 1);
    forget(&a);
    q.baseline = "";
    a = ask(&q);
    assert_ok(a.status, &a.err);
    assert_int_equal(kd_table_row_count(a.table), 2);
    assert_string_equal(a.table->caption, "test.entity_strict.f1 among teacher.count, against no "
                                          "teacher.count");
    forget(&a);
    q = question();
    q.among = "teacher.count";
    q.by = &by_method;
    q.by_count = 1;
    a = ask(&q);
    assert_ok(a.status, &a.err);
    assert_int_equal(kd_table_row_count(a.table), 1);
    assert_int_equal(
        count_notes(a.table, "in no row: 12 cells with nothing beside them to compare"), 1);
    forget(&a);
}

/* The first pair runs over widths alone, the last over what comes with them for "soft". */
static void test_names_what_the_means_of_all_pairs_run_over(void **state)
{
    static const char *const by_method = "distill.method";
    kd_among_query           q = question();
    asked                    a;

    (void)state;
    q.among = "seed";
    q.by = &by_method;
    q.by_count = 1;
    a = ask(&q);
    assert_ok(a.status, &a.err);
    assert_int_equal(count_notes(a.table, "in more than the seed: student.hidden, teacher.count"),
                     1);
    forget(&a);
}

static void test_compares_all_with_the_baseline(void **state)
{
    kd_among_query q = question();
    asked          a;

    (void)state;
    q.where = (kd_arg_list){ (const char **)&only_16, 1 };
    q.baseline = "none";
    a = ask(&q);
    assert_ok(a.status, &a.err);
    assert_string_equal(a.table->caption,
                        "test.entity_strict.f1 among distill.method, against none");
    assert_int_equal(kd_table_row_count(a.table), 2);
    assert_string_equal(entry_at(a.table, 0, "b")->text, "none");
    assert_string_equal(entry_at(a.table, 1, "b")->text, "none");
    assert_string_equal(entry_at(a.table, 1, "test")->text, "two-level");
    assert_int_equal(count_notes(a.table, "soft is better than none by 33.33 points"), 1);
    forget(&a);
}

/* The figures of the table are those of the modules that are behind it. */
static void test_stands_on_the_two_level_test_where_there_are_counts(void **state)
{
    kd_among_query q = question();
    asked          a;
    kd_answers    *answers = kd_answers_create(SENTENCES, 1, 2);
    kd_rng         root = kd_rng_root(0);
    kd_two_level   want;

    (void)state;
    for (int seed = 0; seed < 3; seed++)
        for (size_t side = 0; side < 2; side++) {
            kd_counts counts[SENTENCES];
            fill_counts((int32_t *)counts, side == 0 ? 2 : 1, seed);
            kd_answers_add(answers, side, counts);
        }
    kd_answers_draw(answers, 10000, &root);
    want = kd_answers_interval(answers, 0, 1, 0.95);
    q.where = (kd_arg_list){ (const char **)&only_16, 1 };
    q.baseline = "none";
    a = ask(&q);
    assert_ok(a.status, &a.err);
    assert_close(entry_at(a.table, 1, "low")->value, want.interval.low, 0);
    assert_close(entry_at(a.table, 1, "high")->value, want.interval.high, 0);
    assert_close(entry_at(a.table, 1, "p")->value, want.p, 0);
    forget(&a);
    kd_answers_destroy(answers);
}

static void test_stands_on_the_runs_where_there_are_no_counts_or_other_gold(void **state)
{
    static const struct {
        const char *where, *metric;
        size_t      notes;
    } cases[] = { { "student.hidden=16", "devel.f1", 0 }, { "student.hidden=64", "f1", 1 } };
    static const char *const other =
        "2 pairs without a test of answers: the sides were held against other gold";

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        kd_among_query q = question();
        const char    *where = cases[i].where;
        asked          a;
        q.where = (kd_arg_list){ &where, 1 };
        q.metric = cases[i].metric;
        a = ask(&q);
        assert_ok(a.status, &a.err);
        for (size_t row = 0; row < 3; row++)
            assert_true(entry_at(a.table, row, "test")->kind == KD_ENTRY_ABSENT ||
                        strcmp(entry_at(a.table, row, "test")->text, "Welch") == 0);
        assert_int_equal(count_notes(a.table, other), cases[i].notes);
        /* none and soft share two corpora, one with a single run a side */
        assert_int_equal(count_notes(a.table, "up to 2 corpora: answers are exchanged"),
                         cases[i].notes);
        forget(&a);
    }
}

static void test_explains_every_pair(void **state)
{
    kd_among_query q = question();
    asked          a;

    (void)state;
    q.by = &by_width;
    q.by_count = 1;
    q.baseline = "none";
    q.metric = "devel.f1";
    q.is_explained = true;
    a = ask(&q);
    assert_ok(a.status, &a.err);
    assert_int_equal(count_notes(a.table, "student.hidden 16: soft, none: Welch: "), 1);
    assert_int_equal(count_notes(a.table, "student.hidden 64: soft, none: Welch: "), 1);
    assert_int_equal(count_notes(a.table, "Welch's test decides"), 4);
    assert_int_equal(count_notes(a.table, "3 pairs of runs: "), 4);
    forget(&a);
}

static void test_names_numbers_with_their_key(void **state)
{
    kd_among_query q = question();
    asked          a;

    (void)state;
    q.among = "student.hidden";
    q.metric = "devel.f1";
    a = ask(&q);
    assert_ok(a.status, &a.err);
    assert_int_equal(
        count_notes(a.table, "No difference between student.hidden=16 and student.hidden=64"), 1);
    assert_int_equal(count_notes(a.table, "differ in more than the seed: distill.method"), 1);
    forget(&a);
}

static void test_refuses_questions_without_an_answer(void **state)
{
    static const struct {
        const char *among, *baseline, *words;
    } cases[] = {
        { "distill.methd", NULL, "did you mean distill.method?" },
        { "distill.method", "sof",
          "--baseline: distill.method=sof: no cell has this value; did you "
          "mean soft?" },
        { "seed", "7", "--baseline: seed=7: no cell has this value; there are 0, 1, 2" },
    };
    kd_among_query q = question();
    const char    *where = "distill.method=none";
    asked          a;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        q.among = cases[i].among;
        q.baseline = cases[i].baseline;
        a = ask(&q);
        assert_fails(KD_EUSAGE, cases[i].words, a.status, &a.err);
        forget(&a);
    }
    q = question();
    q.where = (kd_arg_list){ &where, 1 };
    a = ask(&q);
    assert_fails(KD_EUSAGE, "--among distill.method: there are no two values to compare", a.status,
                 &a.err);
    forget(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_has_the_verdicts_as_a_column_when_asked),
        cmocka_unit_test(test_compares_each_with_each_in_one_family),
        cmocka_unit_test(test_compares_all_with_the_baseline),
        cmocka_unit_test(test_a_side_without_a_setting_stands_beside_each_of_its_values),
        cmocka_unit_test(test_takes_who_lacks_the_setting_for_a_side),
        cmocka_unit_test(test_names_what_the_means_of_all_pairs_run_over),
        cmocka_unit_test(test_stands_on_the_two_level_test_where_there_are_counts),
        cmocka_unit_test(test_stands_on_the_runs_where_there_are_no_counts_or_other_gold),
        cmocka_unit_test(test_explains_every_pair),
        cmocka_unit_test(test_names_numbers_with_their_key),
        cmocka_unit_test(test_refuses_questions_without_an_answer),
    };
    return cmocka_run_group_tests(tests, make_store, drop_store);
}
