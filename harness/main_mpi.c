/* main_mpi.c - kdgrid-mpi: `kdgrid run` (or `kdgrid bench dispatch`, or a wide `kdgrid cell`) as one rank of an MPI job.
 *
 * Nobody has to call it: `kdgrid run` starts it under mpirun, and becomes it where mpirun or srun
 * started `kdgrid run`. Rank 0 coordinates, the others work. With one rank alone the study is run
 * without MPI. Of a wide cell (harness/dispatch/wide.h) all ranks train, and rank 0 speaks. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/log.h"
#include "harness/child/stop.h"
#include "harness/cmd/bench/ranks.h"
#include "harness/cmd/bench/share.h"
#include "harness/dispatch/coordinator.h"
#include "harness/dispatch/launch_words.h"
#include "harness/dispatch/ranks.h"
#include "harness/dispatch/run.h"
#include "harness/dispatch/wide_rank.h"
#include "harness/dispatch/worker.h"

static kd_status run_sweep(const kd_run *run, int workers, bool *is_broken, kd_error *err)
{
    kd_sweep *sweep;
    kd_status status = kd_run_sweep(run, workers, &sweep, err);
    if (status != KD_OK) {
        kd_coordinator_dismiss(workers);
        return status;
    }
    *is_broken = !kd_coordinator_run(sweep, workers);
    return kd_sweep_close(sweep, err);
}

static kd_status coordinate(const kd_run_options *options, int workers, bool *is_broken,
                            kd_error *err)
{
    kd_run run;
    kd_stop_install();
    kd_launch_tell_ready();
    kd_status status = kd_run_open(&run, options, err);
    kd_launch_tell_beat();
    if (status != KD_OK) {
        kd_coordinator_dismiss(workers);
    } else {
        status = workers > 0 ? run_sweep(&run, workers, is_broken, err) : kd_run_alone(&run, err);
        kd_run_close(&run);
    }
    kd_launch_tell_end(status, err->text);
    return status;
}

static kd_status work(const kd_run_options *options, int rank, bool *is_broken, kd_error *err)
{
    char  name[32];
    char *program = kd_run_program("kdgrid");
    snprintf(name, sizeof name, "worker %d", rank);
    kd_log_set_name(name);
    kd_worker_options worker = { .store = options->store,
                                 .program = program,
                                 .grace_s = options->grace_s,
                                 .keeps_work = options->keeps_work,
                                 .is_warm = true };
    kd_status         status = kd_worker_run(&worker, is_broken, err);
    free(program);
    return status;
}

/* One mouth for what concerns all: rank 0, or whoever launched it. */
static bool is_mouth(int rank, kd_status status)
{
    if (rank == KD_COORDINATOR) return !kd_launch_is_watched();
    return status != KD_EUSAGE;
}

static kd_status bench_rank(int argc, char **argv, bool *is_broken)
{
    kd_error  err = { "" };
    bool      shares = argc > 1 && strcmp(argv[1], "share") == 0;
    kd_status status =
        shares ? kd_bench_share(argc, argv, &err) : kd_bench_rank(argc, argv, is_broken, &err);
    if (shares && status != KD_OK) *is_broken = true;
    if (status != KD_OK && kd_ranks_rank() == KD_COORDINATOR) kd_log_error("%s", err.text);
    return status;
}

static kd_status run_rank(int argc, char **argv, bool *is_broken)
{
    kd_run_options options;
    kd_error       err = { "" };
    int            rank = kd_ranks_rank();
    kd_status      status = kd_run_parse(&options, argc, argv, &err);
    if (status == KD_OK && !options.helped)
        status = rank == KD_COORDINATOR
                     ? coordinate(&options, kd_ranks_count() - 1, is_broken, &err)
                     : work(&options, rank, is_broken, &err);
    if (status != KD_OK && *err.text && is_mouth(rank, status)) kd_log_error("%s", err.text);
    kd_run_options_fini(&options);
    return status;
}

static kd_status cell_rank(int argc, char **argv, bool *is_broken)
{
    kd_error  err = { "" };
    kd_status status = kd_wide_rank(argc, argv, &err);
    *is_broken = status != KD_OK; /* this rank's end is then that of all */
    return status;
}

/* Done is done, so `kdgrid run` now has nothing to do but print; MPI's variables would make it one
 * of us again. Returns only when there is no such program. */
static void print_tables(char **words)
{
    static const char *const theirs[] = { "OMPI_COMM_WORLD_SIZE", "PMIX_NAMESPACE" };
    words[0] = kd_run_program("kdgrid");
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++) unsetenv(theirs[i]);
    execvp(words[0], words);
}

/* The words of the command line in an array of our own: parsing puts argv into another order. */
static char **copy_words(int argc, char **argv)
{
    static char quiet[] = "--progress=none";
    char      **words = kd_alloc((size_t)argc + 2, sizeof *words);
    memcpy(words, argv, (size_t)argc * sizeof *words);
    words[argc] = quiet;
    return words;
}

typedef struct {
    const char *name;
    kd_status (*rank)(int argc, char **argv, bool *is_broken);
    bool prints; /* tables, when all is done */
} verb;

static const verb *verb_of(const char *name)
{
    static const verb verbs[] = { { "run", run_rank, true },
                                  { "cell", cell_rank, false },
                                  { "bench", bench_rank, false } };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, name) == 0) return &verbs[i];
    return NULL;
}

int main(int argc, char **argv)
{
    bool        is_broken = false;
    const verb *as = verb_of(argc > 1 ? argv[1] : "");
    if (!as) {
        kd_log_error("kdgrid-mpi is started by `kdgrid run`; see `kdgrid help run`");
        return kd_status_exit(KD_EUSAGE);
    }
    char **words = copy_words(argc, argv);
    signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is an error, not an end */
    kd_launch_tell_up();
    kd_ranks_start(&argc, &argv);
    kd_status status = as->rank(argc - 1, argv + 1, &is_broken);
    bool      prints = as->prints && status == KD_OK && kd_ranks_rank() == KD_COORDINATOR &&
                  !kd_launch_is_watched();
    int code = kd_status_exit(status);
    kd_ranks_end(is_broken, code);
    fflush(NULL);
    if (prints) print_tables(words);
    free(words);
    kd_leave(code);
}
