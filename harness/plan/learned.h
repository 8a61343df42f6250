/* learned.h - what finished cells say about estimates.
 *
 *     record of a model: settings, tokens, updates, seconds of its training
 *         --> seconds that its tokens and updates should have taken (estimate.h)
 *         --> ratio; of each kind of network and precision the median
 *
 * One cell may have had bad luck with its neighbours, so fewer than three move a factor a part of the
 * way only: with n of them it is the median to the power of n/3. Cells that asked a teacher in every step
 * are left out, for a record does not say so.
 *
 * Of memory the hungriest counts: what a job asks for has to do for each cell of its study.
 */
#ifndef KD_PLAN_LEARNED_H
#define KD_PLAN_LEARNED_H

#include "harness/plan/plan.h"
#include "harness/plan/rates.h"
#include "harness/store/record.h"
#include "harness/store/store.h"
#include "models/model.h"

/* Of a kind of network in a precision: how many times as long finished cells took. */
typedef struct {
    double factor;
    int    cells; /* that say so; 0: none, and the factor is 1 */
} kd_learned_factor;

typedef struct {
    kd_learned_factor of[KD_KIND_COUNT][KD_RATES_PRECISIONS];
    int               cells; /* all of them */
    double
        memory; /* how many times what it should take (summary.h) a finished model of the plan took at most; 1 without one */
} kd_learned;

/* From the records of a store, of whatever studies; and the sizes of the plan's corpora that are among
 * them are told to it. `plan` may be NULL. */
void kd_learn(kd_learned *out, kd_plan *plan, const kd_record *records, size_t count,
              const kd_machine *machine);

/* The same of what a store's catalogue has, as it is: objects that it does not know yet are not worth reading for this.
 * `store` is NULL while there is none. */
void kd_learn_of_store(kd_learned *out, kd_plan *plan, const kd_store *store,
                       const kd_machine *machine);

/* " and on what 12 finished models took", to go on after what the rates are; nothing without any. */
void kd_learned_words(const kd_learned *learned, kd_str *out);

/* Of `count` ratios, which are sorted here. */
double kd_learned_of(double *ratios, int count);

#endif
