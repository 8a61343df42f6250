/* budget.h - what a failed attempt costs the cell.
 *
 * A cell has two budgets. Its own failures (a crash, an endless loop) use up the small one;
 * failures of the ground it stands on (a lost worker, a full disk) use up the other. Some
 * failures would only happen again: they use up everything. Being asked to stop costs nothing.
 */
#ifndef KD_LEDGER_BUDGET_H
#define KD_LEDGER_BUDGET_H

#include "harness/base/cause.h"

typedef enum {
    KD_BUDGET_OWN,    /* the cell's own retries */
    KD_BUDGET_GROUND, /* retries for what the cell cannot help */
    KD_BUDGET_ALL,    /* never again in this run */
    KD_BUDGET_NONE,   /* as if it had not been tried */
} kd_budget;

kd_budget kd_budget_of(kd_cause cause);

#endif
