#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slurm/job.h"
#include "tests/support/support.h"

static kd_slurm_options defaults(void)
{
    kd_slurm_options options;

    kd_setting_defaults(kd_slurm_settings, &options);
    options.cpus = 1;
    return options;
}

static kd_job plain_job(const kd_slurm_options *options)
{
    return (kd_job){ .options = options,
                     .shape = KD_SHAPE_ONE,
                     .name = "quick",
                     .folder = "/home/ann/study",
                     .program = "/opt/kdgrid/bin/kdgrid",
                     .experiment = "quick.cfg",
                     .store = "store" };
}

/* The script of a job; the caller frees it. */
static char *script_of(const kd_job *job)
{
    kd_str   out = KD_STR_INIT;
    kd_error err;

    assert_ok(kd_job_script(job, &out, &err), &err);
    return kd_str_take(&out);
}

static void assert_has(const char *script, const char *words)
{
    if (strstr(script, words) == NULL) fail_msg("no '%s' in:\n%s", words, script);
}

static void assert_has_not(const char *script, const char *words)
{
    if (strstr(script, words) != NULL) fail_msg("'%s' in:\n%s", words, script);
}

/* bash reads the script without running it. */
static void assert_is_shell(const char *script)
{
    char command[512];

    snprintf(command, sizeof command, "bash -n '%s'", kd_test_file("job.sh", script));
    assert_int_equal(system(command), 0);
}

static void test_says_only_what_was_asked_for(void **state)
{
    kd_slurm_options options = defaults();
    kd_job           job = plain_job(&options);
    char            *script = script_of(&job);

    (void)state;
    assert_true(kd_starts_with(script, "#!/bin/bash\n"));
    assert_has(script, "\n#SBATCH --job-name=quick\n#SBATCH --chdir=/home/ann/study\n");
    assert_has(script, "\n#SBATCH --nodes=1\n#SBATCH --exclusive\n");
    assert_has_not(script, "--time");
    assert_has(script, "\n#SBATCH --output=kdgrid-%j.log\n");
    assert_has(script, "\n#SBATCH --open-mode=append\n#SBATCH --requeue\n");
    assert_has(script, "\n#SBATCH --signal=B:USR1@120\n#\n");
    assert_has(script, "workers=$((SLURM_JOB_NUM_NODES * SLURM_CPUS_ON_NODE))\n");
    assert_has(script, "\n\"$kdgrid\" run quick.cfg -n \"$workers\" --store store &\n");
    assert_has(script, "[ \"$restarts\" -lt 100 ]");
    assert_has_not(script, "partition");
    assert_has_not(script, "account");
    assert_is_shell(script);
    free(script);
}

static void test_leaves_no_place_of_the_template_open(void **state)
{
    kd_slurm_options options = defaults();
    kd_job           job = plain_job(&options);
    char            *script = script_of(&job);

    (void)state;
    for (const char *at = strchr(script, '@'); at != NULL; at = strchr(at + 1, '@'))
        assert_true(kd_starts_with(at, "@120\n")); /* of --signal */
    free(script);
}

static void test_asks_for_ranks_by_number(void **state)
{
    kd_slurm_options options = defaults();
    kd_job           job = plain_job(&options);
    char            *script;

    (void)state;
    options.nodes = 4;
    options.tasks = 16;
    options.cpus = 2;
    script = script_of(&job);
    assert_has(script,
               "#SBATCH --nodes=4\n#SBATCH --ntasks-per-node=16\n#SBATCH --cpus-per-task=2\n");
    assert_has(script, "\nworkers=64\n");
    assert_has_not(script, "exclusive");
    free(script);
}

/* A job of a pool on one node starts its cells itself; one of several nodes needs ranks. */
static void test_has_the_shape_that_it_is_told(void **state)
{
    static const struct {
        int            nodes;
        kd_slurm_shape shape;
        int            pool, at_once;
        const char    *mpi, *array, *run;
    } cases[] = {
        { 1, KD_SHAPE_ONE, 8, 0, "", NULL, " -n \"$workers\" --store store &" },
        { 1, KD_SHAPE_ARRAY, 8, 0, "", "\n#SBATCH --array=1-8\n",
          " -j \"$workers\" --store store &" },
        { 1, KD_SHAPE_ARRAY, 8, 3, "pmix", "\n#SBATCH --array=1-8%3\n", " -j \"$workers\"" },
        { 2, KD_SHAPE_ARRAY, 8, 3, "", "\n#SBATCH --array=1-8%3\n", " -n \"$workers\"" },
        { 1, KD_SHAPE_ELASTIC, 8, 0, "", NULL,
          " -j \"$workers\" --store store --elastic 8 --pace 20 &" },
        { 2, KD_SHAPE_ELASTIC, 8, 0, "", NULL,
          " -n \"$workers\" --store store --elastic 8 --pace 20 &" },
        { 2, KD_SHAPE_ONE, 0, 0, "pmix", NULL,
          "\nsrun --ntasks=$((workers + 1)) --overcommit --no-kill --mpi=pmix \"$kdgrid\" run "
          "quick.cfg --store store &" },
        { 2, KD_SHAPE_ONE, 0, 0, "none", NULL,
          " --mpi=none \"$kdgrid\" run quick.cfg -j \"$each\" --store store &" },
        { 2, KD_SHAPE_ARRAY, 8, 0, "none", "\n#SBATCH --array=1-8\n",
          " -j \"$each\" --store store &" },
        { 1, KD_SHAPE_ARRAY, 8, 0, "none", "\n#SBATCH --array=1-8\n", " -j \"$workers\"" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_slurm_options options = defaults();
        kd_job           job = plain_job(&options);
        options.nodes = cases[i].nodes;
        strcpy(options.mpi, cases[i].mpi);
        job.shape = cases[i].shape;
        job.pool = cases[i].pool;
        job.at_once = cases[i].at_once;
        char *script = script_of(&job);
        if (cases[i].array)
            assert_has(script, cases[i].array);
        else
            assert_has_not(script, "--array");
        assert_has(script, cases[i].run);
        assert_is_shell(script);
        free(script);
    }
}

static void test_takes_every_option_of_the_group(void **state)
{
    kd_slurm_options options = defaults();
    kd_job           job = plain_job(&options);
    char            *script;

    (void)state;
    strcpy(options.partition, "cpu");
    strcpy(options.account, "bio 7");
    strcpy(options.qos, "long");
    strcpy(options.reservation, "night");
    strcpy(options.constraint, "avx512");
    strcpy(options.memory, "32G");
    strcpy(options.extra, "--mail-type=END\n--nice=10");
    strcpy(options.prologue, "module load openmpi\nexport X='a b'");
    strcpy(options.modules, "gcc/12\nopenmpi");
    strcpy(options.container, "apptainer exec /shared/kdgrid.sif");
    options.restarts = 3;
    options.notice_s = 60;
    script = script_of(&job);
    assert_has(script, "#SBATCH --partition=cpu\n#SBATCH --account='bio 7'\n#SBATCH --qos=long\n"
                       "#SBATCH --reservation=night\n#SBATCH --constraint=avx512\n");
    assert_has(script, "#SBATCH --mem=32G\n");
    assert_has(script, "#SBATCH --signal=B:USR1@60\n#SBATCH --mail-type=END\n#SBATCH --nice=10\n");
    assert_has(script, "\ncommand -v module >/dev/null || . /etc/profile\nmodule load gcc/12\n"
                       "module load openmpi\nmodule load openmpi\nexport X='a b'\n");
    assert_has(script, "\napptainer exec /shared/kdgrid.sif \"$kdgrid\" run quick.cfg ");
    assert_has(script, "[ \"$restarts\" -lt 3 ]");
    assert_is_shell(script);
    free(script);
}

static void test_quotes_what_a_shell_would_split(void **state)
{
    static const char *const overrides[] = { "train.lr=1e-3", "data.corpus=my data/it's" };
    kd_slurm_options         options = defaults();
    kd_job                   job = plain_job(&options);
    char                    *script;

    (void)state;
    job.experiment = "my study.cfg";
    job.store = "$HOME/store";
    job.profile = "laptop";
    job.group = "the lab";
    job.overrides = overrides;
    job.override_count = 2;
    script = script_of(&job);
    assert_has(script, "run 'my study.cfg' -n \"$workers\" --store '$HOME/store' --group 'the lab' "
                       "--profile laptop "
                       "-D train.lr=1e-3 -D 'data.corpus=my data/it'\\''s' &\n");
    assert_is_shell(script);
    free(script);
}

static void test_refuses_a_line_break(void **state)
{
    kd_slurm_options options = defaults();
    kd_job           job = plain_job(&options);
    kd_str           out = KD_STR_INIT;
    kd_error         err;

    (void)state;
    job.store = "a\nb";
    assert_fails(KD_ECONFIG, "cannot hold a line break", kd_job_script(&job, &out, &err), &err);
    assert_int_equal(out.length, 0);
    kd_str_fini(&out);
}

/* A SLURM of a few commands in PATH: kdgrid ends with the code that CODE names, or waits for a stop
 * request; srun with what SRUN names, whatever it should run; scontrol leaves a trace; sleep is short, so that the script's naps cost the test no
 * time. */
static int run_script(const char *script, const char *environment, const char *after)
{
    char  command[4096];
    char *scontrol = kd_sprintf("%s/scontrol", kd_test_folder());
    char *kdgrid = kd_sprintf("%s/kdgrid", kd_test_folder());
    char *nap = kd_sprintf("%s/sleep", kd_test_folder());
    char *srun = kd_sprintf("%s/srun", kd_test_folder());
    char *job = kd_strdup(kd_test_file("job.sh", script));
    int   status;

    kd_test_file("scontrol",
                 "#!/bin/sh\n[ \"$1\" = requeue ] && echo \"$*\" >>\"$FOLDER/requeued\"\n"
                 "echo \"JobId=7 Restarts=${NOW:-0} BatchFlag=1\"\n");
    kd_test_file("sleep", "#!/bin/sh\nexec /bin/sleep 0.02\n");
    kd_test_file("kdgrid", "#!/bin/bash\n"
                           "trap 'exit 75' USR1\n"
                           "touch \"$FOLDER/started\"\n"
                           "[ \"$CODE\" = wait ] && while :; do sleep 0.05; done\n"
                           "exit \"$CODE\"\n");
    kd_test_file("srun",
                 "#!/bin/bash\n[ \"$SRUN\" = wait ] || exit \"$SRUN\"\n"
                 "trap 'exit 137' USR1\ntouch \"$FOLDER/started\"\nwhile :; do sleep 0.05; done\n");
    snprintf(
        command, sizeof command,
        "chmod +x '%s' '%s' '%s' '%s'; cd '%s'; rm -f requeued started; export FOLDER=\"$PWD\" "
        "PATH=\"$PWD:$PATH\" KDGRID=\"$PWD/kdgrid\" SLURM_JOB_ID=7 SLURM_JOB_NUM_NODES=1 "
        "SLURM_CPUS_ON_NODE=2 SLURM_JOB_END_TIME=99999999999 %s; bash '%s' >job.log 2>&1 & "
        "job=$!; %s wait $job",
        scontrol, kdgrid, nap, srun, kd_test_folder(), environment, job, after);
    status = system(command);
    free(scontrol);
    free(kdgrid);
    free(nap);
    free(srun);
    free(job);
    return WEXITSTATUS(status);
}

/* What was put back: "7", "7_3", or nothing. */
static const char *put_back(void)
{
    char       *path = kd_sprintf("%s/requeued", kd_test_folder());
    FILE       *file = fopen(path, "r");
    static char number[64];

    free(path);
    number[0] = 0;
    if (file == NULL) return number;
    assert_int_equal(fscanf(file, "requeue %63s", number), 1);
    fclose(file);
    return number;
}

/* How a script ends, and what it leaves in the queue. */
typedef struct {
    const char *environment, *after;
    int         code;
    const char *put_back;
} ending;

static void check_endings(const char *script, const ending *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int code = run_script(script, rows[i].environment, rows[i].after);
        if (code != rows[i].code || strcmp(put_back(), rows[i].put_back) != 0)
            fail_msg("%s %s: exit %d, put back '%s'", rows[i].environment, rows[i].after, code,
                     put_back());
    }
}

static void test_goes_back_into_the_queue_only_when_stopped_early(void **state)
{
    static const ending rows[] = {
        { "CODE=0", "", 0, "" },
        { "CODE=1", "", 1, "" },
        { "CODE=127", "", 127, "" },
        { "CODE=75", "", 75, "7" },
        { "CODE=75 SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=3", "", 75, "7_3" },
        { "CODE=75 SLURM_RESTART_COUNT=99 NOW=99", "", 75, "7" },
        { "CODE=75 SLURM_RESTART_COUNT=100", "", 75, "" },
        { "CODE=75 SLURM_RESTART_COUNT=1 NOW=2", "", 75, "" }, /* an old copy */
        { "CODE=wait", "until [ -e started ]; do sleep 0.05; done; kill -USR1 $job;", 75, "7" },
        /* before its time is over somebody wants it gone; afterwards it is the time limit */
        { "CODE=wait", "until [ -e started ]; do sleep 0.05; done; kill -TERM $job;", 75, "" },
        { "CODE=wait SLURM_JOB_END_TIME=1700000000",
          "until [ -e started ]; do sleep 0.05; done; kill -TERM $job;", 75, "7" },
    };
    kd_slurm_options options = defaults();
    kd_job           job = plain_job(&options);
    char            *script = script_of(&job);

    (void)state;
    check_endings(script, rows, sizeof rows / sizeof *rows);
    free(script);
}

/* What srun says of a lost node is not what became of the study. */
static void test_does_what_a_lost_member_left(void **state)
{
    static const ending rows[] = {
        { "SRUN=0 CODE=70", "", 0, "" },
        { "SRUN=1 CODE=70", "", 1, "" }, /* cells failed for good */
        { "SRUN=75 CODE=70", "", 75, "7" },
        { "SRUN=137 CODE=0", "", 0, "" },
        { "SRUN=137 CODE=1", "", 1, "" },
        { "SRUN=137 CODE=75", "", 75, "7" },
        { "SRUN=wait CODE=0", "until [ -e started ]; do sleep 0.05; done; kill -USR1 $job;", 75,
          "7" },
    };
    kd_slurm_options options = defaults();
    kd_job           job = plain_job(&options);

    (void)state;
    options.nodes = 2;
    strcpy(options.mpi, KD_SLURM_NO_MPI);
    char *script = script_of(&job);
    check_endings(script, rows, sizeof rows / sizeof *rows);
    free(script);
}

static void test_does_not_go_on_after_its_last_hour(void **state)
{
    kd_slurm_options options = defaults();
    kd_job           job = plain_job(&options);

    (void)state;
    for (int is_over = 0; is_over < 2; is_over++) {
        job.until_s = is_over ? 1700000000 : 99999999999;
        char *script = script_of(&job);
        assert_int_equal(run_script(script, "CODE=75", ""), 75);
        assert_string_equal(put_back(), is_over ? "" : "7");
        assert_int_equal(run_script(script, "CODE=0 KDGRID_AFTER=6", ""), is_over ? 75 : 0);
        free(script);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_only_what_was_asked_for),
        cmocka_unit_test(test_leaves_no_place_of_the_template_open),
        cmocka_unit_test(test_asks_for_ranks_by_number),
        cmocka_unit_test(test_has_the_shape_that_it_is_told),
        cmocka_unit_test(test_takes_every_option_of_the_group),
        cmocka_unit_test(test_quotes_what_a_shell_would_split),
        cmocka_unit_test(test_refuses_a_line_break),
        cmocka_unit_test(test_goes_back_into_the_queue_only_when_stopped_early),
        cmocka_unit_test(test_does_what_a_lost_member_left),
        cmocka_unit_test(test_does_not_go_on_after_its_last_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
