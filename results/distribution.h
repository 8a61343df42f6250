/* distribution.h - the distributions that tests are held against.
 *
 *     normal, Student's t    both ways
 *     noncentral t           the tail: what a t test finds when there is something to find
 *     chi-squared, F         the tail
 *     range of k normals     both ways: the largest less the smallest
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

/* P(T > t) where T = (Z + shift) / sqrt(X / df), X chi-squared with `df` degrees; df >= 1. */
double kd_noncentral_t_tail(double t, double df, double shift);

/* P(X > x) of chi-squared with `df` degrees, and P(F > f) of F with df1 and df2. */
double kd_chi_squared_tail(double x, double df);
double kd_f_tail(double f, double df1, double df2);

/* The range of k >= 2 independent standard normals (the studentised range of infinite degrees of
 * freedom): P(R > r), and the r with P(R <= r) = p, for 0 < p < 1. */
double kd_range_tail(double r, int k);
double kd_range_quantile(double p, int k);

#endif
