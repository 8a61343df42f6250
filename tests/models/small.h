/* small.h - small networks and batches for tests. */
#ifndef KD_TESTS_MODELS_SMALL_H
#define KD_TESTS_MODELS_SMALL_H

#include "models/model.h"

/* A network with its weights, and a tape for it. */
typedef struct {
    kd_params *params;
    kd_model  *model;
    kd_tape   *tape;
} kd_small;

/* The settings of a kind ("bilstm", "bert") with everything small: 30 words, 4 labels, no dropout.
 */
kd_arch kd_small_arch(kd_kind kind);

/* Weights are drawn from seed 1 and made large enough for every part to matter. */
kd_small kd_small_make(const kd_arch *arch, kd_tape_options options);
void     kd_small_drop(kd_small *small);

/* Sentences of these lengths with made-up pieces below 30 and segments 0 and 1; the
 * first mention is in the middle, the second at the end, where there is room for it. The caller
 * frees nothing: arrays live in a static pool until the next kd_small_batch call but three. */
kd_batch kd_small_batch(int count, const int *lengths);

#endif
