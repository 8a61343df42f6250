/* dominance.c - pairs counted one by one, quantiles walked step by step. */
#include "results/dominance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"
#include "results/distribution.h"

/* ---- chance ---- */

/* The variance of the statistic when the chance is `c` and both sides have an exponential spread
 * (Hanley and McNeil 1982), with the mean of both sizes for each:
 *
 *     v = c (1-c) / (na nb) * (2m - 1 - (3m - 3) / ((2-c)(1+c))),  m = (na + nb) / 2 */
static double variance_of_chance(double c, double na, double nb)
{
    double m = 0.5 * (na + nb);

    return c * (1.0 - c) / (na * nb) * (2.0 * m - 1.0 - (3.0 * m - 3.0) / ((2.0 - c) * (1.0 + c)));
}

/* The chance between `seen` and `end` that lies just z of its own standard deviations from `seen`.
 */
static double bound_of_chance(double seen, double end, double z, double na, double nb)
{
    double inside = seen, outside = end;

    for (int i = 0; i < 100; i++) {
        double middle = 0.5 * (inside + outside);
        if (fabs(middle - seen) <= z * sqrt(variance_of_chance(middle, na, nb)))
            inside = middle;
        else
            outside = middle;
    }
    return inside;
}

kd_improvement kd_dominance_chance(const double *a, size_t na, const double *b, size_t nb,
                                   double level)
{
    kd_improvement result = { NAN, { NAN, NAN } };
    double         z = kd_normal_quantile(0.5 + 0.5 * level), x = (double)na, y = (double)nb;
    size_t         halves = 0;

    if (na == 0 || nb == 0) return result;
    for (size_t i = 0; i < na; i++)
        for (size_t j = 0; j < nb; j++) halves += 2 * (a[i] > b[j]) + (a[i] == b[j]);
    result.chance = 0.5 * (double)halves / (x * y);
    result.interval.low = bound_of_chance(result.chance, 0.0, z, x, y);
    result.interval.high = bound_of_chance(result.chance, 1.0, z, x, y);
    return result;
}

/* ---- almost stochastic order ---- */

static int compare_reals(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Of sorted samples. Quantiles are steps that change at i/na and j/nb, so the integrals are sums
 * over pieces between such places, which are whole numbers when t is counted in 1/(na nb). */
static double violation_of(const double *a, size_t na, const double *b, size_t nb)
{
    double against = 0, all = 0;

    for (size_t i = 0, j = 0, t = 0; i < na && j < nb;) {
        size_t next_a = (i + 1) * nb, next_b = (j + 1) * na;
        size_t next = next_a < next_b ? next_a : next_b;
        double d = b[j] - a[i], piece = d * d * (double)(next - t);
        all += piece;
        if (d > 0) against += piece;
        t = next;
        i += next_a == next;
        j += next_b == next;
    }
    return all > 0 ? against / all : 0.5;
}

static void draw_sorted(double *out, const double *x, size_t n, kd_rng *rng)
{
    for (size_t i = 0; i < n; i++) out[i] = x[kd_rng_below(rng, n)];
    qsort(out, n, sizeof *out, compare_reals);
}

static double *sorted_copy(const double *x, size_t n)
{
    double *copy = kd_alloc(n, sizeof *copy);

    memcpy(copy, x, n * sizeof *copy);
    qsort(copy, n, sizeof *copy, compare_reals);
    return copy;
}

kd_almost kd_dominance_almost(const double *a, size_t na, const double *b, size_t nb, double level,
                              size_t draws, kd_rng *rng)
{
    kd_almost result = { NAN, NAN };
    double   *x, *y, *p, *q, *drawn;

    if (na == 0 || nb == 0 || draws < 2) return result;
    x = sorted_copy(a, na), y = sorted_copy(b, nb);
    p = kd_alloc(na, sizeof *p), q = kd_alloc(nb, sizeof *q);
    drawn = kd_alloc(draws, sizeof *drawn);
    for (size_t d = 0; d < draws; d++) {
        draw_sorted(p, x, na, rng);
        draw_sorted(q, y, nb, rng);
        drawn[d] = violation_of(p, na, q, nb);
    }
    result.violation = violation_of(x, na, y, nb);
    result.bound =
        result.violation + kd_normal_quantile(level) * kd_stats_describe(drawn, draws).sd;
    result.bound = fmin(1.0, result.bound);
    if (na == nb && memcmp(x, y, na * sizeof *x) == 0) result.bound = 1.0;
    free(x), free(y), free(p), free(q), free(drawn);
    return result;
}
