/* pairs.h - which runs of two sides belong together, and what their answers are.
 *
 *     side a   seed 1  seed 2  seed 3
 *     side b   seed 1          seed 3  seed 4       two pairs
 *
 * Two cells are a pair when they have the same value of every key that varies on either side (the
 * seed, the width); what is fixed on both sides, and differs, is what is compared.
 */
#ifndef KD_RESULTS_PAIRS_H
#define KD_RESULTS_PAIRS_H

#include "results/aggregate.h"

typedef struct {
    const kd_record *a, *b; /* both have the metric */
} kd_pair;

typedef KD_VEC(kd_pair) kd_pairs;

/* The keys that tell cells of one side apart, on either side, each once; in the arena. */
const char **kd_pairs_keys(const kd_cells *a, const kd_cells *b, kd_arena *arena, size_t *count);

/* Add the pairs of two groups. A cell that shares all keys with another of its side has no pair. */
void kd_pairs_find(kd_pairs *out, const kd_group *a, const kd_group *b, const char *const *keys,
                   size_t key_count, const kd_metric *metric);

/* Differences a - b of the metric, for each pair; the caller frees them. */
double *kd_pairs_differences(const kd_pairs *pairs, const kd_metric *metric);

#endif
