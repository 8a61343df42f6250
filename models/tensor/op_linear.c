/* op_linear.c - y = f(x W^T + b), the product, bias and activation in one op.
 *
 *     dz = dy f'(z)      in place of dy, which nobody reads any more
 *     dx += dz W         dW += dz^T x         db += sum over rows of dz
 */
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/activation.h"
#include "models/tensor/gemm.h"
#include "models/tensor/kernels.h"
#include "models/tensor/parallel.h"
#include "models/tensor/params.h"

enum { X, WEIGHT, BIAS };
enum { GRAIN = 16 };

typedef struct {
    kd_activation f;
    float        *slope; /* (N,O) f'(z), when trained */
} linear_state;

/* ---- forward ---- */

static void activate_rows(void *user, int begin, int end)
{
    kd_tensor    *y = user;
    linear_state *state = y->state;
    size_t        from = (size_t)begin * (size_t)y->d;

    size_t len = (size_t)(end - begin) * (size_t)y->d;

    if (kd_tape_precision(y->tape) == KD_INT8)
        kd_activate_roughly(state->f, len, y->x + from, y->x + from);
    else
        kd_activate(state->f, len, y->x + from, y->x + from,
                    state->slope ? state->slope + from : NULL);
}

/* A weight that is no parameter has no packed copy: the plain product, rows preset to b. */
static void multiply_plain(kd_tensor *y, kd_span_work *then)
{
    const kd_tensor *x = y->in[X], *w = y->in[WEIGHT], *b = y->in[BIAS];

    for (int r = 0; b && r < y->n; r++)
        memcpy(kd_tensor_row(y, r), b->x, (size_t)y->d * sizeof *b->x);
    kd_gemm(kd_tape_precision(y->tape), false, true, y->n, y->d, x->d, 1.0f, x->x, x->d, w->x, w->d,
            b ? 1.0f : 0.0f, y->x, y->d);
    if (then) kd_parallel(kd_tape_threads(y->tape), y->n, GRAIN, then, y);
}

static void linear_forward(kd_tensor *y)
{
    linear_state    *state = y->state;
    const kd_tensor *x = y->in[X], *b = y->in[BIAS];
    kd_packed       *w = kd_param_packed(y->in[WEIGHT], kd_tape_precision(y->tape));
    kd_span_work    *then = state->f == KD_IDENTITY ? NULL : activate_rows;

    if (y->n == 0) return;
    if (then && y->wants_grad)
        state->slope = kd_tape_alloc(y->tape, kd_tensor_len(y), sizeof(float));
    if (w)
        kd_packed_apply_then(w, y->n, x->x, x->d, b ? b->x : NULL, 0.0f, y->x, y->d, then, y);
    else
        multiply_plain(y, then);
}

/* ---- backward ---- */

static void slope_rows(void *user, int begin, int end)
{
    kd_tensor    *y = user;
    linear_state *state = y->state;
    size_t        from = (size_t)begin * (size_t)y->d;

    kd_vector_multiply((size_t)(end - begin) * (size_t)y->d, y->g + from, state->slope + from,
                       y->g + from);
}

static void bias_columns(void *user, int begin, int end)
{
    kd_tensor *y = user;
    kd_columns_add(y->n, y->d, y->g, begin, end, y->in[BIAS]->g);
}

static void give_to_input(kd_tensor *y)
{
    kd_tensor *x = y->in[X], *weight = y->in[WEIGHT];
    float      beta = kd_grad_beta(x);
    kd_packed *w = kd_param_packed(weight, kd_tape_precision(y->tape));

    if (w)
        kd_packed_apply_transposed(w, y->n, y->g, y->d, beta, x->g, x->d);
    else
        kd_gemm(kd_tape_precision(y->tape), false, false, y->n, x->d, y->d, 1.0f, y->g, y->d,
                weight->x, weight->d, beta, x->g, x->d);
}

static void give_to_weight(kd_tensor *y)
{
    kd_tensor *x = y->in[X], *w = y->in[WEIGHT];
    float      beta = kd_grad_beta(w);

    kd_gemm(kd_tape_precision(y->tape), true, false, w->n, w->d, y->n, 1.0f, y->g, y->d, x->x, x->d,
            beta, w->g, w->d);
}

static void linear_backward(kd_tensor *y)
{
    linear_state *state = y->state;
    int           threads = kd_tape_threads(y->tape);

    if (y->n == 0) return;
    if (state->slope) kd_parallel(threads, y->n, GRAIN, slope_rows, y);
    if (kd_grad(y->in[BIAS])) kd_parallel(threads, y->d, 64, bias_columns, y);
    if (y->in[WEIGHT]->wants_grad) give_to_weight(y);
    if (y->in[X]->wants_grad) give_to_input(y);
}

static const kd_op linear_op = { "linear", linear_forward, linear_backward };

kd_tensor *kd_op_linear(kd_tape *tape, kd_tensor *x, kd_tensor *weight, kd_tensor *bias,
                        kd_activation f)
{
    KD_CHECK(x->d == weight->d, "linear: x has %d features, weights expect %d", x->d, weight->d);
    KD_CHECK(!bias || (bias->n == 1 && bias->d == weight->n), "linear: bias is %d x %d, not 1 x %d",
             bias->n, bias->d, weight->n);
    linear_state *state = kd_tape_alloc(tape, 1, sizeof *state);

    *state = (linear_state){ .f = f };
    return kd_tape_record(tape, &linear_op, x->n, weight->n, state, 3,
                          (kd_tensor *[]){ x, weight, bias });
}
