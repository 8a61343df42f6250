/* stats.c - two-pass sums, exact distributions where they are cheap, counted draws elsewhere. */
#include "results/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"
#include "results/distribution.h"

static int compare_reals(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* ---- one sample ---- */

/* The mean is corrected by the mean of what is left over, and the sum of squares by the square
 * of that (Chan, Golub and LeVeque 1983), so values that share many digits keep their spread. */
kd_sample kd_stats_describe(const double *x, size_t n)
{
    kd_sample s = { n, NAN, NAN, NAN, NAN, NAN };
    double    sum = 0, rest = 0, squares = 0;

    if (n == 0) return s;
    s.min = s.max = x[0];
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
        s.min = fmin(s.min, x[i]);
        s.max = fmax(s.max, x[i]);
    }
    s.mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - s.mean;
        rest += d;
        squares += d * d;
    }
    s.mean += rest / (double)n;
    if (n < 2) return s;
    s.sd = sqrt(fmax(0.0, squares - rest * rest / (double)n) / (double)(n - 1));
    s.se = s.sd / sqrt((double)n);
    return s;
}

kd_interval kd_stats_t_interval(const kd_sample *sample, double level)
{
    double half;

    if (sample->n < 2) return (kd_interval){ NAN, NAN };
    half = kd_t_quantile(0.5 + 0.5 * level, (double)(sample->n - 1)) * sample->se;
    return (kd_interval){ sample->mean - half, sample->mean + half };
}

/* ---- bootstrap ---- */

/* The p-quantile of sorted values, linear between neighbours. */
static double quantile_of(const double *sorted, size_t n, double p)
{
    double place = p * (double)(n - 1);
    size_t below = (size_t)place;

    if (below + 1 >= n) return sorted[n - 1];
    return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

kd_interval kd_stats_bootstrap_sums(const double *rows, size_t n, size_t columns,
                                    kd_sums_figure *figure, double level, size_t draws, kd_rng *rng)
{
    if (n < 2 || draws == 0) return (kd_interval){ NAN, NAN };
    double *figures = kd_alloc(draws, sizeof *figures);
    double *sums = kd_alloc(columns + 1, sizeof *sums);
    for (size_t d = 0; d < draws; d++) {
        memset(sums, 0, columns * sizeof *sums);
        for (size_t i = 0; i < n; i++) {
            const double *row = rows + columns * kd_rng_below(rng, n);
            for (size_t c = 0; c < columns; c++) sums[c] += row[c];
        }
        figures[d] = figure(sums, columns);
    }
    free(sums);
    qsort(figures, draws, sizeof *figures, compare_reals);
    kd_interval interval = { quantile_of(figures, draws, 0.5 * (1.0 - level)),
                             quantile_of(figures, draws, 0.5 * (1.0 + level)) };
    free(figures);
    return interval;
}

/* ---- two samples ---- */

kd_welch kd_stats_welch(const kd_sample *a, const kd_sample *b, double level)
{
    kd_welch w = { a->mean - b->mean, NAN, NAN, NAN, { NAN, NAN } };
    double   va = a->se * a->se, vb = b->se * b->se, se = sqrt(va + vb), half;

    if (a->n < 2 || b->n < 2 || !(se > 0)) return w;
    w.t = w.difference / se;
    w.df = (va + vb) * (va + vb) / (va * va / (double)(a->n - 1) + vb * vb / (double)(b->n - 1));
    w.p = 2.0 * kd_t_tail(fabs(w.t), w.df);
    half = kd_t_quantile(0.5 + 0.5 * level, w.df) * se;
    w.interval = (kd_interval){ w.difference - half, w.difference + half };
    return w;
}

kd_paired kd_stats_paired(const double *difference, size_t n, double level)
{
    kd_sample s = kd_stats_describe(difference, n);
    kd_paired p = { n, s.mean, NAN, NAN, NAN, { NAN, NAN } };

    if (!(s.se > 0)) return p;
    p.t = s.mean / s.se;
    p.df = (double)(n - 1);
    p.p = 2.0 * kd_t_tail(fabs(p.t), p.df);
    p.interval = kd_stats_t_interval(&s, level);
    return p;
}

/* ---- signed ranks ---- */

#define KD_WILCOXON_EXACT 50

static int compare_sizes(const void *a, const void *b)
{
    double x = fabs(*(const double *)a), y = fabs(*(const double *)b);

    return (x > y) - (x < y);
}

/* Fill `rank` with twice the rank of each sorted difference: whole numbers, also where ties
 * share a mean. Returns the sum of t^3 - t over groups of t tied differences. */
static double rank_sizes(const double *sorted, size_t n, size_t *rank)
{
    double ties = 0;

    for (size_t from = 0, to; from < n; from = to) {
        double t;
        for (to = from + 1; to < n && fabs(sorted[to]) == fabs(sorted[from]);) to++;
        for (size_t i = from; i < to; i++) rank[i] = from + to + 1;
        t = (double)(to - from);
        ties += t * t * t - t;
    }
    return ties;
}

/* The two-sided p of a doubled rank sum `plus`. chance[s] becomes the probability of the sum s,
 * one rank at a time, each with either sign. */
static double exact_p(const size_t *rank, size_t n, size_t plus)
{
    size_t  total = n * (n + 1);
    double *chance = kd_alloc(total + 1, sizeof *chance);
    double  below = 0, above = 0;

    chance[0] = 1.0;
    for (size_t i = 0; i < n; i++)
        for (size_t s = total + 1; s-- > 0;)
            chance[s] = 0.5 * (chance[s] + (s >= rank[i] ? chance[s - rank[i]] : 0.0));
    for (size_t s = 0; s <= total; s++) {
        if (s <= plus) below += chance[s];
        if (s >= plus) above += chance[s];
    }
    free(chance);
    return fmin(1.0, 2.0 * fmin(below, above));
}

static double normal_p(size_t n, double plus, double ties)
{
    double m = (double)n, mean = m * (m + 1) / 4.0;
    double variance = m * (m + 1) * (2 * m + 1) / 24.0 - ties / 48.0;

    return 2.0 * kd_normal_tail(fabs(plus - mean) / sqrt(variance));
}

kd_wilcoxon kd_stats_wilcoxon(const double *difference, size_t n)
{
    kd_wilcoxon w = { 0, 0.0, 1.0, true };
    double     *sorted = kd_alloc(n + 1, sizeof *sorted), ties;
    size_t     *rank = kd_alloc(n + 1, sizeof *rank), plus = 0;

    for (size_t i = 0; i < n; i++)
        if (difference[i] != 0.0) sorted[w.n++] = difference[i];
    qsort(sorted, w.n, sizeof *sorted, compare_sizes);
    ties = rank_sizes(sorted, w.n, rank);
    for (size_t i = 0; i < w.n; i++)
        if (sorted[i] > 0) plus += rank[i];
    w.plus = 0.5 * (double)plus;
    w.is_exact = w.n <= KD_WILCOXON_EXACT;
    if (w.n > 0) w.p = w.is_exact ? exact_p(rank, w.n, plus) : normal_p(w.n, w.plus, ties);
    free(sorted);
    free(rank);
    return w;
}
