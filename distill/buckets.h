/* buckets.h - the gradients of a network in parts that peers can sum while the others are still computed.
 *
 *     block    | word table ......... | layer 0 | layer 1 | layer 2 | head |
 *     buckets  | 3 .................. | 2       | 1       | 0              |
 *
 * A way back ends the weights in about the reverse of their order, so buckets are filled from the block's end. A bucket
 * is begun when it and all before it are complete, so every peer begins them in the same order.
 */
#ifndef KD_DISTILL_BUCKETS_H
#define KD_DISTILL_BUCKETS_H

#include "distill/peers.h"
#include "models/tensor/params.h"
#include "models/tensor/tape.h"

typedef struct kd_buckets kd_buckets;

/* The gradients of `params`, summed over `peers`; both are borrowed. */
kd_buckets *kd_buckets_create(const kd_params *params, const kd_peers *peers, kd_wire_form wire);

/* Walk the tape back from `loss`, as kd_tape_backward, and return when all gradients are sums over the peers. */
void kd_buckets_walk_back(kd_buckets *buckets, kd_tape *tape, kd_tensor *loss);

void kd_buckets_destroy(kd_buckets *buckets); /* NULL is fine */

#endif
