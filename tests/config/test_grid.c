/* test_grid.c - cells by number: digits, exclusions, blocks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/config/grid.h"
#include "harness/config/schema.h"
#include "tests/support/support.h"

/* Values of two rows and a seed, as a study would hand them over. */
static const char *hidden_values[] = { "32", "64", "128" };
static const char *method_values[] = { "none", "logit-mse" };
static const char *seed_values[] = { "1", "2" };

static kd_grid_column    columns[3];
static kd_grid_dimension dims[3];

static void make_dimensions(void)
{
    columns[0] = (kd_grid_column){ kd_schema_find("student.hidden"), hidden_values };
    columns[1] = (kd_grid_column){ kd_schema_find("distill.method"), method_values };
    columns[2] = (kd_grid_column){ kd_schema_find("seed"), seed_values };
    dims[0] = (kd_grid_dimension){ 3, &columns[0], 1 };
    dims[1] = (kd_grid_dimension){ 2, &columns[1], 1 };
    dims[2] = (kd_grid_dimension){ 2, &columns[2], 1 };
}

static void assert_label(const kd_grid *grid, size_t cell, const char *want)
{
    kd_str label = KD_STR_INIT;
    kd_grid_label(grid, cell, &label);
    assert_string_equal(label.text, want);
    kd_str_fini(&label);
}

static void test_counts_the_last_dimension_fastest(void **state)
{
    (void)state;
    kd_error err;
    make_dimensions();
    kd_grid *grid = kd_grid_create(kd_schema_defaults());
    assert_ok(kd_grid_add(grid, dims, 3, NULL, 0, &err), &err);
    assert_int_equal(kd_grid_count(grid), 12);
    assert_label(grid, 0, "hidden=32 method=none seed=1");
    assert_label(grid, 1, "hidden=32 method=none seed=2");
    assert_label(grid, 2, "hidden=32 method=logit-mse seed=1");
    assert_label(grid, 11, "hidden=128 method=logit-mse seed=2");
    assert_string_equal(kd_grid_value(grid, 7, "student.hidden"), "64");
    assert_string_equal(kd_grid_value(grid, 7, "data.corpus"), "synth");
    assert_null(kd_grid_value(grid, 7, "no.such"));
    kd_grid_destroy(grid);
}

static void test_leaves_out_what_all_tests_of_a_condition_match(void **state)
{
    (void)state;
    kd_error err;
    make_dimensions();
    kd_grid_test      tests[] = { { columns[0].row, hidden_values, 2 }, /* 32 or 64 */
                                  { columns[1].row, method_values, 1 } };
    kd_grid_condition exclude[] = { { tests, 2 } };
    kd_grid          *grid = kd_grid_create(kd_schema_defaults());
    assert_ok(kd_grid_add(grid, dims, 3, exclude, 1, &err), &err);
    assert_int_equal(kd_grid_count(grid), 8);
    assert_label(grid, 0, "hidden=32 method=logit-mse seed=1");
    assert_label(grid, 2, "hidden=64 method=logit-mse seed=1");
    assert_label(grid, 4, "hidden=128 method=none seed=1");
    kd_grid_destroy(grid);
}

static void test_puts_blocks_after_each_other(void **state)
{
    (void)state;
    kd_error err;
    make_dimensions();
    kd_grid *grid = kd_grid_create(kd_schema_defaults());
    assert_ok(kd_grid_add(grid, dims, 1, NULL, 0, &err), &err);
    assert_ok(kd_grid_add(grid, dims + 1, 2, NULL, 0, &err), &err);
    assert_int_equal(kd_grid_count(grid), 3 + 4);
    assert_string_equal(kd_grid_value(grid, 2, "student.hidden"), "128");
    assert_string_equal(kd_grid_value(grid, 3, "distill.method"), "none");
    assert_string_equal(kd_grid_value(grid, 6, "distill.method"), "logit-mse");
    assert_string_equal(kd_grid_value(grid, 6, "seed"), "2");
    kd_grid_destroy(grid);
}

static void test_is_one_cell_without_dimensions(void **state)
{
    (void)state;
    kd_error err;
    kd_grid *grid = kd_grid_create(kd_schema_defaults());
    assert_ok(kd_grid_add(grid, NULL, 0, NULL, 0, &err), &err);
    assert_int_equal(kd_grid_count(grid), 1);
    assert_label(grid, 0, "");
    kd_grid_destroy(grid);
}

static void test_names_keys_in_full_when_short_ones_are_ambiguous(void **state)
{
    (void)state;
    kd_error          err;
    kd_grid_column    two[] = { { kd_schema_find("student.hidden"), hidden_values },
                                { kd_schema_find("teacher.hidden"), hidden_values } };
    kd_grid_dimension pair[] = { { 3, &two[0], 1 }, { 3, &two[1], 1 } };
    kd_grid          *grid = kd_grid_create(kd_schema_defaults());
    assert_ok(kd_grid_add(grid, pair, 2, NULL, 0, &err), &err);
    assert_label(grid, 1, "student.hidden=32 teacher.hidden=64");
    kd_grid_destroy(grid);
}

static void test_keeps_base_values_where_a_position_has_none(void **state)
{
    (void)state;
    kd_error          err;
    const char       *some[] = { "5", NULL };
    kd_grid_column    column = { kd_schema_find("student.hidden"), some };
    kd_grid_dimension dim = { 2, &column, 1 };
    kd_grid          *grid = kd_grid_create(kd_schema_defaults());
    assert_ok(kd_grid_add(grid, &dim, 1, NULL, 0, &err), &err);
    assert_string_equal(kd_grid_value(grid, 0, "student.hidden"), "5");
    assert_string_equal(kd_grid_value(grid, 1, "student.hidden"), kd_schema_defaults()[column.row]);
    kd_grid_destroy(grid);
}

static void test_gives_cells_by_a_rule_what_nobody_said(void **state)
{
    (void)state;
    kd_error           err;
    int                hidden = kd_schema_find("student.hidden");
    const char *const *builtin = kd_schema_defaults();
    char               said[16]; /* equal to the default, and said */
    snprintf(said, sizeof said, "%s", builtin[hidden]);
    const char       *some[] = { "5", said, NULL, NULL }, *inits[] = { "a", "a", "a", "b" };
    kd_grid_column    two[] = { { hidden, some }, { kd_schema_find("student.init"), inits } };
    kd_grid_dimension dim = { 4, two, 2 };
    kd_grid_test      test = { two[1].row, &inits[0], 1 };
    kd_grid          *grid = kd_grid_create(builtin);
    assert_ok(kd_grid_add(grid, &dim, 1, NULL, 0, &err), &err);
    kd_grid_follow(grid, &(kd_grid_rule){ { &test, 1 }, hidden, "768" });
    kd_grid_follow(grid, &(kd_grid_rule){ { &test, 1 }, hidden, "9" });
    assert_string_equal(kd_grid_value(grid, 0, "student.hidden"), "5");
    assert_string_equal(kd_grid_value(grid, 1, "student.hidden"), said);
    assert_string_equal(kd_grid_value(grid, 2, "student.hidden"), "768");
    assert_string_equal(kd_grid_value(grid, 3, "student.hidden"), builtin[hidden]);
    kd_grid_destroy(grid);
}

static void test_refuses_more_cells_than_it_can_number(void **state)
{
    (void)state;
    kd_error          err;
    kd_grid_dimension huge[] = { { 1u << 16, NULL, 0 }, { 1u << 16, NULL, 0 } };
    kd_grid          *grid = kd_grid_create(kd_schema_defaults());
    assert_fails(KD_ECONFIG, "more than 2147483648 cells",
                 kd_grid_add(grid, huge, 2, NULL, 0, &err), &err);
    kd_grid_destroy(grid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_the_last_dimension_fastest),
        cmocka_unit_test(test_leaves_out_what_all_tests_of_a_condition_match),
        cmocka_unit_test(test_puts_blocks_after_each_other),
        cmocka_unit_test(test_is_one_cell_without_dimensions),
        cmocka_unit_test(test_names_keys_in_full_when_short_ones_are_ambiguous),
        cmocka_unit_test(test_keeps_base_values_where_a_position_has_none),
        cmocka_unit_test(test_gives_cells_by_a_rule_what_nobody_said),
        cmocka_unit_test(test_refuses_more_cells_than_it_can_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
