/* cause.h - why an attempt at a cell ended without a result, and what that costs the cell.
 *
 * A cell has two budgets. Its own failures (a crash, an endless loop) use up the small one;
 * failures of the ground it stands on (a lost worker, a full disk) use up the other. Some
 * failures would only happen again: they use up everything. Being asked to stop costs nothing.
 */
#ifndef KD_DISPATCH_CAUSE_H
#define KD_DISPATCH_CAUSE_H

#include "harness/base/status.h"

typedef enum {
    KD_BUDGET_OWN,    /* the cell's own retries */
    KD_BUDGET_GROUND, /* retries for what the cell cannot help */
    KD_BUDGET_ALL,    /* never again in this run */
    KD_BUDGET_NONE,   /* as if it had not been tried */
} kd_budget;

/*    name      word         budget  meaning                                            */
#define KD_CAUSES(X)                                                         \
    X(CRASH, "crash", OWN, "its process was ended by a signal or by a bug")  \
    X(MEMORY, "memory", OWN, "it wanted more memory than there is for it")   \
    X(TIME, "time", OWN, "it ran longer than its time limit")                \
    X(HANG, "hang", OWN, "it said nothing for too long")                     \
    X(BAD, "bad", ALL, "its settings or its data are wrong")                 \
    X(DIVERGED, "diverged", ALL, "its loss is not finite")                   \
    X(SYSTEM, "system", GROUND, "the disk, the store or the system refused") \
    X(LOST, "lost", GROUND, "its worker died or fell silent")                \
    X(STOPPED, "stopped", NONE, "it was asked to stop")

typedef enum {
#define X(name, word, budget, meaning) KD_CAUSE_##name,
    KD_CAUSES(X)
#undef X
        KD_CAUSE_COUNT
} kd_cause;

const char *kd_cause_word(kd_cause cause);
const char *kd_cause_meaning(kd_cause cause);
kd_budget   kd_cause_budget(kd_cause cause);

/* The cause behind a cell that ended by itself with this status, which is not KD_OK. */
kd_cause kd_cause_of_status(kd_status status);

#endif
