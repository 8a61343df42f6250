#include <stdlib.h>
#include <string.h>

#include "results/fit.h"
#include "results/writer.h"
#include "tests/support/support.h"

/* Widths with their bars: 7 + 12 + 12 + 9 and the last bar. */
static kd_table *sample(void)
{
    static const int spare[] = { 0, 2, 1, 2 };
    kd_table        *table = kd_table_create("A caption");
    kd_entry        *row;

    kd_table_add_column(table, KD_COLUMN_LABEL, "key", "key", -1);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "first", "the first", 1);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "other", "the other", 1);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "third", "thïrd", 4);
    for (size_t c = 0; c < 4; c++) table->columns.items[c].spare = spare[c];
    row = kd_table_add_row(table);
    kd_entry_set_text(table, &row[0], "none");
    for (int c = 1; c < 4; c++) kd_entry_set_number(&row[c], 0.5 * c);
    kd_table_note(table, "These are words that a narrow terminal would have to break in two.");
    kd_table_note(table, "Short.");
    return table;
}

static size_t widest(const char *text)
{
    size_t most = 0;

    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        char  *copy = kd_strndup(line, strcspn(line, "\n"));
        size_t width = kd_utf8_width(copy);
        if (width > most) most = width;
        free(copy);
    }
    return most;
}

static void test_leaves_out_what_has_no_room(void **state)
{
    static const struct {
        size_t      width, gone;
        const char *left_out;
    } cases[] = { { 41, 0, "" },
                  { 40, 2, "the first, thïrd" }, /* those of one number go together */
                  { 20, 2, "the first, thïrd" },
                  { 19, 3, "the first, the other, thïrd" },
                  { 1, 3, "the first, the other, thïrd" } }; /* and the key stays */

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_table *table = sample();
        kd_str    left_out = KD_STR_INIT;
        assert_int_equal(kd_table_fit(table, cases[i].width, &left_out), cases[i].gone);
        assert_string_equal(left_out.text, cases[i].left_out);
        assert_string_equal(kd_table_entry(table, 0, 0)->text, "none");
        kd_str_fini(&left_out);
        kd_table_destroy(table);
    }
}

/* The widths by which it fits are those of the writer. */
static void test_is_as_wide_as_it_says(void **state)
{
    kd_table *table = sample();
    kd_str    left_out = KD_STR_INIT, out = KD_STR_INIT;

    (void)state;
    kd_table_fit(table, 41, &left_out);
    kd_table_write_fitting(table, 41, &out);
    assert_int_equal(widest(out.text), 41);
    kd_str_fini(&left_out);
    kd_str_fini(&out);
    kd_table_destroy(table);
}

static void test_breaks_lines_of_words(void **state)
{
    kd_table *table = sample();
    kd_str    out = KD_STR_INIT;

    (void)state;
    kd_table_write_fitting(table, 34, &out);
    assert_non_null(strstr(out.text, "\n- These are words that a narrow\n"
                                     "  terminal would have to break in\n"
                                     "  two.\n- Short.\n"));
    kd_str_fini(&out);
    kd_table_destroy(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaves_out_what_has_no_room),
        cmocka_unit_test(test_is_as_wide_as_it_says),
        cmocka_unit_test(test_breaks_lines_of_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
