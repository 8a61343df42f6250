/* accuracy.h - how much of a pack a network has right: a score for trainers under test. */
#ifndef KD_TESTS_DISTILL_ACCURACY_H
#define KD_TESTS_DISTILL_ACCURACY_H

#include <stdlib.h>

#include "distill/trainer.h"

/* The share of pieces with the right tag, or of sentences with the right class; `user` is the
 * pack. */
static inline double accuracy(void *user, const float *logits, int rows, int labels)
{
    const kd_pack *pack = user;
    int32_t       *best = kd_alloc((size_t)rows, sizeof *best);
    int            right = 0;
    kd_predict_labels(logits, rows, labels, best);
    for (int n = 0; n < rows; n++)
        right += best[n] == (pack->task == KD_TASK_NER ? pack->tags[n] : pack->labels[n]);
    free(best);
    return (double)right / rows;
}

#endif
