/* power.h - what so many runs can show, and how many it takes.
 *
 *     spread, runs            -> the smallest difference they can show, or find reliably
 *     spread, difference      -> the runs that find it
 *     runs                    -> the smallest p that ranks can give
 *
 * That nothing was found says something only when there was a chance to find it. The level is that
 * of the test, 0.05 as a rule, and its tests are two-sided; a family of m comparisons asks for a
 * level of 0.05 / m. A spread is the standard deviation over runs, as kd_stats_describe gives it;
 * taken from three runs a side, the true one may be nearly three times as large.
 */
#ifndef KD_RESULTS_POWER_H
#define KD_RESULTS_POWER_H

#include <stdbool.h>
#include <stddef.h>

/* How runs are set against each other. Unpaired: sd of each side and Welch's test. Paired: sd_a is
 * that of the differences, n_a the pairs, and the others are not read. */
typedef struct {
    bool   is_paired;
    double sd_a, sd_b;
    size_t n_a, n_b;
} kd_design;

/* The smallest difference that comes out below `alpha` when it is observed with this spread. NaN
 * without two runs a side, or without a spread. */
double kd_power_shown(const kd_design *design, double alpha);

/* The probability that a true difference comes out below `alpha`, from the noncentral t: exact for
 * pairs and for equal sides, near for others. */
double kd_power_of(const kd_design *design, double difference, double alpha);

/* The smallest true difference that comes out below `alpha` with probability `power`. */
double kd_power_found(const kd_design *design, double alpha, double power);

/* Runs of each side (or pairs) that find `difference` so, whatever n_a and n_b are; 0 when more
 * than KD_POWER_MOST would be needed, or there is no spread. At least 2. */
enum { KD_POWER_MOST = 100000 };
size_t kd_power_runs(const kd_design *design, double difference, double alpha, double power);

/* The smallest two-sided p that n differences can give by signed ranks: 2^(1-n), all of one sign. */
double kd_power_least_p(size_t n);

#endif
