/* sweep_internal.h - what the files of the sweep share.
 *
 *     sweep_open.c    joins the store, and makes a ledger of what earlier runs left
 *     sweep_room.c    whether wide cells have room
 *     sweep_next.c    what a worker gets
 *     sweep.c         all else: who lives, what is told, results, commits, the end
 */
#ifndef KD_DISPATCH_SWEEP_INTERNAL_H
#define KD_DISPATCH_SWEEP_INTERNAL_H

#include "harness/base/str.h"
#include "harness/dispatch/hosts.h"
#include "harness/dispatch/sweep.h"
#include "harness/store/claim.h"
#include "harness/store/journal.h"
#include "harness/store/lock.h"

/* What a worker is at, for people who look. */
typedef struct {
    kd_lease          lease;
    kd_progress_point point;
    double            since_s; /* since 1970 */
} kd_sweep_task;

/* Where a worker sits, and on which machine the place of that number is. */
typedef struct {
    int  place, cores;
    char host[KD_HOST_NAME];
} kd_sweep_place;

struct kd_sweep {
    kd_sweep_options options;
    kd_lock         *lock;
    kd_claims       *claims;
    kd_elastic      *elastic;     /* NULL when it is not elastic */
    bool             leaves;      /* the rest to others of the pool */
    int              cores;       /* of the largest of its places */
    double          *elsewhere_s; /* since when each node is in other hands; 0 when it is not */
    kd_journal      *journal;
    kd_ledger       *ledger;
    size_t           total;
    size_t           cells, cells_done, cells_failed; /* see kd_progress_counts */
    double           started_s, kept_s, tried_s;
    double           tells_s; /* acknowledgements wait until then */
    kd_sweep_task   *tasks;   /* of each worker */
    kd_sweep_place  *seats;
    double           lived_s;
    const char      *halted_for;
    kd_status        trouble_status; /* a journal that cannot be written */
    kd_error         trouble;
    kd_status        first_status; /* the first failure for good */
    bool             has_own;      /* one of them was a cell's own, not the system's */
    kd_error         first;
    bool             is_refused; /* for want of room for a wide cell, before anything began */
    kd_error         refusal;
    kd_str           label, text; /* reused */
};

static inline kd_work_item kd_sweep_item(const kd_sweep *sweep, uint32_t node)
{
    return sweep->options.work.item(sweep->options.work.self, node);
}

/* What an item asks of the ledger. */
static inline int kd_sweep_cores_of(const kd_work_item *item)
{
    return item->threads > 1 ? item->threads : 1;
}

static inline int kd_sweep_ranks_of(const kd_work_item *item)
{
    return item->ranks > 1 ? item->ranks : 1;
}

static inline bool kd_sweep_is_cell(const kd_sweep *sweep, uint32_t node)
{
    return kd_sweep_item(sweep, node).is_cell;
}

/* Write a record without words; its number in the journal. */
uint64_t kd_sweep_append(kd_sweep *sweep, kd_journal_type type, kd_id id, uint32_t attempt,
                         int worker);

/* What people call a node; until the next call. */
const char *kd_sweep_label(kd_sweep *sweep, uint32_t node);

/* Count the cells among what became blocked since so many were. */
void kd_sweep_count_blocked(kd_sweep *sweep, size_t before);

/* Progress hears of it, and the counts move; `blocks` nodes are blocked by it. */
void kd_sweep_tell(kd_sweep *sweep, kd_id id, uint32_t node, kd_event_kind kind,
                   const kd_outcome *outcome, size_t blocks, double now_s);

/* Another member is at it: the ledger is told when to look again. */
void kd_sweep_leave_elsewhere(kd_sweep *sweep, kd_lease lease, double now_s);

void kd_sweep_free(kd_sweep *sweep);

#endif
