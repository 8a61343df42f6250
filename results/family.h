/* family.h - many comparisons at once: which ones, and what their number does to each.
 *
 *     none  soft  hidden  maps   --all-->              6 pairs
 *                                --against none-->     3 pairs
 *
 * Of twenty comparisons of things that are alike, one shows p < 0.05 by chance. All comparisons
 * that were looked at belong to the family, also those that are not printed; one p of each, of the
 * test that decides.
 */
#ifndef KD_RESULTS_FAMILY_H
#define KD_RESULTS_FAMILY_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    size_t a, b;
} kd_family_pair;

#define KD_FAMILY_ALL SIZE_MAX /* in place of a baseline */

/* The pairs of `sides` sides, into `out`, which has room for sides * (sides - 1) / 2: each two
 * once, the earlier one as a; or each with the baseline, which is b. Returns how many. */
size_t kd_family_pairs(kd_family_pair *out, size_t sides, size_t baseline);

/* Replace p-values of one family by Holm's adjusted ones (1979): whatever is true, the chance of
 * one false finding among those below 0.05 is at most 0.05. NaN stays and counts for nothing. */
void kd_family_holm(double *p, size_t n);

#endif
