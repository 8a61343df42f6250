/* aggregate_table.h - mean, spread and interval of each group, as a table.
 *
 *     cells --role--> those asked about --choice (best_of.h)--> those that devel chose --keys--> groups --> rows
 */
#ifndef KD_RESULTS_AGGREGATE_TABLE_H
#define KD_RESULTS_AGGREGATE_TABLE_H

#include "harness/store/missing.h"
#include "results/best_of.h"

typedef struct {
    const char *const *keys;
    size_t             key_count;
    const char *const *metrics; /* words as kd_metrics_resolve takes them */
    size_t             metric_count;
    const char        *split, *role; /* as kd_cells_keep_role takes it */
    kd_missing_counts  missing;      /* what the cells' stores lack: told in a note */
    const kd_best_of  *choice;       /* of each group only what was chosen; NULL for all */
} kd_aggregate_query;

/* One row for each group and metric: keys, metric, n, mean, sd, low, high; with a choice its keys' values follow
 * those of the group, and how many were tried in how many runs comes last. Notes say who was left out and what
 * means run over besides the seed. The caller destroys the table and keeps `arena` until then. KD_EUSAGE for a
 * key, a metric or a role that no cell has. */
kd_status kd_aggregate_table(kd_table **out, const kd_cells *cells, const kd_aggregate_query *query,
                             kd_arena *arena, kd_error *err);

/* With a choice, and otherwise as above: a row for each group, metric and number n of values, with the figure to
 * expect of the best of n that are tried at random (tune.h). */
kd_status kd_aggregate_curves(kd_table **out, const kd_cells *cells,
                              const kd_aggregate_query *query, kd_arena *arena, kd_error *err);

#endif
