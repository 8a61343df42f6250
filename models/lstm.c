/* lstm.c - a stack of bidirectional LSTM layers. */
#include "models/lstm.h"

#include <stdio.h>
#include <string.h>

static kd_tensor *declare_gates(kd_declare *declare, const char *prefix, const char *part,
                                int layer, int direction, int hidden, int inputs)
{
    char name[KD_NAME_SIZE];

    snprintf(name, sizeof name, "%s_l%d%s", part, layer, direction ? "_reverse" : "");
    if (inputs == 0)
        return kd_declare_vector(declare, prefix, name, 4 * hidden, kd_init_fan(hidden));
    return kd_declare_matrix(declare, prefix, name, 4 * hidden, inputs, kd_init_fan(hidden));
}

kd_lstm kd_lstm_declare(kd_declare *declare, const char *prefix, int inputs, int hidden, int layers)
{
    kd_lstm lstm = { .layers = layers };

    for (int l = 0; l < layers; l++)
        for (int way = 0; way < 2; way++) {
            kd_lstm_weights *w = &lstm.weights[l][way];
            int              in = l == 0 ? inputs : 2 * hidden;

            w->w_ih = declare_gates(declare, prefix, "weight_ih", l, way, hidden, in);
            w->w_hh = declare_gates(declare, prefix, "weight_hh", l, way, hidden, hidden);
            kd_declare_factor(w->w_ih);
            kd_declare_factor(w->w_hh);
            w->b_ih = declare_gates(declare, prefix, "bias_ih", l, way, hidden, 0);
            w->b_hh = declare_gates(declare, prefix, "bias_hh", l, way, hidden, 0);
        }
    return lstm;
}

kd_tensor *kd_lstm_apply(const kd_lstm *lstm, kd_tape *tape, kd_tensor *x, const kd_rows *rows,
                         double dropout, kd_tensor **outputs)
{
    for (int l = 0; l < lstm->layers; l++) {
        if (l > 0) x = kd_op_dropout(tape, x, dropout);
        outputs[l] = x = kd_op_lstm(tape, x, rows, lstm->weights[l]);
    }
    return x;
}

/* ---- as a graph ---- */

/* Gates are i f g o here and i o f g there: blocks of H rows, each `width` wide. */
static void copy_gates(float *to, const float *from, int hidden, int width)
{
    static const int ours[] = { 0, 3, 1, 2 };
    size_t           block = (size_t)hidden * (size_t)width;

    for (int gate = 0; gate < 4; gate++)
        memcpy(to + (size_t)gate * block, from + (size_t)ours[gate] * block, block * sizeof *to);
}

/* Both directions of a weight (2,4H,width), under the name of the first. */
static kd_wire gates_graph(kd_graph *g, const kd_tensor *ways[2], int hidden, int width)
{
    size_t each = 4 * (size_t)hidden * (size_t)width;
    float *to = kd_onnx_memory(g->onnx, 2 * each, sizeof *to);

    for (int way = 0; way < 2; way++)
        copy_gates(to + (size_t)way * each, ways[way]->x, hidden, width);
    return kd_onnx_constant(g->onnx, kd_onnx_name(g->onnx, ways[0]->param->name, ".iofc"),
                            KD_ONNX_FLOAT, 3, (int[]){ 2, 4 * hidden, width }, to);
}

/* b_ih and b_hh of both directions side by side (2,8H). */
static kd_wire biases_graph(kd_graph *g, const kd_lstm_weights ways[2], int hidden)
{
    size_t each = 4 * (size_t)hidden;
    float *to = kd_onnx_memory(g->onnx, 4 * each, sizeof *to);

    for (int way = 0; way < 2; way++) {
        copy_gates(to + 2 * (size_t)way * each, ways[way].b_ih->x, hidden, 1);
        copy_gates(to + (2 * (size_t)way + 1) * each, ways[way].b_hh->x, hidden, 1);
    }
    return kd_onnx_constant(g->onnx, kd_onnx_name(g->onnx, ways[0].b_ih->param->name, ".iofc"),
                            KD_ONNX_FLOAT, 2, (int[]){ 2, 8 * hidden }, to);
}

/* The part of `x` (batch, 4H) that is one gate's, i f g o. */
static void split_gates(kd_graph *g, kd_wire x, kd_wire gate[4])
{
    gate[0] = kd_onnx_node(g->onnx, "Split", x);
    kd_onnx_set_int(g->onnx, "axis", -1);
    for (int i = 1; i < 4; i++) gate[i] = kd_onnx_also(g->onnx);
}

/* One step: c' = f c + i g, h' = o tanh(c'), both 0 at padding; `x` (batch, 4H) is what the input adds. */
static void step_graph(const kd_lstm_weights *w, kd_graph *g, kd_wire x, kd_wire present,
                       kd_wire *h, kd_wire *c)
{
    kd_onnx *o = g->onnx;
    kd_wire  gate[4];

    split_gates(g, kd_onnx_node(o, "Add", kd_graph_product(g, *h, w->w_hh), x), gate);
    kd_wire kept = kd_onnx_node(o, "Mul", kd_graph_activate(g, gate[1], KD_SIGMOID), *c);
    kd_wire new = kd_onnx_node(o, "Mul", kd_graph_activate(g, gate[0], KD_SIGMOID),
                               kd_graph_activate(g, gate[2], KD_TANH));
    *c = kd_onnx_node(o, "Mul", kd_onnx_node(o, "Add", kept, new), present);
    *h = kd_onnx_node(o, "Mul", kd_graph_activate(g, gate[3], KD_SIGMOID),
                      kd_graph_activate(g, *c, KD_TANH));
}

/* (batch, H) of zeros, which both states begin with. */
static kd_wire zeros(kd_graph *g, int hidden)
{
    kd_wire shape =
        kd_onnx_node(g->onnx, "Concat", kd_graph_batch(g), kd_onnx_ints_of(g->onnx, hidden));

    kd_onnx_set_int(g->onnx, "axis", 0);
    return kd_onnx_node(g->onnx, "ConstantOfShape", shape);
}

/* One direction in int8, which the LSTM operator has not: x (length, batch, I) -> (length, batch, H). */
static kd_wire way_graph(const kd_lstm_weights *w, kd_graph *g, kd_wire x, bool is_backward)
{
    kd_wire bias = kd_graph_add(g, kd_graph_weight(g, w->b_ih), w->b_hh);
    kd_wire gates = kd_onnx_node(g->onnx, "Add", kd_graph_product(g, x, w->w_ih), bias);
    kd_wire first = zeros(g, w->w_hh->d),
            present = kd_graph_transpose_of(g, kd_graph_present(g), 1, 0, 2);
    kd_wire out[3];

    kd_graph_scan_begin(g);
    kd_wire h = kd_onnx_scan_state(g->onnx, first, KD_ONNX_FLOAT);
    kd_wire c = kd_onnx_scan_state(g->onnx, first, KD_ONNX_FLOAT);
    kd_wire here = kd_onnx_scan_part(g->onnx, gates, KD_ONNX_FLOAT, is_backward);
    kd_wire there = kd_onnx_scan_part(g->onnx, present, KD_ONNX_FLOAT, is_backward);
    step_graph(w, g, here, there, &h, &c);
    kd_onnx_scan_next(g->onnx, h, KD_ONNX_FLOAT);
    kd_onnx_scan_next(g->onnx, c, KD_ONNX_FLOAT);
    kd_onnx_scan_collect(g->onnx, h, KD_ONNX_FLOAT, is_backward);
    kd_graph_scan_end(g, out);
    return out[2];
}

static kd_wire int8_layer_graph(const kd_lstm_weights ways[2], kd_graph *g, kd_wire x)
{
    kd_wire onward = way_graph(&ways[0], g, x, false), back = way_graph(&ways[1], g, x, true);

    x = kd_onnx_node(g->onnx, "Concat", onward, back);
    kd_onnx_set_int(g->onnx, "axis", -1);
    return x;
}

/* x (length, batch, I) -> (length, batch, 2H) */
static kd_wire layer_graph(const kd_lstm_weights ways[2], kd_graph *g, kd_wire x)
{
    int     hidden = ways[0].w_hh->d;
    kd_wire w = gates_graph(g, (const kd_tensor *[]){ ways[0].w_ih, ways[1].w_ih }, hidden,
                            ways[0].w_ih->d);
    kd_wire r = gates_graph(g, (const kd_tensor *[]){ ways[0].w_hh, ways[1].w_hh }, hidden, hidden);
    kd_wire b = biases_graph(g, ways, hidden), counts = kd_graph_counts(g);

    x = kd_onnx_node(g->onnx, "LSTM", x, w, r, b, counts); /* (length, 2, batch, H) */
    kd_onnx_set_int(g->onnx, "hidden_size", hidden);
    kd_onnx_set_text(g->onnx, "direction", "bidirectional");
    return kd_graph_reshape(g, kd_graph_transpose_of(g, x, 0, 2, 1, 3), 0, 0, 2 * hidden);
}

kd_wire kd_lstm_graph(const kd_lstm *lstm, kd_graph *g, kd_wire x)
{
    x = kd_graph_transpose_of(g, x, 1, 0, 2);
    for (int l = 0; l < lstm->layers; l++)
        x = (g->is_int8 ? int8_layer_graph : layer_graph)(lstm->weights[l], g, x);
    return kd_graph_transpose_of(g, x, 1, 0, 2);
}
