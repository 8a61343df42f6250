/* targets.h - what teachers say of a corpus, as a batch takes it: logits, computed once.
 *
 * In the pack's order: a row a piece for tags, a row a sentence for a sequence task; of a teacher that
 * reads by a vocabulary of its own, a row a word in place of a piece (by_word.h). The numbers are borrowed
 * from whoever made or mapped them.
 */
#ifndef KD_DISTILL_TARGETS_H
#define KD_DISTILL_TARGETS_H

#include <stdbool.h>
#include <stdint.h>

/* The CRF whose emissions such logits are: the teachers' mean. */
typedef struct {
    const float *transitions, *start, *end; /* (labels,labels) (labels) (labels); NULL: none */
} kd_targets_crf;

typedef struct {
    int             rows, labels;
    const float    *logits; /* (rows, labels), or NULL and */
    const uint16_t *halves; /* the same as binary16 (half.h) */
    kd_targets_crf  crf;
    const float    *padding;    /* (B, labels) of a PAD piece behind each sentence, or NULL */
    bool            is_by_word; /* (words, labels), NAN where nothing is said */
} kd_targets;

#endif
