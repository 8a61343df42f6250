#include <stdlib.h>
#include <string.h>

#include "slurm/queue.h"
#include "slurm/submit.h"
#include "tests/support/support.h"

static void test_reads_what_scontrol_says(void **state)
{
    static const struct {
        const char  *text;
        kd_job_state state;
        const char  *word, *reason, *nodes;
        int          code, signal, restarts;
    } rows[] = {
        { "JobId=7 JobName=x JobState=RUNNING Reason=None Restarts=2 ExitCode=0:0 "
          "ReqNodeList=(null) "
          "NodeList=n[1-2]\n",
          KD_JOB_RUNNING, "RUNNING", "", "n[1-2]", 0, 0, 2 },
        { "JobId=7 JobState=PENDING Reason=BeginTime Restarts=1 ExitCode=0:0 NodeList=(null)\n",
          KD_JOB_WAITING, "PENDING", "BeginTime", "", 0, 0, 1 },
        { "JobId=7 JobState=COMPLETED Reason=None ExitCode=0:0\n", KD_JOB_COMPLETED, "COMPLETED",
          "", "", 0, 0, -1 },
        { "JobId=7 JobState=FAILED Reason=NonZeroExitCode ExitCode=75:0\n", KD_JOB_ENDED, "FAILED",
          "NonZeroExitCode", "", 75, 0, -1 },
        { "JobId=7 JobState=CANCELLED Reason=None ExitCode=0:15\n", KD_JOB_ENDED, "CANCELLED", "",
          "", 0, 15, -1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kd_queue_job job;
        assert_true(kd_queue_read_scontrol(&job, rows[i].text));
        assert_int_equal(job.state, rows[i].state);
        assert_string_equal(job.word, rows[i].word);
        assert_string_equal(job.reason, rows[i].reason);
        assert_string_equal(job.nodes, rows[i].nodes);
        assert_int_equal(job.exit_code, rows[i].code);
        assert_int_equal(job.signal, rows[i].signal);
        assert_int_equal(job.restarts, rows[i].restarts);
    }
}

static void test_reads_what_squeue_and_sacct_say(void **state)
{
    kd_queue_job job;

    (void)state;
    assert_true(kd_queue_read_squeue(&job, "TIMEOUT|TimeLimit|n3\n"));
    assert_int_equal(job.state, KD_JOB_ENDED);
    assert_string_equal(job.reason, "TimeLimit");
    assert_string_equal(job.nodes, "n3");
    assert_int_equal(job.exit_code, -1);
    assert_true(kd_queue_read_sacct(&job, "CANCELLED by 1000|0:9|None assigned\n"));
    assert_int_equal(job.state, KD_JOB_ENDED);
    assert_string_equal(job.word, "CANCELLED");
    assert_int_equal(job.signal, 9);
    assert_string_equal(job.nodes, "");
}

static void test_takes_a_new_word_as_unknown_and_keeps_it(void **state)
{
    kd_queue_job job;

    (void)state;
    assert_true(kd_queue_read_squeue(&job, "DREAMING|x|y\n"));
    assert_int_equal(job.state, KD_JOB_UNKNOWN);
    assert_string_equal(job.word, "unknown");
}

static void test_sees_when_an_answer_speaks_of_no_job(void **state)
{
    kd_queue_job job;

    (void)state;
    assert_false(kd_queue_read_scontrol(&job, ""));
    assert_false(kd_queue_read_scontrol(&job, "slurm_load_jobs error: Invalid job id specified"));
    assert_false(kd_queue_read_squeue(&job, "\n"));
    assert_false(kd_queue_read_sacct(&job, ""));
}

/* Commands of a folder that alone is PATH. */
static void set_path(const char *sbatch)
{
    char *path = kd_sprintf("%s/sbatch", kd_test_folder());
    char *command = kd_sprintf("/bin/chmod +x '%s'", path);

    kd_test_file("sbatch", sbatch);
    assert_int_equal(system(command), 0);
    setenv("PATH", kd_test_folder(), 1);
    free(command);
    free(path);
}

static void test_knows_nothing_without_slurm(void **state)
{
    kd_queue_job job;
    kd_error     err;
    char         number[64], *before = kd_strdup(getenv("PATH"));

    (void)state;
    setenv("PATH", "/nowhere", 1);
    kd_queue_ask(&job, "7");
    assert_int_equal(job.state, KD_JOB_UNKNOWN);
    assert_string_equal(job.reason, "no SLURM command knows the job");
    assert_fails(KD_EUNAVAILABLE, "sbatch is not here",
                 kd_submit(number, sizeof number, "x", NULL, &err), &err);
    setenv("PATH", before, 1);
    free(before);
}

static void test_passes_on_what_sbatch_says(void **state)
{
    kd_error err;
    char     number[64], *before = kd_strdup(getenv("PATH"));

    (void)state;
    set_path("#!/bin/sh\necho \"$1\" >\"${0%/*}/argument\"; /bin/cat \"$2\" >\"${0%/*}/taken\"\n"
             "echo '12;east'\n");
    assert_ok(kd_submit(number, sizeof number, "#!/bin/bash\n", NULL, &err), &err);
    assert_string_equal(number, "12;east");
    set_path("#!/bin/sh\n[ \"$2 $3 $4\" = \"--dependency=afternotok:12 "
             "--export=ALL,KDGRID_AFTER=12 --kill-on-invalid-dep=yes\" ] && echo 13\n");
    assert_ok(kd_submit(number, sizeof number, "#!/bin/bash\n", "12;east", &err), &err);
    assert_string_equal(number, "13");
    set_path("#!/bin/sh\necho 'sbatch: error: x' >&2\necho 'sbatch: error: invalid partition' >&2\n"
             "exit 1\n");
    assert_fails(KD_EUNAVAILABLE, "sbatch: error: invalid partition",
                 kd_submit(number, sizeof number, "#!/bin/bash\n", NULL, &err), &err);
    set_path("#!/bin/sh\nexit 3\n");
    assert_fails(KD_EUNAVAILABLE, "exit 3", kd_submit(number, sizeof number, "x", NULL, &err),
                 &err);
    setenv("PATH", before, 1);
    free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_scontrol_says),
        cmocka_unit_test(test_reads_what_squeue_and_sacct_say),
        cmocka_unit_test(test_takes_a_new_word_as_unknown_and_keeps_it),
        cmocka_unit_test(test_sees_when_an_answer_speaks_of_no_job),
        cmocka_unit_test(test_knows_nothing_without_slurm),
        cmocka_unit_test(test_passes_on_what_sbatch_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
