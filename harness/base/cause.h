/* cause.h - why an attempt at a cell ended without a result.
 *
 * Journals keep the number (harness/store/journal.h), for `status` to group by; what a cause costs the
 * cell is the ledger's affair (harness/ledger/budget.h).
 */
#ifndef KD_BASE_CAUSE_H
#define KD_BASE_CAUSE_H

#include "harness/base/status.h"

/* clang-format off */
/*    name    number word          meaning                                             */
#define KD_CAUSES(X)                                                                      \
    X(CRASH,     1, "crash")    /* a signal ended its process                          */ \
    X(ABORT,     2, "abort")    /* it stopped itself over a bug                        */ \
    X(MEMORY,    3, "memory")   /* it wanted more memory than there is for it          */ \
    X(TIME,      4, "time")     /* it ran longer than its time limit                   */ \
    X(HANG,      5, "hang")     /* it said nothing for too long                        */ \
    X(BAD,       6, "bad")      /* its settings or its data are wrong                  */ \
    X(DIVERGED,  7, "diverged") /* its loss is not finite                              */ \
    X(SYSTEM,    8, "system")   /* the disk, the store or the system refused           */ \
    X(LOST,      9, "lost")     /* its worker died or fell silent                      */ \
    X(STOPPED,  10, "stopped")  /* it was asked to stop                                */
/* clang-format on */

/* The numbers are kept in journals and never change their meaning. */
typedef enum {
    KD_CAUSE_NONE, /* not told: there was no failure, or an older program wrote of it */
#define X(name, number, word) KD_CAUSE_##name = number,
    KD_CAUSES(X)
#undef X
} kd_cause;

const char *kd_cause_word(kd_cause cause); /* "unknown" for one of a later version */

/* The cause behind a cell that ended by itself with this status, which is not KD_OK. */
kd_cause kd_cause_of_status(kd_status status);

#endif
