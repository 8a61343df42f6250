/* dispatch.c - `kdgrid bench dispatch`: cells a second, and what is lost between them.
 *
 * Ranks are started under mpirun as `kdgrid run -n` does; ranks.c is what they do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/args.h"
#include "harness/base/fs.h"
#include "harness/base/process.h"
#include "harness/cmd/bench/bench.h"
#include "harness/cmd/bench/figures.h"
#include "harness/dispatch/run.h"

#define LONGEST_S 600

typedef struct {
    int         ranks, repeats, processes, cells;
    double      seconds;
    const char *only;
    bool        as_json;
} dispatch_options;

enum { PROCESS, IDLE, IN_CELLS, MAKESPAN, FIGURES };

static const kd_figure blank[FIGURES] = {
    [PROCESS] = { "process_per_s", "no-op cells as processes", "cells/s" },
    [IDLE] = { "idle_cpu_pct", "coordinator beside busy workers", "% core" },
    [IN_CELLS] = { "in_cells_pct", "worker time spent in cells", "%" },
    [MAKESPAN] = { "makespan_over_best_pct", "makespan of a mixed grid above the best", "%" },
};

/* One line of rank 0, "name value" in pairs. */
typedef struct {
    double wall_s, cpu_s, cells_s, best_s;
} outcome;

static kd_status parse_outcome(outcome *out, const char *text, kd_error *err)
{
    if (sscanf(text, "wall_s %lf coordinator_cpu_s %lf cells_s %lf best_s %lf", &out->wall_s,
               &out->cpu_s, &out->cells_s, &out->best_s) == 4)
        return KD_OK;
    return kd_fail(err, KD_EFAILED, "bench dispatch: the ranks said: %s", text);
}

static kd_status run_ranks(const char *work, const char *store, int ranks, int cells,
                           double seconds, outcome *out, kd_error *err)
{
    char           count[16], number[16], length[32], how[64];
    char          *program = kd_run_program("kdgrid-mpi");
    kd_str         said = KD_STR_INIT, trouble = KD_STR_INIT;
    kd_process_end end;
    snprintf(count, sizeof count, "%d", ranks);
    snprintf(number, sizeof number, "%d", cells);
    snprintf(length, sizeof length, "%g", seconds);
    const char *const argv[] = { "mpirun",    "-q",   "-n",    count,   "--oversubscribe",
                                 "--bind-to", "none", program, "bench", work,
                                 store,       number, length,  NULL };
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    kd_status status = kd_process_capture(argv, LONGEST_S, &said, &trouble, &end, err);
    if (status == KD_ENOINPUT)
        status = kd_fail(err, KD_EUNAVAILABLE, "mpirun is not here (Debian: openmpi-bin)");
    if (status == KD_OK && (!end.exited || end.code != 0))
        status = kd_fail(err, KD_EFAILED, "bench dispatch: mpirun %s: %s: %s", program,
                         kd_process_end_words(how, sizeof how, &end),
                         trouble.length ? trouble.text : "it said nothing");
    if (status == KD_OK) status = parse_outcome(out, said.text, err);
    kd_str_fini(&said);
    kd_str_fini(&trouble);
    free(program);
    return status;
}

static bool is_wanted(const dispatch_options *o, const char *work)
{
    return !o->only || strcmp(o->only, work) == 0;
}

/* ---- the three of them, once ---- */

static kd_status time_processes(const dispatch_options *o, const char *store, kd_figure *f,
                                kd_error *err)
{
    outcome   r;
    kd_status status = run_ranks("process", store, o->ranks, o->processes, 0, &r, err);
    if (status == KD_OK) kd_figure_add(&f[PROCESS], o->processes / r.wall_s);
    return status;
}

static int core_count(void)
{
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

static kd_status time_busy(const dispatch_options *o, const char *store, kd_figure *f,
                           kd_error *err)
{
    outcome   r;
    int       workers = core_count();
    kd_status status =
        run_ranks("busy", store, workers + 1, o->cells * workers, o->seconds, &r, err);
    if (status != KD_OK) return status;
    kd_figure_add(&f[IDLE], 100 * r.cpu_s / r.wall_s);
    kd_figure_add(&f[IN_CELLS], 100 * r.cells_s / (r.wall_s * workers));
    return KD_OK;
}

static kd_status time_mixed(const dispatch_options *o, const char *store, kd_figure *f,
                            kd_error *err)
{
    outcome   r;
    int       workers = core_count();
    kd_status status =
        run_ranks("mixed", store, workers + 1, o->cells * workers, o->seconds, &r, err);
    if (status == KD_OK) kd_figure_add(&f[MAKESPAN], 100 * (r.wall_s / r.best_s - 1));
    return status;
}

typedef kd_status (*timer)(const dispatch_options *o, const char *store, kd_figure *f,
                           kd_error *err);

static const struct {
    const char *work;
    timer       time;
} trials[] = { { "process", time_processes }, { "busy", time_busy }, { "mixed", time_mixed } };

/* Each in a new store. */
static kd_status time_all(const dispatch_options *o, kd_figure *figures, kd_error *err)
{
    kd_status status = KD_OK;
    for (size_t t = 0; t < sizeof trials / sizeof *trials && status == KD_OK; t++)
        for (int i = 0; i < o->repeats && is_wanted(o, trials[t].work) && status == KD_OK; i++) {
            char *folder = NULL;
            status = kd_bench_folder(&folder, err);
            if (status != KD_OK) break;
            status = trials[t].time(o, folder, figures, err);
            kd_fs_remove(folder, NULL);
            free(folder);
        }
    return status;
}

kd_status kd_bench_dispatch(int argc, char **argv, kd_error *err)
{
    dispatch_options o = { .ranks = 4, .repeats = 3, .processes = 4000, .cells = 10, .seconds = 1 };
    const kd_arg     table[] = {
            { 'n', "ranks", KD_ARG_INT, &o.ranks, "N", "of the no-op bench (4)" },
            { 0, "processes", KD_ARG_INT, &o.processes, "N", "no-op cells as processes (4000)" },
            { 0, "cells", KD_ARG_INT, &o.cells, "N", "cells that compute, for each core (10)" },
            { 0, "seconds", KD_ARG_REAL, &o.seconds, "S", "that each of them computes (1)" },
            { 0, "repeats", KD_ARG_INT, &o.repeats, "N", "of each bench (3)" },
            { 0, "only", KD_ARG_TEXT, &o.only, "WORK", "process, busy or mixed", "process busy mixed" },
            KD_ARG_JSON(o.as_json),
            KD_ARG_END
    };
    kd_args   args = { "bench dispatch", "[OPTION]...",
                       "How many cells a second go through coordinator, journal and workers, and\n"
                         "how much of the workers' time is left for them. Starts mpirun.",
                       table };
    kd_figure figures[FIGURES];
    memcpy(figures, blank, sizeof figures);
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if (o.ranks < 2 || o.repeats < 1 || o.processes < 1 || o.cells < 1)
        return kd_fail(err, KD_EUSAGE, "bench dispatch: expected numbers of 1 or more, ranks 2");
    status = time_all(&o, figures, err);
    if (status == KD_OK) kd_figures_print(figures, FIGURES, o.as_json);
    return status;
}
