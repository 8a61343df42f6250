/* distribution.h - Student's t and the normal distribution, both ways.
 *
 * Tails are computed as tails: 1e-40 is told from 1e-50, and nothing is lost to 1 - p.
 */
#ifndef KD_RESULTS_DISTRIBUTION_H
#define KD_RESULTS_DISTRIBUTION_H

/* P(T > t) for `df` > 0 degrees of freedom, which need not be whole. */
double kd_t_tail(double t, double df);

/* The t with P(T <= t) = p, for 0 < p < 1. */
double kd_t_quantile(double p, double df);

/* P(Z > z) and the z with P(Z <= z) = p. */
double kd_normal_tail(double z);
double kd_normal_quantile(double p);

#endif
