/* evidence.h - two groups of cells, to all that tests say of them.
 *
 *     runs of a, runs of b --> means, Welch, order
 *     those that share all other settings --> paired tests
 *     their answers (corpora.h) --> two-level interval, exchange
 *
 * verdict.h says which of them decides, and puts it in words.
 */
#ifndef KD_RESULTS_EVIDENCE_H
#define KD_RESULTS_EVIDENCE_H

#include "results/corpora.h"
#include "results/verdict.h"

/* Fill all but the answers and the family; `a_name` and `b_name` are as a sentence has them, and borrowed. */
void kd_evidence_of_runs(kd_evidence *out, const char *a_name, const kd_group *a,
                         const char *b_name, const kd_group *b, const kd_metric *metric,
                         kd_arena *arena);

/* What the answers of sides number `a` and `b` say. False, and nothing of them, where there are none (`corpora` is
 * NULL), or the two answered to other corpora. */
bool kd_evidence_of_answers(kd_evidence *out, const kd_corpora *corpora, size_t a, size_t b);

/* The p of the tests that decide are one family, corrected by Holm. */
void kd_evidence_correct(kd_evidence *const *all, size_t count);

#endif
