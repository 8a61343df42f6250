/* Snapshots: through a page and back, pages of others refused, and what is said of two. */
#include "results/page/snapshot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"

static kd_id id_of(unsigned number)
{
    return kd_id_of_bytes(&number, sizeof number);
}

static int by_id(const void *a, const void *b)
{
    return kd_id_compare(((const kd_snapshot_cell *)a)->id, ((const kd_snapshot_cell *)b)->id);
}

/* Cells `from` to `to`, all of one setting, whose mean is `mean`; and one pair. */
static kd_snapshot make(unsigned from, unsigned to, double mean, double difference, bool is_clear)
{
    kd_snapshot s = { .study = "a </script><b> & study",
                      .metric = "test.entity_strict.f1",
                      .title = "F1 (test)",
                      .among = "distill.method",
                      .latest = "2026-11-29T10:00:00Z" };

    s.arena = kd_arena_create(0);
    for (unsigned i = from; i < to; i++)
        kd_vec_push(&s.cells, (kd_snapshot_cell){ id_of(i), 0, 0.5 + 0.01 * i });
    qsort(s.cells.items, s.cells.count, sizeof *s.cells.items, by_id);
    kd_vec_push(&s.settings, (kd_snapshot_setting){ "method <kl>", to - from, mean });
    kd_vec_push(&s.pairs,
                (kd_snapshot_pair){ "kl − none", difference, is_clear, "kl & none, in words" });
    return s;
}

static void assert_says(const kd_str *out, const char *words)
{
    if (strstr(out->text, words) == NULL) fail_msg("'%s' is not said in: %s", words, out->text);
}

static void assert_silent(const kd_str *out, const char *words)
{
    if (strstr(out->text, words) != NULL) fail_msg("'%s' is said in: %s", words, out->text);
}

/* ---- through a page ---- */

static void test_comes_back_from_a_page_as_it_was(void **state)
{
    kd_snapshot s = make(0, 3, 0.51, NAN, false), back;
    kd_str      page = KD_STR_INIT;
    const char *path;
    kd_error    err;

    (void)state;
    kd_str_add(&page, "<html><body>");
    kd_snapshot_write(&page, &s);
    assert_null(strstr(page.text, "</script><b>"));
    kd_str_add(&page, "<script>more()</script></body></html>");
    path = kd_test_file("page.html", page.text);
    assert_ok(kd_snapshot_read(&back, path, &err), &err);
    assert_string_equal(back.study, s.study);
    assert_string_equal(back.latest, s.latest);
    assert_int_equal(back.cells.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(kd_id_equal(back.cells.items[i].id, s.cells.items[i].id));
        assert_close(back.cells.items[i].score, s.cells.items[i].score, 1e-9);
    }
    assert_string_equal(back.settings.items[0].name, "method <kl>");
    assert_int_equal(back.settings.items[0].n, 3);
    assert_true(isnan(back.pairs.items[0].difference));
    assert_string_equal(back.pairs.items[0].verdict, "kl & none, in words");
    kd_snapshot_fini(&back);
    kd_snapshot_fini(&s);
    kd_str_fini(&page);
}

static void test_refuses_pages_of_others_in_words(void **state)
{
#define HEAD "<script type=\"application/json\" id=\"kdgrid-numbers\">"
#define ID   "0123456789abcdef0123456789abcdef"
    static const struct {
        const char *page, *words;
    } cases[] = {
        { "", "no page of kdgrid report" },
        { "<html>hello</html>", "no page of kdgrid report" },
        { HEAD "{\"form\":1", "no page of kdgrid report" }, /* cut */
        { HEAD "not JSON</script>", "page.html:1" },
        { HEAD "[1,2]</script>", "not those of a report" },
        { HEAD "{\"form\":7}</script>", "made by a newer kdgrid" },
        { HEAD "{\"form\":1,\"cells\":3,\"settings\":[],\"pairs\":[]}</script>",
          "not those of a report" },
        { HEAD "{\"form\":1,\"cells\":[[\"zz\",0,1]],\"settings\":[],\"pairs\":[]}</script>",
          "damaged" },
        /* a setting that is not there, before or behind */
        { HEAD "{\"form\":1,\"cells\":[[\"" ID "\",1,1]],\"settings\":[[\"a\",1,1]],\"pairs\":[]}"
               "</script>",
          "damaged" },
        { HEAD "{\"form\":1,\"cells\":[[\"" ID "\",-1,1]],\"settings\":[[\"a\",1,1]],\"pairs\":[]}"
               "</script>",
          "damaged" },
        { HEAD "{\"form\":1,\"cells\":[],\"settings\":[[7,1,1]],\"pairs\":[]}</script>",
          "damaged" },
        { HEAD "{\"form\":1,\"cells\":[],\"settings\":[],\"pairs\":[[\"a\"]]}</script>",
          "damaged" },
        { HEAD "{\"form\":1,\"form\":1,\"cells\":[],\"settings\":[],\"pairs\":[]}</script>",
          "page.html:1" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_snapshot s;
        kd_error    err;
        const char *path = kd_test_file("page.html", cases[i].page);
        assert_fails(KD_EDATA, cases[i].words, kd_snapshot_read(&s, path, &err), &err);
        kd_snapshot_fini(&s);
    }
}

/* ---- dates ---- */

static void test_a_date_is_the_beginning_of_a_stamp(void **state)
{
    static const char *const good[] = { "2026-11-29", "2026-11-29T14", "2026-11-29T14:30",
                                        "2026-11-29T14:30:00Z" };
    static const char *const bad[] = { "",
                                       "2026",
                                       "2026-11-2",
                                       "29.11.2026",
                                       "2026-11-29 14:30",
                                       "2026-11-29T14:30:00Zulu",
                                       "yesterday" };
    kd_error                 err;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_ok(kd_snapshot_check_date(good[i], &err), &err);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_fails(KD_EUSAGE, "expected a day", kd_snapshot_check_date(bad[i], &err), &err);
}

/* ---- two of them ---- */

static kd_str changes_of(kd_snapshot *before, kd_snapshot *now)
{
    kd_str out = KD_STR_INIT;

    kd_snapshot_add_changes(&out, before, now, "old.html");
    kd_snapshot_fini(before);
    kd_snapshot_fini(now);
    return out;
}

static void test_says_that_nothing_changed(void **state)
{
    kd_snapshot before = make(0, 3, 0.51, 0.02, true), now = make(0, 3, 0.51, 0.03, true);
    kd_str      out = changes_of(&before, &now);

    (void)state;
    assert_says(&out, "Nothing changed.");
    assert_silent(&out, "<table");
    kd_str_fini(&out);
}

static void test_names_cells_that_came_and_went(void **state)
{
    kd_snapshot before = make(0, 3, 0.51, 0.02, true), now = make(1, 5, 0.53, 0.02, true);
    kd_str      out = changes_of(&before, &now);

    (void)state;
    assert_says(&out, "3 students then, 4 now");
    assert_says(&out, "new: 2 cells: ");
    assert_says(&out, "gone: 1 cell: ");
    assert_says(&out, "method &lt;kl&gt;");
    assert_says(&out, ">0.0200</td>"); /* the mean went up */
    assert_silent(&out, "should not be");
    kd_str_fini(&out);
}

static void test_says_when_one_cell_has_two_scores(void **state)
{
    kd_snapshot before = make(0, 3, 0.51, 0.02, true), now = make(0, 3, 0.51, 0.02, true);
    kd_str      out;

    (void)state;
    now.cells.items[1].score += 0.001;
    out = changes_of(&before, &now);
    assert_says(&out, "the same cell with another F1 (test), which should not be: 1 cell: ");
    kd_str_fini(&out);
}

static void test_says_how_a_verdict_turned(void **state)
{
    kd_snapshot before = make(0, 3, 0.51, -0.02, true), now = make(0, 3, 0.51, 0.02, true);
    kd_str      out = changes_of(&before, &now);

    (void)state;
    assert_says(&out, "kl − none: was “the second is better”, is “the first is better” now. kl "
                      "&amp; none, in words");
    kd_str_fini(&out);
    before = make(0, 3, 0.51, 0.02, false), now = make(0, 3, 0.51, 0.02, true);
    out = changes_of(&before, &now);
    assert_says(&out, "was “no difference is shown”, is “the first is better” now");
    kd_str_fini(&out);
}

static void test_does_not_compare_two_metrics(void **state)
{
    kd_snapshot before = make(0, 3, 0.51, 0.02, false), now = make(0, 3, 0.91, 0.02, true);
    kd_str      out;

    (void)state;
    before.metric = "devel.entity_strict.f1";
    before.title = "F1 (devel)";
    out = changes_of(&before, &now);
    assert_says(&out, "scores are F1 (test), and were F1 (devel): they are not compared");
    assert_silent(&out, "<table");
    assert_silent(&out, "is better");
    kd_str_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back_from_a_page_as_it_was),
        cmocka_unit_test(test_refuses_pages_of_others_in_words),
        cmocka_unit_test(test_a_date_is_the_beginning_of_a_stamp),
        cmocka_unit_test(test_says_that_nothing_changed),
        cmocka_unit_test(test_names_cells_that_came_and_went),
        cmocka_unit_test(test_says_when_one_cell_has_two_scores),
        cmocka_unit_test(test_says_how_a_verdict_turned),
        cmocka_unit_test(test_does_not_compare_two_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
