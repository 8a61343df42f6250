/* budget.c - every cause has its price. */
#include "harness/ledger/budget.h"

kd_budget kd_budget_of(kd_cause cause)
{
    switch (cause) {
    case KD_CAUSE_NONE: /* nobody said better */
    case KD_CAUSE_CRASH:
    case KD_CAUSE_ABORT:
    case KD_CAUSE_MEMORY:
    case KD_CAUSE_TIME:
    case KD_CAUSE_HANG:
        return KD_BUDGET_OWN;
    case KD_CAUSE_BAD:
    case KD_CAUSE_DIVERGED:
        return KD_BUDGET_ALL;
    case KD_CAUSE_SYSTEM:
    case KD_CAUSE_LOST:
        return KD_BUDGET_GROUND;
    case KD_CAUSE_STOPPED:
        return KD_BUDGET_NONE;
    }
    return KD_BUDGET_OWN;
}
