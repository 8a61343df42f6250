/* measure.h - what a model is worth on a split, as numbers in its object.
 *
 *     logits -> labels of pieces -> tags of words -> every metric of the task
 *
 *     metrics   "<split>.entity_strict.f1", ".precision", ".recall", "<split>.token_micro.f1" ...
 *     arrays    "predictions/<split>"   i16 (words) tags, or i32 (sentences) classes
 *               "counts/<split>"        i32 (sentences, 3): right, predicted, gold; any test of
 *                                       significance can be made from them later
 *     facts     "gold.<split>"          digest of what the answers were held against: counts of two
 *                                       models may be set against each other where it is the same
 */
#ifndef KD_CELL_MEASURE_H
#define KD_CELL_MEASURE_H

#include "harness/objects/dataset.h"
#include "models/crf.h"

/* Everywhere `crf` stands on the logits of tags, NULL: none, and each piece is asked for itself. */

/* The figure that progress shows, and that selects weights unless another one is named: strict
 * entity F1 for NER, micro F1 for relations, document F1 for HOC. */
double kd_measure_main(const kd_dataset *dataset, kd_split split, const kd_crf *crf,
                       const float *logits, int labels);

/* The figure of this name, without the split: "token_micro.f1"; NAN when the task has none. `main`
 * gets the figure above of the same answers, unless it is NULL. */
double kd_measure_by(const kd_dataset *dataset, kd_split split, const kd_crf *crf,
                     const float *logits, int labels, const char *name, double *main);

/* All metrics, counts and predictions of a split, and the digest of its gold. */
kd_status kd_measure_put(kd_object_draft *draft, const kd_dataset *dataset, kd_split split,
                         const kd_crf *crf, const float *logits, int labels, kd_error *err);

#endif
