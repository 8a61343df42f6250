/* plain_ops.h - ops that no network asks for, from which tests put graphs together. */
#ifndef KD_TESTS_PLAIN_OPS_H
#define KD_TESTS_PLAIN_OPS_H

#include "models/tensor/tape.h"

kd_tensor *plain_add(kd_tape *tape, kd_tensor *a, kd_tensor *b); /* equal shapes */
kd_tensor *plain_scale(kd_tape *tape, kd_tensor *x, float factor);
kd_tensor *plain_softmax(kd_tape *tape, kd_tensor *x); /* of each row */

#endif
