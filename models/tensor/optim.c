/* optim.c - two passes over memory: one for the norm, one for all the rest.
 *
 * The norm is summed in double by blocks of fixed size and the blocks in their order, so it does
 * not depend on the count of threads. Between two weights the blocks hold zeros, which stay
 * zeros; weights that are frozen are left out.
 */
#include "models/tensor/optim.h"

#include <math.h>
#include <stdlib.h>

#include "models/tensor/gemm.h"
#include "models/tensor/parallel.h"
#include "models/tensor/simd.h"

static const kd_choice eps_styles[] = { { "pre", KD_EPS_PRE },
                                        { "post", KD_EPS_POST },
                                        KD_CHOICE_END };

static const kd_choice decays[] = { { "all", KD_DECAY_ALL },
                                    { "matrices", KD_DECAY_MATRICES },
                                    KD_CHOICE_END };

static const kd_choice rate_schedules[] = { { "constant", KD_RATE_CONSTANT },
                                            { "linear", KD_RATE_LINEAR },
                                            { "cosine", KD_RATE_COSINE },
                                            KD_CHOICE_END };

const kd_setting kd_optim_settings[] = {
    KD_REAL_ROW(kd_optim_options, lr, "lr", "0.001", 0.0, 10.0, NULL,
                "learning rate at its highest"),
    KD_REAL_ROW(kd_optim_options, beta1, "beta1", "0.9", 0.0, 0.999999, NULL,
                "AdamW: how much of the mean gradient is kept at each update"),
    KD_REAL_ROW(kd_optim_options, beta2, "beta2", "0.999", 0.0, 0.99999999, NULL,
                "AdamW: how much of the mean squared gradient is kept"),
    KD_REAL_ROW(kd_optim_options, eps, "eps", "1e-06", 1e-16, 1.0, NULL,
                "AdamW: what keeps the division finite"),
    KD_CHOICE_ROW(
        kd_optim_options, eps_style, "eps_style", "pre", eps_styles, NULL,
        "AdamW: eps before the bias correction and decay last (pre: the published recipes), or "
        "eps after it and decay first (post: current PyTorch)"),
    KD_REAL_ROW(kd_optim_options, weight_decay, "weight_decay", "0.01", 0.0, 10.0, NULL,
                "what part of lr times a weight is taken from it at each update"),
    KD_CHOICE_ROW(kd_optim_options, decay, "decay", "all", decays, NULL,
                  "which weights decay: all, or neither biases nor norms (matrices)"),
    KD_REAL_ROW(kd_optim_options, clip, "clip", "1", 0.0, 1e9, NULL,
                "largest norm of the whole gradient; 0 for no limit"),
    KD_CHOICE_ROW(kd_optim_options, schedule, "schedule", "constant", rate_schedules, NULL,
                  "how the learning rate falls after the warm-up"),
    KD_INT_ROW(kd_optim_options, warmup, "warmup", "0", 0, 1000000000, NULL,
               "updates in which the learning rate rises from 0"),
    KD_SETTING_END,
};

double kd_optim_schedule(const kd_optim_options *options, int64_t update, int64_t total)
{
    double s = (double)update, w = options->warmup, t = (double)total;

    if (s < w) return s / w;
    if (options->schedule == KD_RATE_CONSTANT) return 1.0;
    if (s >= t) return 0.0;
    if (options->schedule == KD_RATE_LINEAR) return (t - s) / (t - w);
    return 0.5 * (1.0 + cos(M_PI * (s - w) / (t - w)));
}

/* ---- the optimizer ---- */

enum { BLOCK = 1 << 16 }; /* floats whose squares are summed together, or that a thread takes */

struct kd_optim {
    kd_optim_options options;
    kd_params       *params; /* borrowed */
    int64_t          total, updates;
    double          *sums; /* one for each block of the largest weight */
};

kd_optim *kd_optim_create(const kd_optim_options *options, kd_params *params, int64_t total)
{
    KD_CHECK(kd_params_block(params, KD_SECOND), "optim: these weights have no moments");
    kd_optim *optim = kd_alloc(1, sizeof *optim);
    size_t    longest = 0;

    for (int i = 0; i < kd_params_count(params); i++)
        if (kd_params_at(params, i)->length > longest) longest = kd_params_at(params, i)->length;
    *optim =
        (kd_optim){ *options, params, total, 0, kd_alloc(longest / BLOCK + 1, sizeof(double)) };
    return optim;
}

void kd_optim_destroy(kd_optim *optim)
{
    if (!optim) return;
    free(optim->sums);
    free(optim);
}

int64_t kd_optim_updates(const kd_optim *optim)
{
    return optim->updates;
}
void kd_optim_resume(kd_optim *optim, int64_t updates)
{
    optim->updates = updates;
}

/* ---- the norm ---- */

typedef struct {
    const float *g;
    size_t       length;
    double      *sums;
} norm_work;

KD_SIMD static double sum_of_squares(size_t length, const float *g)
{
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < length; i++) sum += (double)g[i] * (double)g[i];
    return sum;
}

static size_t block_length(size_t length, int block)
{
    size_t begin = (size_t)block * BLOCK;
    return length - begin < BLOCK ? length - begin : BLOCK;
}

static int block_count(size_t length)
{
    return (int)((length + BLOCK - 1) / BLOCK);
}

static void sum_blocks(void *user, int begin, int end)
{
    norm_work *work = user;
    for (int b = begin; b < end; b++)
        work->sums[b] = sum_of_squares(block_length(work->length, b), work->g + (size_t)b * BLOCK);
}

static kd_status measure_norm(kd_optim *optim, double scale, double *norm, kd_error *err)
{
    double total = 0.0;

    for (int i = 0; i < kd_params_count(optim->params); i++) {
        const kd_param *param = kd_params_at(optim->params, i);
        norm_work       work = { kd_param_block(optim->params, param, KD_GRADIENTS), param->length,
                                 optim->sums };

        if (param->is_frozen) continue;
        kd_parallel(kd_gemm_threads(), block_count(param->length), 4, sum_blocks, &work);
        for (int b = 0; b < block_count(param->length); b++) total += optim->sums[b];
        if (!isfinite(total))
            return kd_fail(err, KD_EDIVERGED, "update %lld: the gradient of %s is not finite",
                           (long long)optim->updates + 1, param->name);
    }
    *norm = sqrt(total) * fabs(scale);
    return KD_OK;
}

/* ---- the update ---- */

/* p = after * (before * p - step * m / (root * sqrt(v) + eps)), both forms of AdamW. */
typedef struct {
    float *p, *g, *m, *v;
    size_t length;
    float  scale;                      /* of g: accumulation and clipping */
    float  beta1, rest1, beta2, rest2; /* rest = 1 - beta, from double */
    float  step, root, eps, before, after;
} update_work;

KD_SIMD static void update_block(const update_work *work, size_t begin, size_t length)
{
    float *restrict p = work->p + begin, *restrict g = work->g + begin;
    float *restrict m = work->m + begin, *restrict v = work->v + begin;
    const update_work u = *work;

#pragma omp simd
    for (size_t i = 0; i < length; i++) {
        float slope = g[i] * u.scale;
        m[i] = u.beta1 * m[i] + u.rest1 * slope;
        v[i] = u.beta2 * v[i] + u.rest2 * (slope * slope);
        p[i] = u.after * (u.before * p[i] - u.step * m[i] / (u.root * sqrtf(v[i]) + u.eps));
        g[i] = 0.0f;
    }
}

/* The moments of a word that stays away shrink by beta at each update and would rest for ever among
 * numbers below 2^-126, where x86 is a hundred times slower: they become 0 instead. Bits 15 and
 * 6 of the control register say so; returns what it was. */
static unsigned flush_tiny_numbers(void)
{
#ifdef __x86_64__
    unsigned before = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(before | 1u << 15 | 1u << 6);
    return before;
#else
    return 0;
#endif
}

static void restore_tiny_numbers(unsigned before)
{
#ifdef __x86_64__
    __builtin_ia32_ldmxcsr(before);
#else
    (void)before;
#endif
}

static void update_blocks(void *user, int begin, int end)
{
    const update_work *work = user;
    unsigned           before = flush_tiny_numbers();

    for (int b = begin; b < end; b++)
        update_block(work, (size_t)b * BLOCK, block_length(work->length, b));
    restore_tiny_numbers(before);
}

static bool is_decayed(const kd_optim_options *options, const kd_param *param)
{
    return param->is_matrix || options->decay == KD_DECAY_ALL;
}

static void update_weight(kd_optim *optim, const kd_param *param, double scale, double rate)
{
    const kd_optim_options *o = &optim->options;
    kd_params              *params = optim->params;
    double                  t = (double)optim->updates + 1.0;
    double                  c1 = 1.0 - pow(o->beta1, t), c2 = 1.0 - pow(o->beta2, t);
    double                  kept = is_decayed(o, param) ? 1.0 - rate * o->weight_decay : 1.0;
    bool                    is_pre = o->eps_style == KD_EPS_PRE;
    update_work             work = { .length = param->length, .scale = (float)scale };

    work.p = kd_param_block(params, param, KD_VALUES);
    work.g = kd_param_block(params, param, KD_GRADIENTS);
    work.m = kd_param_block(params, param, KD_FIRST);
    work.v = kd_param_block(params, param, KD_SECOND);
    work.beta1 = (float)o->beta1;
    work.rest1 = (float)(1.0 - o->beta1);
    work.beta2 = (float)o->beta2;
    work.rest2 = (float)(1.0 - o->beta2);
    work.step = (float)(is_pre ? rate * sqrt(c2) / c1 : rate / c1);
    work.root = (float)(is_pre ? 1.0 : 1.0 / sqrt(c2));
    work.eps = (float)o->eps;
    work.before = (float)(is_pre ? 1.0 : kept);
    work.after = (float)(is_pre ? kept : 1.0);
    kd_parallel(kd_gemm_threads(), block_count(param->length), 4, update_blocks, &work);
}

kd_status kd_optim_step(kd_optim *optim, double scale, kd_optim_report *report, kd_error *err)
{
    const kd_optim_options *o = &optim->options;
    kd_optim_report         done = { .clip = 1.0 };
    kd_status               status;

    if ((status = measure_norm(optim, scale, &done.norm, err)) != KD_OK) return status;
    if (o->clip > 0.0) done.clip = fmin(1.0, o->clip / (done.norm + 1e-6));
    done.rate = o->lr * kd_optim_schedule(o, optim->updates, optim->total);
    for (int i = 0; i < kd_params_count(optim->params); i++)
        if (!kd_params_at(optim->params, i)->is_frozen)
            update_weight(optim, kd_params_at(optim->params, i), scale * done.clip, done.rate);
    optim->updates++;
    kd_params_touch(optim->params);
    if (report) *report = done;
    return KD_OK;
}
