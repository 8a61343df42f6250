/* estimate.h - how long the nodes of a plan will take.
 *
 *     settings --> effort of a token, weights (models/effort.h)  \
 *     corpus   --> tokens, sentences: as read, or by its files    >  seconds of each node
 *     machine  --> rates (rates.h), factors of what is finished  /
 *
 * A model node trains, looks at devel now and then and at both splits in the end:
 *
 *     start + weights * first
 *     + tokens * epochs * (token + what it asks of its teacher) + updates * weights * update
 *     + (devel * evaluations + devel + test) * token / 3 + sentences timed alone
 *
 * An estimate takes every epoch as run: patience that ends a training makes it shorter. It stands
 * beside a plan and is no part of it: ids, and whether states are kept, do not know of it.
 */
#ifndef KD_PLAN_ESTIMATE_H
#define KD_PLAN_ESTIMATE_H

#include "harness/plan/learned.h"
#include "harness/plan/plan.h"
#include "harness/plan/rates.h"

/* Fill seconds and remaining of every node; `learned` may be NULL. May be called again, with other
 * rates or when more is known of a corpus. */
kd_status kd_plan_estimate(kd_plan *plan, const kd_machine *machine, const kd_learned *learned,
                           kd_error *err);

#endif
