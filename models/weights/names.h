/* names.h - what published checkpoints call the weights of our networks, in one table.
 *
 *     distilbert.transformer.layer.3.attention.q_lin.weight
 *     bert.encoder.layer.3.attention.self.query.weight          ours, and BERT's
 */
#ifndef KD_WEIGHTS_NAMES_H
#define KD_WEIGHTS_NAMES_H

#include <stdbool.h>

#include "harness/base/str.h"

typedef enum {
    KD_LAYOUT_BERT,
    KD_LAYOUT_DISTILBERT,
    KD_LAYOUT_OWN, /* of networks that the usual library has no class for: our names */
    KD_LAYOUT_COUNT
} kd_layout;

/* Put our name of a published weight in `out`: a missing "bert." is added, gamma and beta of old
 * files become weight and bias. False for a weight that a loader leaves aside: buffers, the
 * decoder that is tied to the word embedding, next-sentence prediction. */
bool kd_name_ours(const char *published, kd_layout layout, kd_str *out);

/* Put the published name of one of our weights in `out`. A bare encoder, which has no head, has no
 * prefix either. */
void kd_name_published(const char *ours, kd_layout layout, bool is_bare, kd_str *out);

#endif
