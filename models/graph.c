/* graph.c - parts of ONNX graphs that layers share. */
#include "models/graph.h"

#include <math.h>

#include "models/tensor/params.h"

static const char *const axes[] = { "batch", "length", NULL };

void kd_graph_begin(kd_graph *g, const char *name, bool is_int8)
{
    *g = (kd_graph){ .onnx = kd_onnx_create(name), .is_int8 = is_int8 };
    g->ids = kd_onnx_input(g->onnx, "input_ids", KD_ONNX_INT64, axes);
    g->mask = kd_onnx_input(g->onnx, "attention_mask", KD_ONNX_INT64, axes);
}

/* ---- sizes and masks ---- */

kd_wire kd_graph_cast(kd_graph *g, kd_wire x, kd_onnx_type type)
{
    x = kd_onnx_node(g->onnx, "Cast", x);
    kd_onnx_set_int(g->onnx, "to", type);
    return x;
}

static kd_wire size_of_axis(kd_graph *g, int axis)
{
    kd_wire size = kd_onnx_node(g->onnx, "Shape", g->ids);

    kd_onnx_set_int(g->onnx, "start", axis);
    kd_onnx_set_int(g->onnx, "end", axis + 1);
    return size;
}

kd_wire kd_graph_length(kd_graph *g)
{
    if (!g->length) g->length = size_of_axis(g, 1);
    return g->length;
}

kd_wire kd_graph_batch(kd_graph *g)
{
    if (!g->batch) g->batch = size_of_axis(g, 0);
    return g->batch;
}

kd_wire kd_graph_segments(kd_graph *g)
{
    if (g->has_two_texts && !g->segments)
        g->segments = kd_onnx_input(g->onnx, "token_type_ids", KD_ONNX_INT64, axes);
    return g->segments;
}

kd_wire kd_graph_present(kd_graph *g)
{
    if (!g->present)
        g->present = kd_onnx_node(g->onnx, "Unsqueeze", kd_graph_cast(g, g->mask, KD_ONNX_FLOAT),
                                  kd_onnx_ints_of(g->onnx, 2));
    return g->present;
}

kd_wire kd_graph_shade(kd_graph *g)
{
    if (g->shade) return g->shade;
    kd_wire x = kd_onnx_node(g->onnx, "Unsqueeze", kd_graph_cast(g, g->mask, KD_ONNX_FLOAT),
                             kd_onnx_ints_of(g->onnx, 1, 2));
    x = kd_onnx_node(g->onnx, "Sub", x, kd_onnx_scalar(g->onnx, 1.0f));
    return g->shade = kd_onnx_node(g->onnx, "Mul", x, kd_onnx_scalar(g->onnx, 1e9f));
}

kd_wire kd_graph_counts(kd_graph *g)
{
    if (g->counts) return g->counts;
    kd_wire x = kd_onnx_node(g->onnx, "ReduceSum", g->mask, kd_onnx_ints_of(g->onnx, 1));
    kd_onnx_set_int(g->onnx, "keepdims", 0);
    return g->counts = kd_graph_cast(g, x, KD_ONNX_INT32);
}

/* ---- weights ---- */

kd_wire kd_graph_weight(kd_graph *g, const kd_tensor *weight)
{
    const kd_param *p = weight->param;
    kd_wire         there = kd_onnx_find(g->onnx, p->name);

    return there ? there
                 : kd_onnx_constant(g->onnx, p->name, KD_ONNX_FLOAT, p->rank, p->dim, weight->x);
}

/* (O,I) -> (I,O) */
static kd_wire turned(kd_graph *g, const kd_tensor *weight)
{
    int     outputs = weight->n, inputs = weight->d;
    char   *name = kd_onnx_name(g->onnx, weight->param->name, ".T");
    kd_wire there = kd_onnx_find(g->onnx, name);

    if (there) return there;
    float *t = kd_onnx_memory(g->onnx, (size_t)inputs * (size_t)outputs, sizeof *t);
    for (int o = 0; o < outputs; o++)
        for (int i = 0; i < inputs; i++)
            t[(size_t)i * (size_t)outputs + (size_t)o] =
                weight->x[(size_t)o * (size_t)inputs + (size_t)i];
    return kd_onnx_constant(g->onnx, name, KD_ONNX_FLOAT, 2, (int[]){ inputs, outputs }, t);
}

enum { STEPS = 63 };

/* Row o of W as integers from -STEPS to STEPS, and their step. */
static float round_row(const float *row, int inputs, int8_t *out, size_t apart)
{
    float most = 0.0f;

    for (int i = 0; i < inputs; i++) most = fmaxf(most, fabsf(row[i]));
    float step = most > 0.0f ? most / STEPS : 1.0f;
    for (int i = 0; i < inputs; i++) out[(size_t)i * apart] = (int8_t)lrintf(row[i] / step);
    return step;
}

/* (O,I) -> (I,O) int8 and (O) steps. */
static kd_wire rounded(kd_graph *g, const kd_tensor *weight, kd_wire *steps)
{
    int     outputs = weight->n, inputs = weight->d;
    char   *name = kd_onnx_name(g->onnx, weight->param->name, ".int8");
    char   *step_name = kd_onnx_name(g->onnx, weight->param->name, ".step");
    kd_wire there = kd_onnx_find(g->onnx, name);

    *steps = kd_onnx_find(g->onnx, step_name);
    if (there) return there;
    int8_t *t = kd_onnx_memory(g->onnx, (size_t)inputs * (size_t)outputs, sizeof *t);
    float  *step = kd_onnx_memory(g->onnx, (size_t)outputs, sizeof *step);
    for (int o = 0; o < outputs; o++)
        step[o] = round_row(weight->x + (size_t)o * (size_t)inputs, inputs, t + o, (size_t)outputs);
    *steps = kd_onnx_constant(g->onnx, step_name, KD_ONNX_FLOAT, 1, &outputs, step);
    return kd_onnx_constant(g->onnx, name, KD_ONNX_INT8, 2, (int[]){ inputs, outputs }, t);
}

/* ---- products ---- */

static void quantise(kd_graph *g, kd_wire x)
{
    if (g->of == x) return;
    g->of = x;
    g->quantised = kd_onnx_node(g->onnx, "DynamicQuantizeLinear", x);
    g->step = kd_onnx_also(g->onnx);
    g->zero = kd_onnx_also(g->onnx);
}

static kd_wire int8_product(kd_graph *g, kd_wire x, const kd_tensor *weight)
{
    kd_wire steps, w = rounded(g, weight, &steps);

    quantise(g, x);
    kd_wire sums = kd_onnx_node(g->onnx, "MatMulInteger", g->quantised, w, g->zero);
    kd_wire scale = kd_onnx_node(g->onnx, "Mul", g->step, steps);
    return kd_onnx_node(g->onnx, "Mul", kd_graph_cast(g, sums, KD_ONNX_FLOAT), scale);
}

kd_wire kd_graph_product(kd_graph *g, kd_wire x, const kd_tensor *weight)
{
    if (g->is_int8 && !weight->param->is_edge) return int8_product(g, x, weight);
    return kd_onnx_node(g->onnx, "MatMul", x, turned(g, weight));
}

kd_wire kd_graph_add(kd_graph *g, kd_wire x, const kd_tensor *bias)
{
    return kd_onnx_node(g->onnx, "Add", x, kd_graph_weight(g, bias));
}

/* ---- scans ---- */

/* What was rounded outside is of no use inside, and the other way about is not to be had. */
void kd_graph_scan_begin(kd_graph *g)
{
    g->of = NULL;
    kd_onnx_scan_begin(g->onnx);
}

void kd_graph_scan_end(kd_graph *g, kd_wire *out)
{
    g->of = NULL;
    kd_onnx_scan_end(g->onnx, out);
}

/* ---- activations ---- */

/* x/2 (1 + erf(x/sqrt 2)) */
static kd_wire gelu(kd_onnx *o, kd_wire x)
{
    kd_wire y = kd_onnx_node(o, "Div", x, kd_onnx_scalar(o, 1.41421356f));

    y = kd_onnx_node(o, "Add", kd_onnx_node(o, "Erf", y), kd_onnx_scalar(o, 1.0f));
    return kd_onnx_node(o, "Mul", kd_onnx_node(o, "Mul", x, y), kd_onnx_scalar(o, 0.5f));
}

/* x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) */
static kd_wire gelu_tanh(kd_onnx *o, kd_wire x)
{
    kd_wire cube = kd_onnx_node(o, "Mul", x, kd_onnx_node(o, "Mul", x, x));
    kd_wire y = kd_onnx_node(o, "Mul", cube, kd_onnx_scalar(o, 0.044715f));

    y = kd_onnx_node(o, "Mul", kd_onnx_node(o, "Add", x, y), kd_onnx_scalar(o, 0.797884561f));
    y = kd_onnx_node(o, "Add", kd_onnx_node(o, "Tanh", y), kd_onnx_scalar(o, 1.0f));
    return kd_onnx_node(o, "Mul", kd_onnx_node(o, "Mul", x, y), kd_onnx_scalar(o, 0.5f));
}

kd_wire kd_graph_activate(kd_graph *g, kd_wire x, kd_activation f)
{
    switch (f) {
    case KD_IDENTITY:
        break;
    case KD_RELU:
        return kd_onnx_node(g->onnx, "Relu", x);
    case KD_GELU:
        return gelu(g->onnx, x);
    case KD_GELU_TANH:
        return gelu_tanh(g->onnx, x);
    case KD_TANH:
        return kd_onnx_node(g->onnx, "Tanh", x);
    case KD_SIGMOID:
        return kd_onnx_node(g->onnx, "Sigmoid", x);
    }
    return x;
}

/* ---- shapes ---- */

kd_wire kd_graph_first(kd_graph *g, kd_wire x)
{
    x = kd_graph_slice(g, x, 1, kd_onnx_ints_of(g->onnx, 0), kd_onnx_ints_of(g->onnx, 1));
    return kd_onnx_node(g->onnx, "Squeeze", x, kd_onnx_ints_of(g->onnx, 1));
}

kd_wire kd_graph_transpose(kd_graph *g, kd_wire x, int rank, const int64_t *order)
{
    x = kd_onnx_node(g->onnx, "Transpose", x);
    kd_onnx_set_ints(g->onnx, "perm", rank, order);
    return x;
}

kd_wire kd_graph_slice(kd_graph *g, kd_wire x, int axis, kd_wire begin, kd_wire end)
{
    return kd_onnx_node(g->onnx, "Slice", x, begin, end, kd_onnx_ints_of(g->onnx, axis));
}

/* ---- attention ---- */

/* softmax(q k^T / sqrt(D/A) + shade) v, each (batch, heads, length, D/A) */
kd_wire kd_graph_attend(kd_graph *g, kd_wire q, kd_wire k, kd_wire v, int heads, int width)
{
    int     part = width / heads;
    kd_wire scale = kd_onnx_scalar(g->onnx, 1.0f / sqrtf((float)part));

    q = kd_graph_transpose_of(g, kd_graph_reshape(g, q, 0, 0, heads, part), 0, 2, 1, 3);
    k = kd_graph_transpose_of(g, kd_graph_reshape(g, k, 0, 0, heads, part), 0, 2, 3, 1);
    v = kd_graph_transpose_of(g, kd_graph_reshape(g, v, 0, 0, heads, part), 0, 2, 1, 3);
    kd_wire x = kd_onnx_node(g->onnx, "Mul", kd_onnx_node(g->onnx, "MatMul", q, k), scale);
    x = kd_onnx_node(g->onnx, "Softmax", kd_onnx_node(g->onnx, "Add", x, kd_graph_shade(g)));
    kd_onnx_set_int(g->onnx, "axis", -1);
    x = kd_graph_transpose_of(g, kd_onnx_node(g->onnx, "MatMul", x, v), 0, 2, 1, 3);
    return kd_graph_reshape(g, x, 0, 0, width);
}
