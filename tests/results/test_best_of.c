/* Two methods, three learning rates, two seeds: devel and test disagree on purpose. */
#include <math.h>
#include <string.h>

#include "results/best_of.h"
#include "tests/support/support.h"

typedef struct {
    const char *method, *lr, *epochs; /* NULL: the cell has no such setting */
    double      devel, test;          /* NaN: not there */
} run;

static const run runs[] = {
    { "none", "0.001", "5", 0.70, 0.90 }, { "none", "0.001", "5", 0.72, 0.92 },
    { "none", "0.01", "5", 0.80, 0.60 },  { "none", "0.01", "5", 0.82, 0.62 },
    { "none", "0.1", "5", 0.75, 0.95 },   { "none", "0.1", "5", 0.73, 0.97 },
    { "soft", "0.001", "5", 0.60, 0.50 }, { "soft", "0.001", "5", 0.62, 0.52 },
    { "soft", "0.01", "5", 0.65, 0.40 },  { "soft", "0.01", "5", NAN, 0.99 },
    { "soft", "0.1", "5", 0.85, 0.70 },   { "soft", "0.1", "5", 0.86, 0.72 },
};

static const char *const method[] = { "distill.method" }, *const lr[] = { "train.lr" };
static const char *const both[] = { "train.lr", "train.epochs" };
static const kd_best_of  by_lr = { lr, 1, NULL }, by_both = { both, 2, NULL };

/* Records of the runs, and the question's outcome. */
typedef struct {
    kd_arena  *arena;
    kd_cells   cells;
    kd_metric  by, report;
    kd_chosens chosens;
} asked;

static void add_cell(asked *a, const run *r)
{
    kd_record         *cell = kd_arena_zero(a->arena, 1, sizeof *cell);
    kd_record_setting *settings = kd_arena_zero(a->arena, 3, sizeof *settings);
    kd_record_metric  *metrics = kd_arena_zero(a->arena, 2, sizeof *metrics);

    *cell = (kd_record){ .kind = "model", .settings = settings, .metrics = metrics };
    if (r->method) settings[cell->setting_count++] = (kd_record_setting){ method[0], r->method };
    if (r->epochs) settings[cell->setting_count++] = (kd_record_setting){ both[1], r->epochs };
    if (r->lr) settings[cell->setting_count++] = (kd_record_setting){ lr[0], r->lr };
    if (!isnan(r->devel))
        metrics[cell->metric_count++] = (kd_record_metric){ "devel.entity_strict.f1", r->devel };
    if (!isnan(r->test))
        metrics[cell->metric_count++] = (kd_record_metric){ "test.entity_strict.f1", r->test };
    kd_vec_push(&a->cells, cell);
}

static asked ask(const run *all, size_t count, const kd_best_of *query)
{
    asked    a = { .arena = kd_arena_create(0) };
    kd_error err;

    for (size_t i = 0; i < count; i++) add_cell(&a, &all[i]);
    assert_ok(kd_best_of_resolve(&a.by, query, &a.cells, &err), &err);
    assert_ok(kd_metric_resolve(&a.report, &a.cells, "f1", "test", &err), &err);
    kd_best_of_keep(&a.cells, query, &a.by, &a.report, method, 1, a.arena, &a.chosens);
    return a;
}

static void forget(asked *a)
{
    kd_vec_fini(&a->cells);
    kd_arena_destroy(a->arena);
}

#define ALL (sizeof runs / sizeof *runs)

static void test_keeps_of_each_method_what_devel_chose(void **state)
{
    asked            a = ask(runs, ALL, &by_lr);
    const kd_chosen *soft, *none;

    (void)state;
    assert_int_equal(a.cells.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(kd_record_value(a.cells.items[i], "train.lr"), i < 2 ? "0.01" : "0.1");
    none = kd_best_of_find(&a.chosens, (const char *[]){ "none" }, 1);
    soft = kd_best_of_find(&a.chosens, (const char *[]){ "soft" }, 1);
    assert_string_equal(none->words,
                        "train.lr = 0.01 by devel.entity_strict.f1, of 3 values in 6 runs; tried "
                        "0.001 (2 runs), 0.01 (2 runs), 0.1 (2 runs)");
    assert_string_equal(soft->words,
                        "train.lr = 0.1 by devel.entity_strict.f1, of 3 values in 5 runs; the edge "
                        "of what was tried: a better one may lie beyond; values were run unequally "
                        "often; tried 0.001 (2 runs), 0.01 (1 run), 0.1 (2 runs)");
    assert_null(kd_best_of_find(&a.chosens, (const char *[]){ "maps" }, 1));
    forget(&a);
}

/* Means of test 0.91, 0.61, 0.96 in the order of devel 0.71, 0.81, 0.74: of two draws the best by devel is the
 * second with chance 5/9, the third with 3/9, the first with 1/9. */
static void test_expects_the_best_of_so_many_values(void **state)
{
    asked            a = ask(runs, ALL, &by_lr);
    const kd_chosen *none = kd_best_of_find(&a.chosens, (const char *[]){ "none" }, 1);

    (void)state;
    assert_close(none->curve[0], (0.91 + 0.61 + 0.96) / 3, 1e-12);
    assert_close(none->curve[1], (5 * 0.61 + 3 * 0.96 + 0.91) / 9, 1e-12);
    forget(&a);
}

/* A grid of two keys: the chosen lr, 0.01, is an inner one of its line, the chosen epochs are the last. */
static void test_looks_for_the_edge_along_each_key(void **state)
{
    static const run grid[] = { { "a", "0.001", "5", 0.1, 0 },  { "a", "0.01", "5", 0.2, 0 },
                                { "a", "0.1", "5", 0.1, 0 },    { "a", "0.001", "10", 0.2, 0 },
                                { "a", "0.01", "10", 0.4, 0 },  { "a", "0.1", "10", 0.1, 0 },
                                { "a", "0.001", "20", 0.2, 0 }, { "a", "0.01", "20", 0.3, 0 },
                                { "a", "0.1", "20", 0.1, 0 } };
    asked            inner = ask(grid, 9, &by_both), outer = ask(grid, 6, &by_both);

    (void)state;
    assert_false(inner.chosens.items[0].tuned.is_at_edge);
    assert_true(outer.chosens.items[0].tuned.is_at_edge);
    assert_non_null(strstr(inner.chosens.items[0].words, "train.lr = 0.01, train.epochs = 10 by"));
    forget(&inner);
    forget(&outer);
}

static void test_leaves_cells_that_had_nothing_to_choose(void **state)
{
    static const run some[] = { { "none", NULL, "5", 0.5, 0.5 },
                                { "soft", "0.1", "5", 0.6, 0.6 },
                                { "soft", "0.2", "5", 0.5, 0.9 } };
    asked            a = ask(some, 3, &by_lr);

    (void)state;
    assert_int_equal(a.cells.count, 2);
    assert_int_equal(a.chosens.count, 1);
    forget(&a);
}

/* What has figures but none to choose by is not reported; what has none at all is still seen as missing. */
static void test_reports_nothing_that_devel_did_not_choose(void **state)
{
    static const run some[] = { { "none", "0.1", "5", NAN, 0.9 },
                                { "none", "0.2", "5", NAN, NAN },
                                { "soft", "0.1", "5", 0.6, 0.6 } };
    asked            a = ask(some, 3, &by_lr);

    (void)state;
    assert_int_equal(a.cells.count, 2);
    assert_int_equal(a.cells.items[0]->metric_count, 0);
    assert_string_equal(a.chosens.items[0].words,
                        "train.lr: nothing to choose from, no run has devel.entity_strict.f1");
    forget(&a);
}

static void test_refuses_to_choose_by_test(void **state)
{
    static const struct {
        const char *key, *by;
        const char *words;
    } cases[] = { { "train.lr", "test.f1", "it has it because it was picked" },
                  { "train.lr", "f1.test", "no cell has the metric 'f1.test'" },
                  { "train.l", NULL, "did you mean train.lr?" } };
    asked    a = ask(runs, ALL, &by_lr);
    kd_error err;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        kd_best_of query = { &cases[i].key, 1, cases[i].by };
        assert_fails(KD_EUSAGE, cases[i].words, kd_best_of_resolve(&a.by, &query, &a.cells, &err),
                     &err);
    }
    assert_fails(KD_EUSAGE, "train.lr is chosen", kd_best_of_check_place(&by_lr, lr, 1, &err),
                 &err);
    forget(&a);
}

static void test_says_what_is_reported_on_the_split_that_chose(void **state)
{
    static const struct {
        const char *by, *reported;
        int         better;
        size_t      notes;
    } cases[] = { { "devel.entity_strict.f1", "test.entity_strict.f1", +1, 0 },
                  { "devel.entity_strict.f1", "devel.token_micro.f1", +1, 1 },
                  { "devel.entity_strict.f1", "size.mib", -1, 0 } };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        kd_metric by = { .better = +1 }, reported = { .better = cases[i].better };
        kd_table *table = kd_table_create(NULL);
        strcpy(by.name, cases[i].by);
        strcpy(reported.name, cases[i].reported);
        kd_best_of_note_luck(&by, &reported, table);
        assert_int_equal(table->notes.count, cases[i].notes);
        kd_table_destroy(table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_of_each_method_what_devel_chose),
        cmocka_unit_test(test_expects_the_best_of_so_many_values),
        cmocka_unit_test(test_looks_for_the_edge_along_each_key),
        cmocka_unit_test(test_leaves_cells_that_had_nothing_to_choose),
        cmocka_unit_test(test_reports_nothing_that_devel_did_not_choose),
        cmocka_unit_test(test_refuses_to_choose_by_test),
        cmocka_unit_test(test_says_what_is_reported_on_the_split_that_chose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
