/* exchange.h - how the ranks of an MPI job sum what they have: distill/peers.h over MPI.
 *
 *     a part of the gradients, N ranks: piece r of it is rank r's to sum
 *
 *     rank 0  | a0 a1 a2 |   pieces go to their ranks    | A0 .. .. |   sums go to all    | A0 A1 A2 |
 *     rank 1  | b0 b1 b2 |   ------------------------>   | .. A1 .. |   -------------->   | A0 A1 A2 |
 *     rank 2  | c0 c1 c2 |                               | .. .. A2 |                     | A0 A1 A2 |
 *
 * A piece is summed when all of its N terms are there, in the order of ranks: Ar = ar + br + cr. Which came first
 * changes nothing. Each rank sends 2 (N-1)/N of the gradients, which is the least. Parts are on their way beside one
 * another; MPI moves them when somebody asks, so the way back asks after every op.
 */
#ifndef KD_DISPATCH_EXCHANGE_H
#define KD_DISPATCH_EXCHANGE_H

#include "distill/peers.h"

/* All ranks of the job, once kd_ranks_start has been called. Until kd_exchange_close; there is one in a process. */
kd_peers kd_exchange_open(void);
void     kd_exchange_close(void);

/* So far: bytes of gradients that this rank has sent, and seconds in which it had nothing to do but wait. */
typedef struct {
    double bytes, finishing_s, totalling_s;
} kd_exchange_count;

kd_exchange_count kd_exchange_counted(void);

/* Wait until every rank has come here, for at most so long (INFINITY is fine), without a core's time. Whether they have. */
bool kd_exchange_meet(double most_s);

#endif
