/* Two stores of real objects: five seeds of two methods at two widths. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/store/journal.h"
#include "harness/store/object.h"
#include "results/compare.h"
#include "tests/store/fixture.h"
#include "tests/support/support.h"

#define SENTENCES 200

static char *folders[2];

/* F1 of a cell: distillation gains 0.04 at width 16 and nothing at 64; seeds move both alike. */
static double f1_of(bool is_distilled, int hidden, int seed)
{
    return 0.60 + 0.001 * hidden + 0.005 * seed + (is_distilled && hidden == 16 ? 0.04 : 0.0) +
           0.001 * (is_distilled ? seed % 2 : 0);
}

/* Of two entities a sentence the distilled model finds both, the other only one in every third. */
static void fill_counts(int32_t *counts, bool is_distilled)
{
    for (int i = 0; i < SENTENCES; i++) {
        counts[3 * i] = is_distilled || i % 3 > 0 ? 2 : 1;
        counts[3 * i + 1] = counts[3 * i + 2] = 2;
    }
}

static kd_id id_of(bool is_distilled, int hidden, int seed)
{
    return (kd_id){ 1, (uint64_t)(is_distilled * 1000000 + hidden * 1000 + seed) };
}

static void commit_cell(const kd_store *store, bool is_distilled, int hidden, int seed)
{
    int32_t          counts[3 * SENTENCES];
    char             text[16];
    kd_error         err;
    kd_object_draft *draft = fixture_model(store, id_of(is_distilled, hidden, seed));

    kd_object_put_setting(draft, "distill.method", is_distilled ? "logit-mse" : "none");
    if (is_distilled) kd_object_put_setting(draft, "distill.alpha", "0.5");
    snprintf(text, sizeof text, "%d", seed);
    kd_object_put_setting(draft, "seed", text);
    snprintf(text, sizeof text, "%d", hidden);
    kd_object_put_setting(draft, "student.hidden", text);
    kd_object_put_metric(draft, "test.entity_strict.f1", f1_of(is_distilled, hidden, seed));
    fill_counts(counts, is_distilled && hidden == 16);
    assert_ok(kd_object_put_i32(draft, "counts/test", counts, SENTENCES, 3, &err), &err);
    fixture_finish(draft);
}

/* Store 0 has what was not distilled, store 1 the rest and one cell of store 0 again. */
static int make_stores(void **state)
{
    (void)state;
    for (int s = 0; s < 2; s++) {
        kd_store *store = fixture_store(s == 0 ? "one" : "two");
        folders[s] = kd_strdup(kd_store_folder(store));
        for (int seed = 0; seed < 5; seed++) {
            commit_cell(store, s == 1, 16, seed);
            commit_cell(store, s == 1, 64, seed);
        }
        if (s == 1) commit_cell(store, false, 16, 0);
        kd_store_close(store);
    }
    return 0;
}

static int drop_stores(void **state)
{
    (void)state;
    free(folders[0]);
    free(folders[1]);
    return 0;
}

/* Stores that are asked, what they were asked last, and what came of it. */
static struct {
    kd_arena *arena;
    kd_stores stores;
    kd_table *table;
    kd_error  err;
} asked;

static void ask(const char *const *stores, size_t count)
{
    asked.arena = kd_arena_create(0);
    assert_ok(kd_stores_open(&asked.stores, stores, count, &asked.err), &asked.err);
}

static void let_go(void)
{
    kd_table_destroy(asked.table);
    kd_stores_close(&asked.stores);
    kd_arena_destroy(asked.arena);
    memset(&asked, 0, sizeof asked);
}

static int ask_both(void **state)
{
    (void)state;
    ask((const char *const *)folders, 2);
    return 0;
}

static int let_both_go(void **state)
{
    (void)state;
    let_go();
    return 0;
}

static kd_status look(const kd_compare_query *query)
{
    kd_table_destroy(asked.table);
    asked.table = NULL;
    return kd_compare_table(&asked.table, &asked.stores, query, asked.arena, &asked.err);
}

static kd_status compare(const char *a, const char *b, const char *by)
{
    return look(&(kd_compare_query){ .a = { &a, a != NULL },
                                     .b = { &b, b != NULL },
                                     .by = &by,
                                     .by_count = by != NULL,
                                     .metric = "f1",
                                     .split = "test" });
}

static void test_takes_cells_of_all_stores_once(void **state)
{
    (void)state;
    assert_int_equal(asked.stores.cells.count, 20);
    assert_string_equal(asked.stores.notice.text, "");
}

static void test_says_when_two_stores_disagree(void **state)
{
    (void)state;
    kd_store        *store = fixture_store("three");
    kd_object_draft *draft = fixture_model(store, id_of(false, 16, 0));
    char            *folder = kd_strdup(kd_store_folder(store));
    const char      *both[] = { folders[0], folder };
    kd_stores        stores;
    kd_error         err;

    kd_object_put_metric(draft, "test.entity_strict.f1", 0.99);
    fixture_finish(draft);
    kd_store_close(store);
    assert_ok(kd_stores_open(&stores, both, 2, &err), &err);
    assert_int_equal(stores.cells.count, 10);
    assert_non_null(strstr(stores.notice.text, "cell 00000000000000010000000000003e80 has other "
                                               "numbers in "));
    kd_stores_close(&stores);
    free(folder);
}

/* A store that acknowledged three of the first store's cells. */
static char *store_that_promises(const char *name)
{
    kd_store        *store = fixture_store(name);
    char            *folder = kd_strdup(kd_store_folder(store));
    kd_journal_entry done[3] = { 0 };
    for (int seed = 0; seed < 3; seed++)
        done[seed] = (kd_journal_entry){ .type = KD_JOURNAL_DONE, .id = id_of(false, 16, seed) };
    fixture_record(store, done, 3);
    commit_cell(store, false, 16, 0);
    kd_store_close(store);
    return folder;
}

/* Cells 1 and 2 are not there; two stores lack them both, and the first store has them. */
static void test_counts_what_no_store_has(void **state)
{
    char       *four = store_that_promises("four"), *five = store_that_promises("five");
    const char *lacking[] = { four, five }, *whole[] = { four, folders[0] };
    kd_stores   stores;
    kd_error    err;

    (void)state;
    assert_ok(kd_stores_open(&stores, lacking, 2, &err), &err);
    assert_int_equal(stores.cells.count, 1);
    assert_int_equal(stores.missing.total, 2);
    assert_string_equal(stores.notice.text, "missing objects, which are in no figure: 2 "
                                            "acknowledged and not there\n");
    kd_stores_close(&stores);
    assert_ok(kd_stores_open(&stores, whole, 2, &err), &err);
    assert_int_equal(stores.missing.total, 0);
    assert_string_equal(stores.notice.text, "");
    kd_stores_close(&stores);
    free(four);
    free(five);
}

static void test_names_the_folder_that_is_no_store(void **state)
{
    const char *bad[] = { folders[0], "/nowhere/at/all" };
    kd_stores   stores;
    kd_error    err;

    (void)state;
    assert_fails(KD_ENOINPUT, "/nowhere/at/all", kd_stores_open(&stores, bad, 2, &err), &err);
    kd_stores_close(&stores);
}

static void test_gives_the_counts_of_a_cell(void **state)
{
    const kd_record *cell = asked.stores.cells.items[0];
    kd_split_counts  c;

    (void)state;
    assert_ok(kd_stores_counts(&asked.stores, cell, (kd_counted){ "test", false }, asked.arena, &c,
                               &asked.err),
              &asked.err);
    assert_int_equal(c.n, SENTENCES);
    assert_int_equal(c.counts[0].predicted, 2);
    assert_null(c.gold);
    assert_ok(kd_stores_counts(&asked.stores, cell, (kd_counted){ "devel", false }, asked.arena, &c,
                               &asked.err),
              &asked.err);
    assert_int_equal(c.n, 0);
}

/* The number under a column's name. */
static double number_at(size_t row, const char *name)
{
    const kd_table *table = asked.table;
    for (size_t c = 0; c < table->columns.count; c++)
        if (strcmp(table->columns.items[c].name, name) == 0) {
            const kd_entry *entry = kd_table_entry(table, row, c);
            return entry->kind == KD_ENTRY_NUMBER ? entry->value : NAN;
        }
    fail_msg("no column is called %s", name);
    return NAN;
}

static bool has_note(const char *words)
{
    const kd_table *table = asked.table;
    for (size_t i = 0; i < table->notes.count; i++)
        if (strstr(table->notes.items[i], words) != NULL) return true;
    return false;
}

static void test_compares_group_by_group(void **state)
{
    (void)state;
    assert_ok(compare("distill.method=logit-mse", "distill.method=none", "student.hidden"),
              &asked.err);
    assert_string_equal(asked.table->caption,
                        "test.entity_strict.f1: a is distill.method=logit-mse, "
                        "b is distill.method=none");
    assert_int_equal(kd_table_row_count(asked.table), 2);
    assert_string_equal(kd_table_entry(asked.table, 0, 0)->text, "16");
    assert_close(number_at(0, "a.n"), 5, 0);
    assert_close(number_at(0, "b.n"), 5, 0);
    assert_close(number_at(0, "difference"), 0.0404, 1e-12);
    assert_true(number_at(0, "low") > 0 && number_at(0, "high") < 0.06);
    assert_true(number_at(0, "p.welch") < 0.001);
    assert_close(number_at(0, "p.welch.holm"), 2 * number_at(0, "p.welch"), 1e-15);
    assert_close(number_at(0, "pairs"), 5, 0);
    assert_close(number_at(0, "p.wilcoxon"), 2.0 / 32, 1e-15); /* all five alike */
    assert_close(number_at(0, "p.answers"), 1.0 / 10001, 1e-15);
    assert_close(number_at(1, "difference"), 0.0004, 1e-12);
    assert_true(number_at(1, "p.welch") > 0.9);
    assert_close(number_at(1, "p.answers"), 1, 0); /* the same answers */
    assert_false(has_note("run over"));
}

/* Only what was distilled reads alpha: the rest stands beside its value; and widths have nothing beside them. */
static void test_stands_beside_a_setting_that_a_side_does_not_read(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        const char *a = "distill.method=logit-mse", *b = "distill.method=none";
        assert_ok(compare(turned ? b : a, turned ? a : b, "distill.alpha"), &asked.err);
        assert_int_equal(kd_table_row_count(asked.table), 1);
        assert_string_equal(kd_table_entry(asked.table, 0, 0)->text, "0.5");
        assert_close(number_at(0, "a.n"), 10, 0);
        assert_close(number_at(0, "b.n"), 10, 0);
        assert_close(number_at(0, "difference"), turned ? -0.0204 : 0.0204, 1e-12);
        assert_true(has_note("stands beside each of its values"));
    }
    assert_fails(KD_EUSAGE, "no group of --by has cells of both sides",
                 compare("student.hidden=16", "student.hidden=64", "student.hidden"), &asked.err);
}

static void test_refuses_cells_that_are_on_both_sides(void **state)
{
    (void)state;
    assert_fails(KD_EUSAGE, "5 cells are on both sides",
                 compare("distill.method=none", "student.hidden=64", NULL), &asked.err);
}

static void test_counts_cells_that_are_in_no_row(void **state)
{
    const char      *a = "seed=0", *b[] = { "seed=1", "student.hidden=16" }, *by = "student.hidden";
    kd_compare_query query = {
        .a = { &a, 1 }, .b = { b, 2 }, .by = &by, .by_count = 1, .metric = "f1", .split = "test"
    };
    (void)state;
    assert_ok(look(&query), &asked.err);
    assert_int_equal(kd_table_row_count(asked.table), 1);
    assert_true(has_note("in no row: 2 cells of a with nothing beside them to compare"));
    assert_false(has_note("cells of b"));
}

static void test_pairs_cells_by_all_that_varies(void **state)
{
    (void)state;
    assert_ok(compare("distill.method=logit-mse", "distill.method=none", NULL), &asked.err);
    assert_int_equal(kd_table_row_count(asked.table), 1);
    assert_close(number_at(0, "pairs"), 10, 0); /* seed and width */
    assert_true(has_note("means run over cells that differ in more than the seed: "
                         "student.hidden; --by tells them apart"));
}

/* A store of two seeds on each of two corpora, where `other` gold is what the second one says. */
typedef struct {
    const char *name;
    const char *gold_x, *gold_y; /* digests; NULL for none */
    bool        same_column;     /* as much to find in each sentence */
    bool        may_exchange;
} gold_case;

static void commit_corpus(const kd_store *store, const char *corpus, int seed, const char *gold,
                          int shift)
{
    int32_t          counts[3 * SENTENCES];
    kd_error         err;
    kd_id            id = { 2, (uint64_t)(corpus[0] * 1000 + seed) };
    kd_object_draft *draft = fixture_model(store, id);

    kd_object_put_setting(draft, "data.corpus", corpus);
    kd_object_put_setting(draft, "seed", seed == 0 ? "0" : "1");
    kd_object_put_metric(draft, "test.entity_strict.f1", 0.6 + 0.01 * seed);
    if (gold != NULL) kd_object_put_fact(draft, "gold.test", gold);
    for (int i = 0; i < SENTENCES; i++) {
        counts[3 * i] = 1;
        counts[3 * i + 1] = 1 + i % 2;
        counts[3 * i + 2] = 1 + (i + shift) % 3;
    }
    assert_ok(kd_object_put_i32(draft, "counts/test", counts, SENTENCES, 3, &err), &err);
    fixture_finish(draft);
}

static void check_gold(const gold_case *c)
{
    kd_store   *store = fixture_store(c->name);
    char       *folder = kd_strdup(kd_store_folder(store));
    const char *one = folder;

    for (int seed = 0; seed < 2; seed++) {
        commit_corpus(store, "x", seed, c->gold_x, 0);
        commit_corpus(store, "y", seed, c->gold_y, c->same_column ? 0 : 1);
    }
    kd_store_close(store);
    ask(&one, 1);
    assert_ok(compare("data.corpus=x", "data.corpus=y", NULL), &asked.err);
    assert_int_equal(!isnan(number_at(0, "p.answers")), c->may_exchange);
    assert_int_equal(has_note("1 row without p answers: cells were held against other gold"),
                     !c->may_exchange);
    let_go();
    free(folder);
}

/* Both sides have runs on two corpora. */
static void test_exchanges_answers_within_each_corpus(void **state)
{
    kd_store   *store = fixture_store("two-corpora");
    char       *folder = kd_strdup(kd_store_folder(store));
    const char *one = folder;

    (void)state;
    for (int seed = 0; seed < 2; seed++) {
        commit_corpus(store, "x", seed, "aa", 0);
        commit_corpus(store, "y", seed, "bb", 1);
    }
    kd_store_close(store);
    ask(&one, 1);
    assert_ok(compare("seed=0", "seed=1", NULL), &asked.err);
    assert_close(number_at(0, "pairs"), 2, 0);
    assert_close(number_at(0, "p.answers"), 1, 0); /* the same answers on each */
    assert_true(has_note("up to 2 corpora, and answers are exchanged within each"));
    let_go();
    free(folder);
}

static void test_exchanges_no_answers_to_different_sentences(void **state)
{
    static const gold_case cases[] = {
        { "same-gold", "aa", "aa", true, true },
        { "other-gold", "aa", "bb", true, false }, /* as many to find, but other ones */
        { "old-and-new", NULL, "aa", true, true },
        { "old-other", NULL, "aa", false, false },
        { "both-old-other", NULL, NULL, false, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check_gold(&cases[i]);
}

static void test_compares_only_what_is_asked_about(void **state)
{
    const char      *where = "student.hidden=16", *a = "distill.method=logit-mse";
    const char      *b = "distill.method=none";
    kd_compare_query query = {
        .where = { &where, 1 }, .a = { &a, 1 }, .b = { &b, 1 }, .metric = "f1", .split = "test"
    };
    (void)state;
    assert_ok(look(&query), &asked.err);
    assert_close(number_at(0, "a.n"), 5, 0);
    assert_close(number_at(0, "difference"), 0.0404, 1e-12);
    assert_int_equal(asked.stores.cells.count, 20);
    where = "student.hidden=8";
    assert_fails(KD_EUSAGE,
                 "student.hidden=8: no cell has this value; did you mean 16?; there are 16, 64",
                 look(&query), &asked.err);
}

static void test_refuses_a_side_without_cells(void **state)
{
    (void)state;
    assert_fails(
        KD_EUSAGE,
        "--b: student.hidden=17: no cell has this value; did you mean 16?; there are 16, 64",
        compare("student.hidden=16", "student.hidden=17", NULL), &asked.err);
    assert_fails(KD_EUSAGE, "--a KEY=VALUE is missing", compare(NULL, "student.hidden=16", NULL),
                 &asked.err);
    assert_fails(KD_EUSAGE, "did you mean student.hidden?",
                 compare("student.hiden=16", "student.hidden=64", NULL), &asked.err);
    assert_fails(KD_EUSAGE, "no cell has the key 'x'",
                 compare("student.hidden=16", "student.hidden=64", "x"), &asked.err);
}

#define of_both(test) cmocka_unit_test_setup_teardown(test, ask_both, let_both_go)

int main(void)
{
    const struct CMUnitTest tests[] = {
        of_both(test_takes_cells_of_all_stores_once),
        cmocka_unit_test(test_says_when_two_stores_disagree),
        cmocka_unit_test(test_counts_what_no_store_has),
        cmocka_unit_test(test_names_the_folder_that_is_no_store),
        of_both(test_gives_the_counts_of_a_cell),
        of_both(test_compares_group_by_group),
        of_both(test_stands_beside_a_setting_that_a_side_does_not_read),
        of_both(test_refuses_cells_that_are_on_both_sides),
        of_both(test_counts_cells_that_are_in_no_row),
        of_both(test_pairs_cells_by_all_that_varies),
        cmocka_unit_test(test_exchanges_answers_within_each_corpus),
        cmocka_unit_test(test_exchanges_no_answers_to_different_sentences),
        of_both(test_compares_only_what_is_asked_about),
        of_both(test_refuses_a_side_without_cells),
    };
    return cmocka_run_group_tests(tests, make_stores, drop_stores);
}
