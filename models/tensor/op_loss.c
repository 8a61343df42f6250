/* op_loss.c - every loss is a function of one row, and a rule for the mean over rows.
 *
 *     L = (1/divisor) sum over chosen rows of row(x_n, target_n)
 *
 * With x_n at hand, a row function gives the row's loss and its slope d row / d x_n at once, as
 * both share their exponentials. Backward is the same for all: dx_n += dL / divisor * slope_n.
 * Targets are plain numbers, so nothing flows to a teacher. Sums within a row are float over
 * at most 256 terms and double above; rows are added in double and in order, so the value does
 * not depend on the count of threads. A pick may say how many columns of each row count: the others have
 * no value that matters and get no gradient. Of a share of a batch (share.h) both the sum and the divisor are those of
 * the whole batch, so every share knows the batch's loss.
 */
#include <math.h>
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/kernels.h"
#include "models/tensor/op.h"
#include "models/tensor/parallel.h"
#include "models/tensor/simd.h"

enum { STRIP = 256, GRAIN = 64 };

/* One row of x against its target; `setting` is the loss's own number. Writes slope (D). */
typedef double loss_row(int d, const float *x, const float *target, double setting, float *slope);

typedef enum { MEAN_OF_ROWS, MEAN_OF_ELEMENTS, SUM } loss_mean;

typedef struct {
    loss_row      *row;
    loss_mean      mean;
    const float   *target; /* (N,D); for labels NULL */
    const int32_t *labels; /* (N) */
    double         setting;
    const kd_pick *pick;
    int            count; /* rows looked at */
    double         divisor;
    float         *slope;  /* (count,D) */
    double        *losses; /* (count) */
} loss_state;

/* ---- the frame ---- */

static int row_of(const loss_state *state, int i)
{
    return state->pick ? state->pick->row[i] : i;
}

static int width_of(const loss_state *state, int i, int d)
{
    return state->pick && state->pick->width ? state->pick->width[i] : d;
}

static void loss_rows(void *user, int begin, int end)
{
    kd_tensor       *y = user;
    loss_state      *state = y->state;
    const kd_tensor *x = y->in[0];
    size_t           d = (size_t)x->d;
    float            label;

    for (int i = begin; i < end; i++) {
        int          r = row_of(state, i);
        const float *target = state->target ? state->target + (size_t)r * d : NULL;

        if (state->labels) {
            label = (float)state->labels[r];
            target = &label;
        }
        state->losses[i] = state->row(width_of(state, i, x->d), kd_tensor_row(x, r), target,
                                      state->setting, state->slope + (size_t)i * d);
    }
}

static void loss_forward(kd_tensor *y)
{
    loss_state *state = y->state;
    double      sum = 0.0;

    state->slope =
        kd_tape_alloc(y->tape, (size_t)state->count * (size_t)y->in[0]->d, sizeof(float));
    state->losses = kd_tape_scratch(y->tape, (size_t)state->count, sizeof(double));
    kd_parallel(kd_tape_threads(y->tape), state->count, GRAIN, loss_rows, y);
    for (int i = 0; i < state->count; i++) sum += state->losses[i];
    double whole[] = { sum, state->divisor };
    kd_tape_total(y->tape, whole, 2);
    if (state->mean != SUM) state->divisor = whole[1];
    y->x[0] = state->divisor > 0 ? (float)(whole[0] / state->divisor) : 0.0f;
}

static void loss_backward(kd_tensor *y)
{
    loss_state *state = y->state;
    size_t      d = (size_t)y->in[0]->d;
    float      *g = kd_grad(y->in[0]);
    float       scale = kd_tape_is_idle(y->tape) ? 0.0f : (float)((double)y->g[0] / state->divisor);

    for (int i = 0; i < state->count; i++)
        kd_vector_add_scaled((size_t)width_of(state, i, (int)d), scale,
                             state->slope + (size_t)i * d, g + (size_t)row_of(state, i) * d);
}

static const kd_op loss_op = { "loss", loss_forward, loss_backward };

static double divisor_of(const loss_state *state, int d)
{
    double elements = 0;

    switch (state->mean) {
    case MEAN_OF_ROWS:
        return state->count;
    case MEAN_OF_ELEMENTS:
        for (int i = 0; i < state->count; i++) elements += width_of(state, i, d);
        return elements;
    case SUM:
        break;
    }
    return 1.0;
}

static kd_tensor *record(kd_tape *tape, kd_tensor *x, const kd_pick *pick, loss_state loss)
{
    loss_state *state = kd_tape_alloc(tape, 1, sizeof *state);

    for (int i = 0; pick && i < pick->count; i++) {
        KD_CHECK(pick->row[i] >= 0 && pick->row[i] < x->n, "loss: row %d of %d", pick->row[i],
                 x->n);
        KD_CHECK(!pick->width || (pick->width[i] > 0 && pick->width[i] <= x->d),
                 "loss: %d columns of %d", pick->width[i], x->d);
    }
    *state = loss;
    state->pick = pick;
    state->count = pick ? pick->count : x->n;
    state->divisor = divisor_of(state, x->d);
    return kd_tape_record(tape, &loss_op, 1, 1, state, 1, &x);
}

/* ---- squared error: (x-t)^2, slope 2 (x-t) ---- */

KD_SIMD static double mse_row(int d, const float *x, const float *target, double setting,
                              float *slope)
{
    double sum = 0.0;

    (void)setting;
    for (int from = 0; from < d; from += STRIP) {
        int   end = d - from < STRIP ? d : from + STRIP;
        float part = 0.0f;
#pragma omp simd reduction(+ : part)
        for (int i = from; i < end; i++) {
            float gap = x[i] - target[i];
            part += gap * gap;
            slope[i] = 2.0f * gap;
        }
        sum += (double)part;
    }
    return sum;
}

kd_tensor *kd_op_mse(kd_tape *tape, kd_tensor *x, const float *target, const kd_pick *pick)
{
    return record(tape, x, pick,
                  (loss_state){ .row = mse_row, .mean = MEAN_OF_ELEMENTS, .target = target });
}

/* ---- cross-entropy with a label: -sum q log p, slope p - q ---- */

/* With u = s/(C-1): -sum q log p = lse - (1-s-u) x_label - u sum x, as q sums to 1. */
static double cross_entropy_row(int d, const float *x, const float *target, double setting,
                                float *slope)
{
    int    label = (int)target[0];
    float  max = kd_row_max(d, x);
    double sum = kd_row_exp(d, x, max, slope);
    double other = d > 1 ? setting / (d - 1) : 0.0;
    double lse = (double)max + log(sum), total = 0.0;

    kd_vector_scale((size_t)d, (float)(1.0 / sum), slope, slope);
    slope[label] -= (float)(1.0 - setting - other);
    if (other > 0.0)
        for (int i = 0; i < d; i++) {
            slope[i] -= (float)other;
            total += (double)x[i] - lse;
        }
    return (1.0 - setting - other) * (lse - (double)x[label]) - other * total;
}

/* Rows that have a label. */
static kd_pick *pick_labelled(kd_tape *tape, const int32_t *labels, int n)
{
    kd_pick *pick = kd_tape_alloc(tape, 1, sizeof *pick);
    int32_t *row = kd_tape_alloc(tape, (size_t)n, sizeof *row);

    *pick = (kd_pick){ .row = row };
    for (int i = 0; i < n; i++)
        if (labels[i] >= 0) row[pick->count++] = i;
    return pick;
}

kd_tensor *kd_op_cross_entropy_of(kd_tape *tape, kd_tensor *x, const int32_t *labels,
                                  double smoothing, const kd_pick *pick)
{
    for (int i = 0; i < pick->count; i++) {
        int d = pick->width ? pick->width[i] : x->d, label = labels[pick->row[i]];
        KD_CHECK(smoothing == 0.0 || d > 1, "cross-entropy: smoothing needs a second class");
        KD_CHECK(label >= 0 && label < d, "cross-entropy: label %d of %d", label, d);
    }
    return record(tape, x, pick,
                  (loss_state){ .row = cross_entropy_row,
                                .mean = MEAN_OF_ROWS,
                                .labels = labels,
                                .setting = smoothing });
}

kd_tensor *kd_op_cross_entropy(kd_tape *tape, kd_tensor *x, const int32_t *labels, double smoothing)
{
    KD_CHECK(smoothing == 0.0 || x->d > 1, "cross-entropy: smoothing needs a second class");
    return kd_op_cross_entropy_of(tape, x, labels, smoothing, pick_labelled(tape, labels, x->n));
}

/* ---- soft targets: p = softmax(x/T), q = softmax(target/T) ---- */

/* log sum e^(x/T) */
KD_SIMD static double log_sum_exp(int d, const float *x, float inverse_t)
{
    float  max = kd_row_max(d, x) * inverse_t;
    double sum = 0.0;

    for (int from = 0; from < d; from += STRIP) {
        int   end = d - from < STRIP ? d : from + STRIP;
        float part = 0.0f;
#pragma omp simd reduction(+ : part)
        for (int i = from; i < end; i++) part += kd_expf(x[i] * inverse_t - max);
        sum += (double)part;
    }
    return (double)max + log(sum);
}

/* Adds up -q log p, or q (log q - log p), and leaves slope = factor (p - q). */
KD_SIMD static double soft_row(int d, const float *x, const float *target, float inverse_t,
                               float factor, float own, float *slope)
{
    float  lse_x = (float)log_sum_exp(d, x, inverse_t);
    float  lse_t = (float)log_sum_exp(d, target, inverse_t);
    double sum = 0.0;

    for (int from = 0; from < d; from += STRIP) {
        int   end = d - from < STRIP ? d : from + STRIP;
        float part = 0.0f;
#pragma omp simd reduction(+ : part)
        for (int i = from; i < end; i++) {
            float log_p = x[i] * inverse_t - lse_x;
            float log_q = target[i] * inverse_t - lse_t;
            float q = kd_expf(log_q);
            part += q * (own * log_q - log_p);
            slope[i] = factor * (kd_expf(log_p) - q);
        }
        sum += (double)part;
    }
    return sum;
}

static double soft_cross_entropy_row(int d, const float *x, const float *target, double t,
                                     float *slope)
{
    return soft_row(d, x, target, (float)(1.0 / t), (float)(1.0 / t), 0.0f, slope);
}

static double kl_row(int d, const float *x, const float *target, double t, float *slope)
{
    return t * t * soft_row(d, x, target, (float)(1.0 / t), (float)t, 1.0f, slope);
}

kd_tensor *kd_op_soft_cross_entropy(kd_tape *tape, kd_tensor *x, const float *target,
                                    double temperature, const kd_pick *pick)
{
    return record(tape, x, pick,
                  (loss_state){ .row = soft_cross_entropy_row,
                                .mean = MEAN_OF_ROWS,
                                .target = target,
                                .setting = temperature });
}

kd_tensor *kd_op_kl(kd_tape *tape, kd_tensor *x, const float *target, double temperature,
                    const kd_pick *pick)
{
    return record(
        tape, x, pick,
        (loss_state){
            .row = kl_row, .mean = MEAN_OF_ROWS, .target = target, .setting = temperature });
}

/* ---- entropy: H = -sum p log p, slope -p (log p + H) ---- */

static double entropy_row(int d, const float *x, const float *target, double setting, float *slope)
{
    double lse = kd_row_log_sum_exp(d, x), entropy = 0.0;

    (void)target, (void)setting;
    for (int i = 0; i < d; i++) {
        double log_p = (double)x[i] - lse;
        entropy -= exp(log_p) * log_p;
    }
    for (int i = 0; i < d; i++) {
        double log_p = (double)x[i] - lse;
        slope[i] = (float)(-exp(log_p) * (log_p + entropy));
    }
    return entropy;
}

kd_tensor *kd_op_entropy(kd_tape *tape, kd_tensor *x, const kd_pick *pick)
{
    return record(tape, x, pick, (loss_state){ .row = entropy_row, .mean = MEAN_OF_ROWS });
}

/* ---- binary: max(x,0) - x t + log(1 + e^-|x|), slope sigmoid(x) - t ---- */

static double binary_row(int d, const float *x, const float *target, double setting, float *slope)
{
    double sum = 0.0;

    (void)setting;
    for (int i = 0; i < d; i++) {
        double e = exp(-fabs((double)x[i]));
        sum += fmax((double)x[i], 0.0) - (double)x[i] * (double)target[i] + log1p(e);
        slope[i] = (float)((x[i] >= 0.0f ? 1.0 : e) / (1.0 + e) - (double)target[i]);
    }
    return sum;
}

kd_tensor *kd_op_binary_cross_entropy(kd_tape *tape, kd_tensor *x, const float *target,
                                      const kd_pick *pick)
{
    return record(tape, x, pick,
                  (loss_state){ .row = binary_row, .mean = MEAN_OF_ELEMENTS, .target = target });
}

/* ---- its entropy: H = log(1 + e^x) - x p, slope -x p (1-p), p = sigmoid(x) ---- */

static double binary_entropy_row(int d, const float *x, const float *target, double setting,
                                 float *slope)
{
    double sum = 0.0;

    (void)target, (void)setting;
    for (int i = 0; i < d; i++) { /* H is even in x: taken at -|x|, nothing overflows */
        double a = fabs((double)x[i]), e = exp(-a), p = e / (1.0 + e);
        sum += log1p(e) + a * p;
        slope[i] = (float)(-(double)x[i] * p * (1.0 - p));
    }
    return sum;
}

kd_tensor *kd_op_binary_entropy(kd_tape *tape, kd_tensor *x, const kd_pick *pick)
{
    return record(tape, x, pick,
                  (loss_state){ .row = binary_entropy_row, .mean = MEAN_OF_ELEMENTS });
}

/* ---- cosine: 1 - c, c = x t / sqrt(xx tt), slope -(t / sqrt(xx tt) - c x / xx) ---- */

KD_SIMD static double cosine_row(int d, const float *x, const float *target, double setting,
                                 float *slope)
{
    double xx = 1e-12, tt = 1e-12, xt = 0.0;

    (void)setting;
    for (int i = 0; i < d; i++) {
        xx += (double)x[i] * (double)x[i];
        tt += (double)target[i] * (double)target[i];
        xt += (double)x[i] * (double)target[i];
    }
    double length = sqrt(xx * tt), cosine = xt / length;
    float  along_t = (float)(-1.0 / length), along_x = (float)(cosine / xx);
    for (int i = 0; i < d; i++) slope[i] = along_t * target[i] + along_x * x[i];
    return 1.0 - cosine;
}

kd_tensor *kd_op_cosine(kd_tape *tape, kd_tensor *x, const float *target, const kd_pick *pick)
{
    return record(tape, x, pick,
                  (loss_state){ .row = cosine_row, .mean = MEAN_OF_ROWS, .target = target });
}

/* ---- activation boundary: the student's sign should be the teacher's, by a margin ---- */

static double boundary_row(int d, const float *x, const float *target, double setting, float *slope)
{
    float  m = (float)setting;
    double sum = 0.0;

    for (int i = 0; i < d; i++) {
        float gap = x[i] - x[i]; /* 0, but NaN stays NaN */
        if (x[i] > -m && target[i] <= 0.0f) gap = x[i] + m;
        if (x[i] <= m && target[i] > 0.0f) gap = x[i] - m;
        slope[i] = 2.0f * gap;
        sum += (double)gap * (double)gap;
    }
    return sum;
}

kd_tensor *kd_op_boundary(kd_tape *tape, kd_tensor *x, const float *target, double margin,
                          const kd_pick *pick)
{
    return record(
        tape, x, pick,
        (loss_state){ .row = boundary_row, .mean = SUM, .target = target, .setting = margin });
}

/* ---- KL of maps: (t+e) (log(t+e) - log(x+e)), e = 1e-12, slope -(t+e) / (x+e) ---- */

KD_SIMD static double map_kl_row(int d, const float *x, const float *target, double setting,
                                 float *slope)
{
    float  tiny = (float)setting;
    double sum = 0.0;

    for (int from = 0; from < d; from += STRIP) {
        int   end = d - from < STRIP ? d : from + STRIP;
        float part = 0.0f;
#pragma omp simd reduction(+ : part)
        for (int i = from; i < end; i++) {
            float t = target[i] + tiny, s = x[i] + tiny;
            part += t * (kd_logf(t) - kd_logf(s));
            slope[i] = -t / s;
        }
        sum += (double)part;
    }
    return sum;
}

kd_tensor *kd_op_map_kl(kd_tape *tape, kd_tensor *x, const float *target)
{
    return record(
        tape, x, NULL,
        (loss_state){
            .row = map_kl_row, .mean = MEAN_OF_ELEMENTS, .target = target, .setting = 1e-12 });
}

/* ---- total: y = sum_i weight_i term_i ---- */

static void sum_forward(kd_tensor *y)
{
    const double *weights = y->state;
    double        sum = 0.0;

    for (int i = 0; i < y->arity; i++) sum += weights[i] * (double)y->in[i]->x[0];
    y->x[0] = (float)sum;
}

static void sum_backward(kd_tensor *y)
{
    const double *weights = y->state;

    for (int i = 0; i < y->arity; i++) {
        float *g = kd_grad(y->in[i]);
        if (g) g[0] += (float)weights[i] * y->g[0];
    }
}

static const kd_op sum_op = { "weighted sum", sum_forward, sum_backward };

kd_tensor *kd_op_weighted_sum(kd_tape *tape, int count, kd_tensor *const *terms,
                              const double *weights)
{
    double *state = kd_tape_alloc(tape, (size_t)count, sizeof *state);

    memcpy(state, weights, (size_t)count * sizeof *state);
    for (int i = 0; i < count; i++)
        KD_CHECK(terms[i]->n == 1 && terms[i]->d == 1, "a term of %d x %d", terms[i]->n,
                 terms[i]->d);
    return kd_tape_record(tape, &sum_op, 1, 1, state, count, terms);
}
