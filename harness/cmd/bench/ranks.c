/* ranks.c - a made-up study for real ranks, and what its journal says afterwards. */
#include "harness/cmd/bench/ranks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/base/rng.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "harness/child/cores.h"
#include "harness/child/stop.h"
#include "harness/cmd/bench/trial.h"
#include "harness/dispatch/coordinator.h"
#include "harness/dispatch/ranks.h"
#include "harness/dispatch/run.h"
#include "harness/dispatch/worker.h"
#include "harness/store/journal.h"

typedef enum {
#define X(name, word) WORK_##name,
    KD_TRIALS(X)
#undef X
        WORK_COUNT
} work_kind;

static const char *const work_words[WORK_COUNT] = {
#define X(name, word) [WORK_##name] = word,
    KD_TRIALS(X)
#undef X
};

typedef struct {
    work_kind   work;
    const char *store;
    size_t      cells;
    double      seconds;
} request;

static kd_status parse(request *out, int argc, char **argv, kd_error *err)
{
    long long cells = 0;
    *out = (request){ .work = WORK_COUNT };
    if (argc == 5)
        for (int i = 0; i < WORK_COUNT; i++)
            if (strcmp(argv[1], work_words[i]) == 0) out->work = (work_kind)i;
    if (out->work == WORK_COUNT || !kd_parse_int(argv[3], &cells) || cells < 1 ||
        !kd_parse_real(argv[4], &out->seconds))
        return kd_fail(err, KD_EUSAGE, "bench: expected WORK STORE CELLS SECONDS");
    out->store = argv[2];
    out->cells = (size_t)cells;
    return KD_OK;
}

/* ---- made-up cells ---- */

typedef KD_VEC(kd_trial_cell) cells;

/* As a study has them: one cell in eight is what the seven after it stand on, and takes longer;
 * one in ten wants two cores. Costs are guessed three times too low. */
static kd_trial_cell mixed_cell(const request *r, size_t number, kd_rng *rng)
{
    bool          is_base = number % 8 == 0;
    double        seconds = r->seconds * (0.2 + 1.3 * kd_rng_uniform(rng)) * (is_base ? 2 : 1);
    kd_trial_cell cell = { .seconds = seconds,
                           .cost_s = seconds / 3,
                           .cores = number % 10 == 9 ? 2 : 1,
                           .kind = is_base,
                           .input = is_base ? -1 : (int32_t)(number / 8 * 8) };
    return cell;
}

static void make_cells(const request *r, cells *out)
{
    kd_rng rng = kd_rng_root(7);
    for (size_t n = 0; n < r->cells; n++) {
        kd_trial_cell cell = { .seconds = r->work == WORK_PROCESS ? 0 : r->seconds,
                               .cost_s = r->work == WORK_PROCESS ? 0.001 : r->seconds,
                               .cores = 1,
                               .input = -1 };
        kd_vec_push(out, r->work == WORK_MIXED ? mixed_cell(r, n, &rng) : cell);
    }
}

/* No order of work ends sooner: all cores full, or the longest chain. */
static double best_s(const cells *c, int cores)
{
    double work_s = 0, longest_s = 0;
    for (size_t n = 0; n < c->count; n++) {
        const kd_trial_cell *cell = &c->items[n];
        double               below_s = cell->input >= 0 ? c->items[cell->input].seconds : 0;
        work_s += cell->seconds * (cell->cores < cores ? cell->cores : cores);
        longest_s = fmax(longest_s, cell->seconds + below_s);
    }
    return fmax(work_s / cores, longest_s);
}

/* ---- what the journal says ---- */

typedef struct {
    size_t done;
    double seconds; /* of all of them */
} journaled;

static kd_status add_record(void *user, const kd_journal_entry *entry, kd_error *err)
{
    (void)err;
    journaled *j = user;
    if (entry->type != KD_JOURNAL_DONE) return KD_OK;
    j->done++;
    j->seconds += entry->value;
    return KD_OK;
}

/* ---- rank 0 ---- */

typedef struct {
    double wall_s, cpu_s;
} spent;

static kd_status run_sweep(const request *r, const kd_store *store, kd_work work, int workers,
                           spent *out, bool *is_broken, kd_error *err)
{
    kd_sweep        *sweep;
    kd_progress     *progress = kd_progress_create(KD_PROGRESS_NONE, stderr);
    kd_sweep_options options = { .store = store,
                                 .work = work,
                                 .name = work_words[r->work],
                                 .workers = workers,
                                 .progress = progress,
                                 .rules = { .silence_s = 60, .rest_s = 0.5, .checkpoint_s = 60 } };
    kd_status        status = kd_sweep_open(&sweep, &options, err);
    if (status != KD_OK) {
        kd_coordinator_dismiss(workers);
    } else {
        double begin_s = kd_clock_s(), cpu_s = kd_clock_cpu_s();
        *is_broken = !kd_coordinator_run(sweep, workers);
        *out = (spent){ kd_clock_s() - begin_s, kd_clock_cpu_s() - cpu_s };
        status = kd_sweep_close(sweep, err);
    }
    kd_progress_destroy(progress);
    return status;
}

static int usable_cores(int workers)
{
    int cores = kd_cores_here().count;
    return workers < cores ? workers : cores;
}

static kd_status coordinate(const request *r, int workers, bool *is_broken, kd_error *err)
{
    kd_store *store = NULL;
    cells     made = KD_VEC_INIT;
    spent     s = { 0, 0 };
    journaled j = { 0, 0 };
    make_cells(r, &made);
    kd_trial *trial = kd_trial_create(made.items, made.count);
    kd_status status = kd_store_open(&store, r->store, KD_STORE_CREATE, err);
    if (status != KD_OK) kd_coordinator_dismiss(workers);
    if (status == KD_OK)
        status = run_sweep(r, store, kd_work_of_trial(trial), workers, &s, is_broken, err);
    if (status == KD_OK) status = kd_journal_replay(store, add_record, NULL, &j, err);
    if (status == KD_OK && j.done != r->cells)
        status = kd_fail(err, KD_EBUG, "bench: the journal has %zu of %zu cells", j.done, r->cells);
    if (status == KD_OK)
        printf("wall_s %.6f coordinator_cpu_s %.6f cells_s %.6f best_s %.6f\n", s.wall_s, s.cpu_s,
               j.seconds, best_s(&made, usable_cores(workers)));
    kd_store_close(store);
    kd_trial_destroy(trial);
    kd_vec_fini(&made);
    return status;
}

kd_status kd_bench_rank(int argc, char **argv, bool *is_broken, kd_error *err)
{
    request   r;
    int       workers = kd_ranks_count() - 1;
    kd_status status = parse(&r, argc, argv, err);
    if (status != KD_OK) return status;
    if (workers < 1) return kd_fail(err, KD_EUSAGE, "bench: expected two ranks or more");
    kd_stop_install();
    if (kd_ranks_rank() == KD_COORDINATOR) return coordinate(&r, workers, is_broken, err);
    char             *program = kd_run_program("kdgrid");
    kd_worker_options options = {
        .store = r.store, .program = program, .grace_s = 5, .is_warm = true
    };
    status = kd_worker_run(&options, is_broken, err);
    free(program);
    return status;
}
