#include <math.h>
#include <string.h>

#include "results/check.h"
#include "tests/support/support.h"

static kd_table *sample_table(void)
{
    kd_table *table = kd_table_create("Students");
    kd_entry *row;

    kd_table_add_column(table, KD_COLUMN_LABEL, "student.hidden", "hidden", -1);
    kd_table_add_column(table, KD_COLUMN_LABEL, "distill.method", "method", -1);
    kd_table_add_column(table, KD_COLUMN_SPREAD, "test.f1", "F1 (test)", 4);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "size.mib", "size, MiB", 1);
    row = kd_table_add_row(table);
    kd_entry_set_text(table, &row[0], "8");
    kd_entry_set_text(table, &row[1], "logit_mse");
    kd_entry_set_spread(&row[2], 0.81254, 0.01236, 3);
    kd_entry_set_number(&row[3], 47.5486);
    row[3].text = "47.6";
    row = kd_table_add_row(table);
    kd_entry_set_text(table, &row[0], "16");
    kd_entry_set_text(table, &row[1], "none");
    kd_entry_set_spread(&row[2], 0.75, NAN, 1);
    kd_table_mark_best(table, 2, 1);
    return table;
}

/* The drift of a file with this text. */
static void assert_drift(const kd_writer *form, const char *text, size_t count, const char *want)
{
    kd_table *table = sample_table();
    kd_str    drift = KD_STR_INIT;

    assert_int_equal(kd_table_check(table, form, "paper", text, &drift), count);
    assert_string_equal(drift.text, want);
    kd_str_fini(&drift);
    kd_table_destroy(table);
}

static void test_accepts_what_the_writers_wrote(void **state)
{
    static const kd_writer *const forms[] = { &kd_writer_markdown, &kd_writer_latex,
                                              &kd_writer_html, &kd_writer_csv, &kd_writer_json };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        kd_table *table = sample_table();
        kd_str    text = KD_STR_INIT;
        kd_str_add(&text, "Before.\n");
        forms[i]->write(table, &text);
        kd_str_add(&text, "After.\n");
        assert_drift(forms[i], text.text, 0, "");
        kd_str_fini(&text);
        kd_table_destroy(table);
    }
}

static void test_accepts_another_layout_with_fewer_digits(void **state)
{
    (void)state;
    assert_drift(&kd_writer_markdown,
                 "| hidden | method | F1 | size |\n|--|--|--|--|\n"
                 "| 16 | none | 0.750 | - |\n| 8 | logit_mse | 0.813±0.01 | 47.6 |\n",
                 0, "");
    assert_drift(&kd_writer_latex,
                 "8 & logit\\_mse & $\\mathbf{0.8125} \\pm 0.0124$ & 47.6 \\\\ % best\n"
                 "16 & none & 0.75 & - \\\\\n",
                 0, "");
}

static void test_names_every_place_that_drifted(void **state)
{
    (void)state;
    assert_drift(
        &kd_writer_markdown,
        "| 8 | logit_mse | 0.8135 ± 0.0124 | 47.5 |\n\n| 16 | none | 0.75 | 3 |\n", 3,
        "paper:1: hidden 8, method logit_mse: F1 (test) is 0.8135±0.0124 here, 0.8125 ± 0.0124 "
        "in the store\n"
        "paper:1: hidden 8, method logit_mse: size, MiB is 47.5 here, 47.6 in the store\n"
        "paper:3: hidden 16, method none: size, MiB is 3 here, - in the store\n");
}

static void test_misses_a_row_and_a_number(void **state)
{
    (void)state;
    assert_drift(
        &kd_writer_markdown, "| 8 | logit_mse | 0.8125 | 47.6 |\n", 2,
        "paper:1: hidden 8, method logit_mse: F1 (test) is 0.8125 here, 0.8125 ± 0.0124 in "
        "the store\n"
        "paper: no row for hidden 16, method none\n");
}

static void test_takes_the_row_that_agrees_of_two_tables(void **state)
{
    (void)state;
    assert_drift(&kd_writer_markdown,
                 "| 8 | logit_mse | 0.1 ± 0.2 | 1 |\n| 16 | none | 0.2 | - |\n"
                 "| 8 | logit_mse | 0.8125 ± 0.0124 | 47.6 |\n| 16 | none | 0.75 | - |\n",
                 0, "");
}

static void test_names_lines_that_a_csv_lacks(void **state)
{
    (void)state;
    assert_drift(&kd_writer_csv,
                 "student.hidden,distill.method,test.f1,test.f1.sd,test.f1.n,size.mib\n"
                 "8,logit_mse,0.81254,0.01236,3,47.5486\n16,none,0.76,,1,\n",
                 1, "paper: no line 16,none,0.75,,1,\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts_what_the_writers_wrote),
        cmocka_unit_test(test_accepts_another_layout_with_fewer_digits),
        cmocka_unit_test(test_names_every_place_that_drifted),
        cmocka_unit_test(test_misses_a_row_and_a_number),
        cmocka_unit_test(test_takes_the_row_that_agrees_of_two_tables),
        cmocka_unit_test(test_names_lines_that_a_csv_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
