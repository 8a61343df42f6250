/* op_pool.c - the rows of each sentence become one.
 *
 *     max         y_d = max_n x_nd                    dx_nd += dy_d at the first n that has it
 *     attention   y = sum_n a_n x_n                   dx_n += a_n dy
 *                 a = softmax of s over the sentence  ds_n += a_n (dy x_n - sum_m a_m dy x_m)
 *
 * Scores of attention are one number a row; tanh and a product before them make the pooling of
 * Zhou et al. 2016.
 */
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/kernels.h"
#include "models/tensor/op.h"
#include "models/tensor/parallel.h"
#include "models/tensor/simd.h"

enum { GRAIN = 4 }; /* sentences that are worth a thread */

static void check_rows(const kd_tensor *x, const kd_rows *rows)
{
    KD_CHECK(x->n == kd_rows_total(rows), "pool: x has %d rows, the sentences %d", x->n,
             kd_rows_total(rows));
}

/* ---- the largest ---- */

typedef struct {
    const kd_rows *rows;
    int32_t       *which; /* (B,D) the row that has it */
} max_state;

/* y becomes x where x is larger, or NaN. */
KD_SIMD static void keep_larger(int d, int32_t n, const float *restrict x, float *restrict y,
                                int32_t *restrict which)
{
    for (int i = 0; i < d; i++) {
        int is_larger = (x[i] > y[i]) | (x[i] != x[i]);
        which[i] = is_larger ? n : which[i];
        y[i] = is_larger ? x[i] : y[i];
    }
}

static void max_sentences(void *user, int begin, int end)
{
    kd_tensor       *y = user;
    const max_state *state = y->state;
    const kd_tensor *x = y->in[0];

    for (int b = begin; b < end; b++) {
        int      first = state->rows->begin[b], last = state->rows->begin[b + 1] - 1;
        int32_t *which = state->which + (size_t)b * (size_t)y->d;

        memset(kd_tensor_row(y, b), 0, (size_t)y->d * sizeof *y->x);
        if (last < first) continue;
        memcpy(kd_tensor_row(y, b), kd_tensor_row(x, first), (size_t)y->d * sizeof *y->x);
        for (int i = 0; i < y->d; i++) which[i] = first;
        for (int n = first + 1; n <= last; n++)
            keep_larger(y->d, n, kd_tensor_row(x, n), kd_tensor_row(y, b), which);
    }
}

static void max_forward(kd_tensor *y)
{
    kd_parallel(kd_tape_threads(y->tape), y->n, GRAIN, max_sentences, y);
}

static void max_backward(kd_tensor *y)
{
    const max_state *state = y->state;
    float           *g = kd_grad(y->in[0]);
    size_t           d = (size_t)y->d;

    for (int b = 0; b < y->n; b++) {
        if (state->rows->begin[b] == state->rows->begin[b + 1]) continue;
        for (size_t i = (size_t)b * d; i < (size_t)(b + 1) * d; i++)
            g[(size_t)state->which[i] * d + i % d] += y->g[i];
    }
}

static const kd_op max_op = { "max pool", max_forward, max_backward };

kd_tensor *kd_op_max_pool(kd_tape *tape, kd_tensor *x, const kd_rows *rows)
{
    max_state *state = kd_tape_alloc(tape, 1, sizeof *state);

    check_rows(x, rows);
    state->rows = rows;
    state->which = kd_tape_alloc(tape, (size_t)rows->count * (size_t)x->d, sizeof *state->which);
    return kd_tape_record(tape, &max_op, rows->count, x->d, state, 1, &x);
}

/* ---- attention ---- */

enum { X, SCORES };

typedef struct {
    const kd_rows *rows;
    float         *share; /* (N) a */
    float         *gx, *gs;
} attention_state;

static void attend_sentences(void *user, int begin, int end)
{
    kd_tensor             *y = user;
    const attention_state *state = y->state;
    size_t                 d = (size_t)y->d;

    for (int b = begin; b < end; b++) {
        int first = state->rows->begin[b], length = state->rows->begin[b + 1] - first;

        memset(kd_tensor_row(y, b), 0, d * sizeof *y->x);
        if (length == 0) continue;
        kd_row_softmax(length, y->in[SCORES]->x + first, state->share + first);
        for (int n = first; n < first + length; n++)
            kd_vector_add_scaled(d, state->share[n], kd_tensor_row(y->in[X], n),
                                 kd_tensor_row(y, b));
    }
}

static void attention_forward(kd_tensor *y)
{
    kd_parallel(kd_tape_threads(y->tape), y->n, GRAIN, attend_sentences, y);
}

KD_SIMD static float dot(int d, const float *a, const float *b)
{
    float sum = 0.0f;

#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < d; i++) sum += a[i] * b[i];
    return sum;
}

static void attend_back(const kd_tensor *y, int b)
{
    const attention_state *state = y->state;
    size_t                 d = (size_t)y->d;
    const float           *gy = y->g + (size_t)b * d;
    float                  mean = state->gs ? dot(y->d, gy, kd_tensor_row(y, b)) : 0.0f;

    for (int n = state->rows->begin[b]; n < state->rows->begin[b + 1]; n++) {
        float along = state->gs ? dot(y->d, gy, kd_tensor_row(y->in[X], n)) : 0.0f;
        if (state->gs) state->gs[n] += state->share[n] * (along - mean);
        if (state->gx) kd_vector_add_scaled(d, state->share[n], gy, state->gx + (size_t)n * d);
    }
}

static void attend_sentences_back(void *user, int begin, int end)
{
    for (int b = begin; b < end; b++) attend_back(user, b);
}

static void attention_backward(kd_tensor *y)
{
    attention_state *state = y->state;

    state->gx = kd_grad(y->in[X]);
    state->gs = kd_grad(y->in[SCORES]);
    kd_parallel(kd_tape_threads(y->tape), y->n, GRAIN, attend_sentences_back, y);
}

static const kd_op attention_op = { "attention pool", attention_forward, attention_backward };

kd_tensor *kd_op_attention_pool(kd_tape *tape, kd_tensor *x, kd_tensor *scores, const kd_rows *rows)
{
    attention_state *state = kd_tape_alloc(tape, 1, sizeof *state);

    check_rows(x, rows);
    KD_CHECK(scores->n == x->n && scores->d == 1, "pool: scores are %d x %d, not %d x 1", scores->n,
             scores->d, x->n);
    *state = (attention_state){ .rows = rows };
    state->share = kd_tape_alloc(tape, (size_t)x->n, sizeof *state->share);
    return kd_tape_record(tape, &attention_op, rows->count, x->d, state, 2,
                          (kd_tensor *[]){ x, scores });
}
