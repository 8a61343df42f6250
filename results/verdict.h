/* verdict.h - what a comparison says, in sentences.
 *
 *     figures of all tests --basis----> the one test that decides, named beforehand
 *                          --say------> "soft is better than none by 2.1 points (...): p = ...,
 *                                       by ... It speaks of ..., not of ..."
 *                          --explain--> a line for each test: what it asked, what it found
 *
 * One test decides for a pair, so that nobody picks the one that is pleased: the two-level interval
 * where runs and counts of sentences are there, Welch's test where only runs are, the exchange of
 * answers where a side has one run. What the others say is for the explanation. Of a test that
 * showed nothing the verdict says what it could have shown.
 */
#ifndef KD_RESULTS_VERDICT_H
#define KD_RESULTS_VERDICT_H

#include "harness/base/str.h"
#include "results/answers.h"
#include "results/dominance.h"

/* Two sides and all that is known of them. A test that was not made has NaN as its p, or 0 pairs;
 * the caller fills in p_adjusted last, from the p of the bases of its whole family. */
typedef struct {
    const char    *a, *b;    /* names, as a sentence has them */
    double         scale;    /* of what is printed: 100 for points of F1 */
    const char    *unit;     /* "points"; "" for none */
    int            decimals; /* of what is printed */
    int            better;   /* +1 more, -1 less, 0 neither */
    double         level;    /* 0.95: of intervals, and 1 - level is what p is held against */
    kd_sample      sample_a, sample_b;
    kd_welch       welch;
    size_t         sentences; /* 0: no counts, and then nothing of the next two */
    kd_two_level   two_level;
    kd_exchange    exchange;
    size_t         pairs; /* of runs; 0: nothing of the next two */
    kd_paired      paired;
    kd_wilcoxon    wilcoxon;
    kd_improvement chance;
    kd_almost      almost;
    double         p_adjusted; /* of the basis, by kd_family_holm; NaN as the p is */
    size_t         family;     /* comparisons in it; 1 for one alone */
} kd_evidence;

typedef enum {
    KD_BASIS_NONE,
    KD_BASIS_TWO_LEVEL,
    KD_BASIS_WELCH,
    KD_BASIS_EXCHANGE,
} kd_basis;

/* "two-level", "Welch", "exchange"; "" of none. */
const char *kd_basis_word(kd_basis basis);

/* The test that decides, and its p before any correction: NaN for none. */
kd_basis kd_verdict_basis(const kd_evidence *evidence);
double   kd_verdict_p(const kd_evidence *evidence);

/* Whether the verdict is that the sides differ. */
bool kd_verdict_differs(const kd_evidence *evidence);

/* Append a few sentences, in one line without its end. */
void kd_verdict_say(kd_str *out, const kd_evidence *evidence);

/* Append the reasoning, a line for each test that was made. */
void kd_verdict_explain(kd_str *out, const kd_evidence *evidence);

#endif
