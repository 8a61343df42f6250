#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/writer.h"
#include "tests/support/support.h"

static const kd_id cell_ids[] = { { 0, 1 }, { 0, 2 } };

/* Two rows with all kinds of entries and what needs escaping. */
static kd_table *sample_table(void)
{
    kd_table *table = kd_table_create("Students & teachers");
    kd_entry *row;

    kd_table_add_column(table, KD_COLUMN_LABEL, "student.hidden", "hidden", -1);
    kd_table_add_column(table, KD_COLUMN_LABEL, "distill.method", "method", -1);
    kd_table_add_column(table, KD_COLUMN_SPREAD, "test.f1", "F1 (test)", 4);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "time.train_s", "train, s", 1);
    row = kd_table_add_row(table);
    kd_entry_set_text(table, &row[0], "8");
    kd_entry_set_text(table, &row[1], "a|b, \"c\"_d");
    kd_entry_set_spread(&row[2], 0.81254, 0.0123, 2);
    row[2].sources = cell_ids;
    row[2].source_count = 2;
    kd_entry_set_number(&row[3], 12.25);
    row = kd_table_add_row(table);
    kd_entry_set_text(table, &row[0], "128");
    kd_entry_set_text(table, &row[1], "none");
    kd_entry_set_spread(&row[2], 0.75, NAN, 1);
    kd_table_mark_best(table, 2, 1);
    kd_table_note(table, "1 of %d cells", 3);
    kd_table_note(table, "1 of 3 cells");
    return table;
}

static void assert_writes(const kd_writer *writer, const char *want)
{
    kd_table *table = sample_table();
    kd_str    out = KD_STR_INIT;

    writer->write(table, &out);
    assert_string_equal(out.text, want);
    kd_str_fini(&out);
    kd_table_destroy(table);
}

static void test_writes_markdown_that_lines_up(void **state)
{
    (void)state;
    assert_writes(&kd_writer_markdown,
                  "Students & teachers\n"
                  "\n"
                  "| hidden | method      |           F1 (test) | train, s |\n"
                  "| -----: | :---------- | ------------------: | -------: |\n"
                  "|      8 | a\\|b, \"c\"_d | **0.8125 ± 0.0123** |     12.2 |\n"
                  "|    128 | none        |              0.7500 |        - |\n"
                  "\n"
                  "1 of 3 cells\n");
}

static void test_writes_latex_that_tex_reads(void **state)
{
    (void)state;
    assert_writes(&kd_writer_latex,
                  "\\begin{table}\n"
                  "  \\centering\n"
                  "  \\caption{Students \\& teachers}\n"
                  "  \\begin{tabular}{rlrr}\n"
                  "    \\toprule\n"
                  "    hidden & method & F1 (test) & train, s \\\\\n"
                  "    \\midrule\n"
                  "    8 & a|b, \"c\"\\_d & \\textbf{0.8125 $\\pm$ 0.0123} & 12.2 \\\\\n"
                  "    128 & none & 0.7500 & - \\\\\n"
                  "    \\bottomrule\n"
                  "  \\end{tabular}\n"
                  "  \\par{\\footnotesize\\raggedright 1 of 3 cells\\par}\n"
                  "\\end{table}\n");
}

static void test_escapes_every_character_that_tex_would_read(void **state)
{
    kd_table *table = kd_table_create(NULL);
    kd_str    out = KD_STR_INIT;

    (void)state;
    kd_table_add_column(table, KD_COLUMN_TEXT, "x", "a\\b{c}$d&e#f%g_h~i^j<k>l±m\x1bn\xff", -1);
    kd_writer_latex.write(table, &out);
    assert_non_null(strstr(out.text,
                           "a\\textbackslash{}b\\{c\\}\\$d\\&e\\#f\\%g\\_h\\textasciitilde{}i"
                           "\\textasciicircum{}j\\textless{}k\\textgreater{}l$\\pm$m"
                           "\\textbackslash{}u001bn\\textbackslash{}xff"));
    kd_str_fini(&out);
    kd_table_destroy(table);
}

static void test_writes_html_without_anything_that_acts(void **state)
{
    (void)state;
    assert_writes(
        &kd_writer_html,
        "<table class=\"kd-table\">\n<caption>Students &amp; teachers</caption>\n<thead>\n"
        "<tr><th scope=\"col\">hidden</th><th scope=\"col\">method</th>"
        "<th scope=\"col\">F1 (test)</th><th scope=\"col\">train, s</th></tr>\n"
        "</thead>\n<tbody>\n"
        "<tr><th scope=\"row\">8</th><th scope=\"row\">a|b, &quot;c&quot;_d</th>"
        "<td><strong>0.8125 ± 0.0123</strong></td><td>12.2</td></tr>\n"
        "<tr><th scope=\"row\">128</th><th scope=\"row\">none</th><td>0.7500</td><td>-</td>"
        "</tr>\n</tbody>\n</table>\n"
        "<ul class=\"kd-notes\">\n<li>1 of 3 cells</li>\n</ul>\n");
}

static void assert_tex(const char *words, const char *want)
{
    kd_table *table = kd_table_create(words);
    kd_str    out = KD_STR_INIT;

    kd_table_add_column(table, KD_COLUMN_TEXT, "x", "x", -1);
    kd_writer_latex.write(table, &out);
    if (strstr(out.text, want) == NULL) fail_msg("no %s in %s", want, out.text);
    kd_str_fini(&out);
    kd_table_destroy(table);
}

/* pdfTeX stops at a Greek letter that is no command, and a line's end must not end a row. */
static void test_shows_letters_that_pdftex_has_by_name_alone(void **state)
{
    (void)state;
    assert_tex("TGF-β × 2†…", "TGF-$\\beta$ $\\times$ 2$^\\dagger$\\ldots{}");
    assert_tex("a\nb", "a b");
}

/* What TeX could do with a formula it is not let do. */
static void test_leaves_formulas_alone_that_are_harmless(void **state)
{
    (void)state;
    assert_tex("of $K_{i}^2$ & $\\alpha \\times 10$", "of $K_{i}^2$ \\& $\\alpha \\times 10$");
    assert_tex("$\\input{x}$", "\\$\\textbackslash{}input\\{x\\}\\$");
    assert_tex("$}\\alpha{$", "\\$\\}\\textbackslash{}alpha\\{\\$");
    assert_tex("5 $ and 6 $", "5 \\$ and 6 \\$");
    assert_tex("$$x$$", "\\$$x$\\$");
    assert_tex("only 5$", "only 5\\$");
}

static void test_writes_csv_with_all_digits(void **state)
{
    (void)state;
    assert_writes(&kd_writer_csv,
                  "student.hidden,distill.method,test.f1,test.f1.sd,test.f1.n,time.train_s\n"
                  "8,\"a|b, \"\"c\"\"_d\",0.81254,0.0123,2,12.25\n"
                  "128,none,0.75,,1,\n");
}

/* One text as name, title, entry, caption and note of a table. */
static void write_words(const kd_writer *writer, const char *words, kd_str *out)
{
    kd_table *table = kd_table_create(words);
    kd_table_add_column(table, KD_COLUMN_TEXT, words, words, -1);
    kd_entry_set_text(table, kd_table_add_row(table), words);
    kd_table_note(table, "%s", words);
    kd_str_reset(out);
    writer->write(table, out);
    kd_table_destroy(table);
}

static void test_keeps_spreadsheets_from_computing_texts(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        { "=1+2", "'=1+2", "=1+2" },
        { "@cmd", "'@cmd", "@cmd" },
        { "-x", "'-x", "-x" },
        { "-1.5e3", "-1.5e3", "-1.5e3" },
        { "+7", "+7", "+7" },
        { "\tx", "'\\tx", "\tx" },
        { "a\x1b[2J", "a\\x1b[2J", "a\x1b[2J" },
        { "=a,b", "\"'=a,b\"", "\"=a,b\"" },
        { "B-GENE", "B-GENE", "B-GENE" },
    };
    kd_str out = KD_STR_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int raw = 0; raw < 2; raw++) {
            char *want = kd_sprintf("%s\n%s\n", cases[i][1 + raw], cases[i][1 + raw]);
            write_words(raw ? &kd_writer_csv_raw : &kd_writer_csv, cases[i][0], &out);
            assert_string_equal(out.text, want);
            free(want);
        }
    kd_str_fini(&out);
}

static void test_writes_words_from_outside_as_words(void **state)
{
    (void)state;
    kd_str out = KD_STR_INIT;
    write_words(&kd_writer_markdown, "<img src=x> a < b & c &lt; \x1b[2J", &out);
    assert_null(strstr(out.text, "<img"));
    assert_null(strstr(out.text, "\x1b"));
    assert_non_null(strstr(out.text, "| &lt;img src=x> a < b & c &amp;lt; \\x1b[2J |"));

    kd_json_document *document;
    kd_error          err;
    write_words(&kd_writer_json, "caf\xe9 \x1b", &out);
    assert_ok(kd_json_parse(&document, out.text, out.length, "table", &err), &err);
    kd_json_close(document);
    kd_str_fini(&out);
}

static void test_writes_json_with_the_cells_behind_a_number(void **state)
{
    kd_table         *table = sample_table();
    kd_str            out = KD_STR_INIT;
    kd_json_document *document;
    kd_error          err;
    const kd_json    *rows, *spread;

    (void)state;
    kd_writer_json.write(table, &out);
    assert_ok(kd_json_parse(&document, out.text, out.length, "table", &err), &err);
    rows = kd_json_get(kd_json_root(document), "rows");
    assert_int_equal(kd_json_count(rows), 2);
    assert_int_equal(kd_json_to_int(kd_json_get(kd_json_at(rows, 0), "student.hidden"), 0), 8);
    spread = kd_json_get(kd_json_at(rows, 0), "test.f1");
    assert_true(kd_json_to_real(kd_json_get(spread, "mean"), 0) == 0.81254);
    assert_true(kd_json_to_bool(kd_json_get(spread, "best"), false));
    assert_string_equal(kd_json_to_text(kd_json_at(kd_json_get(spread, "cells"), 1), ""),
                        "00000000000000000000000000000002");
    spread = kd_json_get(kd_json_at(rows, 1), "test.f1");
    assert_int_equal(kd_json_type_of(kd_json_get(spread, "sd")), KD_JSON_NULL);
    assert_int_equal(kd_json_type_of(kd_json_get(kd_json_at(rows, 1), "time.train_s")),
                     KD_JSON_NULL);
    kd_json_close(document);
    kd_str_fini(&out);
    kd_table_destroy(table);
}

static void test_marks_what_a_reader_cannot_tell_from_the_best(void **state)
{
    kd_table *table = kd_table_create(NULL);

    (void)state;
    kd_table_add_column(table, KD_COLUMN_NUMBER, "x", "x", 2);
    kd_entry_set_number(kd_table_add_row(table), 0.501);
    kd_entry_set_number(kd_table_add_row(table), 0.499);
    kd_entry_set_number(kd_table_add_row(table), 0.4);
    kd_entry_set_number(kd_table_add_row(table), NAN);
    kd_table_mark_best(table, 0, 1);
    assert_true(kd_table_entry(table, 0, 0)->is_best);
    assert_true(kd_table_entry(table, 1, 0)->is_best);
    assert_false(kd_table_entry(table, 2, 0)->is_best);
    assert_false(kd_table_entry(table, 3, 0)->is_best);
    kd_table_mark_best(table, 0, -1);
    assert_false(kd_table_entry(table, 0, 0)->is_best);
    assert_true(kd_table_entry(table, 2, 0)->is_best);
    kd_table_destroy(table);
}

static void test_marks_no_best_among_equal_ones(void **state)
{
    kd_table *table = kd_table_create(NULL);

    (void)state;
    kd_table_add_column(table, KD_COLUMN_NUMBER, "x", "x", 2);
    for (size_t rows = 1; rows <= 2; rows++) {
        kd_entry_set_number(kd_table_add_row(table), 0.5);
        kd_table_mark_best(table, 0, 1);
        for (size_t row = 0; row < rows; row++)
            assert_false(kd_table_entry(table, row, 0)->is_best);
    }
    kd_table_destroy(table);
}

/* A teacher of one run, or of two, above two students of three. */
static kd_table *table_with_counts(size_t teachers, size_t last)
{
    static const char *const labels[] = { "teacher", "soft", "none" };
    const size_t             n[] = { teachers, 3, last };
    kd_table                *table = kd_table_create("Students");

    kd_table_add_column(table, KD_COLUMN_LABEL, "distill.method", "method", -1);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "test.f1", "F1", 2);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "n", "n", 0);
    table->columns.items[2].is_count = true;
    table->beside = 1;
    for (size_t i = 0; i < 3; i++) {
        kd_entry *row = kd_table_add_row(table);
        kd_entry_set_text(table, &row[0], labels[i]);
        kd_entry_set_number(&row[1], 0.5);
        if (n[i] > 0) kd_entry_set_number(&row[2], (double)n[i]);
    }
    return table;
}

static void test_says_one_n_once(void **state)
{
    static const struct {
        size_t      teachers, last, columns;
        const char *caption, *label;
    } cases[] = { { 3, 3, 2, "Students (n = 3)", "teacher" },
                  { 1, 3, 2, "Students (n = 3)", "teacher (n = 1)" },
                  { 0, 3, 2, "Students (n = 3)", "teacher" },
                  { 1, 2, 3, "Students", "teacher" } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_table *table = table_with_counts(cases[i].teachers, cases[i].last);
        kd_table_fold_counts(table);
        assert_int_equal(table->columns.count, cases[i].columns);
        assert_string_equal(table->caption, cases[i].caption);
        assert_string_equal(kd_table_entry(table, 0, 0)->text, cases[i].label);
        kd_table_destroy(table);
    }
}

static void test_shows_marks_in_every_form(void **state)
{
    static const kd_mark better = { "†", 0.0125, "two-level" }, none = { "", 0.5, "Welch" };
    static const struct {
        const kd_writer *writer;
        const char      *want;
    } forms[] = {
        { &kd_writer_markdown, "| **0.8125 ± 0.0123†** |" },
        { &kd_writer_latex, "& \\textbf{0.8125 $\\pm$ 0.0123$^\\dagger$} &" },
        { &kd_writer_html, "<td><strong>0.8125 ± 0.0123†</strong></td>" },
        { &kd_writer_csv, ",0.81254,0.0123,2,0.0125,†,12.25\n128,none,0.75,,1,0.5,,\n" },
        { &kd_writer_json,
          "\"p\": 0.0125,\n        \"test\": \"two-level\",\n        \"mark\": \"†\"" },
        { &kd_writer_json, "\"p\": 0.5,\n        \"test\": \"Welch\",\n        \"mark\": null" },
        { &kd_writer_markdown, "Students & teachers. † better than none" },
        { &kd_writer_latex, "\\caption{Students \\& teachers. $^\\dagger$ better than none}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        kd_table *table = sample_table();
        kd_str    out = KD_STR_INIT;
        table->entries.items[2].mark = &better;
        table->entries.items[6].mark = &none;
        kd_table_explain_marks(table, "† better than none");
        forms[i].writer->write(table, &out);
        if (strstr(out.text, forms[i].want) == NULL) fail_msg("%s: %s", forms[i].want, out.text);
        kd_str_fini(&out);
        kd_table_destroy(table);
    }
}

static void test_finds_a_writer_by_name_and_by_file(void **state)
{
    const kd_writer *writer;
    kd_error         err;

    (void)state;
    assert_ok(kd_writer_find(&writer, "csv", &err), &err);
    assert_ptr_equal(writer, &kd_writer_csv);
    assert_fails(KD_EUSAGE, "no format 'pdf': choose md, tex, html",
                 kd_writer_find(&writer, "pdf", &err), &err);
    assert_ptr_equal(kd_writer_for_file("paper/t1.tex"), &kd_writer_latex);
    assert_null(kd_writer_for_file("paper.doc"));
}

/* A reader never sees that something cannot be; a program gets the number. */
static void test_prints_no_p_of_nothing(void **state)
{
    static const double p[] = { 0, 0.00004, 0.00009, 0.0001, 0.25 };
    kd_table           *table = kd_table_create(NULL);
    kd_str              md = KD_STR_INIT, tex = KD_STR_INIT, csv = KD_STR_INIT;

    (void)state;
    kd_table_add_column(table, KD_COLUMN_NUMBER, "p", "p", 4);
    for (size_t i = 0; i < 5; i++) kd_entry_set_p(kd_table_add_row(table), p[i]);
    kd_entry_set_p(kd_table_add_row(table), NAN);
    kd_writer_markdown.write(table, &md);
    kd_writer_latex.write(table, &tex);
    kd_writer_csv.write(table, &csv);
    assert_null(strstr(md.text, "0.0000"));
    assert_non_null(strstr(md.text, "| < 0.0001 |\n| < 0.0001 |\n| < 0.0001 |\n|   0.0001 |\n"));
    assert_non_null(strstr(tex.text, "\\textless{} 0.0001"));
    assert_string_equal(csv.text, "p\n0\n4e-05\n9e-05\n0.0001\n0.25\n\n");
    kd_str_fini(&md);
    kd_str_fini(&tex);
    kd_str_fini(&csv);
    kd_table_destroy(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_markdown_that_lines_up),
        cmocka_unit_test(test_writes_latex_that_tex_reads),
        cmocka_unit_test(test_escapes_every_character_that_tex_would_read),
        cmocka_unit_test(test_writes_html_without_anything_that_acts),
        cmocka_unit_test(test_shows_letters_that_pdftex_has_by_name_alone),
        cmocka_unit_test(test_leaves_formulas_alone_that_are_harmless),
        cmocka_unit_test(test_writes_csv_with_all_digits),
        cmocka_unit_test(test_keeps_spreadsheets_from_computing_texts),
        cmocka_unit_test(test_writes_words_from_outside_as_words),
        cmocka_unit_test(test_writes_json_with_the_cells_behind_a_number),
        cmocka_unit_test(test_marks_what_a_reader_cannot_tell_from_the_best),
        cmocka_unit_test(test_marks_no_best_among_equal_ones),
        cmocka_unit_test(test_says_one_n_once),
        cmocka_unit_test(test_shows_marks_in_every_form),
        cmocka_unit_test(test_finds_a_writer_by_name_and_by_file),
        cmocka_unit_test(test_prints_no_p_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
