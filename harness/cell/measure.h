/* measure.h - what a model is worth on a split, as numbers in its object.
 *
 *     logits -> labels of pieces -> tags of words -> every metric of the task
 *
 *     metrics   "<split>.entity_strict.f1", ".precision", ".recall", "<split>.token_micro.f1" ...
 *     arrays    "predictions/<split>"   i16 (words) tags, or i32 (sentences) classes, or i32 (questions, 15) row,
 *                                       begin and end of each of five candidates, -1 behind the last
 *               "scores/<split>"        f32 (questions, 5) of those candidates
 *               "counts/<split>"        i32 (sentences, or questions, 3): right, predicted, gold; any test
 *                                       of significance can be made from them later
 *     facts     "gold.<split>"          digest of what the answers were held against: counts of two
 *                                       models may be set against each other where it is the same
 */
#ifndef KD_CELL_MEASURE_H
#define KD_CELL_MEASURE_H

#include "distill/candidates.h"
#include "distill/masked.h"
#include "distill/score.h"
#include "harness/objects/dataset.h"
#include "models/crf.h"

/* Everywhere `crf` stands on the logits of tags, NULL: none, and each piece is asked for itself. */

/* The figure that progress shows, and that selects weights unless another one is named: strict
 * entity F1 for NER, micro F1 for relations, document F1 for HOC, F1 for questions. */
double kd_measure_main(const kd_dataset *dataset, kd_split split, const kd_crf *crf,
                       const float *logits, int labels);

/* The figure of this name, without the split: "token_micro.f1"; NAN when the task has none. `main`
 * gets the figure above of the same answers, unless it is NULL. */
double kd_measure_by(const kd_dataset *dataset, kd_split split, const kd_crf *crf,
                     const float *logits, int labels, const char *name, double *main);

/* The same of masked words, whose main figure is the share that is found. For a figure of which less is better
 * kd_measure_words_by gives it with a minus. */
double kd_measure_words_by(const kd_masked_score *score, const char *name);

/* ---- what a model says, for who has no object to fill ---- */

/* In the forms that scores read; unused ones are NULL. */
typedef struct {
    int16_t      *pieces;  /* (N) tags */
    int16_t      *words;   /* (words) tags */
    int32_t      *rows;    /* (B) classes, or bits */
    kd_candidates answers; /* of questions */
} kd_said;

/* Read the logits (N,K) or (B,K) of a pack; kd_said_fini frees what it gives. */
kd_said kd_said_read(const kd_pack *pack, const kd_labels *labels, const kd_crf *crf,
                     const float *logits, int k);
void    kd_said_fini(kd_said *said);

/* Tell every metric by its name, without the split; the counts of each sentence (document: HOC,
 * question: QA), in the unit of the main figure, go to `by_sentence` (B), which is zero before. */
typedef void (*kd_metric_take)(void *user, const char *name, double value);
void kd_measure_each(const kd_labels *labels, const kd_pack *pack, const kd_said *said,
                     kd_counts *by_sentence, kd_metric_take take, void *user);

/* ---- all of it into an object ---- */

/* All metrics, counts and predictions of a split, and the digest of its gold. */
kd_status kd_measure_put(kd_object_draft *draft, const kd_dataset *dataset, kd_split split,
                         const kd_crf *crf, const float *logits, int labels, kd_error *err);

/* The same of masked words; counts of a row are (found, asked, asked). */
kd_status kd_measure_put_words(kd_object_draft *draft, const kd_dataset *dataset, kd_split split,
                               const kd_masked_score *score, const kd_counts *by_row,
                               kd_error *err);

#endif
