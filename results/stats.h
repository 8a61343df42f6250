/* stats.h - what a few repeated runs let one claim.
 *
 *     one setting, some seeds      describe -> t interval
 *     two settings                 Welch's t (any seeds); paired t, Wilcoxon (the same seeds in
 * pairs)
 *     sentences, documents         bootstrap interval of a figure of their sums
 *
 * What the sentences say is in answers.h, how samples are ordered in dominance.h, several corpora
 * in ranks.h, many tests at once in family.h, what so few runs can show in power.h.
 *
 * Nothing here allocates for its caller or can fail: what is not defined (the spread of one
 * run) is NaN, and a table shows it as absent. Random draws come from the caller's stream.
 */
#ifndef KD_RESULTS_STATS_H
#define KD_RESULTS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/rng.h"

typedef struct {
    size_t n;
    double mean; /* NaN for n = 0 */
    double sd;   /* divisor n - 1; NaN for n < 2 */
    double se;   /* sd / sqrt n */
    double min, max;
} kd_sample;

typedef struct {
    double low, high;
} kd_interval;

kd_sample kd_stats_describe(const double *x, size_t n);

/* mean -+ t(1 - (1-level)/2, n-1) * se: for runs whose spread is normal. */
kd_interval kd_stats_t_interval(const kd_sample *sample, double level);

/* A percentile interval for a figure of sums, such as F1 of counts: rows (n, columns), one of each
 * sentence or document, are drawn with replacement, and the figure is taken of the sums of their
 * columns. NaN for n < 2. */
typedef double kd_sums_figure(const double *sums, size_t columns);
kd_interval    kd_stats_bootstrap_sums(const double *rows, size_t n, size_t columns,
                                       kd_sums_figure *figure, double level, size_t draws,
                                       kd_rng *rng);

/* a - b when their spreads may differ. p is two-sided, NaN when neither sample varies. */
typedef struct {
    double      difference, t, df, p;
    kd_interval interval; /* of the difference */
} kd_welch;
kd_welch kd_stats_welch(const kd_sample *a, const kd_sample *b, double level);

/* Whether paired differences are 0 in the mean, where they are about normal. p is two-sided, NaN
 * when they do not vary or there are fewer than two. */
typedef struct {
    size_t      n;
    double      difference, t, df, p;
    kd_interval interval; /* of the mean difference */
} kd_paired;
kd_paired kd_stats_paired(const double *difference, size_t n, double level);

/* The signed-rank test of paired differences. Zeros are left out, tied sizes share their mean
 * rank. Up to 50 differences the two-sided p is exact, with ties too: it is taken over all 2^n
 * signs of the ranks as they are. */
typedef struct {
    size_t n;    /* differences that are not zero */
    double plus; /* sum of the ranks of the positive ones */
    double p;    /* 1 for n = 0 */
    bool   is_exact;
} kd_wilcoxon;
kd_wilcoxon kd_stats_wilcoxon(const double *difference, size_t n);

#endif
