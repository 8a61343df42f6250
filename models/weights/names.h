/* names.h - what published checkpoints call the weights of our networks, and back. */
#ifndef KD_WEIGHTS_NAMES_H
#define KD_WEIGHTS_NAMES_H

#include "harness/base/str.h"
#include "models/weights/layout.h"

/* Put our name of a published weight in `out`: a missing prefix is added, gamma and beta of old
 * files become weight and bias, what training programs wrap around a network goes. False for a weight
 * that a loader leaves aside: a buffer of positions, matrices of distillation, and what the layout
 * names. */
bool kd_name_ours(const char *published, const kd_layout *layout, kd_str *out);

/* Put the published name of one of our weights in `out`. A bare encoder, which has no head, has no
 * prefix either. */
void kd_name_published(const char *ours, const kd_layout *layout, bool is_bare, kd_str *out);

#endif
