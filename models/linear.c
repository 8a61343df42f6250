/* linear.c - a fully connected layer. */
#include "models/linear.h"

kd_linear kd_linear_declare(kd_declare *declare, const char *prefix, int inputs, int outputs)
{
    const kd_init_style *style = declare->style;
    kd_init              weight = style->by_fan_in ? kd_init_fan(inputs) : style->linear;
    kd_init              bias = style->by_fan_in ? weight : (kd_init){ KD_INIT_CONSTANT, 0.0f };
    kd_linear            linear;

    linear.weight = kd_declare_matrix(declare, prefix, "weight", outputs, inputs, weight);
    linear.bias = kd_declare_vector(declare, prefix, "bias", outputs, bias);
    kd_declare_factor(linear.weight);
    return linear;
}

kd_tensor *kd_linear_apply(const kd_linear *linear, kd_tape *tape, kd_tensor *x, kd_activation f)
{
    return kd_op_linear(tape, x, linear->weight, linear->bias, f);
}

kd_wire kd_linear_graph(const kd_linear *linear, kd_graph *g, kd_wire x, kd_activation f)
{
    x = kd_graph_add(g, kd_graph_product(g, x, linear->weight), linear->bias);
    return kd_graph_activate(g, x, f);
}
