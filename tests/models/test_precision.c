/* test_precision.c - how far bf16 and int8 are from f32, and what packed weights leave alone.
 *
 * The bounds are those that docs/NUMERICS.md states. Networks have the published shapes of the
 * students (the vocabulary alone is smaller), drawn weights and sentences of uneven lengths. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/models/small.h"
#include "tests/support/precision.h"
#include "tests/support/support.h"

enum { PIECES = 60, LABELS = 9 };
static const int lengths[] = { 20, 9, 31 };

static const struct {
    const char *name;
    kd_kind     kind;
    int         layers, hidden, heads, classifier;
    double      init_range; /* 0.05 does for a width of 312 what 0.02 does for 768 */
} shapes[] = {
    { "bilstm", KD_KIND_BILSTM, 2, 300, 1, 256, 0.0 },
    { "tinybert", KD_KIND_BERT, 4, 312, 12, 0, 0.05 },
    { "albert", KD_KIND_ALBERT, 4, 312, 12, 0, 0.05 },
    { "mobilebert", KD_KIND_MOBILEBERT, 6, 512, 4, 0, 0.02 },
};
enum { STUDENTS = sizeof shapes / sizeof *shapes };

static kd_arch student(int which)
{
    kd_arch arch;

    kd_arch_begin(&arch, shapes[which].kind);
    arch.vocab = 30;
    arch.labels = LABELS;
    arch.hidden = shapes[which].hidden;
    arch.classifier = shapes[which].classifier;
    arch.encoder.heads = shapes[which].heads;
    arch.layers = shapes[which].layers;
    arch.positions = 64;
    arch.dropout = arch.encoder.attention_dropout = 0.0;
    arch.init_range = shapes[which].init_range;
    return arch;
}

/* Weights as a fresh network has them. */
static kd_small make_student(int which, kd_tape_options options)
{
    kd_arch  arch = student(which);
    kd_small small = { kd_params_create(), NULL, kd_tape_create(&options) };
    kd_rng   rng = kd_rng_root(1);
    kd_error err;

    assert_ok(kd_model_create(&small.model, small.params, &arch, &err), &err);
    kd_params_allocate(small.params, options.is_training);
    kd_params_init(small.params, &rng);
    return small;
}

static void use_precision(kd_small *small, kd_precision precision, int threads)
{
    kd_tape_destroy(small->tape);
    small->tape = kd_tape_create(&(kd_tape_options){ .precision = precision, .threads = threads });
}

static const float *logits_of(kd_small *small, const kd_batch *batch)
{
    kd_tape_reset(small->tape);
    return kd_model_apply(small->model, small->tape, batch, NULL).logits->x;
}

static double length_of(const float *x, const float *y, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        double d = (double)x[i] - (y ? (double)y[i] : 0.0);
        sum += d * d;
    }
    return sqrt(sum);
}

/* ---- errors ---- */

static const struct {
    kd_precision precision;
    double       most; /* |y - y_f32| / |y_f32| over all logits */
} bounds[] = { { KD_BF16, 0.01 }, { KD_INT8, 0.05 } };

static void test_outputs_stay_within_the_stated_bounds(void **state)
{
    (void)state;
    float exact[PIECES * LABELS];

    for (int k = 0; k < STUDENTS; k++)
        for (size_t p = 0; p < 2; p++) {
            if (kd_test_lacks(bounds[p].precision)) continue;
            kd_small small = make_student(k, (kd_tape_options){ 0 });
            kd_batch batch = kd_small_batch(3, lengths);
            memcpy(exact, logits_of(&small, &batch), sizeof exact);
            use_precision(&small, bounds[p].precision, 1);
            double error = length_of(logits_of(&small, &batch), exact, PIECES * LABELS) /
                           length_of(exact, NULL, PIECES * LABELS);
            print_message("           %s %s: %.5f\n", shapes[k].name,
                          kd_precision_word(bounds[p].precision), error);
            assert_true(error > 0.0); /* it is another precision */
            assert_true(error < bounds[p].most);
            kd_small_drop(&small);
        }
}

/* What reads word vectors and what makes the logits, by name, and nothing else. */
static const struct {
    kd_kind     kind;
    int         embeddings;
    int         classifier;
    const char *edges[4]; /* NULL: fewer */
} cases[] = {
    { KD_KIND_BILSTM,
      KD_VECTORS_TRAINED,
      4,
      { "lstm.weight_ih_l0", "lstm.weight_ih_l0_reverse", "classifier.dense.weight",
        "classifier.out_proj.weight" } },
    { KD_KIND_BILSTM,
      KD_VECTORS_MULTICHANNEL,
      0,
      { "convs.0.weight", "convs.1.weight", "convs.2.weight", "classifier.weight" } },
    { KD_KIND_BERT,
      KD_VECTORS_TRAINED,
      0,
      { "bert.encoder.layer.0.attention.self.query.weight",
        "bert.encoder.layer.0.attention.self.key.weight",
        "bert.encoder.layer.0.attention.self.value.weight", "classifier.weight" } },
    { KD_KIND_ALBERT,
      KD_VECTORS_TRAINED,
      0,
      { "albert.encoder.embedding_hidden_mapping_in.weight", "classifier.weight" } },
    { KD_KIND_MOBILEBERT,
      KD_VECTORS_TRAINED,
      0,
      { "mobilebert.embeddings.embedding_transformation.weight", "classifier.weight" } },
};

static bool is_listed(const char *const names[4], const char *name)
{
    for (int i = 0; i < 4 && names[i]; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

static void test_int8_leaves_the_edges_of_a_network_in_bf16(void **state)
{
    (void)state;
    if (kd_test_lacks(KD_INT8)) skip();

    for (size_t e = 0; e < sizeof cases / sizeof *cases; e++) {
        kd_arch arch = kd_small_arch(cases[e].kind);
        arch.bilstm.embeddings = cases[e].embeddings;
        arch.classifier = cases[e].classifier;
        kd_small small = kd_small_make(&arch, (kd_tape_options){ .precision = KD_INT8 });
        kd_batch batch = kd_small_batch(2, (int[]){ 5, 4 });
        int      seen = 0, expected = 0;

        logits_of(&small, &batch);
        for (int i = 0; i < kd_params_count(small.params); i++) {
            const kd_param *param = kd_params_at(small.params, i);
            bool            is_edge = is_listed(cases[e].edges, param->name);
            seen += is_edge;
            assert_true(param->is_edge == is_edge);
            assert_true((param->packed[KD_BF16] != NULL) == is_edge);
            assert_true((param->packed[KD_INT8] != NULL) == (param->is_factor && !is_edge));
        }
        while (expected < 4 && cases[e].edges[expected]) expected++;
        assert_int_equal(seen, expected);
        kd_small_drop(&small);
    }
}

/* The direction in which a first step of bf16 goes. */
static void test_gradients_of_bf16_point_where_those_of_f32_do(void **state)
{
    (void)state;
    int32_t labels[PIECES];
    if (kd_test_lacks(KD_BF16)) skip();

    for (int i = 0; i < PIECES; i++) labels[i] = (i * i) % LABELS;
    for (int k = 0; k < STUDENTS; k++) {
        kd_batch batch = kd_small_batch(3, lengths);
        kd_small small[2];
        double   along = 0.0, length[2];

        for (int p = 0; p < 2; p++) {
            small[p] = make_student(k, (kd_tape_options){ true, p ? KD_BF16 : KD_F32, 1 });
            kd_tensor *logits = kd_model_apply(small[p].model, small[p].tape, &batch, NULL).logits;
            kd_tape_backward(small[p].tape, kd_op_cross_entropy(small[p].tape, logits, labels, 0.1),
                             1.0f);
        }
        const float *a = kd_params_block(small[0].params, KD_GRADIENTS);
        const float *b = kd_params_block(small[1].params, KD_GRADIENTS);
        for (size_t i = 0; i < kd_params_span(small[0].params); i++)
            along += (double)a[i] * (double)b[i];
        for (int p = 0; p < 2; p++)
            length[p] = length_of(p ? b : a, NULL, kd_params_span(small[0].params));
        print_message("           %s: cosine %.6f\n", shapes[k].name,
                      along / length[0] / length[1]);
        assert_true(along / length[0] / length[1] > 0.999);
        for (int p = 0; p < 2; p++) kd_small_drop(&small[p]);
    }
}

/* ---- sealed weights ---- */

static void test_a_sealed_network_says_the_same(void **state)
{
    (void)state;
    float before[PIECES * LABELS];

    for (int k = 0; k < STUDENTS; k++)
        for (int p = KD_F32, last = kd_test_last_precision(); p <= last; p++) {
            kd_small small = make_student(k, (kd_tape_options){ .precision = p });
            kd_batch batch = kd_small_batch(3, lengths);
            memcpy(before, logits_of(&small, &batch), sizeof before);
            kd_params_seal(small.params, (kd_precision)p);
            assert_memory_equal(logits_of(&small, &batch), before, sizeof before);
            for (int i = 0; i < kd_params_count(small.params); i++) {
                const kd_param *param = kd_params_at(small.params, i);
                assert_true(param->is_factor == (param->value.x == NULL));
            }
            kd_small_drop(&small);
        }
}

/* ---- neighbours and threads, in every precision ---- */

static void test_a_sentence_is_alone_in_every_precision(void **state)
{
    (void)state;
    static const double within[] = { 1e-5, 2e-2, 5e-2 }; /* another order of sums, once rounded */

    for (int k = 0; k < STUDENTS; k++)
        for (int p = KD_F32, last = kd_test_last_precision(); p <= last; p++) {
            kd_small small = make_student(k, (kd_tape_options){ .precision = p });
            kd_batch all = kd_small_batch(3, lengths), one = kd_small_batch(1, lengths + 1);
            float    together[9 * LABELS];
            memcpy(together, logits_of(&small, &all) + 20 * LABELS, sizeof together);
            double gap = length_of(logits_of(&small, &one), together, 9 * LABELS);
            assert_true(gap <= within[p] * length_of(together, NULL, 9 * LABELS));
            kd_small_drop(&small);
        }
}

static void test_threads_change_nothing_but_rounding(void **state)
{
    (void)state;
    static const double within[] = { 1e-5, 2e-2, 5e-2 };

    for (int k = 0; k < STUDENTS; k++)
        for (int p = KD_F32, last = kd_test_last_precision(); p <= last; p++) {
            kd_small small = make_student(k, (kd_tape_options){ .precision = p });
            kd_batch batch = kd_small_batch(3, lengths);
            float    one[PIECES * LABELS], again[PIECES * LABELS];
            memcpy(one, logits_of(&small, &batch), sizeof one);
            for (int threads = 2; threads <= 4; threads += 2) {
                use_precision(&small, (kd_precision)p, threads);
                memcpy(again, logits_of(&small, &batch), sizeof again);
                assert_memory_equal(logits_of(&small, &batch), again, sizeof again);
                assert_true(length_of(again, one, PIECES * LABELS) <=
                            within[p] * length_of(one, NULL, PIECES * LABELS));
            }
            kd_small_drop(&small);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outputs_stay_within_the_stated_bounds),
        cmocka_unit_test(test_int8_leaves_the_edges_of_a_network_in_bf16),
        cmocka_unit_test(test_gradients_of_bf16_point_where_those_of_f32_do),
        cmocka_unit_test(test_a_sealed_network_says_the_same),
        cmocka_unit_test(test_a_sentence_is_alone_in_every_precision),
        cmocka_unit_test(test_threads_change_nothing_but_rounding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
