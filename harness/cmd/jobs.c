/* jobs.c - `kdgrid jobs`: what SLURM says of the jobs that were handed in for a store. */
#include <stdio.h>

#include "harness/base/args.h"
#include "harness/base/json.h"
#include "harness/base/say.h"
#include "harness/cmd/cmd.h"
#include "slurm/jobs.h"
#include "slurm/usage.h"

static const char about[] =
    "Lists the jobs that `kdgrid submit` handed in for a store, in that "
    "order, with what scontrol, squeue\n"
    "or sacct know of them: waiting and why, running where, ended how, and "
    "how often they were put\n"
    "back into the queue. Of those that have run also how many of their cores were busy, and the "
    "memory asked and used, as far as sacct or\n"
    "sstat tell. A job that nobody knows any more is unknown; "
    "`kdgrid status` knows what is done.";

static kd_job_usage usage_of(const kd_store_job *job)
{
    kd_job_usage usage;
    kd_usage_ask(&usage, job->number, job->at.state);
    return usage;
}

static void print_text(const kd_store_jobs *jobs)
{
    kd_str words = KD_STR_INIT;
    if (jobs->count == 0) puts("no job was handed in for this store");
    for (size_t i = 0; i < jobs->count; i++) {
        const kd_store_job *job = &jobs->items[i];
        kd_job_usage        usage = usage_of(job);
        kd_str_reset(&words);
        kd_job_words(&words, job);
        kd_usage_words(&words, &usage);
        kd_say("%-14s %s\n", job->number, words.text);
    }
    kd_str_fini(&words);
}

static void print_json(const kd_store_jobs *jobs)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &out, 2);
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < jobs->count; i++) {
        kd_job_usage usage = usage_of(&jobs->items[i]);
        kd_json_begin(&w, '{');
        kd_job_put(&w, &jobs->items[i]);
        kd_usage_put(&w, &usage);
        kd_json_end(&w, '}');
    }
    kd_json_end(&w, ']');
    puts(out.text);
    kd_str_fini(&out);
}

kd_status kd_cmd_jobs(int argc, char **argv, kd_error *err)
{
    bool         as_json = false;
    const kd_arg table[] = { { 0, "json", KD_ARG_FLAG, &as_json, NULL, "print JSON" }, KD_ARG_END };
    kd_args   args = { .verb = "jobs", .usage = "STORE [--json]", .about = about, .table = table };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if ((status = kd_args_expect(&args, 1, 1, err)) != KD_OK) return status;

    kd_store_jobs jobs;
    if ((status = kd_jobs_ask_folder(args.words[0], &jobs, err)) != KD_OK) return status;
    if (as_json)
        print_json(&jobs);
    else
        print_text(&jobs);
    kd_vec_fini(&jobs);
    return KD_OK;
}
