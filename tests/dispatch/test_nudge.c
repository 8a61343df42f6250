/* Ranks wake each other; nobody is hurt when one of them is missing. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/dispatch/nudge.h"
#include "harness/dispatch/shm.h"
#include "tests/support/support.h"

static void enter_job(const char *name)
{
    char *job = kd_sprintf("test-%d-%s", (int)getpid(), name);
    setenv(KD_SHM_JOB, job, 1);
    free(job);
}

static int take(const kd_nudge *nudge)
{
    int left = KD_NUDGES_A_TURN;
    return kd_nudge_take(nudge, &left);
}

static void test_tells_who_nudged(void **state)
{
    (void)state;
    enter_job("both");
    kd_nudge *zero = kd_nudge_open(0), *one = kd_nudge_open(1), *two = kd_nudge_open(2);
    assert_non_null(zero);
    assert_int_equal(take(zero), -1);
    kd_nudge_send(one, 0);
    kd_nudge_send(two, 0);
    kd_nudge_wait(zero, 1e6);
    assert_int_equal(take(zero), 1);
    assert_int_equal(take(zero), 2);
    assert_int_equal(take(zero), -1);
    kd_nudge_send(zero, 2);
    assert_int_equal(take(one), -1);
    assert_int_equal(take(two), 0);
    kd_nudge_close(one);
    kd_nudge_close(two);
    kd_nudge_close(zero);
}

/* Nudges are lost before somebody listens and after he is gone; more than the queue holds, too. */
static void test_loses_nudges_without_harm(void **state)
{
    (void)state;
    enter_job("lost");
    kd_nudge *three = kd_nudge_open(3);
    kd_nudge_send(three, 0);
    kd_nudge *zero = kd_nudge_open(0);
    assert_int_equal(take(zero), -1);
    for (int i = 0; i < 100000; i++) kd_nudge_send(three, 0);
    assert_int_equal(take(zero), 3);
    kd_nudge_close(zero);
    kd_nudge_send(three, 0);
    kd_nudge_close(three);
}

static void test_keeps_jobs_apart(void **state)
{
    (void)state;
    enter_job("here");
    kd_nudge *here = kd_nudge_open(0);
    assert_null(kd_nudge_open(0)); /* there is one of each */
    enter_job("there");
    kd_nudge *there = kd_nudge_open(0), *seven = kd_nudge_open(7);
    kd_nudge_send(seven, 0);
    assert_int_equal(take(here), -1);
    assert_int_equal(take(there), 7);
    kd_nudge_close(seven);
    kd_nudge_close(there);
    kd_nudge_close(here);
}

static void test_sleeps_where_there_is_no_job(void **state)
{
    (void)state;
    unsetenv(KD_SHM_JOB);
    unsetenv("PMIX_NAMESPACE");
    assert_null(kd_nudge_open(0));
    assert_int_equal(kd_nudge_fd(NULL), -1);
    kd_nudge_send(NULL, 1);
    double began_s = kd_clock_s();
    kd_nudge_wait(NULL, 0.02);
    assert_true(kd_clock_s() - began_s >= 0.02);
    assert_int_equal(take(NULL), -1);
    kd_nudge_close(NULL);
}

#define NEIGHBOUR 65534

/* Another user's process sends what looks like a nudge; ours comes after it and is taken. */
static void test_takes_no_nudge_of_a_neighbour(void **state)
{
    (void)state;
    int end;
    if (geteuid() != 0) skip();
    enter_job("neighbour");
    kd_nudge *zero = kd_nudge_open(0), *one = kd_nudge_open(1);
    pid_t     pid = fork();
    if (pid == 0) {
        if (setuid(NEIGHBOUR) != 0) _exit(1);
        kd_nudge *two = kd_nudge_open(2);
        for (int i = 0; i < 3; i++) kd_nudge_send(two, 0);
        _exit(two == NULL);
    }
    waitpid(pid, &end, 0);
    assert_int_equal(end, 0);
    assert_int_equal(take(zero), -1);
    kd_nudge_send(one, 0);
    assert_int_equal(take(zero), 1);
    kd_nudge_close(one);
    kd_nudge_close(zero);
}

static void test_reads_so_many_a_turn(void **state)
{
    (void)state;
    int left = 2;
    enter_job("turn");
    kd_nudge *zero = kd_nudge_open(0), *one = kd_nudge_open(1);
    for (int i = 0; i < 3; i++) kd_nudge_send(one, 0);
    assert_int_equal(kd_nudge_take(zero, &left), 1);
    assert_int_equal(kd_nudge_take(zero, &left), 1);
    assert_int_equal(kd_nudge_take(zero, &left), -1);
    assert_int_equal(take(zero), 1); /* the next turn */
    kd_nudge_close(one);
    kd_nudge_close(zero);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_who_nudged),
        cmocka_unit_test(test_loses_nudges_without_harm),
        cmocka_unit_test(test_keeps_jobs_apart),
        cmocka_unit_test(test_takes_no_nudge_of_a_neighbour),
        cmocka_unit_test(test_reads_so_many_a_turn),
        cmocka_unit_test(test_sleeps_where_there_is_no_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
