/* answers.c - weights by the batch, one product for each, and a few sums for each pair. */
#include "results/answers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/vec.h"
#include "models/tensor/gemm.h"
#include "models/tensor/simd.h"
#include "results/distribution.h"

/* Draws whose weights are in memory at once: as many as make a product worth its call, in 16 MiB.
 */
enum { BATCH_MOST = 128, BATCH_WEIGHTS = 1 << 22 };

typedef struct {
    KD_VEC(double) f1; /* of each run */
    double *sum;       /* (parts) totals over runs: right, and predicted + gold */
    double *drawn_f1;  /* (draws) mean over runs, sentences drawn with replacement */
    double  own;   /* the variance of the mean over runs that sentences give each run by itself */
    double *half;  /* (draws, parts) sums over those sentences that a draw exchanges */
    double  moved; /* in the draw that is being taken */
} side;

typedef struct {
    size_t side;
    double f1;
    float *count; /* (sentences, parts): right, and predicted + gold */
} run;

struct kd_answers {
    size_t sentences, parts, sides, draws;
    side  *side;
    KD_VEC(run) runs;
    int32_t largest; /* count of one run in one sentence */
};

/* The mean F1 of parts, of which one without anything predicted or gold is none. */
typedef struct {
    double total;
    size_t parts;
} mean_f1;

static void add_part(mean_f1 *m, double tp, double both)
{
    if (!(both > 0)) return;
    m->total += 2.0 * tp / both;
    m->parts++;
}

static double value_of(const mean_f1 *m)
{
    return m->parts > 0 ? m->total / (double)m->parts : 0.0;
}

/* Of sums: of each part what is right, and what is predicted + gold. */
static double f1_of(const double *sum, size_t parts)
{
    mean_f1 m = { 0, 0 };

    for (size_t k = 0; k < parts; k++) add_part(&m, sum[2 * k], sum[2 * k + 1]);
    return value_of(&m);
}

static void add_counts(double *sum, const kd_counts *counts, size_t n, size_t parts)
{
    for (size_t i = 0; i < n * parts; i++) {
        sum[2 * (i % parts)] += counts[i].tp;
        sum[2 * (i % parts) + 1] += (double)counts[i].predicted + counts[i].gold;
    }
}

double kd_answers_f1(const kd_counts *counts, size_t n, size_t parts)
{
    double *sum = kd_alloc(2 * parts + 1, sizeof *sum), f1;

    add_counts(sum, counts, n, parts);
    f1 = f1_of(sum, parts);
    free(sum);
    return f1;
}

/* ---- runs ---- */

kd_answers *kd_answers_create(size_t sentences, size_t parts, size_t sides)
{
    kd_answers *answers = kd_alloc(1, sizeof *answers);

    answers->sentences = sentences;
    answers->parts = parts;
    answers->sides = sides;
    answers->side = kd_alloc(sides + 1, sizeof *answers->side);
    for (size_t s = 0; s < sides; s++)
        answers->side[s].sum = kd_alloc(2 * parts + 1, sizeof(double));
    return answers;
}

void kd_answers_add(kd_answers *answers, size_t side_number, const kd_counts *counts)
{
    size_t n = answers->sentences, parts = answers->parts;
    side  *s = &answers->side[side_number];
    run    r = { .side = side_number, .f1 = kd_answers_f1(counts, n, parts) };

    KD_CHECK(side_number < answers->sides, "answers: side %zu of %zu", side_number, answers->sides);
    r.count = kd_alloc(2 * n * parts + 1, sizeof *r.count);
    for (size_t i = 0; i < n * parts; i++) {
        int32_t both = counts[i].predicted + counts[i].gold;
        r.count[2 * i] = (float)counts[i].tp;
        r.count[2 * i + 1] = (float)both;
        if (both > answers->largest) answers->largest = both;
    }
    add_counts(s->sum, counts, n, parts);
    kd_vec_push(&s->f1, r.f1);
    kd_vec_push(&answers->runs, r);
}

/* ---- weights ---- */

/* How often each sentence comes when as many are drawn as there are. */
static void draw_with_replacement(float *weight, size_t n, kd_rng *rng)
{
    memset(weight, 0, n * sizeof *weight);
    for (size_t i = 0; i < n; i++) weight[kd_rng_below(rng, n)] += 1.0f;
}

KD_SIMD static void spread_bits(float *weight, size_t n, uint64_t bits)
{
    for (size_t i = 0; i < n; i++) weight[i] = (float)(int32_t)(bits >> i & 1);
}

/* Each sentence with probability 1/2: one random bit each. */
static void draw_half(float *weight, size_t n, kd_rng *rng)
{
    for (size_t i = 0; i < n; i += 64)
        spread_bits(weight + i, n - i < 64 ? n - i : 64, kd_rng_next(rng));
}

typedef void weight_drawing(float *weight, size_t n, kd_rng *rng);

/* ---- sums ---- */

/* A matrix of counts and where its products go. */
typedef struct {
    kd_answers *of;
    float      *count; /* (sentences, columns) */
    int         columns;
    size_t      block; /* sentences whose weighted counts surely add up to less than 2^24 */
    float      *part;
    double     *sum;   /* (batch, columns) */
    double     *moved; /* (runs) */
} product;

/* Draws at once; their weights are read while they are in a cache. */
static size_t batch_of(size_t sentences)
{
    size_t batch = BATCH_WEIGHTS / (sentences + 1);

    if (batch > BATCH_MOST) batch = BATCH_MOST;
    return batch < 1 ? 1 : batch;
}

/* No sentence comes 256 times among as many draws as there are sentences, but for a chance below
 * 1 in 10^500. */
static product create_product(kd_answers *a, size_t columns, double largest)
{
    enum { TIMES = 256 };
    double  block = floor(0x1p24 / (TIMES * fmax(1.0, largest)));
    size_t  batch = batch_of(a->sentences);
    product p = { .of = a, .columns = (int)columns, .block = (size_t)fmax(1.0, block) };

    p.count = kd_alloc(a->sentences * columns + 1, sizeof *p.count);
    p.part = kd_alloc(batch * columns + 1, sizeof *p.part);
    p.sum = kd_alloc(batch * columns + 1, sizeof *p.sum);
    p.moved = kd_alloc(a->runs.count + 1, sizeof *p.moved);
    return p;
}

static void destroy_product(product *p)
{
    free(p->count);
    free(p->part);
    free(p->sum);
    free(p->moved);
}

/* The sums of `count` draws by their weights (count, sentences). */
static void multiply(product *p, const float *weight, size_t count)
{
    size_t n = p->of->sentences, all = count * (size_t)p->columns;

    memset(p->sum, 0, all * sizeof *p->sum);
    for (size_t i = 0; i < n; i += p->block) {
        size_t length = n - i < p->block ? n - i : p->block;
        kd_gemm(KD_F32, false, false, (int)count, p->columns, (int)length, 1.0f, weight + i, (int)n,
                p->count + i * (size_t)p->columns, p->columns, 0.0f, p->part, p->columns);
        for (size_t k = 0; k < all; k++) p->sum[k] += (double)p->part[k];
    }
}

/* What is done with `count` sums, the first of which is of draw number `from`. */
typedef void sums_taking(product *p, size_t from, size_t count);

/* The weights of a batch of draws are drawn once, and multiplied with the counts of all. */
static void draw_all(product *all, size_t count, size_t draws, weight_drawing *draw,
                     sums_taking *take, const char *name, const kd_rng *root)
{
    size_t n = all[0].of->sentences, batch = batch_of(n);
    float *weight = kd_alloc(n * batch + 1, sizeof *weight);

    for (size_t from = 0; from < draws; from += batch) {
        size_t some = draws - from < batch ? draws - from : batch;
        for (size_t d = 0; d < some; d++) {
            kd_rng rng = kd_rng_split(root, name, from + d);
            draw(weight + d * n, n, &rng);
        }
        for (size_t i = 0; i < count; i++) {
            multiply(&all[i], weight, some);
            take(&all[i], from, some);
        }
    }
    free(weight);
}

/* ---- sentences drawn with replacement ---- */

/* From the runs' sums in one draw: the sides' mean F1, and what the draw moves each run by itself,
 * beside what it moves all runs of a side. */
static void take_draw(kd_answers *a, const double *sum, size_t draw, double *moved)
{
    for (size_t s = 0; s < a->sides; s++) a->side[s].moved = 0;
    for (size_t r = 0; r < a->runs.count; r++) {
        const run *from = &a->runs.items[r];
        side      *s = &a->side[from->side];
        double     n = (double)s->f1.count, f1 = f1_of(sum + 2 * a->parts * r, a->parts);
        moved[r] = f1 - from->f1;
        s->moved += moved[r] / n;
        s->drawn_f1[draw] += f1 / n;
    }
    for (size_t r = 0; r < a->runs.count; r++) {
        side  *s = &a->side[a->runs.items[r].side];
        double n = (double)s->f1.count, d = moved[r] - s->moved;
        if (n > 1) s->own += d * d / (n * (n - 1.0) * (double)a->draws);
    }
}

static void take_sentences(product *p, size_t from, size_t count)
{
    for (size_t d = 0; d < count; d++)
        take_draw(p->of, p->sum + d * (size_t)p->columns, from + d, p->moved);
}

static product count_runs(kd_answers *a)
{
    size_t  own = 2 * a->parts, columns = own * a->runs.count;
    product p = create_product(a, columns, a->largest);

    for (size_t i = 0; i < a->sentences; i++)
        for (size_t r = 0; r < a->runs.count; r++)
            memcpy(p.count + i * columns + own * r, a->runs.items[r].count + own * i,
                   own * sizeof *p.count);
    return p;
}

/* ---- answers exchanged ---- */

static void take_halves(product *p, size_t from, size_t count)
{
    kd_answers *a = p->of;
    size_t      own = 2 * a->parts;

    for (size_t d = 0; d < count; d++)
        for (size_t s = 0; s < a->sides; s++)
            memcpy(a->side[s].half + own * (from + d), p->sum + d * (size_t)p->columns + own * s,
                   own * sizeof *p->sum);
}

static product count_sides(kd_answers *a)
{
    size_t  own = 2 * a->parts, columns = own * a->sides;
    product p = create_product(a, columns, (double)a->largest * (double)a->runs.count);

    for (size_t i = 0; i < a->sentences; i++)
        for (size_t r = 0; r < a->runs.count; r++) {
            float *row = p.count + i * columns + own * a->runs.items[r].side;
            for (size_t k = 0; k < own; k++) row[k] += a->runs.items[r].count[own * i + k];
        }
    return p;
}

/* ---- both ---- */

static void make_room(kd_answers *a, size_t draws)
{
    KD_CHECK(a->draws == 0, "answers: drawn twice");
    a->draws = draws;
    for (size_t s = 0; s < a->sides; s++) {
        a->side[s].drawn_f1 = kd_alloc(draws + 1, sizeof(double));
        a->side[s].half = kd_alloc(2 * a->parts * draws + 1, sizeof(double));
    }
}

void kd_answers_draw_all(kd_answers *const *all, size_t count, size_t draws, const kd_rng *rng)
{
    product *products = kd_alloc(count + 1, sizeof *products);
    size_t   used = 0;

    for (size_t i = 0; i < count; i++) {
        KD_CHECK(all[i]->sentences == all[0]->sentences, "answers: %zu sentences beside %zu",
                 all[i]->sentences, all[0]->sentences);
        make_room(all[i], draws);
        if (all[i]->runs.count > 0) products[used++] = count_runs(all[i]);
    }
    if (used > 0)
        draw_all(products, used, draws, draw_with_replacement, take_sentences, "sentences", rng);
    for (size_t i = 0; i < used; i++) {
        kd_answers *of = products[i].of;
        destroy_product(&products[i]);
        products[i] = count_sides(of);
    }
    if (used > 0) draw_all(products, used, draws, draw_half, take_halves, "exchange", rng);
    for (size_t i = 0; i < used; i++) destroy_product(&products[i]);
    free(products);
}

void kd_answers_draw(kd_answers *answers, size_t draws, const kd_rng *rng)
{
    kd_answers_draw_all(&answers, 1, draws, rng);
}

/* ---- pairs ---- */

/* F1 of a - F1 of b when draw `d` has exchanged its half; of the mean counts over runs. */
static double exchanged(const side *x, const side *y, size_t parts, size_t d)
{
    const double *of_x = x->half + 2 * parts * d, *of_y = y->half + 2 * parts * d;
    double        nx = (double)x->f1.count, ny = (double)y->f1.count;
    mean_f1       mx = { 0, 0 }, my = { 0, 0 };

    for (size_t k = 0; k < 2 * parts; k += 2) {
        double tp = of_x[k] / nx - of_y[k] / ny, both = of_x[k + 1] / nx - of_y[k + 1] / ny;
        add_part(&mx, x->sum[k] / nx - tp, x->sum[k + 1] / nx - both);
        add_part(&my, y->sum[k] / ny + tp, y->sum[k + 1] / ny + both);
    }
    return value_of(&mx) - value_of(&my);
}

/* All have as many draws. */
static size_t draws_of(const kd_weighed_answers *all, size_t count, size_t a, size_t b)
{
    for (size_t i = 0; i < count; i++)
        if (all[i].answers->side[a].f1.count == 0 || all[i].answers->side[b].f1.count == 0)
            return 0;
    return count > 0 ? all[0].answers->draws : 0;
}

kd_exchange kd_answers_exchange_all(const kd_weighed_answers *all, size_t count, size_t a, size_t b)
{
    kd_exchange result = { NAN, NAN };
    size_t      hits = 0, draws = draws_of(all, count, a, b);

    if (draws == 0) return result;
    result.difference = 0;
    for (size_t i = 0; i < count; i++) {
        const side *x = &all[i].answers->side[a], *y = &all[i].answers->side[b];
        result.difference += all[i].weight * (f1_of(x->sum, all[i].answers->parts) -
                                              f1_of(y->sum, all[i].answers->parts));
    }
    for (size_t d = 0; d < draws; d++) {
        double difference = 0;
        for (size_t i = 0; i < count; i++)
            difference +=
                all[i].weight * exchanged(&all[i].answers->side[a], &all[i].answers->side[b],
                                          all[i].answers->parts, d);
        /* equal but for rounding is as large */
        hits += fabs(difference) >= fabs(result.difference) - 1e-12;
    }
    result.p = (double)(hits + 1) / (double)(draws + 1);
    return result;
}

kd_exchange kd_answers_exchange(const kd_answers *answers, size_t a, size_t b)
{
    return kd_answers_exchange_all(&(kd_weighed_answers){ answers, 1.0 }, 1, a, b);
}

/* The variance over draws of the difference of the two means. */
static double variance_of_draws(const side *x, const side *y, size_t draws)
{
    double mean = 0, squares = 0;

    for (size_t d = 0; d < draws; d++) mean += (x->drawn_f1[d] - y->drawn_f1[d]) / (double)draws;
    for (size_t d = 0; d < draws; d++) {
        double u = x->drawn_f1[d] - y->drawn_f1[d] - mean;
        squares += u * u;
    }
    return squares / (double)(draws - 1);
}

kd_two_level kd_answers_interval_all(const kd_weighed_answers *all, size_t count, size_t a,
                                     size_t b, double level)
{
    kd_two_level r = { 0, NAN, NAN, NAN, NAN, { NAN, NAN } };
    double       seeds = 0, beyond = 0, squares = 0, v, half;
    bool         is_known = count > 0;

    for (size_t i = 0; i < count; i++) {
        const side *x = &all[i].answers->side[a], *y = &all[i].answers->side[b];
        kd_sample   sx = kd_stats_describe(x->f1.items, x->f1.count);
        kd_sample   sy = kd_stats_describe(y->f1.items, y->f1.count);
        double      vx = sx.se * sx.se, vy = sy.se * sy.se, w = all[i].weight, w2 = w * w;
        r.difference += w * (sx.mean - sy.mean);
        is_known &= sx.n > 1 && sy.n > 1 && all[i].answers->draws > 1;
        if (!is_known) continue;
        seeds += w2 * (vx + vy);
        beyond += w2 * fmax(0.0, variance_of_draws(x, y, all[i].answers->draws) - x->own - y->own);
        squares += w2 * w2 * (vx * vx / (double)(sx.n - 1) + vy * vy / (double)(sy.n - 1));
    }
    if (!is_known) return r;
    r.seeds_sd = sqrt(seeds);
    r.sentences_sd = sqrt(beyond);
    v = seeds + beyond;
    if (!(v > 0)) return r;
    r.df = seeds > 0 ? v * v / squares : INFINITY;
    if (r.df < 1e6) {
        r.p = 2.0 * kd_t_tail(fabs(r.difference) / sqrt(v), r.df);
        half = kd_t_quantile(0.5 + 0.5 * level, r.df) * sqrt(v);
    } else { /* Student's t is normal by then */
        r.p = 2.0 * kd_normal_tail(fabs(r.difference) / sqrt(v));
        half = kd_normal_quantile(0.5 + 0.5 * level) * sqrt(v);
    }
    r.interval = (kd_interval){ r.difference - half, r.difference + half };
    return r;
}

kd_two_level kd_answers_interval(const kd_answers *answers, size_t a, size_t b, double level)
{
    return kd_answers_interval_all(&(kd_weighed_answers){ answers, 1.0 }, 1, a, b, level);
}

void kd_answers_destroy(kd_answers *answers)
{
    if (answers == NULL) return;
    for (size_t r = 0; r < answers->runs.count; r++) free(answers->runs.items[r].count);
    for (size_t s = 0; s < answers->sides; s++) {
        kd_vec_fini(&answers->side[s].f1);
        free(answers->side[s].drawn_f1);
        free(answers->side[s].half);
        free(answers->side[s].sum);
    }
    kd_vec_fini(&answers->runs);
    free(answers->side);
    free(answers);
}
