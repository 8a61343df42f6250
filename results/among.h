/* among.h - several values of one key, each with each or all with a baseline: one family, in words.
 *
 *     cells --by--> groups --among--> sides --pairs of sides--> evidence --Holm--> verdicts
 *
 * Within a group all runs of all sides are drawn once (answers.h). The p that decides each pair
 * goes into one family over all groups.
 */
#ifndef KD_RESULTS_AMONG_H
#define KD_RESULTS_AMONG_H

#include "harness/base/args.h"
#include "results/best_of.h"
#include "results/stores.h"

typedef struct {
    kd_arg_list        where;
    const char        *among;    /* the key whose values are compared */
    const char        *baseline; /* one of its values; NULL compares each with each */
    const char *const *by;       /* each combination of these keys' values by itself */
    size_t             by_count;
    const char        *metric, *split;
    const kd_best_of  *choice; /* of each side only what devel chose (best_of.h); NULL for all */
    const char        *role;   /* as kd_cells_keep_role takes it */
    bool               is_explained; /* with the reasoning below each verdict */
    bool has_verdicts; /* for programs: verdicts, and what all other tests say, as columns */
} kd_among_query;

/* A row for each pair: sides, runs, means, difference, interval, p, the same after Holm, and the
 * test that decides; the notes are the verdicts. The caller destroys the table and keeps `arena`
 * until then. KD_EUSAGE for unknown keys, values and metrics, and where there are not two sides;
 * KD_EDATA when an object's counts cannot be read. */
kd_status kd_among_table(kd_table **out, const kd_stores *stores, const kd_among_query *query,
                         kd_arena *arena, kd_error *err);

/* The ranks of the same sides over corpora (rank_table.h); NULL where the cells are of one corpus. */
kd_status kd_among_ranks(kd_table **out, const kd_stores *stores, const kd_among_query *query,
                         kd_arena *arena, kd_error *err);

#endif
