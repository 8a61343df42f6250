/* predictions.h - what a cell said of a split, as text for other programs.
 *
 *     token<TAB>gold<TAB>predicted     a line a word, an empty line after each sentence
 *     text<TAB>gold<TAB>predicted      a line a sentence, where a sentence has a class or a set of classes
 *     {"id": "q1", "answers": [...]}   a line a question: five candidates, the best first
 *     right<TAB>predicted<TAB>gold     counts of a sentence, as sigf and `kdgrid data score --counts` have them
 *
 * The store keeps answers and gold labels, and no words: those are read again from the files that the corpus
 * was made from, and only while they are what they were. Else words are put together from pieces, which a
 * vocabulary may have lowered or does not know, and the notice says so.
 */
#ifndef KD_REVIEW_PREDICTIONS_H
#define KD_REVIEW_PREDICTIONS_H

#include "harness/base/str.h"
#include "harness/objects/dataset.h"
#include "harness/store/store.h"

/* The answers beside what is so: tags of words, or classes (sets of them as bits) of sentences. */
typedef struct {
    const kd_labels *labels;
    const kd_pack   *pack;    /* its word_tags or labels are what is so */
    const int16_t   *tags;    /* (words), or NULL */
    const int32_t   *classes; /* (B), or NULL; both are for questions */
} kd_predicted;

/* Open them; what they are lives until the close. Every number is one of the labels. KD_EDATA as below. */
typedef struct kd_predictions kd_predictions;
kd_status    kd_predictions_open(kd_predictions **out, const kd_store *store, kd_id cell,
                                 kd_split split, kd_error *err);
kd_predicted kd_predictions_look(const kd_predictions *predictions);
void         kd_predictions_close(kd_predictions *predictions); /* NULL is fine */

/* Add the text of a split. KD_EDATA when the cell kept no answers of it, or its corpus is gone. */
kd_status kd_predictions_conll(kd_str *out, const kd_store *store, kd_id cell, kd_split split,
                               kd_str *notice, kd_error *err);
kd_status kd_predictions_counts(kd_str *out, const kd_store *store, kd_id cell, kd_split split,
                                kd_error *err);

#endif
