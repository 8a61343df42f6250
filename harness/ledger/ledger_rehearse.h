/* ledger_rehearse.h - a worker takes a node; of the last ones, that after which all is done soonest.
 *
 * Longest path first leaves an end that is uneven by the length of a node. So near the end each node that
 * could go now is tried. What is not settled is copied to a ledger in miniature, with what it is expected
 * to take. There the node is given to the worker, and whoever is free takes what the plain choice says
 * until all is done. A choice that is made like this is never worse than the plain one, as far as costs are
 * known: D. Bertsekas, J. Tsitsiklis, C. Wu, "Rollout algorithms for combinatorial optimization",
 * Journal of Heuristics 3 (1997).
 */
#ifndef KD_LEDGER_LEDGER_REHEARSE_H
#define KD_LEDGER_LEDGER_REHEARSE_H

#include "harness/ledger/ledger.h"

/* In place of kd_ledger_take, and with its promises. */
bool kd_ledger_rehearse(kd_ledger *ledger, int worker, double now_s, kd_lease *out);

#endif
