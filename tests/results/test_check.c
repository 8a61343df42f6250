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

/* The sample with a sign behind its first figure, and what a paper makes of it. */
static void test_wants_the_signs_where_they_are(void **state)
{
    static const kd_mark better = { "†", 0.01, "Welch" };
    static const struct {
        const char *cells;
        size_t      count;
    } cases[] = {
        { "0.8125 ± 0.0124† | 47.6", 0 }, { "0.813±0.012† | 47.6", 0 },
        { "0.8125 ± 0.0124 | 47.6", 1 },  { "0.813±0.012 | 47.6", 1 },
        { "0.813±0.012‡ | 47.6", 1 },     { "0.8125 ± 0.0124† | 47.6†", 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_table *table = sample_table();
        kd_str    text = KD_STR_INIT, drift = KD_STR_INIT;
        table->entries.items[2].mark = &better;
        kd_str_addf(&text, "| 8 | logit_mse | %s |\n| 16 | none | 0.75 | - |\n", cases[i].cells);
        assert_int_equal(kd_table_check(table, &kd_writer_markdown, "paper", text.text, &drift),
                         cases[i].count);
        kd_str_fini(&text);
        kd_str_fini(&drift);
        kd_table_destroy(table);
    }
}

/* A caption, a head or a note that is there word by word has the same digits; one in other words may be. */
static void test_reads_captions_heads_and_notes(void **state)
{
    static const struct {
        const char *caption, *head, *note;
        size_t      count;
    } cases[] = {
        { "Students of 2", "| hidden | method | F1 | size |", "1 of 12 cells", 0 },
        { "Pupils, all 9 of them", "| hidden | method | F1 | size |", "none is missing", 0 },
        { "Students of 3", "| hidden | method | F1 | size |", "1 of 12 cells", 1 },
        { "Students of 2", "| hidden | method | F1 | size |", "1 of 13 cells", 1 },
        { "Students of 3", "| hidden | method | F1 | size |", "2 of 12 cells", 2 },
        { "Students of 2", "|hidden|method|F2 (test)|size, MiB|", "1 of 12 cells", 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_table *table = sample_table();
        kd_str    text = KD_STR_INIT, drift = KD_STR_INIT;
        kd_table_set_caption(table, "Students of 2");
        kd_table_note(table, "1 of 12 cells");
        kd_str_addf(
            &text,
            "%s\n\n%s\n|--|--|--|--|\n| 8 | logit_mse | 0.813±0.012 | 47.6 |\n| 16 | none | "
            "0.75 | - |\n\n%s\n",
            cases[i].caption, cases[i].head, cases[i].note);
        assert_int_equal(kd_table_check(table, &kd_writer_markdown, "paper", text.text, &drift),
                         cases[i].count);
        kd_str_fini(&text);
        kd_str_fini(&drift);
        kd_table_destroy(table);
    }
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
        cmocka_unit_test(test_wants_the_signs_where_they_are),
        cmocka_unit_test(test_reads_captions_heads_and_notes),
        cmocka_unit_test(test_names_lines_that_a_csv_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
