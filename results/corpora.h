/* corpora.h - the answers of sides that have runs on several corpora: exchanged within each.
 *
 *     runs --by their gold labels--> corpora: answers of all sides to the same sentences (answers.h)
 *                                       `--> one test over all of them, for a pair that shares them
 *
 * Answers to one corpus are no answers to another, so each draw exchanges, and draws again, within each
 * corpus by itself. The statistic is the mean over corpora of the differences of F1, weighed by the runs that
 * the two sides have there: where both have as many on each, that is the difference of their means. With one
 * corpus everything is as answers.h has it.
 */
#ifndef KD_RESULTS_CORPORA_H
#define KD_RESULTS_CORPORA_H

#include <stdbool.h>
#include <stddef.h>

#include "results/stores.h"

typedef struct kd_corpora kd_corpora;

/* Of so many sides; the caller owns it. */
kd_corpora *kd_corpora_create(size_t sides);

/* One more run of a side: it goes to the corpus whose gold labels it was held against. The counts are copied. */
void kd_corpora_add(kd_corpora *corpora, size_t side, const kd_split_counts *counts);

/* Draw, once all runs are there; the second form does the same for several, at once (kd_answers_draw_all). */
void kd_corpora_draw(kd_corpora *corpora, size_t draws, const kd_rng *rng);
void kd_corpora_draw_all(kd_corpora *const *all, size_t count, size_t draws, const kd_rng *rng);

/* Whether both sides have runs, and on the same corpora; only then can they be told apart by answers. */
bool kd_corpora_shared(const kd_corpora *corpora, size_t a, size_t b);

/* The corpora that both have, and the sentences of these. */
size_t kd_corpora_count(const kd_corpora *corpora, size_t a, size_t b);
size_t kd_corpora_sentences(const kd_corpora *corpora, size_t a, size_t b);

/* As in answers.h, for sides that share their corpora. With w of each corpus and its va, vb and what other
 * sentences add (s):
 *
 *     v = sum w^2 (va + vb + s),  df = v^2 / sum w^4 (va^2 / (na-1) + vb^2 / (nb-1))
 *
 * The interval is NaN when a side has fewer than two runs on one of them. */
kd_exchange  kd_corpora_exchange(const kd_corpora *corpora, size_t a, size_t b);
kd_two_level kd_corpora_interval(const kd_corpora *corpora, size_t a, size_t b, double level);

void kd_corpora_destroy(kd_corpora *corpora); /* NULL is fine */

#endif
