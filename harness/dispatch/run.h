/* run.h - one `run`: its command line, and what it opens.
 *
 *     argv -> kd_run_options -> study -> store -> plan (what is done, what is needed) -> sweep
 *
 * kdgrid and kdgrid-mpi share it, so the same words mean the same in both.
 */
#ifndef KD_DISPATCH_RUN_H
#define KD_DISPATCH_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/args.h"
#include "harness/child/attempt.h"
#include "harness/config/study.h"
#include "harness/dispatch/sweep.h"
#include "harness/plan/plan.h"
#include "harness/store/store.h"

typedef struct {
    const char *experiment; /* borrowed from argv, like all texts here */
    const char *store;
    const char *profile; /* NULL for none */
    kd_arg_list overrides;
    int         workers; /* MPI workers; 0 for no MPI */
    int         jobs;    /* cells at a time without MPI */
    int         retries, memory_mb;
    double      time_s, silence_s, grace_s;
    const char *deadline;
    const char *progress;
    const char *group;                   /* that gets the store; NULL for none */
    int         chaos_seed, chaos_kills; /* a seed of -1 means none */
    int         members;                 /* runs at a time under chaos */
    const char *chaos_kinds;             /* words with commas, NULL for all */
    int         elastic, pace_s;         /* the most jobs of an elastic pool, 0 for none */
    bool        retries_failed, keeps_work, helped;
} kd_run_options;

/* Read argv. `helped`: the help page was printed and there is nothing to do. The caller calls
 * kd_run_options_fini. */
kd_status kd_run_parse(kd_run_options *out, int argc, char **argv, kd_error *err);
void      kd_run_options_fini(kd_run_options *options);

typedef struct {
    const kd_run_options *options;
    kd_study             *study;
    kd_store             *store;
    kd_plan              *plan;
    kd_progress          *progress;
    char                 *program;   /* the `kdgrid` that runs cells */
    size_t                needed;    /* nodes that have to be made */
    double                opening_s; /* what it took to open all this */
    kd_site               site;
} kd_run;

/* Read the study, open (or make) the store, plan. The caller closes the run, which borrows the
 * options. */
kd_status kd_run_open(kd_run *out, const kd_run_options *options, kd_error *err);
void      kd_run_close(kd_run *run);

/* The sweep of this run over `workers` workers. */
kd_status kd_run_sweep(const kd_run *run, int workers, kd_sweep **out, kd_error *err);

/* The whole sweep in this process, without MPI. Signals ask it to stop. */
kd_status kd_run_alone(const kd_run *run, kd_error *err);

/* The program of this name in the folder of the running one, else the bare name, which is looked up
 * in PATH. The caller frees it. */
char *kd_run_program(const char *name);

#endif
