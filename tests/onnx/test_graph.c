/* Files of graphs, read back by protobuf: each value is made once and before it is taken, each constant is as
 * long as its shape, and all weights of a network are there. What the graphs say is cli.onnx's to check. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/map.h"
#include "models/onnx/messages.pb-c.h"
#include "tests/models/small.h"
#include "tests/support/support.h"

static Onnx__ModelProto *read_back(const kd_onnx *graph)
{
    kd_str   bytes = KD_STR_INIT;
    kd_error err;
    char    *path = kd_fs_join(kd_test_folder(), "model.onnx");

    assert_ok(kd_onnx_write(graph, path, &err), &err);
    assert_ok(kd_fs_read(path, &bytes, &err), &err);
    Onnx__ModelProto *model =
        onnx__model_proto__unpack(NULL, bytes.length, (const uint8_t *)bytes.text);
    assert_non_null(model);
    kd_str_fini(&bytes);
    free(path);
    return model;
}

/* ---- what every file has to be ---- */

static size_t elements_of(const Onnx__TensorProto *t)
{
    size_t count = 1;
    for (size_t i = 0; i < t->n_dims; i++) count *= (size_t)t->dims[i];
    return count;
}

static void check_constants(const Onnx__GraphProto *graph, kd_map *known)
{
    for (size_t i = 0; i < graph->n_initializer; i++) {
        const Onnx__TensorProto *t = graph->initializer[i];
        size_t each = t->data_type == KD_ONNX_INT8 ? 1 : t->data_type == KD_ONNX_INT64 ? 8 : 4;
        assert_int_equal(t->raw_data.len, each * elements_of(t));
        assert_null(kd_map_get(known, t->name));
        kd_map_put_number(known, t->name, 0);
    }
}

static void check_values(const Onnx__GraphProto *graph, kd_map *known);

/* What a body takes it is given, or it is there around it; nothing in it has a name of something else. */
static void check_body(const Onnx__NodeProto *node, kd_map *known)
{
    for (size_t i = 0; i < node->n_attribute; i++) {
        const Onnx__GraphProto *body = node->attribute[i]->g;
        if (!body) continue;
        assert_int_equal(body->n_input, node->n_input);
        assert_int_equal(body->n_output, node->n_output);
        assert_int_equal(body->n_initializer, 0);
        check_values(body, known);
    }
}

static void check_nodes(const Onnx__GraphProto *graph, kd_map *known)
{
    for (size_t i = 0; i < graph->n_node; i++) {
        const Onnx__NodeProto *node = graph->node[i];
        for (size_t k = 0; k < node->n_input; k++)
            if (*node->input[k] && !kd_map_get(known, node->input[k]))
                fail_msg("%s takes %s, which nothing made", node->name, node->input[k]);
        check_body(node, known);
        for (size_t k = 0; k < node->n_output; k++) {
            assert_null(kd_map_get(known, node->output[k]));
            kd_map_put_number(known, node->output[k], 0);
        }
    }
}

static void check_values(const Onnx__GraphProto *graph, kd_map *known)
{
    for (size_t i = 0; i < graph->n_input; i++) {
        assert_null(kd_map_get(known, graph->input[i]->name));
        kd_map_put_number(known, graph->input[i]->name, 0);
    }
    check_constants(graph, known);
    check_nodes(graph, known);
    for (size_t i = 0; i < graph->n_output; i++)
        assert_non_null(kd_map_get(known, graph->output[i]->name));
}

static void check_form(const Onnx__ModelProto *model)
{
    kd_map *known = kd_map_create();

    assert_int_equal(model->ir_version, KD_ONNX_IR);
    assert_int_equal(model->n_opset_import, 1);
    assert_int_equal(model->opset_import[0]->version, KD_ONNX_OPSET);
    check_values(model->graph, known);
    kd_map_destroy(known);
}

/* Weights in the file: constants but those of formulas and the steps of int8. */
static size_t weights_of(const Onnx__GraphProto *graph)
{
    size_t count = 0;

    for (size_t i = 0; i < graph->n_initializer; i++) {
        const Onnx__TensorProto *t = graph->initializer[i];
        if (t->data_type != KD_ONNX_INT64 && !kd_starts_with(t->name, "real_") &&
            !strstr(t->name, ".step"))
            count += elements_of(t);
    }
    return count;
}

/* In bodies, too. */
static size_t nodes_of(const Onnx__GraphProto *graph, const char *op)
{
    size_t count = 0;

    for (size_t i = 0; i < graph->n_node; i++) {
        const Onnx__NodeProto *node = graph->node[i];
        count += strcmp(node->op_type, op) == 0;
        for (size_t k = 0; k < node->n_attribute; k++)
            if (node->attribute[k]->g) count += nodes_of(node->attribute[k]->g, op);
    }
    return count;
}

/* ---- the builder ---- */

static void test_writes_what_was_built(void **state)
{
    (void)state;
    static const char *const axes[] = { "batch", "3", NULL };
    static const float       w[] = { 1, 2, 3 };
    kd_onnx                 *g = kd_onnx_create("small");
    kd_wire                  x = kd_onnx_input(g, "x", KD_ONNX_FLOAT, axes);

    x = kd_onnx_node(g, "Mul", x, kd_onnx_constant(g, "w", KD_ONNX_FLOAT, 1, (int[]){ 3 }, w));
    x = kd_onnx_node(g, "Softmax", x);
    kd_onnx_set_int(g, "axis", -1);
    assert_ptr_equal(kd_onnx_scalar(g, 0.5f), kd_onnx_scalar(g, 0.5f));
    assert_ptr_equal(kd_onnx_ints_of(g, 1, -2), kd_onnx_ints_of(g, 1, -2));
    kd_onnx_output(g, x, "y", KD_ONNX_FLOAT, axes);
    kd_onnx_note(g, "labels", "O\nB\n");
    Onnx__ModelProto *model = read_back(g);
    check_form(model);
    assert_int_equal(model->graph->n_node, 3);
    assert_string_equal(model->graph->node[1]->attribute[0]->name, "axis");
    assert_int_equal(model->graph->node[1]->attribute[0]->i, -1);
    assert_memory_equal(model->graph->initializer[0]->raw_data.data, w, sizeof w);
    Onnx__TensorShapeProto *shape = model->graph->input[0]->type->tensor_type->shape;
    assert_string_equal(shape->dim[0]->dim_param, "batch");
    assert_int_equal(shape->dim[1]->dim_value, 3);
    assert_string_equal(model->metadata_props[0]->value, "O\nB\n");
    onnx__model_proto__free_unpacked(model, NULL);
    kd_onnx_destroy(g);
}

/* ---- networks ---- */

/* A small network of this kind with this head; a pooler where it cannot be without. */
static kd_arch arch_of(int kind, int head)
{
    kd_arch       arch = kd_small_arch((kd_kind)kind);
    kd_model_size size;
    kd_error      err;

    arch.head = (kd_head_kind)head;
    arch.encoder.pooler = kd_model_measure(&size, &arch, 5, &err) != KD_OK;
    return arch;
}

static bool has_head(int kind, int head)
{
    return head != KD_HEAD_NONE && kd_model_kind_at((kd_kind)kind)->heads & 1u << head;
}

static void check_network(int kind, int head, bool is_int8)
{
    kd_arch  arch = arch_of(kind, head);
    kd_small small = kd_small_make(&arch, (kd_tape_options){ .is_training = false });
    kd_onnx *graph;
    kd_error err;

    assert_ok(kd_model_graph(&graph, small.model, (kd_graph_form){ .is_int8 = is_int8 }, &err),
              &err);
    Onnx__ModelProto *model = read_back(graph);
    check_form(model);
    assert_int_equal(weights_of(model->graph), kd_params_total(small.params));
    assert_int_equal(nodes_of(model->graph, "MatMulInteger") > 0, is_int8);
    onnx__model_proto__free_unpacked(model, NULL);
    kd_onnx_destroy(graph);
    kd_small_drop(&small);
}

static void test_has_all_weights_of_every_network(void **state)
{
    (void)state;
    for (int kind = 0; kind < KD_KIND_COUNT; kind++)
        for (int head = 0; head < KD_HEAD_COUNT; head++)
            for (int is_int8 = 0; is_int8 < 2; is_int8++)
                if (has_head(kind, head)) check_network(kind, head, is_int8);
}

static void test_has_all_forms_of_word_vectors(void **state)
{
    (void)state;
    for (int form = KD_VECTORS_TRAINED; form <= KD_VECTORS_MULTICHANNEL; form++) {
        kd_arch arch = kd_small_arch(KD_KIND_BILSTM);
        arch.bilstm.embeddings = form;
        kd_small small = kd_small_make(&arch, (kd_tape_options){ .is_training = false });
        kd_onnx *graph;
        kd_error err;
        assert_ok(kd_model_graph(&graph, small.model, (kd_graph_form){ 0 }, &err), &err);
        Onnx__ModelProto *model = read_back(graph);
        check_form(model);
        assert_int_equal(weights_of(model->graph), kd_params_total(small.params));
        onnx__model_proto__free_unpacked(model, NULL);
        kd_onnx_destroy(graph);
        kd_small_drop(&small);
    }
}

/* Labels of four columns: O, B-G, I-G and X, which is no tag. */
static void obey(kd_model *model)
{
    kd_labels *labels = kd_labels_create();

    kd_labels_add_class(labels, "O", 1);
    kd_labels_add_type(labels, KD_SCHEME_IOB2, "G", 1);
    kd_labels_add_class(labels, "X", 1);
    kd_model_obey(model, labels);
    kd_labels_destroy(labels);
}

static const float *constant_of(const Onnx__GraphProto *graph, const char *name)
{
    for (size_t i = 0; i < graph->n_initializer; i++)
        if (strcmp(graph->initializer[i]->name, name) == 0)
            return (const float *)graph->initializer[i]->raw_data.data;
    fail_msg("no constant %s", name);
    return NULL;
}

static void test_finds_the_best_path_of_a_crf(void **state)
{
    (void)state;
    kd_arch  arch = kd_small_arch(KD_KIND_BILSTM);
    kd_onnx *graph;
    kd_error err;
    arch.crf = true;
    kd_small small = kd_small_make(&arch, (kd_tape_options){ .is_training = false });

    obey(small.model);
    assert_ok(kd_model_graph(&graph, small.model, (kd_graph_form){ 0 }, &err), &err);
    Onnx__ModelProto *model = read_back(graph);
    check_form(model);
    assert_string_equal(model->graph->input[2]->name, "word_starts");
    assert_string_equal(model->graph->output[1]->name, "tags");
    assert_int_equal(nodes_of(model->graph, "Scan"), 2);
    const kd_crf_weights *w = &kd_model_crf(small.model)->weights;
    const float          *ladder = constant_of(model->graph, "crf.ladder"); /* (5,5) */
    assert_float_equal(ladder[0 * 5 + 1], w->transitions->x[0 * 4 + 1], 0);
    assert_float_equal(ladder[1 * 5 + 4], w->end->x[1], 0);
    assert_float_equal(ladder[4 * 5 + 1], w->start->x[1], 0);
    assert_true(ladder[0 * 5 + 2] < -1e8f); /* I after O */
    assert_true(ladder[4 * 5 + 2] < -1e8f); /* and at the beginning */
    onnx__model_proto__free_unpacked(model, NULL);
    kd_onnx_destroy(graph);
    kd_small_drop(&small);
}

/* Where a network tells two texts apart, its graph is told which is which. */
static void test_takes_two_texts(void **state)
{
    (void)state;
    static const struct {
        kd_kind kind;
        int     segments, inputs;
    } cases[] = { { KD_KIND_BERT, 2, 3 }, { KD_KIND_ALBERT, 2, 3 },  { KD_KIND_MOBILEBERT, 2, 3 },
                  { KD_KIND_BERT, 0, 2 }, { KD_KIND_ROBERTA, 1, 2 }, { KD_KIND_BILSTM, 2, 2 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_arch arch = arch_of(cases[i].kind, KD_HEAD_CLASS);
        arch.segments = cases[i].segments;
        kd_small small = kd_small_make(&arch, (kd_tape_options){ .is_training = false });
        kd_onnx *graph;
        kd_error err;
        assert_ok(
            kd_model_graph(&graph, small.model, (kd_graph_form){ .has_two_texts = true }, &err),
            &err);
        Onnx__ModelProto *model = read_back(graph);
        check_form(model);
        assert_int_equal(model->graph->n_input, cases[i].inputs);
        onnx__model_proto__free_unpacked(model, NULL);
        kd_onnx_destroy(graph);
        kd_small_drop(&small);
    }
}

static void refuses(const kd_arch *arch, const char *words)
{
    kd_small small = kd_small_make(arch, (kd_tape_options){ .is_training = false });
    kd_onnx *graph;
    kd_error err;

    assert_fails(KD_EUSAGE, words, kd_model_graph(&graph, small.model, (kd_graph_form){ 0 }, &err),
                 &err);
    assert_null(graph);
    kd_small_drop(&small);
}

static void test_refuses_what_a_graph_cannot_say(void **state)
{
    (void)state;
    kd_arch arch = kd_small_arch(KD_KIND_BILSTM);

    arch.head = KD_HEAD_NONE;
    refuses(&arch, "bilstm: no head, so");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_what_was_built),
        cmocka_unit_test(test_has_all_weights_of_every_network),
        cmocka_unit_test(test_has_all_forms_of_word_vectors),
        cmocka_unit_test(test_finds_the_best_path_of_a_crf),
        cmocka_unit_test(test_takes_two_texts),
        cmocka_unit_test(test_refuses_what_a_graph_cannot_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
