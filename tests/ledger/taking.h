/* taking.h - a node for a worker, which has to be there, or may be. */
#ifndef KD_TESTS_LEDGER_TAKING_H
#define KD_TESTS_LEDGER_TAKING_H

#include "harness/ledger/ledger.h"
#include "tests/support/support.h"

static inline kd_lease take(kd_ledger *l, int worker, double now_s)
{
    kd_lease lease;
    assert_true(kd_ledger_take(l, worker, now_s, &lease));
    return lease;
}

static inline bool can_take(kd_ledger *l, int worker, double now_s)
{
    kd_lease lease;
    return kd_ledger_take(l, worker, now_s, &lease);
}

#endif
