/* Spreads by hand: 0.70 and 0.72 have the sd 0.0141, 0.60, 0.62 and 0.64 the sd 0.02. */
#include <math.h>
#include <string.h>

#include "results/power.h"
#include "results/seeds.h"
#include "tests/support/support.h"

#define RUN(number, hidden_value, seed_value, f1)                                                \
    {                                                                                            \
        .id = { 0, number }, .kind = "model", .store = "a",                                      \
        .settings =                                                                              \
            (kd_record_setting[]){ { "seed", seed_value }, { "student.hidden", hidden_value } }, \
        .setting_count = 2, .metrics = (kd_record_metric[]){ { "test.entity_strict.f1", f1 } },  \
        .metric_count = 1,                                                                       \
    }
static const kd_record runs[] = {
    RUN(1, "128", "1", 0.70), RUN(2, "128", "2", 0.72),
    RUN(3, "16", "1", 0.60),  RUN(4, "16", "2", 0.62),
    RUN(5, "16", "3", 0.64),  RUN(6, "32", "1", 0.99), /* one run: no spread */
};
static const double two[] = { 1.0, 4.0 };

static kd_table *make(size_t count, size_t planned)
{
    kd_seeds_query query = { "f1", "test", two, 2, planned };
    kd_cells       cells = KD_VEC_INIT;
    kd_table      *table = NULL;
    kd_error       err;

    for (size_t i = 0; i < count; i++) kd_vec_push(&cells, &runs[i]);
    assert_ok(kd_seeds_table(&table, &cells, &query, &err), &err);
    kd_vec_fini(&cells);
    return table;
}

static double figure(const kd_table *table, size_t row, size_t column)
{
    const kd_entry *entry = kd_table_entry(table, row, column);

    return entry->kind == KD_ENTRY_NUMBER ? entry->value : NAN;
}

/* The pooled variance is (0.0002 + 2 * 0.0004) / 3. */
static void test_pools_the_spreads_of_settings_that_ran_more_than_once(void **state)
{
    kd_table *table = make(6, 3);

    (void)state;
    assert_int_equal(kd_table_row_count(table), 3);
    assert_close(figure(table, 0, 1), 100 * sqrt(0.0002), 1e-9);
    assert_close(figure(table, 1, 1), 100 * sqrt(0.001 / 3), 1e-9);
    assert_close(figure(table, 2, 1), 100 * 0.02, 1e-9);
    assert_string_equal(table->notes.items[0],
                        "From 5 runs of 2 settings: the spread over seeds; pooled is that of all "
                        "of them together.");
    kd_table_destroy(table);
}

static void test_counts_the_seeds_that_find_a_difference_four_times_in_five(void **state)
{
    kd_table *table = make(6, 3);

    (void)state;
    for (size_t row = 0; row < 3; row++)
        for (size_t d = 0; d < 2; d++) {
            double    sd = figure(table, row, 1);
            size_t    n = (size_t)figure(table, row, 3 + d);
            kd_design enough = { false, sd, sd, n, n }, less = { false, sd, sd, n - 1, n - 1 };
            assert_true(kd_power_of(&enough, two[d], 0.05) >= 0.8);
            assert_true(n == 2 || kd_power_of(&less, two[d], 0.05) < 0.8);
        }
    assert_close(kd_power_of(&(kd_design){ false, 2.0, 2.0, 3, 3 }, figure(table, 2, 2), 0.05), 0.8,
                 1e-6);
    kd_table_destroy(table);
}

static void test_says_that_one_seed_has_no_spread(void **state)
{
    kd_table *none = make(1, 3), *one = make(2, 1);

    (void)state;
    assert_int_equal(kd_table_row_count(none), 0);
    assert_non_null(strstr(none->notes.items[0], "there is no spread to plan by"));
    assert_int_equal(kd_table_row_count(one), 1);
    assert_string_equal(kd_table_entry(one, 0, 0)->text, "pooled");
    assert_int_equal(kd_table_entry(one, 0, 2)->kind,
                     KD_ENTRY_ABSENT); /* one planned seed finds nothing */
    kd_table_destroy(none);
    kd_table_destroy(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pools_the_spreads_of_settings_that_ran_more_than_once),
        cmocka_unit_test(test_counts_the_seeds_that_find_a_difference_four_times_in_five),
        cmocka_unit_test(test_says_that_one_seed_has_no_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
