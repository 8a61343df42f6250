/* Pages of stores: empty, of one seed, without histories, with words that would be markup, and large. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "results/page/figures.h"
#include "results/page/page.h"
#include "results/page/panels.h"
#include "tests/store/fixture.h"
#include "tests/support/support.h"

enum { SENTENCES = 50, MOMENTS = 20 };

typedef struct {
    const char *method; /* NULL for a teacher */
    int         hidden, seed;
    double      score;
    bool        has_history, rises;
    const char *teacher, *text, *steps; /* other settings; NULL for none */
    bool is_sparse; /* devel is looked at every second moment, and one moment is of one batch */
} cell;

static void put_history(kd_object_draft *draft, const cell *c)
{
    double   update[MOMENTS], loss[MOMENTS], score[MOMENTS];
    kd_error err;

    for (int i = 0; i < MOMENTS; i++) {
        double part = (double)(i + 1) / MOMENTS;
        update[i] = 100.0 * (i + 1);
        loss[i] = 1.0 - 0.5 * part;
        score[i] = c->score * (c->rises ? part : 1.0 - exp(-20 * part));
        if (c->is_sparse && i % 2 == 0) score[i] = NAN;
    }
    if (c->is_sparse) update[10] = update[9] + 1, loss[10] = 77;
    assert_ok(kd_object_put_history(draft, "update", update, MOMENTS, &err), &err);
    assert_ok(kd_object_put_history(draft, "loss", loss, MOMENTS, &err), &err);
    assert_ok(kd_object_put_history(draft, "score", score, MOMENTS, &err), &err);
}

static void put_counts(kd_object_draft *draft, const cell *c)
{
    int32_t  counts[3 * SENTENCES];
    kd_error err;

    for (int i = 0; i < SENTENCES; i++) {
        counts[3 * i] = (i * 7 + c->seed) % 10 < (int)(10 * c->score);
        counts[3 * i + 1] = counts[3 * i + 2] = 1;
    }
    assert_ok(kd_object_put_i32(draft, "counts/test", counts, SENTENCES, 3, &err), &err);
}

static void commit(const kd_store *store, unsigned number, const cell *c)
{
    kd_object_draft *draft;
    kd_error         err;
    char             text[16];

    assert_ok(kd_object_create(&draft, store, fixture_id(number), "model", "", &err), &err);
    snprintf(text, sizeof text, "%d", c->hidden);
    kd_object_put_setting(draft, c->method != NULL ? "student.hidden" : "teacher.hidden", text);
    if (c->method != NULL) kd_object_put_setting(draft, "distill.method", c->method);
    snprintf(text, sizeof text, "%d", c->seed);
    kd_object_put_setting(draft, "seed", text);
    if (c->teacher != NULL) kd_object_put_setting(draft, "teacher.kind", c->teacher);
    if (c->text != NULL) kd_object_put_setting(draft, "data.unlabelled", c->text);
    if (c->method != NULL) kd_object_put_setting(draft, "train.epochs", "10");
    if (c->steps != NULL) kd_object_put_setting(draft, "train.steps", c->steps);
    kd_object_put_metric(draft, "devel.entity_strict.f1", c->score);
    kd_object_put_metric(draft, "test.entity_strict.Gene.f1", c->score);
    kd_object_put_metric(draft, "test.entity_strict.f1", c->score);
    kd_object_put_metric(draft, "size.mib", 0.1 * c->hidden);
    kd_object_put_timing(draft, "cell_s", 2.0);
    if (c->has_history) put_history(draft, c);
    put_counts(draft, c);
    assert_ok(kd_object_commit(draft, &err), &err);
}

/* The page of a store, which is closed; the caller frees the text. */
static kd_str page_of(kd_store *store)
{
    const char *folder = kd_store_folder(store);
    kd_report   report;
    kd_str      page = KD_STR_INIT;
    kd_error    err;

    assert_ok(kd_report_open(&report, &folder, 1, NULL, &err), &err);
    assert_ok(kd_page_write(&page, &report, NULL, &err), &err);
    kd_report_close(&report);
    kd_store_close(store);
    assert_true(kd_ends_with(page.text, "</html>\n"));
    return page;
}

static void assert_says(const kd_str *page, const char *words)
{
    if (strstr(page->text, words) == NULL) fail_msg("the page does not say '%s'", words);
}

static void assert_silent(const kd_str *page, const char *words)
{
    if (strstr(page->text, words) != NULL) fail_msg("the page says '%s'", words);
}

/* ---- little ---- */

static void test_an_empty_store_says_so(void **state)
{
    kd_str page = page_of(fixture_store("empty"));

    (void)state;
    assert_says(&page, "No student has finished yet");
    assert_silent(&page, "<figure>");
    assert_silent(&page, "id=\"scores\"");
    kd_str_fini(&page);
}

static void test_one_student_without_a_history_has_a_page(void **state)
{
    kd_store  *store = fixture_store("one");
    const cell one = { "none", 16, 1, 0.5, false, false };
    kd_str     page;

    (void)state;
    commit(store, 1, &one);
    page = page_of(store);
    assert_says(&page, "It has 1 student: 1 setting with 1 seed.");
    assert_says(&page, "1 of 1 settings have one run");
    assert_says(&page, "1 of 1 students have no history");
    assert_silent(&page, "id=\"curves\"");
    assert_silent(&page, "id=\"differences\"");
    assert_silent(&page, ">nan");
    kd_str_fini(&page);
}

static void test_words_of_others_do_nothing(void **state)
{
    kd_store  *store = fixture_store("words");
    const cell a = { "<script>alert('1')</script>", 16, 1, 0.5, true, false };
    const cell b = { "R&D \"x\"\x1b[31m", 16, 1, 0.6, true, false };
    kd_str     page;

    (void)state;
    commit(store, 1, &a);
    commit(store, 2, &b);
    page = page_of(store);
    assert_silent(&page, "<script>alert");
    assert_says(&page, "&lt;script&gt;alert(&#39;1&#39;)");
    assert_says(&page, "R&amp;D &quot;x&quot;\\x1b[31m");
    assert_null(strchr(page.text, '\x1b'));
    kd_str_fini(&page);
}

/* ---- warnings ---- */

static void test_warns_of_what_one_would_ask_about(void **state)
{
    kd_store  *store = fixture_store("warnings");
    const cell cells[] = {
        { NULL, 64, 1, 0.7, false, false },  { "none", 16, 1, 0.8, true, true },
        { "none", 16, 2, 0.8, true, false }, { "kl", 16, 1, 0.0, true, false },
        { "kl", 16, 2, 0.6, true, false },
    };
    kd_str page;

    (void)state;
    for (unsigned i = 0; i < 5; i++) commit(store, i, &cells[i]);
    page = page_of(store);
    assert_says(&page,
                "The best teacher (0.7000) is below the mean of 1 of 2 settings: method none");
    assert_says(&page, "said only O. 1 cell: ");
    assert_says(&page, "more epochs may give more. 1 cell: ");
    assert_silent(&page, "have one run");
    kd_str_fini(&page);
}

static void test_a_sound_study_is_not_warned_of(void **state)
{
    kd_store  *store = fixture_store("sound");
    const cell cells[] = { { NULL, 64, 1, 0.9, false, false },
                           { "none", 16, 1, 0.80, true, false },
                           { "none", 16, 2, 0.82, true, false } };
    kd_str     page;

    (void)state;
    for (unsigned i = 0; i < 3; i++) commit(store, i, &cells[i]);
    page = page_of(store);
    assert_silent(&page, "id=\"warnings\"");
    assert_says(&page, "0.8100 ± 0.0141");
    kd_str_fini(&page);
}

/* ---- keys ---- */

/* kd_report_open makes groups with the keys that tell cells apart, and no more. */
static void test_groups_by_what_tells_cells_apart(void **state)
{
    kd_store   *store = fixture_store("keys");
    const char *folder = kd_store_folder(store);
    kd_report   report;
    kd_error    err;
    unsigned    number = 0;

    (void)state;
    for (int hidden = 16; hidden <= 32; hidden += 16)
        for (int seed = 1; seed <= 2; seed++) {
            commit(store, number++, &(cell){ "none", hidden, seed, 0.5, false, false });
            commit(store, number++, &(cell){ "kl", hidden, seed, 0.6, false, false });
        }
    assert_ok(kd_report_open(&report, &folder, 1, NULL, &err), &err);
    assert_int_equal(report.key_count, 2);
    assert_string_equal(report.keys[report.among], "distill.method");
    assert_int_equal(report.groups.count, 4);
    assert_string_equal(report.names[0], "method kl, hidden 16");
    assert_string_equal(kd_report_rest(&report, &report.groups.groups[0]), "hidden 16");
    assert_int_equal(report.without_history, 8);
    kd_report_close(&report);
    kd_store_close(store);
}

/* ---- who lacks a key ---- */

/* Who has no teacher stands in the panel of each kind of teacher. */
static void test_who_lacks_a_key_stands_in_every_panel(void **state)
{
    static const char *const kinds[] = { "bert", "bilstm" };
    kd_store                *store = fixture_store("panels");
    const char              *folder = kd_store_folder(store);
    kd_report                report;
    kd_panel                *panels;
    size_t                   count;
    kd_error                 err;
    unsigned                 number = 0;

    (void)state;
    for (int seed = 1; seed <= 2; seed++) {
        commit(store, number++, &(cell){ "none", 16, seed, 0.5, false, false });
        for (int k = 0; k < 2; k++)
            commit(store, number++,
                   &(cell){ "kl", 16, seed, 0.6, false, false, .teacher = kinds[k] });
    }
    assert_ok(kd_report_open(&report, &folder, 1, NULL, &err), &err);
    panels = kd_panels_of(&report, &count);
    assert_int_equal(count, 2);
    for (size_t p = 0; p < 2; p++) {
        assert_non_null(strstr(panels[p].name, kinds[p]));
        assert_int_equal(panels[p].count, 2);
        assert_string_equal(report.names[panels[p].groups[1]], "method none");
    }
    kd_report_close(&report);
    kd_store_close(store);
}

static void test_a_text_is_compared_with_none(void **state)
{
    kd_store *store = fixture_store("text");
    unsigned  number = 0;
    kd_str    page;

    (void)state;
    for (int seed = 1; seed <= 3; seed++) {
        commit(store, number++, &(cell){ "kl", 16, seed, 0.3 + 0.001 * seed, true, false });
        commit(store, number++,
               &(cell){ "kl", 16, seed, 0.8 + 0.001 * seed, true, false, .text = "a.txt" });
    }
    commit(store, number, &(cell){ "kl", 16, 4, 0.8, true, false, .text = "a.txt" });
    page = page_of(store);
    assert_says(&page, "compares data.unlabelled (without, a.txt)");
    assert_says(&page, "2 settings with 3 to 4 seeds (1, 2, 3, 4)");
    assert_says(&page, "<td>-</td><td class=\"n\">3</td>");
    assert_says(&page, "a.txt is better than no data.unlabelled by");
    assert_says(&page, "a.txt − no unlabelled");
    kd_str_fini(&page);
}

/* ---- what was asked ---- */

static void test_says_updates_where_they_are_set(void **state)
{
    kd_store *store = fixture_store("updates");
    kd_str    page;

    (void)state;
    commit(store, 1, &(cell){ "none", 16, 1, 0.5, false, false, .steps = "2400" });
    commit(store, 2, &(cell){ "kl", 16, 1, 0.5, false, false, "bert", NULL, "2400" });
    commit(store, 3, &(cell){ "kl", 32, 1, 0.5, false, false, "bert", NULL, "1200" });
    page = page_of(store);
    assert_says(&page, "16 and 32 units");
    assert_says(&page, " and trained for 1200 and 2400 updates");
    assert_silent(&page, "10 epochs");
    assert_says(&page, "settings in which students do not differ");
    assert_says(&page, "<td>teacher.kind</td><td>bert</td><td class=\"n\">2</td>");
    assert_says(&page, "<td>train.epochs</td><td>10</td><td class=\"n\">3</td>");
    kd_str_fini(&page);
}

/* ---- curves ---- */

static size_t count_rows(const kd_str *csv, const char *figure)
{
    size_t rows = 0;

    for (const char *at = csv->text; (at = strstr(at, figure)) != NULL; at++) rows++;
    return rows;
}

static void test_a_curve_has_no_points_without_a_number(void **state)
{
    kd_store   *store = fixture_store("sparse");
    const char *folder = kd_store_folder(store);
    kd_report   report;
    kd_charts   charts = KD_VEC_INIT;
    kd_str      csv = KD_STR_INIT, notes = KD_STR_INIT;
    kd_error    err;

    (void)state;
    for (int seed = 1; seed <= 2; seed++)
        commit(store, (unsigned)seed,
               &(cell){ "kl", 16, seed, 0.5, true, true, .is_sparse = true });
    assert_ok(kd_report_open(&report, &folder, 1, NULL, &err), &err);
    assert_ok(kd_figure_curves(&charts, &report, &notes, &err), &err);
    kd_figures_csv(&csv, &charts);
    assert_int_equal(count_rows(&csv, "Score on devel,"), MOMENTS / 2);
    assert_int_equal(count_rows(&csv, "Loss,"), MOMENTS - 1);
    assert_null(strstr(csv.text, ",77,"));
    kd_str_fini(&csv);
    kd_str_fini(&notes);
    kd_charts_fini(&charts);
    kd_report_close(&report);
    kd_store_close(store);
}

/* devel is looked at at every second moment, and rises at all of them. */
static void test_warns_of_what_rises_at_the_moments_that_have_a_score(void **state)
{
    kd_store *store = fixture_store("rising");
    kd_str    page;

    (void)state;
    commit(store, 1, &(cell){ "kl", 16, 1, 0.5, true, true, .is_sparse = true });
    page = page_of(store);
    assert_says(&page, "more epochs may give more. 1 cell: ");
    kd_str_fini(&page);
}

/* ---- much ---- */

static void test_a_thousand_cells_stay_below_a_megabyte(void **state)
{
    static const char *const methods[] = { "none",    "kl",  "logit-mse", "attention", "fitnet",
                                           "at-most", "dkd", "soft",      "hard",      "pkd" };
    kd_store                *store = fixture_store("thousand");
    unsigned                 number = 0;
    kd_str                   page;

    (void)state;
    for (int m = 0; m < 10; m++)
        for (int hidden = 1; hidden <= (KD_SANITIZED ? 4 : 20); hidden++)
            for (int seed = 1; seed <= 5; seed++)
                commit(store, number++,
                       &(cell){ methods[m], 16 * hidden, seed,
                                0.5 + 0.01 * m + 0.01 * hidden + 0.003 * seed, true, false });
    page = page_of(store);
    assert_true(page.length < 1000000);
    if (!KD_SANITIZED) assert_says(&page, "Curves of the first");
    if (!KD_SANITIZED) assert_says(&page, "pairs are drawn");
    kd_str_fini(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_store_says_so),
        cmocka_unit_test(test_one_student_without_a_history_has_a_page),
        cmocka_unit_test(test_words_of_others_do_nothing),
        cmocka_unit_test(test_warns_of_what_one_would_ask_about),
        cmocka_unit_test(test_a_sound_study_is_not_warned_of),
        cmocka_unit_test(test_groups_by_what_tells_cells_apart),
        cmocka_unit_test(test_who_lacks_a_key_stands_in_every_panel),
        cmocka_unit_test(test_a_text_is_compared_with_none),
        cmocka_unit_test(test_says_updates_where_they_are_set),
        cmocka_unit_test(test_a_curve_has_no_points_without_a_number),
        cmocka_unit_test(test_warns_of_what_rises_at_the_moments_that_have_a_score),
        cmocka_unit_test(test_a_thousand_cells_stay_below_a_megabyte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
