/* A sweep in one process, with a shell script for a cell. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/child/stop.h"
#include "harness/dispatch/local.h"
#include "harness/store/journal.h"
#include "tests/dispatch/double.h"
#include "tests/support/support.h"

static kd_progress *silent;

static kd_status run(const kd_store *store, kd_double *study, const char *program, int jobs,
                     kd_error *err)
{
    kd_sweep        *sweep;
    kd_sweep_options options = kd_double_options(store, study, silent);
    kd_site          site = { .store = store, .program = program, .grace_s = 5 };
    options.workers = jobs;
    assert_ok(kd_sweep_open(&sweep, &options, err), err);
    kd_local_run(sweep, &site, jobs);
    return kd_sweep_close(sweep, err);
}

static void assert_all_there(const kd_store *store, size_t count)
{
    for (size_t n = 0; n < count; n++) assert_true(kd_store_has(store, kd_double_id(n)));
}

static void test_brings_every_cell_into_the_store(void **state)
{
    (void)state;
    kd_store *store = kd_double_store();
    kd_double study = { .count = 20, .input = 3 };
    kd_error  err;
    char     *folder = kd_store_work_path(store, kd_double_id(0), NULL);
    assert_ok(run(store, &study, kd_double_program("all", "leave"), 3, &err), &err);
    assert_all_there(store, 20);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_DONE, SIZE_MAX), 20);
    assert_false(kd_fs_exists(folder));
    free(folder);
}

/* A cell that is killed is tried again; the others do not notice. */
static void test_survives_cells_that_are_killed(void **state)
{
    (void)state;
    kd_store *store = kd_double_store();
    kd_double study = { .count = 8, .input = 0 };
    kd_error  err;
    assert_ok(
        run(store, &study,
            kd_double_program("killed", "[ $((node % 4)) = 0 ] && [ $tries -lt 2 ] && kill -9 $$\n"
                                        "leave"),
            2, &err),
        &err);
    assert_all_there(store, 8);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_FAILED, 0), 2);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_FAILED, 4), 2);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_DONE, SIZE_MAX), 8);
}

static void test_tries_no_more_often_than_it_may(void **state)
{
    (void)state;
    kd_store *store = kd_double_store();
    kd_double study = { .count = 3, .input = -1 };
    kd_error  err;
    assert_fails(KD_EFAILED, "1 of 3 failed; the first was double 1: signal 11",
                 run(store, &study,
                     kd_double_program("crash", "[ $node = 1 ] && kill -SEGV $$\nleave"), 1, &err),
                 &err);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_FAILED, 1), 3);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_GIVEN_UP, 1), 1);
    assert_true(kd_store_has(store, kd_double_id(2)));
}

static void test_tries_bad_data_once_and_keeps_its_log(void **state)
{
    (void)state;
    kd_store *store = kd_double_store();
    kd_double study = { .count = 2, .input = 0 };
    kd_error  err;
    char     *log = kd_store_work_path(store, kd_double_id(0), "log");
    assert_fails(
        KD_EFAILED, "exit 65: a.tsv:3: two columns",
        run(store, &study, kd_double_program("bad", "echo a.tsv:3: two columns; exit 65"), 1, &err),
        &err);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_ASSIGNED, SIZE_MAX), 1);
    assert_true(kd_fs_exists(log));
    free(log);
}

static void test_does_not_believe_a_cell_that_leaves_no_object(void **state)
{
    (void)state;
    kd_store *store = kd_double_store();
    kd_double study = { .count = 1, .input = -1 };
    kd_error  err;
    assert_fails(KD_EFAILED, "left no object",
                 run(store, &study, kd_double_program("liar", "exit 0"), 1, &err), &err);
}

static void test_says_when_the_program_is_missing(void **state)
{
    (void)state;
    kd_store *store = kd_double_store();
    kd_double study = { .count = 1, .input = -1 };
    kd_error  err;
    assert_fails(KD_EIO, "/nowhere/kdgrid", run(store, &study, "/nowhere/kdgrid", 1, &err), &err);
}

/* Its own process, so that the count of signals starts at 0 in each. They are sent once the cells of nodes 0 and 1
 * have put "begun" there; of two the second need not wait, for they are two signals. */
static int run_and_stop(kd_store *store, kd_double *study, const char *program, int signals)
{
    kd_error err;
    pid_t    pid = fork();
    if (pid == 0) {
        kd_stop_install();
        kd_status status = run(store, study, program, 2, &err);
        _exit(kd_status_exit(status));
    }
    int how = 0;
    for (int n = 0; n < 2 && signals > 0; n++)
        kd_double_wait(store, n == 0 ? "begun.0" : "begun.1");
    for (int i = 0; i < signals; i++) kill(pid, i == 0 ? SIGTERM : SIGINT);
    waitpid(pid, &how, 0);
    assert_true(WIFEXITED(how));
    return WEXITSTATUS(how);
}

static void test_stops_when_asked_and_goes_on_later(void **state)
{
    (void)state;
    kd_store   *store = kd_double_store();
    kd_double   study = { .count = 4, .input = -1 };
    const char *program =
        kd_double_program("slow", "trap 'exit 75' TERM; : > $store/begun.$node; i=0\n"
                                  "[ $tries -gt 0 ] && i=60\n"
                                  "while [ $i -lt 60 ]; do sleep 0.05; i=$((i+1)); done\n"
                                  "leave");
    double   started_s = kd_clock_s();
    kd_error err;
    assert_int_equal(run_and_stop(store, &study, program, 1), kd_status_exit(KD_ESTOPPED));
    assert_true(kd_clock_s() - started_s < 2.5);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_STOPPED, SIZE_MAX), 2);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_GIVEN_UP, SIZE_MAX), 0);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_RUN_END, SIZE_MAX), 1);
    assert_int_equal(run_and_stop(store, &study, program, 0) == 0, 1);
    assert_all_there(store, 4);
    (void)err;
}

static void test_stops_at_once_when_asked_twice(void **state)
{
    (void)state;
    kd_store   *store = kd_double_store();
    kd_double   study = { .count = 2, .input = -1 };
    const char *program = kd_double_program(
        "deaf", "trap '' TERM; : > $store/begun.$node; while :; do sleep 0.05; done");
    double started_s = kd_clock_s();
    assert_int_equal(run_and_stop(store, &study, program, 2), kd_status_exit(KD_ESTOPPED));
    assert_true(kd_clock_s() - started_s < 3);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_RUN_END, SIZE_MAX), 1);
}

static void test_ends_at_the_deadline(void **state)
{
    (void)state;
    kd_store        *store = kd_double_store();
    kd_sweep        *sweep;
    kd_double        study = { .count = 3, .input = -1 };
    kd_sweep_options options = kd_double_options(store, &study, silent);
    kd_site          site = { .store = store,
                              .program = kd_double_program("late", "exec sleep 30"),
                              .grace_s = 5 };
    kd_error         err;
    options.rules.deadline_s = kd_clock_s() + 0.5;
    assert_ok(kd_sweep_open(&sweep, &options, &err), &err);
    kd_local_run(sweep, &site, 2);
    assert_fails(KD_ESTOPPED, "3 of 3 are left to do (the deadline has come)",
                 kd_sweep_close(sweep, &err), &err);
    assert_true(kd_clock_s() - options.rules.deadline_s < 2);
}

/* Killed with all its might, a run leaves no children and a store that the next one takes over. */
static void test_leaves_no_orphans_when_it_is_killed(void **state)
{
    (void)state;
    kd_store   *store = kd_double_store();
    kd_double   study = { .count = 6, .input = -1 };
    const char *program =
        kd_double_program("orphan", "echo $$ > $store/p.$node; mv $store/p.$node $store/pid.$node\n"
                                    "[ $tries -gt 0 ] || exec sleep 30\nleave");
    kd_error err;
    pid_t    pid = fork();
    if (pid == 0) {
        run(store, &study, program, 2, &err);
        _exit(0);
    }
    kd_double_wait(store, "pid.0");
    kd_double_wait(store, "pid.1");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    for (int n = 0; n < 2; n++) {
        char      name[32];
        kd_str    text = KD_STR_INIT;
        long long child;
        snprintf(name, sizeof name, "pid.%d", n);
        char *path = kd_fs_join(kd_store_folder(store), name);
        assert_ok(kd_fs_read(path, &text, &err), &err);
        kd_str_cut(&text, text.length - 1);
        assert_true(kd_parse_int(text.text, &child));
        for (int i = 0; i < 100 && kill((pid_t)child, 0) == 0; i++) kd_sleep_s(0.02);
        assert_int_not_equal(kill((pid_t)child, 0), 0);
        kd_str_fini(&text);
        free(path);
    }
    kd_double_program("orphan", "leave");
    assert_ok(run(store, &study, program, 2, &err), &err);
    assert_all_there(store, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brings_every_cell_into_the_store),
        cmocka_unit_test(test_survives_cells_that_are_killed),
        cmocka_unit_test(test_tries_no_more_often_than_it_may),
        cmocka_unit_test(test_tries_bad_data_once_and_keeps_its_log),
        cmocka_unit_test(test_does_not_believe_a_cell_that_leaves_no_object),
        cmocka_unit_test(test_says_when_the_program_is_missing),
        cmocka_unit_test(test_stops_when_asked_and_goes_on_later),
        cmocka_unit_test(test_stops_at_once_when_asked_twice),
        cmocka_unit_test(test_ends_at_the_deadline),
        cmocka_unit_test(test_leaves_no_orphans_when_it_is_killed),
    };
    silent = kd_progress_create(KD_PROGRESS_NONE, stderr);
    int bad = cmocka_run_group_tests(tests, NULL, NULL);
    kd_progress_destroy(silent);
    return bad;
}
