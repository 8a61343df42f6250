/* seeds.h - how many seeds a study takes, from the spreads that a store has.
 *
 *     runs of one setting --> sd over its seeds --+
 *     runs of another     --> sd              ----+--> least, pooled, largest --> seeds for each difference
 *
 * The spread of three runs is a guess, so that of all settings together is what a plan should stand on; the
 * largest says what the most uncertain setting takes. Each figure is for two sides with as many runs,
 * Welch's two-sided test at 5 %, and a difference that is found four times in five (power.h).
 */
#ifndef KD_RESULTS_SEEDS_H
#define KD_RESULTS_SEEDS_H

#include "results/aggregate.h"
#include "results/table.h"

typedef struct {
    const char *metric, *split; /* a word as kd_metric_resolve takes it */
    const double
          *differences; /* as readers say them: points of a score, else the metric's own unit */
    size_t difference_count;
    size_t planned; /* seeds of each setting; 0 where that is not known */
} kd_seeds_query;

/* A row for each spread: what it is of, sd, the difference that the planned seeds find, and the seeds that each
 * difference takes. The cells are those of one role; groups are all their settings but the seed. Without a
 * setting that ran with two seeds there is no row, and a note says so. The caller destroys the table.
 * KD_EUSAGE for a metric that no cell has. */
kd_status kd_seeds_table(kd_table **out, const kd_cells *cells, const kd_seeds_query *query,
                         kd_error *err);

#endif
