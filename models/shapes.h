/* shapes.h - the networks of the published studies, at their sizes. */
#ifndef KD_MODELS_SHAPES_H
#define KD_MODELS_SHAPES_H

#include "models/model.h"

#define KD_SHAPES(X)            \
    X(BILSTM, "bilstm")         \
    X(TINYBERT, "tinybert")     \
    X(MINILM, "minilm")         \
    X(DISTILBERT, "distilbert") \
    X(MOBILEBERT, "mobilebert") \
    X(ALBERT, "albert")         \
    X(BERT, "bert")

typedef enum {
#define X(constant, word) KD_SHAPE_##constant,
    KD_SHAPES(X)
#undef X
} kd_shape;

extern const kd_choice kd_shapes[]; /* their words */

/* The settings of a network of this shape: without a vocabulary and labels, which are a corpus's.
 */
void kd_shape_arch(kd_arch *out, kd_shape shape);

#endif
