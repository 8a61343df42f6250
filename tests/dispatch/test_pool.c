/* Several coordinators of one study on one store, each a process of its own; killed at random.
 *
 * KDGRID_POOL_KILLS=500 build/release/tests/test_dispatch_pool makes it long. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/rng.h"
#include "harness/child/stop.h"
#include "harness/dispatch/local.h"
#include "harness/store/journal.h"
#include "tests/dispatch/double.h"
#include "tests/support/support.h"

enum { MEMBERS = 3 };

static kd_progress *silent;

static pid_t start(const kd_store *store, kd_double *study, const char *program, int jobs)
{
    pid_t pid = fork();
    if (pid != 0) return pid;
    kd_error         err;
    kd_sweep        *sweep;
    kd_sweep_options options = kd_double_options(store, study, silent);
    kd_site          site = { .store = store, .program = program, .grace_s = 5 };
    options.workers = jobs;
    kd_stop_install();
    kd_status status = kd_sweep_open(&sweep, &options, &err);
    if (status == KD_OK) {
        kd_local_run(sweep, &site, jobs);
        status = kd_sweep_close(sweep, &err);
    }
    if (status != KD_OK) fprintf(stderr, "member %d: %s\n", (int)getpid(), err.text);
    _exit(kd_status_exit(status));
}

static int end_of(pid_t pid)
{
    int how;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    return WIFEXITED(how) ? WEXITSTATUS(how) : -WTERMSIG(how);
}

/* How often something happened: the scripts add a line to a file of the store. */
static size_t lines_of(const kd_store *store, const char *name)
{
    kd_str text = KD_STR_INIT;
    size_t lines = 0;
    char  *path = kd_fs_join(kd_store_folder(store), name);
    if (kd_fs_read(path, &text, NULL) == KD_OK)
        for (size_t i = 0; i < text.length; i++) lines += text.text[i] == '\n';
    kd_str_fini(&text);
    free(path);
    return lines;
}

static size_t names_in(const kd_store *store, const char *folder)
{
    char **names = NULL;
    size_t count = 0;
    char  *path = kd_fs_join(kd_store_folder(store), folder);
    kd_fs_list(path, &names, &count, NULL);
    kd_fs_free_names(names, count);
    free(path);
    return count;
}

typedef struct {
    size_t count;
    int   *done, *adopted; /* records of each cell */
} census;

static kd_status count_cell(void *user, const kd_journal_entry *entry, kd_error *err)
{
    (void)err;
    census *c = user;
    if (entry->id.low < 1 || entry->id.low > c->count) return KD_OK;
    c->done[entry->id.low - 1] += entry->type == KD_JOURNAL_DONE;
    c->adopted[entry->id.low - 1] += entry->type == KD_JOURNAL_ADOPTED;
    return KD_OK;
}

/* Every cell has its object and was counted once in all journals together, and nobody left anything. */
static void assert_whole(const kd_store *store, size_t count)
{
    kd_error err;
    census   c = { count, kd_alloc(count, sizeof(int)), kd_alloc(count, sizeof(int)) };
    assert_ok(kd_journal_replay(store, count_cell, NULL, &c, &err), &err);
    for (size_t n = 0; n < count; n++) {
        assert_true(kd_store_has(store, kd_double_id(n)));
        if (c.done[n] > 1 || c.done[n] + c.adopted[n] == 0)
            fail_msg("cell %zu was counted %d times and adopted %d times", n, c.done[n],
                     c.adopted[n]);
    }
    free(c.done);
    free(c.adopted);
    assert_int_equal(names_in(store, "claims"), 0);
    assert_int_equal(names_in(store, "members"), 0);
}

static void test_shares_a_study(void **state)
{
    (void)state;
    enum { CELLS = 60 };
    kd_store   *store = kd_double_store();
    kd_double   study = { .count = CELLS, .input = 0 };
    const char *program =
        kd_double_program("share", "echo $node >> $store/begun; sleep 0.02; leave");
    pid_t members[MEMBERS];
    for (int i = 0; i < MEMBERS; i++) members[i] = start(store, &study, program, 2);
    for (int i = 0; i < MEMBERS; i++) assert_int_equal(end_of(members[i]), 0);
    assert_whole(store, CELLS);
    assert_int_equal(lines_of(store, "begun"), CELLS);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_DONE, SIZE_MAX), CELLS);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_RUN_END, SIZE_MAX), MEMBERS);
}

/* The second has nothing to do but to wait for what stands on the first one's cell. */
static void test_waits_for_the_cells_of_others(void **state)
{
    (void)state;
    kd_store   *store = kd_double_store();
    kd_double   study = { .count = 2, .input = 0 };
    const char *program = kd_double_program(
        "wait", ": > $store/begun.$node\n"
                "while [ $node = 0 ] && ! [ -f $store/go ]; do sleep 0.01; done; leave");
    pid_t first = start(store, &study, program, 1);
    kd_double_wait(store, "begun.0");
    pid_t second = start(store, &study, program, 1);
    kd_double_wait(store, "journal/0002");
    kd_sleep_s(0.1); /* it must not end: nothing tells of what does not happen */
    assert_int_equal(waitpid(second, NULL, WNOHANG), 0);
    kd_double_put(store, "go");
    assert_int_equal(end_of(first), 0);
    assert_int_equal(end_of(second), 0);
    assert_whole(store, 2);
}

static void test_takes_over_what_a_killed_member_held(void **state)
{
    (void)state;
    kd_store   *store = kd_double_store();
    kd_double   study = { .count = 3, .input = -1 };
    const char *program = kd_double_program("inherit", ": > $store/begun.$node\n"
                                                       "[ -f $store/go ] || exec sleep 60\nleave");
    pid_t       first = start(store, &study, program, 1);
    kd_double_wait(store, "begun.0");
    kd_double_put(store, "go");
    pid_t second = start(store, &study, program, 1);
    kd_double_wait(store, "begun.2");
    kill(first, SIGKILL);
    assert_int_equal(end_of(first), -SIGKILL);
    assert_int_equal(end_of(second), 0);
    for (size_t n = 0; n < 3; n++) assert_true(kd_store_has(store, kd_double_id(n)));
}

/* One that is asked to stop gives back what it held, and the other goes on with it. */
static void test_goes_on_with_what_a_stopped_member_gives_back(void **state)
{
    (void)state;
    kd_store   *store = kd_double_store();
    kd_double   study = { .count = 2, .input = -1 };
    const char *program =
        kd_double_program("back", "trap 'exit 75' TERM; : > $store/begun.$node\n"
                                  "while ! [ -f $store/go ]; do sleep 0.01; done; leave");
    pid_t first = start(store, &study, program, 1);
    kd_double_wait(store, "begun.0");
    pid_t second = start(store, &study, program, 1);
    kd_double_wait(store, "begun.1");
    kill(first, SIGTERM);
    assert_int_equal(end_of(first), kd_status_exit(KD_ESTOPPED));
    kd_double_put(store, "go");
    assert_int_equal(end_of(second), 0);
    assert_whole(store, 2);
    assert_int_equal(kd_double_records(store, KD_JOURNAL_STOPPED, 0), 1);
}

static void test_keeps_to_itself_what_it_alone_failed_at(void **state)
{
    (void)state;
    kd_store   *store = kd_double_store();
    kd_double   study = { .count = 10, .input = -1 };
    const char *program = kd_double_program("bad", "[ $node = 4 ] && exit 65; sleep 0.02; leave");
    pid_t       first = start(store, &study, program, 1), second = start(store, &study, program, 1);
    assert_int_equal(end_of(first), kd_status_exit(KD_EFAILED));
    assert_int_equal(end_of(second), kd_status_exit(KD_EFAILED));
    assert_int_equal(kd_double_records(store, KD_JOURNAL_DONE, SIZE_MAX), 9);
    assert_in_range(kd_double_records(store, KD_JOURNAL_GIVEN_UP, 4), 1, 2);
}

/* What the store has when a member begins, as a plan knows it. */
static bool *is_there;

static bool was_there(size_t node)
{
    return is_there[node];
}

static pid_t start_planned(const kd_store *store, kd_double *study, const char *program, int jobs)
{
    for (size_t n = 0; n < study->count; n++) is_there[n] = kd_store_has(store, kd_double_id(n));
    return start(store, study, program, jobs);
}

/* Members are killed at random and others come in their place, until enough were killed; then they bring it
 * to its end. An attempt ends with its member, so each kill costs up to as many attempts as a member has
 * jobs. Done twice is what was brought to its end beyond once a cell. */
static void test_loses_nothing_when_members_are_killed(void **state)
{
    (void)state;
    enum { JOBS = 2, CELLS_A_KILL = 20 };
    const char *wish = getenv("KDGRID_POOL_KILLS");
    int         kills = wish ? atoi(wish) : 24, killed = 0;
    size_t      cells = (size_t)kills * CELLS_A_KILL;
    kd_store   *store = kd_double_store();
    kd_double   study = { .count = cells, .input = 0, .is_done = was_there };
    kd_rng      chance = kd_rng_root(17);
    const char *program = kd_double_program(
        "killed", "echo b >> $store/begun; sleep 0.02; echo e >> $store/ended; leave");
    pid_t  members[MEMBERS];
    double began_s = kd_clock_s();
    is_there = kd_alloc(cells, sizeof *is_there);
    for (int i = 0; i < MEMBERS; i++) members[i] = start_planned(store, &study, program, JOBS);
    while (killed < kills) {
        kd_sleep_s(0.04 + 0.1 * kd_rng_uniform(&chance));
        int victim = (int)kd_rng_below(&chance, MEMBERS);
        kill(members[victim], SIGKILL);
        int code = end_of(members[victim]);
        members[victim] = 0;
        if (code == 0) break; /* the study is done */
        assert_int_equal(code, -SIGKILL);
        killed++;
        members[victim] = start_planned(store, &study, program, JOBS);
    }
    double killed_s = kd_clock_s();
    for (int i = 0; i < MEMBERS; i++)
        if (members[i]) assert_int_equal(end_of(members[i]), 0);
    pid_t last =
        start_planned(store, &study, program, JOBS); /* records what the killed could not */
    assert_int_equal(end_of(last), 0);
    assert_whole(store, cells);
    size_t attempts = lines_of(store, "begun"), ended = lines_of(store, "ended");
    print_message("%d kills of %d members in %.0f s, the rest in %.0f s: %zu cells, %zu attempts, "
                  "%zu cut short, %zu done twice (%.2f %%)\n",
                  killed, MEMBERS, killed_s - began_s, kd_clock_s() - killed_s, cells, attempts,
                  attempts - ended, ended - cells, 100.0 * (double)(ended - cells) / (double)cells);
    assert_true(attempts - cells <= (size_t)killed * JOBS);
    assert_true((ended - cells) * 50 <= cells); /* 2 % */
    free(is_there);
}

static int create(void **state)
{
    (void)state;
    silent = kd_progress_create(KD_PROGRESS_NONE, stderr);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    kd_progress_destroy(silent);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares_a_study),
        cmocka_unit_test(test_waits_for_the_cells_of_others),
        cmocka_unit_test(test_takes_over_what_a_killed_member_held),
        cmocka_unit_test(test_goes_on_with_what_a_stopped_member_gives_back),
        cmocka_unit_test(test_keeps_to_itself_what_it_alone_failed_at),
        cmocka_unit_test(test_loses_nothing_when_members_are_killed),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
