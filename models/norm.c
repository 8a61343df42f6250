/* norm.c - LayerNorm and NoNorm as a layer. */
#include "models/norm.h"

kd_norm kd_norm_declare(kd_declare *declare, const char *prefix, int width, double eps)
{
    kd_norm norm = { .eps = eps };

    norm.weight =
        kd_declare_vector(declare, prefix, "weight", width, (kd_init){ KD_INIT_CONSTANT, 1.0f });
    norm.bias =
        kd_declare_vector(declare, prefix, "bias", width, (kd_init){ KD_INIT_CONSTANT, 0.0f });
    return norm;
}

kd_norm kd_norm_declare_plain(kd_declare *declare, const char *prefix, int width)
{
    kd_norm norm = kd_norm_declare(declare, prefix, width, 0.0);

    norm.is_plain = true;
    return norm;
}

kd_tensor *kd_norm_apply(const kd_norm *norm, kd_tape *tape, kd_tensor *x, kd_tensor *residual)
{
    if (norm->is_plain) return kd_op_no_norm(tape, x, residual, norm->weight, norm->bias);
    return kd_op_layer_norm(tape, x, residual, norm->weight, norm->bias, norm->eps);
}

kd_wire kd_norm_graph(const kd_norm *norm, kd_graph *g, kd_wire x, kd_wire residual)
{
    kd_wire weight = kd_graph_weight(g, norm->weight);

    if (residual) x = kd_onnx_node(g->onnx, "Add", x, residual);
    if (norm->is_plain) return kd_graph_add(g, kd_onnx_node(g->onnx, "Mul", x, weight), norm->bias);
    x = kd_onnx_node(g->onnx, "LayerNormalization", x, weight, kd_graph_weight(g, norm->bias));
    kd_onnx_set_int(g->onnx, "axis", -1);
    kd_onnx_set_float(g->onnx, "epsilon", (float)norm->eps);
    return x;
}
