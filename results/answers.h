/* answers.h - what the answers to each sentence say of two sides, where F1 alone says little.
 *
 *     counts of a run --add--> columns --draw--+--> exchange: the p of two sides
 *                              (2 a run, part) +--> interval: of their difference
 *
 * All runs answered the same sentences; a side is what was run several times, with several seeds.
 * Both tests draw at random over the sentences, and F1 needs nothing of a draw but sums of counts,
 * which are linear: a draw is a row of weights, and all draws of all runs are one product of
 * matrices
 *
 *     weights (draws, sentences) x counts (sentences, columns)
 *
 * shared by all pairs of sides, so a pair more costs next to nothing. Weights and counts are whole
 * numbers and their sums stay below 2^24, which f32 holds exactly: whoever multiplies, in whatever
 * order, gets the same bits. Draw d has a stream of its own, so a pair's figures do not depend on
 * which other sides there are.
 */
#ifndef KD_RESULTS_ANSWERS_H
#define KD_RESULTS_ANSWERS_H

#include <stddef.h>
#include <stdint.h>

#include "distill/counts.h"
#include "results/stats.h"

/* F1 of n sentences: 2 tp / (predicted + gold) of their sums, 0 for 0/0. With several parts (classes) counts are
 * (n, parts), and F1 is the mean over those that have anything predicted or gold. */
double kd_answers_f1(const kd_counts *counts, size_t n, size_t parts);

typedef struct kd_answers kd_answers;

/* Of so many sentences, parts of F1 and sides; the caller owns it. */
kd_answers *kd_answers_create(size_t sentences, size_t parts, size_t sides);

/* One more run of a side. The counts (sentences, parts) are copied. */
void kd_answers_add(kd_answers *answers, size_t side, const kd_counts *counts);

/* Draw, once all runs are there. `rng` names the streams and is not moved. The second form is the same for each of several
 * sets of as many sentences: which sentences a draw has is a matter of its stream alone, and found out once for all. */
void kd_answers_draw(kd_answers *answers, size_t draws, const kd_rng *rng);
void kd_answers_draw_all(kd_answers *const *all, size_t count, size_t draws, const kd_rng *rng);

/* Are two sides alike? Each draw exchanges the sides' answers to a sentence with probability 1/2,
 * those of all runs together (they tend to err on the same sentences), and looks whether F1 of the
 * mean counts differs at least as much as observed (Noreen 1989; Yeh 2000). p = (1 + such draws) /
 * (1 + draws) is never 0. NaN when a side has no run. */
typedef struct {
    double difference; /* F1 of a - F1 of b, counts added up over runs */
    double p;
} kd_exchange;
kd_exchange kd_answers_exchange(const kd_answers *answers, size_t a, size_t b);

/* The difference of the mean F1 of two sides, for other seeds and other sentences of the same kind.
 *
 * A two-level bootstrap draws seeds and sentences again. The spread that its seeds give has a
 * closed form, Welch's va + vb, and is not drawn here; for sentences F1 is drawn. But what one run
 * makes of one sentence by chance is in the spread of the seeds, in that of the sentences, and in
 * both together: a plain two-level bootstrap counts it three times (Owen 2007, "The pigeonhole
 * bootstrap") and finds nothing where sides answer alike. It is counted once here:
 *
 *     v = va + vb + max(0, v of the mean over draws - mean over draws of the runs' own v)
 *     df = v^2 / (va^2 / (na-1) + vb^2 / (nb-1)),  interval = difference -+ t(df) sqrt v
 *
 * Without the third term this is Welch's test. NaN with fewer than two runs on a side. */
typedef struct {
    double      difference;
    double      seeds_sd;     /* sqrt(va + vb) */
    double      sentences_sd; /* what other sentences would add to it */
    double      df, p;
    kd_interval interval;
} kd_two_level;
kd_two_level kd_answers_interval(const kd_answers *answers, size_t a, size_t b, double level);

/* The same over several sets of answers to different sentences, each with its weight (corpora.h). */
typedef struct {
    const kd_answers *answers;
    double            weight;
} kd_weighed_answers;
kd_exchange  kd_answers_exchange_all(const kd_weighed_answers *all, size_t count, size_t a,
                                     size_t b);
kd_two_level kd_answers_interval_all(const kd_weighed_answers *all, size_t count, size_t a,
                                     size_t b, double level);

void kd_answers_destroy(kd_answers *answers); /* NULL is fine */

#endif
