/* ranks.c - ranks within rows, sums over rows. */
#include "results/ranks.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "harness/base/status.h"
#include "results/distribution.h"

static bool is_whole(const double *row, size_t k)
{
    for (size_t j = 0; j < k; j++)
        if (isnan(row[j])) return false;
    return true;
}

/* Add the ranks of a row to `sum`; returns the sum of t^3 - t over groups of t tied scores. */
static double add_ranks(double *sum, const double *row, size_t k)
{
    double ties = 0;

    for (size_t j = 0; j < k; j++) {
        size_t above = 0, equal = 0; /* itself among the equal ones */
        for (size_t i = 0; i < k; i++) {
            above += row[i] > row[j];
            equal += row[i] == row[j];
        }
        sum[j] += (double)above + 0.5 * (double)(equal + 1);
        ties += (double)(equal * equal - 1); /* each of t brings (t^3 - t) / t */
    }
    return ties;
}

/* Sums of ranks over the rows that are whole, whose number is returned. */
static size_t sum_ranks(double *sum, double *ties, const double *score, size_t n, size_t k)
{
    size_t counted = 0;

    *ties = 0;
    for (size_t j = 0; j < k; j++) sum[j] = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_whole(score + i * k, k)) continue;
        *ties += add_ranks(sum, score + i * k, k);
        counted++;
    }
    return counted;
}

size_t kd_ranks_mean(double *rank, const double *score, size_t corpora, size_t settings)
{
    double ties;
    size_t n = sum_ranks(rank, &ties, score, corpora, settings);

    for (size_t j = 0; j < settings; j++) rank[j] = n > 0 ? rank[j] / (double)n : NAN;
    return n;
}

/* (k!)^(1-n): all corpora but the first must give its order. */
static double chance_of_one_order(double n, double k)
{
    return exp((1.0 - n) * lgamma(k + 1.0));
}

/* chi^2 = (12 / (n k (k+1)) sum R^2 - 3 n (k+1)) / (1 - ties / (n k (k^2-1))), k-1 degrees
 * F     = (n-1) chi^2 / (n (k-1) - chi^2), k-1 and (k-1)(n-1) degrees */
kd_friedman kd_ranks_friedman(const double *score, size_t corpora, size_t settings)
{
    kd_friedman r = { 0, NAN, NAN, NAN, NAN };
    double     *sum = kd_alloc(settings + 1, sizeof *sum), ties, squares = 0, untied, n, rest;
    double      k = (double)settings;

    r.corpora = sum_ranks(sum, &ties, score, corpora, settings);
    for (size_t j = 0; j < settings; j++) squares += sum[j] * sum[j];
    free(sum);
    n = (double)r.corpora;
    if (r.corpora < 2 || settings < 2) return r;
    untied = 1.0 - ties / (n * k * (k * k - 1.0));
    if (untied <= 1e-12) return r;
    r.chi_squared = (12.0 / (n * k * (k + 1.0)) * squares - 3.0 * n * (k + 1.0)) / untied;
    r.chi_squared = fmax(0.0, r.chi_squared);
    r.p_chi_squared = kd_chi_squared_tail(r.chi_squared, k - 1.0);
    rest = n * (k - 1.0) - r.chi_squared;
    r.f = rest > 1e-9 * n * k ? (n - 1.0) * r.chi_squared / rest : INFINITY;
    r.p_f = fmax(kd_f_tail(r.f, k - 1.0, (k - 1.0) * (n - 1.0)), chance_of_one_order(n, k));
    return r;
}

/* The standard deviation of the difference of two mean ranks. */
static double spread_of_difference(size_t corpora, size_t settings)
{
    double n = (double)corpora, k = (double)settings;

    return sqrt(k * (k + 1.0) / (6.0 * n));
}

double kd_ranks_critical_difference(size_t corpora, size_t settings, double level)
{
    if (corpora < 2 || settings < 2) return NAN;
    return kd_range_quantile(level, (int)settings) * M_SQRT1_2 *
           spread_of_difference(corpora, settings);
}

double kd_ranks_nemenyi(double difference, size_t corpora, size_t settings)
{
    if (corpora < 2 || settings < 2) return NAN;
    return kd_range_tail(fabs(difference) / spread_of_difference(corpora, settings) * M_SQRT2,
                         (int)settings);
}

double kd_ranks_single(double difference, size_t corpora, size_t settings)
{
    if (corpora < 2 || settings < 2) return NAN;
    return fmin(1.0,
                2.0 * kd_normal_tail(fabs(difference) / spread_of_difference(corpora, settings)));
}
