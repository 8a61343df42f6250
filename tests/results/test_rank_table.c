/* Three settings over four corpora, ranked by hand: soft 1 1 2 1, maps 2 2 1 2, none 3 3 3 3. */
#include <math.h>
#include <string.h>

#include "results/rank_table.h"
#include "results/ranks.h"
#include "tests/support/support.h"

#define RUN(number, corpus_value, method_value, f1)                                             \
    {                                                                                           \
        .id = { 0, number }, .kind = "model",                                                   \
        .settings = (kd_record_setting[]){ { "data.corpus", corpus_value },                     \
                                           { "distill.method", method_value } },                \
        .setting_count = 2, .metrics = (kd_record_metric[]){ { "test.entity_strict.f1", f1 } }, \
        .metric_count = 1,                                                                      \
    }
static const kd_record runs[] = {
    RUN(1, "a", "none", 0.5),  RUN(2, "a", "maps", 0.6),  RUN(3, "a", "soft", 0.6),
    RUN(4, "a", "soft", 0.8),  RUN(5, "b", "none", 0.5),  RUN(6, "b", "maps", 0.6),
    RUN(7, "b", "soft", 0.7),  RUN(8, "c", "none", 0.5),  RUN(9, "c", "maps", 0.9),
    RUN(10, "c", "soft", 0.7), RUN(11, "d", "none", 0.1), RUN(12, "d", "maps", 0.2),
    RUN(13, "d", "soft", 0.3), RUN(14, "e", "soft", 0.3), /* a corpus where the others have no run */
};

static kd_table *make(kd_arena *arena, size_t count, const char *baseline, int better)
{
    kd_cells  cells = KD_VEC_INIT;
    kd_metric metric;
    kd_table *table;
    kd_error  err;

    for (size_t i = 0; i < count; i++) kd_vec_push(&cells, &runs[i]);
    assert_ok(kd_metric_resolve(&metric, &cells, "f1", "test", &err), &err);
    metric.better = better;
    kd_rank_table(&table, &cells, &(kd_rank_query){ "distill.method", baseline, &metric }, arena);
    kd_vec_fini(&cells);
    return table;
}

static double figure(const kd_table *table, size_t row, const char *column)
{
    for (size_t c = 0; c < table->columns.count; c++)
        if (strcmp(table->columns.items[c].name, column) == 0)
            return kd_table_entry(table, row, c)->kind == KD_ENTRY_ABSENT
                       ? NAN
                       : kd_table_entry(table, row, c)->value;
    fail_msg("no column %s", column);
    return NAN;
}

/* Sums 5, 7, 12: chi^2 = 12 / (4 * 3 * 4) * (25 + 49 + 144) - 3 * 4 * 4 = 6.5, F = 3 * 6.5 / (8 - 6.5) = 13;
 * the critical difference is 2.3437 sqrt(3 * 4 / (6 * 4)) = 1.6573 (Demsar's table of q). */
static void test_ranks_settings_by_hand(void **state)
{
    kd_arena *arena = kd_arena_create(0);
    kd_table *table = make(arena, 13, NULL, +1);

    (void)state;
    assert_string_equal(kd_table_entry(table, 0, 0)->text, "soft");
    assert_close(figure(table, 0, "a"), 0.7, 1e-12);
    assert_close(figure(table, 0, "rank"), 1.25, 1e-12);
    assert_close(figure(table, 1, "rank"), 1.75, 1e-12);
    assert_close(figure(table, 2, "rank"), 3.0, 1e-12);
    assert_close(figure(table, 2, "p"), kd_ranks_nemenyi(1.75, 4, 3), 1e-12);
    assert_true(isnan(figure(table, 0, "p")));
    assert_string_equal(table->notes.items[0],
                        "Friedman over 4 corpora: chi-squared = 6.50, p = 0.0388; F of Iman and "
                        "Davenport = 13.00, p = 0.0066: some setting is apart from the rest.");
    assert_string_equal(table->notes.items[1], "Nemenyi: mean ranks that lie 1.66 apart or more "
                                               "differ at 5 %: soft and none.");
    kd_table_destroy(table);
    kd_arena_destroy(arena);
}

/* z = 1.75 / 0.7071 and 1.25 / 0.7071; Holm doubles the smaller p. */
static void test_holds_all_against_a_baseline(void **state)
{
    kd_arena *arena = kd_arena_create(0);
    kd_table *table = make(arena, 13, "none", +1);

    (void)state;
    assert_close(figure(table, 0, "p"), 2 * 0.013328, 1e-5);
    assert_close(figure(table, 1, "p"), 0.0770999, 1e-5);
    assert_true(isnan(figure(table, 2, "p")));
    kd_table_destroy(table);
    kd_arena_destroy(arena);
}

static void test_ranks_the_least_first_where_less_is_better(void **state)
{
    kd_arena *arena = kd_arena_create(0);
    kd_table *table = make(arena, 13, NULL, -1);

    (void)state;
    assert_string_equal(kd_table_entry(table, 0, 0)->text, "none");
    kd_table_destroy(table);
    kd_arena_destroy(arena);
}

static void test_counts_only_corpora_that_all_have_run_on(void **state)
{
    kd_arena *arena = kd_arena_create(0);
    kd_table *table = make(arena, 14, NULL, +1), *two = make(arena, 7, NULL, +1);

    (void)state;
    assert_close(figure(table, 0, "rank"), 1.25, 1e-12);
    assert_string_equal(table->notes.items[0],
                        "1 of 5 corpora lack a run of some setting and are not ranked.");
    assert_int_equal(kd_table_row_count(two), 3);
    assert_null(make(arena, 4, NULL, +1)); /* one corpus */
    kd_table_destroy(table);
    kd_table_destroy(two);
    kd_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranks_settings_by_hand),
        cmocka_unit_test(test_holds_all_against_a_baseline),
        cmocka_unit_test(test_ranks_the_least_first_where_less_is_better),
        cmocka_unit_test(test_counts_only_corpora_that_all_have_run_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
