/* Children of /bin/sh that end in every way a cell can. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/child/supervise.h"
#include "tests/support/support.h"

static kd_child_options script(const char *const argv[], const char *log)
{
    return (kd_child_options){ .argv = argv, .log = log, .grace_s = 5 };
}

static kd_outcome watch(const kd_child_options *options)
{
    kd_child  *child;
    kd_error   err;
    kd_outcome out;
    assert_ok(kd_child_start(&child, options, &err), &err);
    while (!kd_child_ended(child, &out)) kd_child_wait(&child, 1, -1, 10);
    kd_child_close(child);
    return out;
}

static const char *new_log(const char *name)
{
    return kd_test_file(name, "from an earlier attempt\n");
}

/* Who was away himself for longer than silence may last heard nothing, and blames nobody. */
static void test_gives_a_fresh_span_after_an_absence_of_its_own(void **state)
{
    (void)state;
    const char *const argv[] = { "/bin/sh", "-c", "sleep 4; echo 'epoch 1' >&3", NULL };
    kd_child_options  options = script(argv, new_log("away"));
    kd_child         *child;
    kd_outcome        got;
    kd_error          err;
    double            started_s = kd_clock_s();
    options.silence_s = 3;
    options.time_s = 3.7;
    assert_ok(kd_child_start(&child, &options, &err), &err);
    kd_sleep_s(3.5);
    while (!kd_child_ended(child, &got)) kd_child_wait(&child, 1, -1, 1);
    kd_child_close(child);
    assert_true(got.is_done);
    assert_true(kd_clock_s() - started_s - got.wall_s > 3); /* nor is it counted for the cell's */
}

static void test_says_how_a_cell_ended(void **state)
{
    (void)state;
    static const struct {
        const char *name, *body;
        bool        is_done;
        kd_cause    cause;
        kd_status   status;
        const char *words;
    } cases[] = {
        { "well", "echo fine", true, 0, KD_OK, "" },
        { "data", "echo before; echo 'kdgrid: a.tsv:7: expected 2 columns' >&2; exit 65", false,
          KD_CAUSE_BAD, KD_EDATA, "exit 65: kdgrid: a.tsv:7: expected 2 columns" },
        { "told", "echo 'kdgrid: error: a.tsv:7: expected 2 columns' >&2; exit 65", false,
          KD_CAUSE_BAD, KD_EDATA, "a.tsv:7: expected 2 columns" },
        { "config", "exit 78", false, KD_CAUSE_BAD, KD_ECONFIG, "exit 78" },
        { "nan", "exit 4", false, KD_CAUSE_DIVERGED, KD_EDIVERGED, "exit 4" },
        { "disk", "exit 74", false, KD_CAUSE_SYSTEM, KD_EIO, "exit 74" },
        { "machine", "echo 'kdgrid: error: a machine is lost'; exit 76", false, KD_CAUSE_LOST,
          KD_EIO, "a machine is lost" },
        { "stopped", "exit 75", false, KD_CAUSE_STOPPED, KD_ESTOPPED, "exit 75" },
        { "bug", "echo one; echo two; exit 70", false, KD_CAUSE_ABORT, KD_EBUG,
          "exit 70: one | two" },
        { "memory", "echo 'kdgrid: error: out of memory: 9 x 9 bytes'; exit 71", false,
          KD_CAUSE_MEMORY, KD_EMEMORY, "out of memory" },
        { "other", "exit 123", false, KD_CAUSE_ABORT, KD_EBUG, "exit 123" },
        { "segv", "echo deep; kill -SEGV $$", false, KD_CAUSE_CRASH, KD_EBUG, "signal 11" },
        { "abort", "echo why; kill -ABRT $$", false, KD_CAUSE_ABORT, KD_EBUG, "signal 6" },
        { "kill", "kill -9 $$", false, KD_CAUSE_CRASH, KD_EBUG, "signal 9" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const argv[] = { "/bin/sh", "-c", cases[i].body, NULL };
        kd_child_options  options = script(argv, new_log(cases[i].name));
        kd_outcome        got = watch(&options);
        if (got.is_done != cases[i].is_done || (!got.is_done && got.cause != cases[i].cause) ||
            got.status != cases[i].status || !strstr(got.text, cases[i].words) ||
            strstr(got.text, "earlier") || strstr(got.text, "error: "))
            fail_msg("%s: cause %s, status %s, \"%s\"", cases[i].name, kd_cause_word(got.cause),
                     kd_status_word(got.status), got.text);
    }
}

static void test_hears_how_far_a_cell_is(void **state)
{
    (void)state;
    const char *const argv[] = { "/bin/sh", "-c",
                                 "echo 'epoch 2 epochs 9 loss 0.5 score 0.25' >&3\n"
                                 "printf 'epoch 3 loss 0.41 mood good score 0.72\\nepoch' >&3",
                                 NULL };
    kd_child_options  options = script(argv, new_log("pulse"));
    kd_outcome        got = watch(&options);
    assert_true(got.is_done);
    assert_int_equal(got.point.epoch, 3);
    assert_int_equal(got.point.epochs, 9);
    assert_close(got.point.loss, 0.41, 1e-12);
    assert_close(got.point.score, 0.72, 1e-12);
}

static void test_has_no_figures_from_a_cell_that_told_none(void **state)
{
    (void)state;
    const char *const argv[] = { "/bin/sh", "-c", "exec 3>&-; echo x", NULL };
    kd_child_options  options = script(argv, new_log("mute"));
    kd_outcome        got = watch(&options);
    assert_true(got.is_done);
    assert_true(isnan(got.point.score));
    assert_int_equal(got.point.epoch, 0);
}

static void test_ends_a_cell_that_runs_too_long(void **state)
{
    (void)state;
    const char *const argv[] = { "/bin/sh", "-c",
                                 "trap 'exit 75' TERM; while :; do sleep 0.02; done", NULL };
    kd_child_options  options = script(argv, new_log("long"));
    options.time_s = 0.3;
    kd_outcome got = watch(&options);
    assert_int_equal(got.cause, KD_CAUSE_TIME);
    assert_true(got.wall_s < 3);
    assert_non_null(strstr(got.text, "after its time limit of 0.3"));
}

static void test_ends_a_cell_that_says_nothing(void **state)
{
    (void)state;
    const char *const argv[] = { "/bin/sh", "-c",
                                 "for i in 1 2 3 4 5 6; do echo epoch $i >&3; sleep 0.1; done\n"
                                 "trap '' TERM; sleep 60",
                                 NULL };
    kd_child_options  options = script(argv, new_log("hang"));
    options.silence_s = 0.4;
    kd_outcome got = watch(&options);
    assert_int_equal(got.cause, KD_CAUSE_HANG);
    assert_int_equal(got.point.epoch, 6);
    assert_true(got.wall_s > 0.8 && got.wall_s < 5);
}

/* One that stops at a safe point, one that does not, one that is not given the time. */
static void test_stops_a_cell_when_asked(void **state)
{
    (void)state;
    static const struct {
        const char *name, *body;
        double      grace_s, most_s;
        bool        is_urgent;
    } cases[] = {
        { "soft", "trap 'exit 75' TERM; echo up >&3; while :; do sleep 0.02; done", 30, 5, false },
        { "deaf", "trap '' TERM; echo up >&3; while :; do sleep 0.02; done", 0.3, 5, false },
        { "hard", "trap '' TERM; echo up >&3; while :; do sleep 0.02; done", 30, 5, true },
        { "bare", "echo up >&3; exec sleep 60", 30, 5, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const argv[] = { "/bin/sh", "-c", cases[i].body, NULL };
        kd_child_options  options = script(argv, new_log(cases[i].name));
        kd_child         *child;
        kd_error          err;
        kd_outcome        got;
        options.grace_s = cases[i].grace_s;
        assert_ok(kd_child_start(&child, &options, &err), &err);
        kd_child_wait(&child, 1, -1, 2); /* it is up */
        kd_child_stop(child, cases[i].is_urgent);
        while (!kd_child_ended(child, &got)) kd_child_wait(&child, 1, -1, 10);
        kd_child_close(child);
        if (got.cause != KD_CAUSE_STOPPED || got.status != KD_ESTOPPED ||
            got.wall_s > cases[i].most_s)
            fail_msg("%s: %s after %.1f s", cases[i].name, kd_cause_word(got.cause), got.wall_s);
    }
}

static void test_keeps_a_result_that_comes_after_the_stop(void **state)
{
    (void)state;
    const char *const argv[] = { "/bin/sh", "-c",
                                 "trap 'exit 0' TERM; echo up >&3; while :; do sleep 0.02; done",
                                 NULL };
    kd_child_options  options = script(argv, new_log("after"));
    kd_child         *child;
    kd_error          err;
    kd_outcome        got;
    assert_ok(kd_child_start(&child, &options, &err), &err);
    kd_child_wait(&child, 1, -1, 2);
    kd_child_stop(child, false);
    while (!kd_child_ended(child, &got)) kd_child_wait(&child, 1, -1, 10);
    kd_child_close(child);
    assert_true(got.is_done);
}

static void test_gives_a_cell_no_more_memory_than_its_limit(void **state)
{
    (void)state;
    const char *const argv[] = { "/bin/sh", "-c", "ulimit -v", NULL };
    const char       *log = new_log("limit");
    kd_child_options  options = script(argv, log);
    kd_str            text = KD_STR_INIT;
    kd_error          err;
    options.memory_bytes = 512 << 20;
    assert_true(watch(&options).is_done);
    assert_ok(kd_fs_read(log, &text, &err), &err);
    assert_non_null(strstr(text.text, "524288"));
    kd_str_fini(&text);
}

static void test_hides_mpi_and_begins_with_one_thread(void **state)
{
    (void)state;
    setenv("OMPI_COMM_WORLD_SIZE", "4", 1);
    setenv("PMIX_NAMESPACE", "x", 1);
    setenv("OMP_NUM_THREADS", "64", 1);
    const char *const argv[] = { "/bin/sh", "-c",
                                 "[ -z \"$OMPI_COMM_WORLD_SIZE$PMIX_NAMESPACE\" ] && "
                                 "[ $OMP_NUM_THREADS = 1 ] && [ $OPENBLAS_NUM_THREADS = 1 ]",
                                 NULL };
    kd_child_options  options = script(argv, new_log("env"));
    assert_true(watch(&options).is_done);
    unsetenv("OMPI_COMM_WORLD_SIZE");
    unsetenv("PMIX_NAMESPACE");
    unsetenv("OMP_NUM_THREADS");
}

static void test_bounds_the_log(void **state)
{
    (void)state;
    const char *const argv[] = { "/bin/sh", "-c",
                                 "head -c 40000000 /dev/zero; sleep 1.5; echo; echo last; exit 65",
                                 NULL };
    const char       *log = new_log("big");
    kd_child_options  options = script(argv, log);
    kd_outcome        got = watch(&options);
    assert_true(kd_fs_size(log) < (16 << 20) + 100);
    assert_non_null(strstr(got.text, "last"));
}

static void test_waits_without_computing(void **state)
{
    (void)state;
    const char *const argv[] = { "/bin/sh", "-c", "exec 3>&-; sleep 1", NULL };
    kd_child_options  options = script(argv, new_log("idle"));
    double            started_s = kd_clock_cpu_s();
    assert_true(watch(&options).is_done);
    assert_true(kd_clock_cpu_s() - started_s < 0.1);
}

static void test_ends_a_cell_that_nobody_watches_any_more(void **state)
{
    (void)state;
    const char *const argv[] = { "/bin/sh", "-c", "echo $$ >&3; sleep 60", NULL };
    const char       *log = new_log("closed");
    kd_child_options  options = script(argv, log);
    kd_child         *child;
    kd_error          err;
    assert_ok(kd_child_start(&child, &options, &err), &err);
    double started_s = kd_clock_s();
    kd_child_close(child);
    assert_true(kd_clock_s() - started_s < 5);
    kd_child_close(NULL);
}

static void test_says_when_there_is_no_such_program(void **state)
{
    (void)state;
    const char *const argv[] = { "/nowhere/kdgrid", "cell", NULL };
    kd_child_options  options = script(argv, new_log("none"));
    kd_child         *child;
    kd_error          err;
    assert_fails(KD_ENOINPUT, "/nowhere/kdgrid", kd_child_start(&child, &options, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_a_fresh_span_after_an_absence_of_its_own),
        cmocka_unit_test(test_says_how_a_cell_ended),
        cmocka_unit_test(test_hears_how_far_a_cell_is),
        cmocka_unit_test(test_has_no_figures_from_a_cell_that_told_none),
        cmocka_unit_test(test_ends_a_cell_that_runs_too_long),
        cmocka_unit_test(test_ends_a_cell_that_says_nothing),
        cmocka_unit_test(test_stops_a_cell_when_asked),
        cmocka_unit_test(test_keeps_a_result_that_comes_after_the_stop),
        cmocka_unit_test(test_gives_a_cell_no_more_memory_than_its_limit),
        cmocka_unit_test(test_hides_mpi_and_begins_with_one_thread),
        cmocka_unit_test(test_bounds_the_log),
        cmocka_unit_test(test_waits_without_computing),
        cmocka_unit_test(test_ends_a_cell_that_nobody_watches_any_more),
        cmocka_unit_test(test_says_when_there_is_no_such_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
