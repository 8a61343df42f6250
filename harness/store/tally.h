/* tally.h - how every cell of a store stands, told from its journals.
 *
 *     journal records, oldest first  -->  the last word about each cell, and about the last run
 *
 * A tally is a picture of one moment, made without any lock and without opening an object: a
 * million cells take a fraction of a second.
 */
#ifndef KD_STORE_TALLY_H
#define KD_STORE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/digest.h"
#include "harness/base/status.h"
#include "harness/store/journal.h"
#include "harness/store/store.h"

/* The last word about one cell, in little room, for there may be millions. Texts live as long as
 * the tally. */
typedef struct {
    kd_id           id;
    kd_journal_type last : 8;   /* ASSIGNED: a worker has it, if its run still goes on */
    kd_status       status : 8; /* of the last failure; KD_OK when there was none */
    kd_cause        cause : 16; /* of the last failure or loss */
    uint32_t        attempts;
    uint32_t        run;
    uint32_t        failures; /* FAILED records so far */
    int32_t         worker;
    bool            had_object; /* one was acknowledged, and did not go on purpose */
    kd_status       loss : 8;   /* why it is gone all the same; KD_OK when it should be there */
    double          time_s;     /* of the last record */
    const char     *label;      /* what ASSIGNED called it; "" when it never was */
    const char     *text;       /* of the last failure or loss; "" when there was none */
} kd_tally_cell;

/* The last run. */
typedef struct {
    uint32_t    number;                 /* 0 when there was none */
    const char *name;                   /* of the study */
    double      to_do;                  /* nodes when it began */
    double      begin_s, last_s, end_s; /* since 1970; end_s is 0 without a RUN_END */
    const char *ending;                 /* in words; "" without a RUN_END */
    size_t
        blocked; /* nodes that it could not begin, for what they stand on failed; told by RUN_END */
    uint32_t first;       /* run of those that went on beside each other until this one, */
    double   first_to_do; /* and what it had to do */
} kd_tally_run;

typedef struct kd_tally kd_tally;

/* Read the journals; the caller owns the tally. `complain` is told of damage and may be NULL. */
kd_status kd_tally_open(kd_tally **out, const kd_store *store, kd_journal_complaint complain,
                        void *user, kd_error *err);

/* All cells, in the order in which they first came. */
const kd_tally_cell *kd_tally_cells(const kd_tally *tally, size_t *count);
const kd_tally_cell *kd_tally_find(const kd_tally *tally, kd_id id); /* or NULL */
kd_tally_run         kd_tally_last_run(const kd_tally *tally);
size_t               kd_tally_records(const kd_tally *tally); /* how many were read */

/* Whether this cell's object should be there. */
static inline bool kd_tally_is_done(const kd_tally_cell *cell)
{
    return cell->last == KD_JOURNAL_DONE || cell->last == KD_JOURNAL_ADOPTED;
}

void kd_tally_close(kd_tally *tally); /* NULL is fine */

#endif
