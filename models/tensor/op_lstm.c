/* op_lstm.c - one bidirectional LSTM layer over packed sentences.
 *
 * At every token, with z = x W_ih^T + b_ih + h' W_hh^T + b_hh cut into i, f, g, o of H each and
 * h', c' the states of the token before (in the direction's order; zero at a sentence's start):
 *
 *     i = sigmoid(i)   f = sigmoid(f)   g = tanh(g)   o = sigmoid(o)
 *     c = f c' + i g                    h = o tanh(c)
 *
 * and back, from dh (the output's and the next token's) and dc (the next token's):
 *
 *     do = dh tanh(c) o(1-o)            dc = dc + dh o (1 - tanh^2 c)
 *     di = dc g i(1-i)    df = dc c' f(1-f)    dg = dc i (1-g^2)    dc' = dc f
 *     dh' = dz W_hh       dx = dz W_ih         dW_ih = dz^T x       dW_hh = dz^T h'
 *
 * Rows are put in order of time, sentences by falling length, so that step t of all sentences
 * that have a token t is one block of rows:
 *
 *     step      0        1        2      3
 *     rows   A0 B0 C0 | A1 B1 C1 | A2 B2 | A3        lengths A 4, B 3, C 2
 *
 * The sentences of a step are the first ones of the step before, so in both directions the
 * states h' and c' are the first rows of the neighbouring block and nothing is copied or masked.
 * The products with x and the gradients of weights are single products over all rows; only
 * h' W_hh^T and dz W_hh go step by step. With two threads each direction has one.
 */
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/gemm.h"
#include "models/tensor/kernels.h"
#include "models/tensor/op.h"
#include "models/tensor/parallel.h"
#include "models/tensor/params.h"
#include "models/tensor/same_rows.h"
#include "models/tensor/simd.h"

enum { X, W_IH, W_HH, B_IH, B_HH, PER_DIRECTION = 4, ARITY = 9 }; /* in[]: the second 4 after */

/* What a direction keeps for the way back, in order of time. */
typedef struct {
    float *z; /* (N,4H) i f g o, after their functions; on the way back dz */
    float *c; /* (N,H) */
    float *h; /* (N,H) */
} trace;

typedef struct {
    const kd_rows *rows;
    int            hidden; /* H */
    int            steps;  /* tokens of the longest sentence */
    int           *begin;  /* (steps+1) where each step's rows begin */
    int32_t       *source; /* (N) the packed row that stands here; NULL when it is the same */
    const float   *x;      /* (N,I) in order of time */
    trace          traces[2];
} lstm_state;

/* ---- order of time ---- */

/* Sentences by falling length, equal ones in their order: a counting sort. */
static void sort_sentences(const kd_rows *rows, int longest, int *first, int *order)
{
    memset(first, 0, (size_t)(longest + 2) * sizeof *first);
    for (int b = 0; b < rows->count; b++)
        first[longest - (rows->begin[b + 1] - rows->begin[b]) + 1]++;
    for (int i = 0; i <= longest; i++) first[i + 1] += first[i];
    for (int b = 0; b < rows->count; b++)
        order[first[longest - (rows->begin[b + 1] - rows->begin[b])]++] = b;
}

static void put_in_order(lstm_state *s, kd_tape *tape)
{
    const kd_rows *rows = s->rows;
    int            n = 0;

    for (int b = 0; b < rows->count; b++) {
        int length = rows->begin[b + 1] - rows->begin[b];
        if (length > s->steps) s->steps = length;
    }
    int *order = kd_tape_alloc(tape, (size_t)rows->count + 1, sizeof *order);
    int *first = kd_tape_alloc(tape, (size_t)s->steps + 2, sizeof *first);
    sort_sentences(rows, s->steps, first, order);
    s->begin = kd_tape_alloc(tape, (size_t)s->steps + 1, sizeof *s->begin);
    s->source = kd_tape_alloc(tape, (size_t)kd_rows_total(rows), sizeof *s->source);
    for (int t = 0; t < s->steps; t++) {
        s->begin[t] = n;
        for (int i = 0; i < rows->count; i++) {
            int b = order[i];
            if (rows->begin[b + 1] - rows->begin[b] <= t) break;
            s->source[n++] = rows->begin[b] + t;
        }
    }
    s->begin[s->steps] = n;
    if (rows->count == 1) s->source = NULL;
}

static size_t step_rows(const lstm_state *s, int t)
{
    return t >= 0 && t < s->steps ? (size_t)(s->begin[t + 1] - s->begin[t]) : 0;
}

/* The rows of a step, and those of the step before it in the direction's order: `known` rows from
 * `from` on hold the states that the first rows of this step begin with; the others begin with 0.
 */
typedef struct {
    size_t at, rows;
    size_t from, known;
} block;

static block block_of(const lstm_state *s, int direction, int t)
{
    int    before = direction == 0 ? t - 1 : t + 1;
    size_t rows = step_rows(s, t), other = step_rows(s, before);

    return (block){ (size_t)s->begin[t], rows, other > 0 ? (size_t)s->begin[before] : 0,
                    other < rows ? other : rows };
}

/* to (N,width) = the rows of from, `ld` apart, in order of time. */
static void gather(const lstm_state *s, int n, const float *from, int ld, int width, float *to)
{
    for (int r = 0; r < n; r++)
        memcpy(to + (size_t)r * (size_t)width,
               from + (size_t)(s->source ? s->source[r] : r) * (size_t)ld,
               (size_t)width * sizeof *to);
}

static void scatter(const lstm_state *s, int n, const float *from, int width, float *to, int ld)
{
    for (int r = 0; r < n; r++)
        memcpy(to + (size_t)(s->source ? s->source[r] : r) * (size_t)ld,
               from + (size_t)r * (size_t)width, (size_t)width * sizeof *to);
}

/* ---- products with a weight, packed or not ---- */

typedef struct {
    const kd_tensor *tensor;
    kd_packed       *packed; /* NULL when the tensor is no parameter */
    kd_precision     precision;
} weight;

static weight weight_of(const kd_tensor *y, int direction, int which)
{
    const kd_tensor *w = y->in[which + direction * PER_DIRECTION];
    kd_precision     precision = kd_tape_precision(y->tape);
    return (weight){ w, kd_param_packed(w, precision), precision };
}

/* y = x W^T + bias + beta y; all dense. */
static void apply(const weight *w, int m, const float *x, const float *bias, float beta, float *y)
{
    int n = w->tensor->n, k = w->tensor->d;

    if (w->packed) {
        kd_packed_apply(w->packed, m, x, k, bias, beta, y, n);
        return;
    }
    for (int r = 0; bias && r < m; r++)
        memcpy(y + (size_t)r * (size_t)n, bias, (size_t)n * sizeof *y);
    kd_gemm(w->precision, false, true, m, n, k, 1.0f, x, k, w->tensor->x, k, bias ? 1.0f : beta, y,
            n);
}

/* dx = dy W + beta dx */
static void apply_transposed(const weight *w, int m, const float *dy, float beta, float *dx)
{
    int n = w->tensor->n, k = w->tensor->d;

    if (w->packed)
        kd_packed_apply_transposed(w->packed, m, dy, n, beta, dx, k);
    else
        kd_gemm(w->precision, false, false, m, k, n, 1.0f, dy, n, w->tensor->x, k, beta, dx, k);
}

/* ---- gates ---- */

/* One token. `before` is c' or NULL for zero. */
KD_SIMD static void run_gates(int hidden, float *restrict z, const float *restrict before,
                              float *restrict c, float *restrict h)
{
    float *restrict i = z, *restrict f = z + hidden, *restrict g = f + hidden,
                    *restrict o = g + hidden;

#pragma omp simd
    for (int j = 0; j < hidden; j++) {
        i[j] = kd_sigmoidf(i[j]);
        f[j] = kd_sigmoidf(f[j]);
        g[j] = kd_tanhf(g[j]);
        o[j] = kd_sigmoidf(o[j]);
        c[j] = i[j] * g[j] + (before ? f[j] * before[j] : 0.0f);
        h[j] = o[j] * kd_tanhf(c[j]);
    }
}

/* One token back: from dh, z becomes dz, in its place, and dc becomes dc'. tanh(c) is computed
 * again: that takes no longer than to read it. */
KD_SIMD static void run_gates_back(int hidden, float *restrict z, const float *restrict before,
                                   const float *restrict c, const float *restrict dh,
                                   float *restrict dc)
{
    float *restrict zi = z, *restrict zf = z + hidden, *restrict zg = zf + hidden,
                    *restrict zo = zg + hidden;

#pragma omp simd
    for (int j = 0; j < hidden; j++) {
        float i = zi[j], f = zf[j], g = zg[j], o = zo[j];
        float tanh_c = kd_tanhf(c[j]);
        float d = dc[j] + dh[j] * o * (1.0f - tanh_c * tanh_c);
        zi[j] = d * g * i * (1.0f - i);
        zf[j] = before ? d * before[j] * f * (1.0f - f) : 0.0f;
        zg[j] = d * i * (1.0f - g * g);
        zo[j] = dh[j] * tanh_c * o * (1.0f - o);
        dc[j] = d * f;
    }
}

/* ---- forward ---- */

typedef struct {
    kd_tensor *y;
    weight     w_hh[2];
    float     *dh[2], *dc[2]; /* (N,H), (rows of step 0, H); backward only */
} recurrence;

static void run_direction(const recurrence *run, int direction)
{
    const lstm_state *s = run->y->state;
    const trace      *k = &s->traces[direction];
    size_t            h = (size_t)s->hidden;

    for (int i = 0; i < s->steps; i++) {
        block b = block_of(s, direction, direction == 0 ? i : s->steps - 1 - i);

        if (b.known > 0)
            apply(&run->w_hh[direction], (int)b.known, k->h + b.from * h, NULL, 1.0f,
                  k->z + b.at * 4 * h);
        for (size_t r = 0; r < b.rows; r++) {
            size_t row = b.at + r;
            run_gates(s->hidden, k->z + row * 4 * h, r < b.known ? k->c + (b.from + r) * h : NULL,
                      k->c + row * h, k->h + row * h);
        }
    }
}

static void run_directions(void *user, int begin, int end)
{
    for (int d = begin; d < end; d++) run_direction(user, d);
}

static float *floats(const kd_tensor *y, size_t rows, size_t columns)
{
    return (y->wants_grad ? kd_tape_alloc : kd_tape_scratch)(y->tape, rows * columns,
                                                             sizeof(float));
}

/* The rows that W_ih is multiplied with: each once, where its product has the same bits among whatever others. Where nothing
 * is learned a piece is always the same row, and many of a batch have come before; learning needs dz of each for itself. */
typedef struct {
    const float *x; /* (count, I) */
    int          count;
    kd_same_rows same;
    float       *z; /* (count, 4H); NULL where rows seldom come again */
} inputs;

static inputs inputs_of(kd_tensor *y)
{
    const lstm_state *s = y->state;
    const kd_packed  *packed = weight_of(y, 0, W_IH).packed;
    int               width = y->in[X]->d;
    inputs            in = { .x = s->x, .count = y->n };

    if (y->wants_grad || !packed || !kd_packed_is_sealed(packed)) return in;
    kd_same_rows_find(&in.same, y->tape, s->x, y->n, width);
    if (in.same.count > y->n / 4 * 3) return in;
    float *x = kd_tape_scratch(y->tape, (size_t)in.same.count * (size_t)width, sizeof *x);
    for (int i = 0; i < in.same.count; i++)
        memcpy(x + (size_t)i * (size_t)width, s->x + (size_t)in.same.first[i] * (size_t)width,
               (size_t)width * sizeof *x);
    in.x = x;
    in.count = in.same.count;
    in.z = kd_tape_scratch(y->tape, (size_t)in.count * 4 * (size_t)s->hidden, sizeof *in.z);
    return in;
}

/* z (N,4H) = x W_ih^T + bias */
static void apply_to_inputs(const inputs *in, const weight *w, int n, const float *bias, float *z)
{
    size_t width = (size_t)w->tensor->n;

    apply(w, in->count, in->x, bias, 0.0f, in->z ? in->z : z);
    for (int r = 0; in->z && r < n; r++)
        memcpy(z + (size_t)r * width, in->z + (size_t)in->same.which[r] * width, width * sizeof *z);
}

static void lstm_forward(kd_tensor *y)
{
    lstm_state *s = y->state;
    recurrence  run = { .y = y };
    size_t      n = (size_t)y->n, h = (size_t)s->hidden;
    float      *bias = kd_tape_scratch(y->tape, 4 * h, sizeof *bias);

    if (n == 0) return;
    s->x = y->in[X]->x;
    if (s->source) {
        float *x = floats(y, n, (size_t)y->in[X]->d);
        gather(s, y->n, s->x, y->in[X]->d, y->in[X]->d, x);
        s->x = x;
    }
    inputs in = inputs_of(y);
    for (int d = 0; d < 2; d++) {
        weight w_ih = weight_of(y, d, W_IH);
        s->traces[d] = (trace){ floats(y, n, 4 * h), floats(y, n, h), floats(y, n, h) };
        run.w_hh[d] = weight_of(y, d, W_HH);
        kd_vector_add(4 * h, y->in[B_IH + d * PER_DIRECTION]->x, y->in[B_HH + d * PER_DIRECTION]->x,
                      bias);
        apply_to_inputs(&in, &w_ih, y->n, bias, s->traces[d].z);
    }
    kd_parallel(kd_tape_threads(y->tape), 2, 1, run_directions, &run);
    for (int d = 0; d < 2; d++)
        scatter(s, y->n, s->traces[d].h, s->hidden, y->x + (size_t)d * h, y->d);
}

/* ---- backward ---- */

static void run_direction_back(const recurrence *run, int direction)
{
    const lstm_state *s = run->y->state;
    const trace      *k = &s->traces[direction];
    float            *dh = run->dh[direction], *dc = run->dc[direction];
    size_t            h = (size_t)s->hidden;

    memset(dc, 0, step_rows(s, 0) * h * sizeof *dc);
    for (int i = 0; i < s->steps; i++) {
        block b = block_of(s, direction, direction == 0 ? s->steps - 1 - i : i);

        for (size_t r = 0; r < b.rows; r++) {
            size_t row = b.at + r;
            run_gates_back(s->hidden, k->z + row * 4 * h,
                           r < b.known ? k->c + (b.from + r) * h : NULL, k->c + row * h,
                           dh + row * h, dc + r * h);
        }
        if (b.known > 0)
            apply_transposed(&run->w_hh[direction], (int)b.known, k->z + b.at * 4 * h, 1.0f,
                             dh + b.from * h);
    }
}

static void run_directions_back(void *user, int begin, int end)
{
    for (int d = begin; d < end; d++) run_direction_back(user, d);
}

/* h' of every row in order of time, zero at the sentences' starts. */
static void states_before(const lstm_state *s, int direction, const float *h, float *before)
{
    size_t width = (size_t)s->hidden;

    for (int t = 0; t < s->steps; t++) {
        block  b = block_of(s, direction, t);
        float *to = before + b.at * width;

        memcpy(to, h + b.from * width, b.known * width * sizeof *to);
        memset(to + b.known * width, 0, (b.rows - b.known) * width * sizeof *to);
    }
}

/* dW += dz^T from */
static void give_to_weight(kd_tensor *y, int which, const float *dz, const float *from)
{
    kd_tensor *w = y->in[which];

    if (!w->wants_grad) return;
    float beta = kd_grad_beta(w);
    kd_gemm(kd_tape_precision(y->tape), true, false, w->n, w->d, y->n, 1.0f, dz, w->n, from, w->d,
            beta, w->g, w->d);
}

static void give_to_weights(kd_tensor *y, int direction, float *before)
{
    const lstm_state *s = y->state;
    const float      *dz = s->traces[direction].z;
    int               at = direction * PER_DIRECTION, width = 4 * s->hidden;

    give_to_weight(y, W_IH + at, dz, s->x);
    states_before(s, direction, s->traces[direction].h, before);
    give_to_weight(y, W_HH + at, dz, before);
    for (int b = B_IH; b <= B_HH; b++) {
        float *sum = kd_grad(y->in[b + at]);
        if (sum) kd_columns_add(y->n, width, dz, 0, width, sum);
    }
}

static void give_to_input(kd_tensor *y)
{
    const lstm_state *s = y->state;
    kd_tensor        *x = y->in[X];

    if (!x->wants_grad) return;
    float *dx = kd_tape_scratch(y->tape, kd_tensor_len(x), sizeof *dx);
    for (int d = 0; d < 2; d++) {
        weight w_ih = weight_of(y, d, W_IH);
        apply_transposed(&w_ih, y->n, s->traces[d].z, (float)d, dx);
    }
    float *to = kd_grad(x);
    for (int r = 0; r < y->n; r++) {
        float *row = to + (size_t)(s->source ? s->source[r] : r) * (size_t)x->d;
        kd_vector_add((size_t)x->d, row, dx + (size_t)r * (size_t)x->d, row);
    }
}

static void lstm_backward(kd_tensor *y)
{
    const lstm_state *s = y->state;
    recurrence        run = { .y = y };
    size_t            n = (size_t)y->n, h = (size_t)s->hidden;

    if (n == 0) return;
    for (int d = 0; d < 2; d++) {
        run.w_hh[d] = weight_of(y, d, W_HH);
        run.dh[d] = kd_tape_scratch(y->tape, n * h, sizeof(float));
        run.dc[d] = kd_tape_scratch(y->tape, step_rows(s, 0) * h, sizeof(float));
        gather(s, y->n, y->g + (size_t)d * h, y->d, s->hidden, run.dh[d]);
    }
    kd_parallel(kd_tape_threads(y->tape), 2, 1, run_directions_back, &run);
    for (int d = 0; d < 2; d++) give_to_weights(y, d, run.dh[d]);
    give_to_input(y);
}

static const kd_op lstm_op = { "lstm", lstm_forward, lstm_backward };

/* ---- recording ---- */

static void check_shapes(const kd_tensor *x, const kd_lstm_weights *w)
{
    int h = w->w_hh->d;

    KD_CHECK(w->w_hh->n == 4 * h, "lstm: w_hh is %d x %d, not 4H x H", w->w_hh->n, h);
    KD_CHECK(w->w_ih->n == 4 * h && w->w_ih->d == x->d, "lstm: w_ih is %d x %d, not %d x %d",
             w->w_ih->n, w->w_ih->d, 4 * h, x->d);
    KD_CHECK(w->b_ih->d == 4 * h && w->b_hh->d == 4 * h, "lstm: biases of %d and %d, not %d",
             w->b_ih->d, w->b_hh->d, 4 * h);
}

kd_tensor *kd_op_lstm(kd_tape *tape, kd_tensor *x, const kd_rows *rows,
                      const kd_lstm_weights direction[2])
{
    lstm_state *s = kd_tape_alloc(tape, 1, sizeof *s);
    kd_tensor  *in[ARITY] = { x };

    KD_CHECK(x->n == kd_rows_total(rows), "lstm: x has %d rows, the sentences %d", x->n,
             kd_rows_total(rows));
    KD_CHECK(direction[0].w_hh->d == direction[1].w_hh->d, "lstm: directions of %d and %d units",
             direction[0].w_hh->d, direction[1].w_hh->d);
    for (int d = 0; d < 2; d++) {
        const kd_lstm_weights *w = &direction[d];
        kd_tensor             *of[PER_DIRECTION] = { w->w_ih, w->w_hh, w->b_ih, w->b_hh };
        check_shapes(x, w);
        memcpy(in + W_IH + d * PER_DIRECTION, of, sizeof of);
    }
    *s = (lstm_state){ .rows = rows, .hidden = direction[0].w_hh->d };
    put_in_order(s, tape);
    return kd_tape_record(tape, &lstm_op, x->n, 2 * s->hidden, s, ARITY, in);
}
