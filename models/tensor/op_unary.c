/* op_unary.c - element by element: activations. */
#include "harness/base/status.h"
#include "models/tensor/activation.h"
#include "models/tensor/kernels.h"
#include "models/tensor/parallel.h"

enum { GRAIN = 16 }; /* rows that are worth a thread */

/* y = f(x), dx += dy f'(x) */

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
