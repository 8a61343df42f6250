/* run.c - the options of `run`, and the order in which things are opened. */
#include "harness/dispatch/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/guard.h"
#include "harness/base/log.h"
#include "harness/cell/inputs.h"
#include "harness/child/cores.h"
#include "harness/child/stop.h"
#include "harness/config/kept.h"
#include "harness/dispatch/changes.h"
#include "harness/dispatch/launch_words.h"
#include "harness/dispatch/local.h"
#include "harness/plan/estimate.h"
#include "harness/plan/pace.h"
#include "harness/plan/session.h"
#include "harness/store/studies.h"
#include "results/study_table.h"

#define GROUND_RETRIES   5
#define REST_S           0.5
#define WORKER_SILENCE_S 20.0 /* workers speak every second */
#define CHECKPOINT_S     60.0 /* a cell saves its state at least so often */
#define JOB_MARGIN_S     30.0 /* before SLURM ends the job */

static const char about[] =
    "Run every cell of the study that the store does not have yet, and print the study's tables.\n"
    "Ended early, by a signal or a deadline, it exits with 75; the same command goes on from "
    "there.\n"
    "Without -n cells run as children of this process. With -n N they run under N MPI workers "
    "that\n"
    "this command starts; under mpirun or srun it takes part in what they started.";

kd_status kd_run_parse(kd_run_options *out, int argc, char **argv, kd_error *err)
{
    *out = (kd_run_options){ .store = "store",
                             .jobs = 1,
                             .retries = 2,
                             .grace_s = 60,
                             .silence_s = 3600,
                             .progress = "auto",
                             .chaos_seed = -1,
                             .chaos_kills = 20,
                             .members = 1,
                             .pace_s = 20 };
    const kd_arg table[] = {
        { 'n', "workers", KD_ARG_INT, &out->workers, "N", "start N MPI workers" },
        { 'j', "jobs", KD_ARG_INT, &out->jobs, "N", "without MPI: run N cells at a time (1)" },
        KD_ARG_STORE(out->store),
        KD_ARG_PROFILE(out->profile),
        KD_ARG_DEFINE(out->overrides),
        { 0, "retries", KD_ARG_INT, &out->retries, "N", "tries after a cell's first failure (2)" },
        { 0, "retry-failed", KD_ARG_FLAG, &out->retries_failed, NULL,
          "also cells whose loss diverged in an earlier run" },
        { 0, "memory", KD_ARG_INT, &out->memory_mb, "MB", "memory that a cell may take" },
        { 0, "time-limit", KD_ARG_REAL, &out->time_s, "SECONDS", "time that a cell may take" },
        { 0, "silence", KD_ARG_REAL, &out->silence_s, "SECONDS",
          "a cell that says nothing for so long hangs (3600; 0 for never)" },
        { 0, "grace", KD_ARG_REAL, &out->grace_s, "SECONDS",
          "time to reach a safe point when asked to stop (60)" },
        { 0, "deadline", KD_ARG_TEXT, &out->deadline, "TIME",
          "stop by then: seconds or H:MM:SS from now (SLURM's end time)" },
        { 0, "progress", KD_ARG_TEXT, &out->progress, "STYLE",
          "bar, lines, json, none, or auto: a bar on a terminal", "bar lines json none auto" },
        { 0, "group", KD_ARG_TEXT, &out->group, "NAME",
          "give the store to this group, to read and write" },
        { 0, "keep-work", KD_ARG_FLAG, &out->keeps_work, NULL, "keep logs of cells that succeed" },
        { 0, "elastic", KD_ARG_INT, &out->elastic, "MAX",
          "in a SLURM job: hand in STORE.sbatch again while cells wait, up to MAX jobs" },
        { 0, "pace", KD_ARG_INT, &out->pace_s, "SECONDS",
          "with --elastic: between looks at the pool (20)" },
        { 0, "chaos", KD_ARG_INT, &out->chaos_seed, "SEED",
          "run it in a new store while harm is done to it that follows from the seed, and compare "
          "with an undisturbed run" },
        { 0, "kills", KD_ARG_INT, &out->chaos_kills, "N", "with --chaos: how many kills (20)" },
        { 0, "members", KD_ARG_INT, &out->members, "N",
          "with --chaos: N runs at a time that share the store (1)" },
        { 0, "chaos-kinds", KD_ARG_TEXT, &out->chaos_kinds, "KINDS",
          "with --chaos: of kill,stop,tear,fill,clock,power (all)" },
        KD_ARG_END
    };
    kd_args   args = { .verb = "run",
                       .usage = "EXPERIMENT.cfg [-n WORKERS] [--store DIR]",
                       .about = about,
                       .table = table };
    kd_status status = kd_args_parse(&args, argc, argv, err);
    out->helped = args.helped;
    if (status == KD_OK && !args.helped && (status = kd_args_expect(&args, 1, 1, err)) == KD_OK) {
        out->experiment = args.words[0];
        if (out->workers < 0 || out->jobs < 1 || out->retries < 0 || out->memory_mb < 0 ||
            out->chaos_seed < -1 || out->chaos_kills < 1 || out->elastic < 0 || out->members < 1 ||
            out->members > 64 || out->pace_s < 1)
            status =
                kd_fail(err, KD_EUSAGE,
                        "run: --workers, --retries, --memory, --elastic and --chaos are 0 or more, "
                        "--jobs, --pace and --kills 1 or more, --members 1 to 64");
    }
    return status;
}

void kd_run_options_fini(kd_run_options *options)
{
    free(options->overrides.items);
}

char *kd_run_program(const char *name)
{
    char    self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length > 0) {
        self[length] = 0;
        char *folder = kd_fs_folder(self);
        char *program = kd_fs_join(folder, name);
        free(folder);
        if (access(program, X_OK) == 0) return program;
        free(program);
    }
    return kd_strdup(name);
}

/* ---- the deadline ---- */

/* "90", "1:30", "24:00:00": seconds from now. */
static bool parse_span(const char *text, double *out)
{
    double total = 0, part;
    char  *copy = kd_strdup(text), *rest = copy, *word;
    bool   is_good = true;
    while (is_good && (word = strsep(&rest, ":"))) {
        is_good = kd_parse_real(word, &part) && part >= 0;
        total = total * 60 + part;
    }
    free(copy);
    *out = total;
    return is_good;
}

/* On kd_clock_s; 0 for none. */
static kd_status find_deadline(const char *text, double *out, kd_error *err)
{
    double      span_s, end_s;
    const char *job_end = getenv("SLURM_JOB_END_TIME");
    *out = 0;
    if (text) {
        if (!parse_span(text, &span_s))
            return kd_fail(err, KD_EUSAGE, "--deadline: expected seconds or H:MM:SS, found %s",
                           text);
        *out = kd_clock_s() + span_s;
    } else if (job_end && kd_parse_real(job_end, &end_s)) {
        *out = kd_clock_s() + end_s - kd_clock_unix_s() - JOB_MARGIN_S;
    }
    return KD_OK;
}

/* ---- open ---- */

static kd_status open_site(kd_run *run, const kd_run_options *options, kd_error *err)
{
    kd_status status = KD_OK;
    run->options = options;
    run->program = kd_run_program("kdgrid");
    if (options->group) status = kd_store_share(run->store, options->group, err);
    run->site = (kd_site){ .store = run->store,
                           .program = run->program,
                           .grace_s = options->grace_s,
                           .keeps_work = options->keeps_work,
                           .nursery = kd_attempt_nursery(run->program) };
    return status;
}

/* A malformed corpus is found before anything is made, not by the first cell. A coordinator that
 * was launched need not look: the launcher has. */
static kd_status check_inputs(const kd_run *run, kd_error *err)
{
    if (kd_launch_is_watched()) return KD_OK;
    kd_status status = kd_study_tables_check(run->study, err);
    return status == KD_OK ? kd_inputs_check(run->plan, err) : status;
}

static void keep_study(const kd_run *run, const kd_plan *plan)
{
    const kd_study *study = kd_plan_study(plan);
    size_t          count = kd_grid_count(kd_study_grid(study));
    kd_id          *ids = kd_alloc(count + 1, sizeof *ids);
    kd_str          text = KD_STR_INIT;
    kd_error        why;
    for (size_t i = 0; i < count; i++) ids[i] = kd_plan_id_of_cell(plan, i);
    kd_kept_write(&text, study, ids);
    if (kd_studies_put(run->store, text.text, text.length, &why) != KD_OK)
        kd_log_warning("%s; the store will not print this study's tables by itself", why.text);
    kd_str_fini(&text);
    free(ids);
}

/* So that the store prints the study's tables wherever it goes, and those of the studies that it stands on; no run ends
 * because that cannot be had. The study itself comes last: it is the latest. */
static void keep_studies(const kd_run *run)
{
    size_t count = 0;
    while (kd_plan_of_study(run->plan, count)) count++;
    while (count-- > 0) keep_study(run, kd_plan_of_study(run->plan, count));
}

static kd_status open_all(kd_run *run, const kd_run_options *options, kd_error *err)
{
    kd_progress_style style;
    kd_session        session;
    kd_study_options  study = { .profile = options->profile, .overrides = options->overrides };
    kd_status         status = kd_progress_parse(&style, options->progress, stderr, err);
    if (status != KD_OK) return status;
    status = kd_session_open(&session, options->experiment, &study, options->store,
                             KD_SESSION_MAKES, err);
    run->study = session.study;
    run->plan = session.plan;
    if (status == KD_OK) status = check_inputs(run, err);
    if (status == KD_OK) status = kd_session_make(&session, options->store, err);
    run->store = session.store;
    if (status == KD_OK) status = open_site(run, options, err);
    if (status != KD_OK) return status;
    if (!kd_launch_is_watched()) keep_studies(run); /* else the launcher has */
    for (size_t n = 0; n < kd_plan_count(run->plan); n++)
        run->needed += kd_plan_node_at(run->plan, n)->is_needed;
    run->progress = kd_progress_create(style, stderr);
    return KD_OK;
}

kd_status kd_run_open(kd_run *out, const kd_run_options *options, kd_error *err)
{
    double begun_s = kd_clock_s();
    *out = (kd_run){ 0 };
    kd_status status = open_all(out, options, err);
    out->opening_s = kd_clock_s() - begun_s;
    if (status != KD_OK) kd_run_close(out);
    return status;
}

void kd_run_close(kd_run *run)
{
    kd_nursery_destroy(run->site.nursery);
    kd_progress_destroy(run->progress);
    kd_plan_destroy(run->plan);
    kd_store_close(run->store);
    kd_study_close(run->study);
    free(run->program);
    *run = (kd_run){ 0 };
}

static kd_status describe_changes(void *user, kd_error *err)
{
    const kd_run *run = user;
    kd_str        text = KD_STR_INIT;
    kd_status     status =
        kd_changes_describe(&text, run->store, run->plan, kd_study_name(run->study), err);
    if (status == KD_OK) kd_log_warnings(text.text);
    kd_str_fini(&text);
    return status;
}

/* For people only: a journal that cannot be read is left to the sweep to complain about, and an object
 * that crashes its reader, in a child, to whoever needs it. */
static void tell_changes(const kd_run *run)
{
    kd_guard_one(describe_changes, (void *)run, NULL);
}

/* What finished nodes take corrects it while the run goes on. */
static kd_status estimate(const kd_run *run, kd_error *err)
{
    kd_machine machine;
    kd_machine_get(&machine);
    return kd_plan_estimate(run->plan, &machine, NULL, err);
}

kd_status kd_run_sweep(const kd_run *run, int workers, kd_sweep **out, kd_error *err)
{
    const kd_run_options *o = run->options;
    kd_elastic_rules      pool = { .most = o->elastic, .pace_s = o->pace_s };
    kd_sweep_options      options = { .store = run->store,
                                      .work = kd_work_of_plan(run->plan),
                                      .name = kd_study_name(run->study),
                                      .workers = workers,
                                      .progress = run->progress,
                                      .memory_bytes = (int64_t)o->memory_mb << 20,
                                      .time_s = o->time_s,
                                      .silence_s = o->silence_s,
                                      .retries_failed = o->retries_failed,
                                      .elastic = o->elastic > 0 ? &pool : NULL };
    options.rules = (kd_ledger_rules){ .own_retries = o->retries,
                                       .ground_retries = GROUND_RETRIES,
                                       .rest_s = REST_S,
                                       .silence_s = WORKER_SILENCE_S,
                                       .checkpoint_s = CHECKPOINT_S };
    kd_status status = find_deadline(o->deadline, &options.rules.deadline_s, err);
    if (status == KD_OK) status = estimate(run, err);
    if (status == KD_OK) tell_changes(run);
    return status == KD_OK ? kd_sweep_open(out, &options, err) : status;
}

/* Without MPI all ranks of a cell are on this machine. */
static kd_status check_ranks(const kd_run *run, kd_error *err)
{
    char    there[64];
    kd_work work = kd_work_of_plan(run->plan);
    int     cores = kd_cores_here().count;
    snprintf(there, sizeof there, "this machine has %d", cores);
    for (size_t n = 0; n < work.count; n++) {
        kd_work_item item = work.item(work.self, n);
        if (item.is_needed && item.ranks > 1 && item.threads > cores)
            return work.refuse(work.self, n, there, err);
    }
    return KD_OK;
}

kd_status kd_run_alone(const kd_run *run, kd_error *err)
{
    kd_sweep *sweep;
    int       jobs = run->options->jobs;
    kd_status status = check_ranks(run, err);
    if (status != KD_OK) return status;
    kd_stop_install();
    kd_nursery_warm(run->site.nursery);
    status = kd_run_sweep(run, jobs, &sweep, err);
    if (status != KD_OK) return status;
    kd_local_run(sweep, &run->site, jobs);
    return kd_sweep_close(sweep, err);
}
