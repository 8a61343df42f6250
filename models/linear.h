/* linear.h - y = f(x W^T + b): "<prefix>.weight" (O,I) and "<prefix>.bias" (O). */
#ifndef KD_MODELS_LINEAR_H
#define KD_MODELS_LINEAR_H

#include "models/graph.h"
#include "models/layer.h"

typedef struct {
    kd_tensor *weight; /* (O,I) */
    kd_tensor *bias;   /* (1,O) */
} kd_linear;

kd_linear  kd_linear_declare(kd_declare *declare, const char *prefix, int inputs, int outputs);
kd_tensor *kd_linear_apply(const kd_linear *linear, kd_tape *tape, kd_tensor *x, kd_activation f);
kd_wire    kd_linear_graph(const kd_linear *linear, kd_graph *g, kd_wire x, kd_activation f);

#endif
