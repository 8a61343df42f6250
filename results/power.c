/* power.c - noncentral t, solved by halving where something is asked backwards. */
#include "results/power.h"

#include <math.h>

#include "results/distribution.h"

/* The standard error of the difference, and the degrees of freedom of Welch's t or of the paired
 * one; false without them. */
static bool find_error(const kd_design *d, double *error, double *df)
{
    double na = (double)d->n_a, nb = (double)d->n_b, va, vb;

    if (d->n_a < 2 || !(d->sd_a >= 0)) return false;
    va = d->sd_a * d->sd_a / na;
    *error = sqrt(va);
    *df = na - 1.0;
    if (d->is_paired) return *error > 0;
    if (d->n_b < 2 || !(d->sd_b >= 0)) return false;
    vb = d->sd_b * d->sd_b / nb;
    *error = sqrt(va + vb);
    *df = (va + vb) * (va + vb) / (va * va / (na - 1.0) + vb * vb / (nb - 1.0));
    return *error > 0;
}

double kd_power_shown(const kd_design *design, double alpha)
{
    double error, df;

    if (!find_error(design, &error, &df)) return NAN;
    return kd_t_quantile(1.0 - 0.5 * alpha, df) * error;
}

double kd_power_of(const kd_design *design, double difference, double alpha)
{
    double error, df, shift, edge;

    if (!find_error(design, &error, &df)) return NAN;
    shift = fabs(difference) / error;
    edge = kd_t_quantile(1.0 - 0.5 * alpha, df);
    return kd_noncentral_t_tail(edge, df, shift) + kd_noncentral_t_tail(edge, df, -shift);
}

double kd_power_found(const kd_design *design, double alpha, double power)
{
    double low = 0, high = kd_power_shown(design, alpha);

    if (isnan(high)) return NAN;
    while (kd_power_of(design, high, alpha) < power) high *= 2.0;
    for (int i = 0; i < 60; i++) {
        double middle = 0.5 * (low + high);
        if (kd_power_of(design, middle, alpha) < power)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static bool is_enough(kd_design design, size_t n, double difference, double alpha, double power)
{
    design.n_a = design.n_b = n;
    return kd_power_of(&design, difference, alpha) >= power;
}

size_t kd_power_runs(const kd_design *design, double difference, double alpha, double power)
{
    size_t low = 1, high = 2;

    while (high <= KD_POWER_MOST && !is_enough(*design, high, difference, alpha, power)) {
        low = high;
        high *= 2;
    }
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (is_enough(*design, middle, difference, alpha, power))
            high = middle;
        else
            low = middle;
    }
    return high <= KD_POWER_MOST && is_enough(*design, high, difference, alpha, power) ? high : 0;
}

double kd_power_least_p(size_t n)
{
    return fmin(1.0, exp2(1.0 - (double)n));
}
