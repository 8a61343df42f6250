/* op_unary.c - element by element: activations, scaling of values or of gradients. */
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/activation.h"
#include "models/tensor/kernels.h"
#include "models/tensor/parallel.h"

enum { GRAIN = 16 }; /* rows that are worth a thread */

/* ---- activations: y = f(x), dx += dy f'(x) ---- */

typedef struct {
    kd_activation f;
    float        *slope; /* (N,D), when trained */
} activate_state;

static void activate_rows(void *user, int begin, int end)
{
    kd_tensor      *y = user;
    activate_state *state = y->state;
    size_t          from = (size_t)begin * (size_t)y->d;

    kd_activate(state->f, (size_t)(end - begin) * (size_t)y->d, y->in[0]->x + from, y->x + from,
                state->slope ? state->slope + from : NULL);
}

static void activate_forward(kd_tensor *y)
{
    activate_state *state = y->state;

    if (y->wants_grad) state->slope = kd_tape_alloc(y->tape, kd_tensor_len(y), sizeof(float));
    kd_parallel(kd_tape_threads(y->tape), y->n, GRAIN, activate_rows, y);
}

static void activate_backward(kd_tensor *y)
{
    activate_state *state = y->state;
    kd_tensor      *x = y->in[0];

    if (kd_grad_take_over(x, y))
        kd_vector_multiply(kd_tensor_len(x), x->g, state->slope, x->g);
    else
        kd_vector_add_product(kd_tensor_len(x), y->g, state->slope, kd_grad(x));
}

static const kd_op activate_op = { "activate", activate_forward, activate_backward };

kd_tensor *kd_op_activate(kd_tape *tape, kd_tensor *x, kd_activation f)
{
    if (f == KD_IDENTITY) return x;
    activate_state *state = kd_tape_alloc(tape, 1, sizeof *state);

    *state = (activate_state){ .f = f };
    return kd_tape_record(tape, &activate_op, x->n, x->d, state, 1, &x);
}

/* ---- y = factor x ---- */

static void scale_forward(kd_tensor *y)
{
    kd_vector_scale(kd_tensor_len(y), *(float *)y->state, y->in[0]->x, y->x);
}

static void scale_backward(kd_tensor *y)
{
    kd_tensor *x = y->in[0];
    float      factor = *(float *)y->state;

    if (kd_grad_take_over(x, y))
        kd_vector_scale(kd_tensor_len(x), factor, x->g, x->g);
    else
        kd_vector_add_scaled(kd_tensor_len(x), factor, y->g, kd_grad(x));
}

static const kd_op scale_op = { "scale", scale_forward, scale_backward };

/* ---- y = x, dx += factor dy ---- */

static void copy_forward(kd_tensor *y)
{
    memcpy(y->x, y->in[0]->x, kd_tensor_len(y) * sizeof *y->x);
}

static const kd_op scale_gradient_op = { "scale gradient", copy_forward, scale_backward };

static kd_tensor *record_scale(kd_tape *tape, const kd_op *op, kd_tensor *x, float factor)
{
    float *state = kd_tape_alloc(tape, 1, sizeof *state);

    *state = factor;
    return kd_tape_record(tape, op, x->n, x->d, state, 1, &x);
}

kd_tensor *kd_op_scale(kd_tape *tape, kd_tensor *x, float factor)
{
    return record_scale(tape, &scale_op, x, factor);
}

kd_tensor *kd_op_scale_gradient(kd_tape *tape, kd_tensor *x, float factor)
{
    return record_scale(tape, &scale_gradient_op, x, factor);
}
