/* sweep.h - a study on its way to its end: the ledger, the journal, the store and the progress,
 * moved together.
 *
 *     open:    join the store, look again what it has, replay the journals, adopt objects that nobody
 *              acknowledged
 *     next:    ledger.take -> is its object there by now? -> claim it -> write STORE/work/<id>/cell
 *     result:  ledger.done / failed -> journal record -> progress -> drop the claim
 *     commit:  one write, one fdatasync; only then may results be acknowledged
 *     close:   the last record, the last commit, what became of it
 *
 * Other sweeps, of other processes, may be at the same study in the same store. What one of them has claimed
 * is ELSEWHERE for this one, which looks again and again whether the object has come (it is adopted then)
 * or the claim has gone (it is taken then). So a sweep is over when all is done, whoever did it.
 *
 * Who runs the cells is not its business: the MPI coordinator and the single process both
 * drive a sweep, so a study ends in the same store whichever way it was run.
 */
#ifndef KD_DISPATCH_SWEEP_H
#define KD_DISPATCH_SWEEP_H

#include <stdbool.h>

#include "harness/child/supervise.h"
#include "harness/dispatch/elastic.h"
#include "harness/dispatch/message.h"
#include "harness/dispatch/progress.h"
#include "harness/dispatch/work.h"
#include "harness/ledger/ledger.h"
#include "harness/store/store.h"

typedef struct {
    const kd_store         *store; /* borrowed, like all pointers here, until the sweep is closed */
    kd_work                 work;
    const char             *name; /* of the study, for the journal */
    int                     workers;
    kd_ledger_rules         rules;
    kd_progress            *progress;
    int64_t                 memory_bytes; /* limits of each cell; 0 for none */
    double                  time_s, silence_s;
    bool                    retries_failed; /* also those whose loss diverged in an earlier run */
    const kd_elastic_rules *elastic; /* it grows and shrinks with the work; NULL when it does not */
} kd_sweep_options;

typedef struct kd_sweep kd_sweep;

/* KD_EIO when somebody has the store alone. */
kd_status kd_sweep_open(kd_sweep **out, const kd_sweep_options *options, kd_error *err);

/* Where a worker sits; see kd_ledger_seat. */
void kd_sweep_seat(kd_sweep *sweep, int worker, int place, int cores);

/* The machine of a place, for wide cells that are spread over several. */
void kd_sweep_name_place(kd_sweep *sweep, int place, const char *host);

/* Whether wide cells are to be made. Then all workers should be seated before the first is asked for, and these asked whether
 * they have room for each: false when they have not, and then nothing is given out and kd_sweep_close says why (KD_ECONFIG). */
bool kd_sweep_has_wide(const kd_sweep *sweep);
bool kd_sweep_has_room(kd_sweep *sweep);

/* A sign of life of a worker. */
void kd_sweep_hear(kd_sweep *sweep, int worker, double now_s);

/* Nobody could be heard until now; see kd_ledger_forgive. */
void kd_sweep_forgive(kd_sweep *sweep, double now_s);

/* How far a worker's cell is, for those who watch (store/live.h). */
void kd_sweep_point(kd_sweep *sweep, int worker, kd_lease lease, const kd_progress_point *point);

/* The next cell for a worker that holds none; false when there is none for now. */
bool kd_sweep_next(kd_sweep *sweep, int worker, double now_s, kd_assignment *out);

/* What became of a lease. A result that came before, or comes too late, changes nothing. */
void kd_sweep_result(kd_sweep *sweep, int worker, kd_lease lease, const kd_outcome *outcome,
                     double now_s);

/* A worker is gone: what it held is tried elsewhere. `why` is for the journal. */
void kd_sweep_lose(kd_sweep *sweep, int worker, const char *why, double now_s);

/* The attempt of this worker has lost a machine of its ranks (kd_ledger_broken): it is over, and tried again. Whoever runs it is
 * to be told. */
void kd_sweep_break(kd_sweep *sweep, int worker, double now_s);

/* Make results durable when it is time to, or now. When that fails, nothing new is given out, and
 * later calls try again. */
void kd_sweep_commit(kd_sweep *sweep, bool is_urgent);

/* Whether everything that was told is durable; if not, in how many seconds kd_sweep_commit should
 * be called again, and a very long time otherwise. */
bool   kd_sweep_is_durable(const kd_sweep *sweep);
double kd_sweep_due_s(const kd_sweep *sweep);

/* Give nothing out any more; `why` is for people and borrowed. */
void kd_sweep_halt(kd_sweep *sweep, const char *why);

/* Look at signals, at the deadline and at what went wrong: 0 go on, 1 bring cells to their safe
 * points (the sweep is halted then), 2 end them at once. */
int kd_sweep_urgency(kd_sweep *sweep, double now_s);

/* Nothing runs, and nothing will start by itself. */
bool kd_sweep_is_over(const kd_sweep *sweep);

/* For looking: silence, what a worker holds. */
const kd_ledger *kd_sweep_ledger(const kd_sweep *sweep);

/* Progress and a sign of life for other members; cheap, to be called in every round. */
void kd_sweep_tick(kd_sweep *sweep, double now_s);

/* Commit, tell the end, release the store and free. KD_OK when everything is done, or others
 * of an elastic pool are at what is left; KD_EFAILED when
 * some cells failed for good, KD_ESTOPPED when some are left to do, else what went wrong. */
kd_status kd_sweep_close(kd_sweep *sweep, kd_error *err);

#endif
