/* gradcheck.h - gradients against central differences, for any piece of a network.
 *
 * A piece is a function that records on a tape and returns a tensor y. The check takes a fixed
 * random r, L = sum(r y), and compares dL/dw of every weight, as the tape gives it, with
 * (L(w+h) - L(w-h)) / 2h.
 */
#ifndef KD_TESTS_GRADCHECK_H
#define KD_TESTS_GRADCHECK_H

#include "models/tensor/op.h"
#include "models/tensor/params.h"

typedef kd_tensor *kd_piece(kd_tape *tape, void *user);

/* Fail, naming the weight and place, where the two differ by more than `tolerance` times
 * max(1, |difference|). Of a large weight every so many numbers are looked at. `params` must be
 * allocated for training. */
void kd_assert_gradients(kd_params *params, kd_piece *piece, void *user, double tolerance);

/* sum(r y) with r drawn from `seed`: (1,1). To join several outputs of a piece into one. */
kd_tensor *kd_gradcheck_dot(kd_tape *tape, kd_tensor *y, uint64_t seed);

#endif
