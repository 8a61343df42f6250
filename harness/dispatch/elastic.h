/* elastic.h - an elastic pool: jobs that come while cells wait and go when none does, by its members themselves.
 *
 *     a member looks, every pace_s seconds
 *         cells that could start and nobody is at, more than jobs on their way will take ---> one job more
 *         nothing to start, now or later ---> those that wait are taken out of the queue
 *         nothing to start for us, and somebody else stays ---> this member leaves
 *
 * Nothing runs on the login node and there is no master: whoever sees it does it, under a claim, so that of several who
 * see the same one acts. What he sees is advice like any claim: a job too many finds nothing to do, leaves, and costs
 * its start. A thread asks the scheduler, however slow that is; cells and their results go on meanwhile.
 *
 * The member whose name comes first stays until everything is done, also with empty hands: others leave only while they
 * see its heart beat. So whoever dies last leaves no cell without a taker.
 */
#ifndef KD_DISPATCH_ELASTIC_H
#define KD_DISPATCH_ELASTIC_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/store/claim.h"
#include "harness/store/store.h"

typedef struct {
    int    most; /* jobs of the store that wait or run */
    double pace_s;
} kd_elastic_rules;

typedef struct kd_elastic kd_elastic;

/* The pool as the member `name` of `store` sees it, who runs `places` cells at a time; all are borrowed. The caller
 * closes it. KD_ENOINPUT when the script that `submit` left beside the store is not there. */
kd_status kd_elastic_open(kd_elastic **out, const kd_elastic_rules *rules, const kd_store *store,
                          const char *name, int places, kd_error *err);

/* More cells than this need not be counted for kd_elastic_sight. */
size_t kd_elastic_horizon(const kd_elastic *pool);

typedef struct {
    size_t open;    /* cells that could start and nobody is at */
    size_t coming;  /* those that stand on others, or rest */
    bool   is_idle; /* we are at none */
} kd_elastic_sight;

/* Whether it is time to look; then what is seen may have something done. Both take no time. */
bool kd_elastic_is_due(kd_elastic *pool, kd_claims *claims, double now_s);
void kd_elastic_look(kd_elastic *pool, kd_claims *claims, const kd_elastic_sight *sight,
                     double now_s);

/* Whether this member has had nothing to start for a while, and another one stays. */
bool kd_elastic_may_leave(const kd_elastic *pool);

/* Wait for what is being done. With `is_all_settled`, done or failed for good, those jobs that wait are
 * taken out of the queue. NULL is fine. */
void kd_elastic_close(kd_elastic *pool, kd_claims *claims, bool is_all_settled);

#endif
