/* Ticks, fronts, escapes, labels, and figures of little or nothing. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/chart/chart.h"
#include "results/chart/frame.h"
#include "results/chart/markup.h"
#include "results/chart/scale.h"
#include "results/chart/svg.h"
#include "tests/support/support.h"

/* ---- ticks ---- */

static void assert_ticks(const kd_scale *scale, const char *want)
{
    double ticks[KD_SCALE_TICKS];
    size_t count = kd_scale_ticks(scale, ticks);
    kd_str got = KD_STR_INIT;

    for (size_t i = 0; i < count; i++) {
        if (i > 0) kd_str_add_char(&got, ' ');
        kd_scale_print(scale, ticks[i], &got);
    }
    assert_string_equal(got.text, want);
    kd_str_fini(&got);
}

static void test_ticks_are_what_a_person_would_choose(void **state)
{
    static const struct {
        double      low, high;
        const char *ticks;
    } cases[] = {
        { 0, 1, "0.0 0.2 0.4 0.6 0.8 1.0" },
        { 0.8123, 0.9301, "0.80 0.85 0.90 0.95" },
        { -3, 7, "-4 -2 0 2 4 6 8" },
        { 0, 0, "-0.0010 -0.0005 0.0000 0.0005 0.0010" },
        { NAN, NAN, "0.0 0.2 0.4 0.6 0.8 1.0" },
        { 5, 2, "0.0 0.2 0.4 0.6 0.8 1.0" },
        { 0, 52000, "0k 20k 40k 60k" },
        { 0, 3e6, "0M 1M 2M 3M" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_scale scale;
        kd_scale_init(&scale, cases[i].low, cases[i].high, 0, 100, 6);
        assert_ticks(&scale, cases[i].ticks);
    }
}

static void test_wide_ranges_are_logarithmic(void **state)
{
    kd_scale scale;

    (void)state;
    kd_scale_init_log(&scale, 0.5, 120, 0, 100, 6);
    assert_true(scale.is_log);
    assert_ticks(&scale, "0.5 1 2 5 10 20 50 100");
    kd_scale_init_log(&scale, 10, 100, 0, 100, 6);
    assert_false(scale.is_log);
    kd_scale_init_log(&scale, 0, 100, 0, 100, 6);
    assert_false(scale.is_log);
    kd_scale_init_log(&scale, 1e-6, 1e6, 0, 100, 6);
    assert_true(scale.is_log);
    assert_close(kd_scale_at(&scale, 1.0), 50.0, 1e-9);
}

/* ---- the front ---- */

static void test_the_front_is_who_no_other_beats(void **state)
{
    const kd_chart_spot spots[] = {
        { .x = 2, .y = 0.8 }, { .x = 1, .y = 0.7 }, { .x = 3, .y = 0.79 }, { .x = 1, .y = 0.6 },
        { .x = 4, .y = 0.9 }, { .x = 4, .y = 0.9 }, { .x = NAN, .y = 1 },  { .x = 0, .y = NAN },
    };
    const bool want[] = { true, true, false, false, true, true, false, false };
    bool       got[8];

    (void)state;
    kd_chart_front(got, spots, 8);
    for (int i = 0; i < 8; i++) assert_int_equal(got[i], want[i]);
    kd_chart_front(got, NULL, 0);
}

/* ---- words ---- */

static void test_markup_does_nothing_but_show(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "a & b < c > \"d\" 'e'", "a &amp; b &lt; c &gt; &quot;d&quot; &#39;e&#39;" },
        { "</title><script>alert(1)</script>",
          "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;" },
        { "bell\a null\x01 escape\x1b[31m", "bell\\x07 null\\x01 escape\\x1b[31m" },
        { "not \xff UTF-8", "not \\xff UTF-8" },
        { "turned \xe2\x80\xae back", "turned \\u202e back" },
        { "no character \xef\xbf\xbf, and \xef\xbc\xa1", "no character \\uffff, and \xef\xbc\xa1" },
        { "cut \xef\xbf", "cut \\xef\\xbf" },
        { "β-catenin\nKölner", "β-catenin\nKölner" },
    };
    kd_str out = KD_STR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_str_reset(&out);
        kd_markup_add(&out, cases[i].text);
        assert_string_equal(out.text, cases[i].want);
    }
    kd_str_fini(&out);
}

static void test_words_are_cut_to_their_room(void **state)
{
    kd_str out = KD_STR_INIT;

    (void)state;
    kd_markup_fit(&out, "short", 11, 100);
    assert_string_equal(out.text, "short");
    kd_str_reset(&out);
    kd_markup_fit(&out, "a name & that is much too long", 11, 66);
    assert_string_equal(out.text, "a name &…");
    kd_str_fini(&out);
}

static void test_labels_keep_apart(void **state)
{
    double y[] = { 50, 50, 51, 98, 99, 10 };

    (void)state;
    kd_frame_spread(y, 6, 13, 0, 100);
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < i; k++) assert_true(fabs(y[i] - y[k]) >= 13 - 1e-9);
    for (int i = 0; i < 6; i++) assert_true(y[i] >= 0 && y[i] <= 100);
    assert_true(y[0] < y[1] && y[1] < y[2]);
}

/* ---- figures ---- */

static const kd_chart_words words = { "A <title> & more", NULL, "x" };

static void assert_is_whole(const kd_charts *charts)
{
    kd_str out = KD_STR_INIT;

    kd_charts_svg(&out, charts);
    assert_non_null(strstr(out.text, "A &lt;title&gt; &amp; more"));
    assert_null(strstr(out.text, "nan"));
    assert_null(strstr(out.text, "inf\""));
    assert_true(kd_ends_with(out.text, "</svg>\n"));
    kd_str_fini(&out);
}

static void test_figures_of_nothing_are_figures(void **state)
{
    kd_charts     charts = KD_VEC_INIT;
    kd_chart_grid grid = { 0 };

    (void)state;
    kd_chart_lines(&charts, &words, NULL, 0);
    kd_chart_points(&charts, &words, NULL, 0);
    kd_chart_forest(&charts, &words, NULL, 0);
    kd_chart_heat(&charts, &words, &grid);
    kd_chart_bars(&charts, &words, NULL, 0);
    assert_int_equal(charts.count, 5);
    assert_is_whole(&charts);
    kd_charts_fini(&charts);
}

static void test_bars_are_as_wide_as_their_words_need(void **state)
{
    const kd_chart_bar   brief[] = { { "protein missed", "717, missed", NULL, 717, 0 },
                                     { "DNA too long", "14, too long", NULL, 14, 1 } };
    const kd_chart_bar   wordy[] = { { "a method of many words and of several settings",
                                       "1234.5 s in 1234 cells", NULL, 1, 0 } };
    const kd_chart_words titled = { .title = "A title that says at some length what there is" };
    kd_charts            charts = KD_VEC_INIT;

    (void)state;
    kd_chart_bars(&charts, &words, brief, 2);
    kd_chart_bars(&charts, &titled, brief, 2);
    kd_chart_bars(&charts, &words, wordy, 1);
    assert_true(charts.items[0].width < 360); /* a phone's */
    assert_true(charts.items[1].width > charts.items[0].width && charts.items[1].width < 420);
    assert_true(charts.items[2].width > 500 && charts.items[2].width < 600);
    kd_charts_fini(&charts);
}

/* One of each kind, with words that would act and numbers that are none. */
static void draw_all(kd_charts *charts)
{
    const double        x[] = { 1, 2, 3 }, y[] = { 0.5, NAN, 0.7 }, gap[] = { NAN, 0, INFINITY };
    const kd_chart_line line = { "a&b_$x$", "hover <x>", x, y, gap, gap, 3, 11 };
    const kd_chart_spot spots[] = { { "\\input{x} (β)", "h", 1, 2, NAN, 0 },
                                    { "b", NULL, NAN, 2, 0.1, 1 } };
    const kd_chart_gap  gaps[] = { { "a − b", "f", "h", NAN, NAN, NAN, false },
                                   { "b", "f", NULL, 1, NAN, 2, true },
                                   { "c", "f", NULL, 1, 0.5, 2, true } };
    const kd_chart_bar  bars[] = { { "a", "f", NULL, NAN, 0 }, { "=b", "f", NULL, 0, 1 } };
    const char *const   names[] = { "r", "s" };
    const kd_chart_grid grid = { names, names, 2, 2, (const double[]){ 1, NAN, NAN, 1 }, NULL, 2 };

    kd_chart_lines(charts, &words, &line, 1);
    kd_chart_points(charts, &words, spots, 2);
    kd_chart_forest(charts, &words, gaps, 3);
    kd_chart_heat(charts, &words, &grid);
    kd_chart_bars(charts, &words, bars, 2);
}

static void test_what_is_no_number_is_left_out(void **state)
{
    kd_charts charts = KD_VEC_INIT;
    kd_str    out = KD_STR_INIT;

    (void)state;
    draw_all(&charts);
    kd_svg_add(&out, &charts.items[0]);
    assert_non_null(strstr(out.text, "hover &lt;x&gt;"));
    assert_is_whole(&charts);
    kd_charts_fini(&charts);
    kd_str_fini(&out);
}

/* A title that has no room in one line has two, the figure is as much higher, and nothing of it is cut. */
static void test_a_long_title_has_two_lines(void **state)
{
    const char    *shorter = "Score: hidden 16";
    const char    *longer = "Score on devel: kind bilstm, unlabelled BC2GM/train.tsv, lr 0.003";
    double         x[] = { 1, 2 }, y[] = { 0.1, 0.2 };
    kd_chart_line  line = { .name = "kl", .x = x, .y = y, .count = 2 };
    kd_chart_words titled = { .title = shorter, .x = "x", .y = "y" };
    kd_charts      charts = KD_VEC_INIT;
    kd_str         out = KD_STR_INIT;

    (void)state;
    kd_chart_lines(&charts, &titled, &line, 1);
    titled.title = longer;
    kd_chart_lines(&charts, &titled, &line, 1);
    assert_close(charts.items[1].height, charts.items[0].height + 15, 0);
    kd_svg_add(&out, &charts.items[1]);
    assert_non_null(strstr(out.text, ">Score on devel: kind bilstm, unlabelled</text>"));
    assert_non_null(strstr(out.text, ">BC2GM/train.tsv, lr 0.003</text>"));
    assert_null(strstr(out.text, "…"));
    for (size_t i = 0; i < charts.items[0].drawing.shapes.count; i++) {
        const kd_drawn *a = &charts.items[0].drawing.shapes.items[i];
        const kd_drawn *b = &charts.items[1].drawing.shapes.items[i + (i > 0)];
        if (i > 0) assert_close(b->at.y, a->at.y + 15, 1e-12);
    }
    kd_charts_fini(&charts);
    kd_str_fini(&out);
}

/* Where values are near each other, as times of equal cells are, ticks have many decimals: none is outside of the figure. */
static void test_words_of_axes_are_inside(void **state)
{
    const kd_chart_spot spots[] = { { "a", NULL, 0.05004, 0.600000, NAN, 0 },
                                    { "b", NULL, 0.05196, 0.600002, NAN, 1 } };
    double              x[] = { 1, 2 }, y[] = { 123.45678, 123.45679 };
    kd_chart_line       line = { .name = "kl", .x = x, .y = y, .count = 2 };
    kd_charts           charts = KD_VEC_INIT;
    size_t              words_seen = 0;

    (void)state;
    kd_chart_points(&charts, &words, spots, 2);
    kd_chart_lines(&charts, &words, &line, 1);
    for (size_t c = 0; c < charts.count; c++)
        for (size_t i = 0; i < charts.items[c].drawing.shapes.count; i++) {
            const kd_drawn *shape = &charts.items[c].drawing.shapes.items[i];
            double          wide, left;
            if (shape->kind != KD_DRAWN_TEXT || shape->pen.look != KD_LOOK_SOFT) continue;
            wide = kd_markup_width(shape->text, KD_TYPE_SMALL);
            left = shape->at.x - (shape->form == KD_ANCHOR_END      ? wide
                                  : shape->form == KD_ANCHOR_MIDDLE ? wide / 2
                                                                    : 0);
            assert_null(strstr(shape->text, "…"));
            assert_true(left >= 0 && left + wide <= charts.items[c].width);
            words_seen++;
        }
    assert_true(words_seen > 16);
    kd_charts_fini(&charts);
}

/* Names of settings are long: none is cut where a picture has room for it. */
static void test_long_names_are_whole(void **state)
{
    const char    *name = "method kl, kind bilstm, unlabelled BC2GM/train.tsv, lr 0.003";
    const char    *rows[] = { name }, *columns[] = { "kl" };
    const double   values[] = { 0.5 };
    kd_chart_words words_of = { .title = "t", .x = "x", .y = "y" };
    kd_chart_spot  spots[] = { { .name = name, .x = 1, .y = 1, .sd = NAN },
                               { .name = "far", .x = 9, .y = 9, .sd = NAN } };
    kd_chart_gap   gap = { .name = name, .figures = "+0.01", .value = 0.01, .low = 0, .high = 1 };
    kd_chart_grid  grid = { .rows = rows,
                            .columns = columns,
                            .row_count = 1,
                            .column_count = 1,
                            .values = values,
                            .decimals = 2 };
    kd_charts      charts = KD_VEC_INIT;
    kd_str         out = KD_STR_INIT;

    (void)state;
    kd_chart_points(&charts, &words_of, spots, 2);
    kd_chart_forest(&charts, &words_of, &gap, 1);
    kd_chart_heat(&charts, &words_of, &grid);
    for (size_t i = 0; i < charts.count; i++) kd_svg_add(&out, &charts.items[i]);
    assert_null(strstr(out.text, "…"));
    assert_non_null(strstr(out.text, ">BC2GM/train.tsv, lr 0.003</text>")); /* the spot's second */
    kd_charts_fini(&charts);
    kd_str_fini(&out);
}

/* ---- PDF ---- */

static const char *find(const kd_str *file, const char *what)
{
    const char *found = memmem(file->text, file->length, what, strlen(what));

    if (found == NULL) fail_msg("the file has no '%s'", what);
    return found;
}

/* Each row of the table at the end leads to its object, and the table is where the end says. */
static void assert_is_pdf(const kd_str *file)
{
    const char *table = find(file, "xref\n0 "), *row;
    size_t      start, count;
    char        head[32];

    assert_memory_equal(file->text, "%PDF-1.4\n", 9);
    assert_true(kd_ends_with(file->text, "%%EOF\n"));
    assert_int_equal(sscanf(find(file, "startxref\n"), "startxref %zu", &start), 1);
    assert_ptr_equal(file->text + start, table);
    assert_int_equal(sscanf(table, "xref 0 %zu", &count), 1);
    row = strchr(table + 5, '\n') + 1;
    for (size_t i = 1; i < count; i++) {
        size_t at = strtoull(row + 20 * i, NULL, 10);
        snprintf(head, sizeof head, "%zu 0 obj\n", i);
        assert_true(at < start);
        assert_memory_equal(file->text + at, head, strlen(head));
    }
}

static void test_a_pdf_is_one_that_readers_can_walk(void **state)
{
    kd_charts   charts = KD_VEC_INIT;
    kd_str      out = KD_STR_INIT;
    size_t      length;
    const char *stream;

    (void)state;
    draw_all(&charts);
    kd_charts_pdf(&out, &charts);
    assert_is_pdf(&out);
    assert_int_equal(sscanf(find(&out, "<< /Length "), "<< /Length %zu", &length), 1);
    stream = find(&out, "stream\n") + strlen("stream\n");
    assert_memory_equal(stream + length, "\nendstream", strlen("\nendstream"));
    find(&out, "(\\\\input{x} \\() Tj\n/F2 11 Tf (b) Tj\n/F0 11 Tf (\\)) Tj"); /* Greek by itself */
    find(&out, "(a \\001 b) Tj");                                              /* minus */
    find(&out, "<FEFF00410020003C");                                           /* "A <" */
    assert_null(memmem(out.text, out.length, "nan", 3));
    assert_null(memmem(out.text, out.length, "inf", 3));
    kd_charts_fini(&charts);
    kd_str_reset(&out);
    kd_charts_pdf(&out, &charts);
    assert_is_pdf(&out);
    kd_str_fini(&out);
}

/* ---- LaTeX ---- */

static void test_pictures_for_latex_have_numbers_and_harmless_words(void **state)
{
    kd_charts charts = KD_VEC_INIT;
    kd_str    out = KD_STR_INIT;

    (void)state;
    draw_all(&charts);
    kd_charts_tex(&out, &charts);
    find(&out, "title={A \\textless{}title\\textgreater{} \\& more}");
    find(&out, "\\addlegendentry{a\\&b\\_$x$}"); /* a formula stays one */
    find(&out, "coordinates { (1,0.5) (3,0.7) };");
    find(&out, "{\\textbackslash{}input\\{x\\} ($\\beta$)}");
    find(&out, "(1,3) += (1,0) -= (0.5,0)");
    find(&out, "{a $-$ b}");
    find(&out, "\\definecolor{kd7}{HTML}{6B7280}");
    assert_null(strstr(out.text, "nan"));
    assert_null(strstr(out.text, "inf"));
    kd_charts_fini(&charts);
    kd_str_fini(&out);
}

/* Two that are near each other, and one far from them: the front's name stands, and none on it. */
static void test_names_in_latex_do_not_stand_on_each_other(void **state)
{
    const kd_chart_spot spots[] = {
        { .name = "below", .x = 1, .y = 0.601, .sd = NAN },
        { .name = "the one of the front", .x = 1, .y = 0.603, .sd = NAN },
        { .name = "a name that is much too long for one line of its half",
          .x = 9,
          .y = 0.1,
          .sd = NAN },
    };
    kd_charts charts = KD_VEC_INIT;
    kd_str    out = KD_STR_INIT;

    (void)state;
    kd_chart_points(&charts, &words, spots, 3);
    kd_charts_tex(&out, &charts);
    find(&out, "font=\\scriptsize, black] {the one of the front};");
    find(&out,
         "anchor=east, font=\\scriptsize, black, text width=120pt, align=flush right] {a name");
    assert_null(strstr(out.text, "{below}"));
    kd_charts_fini(&charts);
    kd_str_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticks_are_what_a_person_would_choose),
        cmocka_unit_test(test_wide_ranges_are_logarithmic),
        cmocka_unit_test(test_the_front_is_who_no_other_beats),
        cmocka_unit_test(test_markup_does_nothing_but_show),
        cmocka_unit_test(test_words_are_cut_to_their_room),
        cmocka_unit_test(test_labels_keep_apart),
        cmocka_unit_test(test_figures_of_nothing_are_figures),
        cmocka_unit_test(test_bars_are_as_wide_as_their_words_need),
        cmocka_unit_test(test_what_is_no_number_is_left_out),
        cmocka_unit_test(test_a_long_title_has_two_lines),
        cmocka_unit_test(test_words_of_axes_are_inside),
        cmocka_unit_test(test_long_names_are_whole),
        cmocka_unit_test(test_a_pdf_is_one_that_readers_can_walk),
        cmocka_unit_test(test_pictures_for_latex_have_numbers_and_harmless_words),
        cmocka_unit_test(test_names_in_latex_do_not_stand_on_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
