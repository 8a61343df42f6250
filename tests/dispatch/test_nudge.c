/* Who listens is woken by who speaks; nobody is hurt when one of them is missing. */
#include <stdlib.h>
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

static void test_tells_who_nudged(void **state)
{
    (void)state;
    enter_job("both");
    kd_nudge *ear = kd_nudge_listen(), *one = kd_nudge_speak(), *two = kd_nudge_speak();
    assert_non_null(ear);
    assert_int_equal(kd_nudge_take(ear), -1);
    kd_nudge_send(one, 1);
    kd_nudge_send(two, 2);
    kd_nudge_wait(ear, 1e6);
    assert_int_equal(kd_nudge_take(ear), 1);
    assert_int_equal(kd_nudge_take(ear), 2);
    assert_int_equal(kd_nudge_take(ear), -1);
    kd_nudge_close(one);
    kd_nudge_close(two);
    kd_nudge_close(ear);
}

/* Nudges are lost before somebody listens and after he is gone; more than the queue holds, too. */
static void test_loses_nudges_without_harm(void **state)
{
    (void)state;
    enter_job("lost");
    kd_nudge *mouth = kd_nudge_speak();
    kd_nudge_send(mouth, 1);
    kd_nudge *ear = kd_nudge_listen();
    assert_int_equal(kd_nudge_take(ear), -1);
    for (int i = 0; i < 100000; i++) kd_nudge_send(mouth, 3);
    assert_int_equal(kd_nudge_take(ear), 3);
    kd_nudge_close(ear);
    kd_nudge_send(mouth, 1);
    kd_nudge_close(mouth);
}

static void test_keeps_jobs_apart(void **state)
{
    (void)state;
    enter_job("here");
    kd_nudge *here = kd_nudge_listen();
    assert_null(kd_nudge_listen()); /* one listens */
    enter_job("there");
    kd_nudge *there = kd_nudge_listen(), *mouth = kd_nudge_speak();
    kd_nudge_send(mouth, 7);
    assert_int_equal(kd_nudge_take(here), -1);
    assert_int_equal(kd_nudge_take(there), 7);
    kd_nudge_close(mouth);
    kd_nudge_close(there);
    kd_nudge_close(here);
}

static void test_sleeps_where_there_is_no_job(void **state)
{
    (void)state;
    unsetenv(KD_SHM_JOB);
    unsetenv("PMIX_NAMESPACE");
    assert_null(kd_nudge_listen());
    assert_null(kd_nudge_speak());
    kd_nudge_send(NULL, 1);
    double began_s = kd_clock_s();
    kd_nudge_wait(NULL, 0.02);
    assert_true(kd_clock_s() - began_s >= 0.02);
    assert_int_equal(kd_nudge_take(NULL), -1);
    kd_nudge_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_who_nudged),
        cmocka_unit_test(test_loses_nudges_without_harm),
        cmocka_unit_test(test_keeps_jobs_apart),
        cmocka_unit_test(test_sleeps_where_there_is_no_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
