/* submit.c - `kdgrid submit`: a study as a SLURM job that resumes itself. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/base/args.h"
#include "harness/base/json.h"
#include "harness/base/log.h"
#include "harness/cmd/cmd.h"
#include "harness/config/study.h"
#include "harness/store/store.h"
#include "slurm/job.h"
#include "slurm/jobs.h"
#include "slurm/queue.h"
#include "slurm/submit.h"

typedef struct {
    const char *experiment, *store, *profile, *group;
    kd_arg_list overrides;
    int         pool, at_once;
    bool        joins, is_dry, as_json, helped;
} options;

static const char about[] =
    "Writes a job script from the file's `slurm` group, hands it to sbatch and prints the job's\n"
    "number. The job runs the study; when its time ends before the study does, it brings its "
    "cells\n"
    "to a safe point and puts itself back into the queue. With --jobs N it is an array of N small\n"
    "jobs that share the study, each of which starts as soon as there is a place for it. While a "
    "job\n"
    "of the store waits or runs, another one is refused, or joins it with --join. --dry-run prints "
    "the script instead, "
    "which\n"
    "may be edited and handed to sbatch by hand.";

static kd_status parse(options *o, int argc, char **argv, kd_error *err)
{
    const kd_arg table[] = { KD_ARG_STORE(o->store),
                             { 0, "group", KD_ARG_TEXT, &o->group, "NAME",
                               "give the store to this group, to read and write" },
                             KD_ARG_PROFILE(o->profile),
                             KD_ARG_DEFINE(o->overrides),
                             { 'j', "jobs", KD_ARG_INT, &o->pool, "N",
                               "N jobs, each of the `slurm` group's size, that share the study" },
                             { 0, "at-once", KD_ARG_INT, &o->at_once, "M",
                               "with --jobs: at most M of them run at a time" },
                             { 0, "join", KD_ARG_FLAG, &o->joins, NULL,
                               "also while other jobs of this store wait or run" },
                             { 0, "dry-run", KD_ARG_FLAG, &o->is_dry, NULL,
                               "print the script and hand in nothing" },
                             KD_ARG_JSON(o->as_json),
                             KD_ARG_END };
    kd_args      args = { .verb = "submit",
                          .usage = "EXPERIMENT.cfg [--store DIR] [--dry-run]",
                          .about = about,
                          .table = table };
    kd_status    status = kd_args_parse(&args, argc, argv, err);

    o->helped = args.helped;
    if (status != KD_OK || o->helped) return status;
    if ((status = kd_args_expect(&args, 1, 1, err)) != KD_OK) return status;
    o->experiment = args.words[0];
    if (o->pool < 0 || o->at_once < 0 || (o->at_once > 0 && o->pool == 0))
        return kd_fail(err, KD_EUSAGE,
                       "submit: --jobs and --at-once are 1 or more, and --at-once needs --jobs");
    return KD_OK;
}

/* The running program; the job may start on another node, so a bare name would not do. */
static kd_status find_program(char **out, kd_error *err)
{
    *out = realpath("/proc/self/exe", NULL);
    return *out != NULL ? KD_OK : kd_fail_errno(err, errno, "/proc/self/exe");
}

static kd_status write_script(kd_str *out, const options *o, const kd_study *study, kd_error *err)
{
    char     *program = NULL, *folder = getcwd(NULL, 0);
    kd_job    job = { .options = kd_study_slurm(study),
                      .name = kd_study_name(study),
                      .folder = folder,
                      .experiment = o->experiment,
                      .store = o->store,
                      .profile = o->profile,
                      .group = o->group,
                      .overrides = o->overrides.items,
                      .override_count = o->overrides.count,
                      .pool = o->pool,
                      .at_once = o->at_once };
    kd_status status = folder != NULL ? KD_OK : kd_fail_errno(err, errno, "the current folder");

    if (status == KD_OK) status = find_program(&program, err);
    job.program = program;
    if (status == KD_OK) status = kd_job_script(&job, out, err);
    free(program);
    free(folder);
    return status;
}

static void print_json(const char *job, const kd_queue_job *state, const char *script)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;

    kd_json_start(&w, &out, 2);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "job", job);
    kd_json_put_text(&w, "state", state != NULL ? state->word : NULL);
    kd_json_put_text(&w, "script", script);
    kd_json_end(&w, '}');
    puts(out.text);
    kd_str_fini(&out);
}

/* A second job would not harm the first, but is seldom meant. */
static kd_status expect_no_other(const kd_store *store, kd_error *err)
{
    kd_store_jobs jobs;
    kd_status     status = kd_jobs_ask(store, &jobs, err);
    for (size_t i = 0; status == KD_OK && i < jobs.count; i++)
        if (kd_job_is_live(&jobs.items[i]))
            status =
                kd_fail(err, KD_EIO,
                        "%s: job %s of this store is %s; --join adds another one, `kdgrid cancel` "
                        "ends it",
                        kd_store_folder(store), jobs.items[i].number, jobs.items[i].at.word);
    kd_vec_fini(&jobs);
    return status;
}

/* The number goes to stdout by itself, so that a script can take it. */
static kd_status hand_in(const options *o, const char *script, kd_error *err)
{
    kd_queue_job state;
    char         job[64];
    kd_store    *store;
    kd_status    status = kd_store_open(&store, o->store, KD_STORE_CREATE, err);

    if (status != KD_OK) return status;
    if (!o->joins) status = expect_no_other(store, err);
    if (status == KD_OK) status = kd_submit(job, sizeof job, script, err);
    if (status == KD_OK) status = kd_jobs_add(store, job, err);
    kd_store_close(store);
    if (status != KD_OK) return status;
    kd_queue_ask(&state, job);
    if (o->as_json)
        print_json(job, &state, script);
    else
        puts(job);
    kd_log_info("job %s is %s%s%s", job, state.word, state.reason[0] != '\0' ? ": " : "",
                state.reason);
    return KD_OK;
}

static kd_status submit(const options *o, kd_error *err)
{
    kd_study_options study_options = { o->profile, o->overrides, NULL };
    kd_study        *study;
    kd_str           script = KD_STR_INIT;
    kd_status        status = kd_study_open_telling(&study, o->experiment, &study_options, err);

    if (status != KD_OK) return status;
    status = write_script(&script, o, study, err);
    if (status == KD_OK && o->is_dry) {
        if (o->as_json)
            print_json(NULL, NULL, script.text);
        else
            fputs(script.text, stdout);
    } else if (status == KD_OK) {
        status = hand_in(o, script.text, err);
    }
    kd_str_fini(&script);
    kd_study_close(study);
    return status;
}

kd_status kd_cmd_submit(int argc, char **argv, kd_error *err)
{
    options   o = { .store = "store" };
    kd_status status = parse(&o, argc, argv, err);

    if (status == KD_OK && !o.helped) status = submit(&o, err);
    free(o.overrides.items);
    return status;
}
