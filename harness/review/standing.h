/* standing.h - how a store stands, from its journals and the coordinator's last picture of what runs.
 *
 *     take -> look -> drop
 *
 * No lock is taken, no object is opened and nothing is written, so that it may be asked at any time,
 * beside a coordinator and on a read-only mount.
 */
#ifndef KD_REVIEW_STANDING_H
#define KD_REVIEW_STANDING_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/review/failures.h"
#include "harness/store/live.h"
#include "harness/store/lock.h"
#include "harness/store/tally.h"

/* clang-format off */
/*    name         word             what can be said of a cell now */
#define KD_STANDINGS(X)                                                     \
    X(DONE,        "done")                                                  \
    X(RUNNING,     "running")                                               \
    X(INTERRUPTED, "interrupted") /* its run went without an end */         \
    X(STOPPED,     "stopped")     /* it goes on from a checkpoint */        \
    X(RETRY,       "retry")       /* it failed and will be tried again */   \
    X(FAILED,      "failed")      /* for good */                            \
    X(REMOVED,     "removed")
/* clang-format on */

typedef enum {
#define X(name, word) KD_STANDING_##name,
    KD_STANDINGS(X)
#undef X
        KD_STANDING_COUNT
} kd_standing_state;

const char *kd_standing_word(kd_standing_state state);

typedef struct {
    kd_tally            *tally;
    const kd_tally_cell *cells;
    size_t               cell_count;
    kd_tally_run         run;     /* the last one */
    kd_lock_holder       holder;  /* who coordinates it, or whoever else has the store */
    kd_lock_holders      holders; /* all who are at work */
    size_t               counts[KD_STANDING_COUNT];
    size_t               waiting; /* of the run that goes on */
    size_t               blocked; /* of it, or of the last one: what they stand on failed */
    size_t               damages; /* stretches of the journals that are no records */
    kd_live              live;    /* what the coordinators told last; empty without one */
    kd_failures          failures;
} kd_standing;

/* Read the journals of `store`, which is borrowed. The caller drops the standing when this
 * succeeded. */
kd_status kd_standing_take(kd_standing *out, const kd_store *store, kd_error *err);
void      kd_standing_drop(kd_standing *standing);

bool              kd_standing_is_live(const kd_standing *standing); /* a run goes on */
kd_standing_state kd_standing_of(const kd_standing *standing, const kd_tally_cell *cell);

#endif
