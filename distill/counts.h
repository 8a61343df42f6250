/* counts.h - what is right, of what was said and of what is so: (tp, predicted, gold).
 *
 *     precision = tp / predicted    recall = tp / gold    f1 = 2 tp / (predicted + gold)
 *
 * with 0 for 0/0. Scores count them for a split, for a type, for a sentence; an object keeps those of
 * sentences, three i32 a row, and comparisons of results are made from these.
 */
#ifndef KD_DISTILL_COUNTS_H
#define KD_DISTILL_COUNTS_H

#include <stdint.h>

typedef struct {
    int32_t tp, predicted, gold;
} kd_counts;

typedef struct {
    double precision, recall, f1;
} kd_prf;

kd_prf kd_prf_of(kd_counts counts);

/* The mean over those of the `n` counts that have anything predicted or gold. */
kd_prf kd_prf_macro(const kd_counts *counts, int n);

#endif
