/* head_labels.h - the labels of a head from elsewhere, matched by name with those it is wanted for.
 *
 *     there  O  B-Gene  I-Gene  B-Cell          here  B-Gene  I-Gene  O
 *            0  1       2       3               of    1       2       0        dropped 1
 *
 * Rows of its last weights are copied in the order that is wanted; a CRF's also by columns.
 */
#ifndef KD_WEIGHTS_HEAD_LABELS_H
#define KD_WEIGHTS_HEAD_LABELS_H

#include "harness/base/str.h"
#include "models/tensor/params.h"

typedef struct {
    int  count;   /* labels here */
    int *of;      /* (count) which label there each is; owned */
    int  there;   /* labels there */
    int  dropped; /* labels there that nobody wants here */
} kd_head_labels;

/* Texts hold a name a line. KD_EDATA when one of `here` is not in `there`, or a name is in `there`
 * twice. kd_head_labels_fini after success; of one that is zero too. */
kd_status kd_head_labels_match(kd_head_labels *out, const char *there, const char *here,
                               kd_error *err);
void      kd_head_labels_fini(kd_head_labels *labels);

/* Names that a person gave, with commas between, as such a text. KD_ECONFIG for an empty name, or
 * when they are not `count`. */
kd_status kd_head_labels_name(kd_str *out, const char *names, int count, kd_error *err);

/* Whether the rows of a weight of this name are labels. */
bool kd_head_labels_has(const char *name);

/* Copy such a weight. KD_EDATA when its shape is another but for the count of labels. */
kd_status kd_head_labels_copy(const kd_head_labels *labels, kd_params *to, const kd_param *p,
                              const kd_params *from, const kd_param *of, kd_error *err);

#endif
