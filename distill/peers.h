/* peers.h - the ranks that train one network together, as the trainer sees them.
 *
 * Each peer has all the weights and a share of every batch (models/tensor/share.h). What they owe one another is sums:
 *
 *     loss       total     what the means of a batch divide by, and whether to stop: a few numbers, at once
 *     way back   begin     a part of the gradients is complete: it goes out while others are still computed
 *                advance   between two ops: what has come is added and sent on
 *     update     finish    every part has become its sum, the same bits on every peer
 *
 * A sum is taken in the order of ranks, whatever comes first, so the weights are the same bits whenever a training of
 * so many peers is run. A peer that dies takes the others with it: no function fails.
 */
#ifndef KD_DISTILL_PEERS_H
#define KD_DISTILL_PEERS_H

#include <stdbool.h>
#include <stddef.h>

/* How gradients travel: each as it is, or rounded to bf16 before it is added and again as a sum. */
typedef enum { KD_WIRE_F32, KD_WIRE_BF16 } kd_wire_form;

typedef struct {
    int rank, count;
    /* Sum each number over all peers. Waits for them. */
    void (*total)(void *user, double *numbers, int count);
    /* From here until `finish` these numbers are the exchange's. All peers begin the same parts in the same order. */
    void (*begin)(void *user, float *numbers, size_t count, kd_wire_form wire);
    void (*advance)(void *user);
    void (*finish)(void *user);
    /* What rank 0 has at `bytes` is put there on every peer. */
    void (*give)(void *user, void *bytes, size_t count);
    void *user;
} kd_peers;

#endif
