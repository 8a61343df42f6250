/* What is told about a sweep: lines, the bar, JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/dispatch/progress.h"
#include "tests/support/support.h"

static const kd_progress_counts seventh = {
    .total = 18, .done = 7, .running = 2, .workers = 2, .eta_s = 12, .cells = 12, .cells_done = 5
};

static const kd_event good = { .kind = KD_EVENT_DONE,
                               .id = { 1, 2 },
                               .label = "student.hidden=64 seed=2",
                               .is_cell = true,
                               .score = 0.8123,
                               .wall_s = 3.2 };

/* What the progress of this style writes, in a buffer that the caller frees. */
static char *told(kd_progress_style style, const kd_event *event,
                  const kd_progress_counts *standing)
{
    char        *text;
    size_t       length;
    FILE        *stream = open_memstream(&text, &length);
    kd_progress *p = kd_progress_create(style, stream);
    kd_progress_tick(p, standing, 100);
    kd_progress_tell(p, event, standing);
    kd_progress_destroy(p);
    fclose(stream);
    return text;
}

static void test_writes_one_line_for_each_event(void **state)
{
    (void)state;
    kd_event quiet = good, retry = good, failed = good, stopped = good, adopted = good;
    quiet.score = NAN;
    retry.kind = KD_EVENT_RETRY;
    retry.cause = "crash";
    retry.text = "signal 9 (Killed)";
    failed = retry;
    failed.kind = KD_EVENT_FAILED;
    failed.cause = "bad";
    failed.text = "exit 65: kdgrid: a.tsv:7: expected 2 columns";
    failed.blocks = 3;
    stopped.kind = KD_EVENT_STOPPED;
    adopted.kind = KD_EVENT_ADOPTED;
    const struct {
        const kd_event *event;
        const char     *want;
    } cases[] = {
        { &good, "[ 7/18] student.hidden=64 seed=2: devel f1 0.8123 in 3.2 s (eta 12 s)\n" },
        { &quiet, "[ 7/18] student.hidden=64 seed=2: done in 3.2 s (eta 12 s)\n" },
        { &retry,
          "[ 7/18] student.hidden=64 seed=2: crash, to be tried again: signal 9 (Killed)\n" },
        { &failed, "[ 7/18] student.hidden=64 seed=2: failed for good (bad, and 3 that need it): "
                   "exit 65: kdgrid: a.tsv:7: expected 2 columns\n" },
        { &stopped, "[ 7/18] student.hidden=64 seed=2: stopped, to be continued\n" },
        { &adopted, "[ 7/18] student.hidden=64 seed=2: found in the store\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *got = told(KD_PROGRESS_LINES, cases[i].event, &seventh);
        assert_string_equal(got, cases[i].want);
        free(got);
    }
}

static void test_draws_a_bar_and_lets_only_failures_through(void **state)
{
    (void)state;
    kd_event failed = good;
    failed.kind = KD_EVENT_FAILED;
    failed.cause = "bad";
    failed.text = "why";
    setenv("NO_COLOR", "1", 1);
    char *got = told(KD_PROGRESS_BAR, &good, &seventh);
    assert_string_equal(got, "\r\033[K[==========>             ] 5/12 cells, 2 running, eta 12 s");
    free(got);
    got = told(KD_PROGRESS_BAR, &failed, &seventh);
    assert_non_null(
        strstr(got, "\r\033[K[ 7/18] student.hidden=64 seed=2: failed for good (bad): why\n"));
    assert_null(strstr(got, "\033[31m"));
    free(got);
    unsetenv("NO_COLOR");
    got = told(KD_PROGRESS_BAR, &failed, &seventh);
    assert_non_null(strstr(got, "\033[31m"));
    free(got);
}

/* The bar as it is drawn after these events, and once more, in a buffer that the caller frees. */
static char *drawn(const kd_event *events, size_t count, const kd_progress_counts *standing)
{
    char        *text = NULL, *copy;
    size_t       length;
    FILE        *stream = open_memstream(&text, &length);
    kd_progress *p = kd_progress_create(KD_PROGRESS_BAR, stream);
    for (size_t i = 0; i < count; i++) kd_progress_tell(p, &events[i], standing);
    kd_progress_tick(p, standing, 100);
    kd_progress_tick(p, standing, 101);
    kd_progress_destroy(p);
    fclose(stream);
    copy =
        kd_strdup(text); /* the stream knows where `text` is, and so a compiler may not trust it */
    free(text);
    return copy;
}

static void test_shows_the_best_and_the_last_score_of_cells(void **state)
{
    (void)state;
    kd_event events[] = { good, good, good, good };
    events[1].score = 0.71;
    events[1].label = "student.hidden=16 seed=1";
    events[2].score = 0.99;
    events[2].is_cell = false; /* a teacher */
    events[3].score = NAN;
    char *got = drawn(events, 4, &seventh);
    assert_string_equal(
        got, "\r\033[K[==========>             ] 5/12 cells, 2 running, eta 12 s\n"
             "devel f1: best 0.8123 student.hidden=64 s.., last 0.7100 student.hidden=16 s.."
             "\r\033[K\033[A\033[K[==========>             ] 5/12 cells, 2 running, eta 12 s\n"
             "devel f1: best 0.8123 student.hidden=64 s.., last 0.7100 student.hidden=16 s..");
    free(got);
    events[1].label = "seed=1";
    got = drawn(events, 2, &seventh);
    assert_non_null(strstr(got, "best 0.8123 student.hidden=64 seed=2, last 0.7100 seed=1\r"));
    free(got);
}

static void test_never_draws_more_than_79_columns(void **state)
{
    (void)state;
    static const char *const labels[] = {
        "",
        "x",
        "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc"
        "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc"
        "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc"
        "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc",
        "aaaaaaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    };
    enum { COUNT = sizeof labels / sizeof *labels };
    kd_progress_counts large = { .cells = 1000000,
                                 .cells_done = 999999,
                                 .cells_failed = 999999,
                                 .running = 1000000,
                                 .eta_s = 1e7 };
    for (int pair = 0; pair < COUNT * COUNT; pair++) {
        kd_event events[] = { good, good };
        events[0].label = labels[pair / COUNT];
        events[1].label = labels[pair % COUNT];
        events[1].score = 0.5;
        char *got = drawn(events, 2, &large), *second = strstr(strchr(got + 1, '\r'), "[K[");
        int   column = 0;
        for (const char *at = second + 2; *at; at++) {
            column = *at == '\n' ? 0 : column + ((*at & 0xc0) != 0x80);
            if (column > 79) fail_msg("%s", second);
        }
        free(got);
    }
}

static void test_draws_seldom(void **state)
{
    (void)state;
    char        *text;
    size_t       length;
    FILE        *stream = open_memstream(&text, &length);
    kd_progress *p = kd_progress_create(KD_PROGRESS_BAR, stream);
    for (int i = 0; i < 100; i++) kd_progress_tick(p, &seventh, 100 + i * 0.001);
    fflush(stream);
    size_t once = length;
    kd_progress_tick(p, &seventh, 101);
    fflush(stream);
    assert_int_equal(length, 2 * once);
    kd_progress_destroy(p);
    fclose(stream);
    free(text);
}

static void test_writes_json_that_can_be_read(void **state)
{
    (void)state;
    kd_json_document *document;
    kd_error          err;
    char             *got = told(KD_PROGRESS_JSON, &good, &seventh);
    assert_ok(kd_json_parse(&document, got, strlen(got), "progress", &err), &err);
    const kd_json *root = kd_json_root(document);
    assert_string_equal(kd_json_to_text(kd_json_get(root, "event"), ""), "done");
    assert_string_equal(kd_json_to_text(kd_json_get(root, "cell"), ""),
                        "00000000000000010000000000000002");
    assert_close(kd_json_to_real(kd_json_get(root, "devel_f1"), 0), 0.8123, 1e-12);
    assert_int_equal(kd_json_to_int(kd_json_get(root, "done"), 0), 7);
    assert_int_equal(kd_json_to_int(kd_json_get(root, "cells"), 0), 12);
    assert_int_equal(kd_json_to_int(kd_json_get(root, "cells_done"), 0), 5);
    kd_json_close(document);
    free(got);
}

static void test_sums_up(void **state)
{
    (void)state;
    static const struct {
        kd_progress_counts standing;
        double             wall_s;
        const char        *why, *want;
    } cases[] = {
        { { .total = 18, .done = 18 }, 12, NULL, "18 of 18 done in 12 s\n\n" },
        { { .total = 18, .done = 18 }, 0, NULL, "18 of 18 done\n\n" },
        { { .total = 18, .done = 7 }, 12, "SIGTERM", "7 of 18 done in 12 s; stopped: SIGTERM\n\n" },
        { { .total = 9, .done = 5, .failed = 1, .blocked = 3 },
          1,
          NULL,
          "5 of 9 done, 1 failed, 3 blocked by them in 1.0 s\n\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char        *text;
        size_t       length;
        FILE        *stream = open_memstream(&text, &length);
        kd_progress *p = kd_progress_create(KD_PROGRESS_LINES, stream);
        kd_progress_end(p, &cases[i].standing, cases[i].wall_s, cases[i].why);
        kd_progress_destroy(p);
        fclose(stream);
        assert_string_equal(text, cases[i].want);
        free(text);
    }
}

static void test_knows_its_styles(void **state)
{
    (void)state;
    kd_progress_style style;
    kd_error          err;
    FILE             *file = tmpfile();
    assert_ok(kd_progress_parse(&style, "auto", file, &err), &err);
    assert_int_equal(style, KD_PROGRESS_LINES);
    assert_ok(kd_progress_parse(&style, "json", file, &err), &err);
    assert_int_equal(style, KD_PROGRESS_JSON);
    assert_fails(KD_EUSAGE, "--progress: expected auto",
                 kd_progress_parse(&style, "fancy", file, &err), &err);
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_one_line_for_each_event),
        cmocka_unit_test(test_draws_a_bar_and_lets_only_failures_through),
        cmocka_unit_test(test_shows_the_best_and_the_last_score_of_cells),
        cmocka_unit_test(test_never_draws_more_than_79_columns),
        cmocka_unit_test(test_draws_seldom),
        cmocka_unit_test(test_writes_json_that_can_be_read),
        cmocka_unit_test(test_sums_up),
        cmocka_unit_test(test_knows_its_styles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
