/* submit.c - `kdgrid submit`: a study as a SLURM job that resumes itself. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/args.h"
#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "harness/base/log.h"
#include "harness/child/cores.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/probe.h"
#include "harness/config/site.h"
#include "harness/dispatch/work.h"
#include "harness/plan/estimate.h"
#include "harness/plan/learned.h"
#include "harness/plan/session.h"
#include "harness/plan/summary.h"
#include "slurm/job.h"
#include "slurm/jobs.h"
#include "slurm/queue.h"
#include "slurm/size.h"
#include "slurm/submit.h"

#define SOME_JOBS 8 /* of a pool whose size nobody says */

typedef struct {
    const char *experiment, *store, *profile, *group, *shape;
    kd_arg_list overrides;
    int         pool, at_once, most;
    bool        joins, probes, is_dry, as_json, helped;
} options;

static const char about[] =
    "Writes a job script from the file's `slurm` group to STORE.sbatch, hands it to sbatch and\n"
    "prints the job's number; what will run, in how many core-hours, goes to stderr. What the\n"
    "group does not say the site's file says (KDGRID_SITE, ~/.config/kdgrid/site.cfg); time and\n"
    "cores that nobody says follow from the plan. The job runs the study; when its time ends\n"
    "before the study does, it brings its cells to a safe point and puts itself back into the\n"
    "queue. With --jobs N it is an array of N small jobs that share the study, each of which\n"
    "starts as soon as there is a place for it; with --elastic MAX one small job, which hands in\n"
    "more while cells wait and takes them out of the queue when none does. While a job of the\n"
    "store waits or runs, another one is refused, or joins it with --join. --dry-run prints the\n"
    "script instead, which may be edited and handed to sbatch by hand. --probe hands in nothing:\n"
    "it asks the site what it allows, chooses a shape for its studies, says why, and remembers it\n"
    "in the site's file.";

static kd_status parse(options *o, int argc, char **argv, kd_error *err)
{
    const kd_arg table[] = {
        KD_ARG_STORE(o->store),
        { 0, "group", KD_ARG_TEXT, &o->group, "NAME",
          "give the store to this group, to read and write" },
        KD_ARG_PROFILE(o->profile),
        KD_ARG_DEFINE(o->overrides),
        { 0, "shape", KD_ARG_TEXT, &o->shape, "SHAPE",
          "one, array or elastic, in place of slurm.shape", "one array elastic" },
        { 'j', "jobs", KD_ARG_INT, &o->pool, "N",
          "N jobs, each of the `slurm` group's size, that share the study" },
        { 0, "at-once", KD_ARG_INT, &o->at_once, "M",
          "with --jobs: at most M of them run at a time" },
        { 0, "elastic", KD_ARG_INT, &o->most, "MAX",
          "jobs that come and go with the work, MAX at most" },
        { 0, "join", KD_ARG_FLAG, &o->joins, NULL,
          "also while other jobs of this store wait or run" },
        { 0, "dry-run", KD_ARG_FLAG, &o->is_dry, NULL, "print the script and hand in nothing" },
        { 0, "probe", KD_ARG_FLAG, &o->probes, NULL,
          "ask the site what it allows, choose, and remember it" },
        KD_ARG_JSON(o->as_json),
        KD_ARG_END
    };
    kd_args   args = { .verb = "submit",
                       .usage = "EXPERIMENT.cfg [--store DIR] [--dry-run] | --probe",
                       .about = about,
                       .table = table };
    kd_status status = kd_args_parse(&args, argc, argv, err);

    o->helped = args.helped;
    if (status != KD_OK || o->helped) return status;
    int words = !o->probes;
    if ((status = kd_args_expect(&args, words, words, err)) != KD_OK) return status;
    o->experiment = o->probes ? NULL : args.words[0];
    if (o->pool < 0 || o->at_once < 0 || o->most < 0)
        return kd_fail(err, KD_EUSAGE, "submit: --jobs, --at-once and --elastic are 1 or more");
    if (o->pool > 0 && o->most > 0)
        return kd_fail(err, KD_EUSAGE, "submit: --jobs and --elastic are two shapes; choose one");
    return KD_OK;
}

/* The running program; the job may start on another node, so a bare name would not do. */
static kd_status find_program(char **out, kd_error *err)
{
    *out = realpath("/proc/self/exe", NULL);
    return *out != NULL ? KD_OK : kd_fail_errno(err, errno, "/proc/self/exe");
}

/* ---- what will run ---- */

typedef struct {
    kd_session      session;
    kd_plan_summary sum;
    kd_slurm_options
                  slurm; /* the site's, the file's, and what the plan adds; its shape is settled */
    kd_slurm_size size;
    char         *site; /* the file of the site that was read; NULL for none */
} planned;

static kd_slurm_cell cell_of(const kd_plan_node *node)
{
    return (kd_slurm_cell){ node->ranks, node->threads / node->ranks };
}

/* Cores of a worker, where nobody said how many. */
static int find_cpus(const kd_plan *plan, const kd_slurm_options *slurm)
{
    int most = 1;
    for (size_t n = 0; n < kd_plan_count(plan) && slurm->cpus == 0; n++) {
        const kd_plan_node *node = kd_plan_node_at(plan, n);
        int                 cpus = node->is_needed ? kd_slurm_cpus(slurm, cell_of(node)) : 1;
        if (cpus > most) most = cpus;
    }
    return slurm->cpus > 0 ? slurm->cpus : most;
}

/* Of the largest cell on the cores of a worker; of a wide one, of so many ranks as have room there. */
static double find_memory(const kd_plan *plan, int cpus)
{
    double most = 0;
    for (size_t n = 0; n < kd_plan_count(plan); n++) {
        const kd_plan_node *node = kd_plan_node_at(plan, n);
        if (!node->is_needed) continue;
        kd_slurm_cell cell = cell_of(node);
        int           there = (cpus + cell.threads - 1) / cell.threads;
        double        share = there < cell.ranks ? (double)there / cell.ranks : 1;
        double        bytes = share * kd_plan_memory_of(plan, node);
        if (bytes > most) most = bytes;
    }
    return most;
}

/* Before it waits in a queue for nothing. */
static kd_status check_room(const planned *p, kd_error *err)
{
    const kd_slurm_options *o = &p->slurm;
    kd_work                 work = kd_work_of_plan(p->session.plan);
    char                    there[96];
    snprintf(there, sizeof there, "the job has %d node%s of %d x %d (slurm.nodes, tasks, cpus)",
             o->nodes, o->nodes == 1 ? "" : "s", o->tasks, o->cpus);
    for (size_t n = 0; n < work.count; n++) {
        const kd_plan_node *node = kd_plan_node_at(p->session.plan, n);
        if (node->is_needed && !kd_slurm_has_room(o, cell_of(node)) && node->ranks > 1)
            return work.refuse(work.self, n, there, err);
    }
    return KD_OK;
}

/* What the command line says, then what the file and the site say. */
static kd_status settle_shape(planned *p, const options *o, kd_error *err)
{
    kd_slurm_options *slurm = &p->slurm;
    const char *word = o->shape ? o->shape : o->pool > 0 ? "array" : o->most > 0 ? "elastic" : NULL;
    const kd_setting *row = kd_setting_find(kd_slurm_settings, "shape");
    if (word && kd_setting_put(row, slurm, word, err) != KD_OK)
        return kd_fail(err, KD_EUSAGE, "--shape: expected one, array or elastic, found %s", word);
    if (slurm->shape == KD_SHAPE_AUTO) slurm->shape = KD_SHAPE_ONE;
    if ((o->pool > 0 && slurm->shape != KD_SHAPE_ARRAY) ||
        (o->most > 0 && slurm->shape != KD_SHAPE_ELASTIC) ||
        (o->at_once > 0 && slurm->shape != KD_SHAPE_ARRAY))
        return kd_fail(
            err, KD_EUSAGE,
            "submit: --jobs and --at-once are of an array, --elastic of an elastic pool; "
            "the shape is %s",
            kd_slurm_shape_word(slurm->shape));
    if (o->pool + o->most > 0) slurm->jobs = o->pool + o->most;
    size_t to_do = p->sum.cells - p->sum.cells_done;
    if (slurm->jobs == 0) slurm->jobs = to_do < 1 ? 1 : to_do < SOME_JOBS ? (int)to_do : SOME_JOBS;
    return KD_OK;
}

static int jobs_at_once(const options *o, const planned *p)
{
    if (p->slurm.shape == KD_SHAPE_ONE) return 1;
    return o->at_once > 0 && o->at_once < p->slurm.jobs ? o->at_once : p->slurm.jobs;
}

/* A node of the cluster is taken to be like this one, where whole nodes are asked for. */
static kd_status plan_it(planned *p, const options *o, kd_error *err)
{
    kd_study_options study = { .profile = o->profile, .overrides = o->overrides, .site = p->site };
    kd_machine       machine;
    kd_learned       learned;
    kd_status        status =
        kd_session_open(&p->session, o->experiment, &study, o->store, KD_SESSION_LOOKS, err);
    if (status != KD_OK) return status;
    kd_machine_get(&machine);
    kd_learn_of_store(&learned, p->session.plan, p->session.store, &machine);
    status = kd_plan_estimate(p->session.plan, &machine, &learned, err);
    if (status != KD_OK) return status;
    kd_plan_sum_up(p->session.plan, p->session.study, &p->sum);
    p->slurm = *kd_study_slurm(p->session.study);
    if ((status = settle_shape(p, o, err)) != KD_OK) return status;
    int           cpus = find_cpus(p->session.plan, &p->slurm);
    kd_slurm_work work = { p->sum.all.core_s, p->sum.longest_s, cpus,
                           find_memory(p->session.plan, cpus) * learned.memory };
    p->size = kd_slurm_size_up(&p->slurm, &work, jobs_at_once(o, p), kd_cores_here().count);
    return check_room(p, err);
}

static void tell_plan(const planned *p)
{
    char words[32], longest[32];
    kd_log_info(
        "%zu of %zu cells are to do: about %.3g core-hours; on %d cores %s, of which the longest "
        "path takes %s; time limit %s",
        p->sum.cells - p->sum.cells_done, p->sum.cells, p->sum.all.core_s / 3600, p->size.cores,
        kd_clock_words(words, sizeof words, p->size.wall_s),
        kd_clock_words(longest, sizeof longest, p->sum.longest_s), p->slurm.time);
}

/* ---- the script ---- */

static long long until_of(const kd_slurm_options *slurm)
{
    return slurm->total_h > 0 ? (long long)kd_clock_unix_s() + slurm->total_h * 3600LL : 0;
}

static kd_status write_script(kd_str *out, const options *o, const planned *p, kd_error *err)
{
    char     *program = NULL, *folder = getcwd(NULL, 0);
    kd_job    job = { .options = &p->slurm,
                      .name = kd_study_name(p->session.study),
                      .folder = folder,
                      .experiment = o->experiment,
                      .store = o->store,
                      .profile = o->profile,
                      .group = o->group,
                      .overrides = o->overrides.items,
                      .override_count = o->overrides.count,
                      .shape = p->slurm.shape,
                      .pool = p->slurm.jobs,
                      .at_once = o->at_once,
                      .until_s = until_of(&p->slurm) };
    kd_status status = folder != NULL ? KD_OK : kd_fail_errno(err, errno, "the current folder");

    if (status == KD_OK) status = find_program(&program, err);
    job.program = program;
    if (status == KD_OK) status = kd_job_script(&job, out, err);
    free(program);
    free(folder);
    return status;
}

/* Beside the store, where who looks at the job finds it: STORE.sbatch. */
static kd_status keep_script(const options *o, const kd_str *script, kd_error *err)
{
    char     *path = kd_job_script_path(o->store);
    kd_status status = kd_fs_write(path, script->text, script->length, err);
    if (status == KD_OK) kd_log_info("the script is %s", path);
    free(path);
    return status;
}

static void print_json(const char *job, const kd_queue_job *state, const planned *p,
                       const char *script)
{
    kd_str         out = KD_STR_INIT;
    kd_json_writer w;

    kd_json_start(&w, &out, 2);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "job", job);
    kd_json_put_text(&w, "state", state != NULL ? state->word : NULL);
    kd_json_put_int(&w, "cells_to_do", (int64_t)(p->sum.cells - p->sum.cells_done));
    kd_json_put_real(&w, "core_hours", p->sum.all.core_s / 3600);
    kd_json_put_text(&w, "shape", kd_slurm_shape_word(p->slurm.shape));
    kd_json_put_int(&w, "cores", p->size.cores);
    kd_json_put_real(&w, "wall_s", p->size.wall_s);
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

/* A chain: each waits for the one before it. */
static kd_status hand_in_successors(const kd_store *store, const char *job, int links,
                                    const kd_str *script, kd_error *err)
{
    char      last[64], next[64];
    kd_status status = KD_OK;
    snprintf(last, sizeof last, "%s", job);
    for (int i = 0; status == KD_OK && i < links; i++) {
        status = kd_submit(next, sizeof next, script->text, last, KD_SUBMIT_MOST_S, err);
        if (status == KD_OK) status = kd_jobs_add(store, next, err);
        memcpy(last, next, sizeof last);
    }
    return status;
}

/* The number goes to stdout by itself, so that a script can take it. */
static kd_status hand_in(const options *o, planned *p, const kd_str *script, kd_error *err)
{
    kd_queue_job state;
    char         job[64];
    kd_status    status = kd_session_make(&p->session, o->store, err);

    if (status != KD_OK) return status;
    const kd_store *store = p->session.store;
    if (!o->joins) status = expect_no_other(store, err);
    if (status == KD_OK) status = keep_script(o, script, err);
    if (status == KD_OK)
        status = kd_submit(job, sizeof job, script->text, NULL, KD_SUBMIT_MOST_S, err);
    if (status == KD_OK) status = kd_jobs_add(store, job, err);
    if (status == KD_OK) status = hand_in_successors(store, job, p->slurm.links, script, err);
    if (status != KD_OK) return status;
    kd_queue_ask(&state, job);
    if (o->as_json)
        print_json(job, &state, p, script->text);
    else
        puts(job);
    kd_log_info("job %s is %s%s%s", job, state.word, state.reason[0] != '\0' ? ": " : "",
                state.reason);
    return KD_OK;
}

static kd_status submit(const options *o, kd_error *err)
{
    planned   p = { .site = kd_site_find() };
    kd_str    script = KD_STR_INIT;
    kd_status status = plan_it(&p, o, err);

    if (status == KD_OK) status = write_script(&script, o, &p, err);
    if (status == KD_OK) tell_plan(&p);
    if (status == KD_OK && o->is_dry) {
        if (o->as_json)
            print_json(NULL, NULL, &p, script.text);
        else
            fputs(script.text, stdout);
    } else if (status == KD_OK) {
        status = hand_in(o, &p, &script, err);
    }
    kd_str_fini(&script);
    kd_session_close(&p.session);
    free(p.site);
    return status;
}

static kd_status probe(const options *o, kd_error *err)
{
    const kd_cmd_probe_options site = {
        .store = o->store, .overrides = &o->overrides, .is_dry = o->is_dry, .as_json = o->as_json
    };
    return kd_cmd_probe(&site, err);
}

kd_status kd_cmd_submit(int argc, char **argv, kd_error *err)
{
    options   o = { .store = "store" };
    kd_status status = parse(&o, argc, argv, err);

    if (status == KD_OK && !o.helped) status = o.probes ? probe(&o, err) : submit(&o, err);
    free(o.overrides.items);
    return status;
}
