/* attempt.h - one lease in a process of its own: `kdgrid cell STORE/work/<id>/cell --store STORE`.
 *
 *     STORE/work/<id>/cell    written by the coordinator before the lease was given
 *     STORE/work/<id>/hosts   the same, for a wide cell that is spread over machines
 *     STORE/work/<id>/log     what the process prints
 *     STORE/objects/...       what it leaves behind; without it the attempt has failed
 *
 * After a success the work folder goes; after a failure it stays, to be looked at and gone on with.
 */
#ifndef KD_CHILD_ATTEMPT_H
#define KD_CHILD_ATTEMPT_H

#include <stdbool.h>

#include "harness/base/digest.h"
#include "harness/child/supervise.h"
#include "harness/ledger/lease.h"
#include "harness/store/store.h"

/* What is to be done. It travels to a worker as it lies in memory. */
typedef struct {
    kd_lease lease;
    kd_id    id;
    int64_t  memory_bytes; /* 0 for no limit */
    double   time_s;       /* 0 for no limit */
    double   silence_s;    /* 0 for no limit */
    int32_t  threads;      /* cores it may use */
    int32_t  is_empty;     /* it leaves no object */
    int32_t  is_spread;    /* its ranks go where STORE/work/<id>/hosts says, not only here */
} kd_assignment;

/* Where attempts are made; borrowed by each of them. */
typedef struct {
    const kd_store *store;
    const char     *program; /* "/usr/bin/kdgrid" */
    double          grace_s; /* from being asked to stop to being ended */
    bool            keeps_work;
    kd_nursery     *nursery; /* NULL to start the program anew for each */
} kd_site;

/* A nursery of `program`, which is borrowed, for a site. */
kd_nursery *kd_attempt_nursery(const char *program);

typedef struct kd_attempt kd_attempt;

/* Start it. The caller closes it. When the system refuses, the status says so and nothing runs. */
kd_status kd_attempt_start(kd_attempt **out, const kd_site *site, const kd_assignment *assign,
                           kd_error *err);

kd_lease  kd_attempt_lease(const kd_attempt *attempt);
kd_child *kd_attempt_child(const kd_attempt *attempt); /* to wait for, to stop; borrowed */

/* Whether it has ended, and then how: done only when the store has the object. */
bool kd_attempt_ended(kd_attempt *attempt, kd_outcome *out);

/* End it if it still runs, and free. NULL is fine. */
void kd_attempt_close(kd_attempt *attempt);

#endif
