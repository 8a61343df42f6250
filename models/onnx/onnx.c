/* onnx.c - the graph as protobuf's messages, which are packed when it is written.
 *
 * All that a message points to is in the graph's arena but the elements of large constants, which
 * stay their owner's. */
#include "models/onnx/onnx.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/arena.h"
#include "harness/base/fs.h"
#include "harness/base/map.h"
#include "harness/base/program.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "models/onnx/messages.pb-c.h"

typedef KD_VEC(Onnx__NodeProto *) nodes;
typedef KD_VEC(Onnx__TensorProto *) tensors;
typedef KD_VEC(Onnx__ValueInfoProto *) values;
typedef KD_VEC(Onnx__StringStringEntryProto *) notes;

typedef KD_VEC(kd_wire) wires;
typedef KD_VEC(int64_t) ints;

/* The whole graph, or the body of a Scan. */
typedef struct {
    nodes  nodes;
    values inputs, outputs;
} level;

/* A Scan whose body is being built. */
typedef struct {
    wires taken;          /* by the node: first states, then values that it walks over */
    ints  part_ways;      /* 1: walked over from the end; of each part */
    ints  collected_ways; /* the same of what is put together */
} scan;

struct kd_onnx {
    char     *name, *version; /* of the program */
    kd_arena *arena;
    level     whole, body;
    level    *at; /* where nodes go: one of these */
    scan      scan;
    tensors   constants;
    notes     notes;
    kd_map   *found; /* name of a constant -> its wire */
    int       made;  /* values that got a name */
};

/* A message in the arena, as its _init leaves it. */
#define MAKE(g, type, init) \
    ((type *)memcpy(kd_arena_alloc((g)->arena, 1, sizeof(type)), &(type)init, sizeof(type)))

kd_onnx *kd_onnx_create(const char *name)
{
    kd_onnx *g = kd_alloc(1, sizeof *g);

    g->arena = kd_arena_create(0);
    g->name = kd_arena_strdup(g->arena, name);
    g->version = kd_arena_strdup(g->arena, kd_program_version);
    g->found = kd_map_create();
    g->at = &g->whole;
    return g;
}

static void drop_level(level *l)
{
    kd_vec_fini(&l->nodes);
    kd_vec_fini(&l->inputs);
    kd_vec_fini(&l->outputs);
}

void kd_onnx_destroy(kd_onnx *g)
{
    if (!g) return;
    drop_level(&g->whole);
    drop_level(&g->body);
    kd_vec_fini(&g->scan.taken);
    kd_vec_fini(&g->scan.part_ways);
    kd_vec_fini(&g->scan.collected_ways);
    kd_vec_fini(&g->constants);
    kd_vec_fini(&g->notes);
    kd_map_destroy(g->found);
    kd_arena_destroy(g->arena);
    free(g);
}

static Onnx__NodeProto *last(const kd_onnx *g)
{
    return g->at->nodes.items[g->at->nodes.count - 1];
}

/* ---- inputs and outputs ---- */

static void add_axis(kd_onnx *g, Onnx__TensorShapeProto *shape, const char *axis)
{
    Onnx__TensorShapeProto__Dimension *dim =
        MAKE(g, Onnx__TensorShapeProto__Dimension, ONNX__TENSOR_SHAPE_PROTO__DIMENSION__INIT);
    char *end;

    dim->dim_value = strtoll(axis, &end, 10);
    dim->has_dim_value = *end == 0;
    if (!dim->has_dim_value) dim->dim_param = kd_arena_strdup(g->arena, axis);
    shape->dim[shape->n_dim++] = dim;
}

/* Without axes: of a shape that its readers find out. */
static Onnx__ValueInfoProto *describe(kd_onnx *g, const char *name, kd_onnx_type type,
                                      const char *const *axes)
{
    Onnx__ValueInfoProto    *value = MAKE(g, Onnx__ValueInfoProto, ONNX__VALUE_INFO_PROTO__INIT);
    Onnx__TypeProto__Tensor *tensor =
        MAKE(g, Onnx__TypeProto__Tensor, ONNX__TYPE_PROTO__TENSOR__INIT);

    value->name = kd_arena_strdup(g->arena, name);
    value->type = MAKE(g, Onnx__TypeProto, ONNX__TYPE_PROTO__INIT);
    value->type->tensor_type = tensor;
    tensor->has_elem_type = 1;
    tensor->elem_type = (int32_t)type;
    if (!axes) return value;
    tensor->shape = MAKE(g, Onnx__TensorShapeProto, ONNX__TENSOR_SHAPE_PROTO__INIT);
    tensor->shape->dim = kd_arena_alloc(g->arena, KD_ONNX_RANK_MAX, sizeof *tensor->shape->dim);
    for (int i = 0; axes[i]; i++) add_axis(g, tensor->shape, axes[i]);
    return value;
}

kd_wire kd_onnx_input(kd_onnx *g, const char *name, kd_onnx_type type, const char *const *axes)
{
    Onnx__ValueInfoProto *value = describe(g, name, type, axes);

    kd_vec_push(&g->at->inputs, value);
    return value->name;
}

void kd_onnx_output(kd_onnx *g, kd_wire wire, const char *name, kd_onnx_type type,
                    const char *const *axes)
{
    kd_onnx_node(g, "Identity", wire);
    last(g)->output[0] = kd_arena_strdup(g->arena, name);
    kd_vec_push(&g->at->outputs, describe(g, name, type, axes));
}

/* ---- constants ---- */

static size_t size_of(kd_onnx_type type)
{
    return type == KD_ONNX_INT8 ? 1 : type == KD_ONNX_INT64 ? 8 : 4;
}

kd_wire kd_onnx_constant(kd_onnx *g, const char *name, kd_onnx_type type, int rank, const int *dim,
                         const void *elements)
{
    Onnx__TensorProto *tensor = MAKE(g, Onnx__TensorProto, ONNX__TENSOR_PROTO__INIT);
    size_t             length = size_of(type);

    KD_CHECK(!kd_onnx_find(g, name), "onnx: a second constant %s", name);
    tensor->dims = kd_arena_alloc(g->arena, (size_t)rank + 1, sizeof *tensor->dims);
    tensor->n_dims = (size_t)rank;
    for (int i = 0; i < rank; i++) length *= (size_t)(tensor->dims[i] = dim[i]);
    tensor->name = kd_arena_strdup(g->arena, name);
    tensor->has_data_type = tensor->has_raw_data = 1;
    tensor->data_type = (int32_t)type;
    tensor->raw_data = (ProtobufCBinaryData){ length, (uint8_t *)(uintptr_t)elements };
    kd_vec_push(&g->constants, tensor);
    kd_map_put_pointer(g->found, name, tensor->name);
    return tensor->name;
}

kd_wire kd_onnx_find(const kd_onnx *g, const char *name)
{
    return kd_map_pointer(g->found, name);
}

void *kd_onnx_memory(kd_onnx *g, size_t count, size_t size)
{
    return kd_arena_alloc(g->arena, count, size);
}

char *kd_onnx_name(kd_onnx *g, const char *stem, const char *suffix)
{
    return kd_arena_sprintf(g->arena, "%s%s", stem, suffix);
}

kd_wire kd_onnx_scalar(kd_onnx *g, float x)
{
    char   *name = kd_arena_sprintf(g->arena, "real_%.9g", (double)x);
    kd_wire there = kd_onnx_find(g, name);
    float  *element;

    if (there) return there;
    element = kd_onnx_memory(g, 1, sizeof *element);
    *element = x;
    return kd_onnx_constant(g, name, KD_ONNX_FLOAT, 0, NULL, element);
}

kd_wire kd_onnx_ints(kd_onnx *g, int count, const int64_t *given)
{
    kd_str name = KD_STR_INIT;

    kd_str_add(&name, "ints");
    for (int i = 0; i < count; i++) kd_str_addf(&name, "_%" PRId64, given[i]);
    kd_wire there = kd_onnx_find(g, name.text);
    if (!there) {
        int64_t *elements = kd_onnx_memory(g, (size_t)count, sizeof *elements);
        memcpy(elements, given, (size_t)count * sizeof *elements);
        there = kd_onnx_constant(g, name.text, KD_ONNX_INT64, 1, &count, elements);
    }
    kd_str_fini(&name);
    return there;
}

/* ---- nodes ---- */

enum { OUTPUTS_MAX = 4, ATTRIBUTES_MAX = 4 };

kd_wire kd_onnx_also(kd_onnx *g)
{
    Onnx__NodeProto *node = last(g);

    KD_CHECK(node->n_output < OUTPUTS_MAX, "onnx: too many outputs of a node");
    return node->output[node->n_output++] =
               kd_arena_sprintf(g->arena, "%s_%d", node->op_type, g->made++);
}

kd_wire kd_onnx_node_of(kd_onnx *g, const char *op, const kd_wire *inputs)
{
    Onnx__NodeProto *node = MAKE(g, Onnx__NodeProto, ONNX__NODE_PROTO__INIT);

    while (inputs[node->n_input]) node->n_input++;
    node->input = kd_arena_alloc(g->arena, node->n_input + 1, sizeof *node->input);
    for (size_t i = 0; i < node->n_input; i++)
        node->input[i] = kd_arena_strdup(g->arena, inputs[i]);
    node->output = kd_arena_alloc(g->arena, OUTPUTS_MAX, sizeof *node->output);
    node->attribute = kd_arena_alloc(g->arena, ATTRIBUTES_MAX, sizeof *node->attribute);
    node->op_type = kd_arena_strdup(g->arena, op);
    kd_vec_push(&g->at->nodes, node);
    return node->name = kd_arena_strdup(g->arena, kd_onnx_also(g));
}

static Onnx__AttributeProto *add_attribute(kd_onnx *g, const char *name,
                                           Onnx__AttributeProto__AttributeType type)
{
    Onnx__NodeProto      *node = last(g);
    Onnx__AttributeProto *a = MAKE(g, Onnx__AttributeProto, ONNX__ATTRIBUTE_PROTO__INIT);

    KD_CHECK(node->n_attribute < ATTRIBUTES_MAX, "onnx: too many attributes of a node");
    a->name = kd_arena_strdup(g->arena, name);
    a->has_type = 1;
    a->type = type;
    return node->attribute[node->n_attribute++] = a;
}

void kd_onnx_set_int(kd_onnx *g, const char *name, int64_t value)
{
    Onnx__AttributeProto *a = add_attribute(g, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);

    a->has_i = 1;
    a->i = value;
}

void kd_onnx_set_float(kd_onnx *g, const char *name, float value)
{
    Onnx__AttributeProto *a = add_attribute(g, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);

    a->has_f = 1;
    a->f = value;
}

void kd_onnx_set_text(kd_onnx *g, const char *name, const char *text)
{
    Onnx__AttributeProto *a = add_attribute(g, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);

    a->has_s = 1;
    a->s = (ProtobufCBinaryData){ strlen(text), (uint8_t *)kd_arena_strdup(g->arena, text) };
}

void kd_onnx_set_ints(kd_onnx *g, const char *name, int count, const int64_t *given)
{
    Onnx__AttributeProto *a = add_attribute(g, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);

    a->n_ints = (size_t)count;
    a->ints = kd_arena_alloc(g->arena, (size_t)count, sizeof *a->ints);
    memcpy(a->ints, given, (size_t)count * sizeof *a->ints);
}

/* ---- scans ---- */

void kd_onnx_scan_begin(kd_onnx *g)
{
    KD_CHECK(g->at == &g->whole, "onnx: a Scan in the body of another");
    g->at = &g->body;
    kd_vec_reset(&g->scan.taken);
    kd_vec_reset(&g->scan.part_ways);
    kd_vec_reset(&g->scan.collected_ways);
}

static kd_wire take(kd_onnx *g, kd_wire from, kd_onnx_type type)
{
    kd_vec_push(&g->scan.taken, from);
    return kd_onnx_input(g, kd_arena_sprintf(g->arena, "step_%d", g->made++), type, NULL);
}

kd_wire kd_onnx_scan_state(kd_onnx *g, kd_wire first, kd_onnx_type type)
{
    KD_CHECK(g->scan.part_ways.count == 0, "onnx: a state of a Scan behind its parts");
    return take(g, first, type);
}

kd_wire kd_onnx_scan_part(kd_onnx *g, kd_wire x, kd_onnx_type type, bool is_backward)
{
    kd_vec_push(&g->scan.part_ways, (int64_t)is_backward);
    return take(g, x, type);
}

void kd_onnx_scan_next(kd_onnx *g, kd_wire state, kd_onnx_type type)
{
    KD_CHECK(g->scan.collected_ways.count == 0, "onnx: a state of a Scan behind what it collects");
    kd_onnx_output(g, state, kd_arena_sprintf(g->arena, "next_%d", g->made++), type, NULL);
}

void kd_onnx_scan_collect(kd_onnx *g, kd_wire x, kd_onnx_type type, bool is_backward)
{
    kd_vec_push(&g->scan.collected_ways, (int64_t)is_backward);
    kd_onnx_output(g, x, kd_arena_sprintf(g->arena, "collected_%d", g->made++), type, NULL);
}

static void *kept(kd_onnx *g, const void *items, size_t count, size_t size)
{
    void *copy = kd_arena_alloc(g->arena, count, size);

    if (count) memcpy(copy, items, count * size);
    return copy;
}

/* The body as a graph of its own; its level is empty again. */
static Onnx__GraphProto *take_body(kd_onnx *g)
{
    Onnx__GraphProto *body = MAKE(g, Onnx__GraphProto, ONNX__GRAPH_PROTO__INIT);
    level            *l = &g->body;

    body->name = kd_arena_sprintf(g->arena, "body_%d", g->made++);
    body->n_node = l->nodes.count;
    body->node = kept(g, l->nodes.items, l->nodes.count, sizeof *l->nodes.items);
    body->n_input = l->inputs.count;
    body->input = kept(g, l->inputs.items, l->inputs.count, sizeof *l->inputs.items);
    body->n_output = l->outputs.count;
    body->output = kept(g, l->outputs.items, l->outputs.count, sizeof *l->outputs.items);
    kd_vec_reset(&l->nodes);
    kd_vec_reset(&l->inputs);
    kd_vec_reset(&l->outputs);
    return body;
}

void kd_onnx_scan_end(kd_onnx *g, kd_wire *out)
{
    Onnx__GraphProto *body = take_body(g);
    scan             *s = &g->scan;

    g->at = &g->whole;
    kd_vec_push(&s->taken, NULL);
    out[0] = kd_onnx_node_of(g, "Scan", s->taken.items);
    for (size_t i = 1; i < body->n_output; i++) out[i] = kd_onnx_also(g);
    add_attribute(g, "body", ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH)->g = body;
    kd_onnx_set_int(g, "num_scan_inputs", (int64_t)s->part_ways.count);
    kd_onnx_set_ints(g, "scan_input_directions", (int)s->part_ways.count, s->part_ways.items);
    kd_onnx_set_ints(g, "scan_output_directions", (int)s->collected_ways.count,
                     s->collected_ways.items);
}

void kd_onnx_note(kd_onnx *g, const char *key, const char *text)
{
    Onnx__StringStringEntryProto *note =
        MAKE(g, Onnx__StringStringEntryProto, ONNX__STRING_STRING_ENTRY_PROTO__INIT);

    note->key = kd_arena_strdup(g->arena, key);
    note->value = kd_arena_strdup(g->arena, text);
    kd_vec_push(&g->notes, note);
}

/* ---- writing ---- */

/* Protobuf hands out a file in pieces, most of them of some bytes: those are gathered. */
typedef struct {
    ProtobufCBuffer base; /* first, as protobuf-c wants it */
    kd_fs_draft    *draft;
    kd_str          waiting;
    kd_status       status;
    kd_error       *err;
} sink;

enum { GATHERED = 1 << 16 };

static void flush(sink *s)
{
    if (s->status == KD_OK)
        s->status = kd_fs_draft_write(s->draft, s->waiting.text, s->waiting.length, s->err);
    kd_str_reset(&s->waiting);
}

static void append(ProtobufCBuffer *buffer, size_t length, const uint8_t *bytes)
{
    sink *s = (sink *)buffer;

    if (s->waiting.length + length > GATHERED) flush(s);
    if (length < GATHERED)
        kd_str_add_bytes(&s->waiting, bytes, length);
    else if (s->status == KD_OK)
        s->status = kd_fs_draft_write(s->draft, bytes, length, s->err);
}

static kd_status write_model(const Onnx__ModelProto *model, const char *path, kd_error *err)
{
    kd_fs_draft draft;
    kd_status   status = kd_fs_draft_open(&draft, path, err);
    sink        s = { { append }, &draft, KD_STR_INIT, KD_OK, err };

    if (status != KD_OK) return status;
    onnx__model_proto__pack_to_buffer(model, &s.base);
    flush(&s);
    kd_str_fini(&s.waiting);
    if (s.status == KD_OK) return kd_fs_draft_commit(&draft, path, err);
    kd_fs_draft_discard(&draft);
    return s.status;
}

/* Protobuf's lengths are 31 bits. */
static kd_status check_size(const Onnx__ModelProto *model, const char *path, kd_error *err)
{
    size_t length = 0;

    for (size_t i = 0; i < model->graph->n_initializer; i++)
        length += model->graph->initializer[i]->raw_data.len;
    if (length < (size_t)INT_MAX - (1 << 24)) return KD_OK;
    return kd_fail(err, KD_EDATA, "%s: %.1f GiB of weights, an ONNX file holds less than 2", path,
                   (double)length / (1 << 30));
}

kd_status kd_onnx_write(const kd_onnx *g, const char *path, kd_error *err)
{
    Onnx__OperatorSetIdProto  opset = ONNX__OPERATOR_SET_ID_PROTO__INIT;
    Onnx__OperatorSetIdProto *opsets[] = { &opset };
    Onnx__GraphProto          graph = ONNX__GRAPH_PROTO__INIT;
    Onnx__ModelProto          model = ONNX__MODEL_PROTO__INIT;
    static char               producer[] = "kdgrid", domain[] = "";

    opset.domain = domain;
    opset.has_version = model.has_ir_version = 1;
    opset.version = KD_ONNX_OPSET;
    KD_CHECK(g->at == &g->whole, "onnx: a Scan was not ended");
    graph.name = g->name;
    graph.node = g->whole.nodes.items, graph.n_node = g->whole.nodes.count;
    graph.initializer = g->constants.items, graph.n_initializer = g->constants.count;
    graph.input = g->whole.inputs.items, graph.n_input = g->whole.inputs.count;
    graph.output = g->whole.outputs.items, graph.n_output = g->whole.outputs.count;
    model.ir_version = KD_ONNX_IR;
    model.producer_name = producer;
    model.producer_version = g->version;
    model.graph = &graph;
    model.opset_import = opsets, model.n_opset_import = 1;
    model.metadata_props = g->notes.items, model.n_metadata_props = g->notes.count;
    kd_status status = check_size(&model, path, err);
    return status == KD_OK ? write_model(&model, path, err) : status;
}
