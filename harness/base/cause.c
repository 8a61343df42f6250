/* cause.c - the list of causes, read. */
#include "harness/base/cause.h"

const char *kd_cause_word(kd_cause cause)
{
    switch (cause) {
#define X(name, number, word) \
    case KD_CAUSE_##name:     \
        return word;
        KD_CAUSES(X)
#undef X
    case KD_CAUSE_NONE:
        return "none";
    }
    return "unknown";
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
    case KD_EMEMORY:
        return KD_CAUSE_MEMORY;
    case KD_ESTOPPED:
        return KD_CAUSE_STOPPED;
    default:
        return KD_CAUSE_ABORT;
    }
}
