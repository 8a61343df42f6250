/* pool.c - `kdgrid bench pool`: members of one store, and what sharing it costs them.
 *
 *     members --fork--> each its own sweep over the same cells: take, sleep, leave an object, take, ...
 *     here              `kdgrid status` of the store again and again meanwhile
 *
 * A cell sleeps: what is measured is what lies between cells, and a machine need not have as many cores
 * as there are members. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/args.h"
#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/cmd/bench/bench.h"
#include "harness/cmd/bench/figures.h"
#include "harness/cmd/bench/trial.h"
#include "harness/dispatch/sweep.h"

#define LOOK_S 1.0 /* between two looks at the store */

typedef struct {
    int    members, cells, repeats;
    double seconds;
    bool   as_json;
} pool_options;

enum { RATE, WAITED, CPU, STATUS, STATUS_CPU, FIGURES };

static const kd_figure blank[FIGURES] = {
    [RATE] = { "claims_per_s", "cells claimed and brought to their end", "cells/s" },
    [WAITED] = { "waited_pct", "members' time that is not spent in cells", "%" },
    [CPU] = { "cpu_ms", "members' processor time for each cell", "ms" },
    [STATUS] = { "status_s", "kdgrid status meanwhile", "s" },
    [STATUS_CPU] = { "status_cpu_s", "  of which processor time", "s" },
};

/* ---- a member ---- */

/* What a member tells in the end. */
typedef struct {
    int    cells;
    double wall_s, cpu_s;
    double cells_s; /* in cells, as the clock says */
} account;

/* What a cell leaves, as far as a sweep looks at it. */
static void leave_object(const kd_store *store, kd_id id)
{
    char *path = kd_store_object_path(store, id);
    int   fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0) close(fd);
    free(path);
}

static void run_cell(kd_sweep *sweep, const kd_store *store, const kd_assignment *cell,
                     double seconds, account *out)
{
    kd_outcome outcome = { .is_done = true, .wall_s = seconds, .point = KD_PROGRESS_POINT_INIT };
    double     begin_s = kd_clock_s();
    if (seconds > 0) kd_sleep_s(seconds);
    out->cells++;
    out->cells_s +=
        kd_clock_s() - begin_s; /* it is not to blame for a machine that wakes it late */
    leave_object(store, cell->id);
    kd_sweep_result(sweep, 0, cell->lease, &outcome, kd_clock_s());
}

/* Until what rests or is elsewhere wakes, or records are to be written. */
static void wait_beside(const kd_sweep *sweep)
{
    double wakes_s = kd_ledger_wakes_s(kd_sweep_ledger(sweep)), most_s = 0.2;
    if (wakes_s > 0) most_s = fmin(most_s, wakes_s - kd_clock_s());
    kd_sleep_s(fmax(0.001, fmin(most_s, kd_sweep_due_s(sweep))));
}

static void work(kd_sweep *sweep, const kd_store *store, double seconds, account *out)
{
    kd_assignment cell;
    double        begin_s = kd_clock_s(), begin_cpu_s = kd_clock_cpu_s();
    kd_sweep_hear(sweep, 0, begin_s);
    kd_sweep_seat(sweep, 0, 0, 1);
    while (!kd_sweep_is_over(sweep)) {
        kd_sweep_tick(sweep, kd_clock_s());
        if (kd_sweep_next(sweep, 0, kd_clock_s(), &cell)) {
            run_cell(sweep, store, &cell, seconds, out);
        } else if (!kd_sweep_is_over(sweep)) {
            wait_beside(sweep);
        }
        kd_sweep_commit(sweep, false);
    }
    out->wall_s = kd_clock_s() - begin_s;
    out->cpu_s = kd_clock_cpu_s() - begin_cpu_s;
}

static kd_status be_member(const pool_options *o, const kd_store *store, kd_trial *trial,
                           account *out, kd_error *err)
{
    kd_sweep        *sweep;
    kd_progress     *progress = kd_progress_create(KD_PROGRESS_NONE, stderr);
    kd_sweep_options options = { .store = store,
                                 .work = kd_work_of_trial(trial),
                                 .name = "pool",
                                 .workers = 1,
                                 .progress = progress,
                                 .rules = { .silence_s = 60, .rest_s = 0.5, .checkpoint_s = 60 } };
    kd_status        status = kd_sweep_open(&sweep, &options, err);
    if (status == KD_OK) {
        work(sweep, store, o->seconds, out);
        status = kd_sweep_close(sweep, err);
    }
    kd_progress_destroy(progress);
    return status;
}

/* ---- all of them ---- */

typedef struct {
    pid_t pid;
    int   end; /* of a pipe, through which its account comes */
} member;

/* Each begins when the pipe `start` is closed. */
static kd_status start_member(member *m, const pool_options *o, const kd_store *store,
                              kd_trial *trial, const int start[2], kd_error *err)
{
    int pipe_of[2];
    if (pipe2(pipe_of, O_CLOEXEC) != 0) return kd_fail(err, KD_EIO, "bench pool: no pipe");
    *m = (member){ fork(), pipe_of[0] };
    if (m->pid != 0) {
        close(pipe_of[1]);
        return m->pid > 0 ? KD_OK : kd_fail(err, KD_EIO, "bench pool: no process");
    }
    account a = { .cells = 0 };
    char    go;
    close(start[1]);
    if (read(start[0], &go, 1) < 0) _exit(1);
    kd_status status = be_member(o, store, trial, &a, err);
    if (status != KD_OK) fprintf(stderr, "kdgrid: error: bench pool: %s\n", err->text);
    if (write(pipe_of[1], &a, sizeof a) != (ssize_t)sizeof a) _exit(1);
    _exit(kd_status_exit(status));
}

static kd_status end_member(member *m, account *sum, double *longest_s, kd_error *err)
{
    account a;
    int     how;
    bool    told = read(m->end, &a, sizeof a) == (ssize_t)sizeof a;
    close(m->end);
    if (waitpid(m->pid, &how, 0) != m->pid || !told || how != 0)
        return kd_fail(err, KD_EFAILED, "bench pool: a member did not come to its end");
    sum->cells += a.cells;
    sum->wall_s += a.wall_s;
    sum->cells_s += a.cells_s;
    sum->cpu_s += a.cpu_s;
    *longest_s = fmax(*longest_s, a.wall_s);
    return KD_OK;
}

/* Whether the first of them is still at work. */
static bool goes_on(const member *first)
{
    siginfo_t info = { .si_pid = 0 };
    return waitid(P_PID, (id_t)first->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
}

/* Of processes that were waited for: members are not, before the end. */
static double waited_cpu_s(void)
{
    struct rusage all;
    getrusage(RUSAGE_CHILDREN, &all);
    return (double)(all.ru_utime.tv_sec + all.ru_stime.tv_sec) +
           1e-6 * (double)(all.ru_utime.tv_usec + all.ru_stime.tv_usec);
}

static kd_status watch(const member *first, const char *folder, kd_figure *figures, kd_error *err)
{
    char             *store = kd_fs_join(folder, "store"), *output = kd_fs_join(folder, "out");
    const char *const words[] = { "status", store, NULL };
    kd_status         status = KD_OK;
    for (kd_sleep_s(LOOK_S); status == KD_OK && goes_on(first); kd_sleep_s(LOOK_S)) {
        kd_verb_cost cost;
        double       before_s = waited_cpu_s();
        if ((status = kd_bench_verb(words, output, &cost, err)) != KD_OK) break;
        kd_figure_add(&figures[STATUS], cost.seconds);
        kd_figure_add(&figures[STATUS_CPU], waited_cpu_s() - before_s);
    }
    free(store);
    free(output);
    return status;
}

static kd_status run_pool(const pool_options *o, const char *folder, const kd_store *store,
                          kd_trial *trial, kd_figure *figures, kd_error *err)
{
    int       start[2], begun = 0;
    account   sum = { .cells = 0 };
    double    longest_s = 0;
    member   *members = kd_alloc((size_t)o->members, sizeof *members);
    kd_status status =
        pipe2(start, O_CLOEXEC) == 0 ? KD_OK : kd_fail(err, KD_EIO, "bench pool: no pipe");
    for (; begun < o->members && status == KD_OK; begun++)
        status = start_member(&members[begun], o, store, trial, start, err);
    close(start[0]);
    close(start[1]);
    if (status == KD_OK) status = watch(&members[0], folder, figures, err);
    for (int i = 0; i < begun; i++) {
        kd_status one = end_member(&members[i], &sum, &longest_s, status == KD_OK ? err : NULL);
        if (status == KD_OK) status = one;
    }
    free(members);
    if (status != KD_OK) return status;
    if (sum.cells != o->cells)
        return kd_fail(err, KD_EFAILED, "bench pool: %d cells were done %d times", o->cells,
                       sum.cells);
    kd_figure_add(&figures[RATE], sum.cells / longest_s);
    kd_figure_add(&figures[WAITED], 100 * (1 - sum.cells_s / sum.wall_s));
    kd_figure_add(&figures[CPU], 1000 * sum.cpu_s / sum.cells);
    return KD_OK;
}

static kd_trial *make_trial(const pool_options *o)
{
    kd_trial_cell *cells = kd_alloc((size_t)o->cells, sizeof *cells);
    for (int i = 0; i < o->cells; i++)
        cells[i] = (kd_trial_cell){ .seconds = o->seconds,
                                    .cost_s = fmax(o->seconds, 0.001),
                                    .cores = 1,
                                    .input = -1,
                                    .leaves_object = true };
    kd_trial *trial = kd_trial_create(cells, (size_t)o->cells);
    free(cells);
    return trial;
}

/* The folders of objects are there, as after the first cells of a study. */
static kd_status make_store(kd_store **out, const char *folder, const pool_options *o,
                            kd_trial *trial, kd_error *err)
{
    char     *path = kd_fs_join(folder, "store");
    kd_work   all = kd_work_of_trial(trial);
    kd_status status = kd_store_open(out, path, KD_STORE_CREATE, err);
    for (int i = 0; i < o->cells && status == KD_OK; i++)
        status = kd_store_make_shard(*out, all.item(all.self, (size_t)i).id, err);
    free(path);
    return status;
}

static kd_status bench(const pool_options *o, kd_figure *figures, kd_error *err)
{
    char     *folder = NULL;
    kd_store *store = NULL;
    kd_trial *trial = make_trial(o);
    kd_status status = kd_bench_folder(&folder, err);
    if (status == KD_OK) status = make_store(&store, folder, o, trial, err);
    if (status == KD_OK) status = run_pool(o, folder, store, trial, figures, err);
    kd_store_close(store);
    kd_trial_destroy(trial);
    if (folder) kd_fs_remove(folder, NULL);
    free(folder);
    return status;
}

kd_status kd_bench_pool(int argc, char **argv, kd_error *err)
{
    pool_options o = { .members = 8, .cells = 10000, .repeats = 1, .seconds = 0.1 };
    const kd_arg table[] = { { 0, "members", KD_ARG_INT, &o.members, "N", "of the store (8)" },
                             { 0, "cells", KD_ARG_INT, &o.cells, "N", "for all of them (10000)" },
                             { 0, "seconds", KD_ARG_REAL, &o.seconds, "S",
                               "that each cell sleeps (0.1)" },
                             { 0, "repeats", KD_ARG_INT, &o.repeats, "N", "of the bench (1)" },
                             KD_ARG_JSON(o.as_json),
                             KD_ARG_END };
    kd_args      args = { "bench pool", "[OPTION]...",
                          "How many cells a second several members of one store take, what sharing it "
                               "costs them,\nand how long `kdgrid status` takes beside them. Cells sleep.",
                          table };
    kd_figure    figures[FIGURES];
    for (int i = 0; i < FIGURES; i++) figures[i] = blank[i];
    kd_status status = kd_args_parse(&args, argc, argv, err);
    if (status != KD_OK || args.helped) return status;
    if (o.members < 1 || o.cells < 1 || o.repeats < 1 || !(o.seconds >= 0))
        return kd_fail(err, KD_EUSAGE, "bench pool: expected numbers of 1 or more");
    for (int i = 0; i < o.repeats && status == KD_OK; i++) status = bench(&o, figures, err);
    if (status == KD_OK) kd_figures_print(figures, FIGURES, o.as_json);
    return status;
}
