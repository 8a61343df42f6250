/* norm.h - LayerNorm over features, or NoNorm, which has its weights alone: "<prefix>.weight" (D)
 * begins at 1, "<prefix>.bias" at 0. */
#ifndef KD_MODELS_NORM_H
#define KD_MODELS_NORM_H

#include "models/graph.h"
#include "models/layer.h"

typedef struct {
    kd_tensor *weight, *bias; /* (1,D) */
    double     eps;
    bool       is_plain; /* NoNorm: weight * x + bias */
} kd_norm;

kd_norm kd_norm_declare(kd_declare *declare, const char *prefix, int width, double eps);
kd_norm kd_norm_declare_plain(kd_declare *declare, const char *prefix, int width);

/* norm(x + residual); `residual` may be NULL. */
kd_tensor *kd_norm_apply(const kd_norm *norm, kd_tape *tape, kd_tensor *x, kd_tensor *residual);
kd_wire    kd_norm_graph(const kd_norm *norm, kd_graph *g, kd_wire x, kd_wire residual);

#endif
