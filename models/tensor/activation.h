/* activation.h - activation functions over plain arrays, for the ops that fuse them.
 *
 * Forward turns z into y = f(z) in place and, when the way back will be walked, keeps the
 * slope f'(z) at once: both share their exp and erf, and backward is one multiplication.
 */
#ifndef KD_TENSOR_ACTIVATION_H
#define KD_TENSOR_ACTIVATION_H

#include <stddef.h>

#include "models/tensor/op.h"

/* y = f(z); `z` may be `y`, `slope` may be NULL. KD_IDENTITY copies and leaves slope alone. */
void kd_activate(kd_activation f, size_t len, const float *z, float *y, float *slope);

/* The same within 1e-4, or 1e-5 |z| where that is more, in less time: for where the next product rounds y to 8 bits. */
void kd_activate_roughly(kd_activation f, size_t len, const float *z, float *y);

#endif
