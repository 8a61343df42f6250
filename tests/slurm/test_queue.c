#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
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
        kd_store_job job;
        assert_true(kd_queue_read_scontrol(&job, rows[i].text));
        assert_string_equal(job.number, "7");
        assert_int_equal(job.at.state, rows[i].state);
        assert_string_equal(job.at.word, rows[i].word);
        assert_string_equal(job.at.reason, rows[i].reason);
        assert_string_equal(job.at.nodes, rows[i].nodes);
        assert_int_equal(job.at.exit_code, rows[i].code);
        assert_int_equal(job.at.signal, rows[i].signal);
        assert_int_equal(job.at.restarts, rows[i].restarts);
    }
}

static void test_names_the_jobs_of_an_array(void **state)
{
    static const struct {
        bool (*read)(kd_store_job *, const char *);
        const char *text, *number;
    } rows[] = {
        { kd_queue_read_scontrol, "JobId=9 ArrayJobId=7 ArrayTaskId=2 JobState=RUNNING", "7_2" },
        { kd_queue_read_scontrol, "JobId=7 ArrayJobId=7 ArrayTaskId=3-8%2 JobState=PENDING",
          "7_[3-8]" },
        { kd_queue_read_squeue, "7_2  |RUNNING |None |n1 |x |0 |0:0 |", "7_2" },
        { kd_queue_read_squeue, "7_[3-8%2]  |PENDING |JobArrayTaskLimit | |N/A |0 |0:0 |",
          "7_[3-8]" },
        { kd_queue_read_sacct, "7_2|COMPLETED|0:0|n1", "7_2" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kd_store_job job;
        assert_true(rows[i].read(&job, rows[i].text));
        assert_string_equal(job.number, rows[i].number);
    }
}

static void test_reads_what_squeue_and_sacct_say(void **state)
{
    kd_store_job job;

    (void)state;
    assert_true(kd_queue_read_squeue(
        &job, "7    |TIMEOUT   |TimeLimit   |n3  |2026-11-29T22:00:00  |2 |15:0  |"));
    assert_int_equal(job.at.state, KD_JOB_ENDED);
    assert_string_equal(job.at.reason, "TimeLimit");
    assert_string_equal(job.at.nodes, "n3");
    assert_string_equal(job.at.starts, "");
    assert_int_equal(job.at.restarts, 2);
    assert_int_equal(job.at.exit_code, 15);
    assert_true(kd_queue_read_squeue(
        &job, "7    |PENDING   |Priority   |   |2026-11-29T22:00:00  |0 |19200  |"));
    assert_string_equal(job.at.starts, "2026-11-29T22:00:00");
    assert_int_equal(job.at.exit_code, 75); /* 75 << 8, as wait(2) has it */
    assert_true(kd_queue_read_squeue(&job, "7|PENDING|Resources||N/A|0|0:0|"));
    assert_string_equal(job.at.starts, "");
    assert_true(kd_queue_read_sacct(&job, "7|CANCELLED by 1000|0:9|None assigned\n"));
    assert_int_equal(job.at.state, KD_JOB_ENDED);
    assert_string_equal(job.at.word, "CANCELLED");
    assert_int_equal(job.at.signal, 9);
    assert_string_equal(job.at.nodes, "");
}

static void test_takes_a_new_word_as_unknown_and_keeps_it(void **state)
{
    kd_store_job job;

    (void)state;
    assert_true(kd_queue_read_squeue(&job, "7|DREAMING|x|y\n"));
    assert_int_equal(job.at.state, KD_JOB_UNKNOWN);
    assert_string_equal(job.at.word, "unknown");
}

static void test_sees_when_an_answer_speaks_of_no_job(void **state)
{
    kd_store_job job;

    (void)state;
    assert_false(kd_queue_read_scontrol(&job, ""));
    assert_false(kd_queue_read_scontrol(&job, "slurm_load_jobs error: Invalid job id specified"));
    assert_false(kd_queue_read_squeue(&job, "\n"));
    assert_false(kd_queue_read_squeue(&job, "nothing"));
    assert_false(kd_queue_read_sacct(&job, ""));
}

/* The same three jobs as 22.05 says them, as 23.02 does, and as 24.11. */
static void test_understands_the_json_of_several_releases(void **state)
{
    static const char *const releases[] = {
        "{ \"jobs\": [ { \"job_id\": 7, \"array_job_id\": 0, \"array_task_id\": null, "
        "\"job_state\": \"RUNNING\","
        " \"state_reason\": \"None\", \"nodes\": \"n[1-2]\", \"start_time\": 1700000000, "
        "\"restart_cnt\": 2,"
        " \"exit_code\": 0 },"
        " { \"job_id\": 9, \"array_job_id\": 8, \"array_task_id\": 3, \"job_state\": \"FAILED\", "
        "\"nodes\": \"n1\","
        " \"restart_cnt\": 0, \"exit_code\": 19200 },"
        " { \"job_id\": 8, \"array_job_id\": 8, \"array_task_id\": null, \"array_task_string\": "
        "\"4-6%2\","
        " \"job_state\": \"PENDING\", \"state_reason\": \"Priority\", \"nodes\": \"\", "
        "\"start_time\": 0,"
        " \"restart_cnt\": 0, \"exit_code\": 0 } ] }",
        "{ \"meta\": {}, \"jobs\": [ { \"job_id\": 7, \"array_job_id\": { \"set\": true, "
        "\"number\": 0 },"
        " \"array_task_id\": { \"set\": false, \"number\": 0 }, \"job_state\": \"RUNNING\", "
        "\"nodes\": \"n[1-2]\","
        " \"restart_cnt\": 2, \"exit_code\": { \"set\": true, \"number\": 0 } },"
        " { \"job_id\": 9, \"array_job_id\": { \"set\": true, \"number\": 8 },"
        " \"array_task_id\": { \"set\": true, \"infinite\": false, \"number\": 3 }, \"job_state\": "
        "\"FAILED\","
        " \"nodes\": \"n1\", \"restart_cnt\": 0, \"exit_code\": { \"set\": true, \"number\": 19200 "
        "} },"
        " { \"job_id\": 8, \"array_job_id\": { \"set\": true, \"number\": 8 }, "
        "\"array_task_string\": \"4-6%2\","
        " \"job_state\": \"PENDING\", \"state_reason\": \"Priority\", \"restart_cnt\": 0 } ] }",
        "{ \"jobs\": [ { \"job_id\": 7, \"job_state\": [ \"RUNNING\" ], \"nodes\": \"n[1-2]\","
        " \"restart_cnt\": 2, \"exit_code\": { \"status\": [ \"SUCCESS\" ],"
        " \"return_code\": { \"set\": true, \"number\": 0 }, \"signal\": { \"id\": { \"set\": "
        "false, \"number\": 0 } } } },"
        " { \"job_id\": 9, \"array_job_id\": { \"set\": true, \"number\": 8 },"
        " \"array_task_id\": { \"set\": true, \"number\": 3 }, \"job_state\": [ \"FAILED\", "
        "\"COMPLETING\" ],"
        " \"nodes\": \"n1\", \"restart_cnt\": 0, \"exit_code\": { \"status\": [ \"ERROR\" ],"
        " \"return_code\": { \"set\": true, \"number\": 75 }, \"signal\": { \"id\": { \"set\": "
        "false } } } },"
        " { \"job_id\": 8, \"array_job_id\": { \"set\": true, \"number\": 8 }, "
        "\"array_task_string\": \"4-6%2\","
        " \"job_state\": [ \"PENDING\", \"REQUEUED\" ], \"state_reason\": \"Priority\", "
        "\"restart_cnt\": 0 } ] }",
    };
    static const struct {
        const char *number, *word, *nodes;
        int         code, restarts;
    } want[] = {
        { "7", "RUNNING", "n[1-2]", 0, 2 },
        { "8_3", "FAILED", "n1", 75, 0 },
        { "8_[4-6]", "PENDING", "", 0, 0 },
    };

    (void)state;
    for (size_t r = 0; r < sizeof releases / sizeof *releases; r++) {
        kd_str lines = KD_STR_INIT;
        assert_true(kd_queue_lines_of_json(&lines, releases[r], strlen(releases[r])));
        const char *line = lines.text;
        for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
            kd_store_job job;
            assert_true(kd_queue_read_squeue(&job, line));
            assert_string_equal(job.number, want[i].number);
            assert_string_equal(job.at.word, want[i].word);
            assert_string_equal(job.at.nodes, want[i].nodes);
            assert_int_equal(job.at.restarts, want[i].restarts);
            if (job.at.exit_code >= 0) assert_int_equal(job.at.exit_code, want[i].code);
            line = strchr(line, '\n') + 1;
        }
        assert_int_equal(*line, 0);
        kd_str_fini(&lines);
    }
    static const char *const others[] = {
        "", "no", "[]", "{}", "{ \"jobs\": 3 }", "{ \"jobs\": ["
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        kd_str lines = KD_STR_INIT;
        assert_false(kd_queue_lines_of_json(&lines, others[i], strlen(others[i])));
        kd_str_fini(&lines);
    }
}

/* A command of a folder that alone is PATH. */
static void set_command(const char *name, const char *text)
{
    char *path = kd_sprintf("%s/%s", kd_test_folder(), name);
    char *command = kd_sprintf("/bin/chmod +x '%s'", path);

    kd_test_file(name, text);
    assert_int_equal(system(command), 0);
    setenv("PATH", kd_test_folder(), 1);
    free(command);
    free(path);
}

static void set_path(const char *sbatch)
{
    set_command("sbatch", sbatch);
}

/* What the three say of jobs 7, 8 and 9, and what is made of it. */
static void test_asks_one_after_the_other(void **state)
{
    static const struct {
        const char *squeue, *scontrol, *sacct;
        bool        answers;
        const char *words[3];
    } rows[] = {
        /* squeue knows two, and scontrol is not asked; accounting knows the third */
        { "echo '7|RUNNING|None|n1|x|0|0:0|'; echo '9_[1-2%1]|PENDING|Priority||N/A|0|0:0|'",
          "exit 9",
          "echo '8|FAILED|1:0|n2'",
          true,
          { "RUNNING", "FAILED", "PENDING" } },
        /* a release that has other fields, and says so */
        { "case \"$*\" in *--json*) echo '{ \"jobs\": [ { \"job_id\": 8, \"job_state\": [ "
          "\"RUNNING\" ] }, "
          "{ \"job_id\": 77, \"job_state\": [ \"RUNNING\" ] } ] }' ;; "
          "*) echo 'squeue: error: Invalid job format specification: exit_code' >&2; exit 1 ;; "
          "esac",
          "exit 9",
          "echo '7|COMPLETED|0:0|n1'",
          true,
          { "COMPLETED", "RUNNING", "unknown" } },
        /* squeue fails */
        { "exit 1",
          "echo \"JobId=$4 JobState=COMPLETED\"",
          "exit 1",
          true,
          { "COMPLETED", "COMPLETED", "COMPLETED" } },
        /* the controller has forgotten one, and accounting is refused */
        { "exit 1",
          "[ $4 = 8 ] && { echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1; }; "
          "echo \"JobId=$4 JobState=RUNNING\"",
          "echo 'Slurm accounting storage is disabled' >&2; exit 1",
          true,
          { "RUNNING", "unknown", "RUNNING" } },
        /* nobody answers but accounting */
        { "exit 1",
          "exit 1",
          "echo '7|COMPLETED|0:0|n1'",
          false,
          { "COMPLETED", "unknown", "unknown" } },
    };
    const char *const numbers[] = { "7", "8;east", "9" };
    char             *before = kd_strdup(getenv("PATH"));

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const names[] = { "squeue", "scontrol", "sacct" };
        const char *const texts[] = { rows[i].squeue, rows[i].scontrol, rows[i].sacct };
        kd_store_jobs     jobs = KD_VEC_INIT;
        for (size_t c = 0; c < 3; c++) {
            char *text = kd_sprintf("#!/bin/sh\n%s\n", texts[c]);
            set_command(names[c], text);
            free(text);
        }
        assert_int_equal(kd_queue_ask_all(&jobs, numbers, 3, KD_QUEUE_EVER, 10), rows[i].answers);
        assert_int_equal(jobs.count, 3);
        for (size_t j = 0; j < 3; j++) assert_string_equal(jobs.items[j].at.word, rows[i].words[j]);
        kd_vec_fini(&jobs);
    }
    setenv("PATH", before, 1);
    free(before);
}

/* What is bounded is the whole, not each command. */
static void test_waits_for_a_scheduler_that_sleeps_no_longer_than_it_says(void **state)
{
    const char *const numbers[] = { "7", "8" };
    kd_store_jobs     jobs = KD_VEC_INIT;
    char             *before = kd_strdup(getenv("PATH"));

    (void)state;
    const char *const names[] = { "squeue", "scontrol", "sacct" };
    for (size_t c = 0; c < 3; c++) set_command(names[c], "#!/bin/sh\nexec /bin/sleep 100\n");
    double began_s = kd_clock_s();
    assert_false(kd_queue_ask_all(&jobs, numbers, 2, KD_QUEUE_EVER, 1));
    assert_true(kd_clock_s() - began_s < 30);
    assert_int_equal(jobs.count, 2);
    assert_string_equal(jobs.items[1].at.reason, "SLURM does not answer");
    kd_vec_fini(&jobs);
    setenv("PATH", before, 1);
    free(before);
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
    assert_string_equal(job.reason, "SLURM does not answer");
    assert_fails(KD_EUNAVAILABLE, "sbatch is not here",
                 kd_submit(number, sizeof number, "x", NULL, 10, &err), &err);
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
    assert_ok(kd_submit(number, sizeof number, "#!/bin/bash\n", NULL, 10, &err), &err);
    assert_string_equal(number, "12;east");
    set_path("#!/bin/sh\n[ \"$2 $3 $4\" = \"--dependency=afternotok:12 "
             "--export=ALL,KDGRID_AFTER=12 --kill-on-invalid-dep=yes\" ] && echo 13\n");
    assert_ok(kd_submit(number, sizeof number, "#!/bin/bash\n", "12;east", 10, &err), &err);
    assert_string_equal(number, "13");
    set_path("#!/bin/sh\necho 'sbatch: error: x' >&2\necho 'sbatch: error: invalid partition' >&2\n"
             "exit 1\n");
    assert_fails(KD_EUNAVAILABLE, "sbatch: error: invalid partition",
                 kd_submit(number, sizeof number, "#!/bin/bash\n", NULL, 10, &err), &err);
    set_path("#!/bin/sh\nexit 3\n");
    assert_fails(KD_EUNAVAILABLE, "exit 3", kd_submit(number, sizeof number, "x", NULL, 10, &err),
                 &err);
    setenv("PATH", before, 1);
    free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_scontrol_says),
        cmocka_unit_test(test_names_the_jobs_of_an_array),
        cmocka_unit_test(test_reads_what_squeue_and_sacct_say),
        cmocka_unit_test(test_takes_a_new_word_as_unknown_and_keeps_it),
        cmocka_unit_test(test_sees_when_an_answer_speaks_of_no_job),
        cmocka_unit_test(test_understands_the_json_of_several_releases),
        cmocka_unit_test(test_asks_one_after_the_other),
        cmocka_unit_test(test_waits_for_a_scheduler_that_sleeps_no_longer_than_it_says),
        cmocka_unit_test(test_knows_nothing_without_slurm),
        cmocka_unit_test(test_passes_on_what_sbatch_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
