/* op_norm.c - LayerNorm, with the residual sum before it in the same pass, and NoNorm.
 *
 * LayerNorm of h = x + residual, row by row over its D features:
 *
 *     xhat = (h - mean) r,  r = 1 / sqrt(variance + eps)       y = w xhat + b
 *
 *     dh = r (e - mean(e) - xhat mean(e xhat)),  e = w dy      dw += dy xhat,  db += dy
 *
 * x and residual both receive dh. NoNorm (MobileBERT) is y = w h + b, and dh = w dy.
 */
#include <math.h>
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/kernels.h"
#include "models/tensor/op.h"
#include "models/tensor/parallel.h"
#include "models/tensor/simd.h"

enum { X, RESIDUAL, WEIGHT, BIAS };
enum { GRAIN = 16, GRAIN_COLUMNS = 64 };

typedef struct {
    float  eps;
    float *xhat;    /* (N,D), when trained; of NoNorm h */
    float *inverse; /* (N) r */
} norm_state;

/* ---- forward ---- */

/* h = x + residual into `h`; returns the mean. */
KD_SIMD static float sum_row(int d, const float *x, const float *residual, float *h)
{
    float sum = 0.0f;

    if (residual) {
#pragma omp simd reduction(+ : sum)
        for (int i = 0; i < d; i++) sum += h[i] = x[i] + residual[i];
    } else {
#pragma omp simd reduction(+ : sum)
        for (int i = 0; i < d; i++) sum += h[i] = x[i];
    }
    return sum / (float)d;
}

/* h becomes xhat; returns r. */
KD_SIMD static float normalise_row(int d, float mean, float eps, float *h)
{
    float squares = 0.0f;

#pragma omp simd reduction(+ : squares)
    for (int i = 0; i < d; i++) {
        h[i] -= mean;
        squares += h[i] * h[i];
    }
    float inverse = 1.0f / sqrtf(squares / (float)d + eps);
    for (int i = 0; i < d; i++) h[i] *= inverse;
    return inverse;
}

KD_SIMD static void affine_row(int d, const float *xhat, const float *w, const float *b, float *y)
{
    for (int i = 0; i < d; i++) y[i] = w[i] * xhat[i] + b[i];
}

static void norm_rows(void *user, int begin, int end)
{
    kd_tensor  *y = user;
    norm_state *state = y->state;

    for (int n = begin; n < end; n++) {
        const float *residual = y->in[RESIDUAL] ? kd_tensor_row(y->in[RESIDUAL], n) : NULL;
        float       *out = kd_tensor_row(y, n);
        float       *xhat = state->xhat ? state->xhat + (size_t)n * (size_t)y->d : out;
        float        mean = sum_row(y->d, kd_tensor_row(y->in[X], n), residual, xhat);
        float        inverse = normalise_row(y->d, mean, state->eps, xhat);

        if (state->inverse) state->inverse[n] = inverse;
        affine_row(y->d, xhat, y->in[WEIGHT]->x, y->in[BIAS]->x, out);
    }
}

static void norm_forward(kd_tensor *y)
{
    norm_state *state = y->state;

    if (y->wants_grad) {
        state->xhat = kd_tape_alloc(y->tape, kd_tensor_len(y), sizeof(float));
        state->inverse = kd_tape_alloc(y->tape, (size_t)y->n, sizeof(float));
    }
    kd_parallel(kd_tape_threads(y->tape), y->n, GRAIN, norm_rows, y);
}

/* ---- backward ---- */

/* dy becomes dh in its place. */
KD_SIMD static void row_back(int d, const float *xhat, const float *w, float inverse, float *g)
{
    float sum = 0.0f, along = 0.0f;

#pragma omp simd reduction(+ : sum, along)
    for (int i = 0; i < d; i++) {
        float e = w[i] * g[i];
        sum += e;
        along += e * xhat[i];
    }
    sum /= (float)d;
    along /= (float)d;
    for (int i = 0; i < d; i++) g[i] = inverse * (w[i] * g[i] - sum - xhat[i] * along);
}

static void norm_rows_back(void *user, int begin, int end)
{
    kd_tensor  *y = user;
    norm_state *state = y->state;
    size_t      d = (size_t)y->d;

    for (int n = begin; n < end; n++)
        row_back(y->d, state->xhat + (size_t)n * d, y->in[WEIGHT]->x, state->inverse[n],
                 y->g + (size_t)n * d);
}

/* dw += sum over rows of dy xhat, db += sum of dy, by strips of columns. */
KD_SIMD static void affine_columns_back(int n, int d, const float *g, const float *xhat, int begin,
                                        int end, float *gw, float *gb)
{
    enum { STRIP = 64 };

    for (int from = begin; from < end; from += STRIP) {
        int   width = end - from < STRIP ? end - from : STRIP;
        float w[STRIP] = { 0 }, b[STRIP] = { 0 };

        for (int r = 0; r < n; r++) {
            const float *gr = g + (size_t)r * (size_t)d + from;
            const float *xr = xhat + (size_t)r * (size_t)d + from;
            for (int c = 0; c < width; c++) {
                w[c] += gr[c] * xr[c];
                b[c] += gr[c];
            }
        }
        for (int c = 0; c < width; c++) {
            gw[from + c] += w[c];
            gb[from + c] += b[c];
        }
    }
}

static void norm_columns_back(void *user, int begin, int end)
{
    kd_tensor  *y = user;
    norm_state *state = y->state;

    affine_columns_back(y->n, y->d, y->g, state->xhat, begin, end, y->in[WEIGHT]->g,
                        y->in[BIAS]->g);
}

static void give(kd_tensor *to, const kd_tensor *y)
{
    if (kd_grad_beta(to) == 0.0f)
        memcpy(to->g, y->g, kd_tensor_len(y) * sizeof *y->g);
    else
        kd_vector_add(kd_tensor_len(y), to->g, y->g, to->g);
}

/* `rows_back` makes dh of dy in its place. */
static void give_all(kd_tensor *y, void (*rows_back)(void *user, int begin, int end))
{
    kd_tensor *x = y->in[X], *residual = y->in[RESIDUAL];
    int        threads = kd_tape_threads(y->tape);

    if (kd_grad(y->in[WEIGHT]) && kd_grad(y->in[BIAS]))
        kd_parallel(threads, y->d, GRAIN_COLUMNS, norm_columns_back, y);
    kd_parallel(threads, y->n, GRAIN, rows_back, y);
    if (residual && residual->wants_grad) give(residual, y);
    if (x->wants_grad && !kd_grad_take_over(x, y)) give(x, y);
}

static void norm_backward(kd_tensor *y)
{
    give_all(y, norm_rows_back);
}

static const kd_op norm_op = { "layer norm", norm_forward, norm_backward };

static void check_shapes(const kd_tensor *x, const kd_tensor *residual, const kd_tensor *weight,
                         const kd_tensor *bias)
{
    KD_CHECK(!residual || (residual->n == x->n && residual->d == x->d),
             "norm: x is %d x %d, residual %d x %d", x->n, x->d, residual->n, residual->d);
    KD_CHECK(weight->n == 1 && weight->d == x->d && bias->n == 1 && bias->d == x->d,
             "norm: x has %d features, weight %d, bias %d", x->d, weight->d, bias->d);
    KD_CHECK(weight->wants_grad == bias->wants_grad, "norm: weight and bias train together");
}

kd_tensor *kd_op_layer_norm(kd_tape *tape, kd_tensor *x, kd_tensor *residual, kd_tensor *weight,
                            kd_tensor *bias, double eps)
{
    check_shapes(x, residual, weight, bias);
    norm_state *state = kd_tape_alloc(tape, 1, sizeof *state);

    *state = (norm_state){ .eps = (float)eps };
    return kd_tape_record(tape, &norm_op, x->n, x->d, state, 4,
                          (kd_tensor *[]){ x, residual, weight, bias });
}

/* ---- NoNorm ---- */

/* Where h = x + residual is kept for the weight's gradient; x itself when nothing is added. */
static void no_norm_rows(void *user, int begin, int end)
{
    kd_tensor  *y = user;
    norm_state *state = y->state;

    for (int n = begin; n < end; n++) {
        const float *h = kd_tensor_row(y->in[X], n);
        if (y->in[RESIDUAL]) {
            float *sum = state->xhat ? state->xhat + (size_t)n * (size_t)y->d : kd_tensor_row(y, n);
            kd_vector_add((size_t)y->d, h, kd_tensor_row(y->in[RESIDUAL], n), sum);
            h = sum;
        }
        affine_row(y->d, h, y->in[WEIGHT]->x, y->in[BIAS]->x, kd_tensor_row(y, n));
    }
}

static void no_norm_forward(kd_tensor *y)
{
    norm_state *state = y->state;

    if (y->wants_grad)
        state->xhat =
            y->in[RESIDUAL] ? kd_tape_alloc(y->tape, kd_tensor_len(y), sizeof(float)) : y->in[X]->x;
    kd_parallel(kd_tape_threads(y->tape), y->n, GRAIN, no_norm_rows, y);
}

static void no_norm_rows_back(void *user, int begin, int end)
{
    kd_tensor *y = user;
    size_t     d = (size_t)y->d;

    for (int n = begin; n < end; n++)
        kd_vector_multiply(d, y->g + (size_t)n * d, y->in[WEIGHT]->x, y->g + (size_t)n * d);
}

static void no_norm_backward(kd_tensor *y)
{
    give_all(y, no_norm_rows_back);
}

static const kd_op no_norm_op = { "no norm", no_norm_forward, no_norm_backward };

kd_tensor *kd_op_no_norm(kd_tape *tape, kd_tensor *x, kd_tensor *residual, kd_tensor *weight,
                         kd_tensor *bias)
{
    check_shapes(x, residual, weight, bias);
    norm_state *state = kd_tape_alloc(tape, 1, sizeof *state);

    *state = (norm_state){ .xhat = NULL };
    return kd_tape_record(tape, &no_norm_op, x->n, x->d, state, 4,
                          (kd_tensor *[]){ x, residual, weight, bias });
}
