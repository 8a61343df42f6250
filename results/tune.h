/* tune.h - choosing a setting without looking at the test split.
 *
 *     train.lr     devel (3 seeds)    test
 *       1e-5       0.79 0.80 0.78     ...
 *       3e-5       0.82 0.81 0.83     0.80 0.79 0.81    <- devel chose it, test is reported
 *       1e-4       0.81 0.82 0.80     ...
 *
 * The best of several test scores is too high by what chance gave the luckiest; a score on test is
 * honest only for what was chosen elsewhere. Methods that were tried more often have better
 * luck, so a comparison says how much was tried, and at what number of trials one leads (Dodge et
 * al. 2019, "Show your work").
 */
#ifndef KD_RESULTS_TUNE_H
#define KD_RESULTS_TUNE_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/base/str.h"
#include "results/stats.h"

/* One run of a candidate, a value (or combination of values) of what is chosen. NaN is a score that
 * is not there; a run without its devel score cannot count for its candidate. */
typedef struct {
    size_t candidate; /* 0 .. candidates - 1, in the order of the values */
    double devel, test;
} kd_tune_run;

#define KD_TUNE_NONE SIZE_MAX

typedef struct {
    size_t    chosen;      /* the best mean on devel, the first of equals; KD_TUNE_NONE for none */
    kd_sample devel, test; /* of its runs that have such a score */
    size_t    tried;       /* candidates with a run that counts */
    size_t    runs;        /* of all of them */
    bool      is_uneven;   /* not all were run equally often: their means are not equally sure */
    bool      is_at_edge;  /* the first or the last of those tried: a better one may lie beyond */
} kd_tuned;

/* Choose among the runs of one row. `better` is +1 where more is better, -1 where less is. The edge
 * is looked for where `is_ordered`: numbers have one, words do not. */
kd_tuned kd_tune_choose(const kd_tune_run *runs, size_t count, size_t candidates, int better,
                        bool is_ordered);

/* Append how it was chosen: "train.lr = 1e-4 by devel.f1, of 3 values in 9 runs", with what to beware
 * of: that it lies at the edge, that values were run unequally often. `what` is "train.lr = 1e-4", or
 * "train.lr" where nothing was. */
void kd_tuned_say(kd_str *out, const kd_tuned *choice, const char *what, const char *by);

/* The expected score of the best of 1, 2, .. `most` candidates that are tried at random, from n
 * that were: curve[i] is the mean, and sd[i], unless NULL, the standard deviation, of `report` at
 * the largest `by` among i + 1 draws with replacement. With report = by this is the estimator of
 * Dodge et al.; with devel scores in `by` and test scores in `report`, what a reader would get.
 * Equal ones are taken with equal chance. A pair with NaN is left out; all is NaN when none
 * remains. Close to n the curve is too low, as nothing better than the best seen can be drawn. */
void kd_tune_expect(double *curve, double *sd, size_t most, const double *by, const double *report,
                    size_t n, int better);

#endif
