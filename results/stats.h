/* stats.h - what a few repeated runs let one claim.
 *
 *     one setting, some seeds      describe -> t interval, bootstrap interval
 *     two settings                 Welch's t (any seeds), Wilcoxon (the same seeds in pairs)
 *     two models, same sentences   randomisation of the per-sentence counts (F1)
 *     several tests in one table   Holm
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

/* An interval for the mean from resamples of the n values. Where there are no more than
 * `draws` different resamples (n^n; up to five values for 10,000) all are taken and `rng` is
 * not touched. BCa corrects the percentile interval for bias and skewness (Efron 1987). */
typedef enum { KD_BOOTSTRAP_PERCENTILE, KD_BOOTSTRAP_BCA } kd_bootstrap;
kd_interval kd_stats_bootstrap(const double *x, size_t n, double level, kd_bootstrap kind,
                               size_t draws, kd_rng *rng);

/* a - b when their spreads may differ. p is two-sided, NaN when neither sample varies. */
typedef struct {
    double      difference, t, df, p;
    kd_interval interval; /* of the difference */
} kd_welch;
kd_welch kd_stats_welch(const kd_sample *a, const kd_sample *b, double level);

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

/* Per-sentence counts of entities, from which micro F1 = 2 tp / (predicted + gold), 0 for 0/0. */
typedef struct {
    int32_t tp, predicted, gold;
} kd_counts;
double kd_stats_f1(const kd_counts *counts, size_t n);

/* Are two models that saw the same n sentences alike? Each draw exchanges the two answers to a
 * sentence with probability 1/2 and looks whether F1 differs at least as much as observed
 * (Noreen 1989; Yeh 2000). p = (1 + such draws) / (1 + draws) is never 0. */
typedef struct {
    double difference; /* F1 of a - F1 of b */
    double p;
} kd_randomisation;
kd_randomisation kd_stats_randomise(const kd_counts *a, const kd_counts *b, size_t n, size_t draws,
                                    kd_rng *rng);

/* Replace p-values of one family by Holm's adjusted ones. NaN stays and counts for nothing. */
void kd_stats_holm(double *p, size_t n);

#endif
