/* An elastic pool against a scheduler of three commands: sbatch gives the next number, squeue tells what the test
 * wrote, scancel leaves a trace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/dispatch/elastic.h"
#include "harness/store/member.h"
#include "slurm/jobs.h"
#include "tests/support/support.h"

enum { PLACES = 2, MOST = 4 };

static kd_store              *store;
static kd_member             *self;
static kd_claims             *claims;
static const kd_elastic_rules rules = { .most = MOST, .pace_s = 0.05 };

static void set_command(const char *name, const char *text)
{
    char *script = kd_sprintf("#!/bin/sh\ncd '%s'\n%s\n", kd_test_folder(), text);
    char *command = kd_sprintf("/bin/chmod +x '%s'", kd_test_file(name, script));
    assert_int_equal(system(command), 0);
    free(command);
    free(script);
}

/* A fresh store at which we are the only member. */
static int set_up(void **state)
{
    kd_error err;
    char    *root = kd_sprintf("%s/store", kd_test_folder());
    char    *script = kd_sprintf("%s.sbatch", root);
    (void)state;
    assert_ok(kd_fs_remove(root, &err), &err);
    assert_ok(kd_store_open(&store, root, KD_STORE_CREATE, &err), &err);
    assert_ok(kd_fs_write(script, "#!/bin/sh\n", 10, &err), &err);
    assert_ok(kd_member_enter(&self, store, &err), &err);
    claims = kd_claims_open(store, kd_member_name(self));
    kd_test_file("queue", "");
    kd_test_file("done", "");
    set_command("sbatch", "echo in >>done; cat queue | wc -l | { read n; echo $((n + 1)); }");
    set_command("squeue", "cat queue");
    set_command("scancel", "echo out $1 >>done");
    set_command("scontrol", "exit 1");
    free(script);
    free(root);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    kd_claims_close(claims);
    kd_member_leave(self);
    kd_store_close(store);
    return 0;
}

static kd_elastic *open_pool(void)
{
    kd_elastic *pool;
    kd_error    err;
    assert_ok(kd_elastic_open(&pool, &rules, store, kd_member_name(self), PLACES, &err), &err);
    return pool;
}

/* The jobs that were handed in, as squeue tells them: a word each. */
static void set_queue(const char *const *words)
{
    kd_error err;
    kd_str   lines = KD_STR_INIT;
    for (int i = 0; words[i]; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", i + 1);
        assert_ok(kd_jobs_add(store, number, &err), &err);
        kd_str_addf(&lines, "%s|%s|None|n1|N/A|0|0:0|\n", number, words[i]);
    }
    kd_test_file("queue", lines.text);
    kd_str_fini(&lines);
}

/* Look once at what is seen, and wait until what follows is done. */
static void look(kd_elastic *pool, kd_elastic_sight sight)
{
    double until_s = kd_clock_s() + 20;
    while (!kd_elastic_is_due(pool, claims, kd_clock_s())) kd_sleep_s(0.005);
    kd_elastic_look(pool, claims, &sight, kd_clock_s());
    while (!kd_elastic_is_due(pool, claims, kd_clock_s()) && kd_clock_s() < until_s)
        kd_sleep_s(0.005);
    assert_true(kd_clock_s() < until_s);
}

static void assert_done(const char *lines)
{
    kd_str   text = KD_STR_INIT;
    kd_error err;
    char    *path = kd_sprintf("%s/done", kd_test_folder());
    assert_ok(kd_fs_read(path, &text, &err), &err);
    assert_string_equal(text.text, lines);
    kd_str_fini(&text);
    free(path);
}

static void test_hands_in_as_many_as_cells_wait_for(void **state)
{
    static const struct {
        const char *what;
        size_t      open, coming;
        const char *queue[MOST + 2], *done;
    } rows[] = {
        { "a cell waits, and we are all there is", 1, 0, { "RUNNING" }, "in\n" },
        { "a job on its way takes what waits", PLACES, 0, { "RUNNING", "PENDING" }, "" },
        { "it does not take all", PLACES + 1, 0, { "RUNNING", "PENDING" }, "in\n" },
        { "one that runs and is no member yet is on its way, too",
          PLACES,
          0,
          { "RUNNING", "RUNNING" },
          "" },
        { "those that ended are none",
          1,
          0,
          { "RUNNING", "COMPLETED", "TIMEOUT", "FAILED" },
          "in\n" },
        { "there are as many as there may be",
          100,
          0,
          { "RUNNING", "PENDING", "PENDING", "PENDING" },
          "" },
        { "cells come later", 0, 3, { "RUNNING", "PENDING" }, "" },
        { "no cell waits, nor will any",
          0,
          0,
          { "RUNNING", "PENDING", "RUNNING", "PENDING" },
          "out 2\nout 4\n" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        set_up(NULL);
        kd_elastic *pool = open_pool();
        set_queue(rows[i].queue);
        look(pool, (kd_elastic_sight){ .open = rows[i].open, .coming = rows[i].coming });
        kd_elastic_close(pool, claims, false);
        print_message("%s\n", rows[i].what);
        assert_done(rows[i].done);
        tear_down(NULL);
    }
}

static void test_leaves_it_to_another_who_acts(void **state)
{
    kd_error    err;
    kd_member  *other;
    kd_elastic *pool = open_pool();
    kd_id       claim = kd_id_of_bytes("kdgrid-elastic-pool", strlen("kdgrid-elastic-pool"));
    (void)state;
    assert_ok(kd_member_enter(&other, store, &err), &err);
    kd_claims *theirs = kd_claims_open(store, kd_member_name(other));
    assert_true(kd_claims_take(theirs, claim, kd_clock_s()));
    set_queue((const char *const[]){ "RUNNING", NULL });
    look(pool, (kd_elastic_sight){ .open = 100 });
    assert_done("");
    kd_claims_drop(theirs, claim);
    look(pool, (kd_elastic_sight){ .open = 100 });
    assert_done("in\n");
    kd_elastic_close(pool, claims, false);
    kd_claims_close(theirs);
    kd_member_leave(other);
}

static void test_does_nothing_blindly(void **state)
{
    kd_elastic *pool = open_pool();
    (void)state;
    set_queue((const char *const[]){ "RUNNING", NULL });
    set_command("squeue", "exit 1");
    look(pool, (kd_elastic_sight){ .open = 100 });
    look(pool, (kd_elastic_sight){ .open = 0 });
    assert_done("");
    kd_elastic_close(pool, claims, false);
}

/* Who looks goes on at once; only the end waits for what was begun. */
static void test_is_not_held_up_by_a_slow_scheduler(void **state)
{
    kd_elastic *pool = open_pool();
    (void)state;
    set_queue((const char *const[]){ "RUNNING", NULL });
    set_command("squeue", "touch asked; until [ -e go ]; do sleep 0.05; done; cat queue");
    while (!kd_elastic_is_due(pool, claims, kd_clock_s())) kd_sleep_s(0.005);
    kd_elastic_look(pool, claims, &(kd_elastic_sight){ .open = 5 }, kd_clock_s());
    for (int i = 0; i < 20; i++) {
        assert_false(kd_elastic_is_due(pool, claims, kd_clock_s()));
        kd_sleep_s(0.005);
    }
    assert_done("");
    kd_test_file("go", "");
    kd_elastic_close(pool, claims, false);
    assert_done("in\n");
}

static void test_takes_all_out_of_the_queue_when_everything_is_done(void **state)
{
    kd_elastic *pool = open_pool();
    (void)state;
    set_queue((const char *const[]){ "RUNNING", "PENDING", NULL });
    kd_elastic_close(pool, claims, true);
    assert_done("out 2\n");
}

/* Look with empty hands until the member may leave, for at most so long; the others beat meanwhile. */
static bool may_leave_within(kd_elastic *pool, kd_member *other, double seconds)
{
    double until_s = kd_clock_s() + seconds;
    double beats_s = 0;
    while (kd_clock_s() < until_s && !kd_elastic_may_leave(pool)) {
        if (other && kd_clock_s() > beats_s) {
            kd_error err;
            beats_s = kd_clock_s() + 0.1;
            assert_ok(kd_member_tell(other, 1, &err), &err);
        }
        if (kd_elastic_is_due(pool, claims, kd_clock_s()))
            kd_elastic_look(pool, claims, &(kd_elastic_sight){ .is_idle = true, .coming = 1 },
                            kd_clock_s());
        kd_sleep_s(0.01);
    }
    return kd_elastic_may_leave(pool);
}

/* Of two one stays: the one whose name comes first. And a file without a beating heart keeps nobody. */
static void test_leaves_only_beside_one_who_stays(void **state)
{
    kd_error   err;
    kd_member *other;
    (void)state;
    assert_ok(kd_member_enter(&other, store, &err), &err);
    bool        is_first = strcmp(kd_member_name(self), kd_member_name(other)) < 0;
    kd_member  *first = is_first ? self : other, *second = is_first ? other : self;
    kd_elastic *stays, *leaves;
    assert_ok(kd_elastic_open(&stays, &rules, store, kd_member_name(first), PLACES, &err), &err);
    assert_ok(kd_elastic_open(&leaves, &rules, store, kd_member_name(second), PLACES, &err), &err);
    assert_false(may_leave_within(leaves, NULL, 0.5));
    assert_true(may_leave_within(leaves, first, 20));
    assert_false(may_leave_within(stays, second, 0.5));
    kd_elastic_look(leaves, claims, &(kd_elastic_sight){ .is_idle = true, .open = 1 },
                    kd_clock_s());
    assert_false(kd_elastic_may_leave(leaves));
    kd_elastic_close(stays, claims, false);
    kd_elastic_close(leaves, claims, false);
    kd_member_leave(other);
}

static void test_needs_the_script_that_submit_left(void **state)
{
    kd_elastic *pool;
    kd_error    err;
    char       *script = kd_sprintf("%s.sbatch", kd_store_folder(store));
    (void)state;
    assert_ok(kd_fs_remove(script, &err), &err);
    assert_fails(KD_ENOINPUT, "store.sbatch",
                 kd_elastic_open(&pool, &rules, store, kd_member_name(self), PLACES, &err), &err);
    free(script);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hands_in_as_many_as_cells_wait_for),
        TEST(test_leaves_it_to_another_who_acts),
        TEST(test_does_nothing_blindly),
        TEST(test_is_not_held_up_by_a_slow_scheduler),
        TEST(test_takes_all_out_of_the_queue_when_everything_is_done),
        TEST(test_leaves_only_beside_one_who_stays),
        TEST(test_needs_the_script_that_submit_left),
    };
    char *path = kd_sprintf("%s:%s", kd_test_folder(), getenv("PATH"));
    setenv("PATH", path, 1);
    free(path);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
