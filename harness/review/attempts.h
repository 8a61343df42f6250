/* attempts.h - what was tried of one cell: its records in all journals, in order, and the log that its last
 * process left.
 */
#ifndef KD_REVIEW_ATTEMPTS_H
#define KD_REVIEW_ATTEMPTS_H

#include <stddef.h>

#include "harness/base/arena.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "harness/store/journal.h"

typedef struct {
    kd_journal_entry entry; /* its text lives as long as the attempts */
    const char      *study; /* name of the run's; "" when that is not to be had */
} kd_attempt_record;

typedef struct {
    KD_VEC(kd_attempt_record) records;
    const char *label; /* what the last run called the cell; "" when none did */
    kd_str      log; /* what the process wrote, of a cell that is not done; empty when it is gone */
    size_t      damages; /* stretches of the journals that are no records */
    /* private */
    kd_arena   *arena;
} kd_attempts;

/* Read the journals; the caller closes `out` after a success. Nothing is written and no lock is taken. */
kd_status kd_attempts_open(kd_attempts *out, const kd_store *store, kd_id id, kd_error *err);
void      kd_attempts_close(kd_attempts *attempts);

#endif
