/* ranks.h - several settings over several corpora: Friedman's test and what follows it.
 *
 *              none  soft  maps
 *     BC2GM      3     1     2      --mean--> 2.7  1.3  2.0    Friedman: is any apart from the
 *     NCBI       2     1     3                                 rest? critical difference: which
 *     BC5CDR     3     2     1                                 ones are apart from each other?
 *
 * Scores of different corpora are no repeated runs: they differ in size and in spread, so settings
 * are ranked within each corpus and only ranks are compared (Demsar 2006). Rank 1 is the largest
 * score; equal ones share their mean rank. Each score is the mean over the runs of its place; the
 * spread over seeds plays no part.
 */
#ifndef KD_RESULTS_RANKS_H
#define KD_RESULTS_RANKS_H

#include <stddef.h>

/* Fill rank[k] with the mean over rows of the ranks of `score` (corpora, settings), a row for each
 * corpus. A row with NaN in it is left out. Returns how many rows counted; the ranks are NaN when
 * none did. */
size_t kd_ranks_mean(double *rank, const double *score, size_t corpora, size_t settings);

/* Are all alike? Chi-squared with the correction for ties, and the F of Iman and Davenport (1980),
 * which is the better one for few corpora. Where all corpora agree F is infinite; its p is the
 * chance of that, (k!)^(1-n), below which ranks show nothing. NaN with fewer than two corpora or
 * settings, and where all scores are tied. */
typedef struct {
    size_t corpora; /* that counted */
    double chi_squared, p_chi_squared;
    double f, p_f;
} kd_friedman;
kd_friedman kd_ranks_friedman(const double *score, size_t corpora, size_t settings);

/* Nemenyi: two mean ranks further apart than this differ, all pairs being one family. */
double kd_ranks_critical_difference(size_t corpora, size_t settings, double level);

/* The two-sided p of two mean ranks: corrected for all pairs (Nemenyi), or by itself, for
 * kd_family_holm: stronger when only pairs with a baseline are of interest. */
double kd_ranks_nemenyi(double difference, size_t corpora, size_t settings);
double kd_ranks_single(double difference, size_t corpora, size_t settings);

#endif
