/* crf_steps.c - products of K powers by K x W powers, and what float loses made good. */
#include "models/tensor/crf_steps.h"

#include <math.h>
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/kernels.h"
#include "models/tensor/simd.h"

/* Terms below 1e-38 vanish, so a sum above this has lost less than K / 10^10 of itself. */
#define LEAST 1e-28f

enum { LANES = KD_CRF_LANES, MOST = KD_CRF_TAGS_MAX };

_Static_assert(MOST % LANES == 0, "a row of the most tags is whole vectors");

/* ---- making them ---- */

KD_SIMD static void raise_all(size_t len, float peak, const float *score, float *power)
{
    for (size_t i = 0; i < len; i++) power[i] = kd_expf(score[i] - peak);
}

static kd_crf_links make_links(kd_tape *tape, int tags, int width)
{
    kd_crf_links links;
    size_t       len = (size_t)tags * (size_t)width;

    links.score = kd_tape_alloc(tape, len, sizeof(float));
    links.power = kd_tape_alloc(tape, len, sizeof(float));
    for (size_t i = 0; i < len; i++) links.score[i] = -INFINITY;
    return links;
}

static void raise_links(kd_crf_links *links, int tags, int width)
{
    int len = tags * width;

    links->peak = kd_row_max(len, links->score);
    if (links->peak == -INFINITY) links->peak = 0.0f; /* chains of one row are all there is */
    raise_all((size_t)len, links->peak, links->score, links->power);
}

static bool is_forbidden(const kd_crf_weights *weights, int from, int to)
{
    return weights->forbidden && weights->forbidden[from * (weights->start->d + 1) + to];
}

kd_crf_steps kd_crf_steps_make(kd_tape *tape, const kd_crf_weights *weights)
{
    int          k = weights->start->d, width = (k + LANES - 1) / LANES * LANES;
    kd_crf_steps s = { .tags = k, .width = width, .raw = weights->transitions->x };

    s.onward = make_links(tape, k, width);
    s.back = make_links(tape, k, width);
    s.start = kd_tape_alloc(tape, (size_t)width, sizeof(float));
    s.end = kd_tape_alloc(tape, (size_t)width, sizeof(float));
    for (int j = 0; j < width; j++) s.start[j] = s.end[j] = -INFINITY;
    for (int i = 0; i < k; i++) {
        if (!is_forbidden(weights, k, i)) s.start[i] = weights->start->x[i];
        if (!is_forbidden(weights, i, k)) s.end[i] = weights->end->x[i];
        for (int j = 0; j < k; j++)
            if (!is_forbidden(weights, i, j))
                s.onward.score[i * width + j] = s.back.score[j * width + i] = s.raw[i * k + j];
    }
    raise_links(&s.onward, k, width);
    raise_links(&s.back, k, width);
    return s;
}

/* ---- sums of powers ---- */

/* u = e^(in - max), sum = u power */
KD_SIMD static void sum_powers(int k, int width, const float *in, float max, const float *power,
                               float *restrict u, float *restrict sum)
{
    for (int from = 0; from < width; from += LANES)
        for (int l = 0; l < LANES; l++) u[from + l] = kd_expf(in[from + l] - max);
    for (int from = 0; from < width; from += LANES) {
        float part[LANES] = { 0 };
        for (int i = 0; i < k; i++)
            for (int l = 0; l < LANES; l++) part[l] += u[i] * power[i * width + from + l];
        for (int l = 0; l < LANES; l++) sum[from + l] = part[l];
    }
}

KD_SIMD static void take_logs(int width, const float *sum, float *out)
{
    for (int from = 0; from < width; from += LANES)
        for (int l = 0; l < LANES; l++) out[from + l] = kd_logf(sum[from + l]);
}

/* Whether column j has to be summed in double; NaN goes there too. */
static bool is_lost(float sum, kd_crf_step besides, int j)
{
    return !(sum >= LEAST) || j == besides.to;
}

static double term(const kd_crf_steps *s, const kd_crf_links *links, kd_crf_step besides,
                   const float *in, int i, int j)
{
    bool is_besides = i == besides.from && j == besides.to;
    return (double)in[i] +
           (double)(is_besides ? s->raw[i * s->tags + j] : links->score[i * s->width + j]);
}

/* log sum_i e^(in_i + T_ij) */
static double sum_column(const kd_crf_steps *s, const kd_crf_links *links, kd_crf_step besides,
                         const float *in, int j)
{
    double max = -INFINITY, sum = 0.0;

    for (int i = 0; i < s->tags; i++) max = fmax(max, term(s, links, besides, in, i, j));
    if (max == -INFINITY) max = 0.0; /* the sum stays 0, or NaN */
    for (int i = 0; i < s->tags; i++) sum += exp(term(s, links, besides, in, i, j) - max);
    return max + log(sum);
}

float kd_crf_step_run(const kd_crf_steps *s, const kd_crf_links *links, kd_crf_step besides,
                      const float *in, float *out)
{
    float u[MOST], sum[MOST], max = kd_row_max(s->tags, in);
    float shift = max + links->peak;

    sum_powers(s->tags, s->width, in, max, links->power, u, sum);
    take_logs(s->width, sum, out);
    for (int j = 0; j < s->tags; j++)
        if (is_lost(sum[j], besides, j))
            out[j] = (float)(sum_column(s, links, besides, in, j) - (double)shift);
    return shift;
}

/* ---- back: out_j has the share e^(in_i + T_ij - out_j) of in_i ---- */

KD_SIMD static void share_out(int k, int width, const float *u, const float *power,
                              const float *rate, float *restrict din, float *restrict flow)
{
    for (int i = 0; i < k; i++) {
        float sum[LANES] = { 0 }, all = 0.0f;
        for (int from = i * width, j = 0; j < width; j += LANES)
            for (int l = 0; l < LANES; l++) {
                float part = u[i] * power[from + j + l] * rate[j + l];
                flow[from + j + l] += part;
                sum[l] += part;
            }
        for (int l = 0; l < LANES; l++) all += sum[l];
        din[i] += all;
    }
}

static void share_out_column(const kd_crf_steps *s, const kd_crf_links *links, kd_crf_step besides,
                             const float *in, int j, float dout, float *din, float *flow)
{
    double out = sum_column(s, links, besides, in, j);

    if (out == -INFINITY) return;
    for (int i = 0; i < s->tags; i++) {
        float part = (float)((double)dout * exp(term(s, links, besides, in, i, j) - out));
        din[i] += part;
        flow[i * s->width + j] += part;
    }
}

void kd_crf_step_back(const kd_crf_steps *s, const kd_crf_links *links, kd_crf_step besides,
                      const float *in, const float *dout, float *din, float *flow)
{
    float u[MOST], rate[MOST], max = kd_row_max(s->tags, in);

    sum_powers(s->tags, s->width, in, max, links->power, u, rate);
    for (int j = 0; j < s->tags; j++) {
        bool lost = is_lost(rate[j], besides, j);
        if (lost) share_out_column(s, links, besides, in, j, dout[j], din, flow);
        rate[j] = lost ? 0.0f : dout[j] / rate[j];
    }
    share_out(s->tags, s->width, u, links->power, rate, din, flow);
}

/* ---- the best ---- */

KD_SIMD static void find_best(int k, int width, const float *in, const float *score,
                              float *restrict out, int32_t *restrict from)
{
    for (int at = 0; at < width; at += LANES) {
        float   best[LANES];
        int32_t which[LANES] = { 0 };
        for (int l = 0; l < LANES; l++) best[l] = in[0] + score[at + l];
        for (int i = 1; i < k; i++)
            for (int l = 0; l < LANES; l++) {
                float here = in[i] + score[i * width + at + l];
                which[l] = here > best[l] ? i : which[l];
                best[l] = here > best[l] ? here : best[l];
            }
        for (int l = 0; l < LANES; l++) out[at + l] = best[l];
        for (int l = 0; l < LANES; l++) from[at + l] = which[l];
    }
}

void kd_crf_step_best(const kd_crf_steps *s, const float *in, float *out, int32_t *from)
{
    find_best(s->tags, s->width, in, s->onward.score, out, from);
}
