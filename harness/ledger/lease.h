/* lease.h - who holds what: a node of the graph, under an attempt's number.
 *
 * A lease is (node, attempt): attempts at a node are counted from 1, in all runs together. The
 * ledger gives it, a child is started under it, and every message about the node names it, so
 * that a word about an attempt that was given up is known for what it is.
 */
#ifndef KD_LEDGER_LEASE_H
#define KD_LEDGER_LEASE_H

#include <stdint.h>

#define KD_NO_NODE UINT32_MAX

typedef struct {
    uint32_t node, attempt;
} kd_lease;

#endif
