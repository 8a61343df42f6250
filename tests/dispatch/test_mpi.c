/* The coordinator and its workers under a real mpirun: cells and ranks are killed and stopped. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fault.h"
#include "harness/base/fs.h"
#include "harness/base/process.h"
#include "harness/chaos/processes.h"
#include "harness/child/scratch.h"
#include "harness/dispatch/shm.h"
#include "harness/store/journal.h"
#include "tests/dispatch/double.h"
#include "tests/support/support.h"

typedef struct {
    kd_process     process;
    kd_process_end end;
    double         started_s;
} job;

static char job_name[48]; /* of the last job, for its folder in shared memory */

static void name_job(void)
{
    static int jobs;
    snprintf(job_name, sizeof job_name, "test.%ld.%d", (long)getpid(), ++jobs);
    setenv(KD_SHM_JOB, job_name, 1);
}

/* mpirun with `workers` workers over the store; its words go to a file beside it. */
static job start(const kd_store *store, const char *program, const char *count, const char *input,
                 int workers)
{
    char ranks[16];
    snprintf(ranks, sizeof ranks, "%d", workers + 1);
    const char *const  argv[] = { "mpirun",
                                  "-n",
                                  ranks,
                                  "--oversubscribe",
                                  "--bind-to",
                                  "none",
                                  "--enable-recovery",
                                  RANKS,
                                  kd_store_folder(store),
                                  program,
                                  count,
                                  input,
                                  NULL };
    char              *output = kd_sprintf("%s.out", kd_store_folder(store));
    kd_process_options options = { .argv = argv, .output = output, .dies_with_parent = true };
    job                j = { .started_s = kd_clock_s() };
    kd_error           err;
    name_job();
    assert_ok(kd_process_spawn(&j.process, &options, &err), &err);
    free(output);
    return j;
}

/* Whether it ends within the limit; what does not is ended. */
static bool ends(job *j, double limit_s)
{
    bool has_ended = kd_process_wait(&j->process, limit_s, &j->end);
    kd_process_close(&j->process);
    return has_ended;
}

/* mpirun's own exit code says little after a death, so the journal is asked. */
static kd_status note_ending(void *user, const kd_journal_entry *entry, kd_error *err)
{
    (void)err;
    if (entry->type == KD_JOURNAL_RUN_END) *(int *)user = (int)entry->value;
    return KD_OK;
}

static int ending_of(const kd_store *store)
{
    int      code = -1;
    kd_error err;
    assert_ok(kd_journal_replay(store, note_ending, NULL, &code, &err), &err);
    return code;
}

static void assert_all_there(const kd_store *store, size_t count)
{
    for (size_t n = 0; n < count; n++) assert_true(kd_store_has(store, kd_double_id(n)));
    for (size_t n = 0; n < count; n++)
        assert_int_equal(kd_double_records(store, KD_JOURNAL_DONE, n) +
                             kd_double_records(store, KD_JOURNAL_ADOPTED, n),
                         1);
}

/* Of the last job; other runs on this machine have folders of their own. */
static void assert_no_litter(void)
{
    char *path = kd_scratch_path("/dev/shm", job_name);
    if (kd_fs_exists(path)) fail_msg("%s is left", path);
    free(path);
}

static void test_brings_a_study_to_its_end(void **state)
{
    (void)state;
    kd_store *store = kd_double_store();
    job       j = start(store, kd_double_program("all", "leave"), "30", "7", 3);
    assert_true(ends(&j, 30));
    assert_int_equal(ending_of(store), 0);
    assert_all_there(store, 30);
    assert_no_litter();
}

static void test_survives_cells_that_are_killed(void **state)
{
    (void)state;
    kd_store *store = kd_double_store();
    job       j = start(store,
                        kd_double_program("killed", "[ $((node % 3)) = 0 ] && [ $tries = 0 ] && "
                                                          "kill -9 $$\nleave"),
                        "12", "-1", 2);
    assert_true(ends(&j, 30));
    assert_int_equal(ending_of(store), 0);
    assert_all_there(store, 12);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_FAILED, SIZE_MAX), 4);
}

/* The cell of node 2 ends the rank that watches it. */
static void test_goes_on_without_a_worker_that_is_killed(void **state)
{
    (void)state;
    kd_store *store = kd_double_store();
    job       j = start(store,
                        kd_double_program("worker", "[ $node = 2 ] && [ $tries = 0 ] && "
                                                          "kill -9 $PPID && sleep 30\nsleep 0.05\nleave"),
                        "20", "-1", 3);
    assert_true(ends(&j, 30));
    assert_all_there(store, 20);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_LOST, 2), 1);
    assert_no_litter();
}

static void test_stops_when_no_worker_is_left_and_goes_on_later(void **state)
{
    (void)state;
    kd_store   *store = kd_double_store();
    const char *program = kd_double_program("last", "[ $tries = 0 ] && kill -9 $PPID && sleep 30\n"
                                                    "leave");
    job         j = start(store, program, "4", "-1", 2);
    assert_true(ends(&j, 40));
    assert_int_equal(ending_of(store), 75);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_GIVEN_UP, SIZE_MAX), 0);
    assert_no_litter();
    kd_double_program("last", "leave");
    j = start(store, program, "4", "-1", 2);
    assert_true(ends(&j, 30));
    assert_int_equal(ending_of(store), 0);
    assert_all_there(store, 4);
}

/* It is stopped for longer than silence lasts; its cell goes to another, and what it says when it
 * wakes is not counted a second time. */
static void test_counts_once_what_a_sleeping_worker_did(void **state)
{
    (void)state;
    kd_store *store = kd_double_store();
    job       j = start(store,
                        kd_double_program("asleep",
                                          "[ $node = 1 ] && [ $tries = 0 ] && "
                                                "{ kill -STOP $PPID; leave; sleep 5; kill -CONT $PPID; }\n"
                                                "sleep 0.3\nleave"),
                        "40", "-1", 2);
    assert_true(ends(&j, 40));
    assert_int_equal(ending_of(store), 0);
    assert_all_there(store, 40);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_LOST, 1), 1);
}

/* The cell of node 0, on which all others stand, puts the worker that has nothing to do to sleep
 * for longer than silence lasts, and ends its own: the rest is for the sleeper. */
static void test_employs_a_worker_that_slept_without_a_cell(void **state)
{
    (void)state;
    kd_store   *store = kd_double_store();
    const char *body =
        "if [ $node = 0 ] && [ $tries = 0 ]; then sleep 0.5\n"
        "for p in $(ls /proc); do\n"
        "[ -r /proc/$p/environ ] && [ $p != $PPID ] || continue\n"
        "read -r x name x < /proc/$p/stat; [ $name = '(dispatch_ranks)' ] || continue\n"
        "tr '\\0' '\\n' < /proc/$p/environ | grep -qx \"KDGRID_JOB=$KDGRID_JOB\" || continue\n"
        "tr '\\0' '\\n' < /proc/$p/environ | grep -q '_WORLD_RANK=0' || other=$p\n"
        "done; kill -STOP $other; sleep 4; kill -CONT $other; sleep 2\n"
        "leave; kill -9 $PPID; exec sleep 30; fi\n"
        "leave";
    job j = start(store, kd_double_program("sleeper", body), "5", "0", 2);
    assert_true(ends(&j, 40));
    assert_int_equal(ending_of(store), 0);
    assert_all_there(store, 5);
}

/* Longer than silence lasts, and the coordinator wakes first: nobody is lost for that. */
static void test_goes_on_after_all_of_it_was_stopped(void **state)
{
    (void)state;
    kd_store      *store = kd_double_store();
    char          *mark = kd_sprintf("seed=1 log=%s.log", kd_store_folder(store));
    kd_marked_list all = KD_VEC_INIT;
    setenv(KD_FAULTS_ENV, mark, 1);
    job j = start(store, kd_double_program("stopped", "sleep 0.3\nleave"), "30", "-1", 2);
    for (int i = 0; i < 500 && kd_double_records(store, KD_JOURNAL_DONE, SIZE_MAX) < 2; i++)
        kd_sleep_s(0.02);
    kd_marked_find(&all, mark);
    assert_true(all.count >=
                4); /* mpirun and three ranks; they are found in the order of starting */
    for (size_t i = 0; i < all.count; i++) kd_marked_signal(&all.items[i], mark, SIGSTOP);
    kd_sleep_s(4); /* longer than anybody may be silent */
    for (size_t i = 0; i < all.count; i++) {
        kd_marked_signal(&all.items[i], mark, SIGCONT);
        kd_sleep_s(
            0.2); /* so that each finds those behind it still silent: nothing tells of that */
    }
    assert_true(ends(&j, 60));
    unsetenv(KD_FAULTS_ENV);
    assert_int_equal(ending_of(store), 0);
    assert_all_there(store, 30);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_LOST, SIZE_MAX), 0);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_FAILED, SIZE_MAX), 0);
    kd_vec_fini(&all);
    free(mark);
}

static void test_stops_when_asked(void **state)
{
    (void)state;
    kd_store *store = kd_double_store();
    job       j = start(store,
                        kd_double_program("stop", "trap 'exit 75' TERM; : > $store/begun.$node\n"
                                                        "while :; do sleep 0.05; done"),
                        "4", "-1", 2);
    kd_double_wait(store, "begun.0");
    kd_double_wait(store, "begun.1");
    kd_process_signal(&j.process, SIGUSR1); /* mpirun passes it on */
    assert_true(ends(&j, 20));
    assert_int_equal(ending_of(store), 75);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_STOPPED, SIZE_MAX), 2);
    assert_no_litter();
}

/* Whoever ends mpirun with all his might leaves neither ranks nor cells; what lies in shared memory
 * then is for the launcher, who gave it its name. */
static void test_leaves_no_orphans_when_mpirun_is_killed(void **state)
{
    (void)state;
    kd_store *store = kd_double_store();
    job       j = start(
              store,
              kd_double_program(
                  "orphan",
                  "echo $$ $PPID > $store/p.$node; mv $store/p.$node $store/pids.$node; exec sleep 30"),
              "2", "-1", 2);
    char *path = kd_fs_join(kd_store_folder(store), "pids.1");
    kd_double_wait(store, "pids.0");
    kd_double_wait(store, "pids.1");
    kill(j.process.pid, SIGKILL);
    ends(&j, 5);
    kd_str   text = KD_STR_INIT;
    kd_error err;
    int      cell = 0, rank = 0;
    assert_ok(kd_fs_read(path, &text, &err), &err);
    assert_int_equal(sscanf(text.text, "%d %d", &cell, &rank), 2);
    for (int i = 0; i < 150 && (kill(cell, 0) == 0 || kill(rank, 0) == 0); i++) kd_sleep_s(0.02);
    assert_int_not_equal(kill(cell, 0), 0);
    assert_int_not_equal(kill(rank, 0), 0);
    kd_shm_remove(job_name);
    assert_no_litter();
    kd_str_fini(&text);
    free(path);
}

int main(void)
{
    if (system("command -v mpirun >/dev/null") != 0) {
        puts("skipped: mpirun is not here (Debian: openmpi-bin)");
        return 77;
    }
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brings_a_study_to_its_end),
        cmocka_unit_test(test_survives_cells_that_are_killed),
        cmocka_unit_test(test_goes_on_without_a_worker_that_is_killed),
        cmocka_unit_test(test_stops_when_no_worker_is_left_and_goes_on_later),
        cmocka_unit_test(test_counts_once_what_a_sleeping_worker_did),
        cmocka_unit_test(test_employs_a_worker_that_slept_without_a_cell),
        cmocka_unit_test(test_goes_on_after_all_of_it_was_stopped),
        cmocka_unit_test(test_stops_when_asked),
        cmocka_unit_test(test_leaves_no_orphans_when_mpirun_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
