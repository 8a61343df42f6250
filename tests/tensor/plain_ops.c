/* plain_ops.c - sums, multiples, softmax, in loops that can be read. */
#include "tests/tensor/plain_ops.h"

#include <math.h>

/* ---- y = a + b ---- */

static void add_forward(kd_tensor *y)
{
    for (size_t i = 0; i < kd_tensor_len(y); i++) y->x[i] = y->in[0]->x[i] + y->in[1]->x[i];
}

static void add_backward(kd_tensor *y)
{
    for (int side = 0; side < 2; side++) {
        float *g = kd_grad(y->in[side]);
        for (size_t i = 0; g && i < kd_tensor_len(y); i++) g[i] += y->g[i];
    }
}

kd_tensor *plain_add(kd_tape *tape, kd_tensor *a, kd_tensor *b)
{
    static const kd_op op = { "add", add_forward, add_backward };
    return kd_tape_record(tape, &op, a->n, a->d, NULL, 2, (kd_tensor *[]){ a, b });
}

/* ---- y = factor x ---- */

static void scale_forward(kd_tensor *y)
{
    for (size_t i = 0; i < kd_tensor_len(y); i++) y->x[i] = *(float *)y->state * y->in[0]->x[i];
}

static void scale_backward(kd_tensor *y)
{
    float *g = kd_grad(y->in[0]);
    for (size_t i = 0; i < kd_tensor_len(y); i++) g[i] += *(float *)y->state * y->g[i];
}

kd_tensor *plain_scale(kd_tape *tape, kd_tensor *x, float factor)
{
    static const kd_op op = { "scale", scale_forward, scale_backward };
    float             *state = kd_tape_alloc(tape, 1, sizeof *state);
    *state = factor;
    return kd_tape_record(tape, &op, x->n, x->d, state, 1, &x);
}

/* ---- y_d = e^(x_d) / sum e^x; dx_d += y_d (dy_d - sum dy y) ---- */

static void softmax_forward(kd_tensor *y)
{
    for (int n = 0; n < y->n; n++) {
        const float *x = kd_tensor_row(y->in[0], n);
        float       *row = kd_tensor_row(y, n), most = x[0], sum = 0;
        for (int d = 1; d < y->d; d++) most = fmaxf(most, x[d]);
        for (int d = 0; d < y->d; d++) sum += row[d] = expf(x[d] - most);
        for (int d = 0; d < y->d; d++) row[d] /= sum;
    }
}

static void softmax_backward(kd_tensor *y)
{
    float *g = kd_grad(y->in[0]);
    for (int n = 0; n < y->n; n++) {
        size_t       from = (size_t)n * (size_t)y->d;
        const float *p = y->x + from, *gy = y->g + from;
        float        dot = 0;
        for (int d = 0; d < y->d; d++) dot += p[d] * gy[d];
        for (int d = 0; d < y->d; d++) g[from + (size_t)d] += p[d] * (gy[d] - dot);
    }
}

kd_tensor *plain_softmax(kd_tape *tape, kd_tensor *x)
{
    static const kd_op op = { "softmax", softmax_forward, softmax_backward };
    return kd_tape_record(tape, &op, x->n, x->d, NULL, 1, &x);
}
