/* op_conv.c - convolution of odd width K along each sentence, zeros beyond its ends.
 *
 *     y_n = b + sum_k W_k x_{n + k - K/2}        over the tokens of n's own sentence
 *
 * Each row's window is laid out as PyTorch lays out its weights, feature by feature and in it
 * place by place, so that the convolution is one product with the weight as it is stored:
 *
 *     u (N, I*K), u[n][i K + k] = x[n + k - K/2][i]       y = u W^T + b
 *     du = dy W, added back to dx along the same places     dW = dy^T u
 */
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/gemm.h"
#include "models/tensor/kernels.h"
#include "models/tensor/op.h"
#include "models/tensor/params.h"

enum { X, WEIGHT, BIAS, ARITY };

typedef struct {
    const kd_rows *rows;
    int            width; /* K */
    const float   *u;     /* (N, I*K); x itself for width 1 */
} conv_state;

/* ---- windows ---- */

/* A sentence of `t` rows: place k of every window, from rows shifted by k - K/2. */
static void spread(int t, int d, int width, int k, const float *x, float *u)
{
    int shift = k - width / 2;

    for (int n = 0; n < t; n++, u += (size_t)d * (size_t)width) {
        bool         is_inside = n + shift >= 0 && n + shift < t;
        const float *row = x + (size_t)(is_inside ? n + shift : 0) * (size_t)d;
        for (int i = 0; i < d; i++) u[i * width + k] = is_inside ? row[i] : 0.0f;
    }
}

static void collect(int t, int d, int width, int k, const float *du, float *dx)
{
    int shift = k - width / 2;

    for (int n = 0; n < t; n++, du += (size_t)d * (size_t)width) {
        if (n + shift < 0 || n + shift >= t) continue;
        float *row = dx + (size_t)(n + shift) * (size_t)d;
        for (int i = 0; i < d; i++) row[i] += du[i * width + k];
    }
}

static const float *windows_of(kd_tensor *y)
{
    const conv_state *s = y->state;
    const kd_tensor  *x = y->in[X];
    const int32_t    *begin = s->rows->begin;

    if (s->width == 1) return x->x;
    size_t columns = (size_t)x->d * (size_t)s->width;
    float *u = (y->wants_grad ? kd_tape_alloc : kd_tape_scratch)(y->tape, (size_t)x->n * columns,
                                                                 sizeof *u);
    for (int b = 0; b < s->rows->count; b++)
        for (int k = 0; k < s->width; k++)
            spread(begin[b + 1] - begin[b], x->d, s->width, k, kd_tensor_row(x, begin[b]),
                   u + (size_t)begin[b] * columns);
    return u;
}

/* ---- forward and backward ---- */

static void conv_forward(kd_tensor *y)
{
    conv_state      *s = y->state;
    const kd_tensor *w = y->in[WEIGHT], *b = y->in[BIAS];
    kd_precision     precision = kd_tape_precision(y->tape);
    kd_packed       *packed = kd_param_packed(w, precision);

    if (y->n == 0) return;
    s->u = windows_of(y);
    if (packed) {
        kd_packed_apply(packed, y->n, s->u, w->d, b ? b->x : NULL, 0.0f, y->x, y->d);
        return;
    }
    for (int n = 0; b && n < y->n; n++)
        memcpy(kd_tensor_row(y, n), b->x, (size_t)y->d * sizeof(float));
    kd_gemm(precision, false, true, y->n, y->d, w->d, 1.0f, s->u, w->d, w->x, w->d, b ? 1.0f : 0.0f,
            y->x, y->d);
}

static void give_to_input(kd_tensor *y)
{
    const conv_state *s = y->state;
    kd_tensor        *x = y->in[X], *w = y->in[WEIGHT];
    kd_precision      precision = kd_tape_precision(y->tape);
    kd_packed        *packed = kd_param_packed(w, precision);
    const int32_t    *begin = s->rows->begin;
    bool              is_direct = s->width == 1;
    float             beta = is_direct ? kd_grad_beta(x) : 0.0f;
    float            *du =
        is_direct ? x->g : kd_tape_scratch(y->tape, (size_t)y->n * (size_t)w->d, sizeof *du);

    if (packed)
        kd_packed_apply_transposed(packed, y->n, y->g, y->d, beta, du, w->d);
    else
        kd_gemm(precision, false, false, y->n, w->d, y->d, 1.0f, y->g, y->d, w->x, w->d, beta, du,
                w->d);
    if (is_direct) return;
    float *dx = kd_grad(x);
    for (int b = 0; b < s->rows->count; b++)
        for (int k = 0; k < s->width; k++)
            collect(begin[b + 1] - begin[b], x->d, s->width, k,
                    du + (size_t)begin[b] * (size_t)w->d, dx + (size_t)begin[b] * (size_t)x->d);
}

static void conv_backward(kd_tensor *y)
{
    const conv_state *s = y->state;
    kd_tensor        *w = y->in[WEIGHT];

    if (y->n == 0) return;
    if (w->wants_grad) {
        float beta = kd_grad_beta(w);
        kd_gemm(kd_tape_precision(y->tape), true, false, w->n, w->d, y->n, 1.0f, y->g, y->d, s->u,
                w->d, beta, w->g, w->d);
    }
    float *db = kd_grad(y->in[BIAS]);
    if (db) kd_columns_add(y->n, y->d, y->g, 0, y->d, db);
    if (y->in[X]->wants_grad) give_to_input(y);
}

static const kd_op conv_op = { "conv", conv_forward, conv_backward };

kd_tensor *kd_op_conv(kd_tape *tape, kd_tensor *x, const kd_rows *rows, kd_tensor *weight,
                      kd_tensor *bias, int width)
{
    KD_CHECK(width > 0 && width % 2 == 1, "conv: width %d is not odd", width);
    KD_CHECK(weight->d == x->d * width, "conv: weights have %d columns, x %d features by width %d",
             weight->d, x->d, width);
    KD_CHECK(!bias || bias->d == weight->n, "conv: bias of %d, not %d", bias->d, weight->n);
    KD_CHECK(x->n == kd_rows_total(rows), "conv: x has %d rows, the sentences %d", x->n,
             kd_rows_total(rows));
    conv_state *s = kd_tape_alloc(tape, 1, sizeof *s);

    *s = (conv_state){ rows, width, NULL };
    return kd_tape_record(tape, &conv_op, x->n, weight->n, s, ARITY,
                          (kd_tensor *[]){ x, weight, bias });
}
