#include <math.h>

#include "slurm/usage.h"
#include "tests/support/support.h"

#define GIB (1024.0 * 1024 * 1024)

static void assert_near(double got, double want)
{
    if (fabs(got - want) > 1e-6 * fabs(want)) fail_msg("%g is not %g", got, want);
}

static void test_reads_what_scontrol_gave(void **state)
{
    static const char *const rows[] = {
        "JobId=7 JobState=RUNNING RunTime=1-02:03:04 TimeLimit=2-00:00:00 NumNodes=2 NumCPUs=8 "
        "NumTasks=2 TRES=cpu=8,mem=6G,node=2,billing=8\n",
        "JobId=7 JobState=RUNNING RunTime=1-02:03:04 NumCPUs=8 ReqTRES=cpu=1,mem=1M,node=2 "
        "AllocTRES=cpu=8,mem=6144M,node=2\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kd_job_usage usage = KD_JOB_USAGE_INIT;
        assert_true(kd_usage_read_scontrol(&usage, rows[i]));
        assert_near(usage.cores, 8);
        assert_near(usage.run_s, 86400 + 2 * 3600 + 3 * 60 + 4);
        assert_near(usage.memory_asked, 6 * GIB);
        assert_true(isnan(usage.cpu_s) && isnan(usage.memory_used));
    }
}

static void test_reads_what_sacct_knows_of_all_steps(void **state)
{
    kd_job_usage usage = KD_JOB_USAGE_INIT;
    (void)state;
    assert_true(kd_usage_read_sacct(&usage, "7|100|4|05:00.500|8G|cpu=4,mem=8G,node=1||1\n"
                                            "7.batch|100|4|04:00.000||cpu=4|2097152K|1\n"
                                            "7.0|90|4|01:00.500||cpu=4|512M|1\n"));
    assert_near(usage.cores, 4);
    assert_near(usage.run_s, 100);
    assert_near(usage.cpu_s, 300.5);
    assert_near(usage.memory_asked, 8 * GIB);
    assert_near(usage.memory_used, 2 * GIB);
    assert_false(kd_usage_read_sacct(&usage, ""));
}

/* Releases before 21.08 ask for each core or node, and say so. */
static void test_reads_what_old_releases_asked(void **state)
{
    static const struct {
        const char *text;
        double      gib;
    } rows[] = { { "7|100|4|05:00|2Gc|||2\n", 8 }, { "7|100|4|05:00|3Gn|||2\n", 6 } };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kd_job_usage usage = KD_JOB_USAGE_INIT;
        assert_true(kd_usage_read_sacct(&usage, rows[i].text));
        assert_near(usage.memory_asked, rows[i].gib * GIB);
        assert_true(isnan(usage.memory_used));
    }
}

static void test_adds_what_running_steps_use(void **state)
{
    kd_job_usage usage = KD_JOB_USAGE_INIT;
    kd_str       words = KD_STR_INIT;
    (void)state;
    kd_usage_read_scontrol(&usage, "JobId=7 RunTime=00:01:40 NumCPUs=4 TRES=cpu=4,mem=8G\n");
    assert_true(
        kd_usage_read_sstat(&usage, "7.batch|1|00:50.000|1048576K\n7.0|2|01:15.000|512M\n"));
    assert_near(usage.cpu_s, 200);
    assert_near(usage.memory_used, 2 * GIB);
    kd_usage_words(&words, &usage);
    assert_string_equal(words.text, ", 2.0 of 4 cores used, 2.0 of 8.0 GiB");
    kd_str_fini(&words);
}

static void test_says_nothing_of_what_nobody_knows(void **state)
{
    kd_job_usage usage;
    kd_str       words = KD_STR_INIT;
    (void)state;
    kd_usage_ask(&usage, "7", KD_JOB_WAITING);
    kd_usage_words(&words, &usage);
    assert_int_equal(words.length, 0);
    kd_str_fini(&words);
    assert_false(kd_usage_read_sstat(&usage, "error: no steps\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_scontrol_gave),
        cmocka_unit_test(test_reads_what_sacct_knows_of_all_steps),
        cmocka_unit_test(test_reads_what_old_releases_asked),
        cmocka_unit_test(test_adds_what_running_steps_use),
        cmocka_unit_test(test_says_nothing_of_what_nobody_knows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
