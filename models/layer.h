/* layer.h - what layers share: declaring weights under a prefix, in the usual names.
 *
 * A layer is a small struct of weights. Its _declare makes them from a prefix
 * ("bert.encoder.layer.0.intermediate.dense"), its _apply records it on a tape. Layers live
 * inside their network's struct and own nothing: weights belong to kd_params, outputs to the tape.
 */
#ifndef KD_MODELS_LAYER_H
#define KD_MODELS_LAYER_H

#include "models/tensor/op.h"
#include "models/tensor/params.h"

/* How a family of networks draws new weights. */
typedef struct {
    kd_init embedding;
    kd_init linear;    /* matrices; biases are 0 */
    bool    by_fan_in; /* instead: uniform(-1/sqrt(inputs), 1/sqrt(inputs)) for both */
} kd_init_style;

kd_init_style              kd_init_bert(double range); /* normal(0, range); published with 0.02 */
extern const kd_init_style kd_init_torch; /* embedding normal(0, 1), linear by fan-in */

/* Declarations in a row: after the first failure nothing more is declared, and `status` and
 * `err` tell it, so a constructor reads as a list. */
typedef struct {
    kd_params           *params;
    const kd_init_style *style;
    kd_status            status; /* KD_OK to begin with */
    kd_error            *err;
} kd_declare;

/* "<prefix>.<name>"; the leaf lives as long as the weights, NULL after a failure. */
kd_tensor *kd_declare_vector(kd_declare *declare, const char *prefix, const char *name, int length,
                             kd_init init);
kd_tensor *kd_declare_matrix(kd_declare *declare, const char *prefix, const char *name, int rows,
                             int columns, kd_init init);
kd_tensor *kd_declare_weight(kd_declare *declare, const char *prefix, const char *name, int rank,
                             const int *dim, kd_init init);

/* Say that only products will read this weight (kd_params_seal). NULL is fine. */
void kd_declare_factor(kd_tensor *weight);

/* Say that this weight is at an edge of the network, where rounding costs most: it multiplies word
 * vectors as they come, or makes the logits. Where products are int8 its own is bf16. NULL is
 * fine. */
void kd_declare_edge(kd_tensor *weight);

/* uniform(-1/sqrt(n), 1/sqrt(n)) */
kd_init kd_init_fan(int n);

/* "<prefix>.<name>" or "<prefix>.<index>.<name>" in `out`, which it returns. */
enum { KD_NAME_SIZE = 160 };
const char *kd_name_join(char out[KD_NAME_SIZE], const char *prefix, const char *name);
const char *kd_name_index(char out[KD_NAME_SIZE], const char *prefix, int index);

#endif
