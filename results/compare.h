/* compare.h - which of two settings is better, by how much, how sure.
 *
 *     cells --a--> one side  --+                    +--> difference, interval, Welch's p
 *                              +--group by keys-----+--> pairs of cells: Wilcoxon's p
 *     cells --b--> other side--+                    +--> pairs of answers: randomisation's p
 *
 * Pairs are those of pairs.h. The p-values of one kind over all groups are one family, which Holm's
 * method corrects.
 */
#ifndef KD_RESULTS_COMPARE_H
#define KD_RESULTS_COMPARE_H

#include "harness/base/args.h"
#include "results/best_of.h"
#include "results/stores.h"

typedef struct {
    kd_arg_list        where; /* of all cells that are compared */
    kd_arg_list        a, b;  /* "distill.method=none": conditions that hold together */
    const char *const *by;    /* one comparison for each combination of these keys' values */
    size_t             by_count;
    const char        *metric, *split;
    const kd_best_of  *choice; /* of each side only what devel chose (best_of.h); NULL for all */
    const char        *role;   /* as kd_cells_keep_role takes it */
} kd_compare_query;

/* A row for each comparison; notes say who was left out and what means run over besides the seed.
 * The caller destroys the table and keeps `arena` until then. KD_EUSAGE for an unknown key or
 * metric, and for a side that no cell is on; KD_EDATA when an object's counts cannot be read. */
kd_status kd_compare_table(kd_table **out, const kd_stores *stores, const kd_compare_query *query,
                           kd_arena *arena, kd_error *err);

#endif
