/* rank_table.h - settings in their order over several corpora, with the test that tells them apart.
 *
 *     distill.method  BC2GM   NCBI    BC5CDR  rank
 *     soft            0.81    0.84    0.88    1.00     Friedman: is any apart from the rest?
 *     maps            0.80    0.85    0.87    1.67     Nemenyi, or Holm with a baseline: which are?
 *     none            0.77    0.82    0.86    3.00
 *
 * A figure is the mean over the runs of its place; ranks.h has the statistics. A corpus where one of the settings
 * has no run is shown and counts for nothing.
 */
#ifndef KD_RESULTS_RANK_TABLE_H
#define KD_RESULTS_RANK_TABLE_H

#include "results/aggregate.h"
#include "results/table.h"

typedef struct {
    const char      *among;    /* the key whose values are ranked */
    const char      *baseline; /* one of them, or NULL */
    const kd_metric *metric;
} kd_rank_query;

/* NULL in `out` where the cells are of fewer than two corpora, or have fewer than two values of the key. Else
 * the caller destroys the table and keeps `arena` until then. */
void kd_rank_table(kd_table **out, const kd_cells *cells, const kd_rank_query *query,
                   kd_arena *arena);

#endif
