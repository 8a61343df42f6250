/* targets.h - what teachers say of a corpus, as a batch takes it: logits, computed once.
 *
 * In the pack's order: a row a piece for tags, a row a sentence for a sequence task. The numbers
 * are borrowed from whoever made or mapped them.
 */
#ifndef KD_DISTILL_TARGETS_H
#define KD_DISTILL_TARGETS_H

#include <stdint.h>

typedef struct {
    int             rows, labels;
    const float    *logits;  /* (rows, labels), or NULL and */
    const uint16_t *halves;  /* the same as binary16 (half.h) */
    const float    *padding; /* (B, labels) of a PAD piece behind each sentence, or NULL */
} kd_targets;

#endif
