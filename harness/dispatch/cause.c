/* cause.c - the table of causes, read. */
#include "harness/dispatch/cause.h"

static const struct {
    const char *word, *meaning;
    kd_budget   budget;
} table[KD_CAUSE_COUNT] = {
#define X(name, word, budget, meaning) [KD_CAUSE_##name] = { word, meaning, KD_BUDGET_##budget },
    KD_CAUSES(X)
#undef X
};

const char *kd_cause_word(kd_cause cause)
{
    return table[cause].word;
}

const char *kd_cause_meaning(kd_cause cause)
{
    return table[cause].meaning;
}

kd_budget kd_cause_budget(kd_cause cause)
{
    return table[cause].budget;
}

kd_cause kd_cause_of_status(kd_status status)
{
    switch (status) {
    case KD_EUSAGE:
    case KD_ECONFIG:
    case KD_EDATA:
    case KD_ECHECK:
    case KD_EFAILED:
    case KD_ENOINPUT:
    case KD_EUNAVAILABLE: /* a precision that this build lacks, and lacks again at the next try */
        return KD_CAUSE_BAD;
    case KD_EDIVERGED:
        return KD_CAUSE_DIVERGED;
    case KD_ECREATE:
    case KD_EIO:
        return KD_CAUSE_SYSTEM;
    case KD_ESTOPPED:
        return KD_CAUSE_STOPPED;
    default:
        return KD_CAUSE_CRASH;
    }
}
