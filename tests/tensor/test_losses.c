/* Losses, activations and norms against vectors computed in double precision: golden/losses.json.
 */
#include <math.h>

#include "models/tensor/op.h"
#include "models/tensor/params.h"
#include "tests/support/support.h"

enum { MOST = 64 };
#define WITHIN 1e-5 /* of max(1, |figure|): float32 */

static kd_json_document *document;
static kd_tape          *tape;
static kd_params        *params;
static const kd_pick     first_five = { 5, (const int32_t[]){ 0, 1, 2, 3, 4 } };
static const kd_pick     first_two = { 2, (const int32_t[]){ 0, 1 } };

static const kd_json *get(const char *entry, const char *key)
{
    const kd_json *value = kd_json_get(kd_json_get(kd_json_root(document), entry), key);

    if (!value) fail_msg("losses.json has no %s.%s", entry, key);
    return value;
}

static double real(const char *entry, const char *key)
{
    return kd_json_to_real(get(entry, key), NAN);
}

/* An array of the file as floats; the next call but three overwrites it. */
static const float *numbers(const kd_json *array)
{
    static float values[4][MOST];
    static int   turn;
    float       *out = values[turn++ % 4];

    assert_true(kd_json_count(array) > 0 && kd_json_count(array) <= MOST);
    for (size_t i = 0; i < kd_json_count(array); i++)
        out[i] = (float)kd_json_to_real(kd_json_at(array, i), NAN);
    return out;
}

/* A weight (N,D) with these values, so that a gradient reaches it. */
static kd_tensor *weight(const char *entry, const char *key, int n, int d)
{
    const float *values = numbers(get(entry, key));
    kd_param    *param;
    kd_error     err;

    assert_int_equal(kd_json_count(get(entry, key)), n * d);
    params = kd_params_create();
    assert_ok(
        kd_params_add(&param, params, "x", 2, (int[]){ n, d }, true, (kd_init){ 0, 0.0f }, &err),
        &err);
    kd_params_allocate(params, true);
    for (int i = 0; i < n * d; i++) param->value.x[i] = values[i];
    return &param->value;
}

static void assert_numbers(const float *got, const kd_json *want)
{
    for (size_t i = 0; i < kd_json_count(want); i++)
        assert_close(got[i], kd_json_to_real(kd_json_at(want, i), NAN), WITHIN);
}

/* The loss, its gradient when `gradient` is given, and an end to this tape and weight. */
static void assert_loss(kd_tensor *x, kd_tensor *loss, double want, const kd_json *gradient)
{
    assert_close(loss->x[0], want, WITHIN);
    kd_tape_backward(tape, loss, 1.0f);
    if (gradient) assert_numbers(x->g, gradient);
    kd_tape_reset(tape);
    kd_params_destroy(params);
}

static void test_smooths_labels(void **state)
{
    (void)state;
    const char   *e = "ner_label_smoothing_ce";
    const int32_t gold[] = { 0, 2, 3, 1, 3, -1 }; /* the last position is masked */
    kd_tensor    *x = weight(e, "logits", 6, 4);

    assert_loss(x, kd_op_cross_entropy(tape, x, gold, real(e, "eps")), real(e, "loss"),
                get(e, "grad_logits"));
}

static void test_ignores_rows_without_a_label(void **state)
{
    (void)state;
    const char   *e = "hard_ce_ignore";
    const int32_t gold[] = { 4, -100, 1 };
    kd_tensor    *x = weight(e, "logits", 3, 5);

    assert_loss(x, kd_op_cross_entropy(tape, x, gold, 0.0), real(e, "loss"), get(e, "grad_logits"));
}

static void test_a_mean_over_nothing_is_0(void **state)
{
    (void)state;
    const int32_t none[] = { -1, -1, -1 };
    kd_tensor    *x = weight("hard_ce_ignore", "logits", 3, 5);

    assert_loss(x, kd_op_cross_entropy(tape, x, none, 0.0), 0.0, NULL);
}

static void test_squared_error_of_all_and_of_chosen_rows(void **state)
{
    (void)state;
    const char *e = "logit_mse";
    kd_tensor  *x = weight(e, "student", 6, 4);

    assert_loss(x, kd_op_mse(tape, x, numbers(get(e, "teacher")), NULL), real(e, "loss"),
                get(e, "grad_student"));
    x = weight(e, "student", 6, 4);
    assert_loss(x, kd_op_mse(tape, x, numbers(get(e, "teacher")), &first_five),
                real(e, "masked_variant"), NULL);
}

static void test_mixes_terms_by_weight(void **state)
{
    (void)state;
    const char   *e = "logit_mse";
    const int32_t gold[] = { 0, 2, 3, 1, 3, -1 };
    kd_tensor    *x = weight(e, "student", 6, 4);
    kd_tensor    *terms[] = { kd_op_cross_entropy(tape, x, gold, 0.1),
                              kd_op_mse(tape, x, numbers(get(e, "teacher")), NULL) };

    assert_loss(x, kd_op_weighted_sum(tape, 2, terms, (double[]){ 0.5, 0.5 }),
                kd_json_to_real(kd_json_get(get(e, "mix"), "alpha=0.5"), NAN), NULL);
}

static void test_kl_at_a_temperature(void **state)
{
    (void)state;
    const char  *e = "kd_kl_temperature";
    kd_tensor   *x = weight(e, "student_logits", 3, 5);
    const float *teacher = numbers(get(e, "teacher_logits"));

    assert_loss(x, kd_op_kl(tape, x, teacher, 2.0, NULL), real(e, "loss"),
                get(e, "grad_student_logits"));
    x = weight(e, "student_logits", 3, 5);
    assert_loss(x, kd_op_kl(tape, x, teacher, 1.0, NULL), real(e, "loss_T1"), NULL);
    x = weight(e, "student_logits", 3, 5);
    assert_loss(x, kd_op_soft_cross_entropy(tape, x, teacher, 1.0, NULL), real("soft_ce", "loss"),
                NULL);
}

static void test_cosine_of_chosen_rows(void **state)
{
    (void)state;
    const char *e = "cosine_alignment";
    kd_tensor  *x = weight(e, "student", 3, 4);

    assert_loss(x, kd_op_cosine(tape, x, numbers(get(e, "teacher")), &first_two), real(e, "loss"),
                get(e, "grad_student"));
}

static void test_attention_maps_by_squares_and_by_kl(void **state)
{
    (void)state;
    const char *e = "attention_losses";
    kd_tensor  *x = weight(e, "probs_student", 6, 3);

    assert_loss(x, kd_op_mse(tape, x, numbers(get(e, "probs_teacher")), NULL), real(e, "mse_prob"),
                NULL);

    /* Only rows 0 and 1 of both heads are no padding; masked entries are 0 on both sides. */
    const kd_pick real_rows = { 4, (const int32_t[]){ 0, 1, 3, 4 } };
    kd_tensor    *s = weight(e, "probs_student", 6, 3);
    kd_tensor *t = kd_op_rows(tape, kd_tape_constant(tape, 6, 3, numbers(get(e, "probs_teacher"))),
                              &real_rows);
    assert_loss(s, kd_op_map_kl(tape, kd_op_rows(tape, s, &real_rows), t->x),
                real(e, "kl_rowmask_mean"), NULL);
}

static void test_projected_hidden_states(void **state)
{
    (void)state;
    const char *e = "hidden_mse_projection";
    kd_tensor  *w = weight(e, "weight", 4, 3);
    kd_tensor  *x = kd_tape_constant(tape, 4, 3, numbers(get(e, "student")));
    kd_tensor  *b = kd_tape_constant(tape, 1, 4, numbers(get(e, "bias")));
    kd_tensor  *y = kd_op_linear(tape, x, w, b, KD_IDENTITY);

    assert_loss(w, kd_op_mse(tape, y, numbers(get(e, "teacher")), NULL), real(e, "loss"),
                get(e, "grad_weight"));
}

static void test_confidence_penalty(void **state)
{
    (void)state;
    const char   *e = "confidence_penalty_ce";
    const int32_t gold[] = { 0, 2 };
    const struct {
        const char *key;
        double      beta;
    } cases[] = { { "beta=0", 0.0 }, { "beta=0.3", 0.3 }, { "beta=0.5", 0.5 } };

    for (int i = 0; i < 3; i++) {
        const kd_json *want = kd_json_get(get(e, "cases"), cases[i].key);
        kd_tensor     *x = weight(e, "logits", 2, 3);
        kd_tensor     *terms[] = { kd_op_cross_entropy(tape, x, gold, 0.0),
                                   kd_op_entropy(tape, x, NULL) };
        kd_tensor     *loss = kd_op_weighted_sum(tape, 2, terms, (double[]){ 1.0, -cases[i].beta });

        assert_loss(x, loss, kd_json_to_real(kd_json_get(want, "loss"), NAN),
                    kd_json_get(want, "grad_logits"));
    }
}

/* At 0 log 2; at log 3, where p = 3/4, log 4 - 3/4 log 3; far out nearly 0. */
static void test_binary_entropy(void **state)
{
    (void)state;
    static const float x[] = { 0.0f, 1.0986123f, -1.0986123f, 200.0f };
    kd_tensor         *loss = kd_op_binary_entropy(tape, kd_tape_constant(tape, 2, 2, x), NULL);

    assert_close(loss->x[0], (log(2) + 2 * (log(4) - 0.75 * log(3))) / 4, WITHIN);
}

static void test_activation_boundary(void **state)
{
    (void)state;
    const char    *e = "ab_loss_2x3";
    kd_tensor     *x = weight(e, "student", 2, 3);
    const kd_json *edges = get(e, "edge_cases");

    assert_loss(x, kd_op_boundary(tape, x, numbers(get(e, "teacher")), real(e, "margin"), NULL),
                real(e, "raw_sum"), get(e, "grad_raw"));
    for (size_t i = 0; i < kd_json_count(edges); i++) {
        const kd_json *edge = kd_json_at(edges, i);
        float          s = (float)kd_json_to_real(kd_json_get(edge, "s"), NAN);
        float          t = (float)kd_json_to_real(kd_json_get(edge, "t"), NAN);
        kd_tensor     *loss = kd_op_boundary(tape, kd_tape_constant(tape, 1, 1, &s), &t, 1.0, NULL);

        assert_close(loss->x[0], kd_json_to_real(kd_json_get(edge, "loss"), NAN), 0.0);
    }
    kd_tape_reset(tape);
}

/* log(1 + e^-|x|) + max(x,0) - x t by hand: x = 2, t = 0 gives 2.126928; x = -2, t = 1 the same;
 * x = 0 gives log 2. */
static void test_binary_cross_entropy(void **state)
{
    (void)state;
    kd_tensor *x = kd_tape_constant(tape, 1, 3, (const float[]){ 2.0f, -2.0f, 0.0f });
    kd_tensor *loss =
        kd_op_binary_cross_entropy(tape, x, (const float[]){ 0.0f, 1.0f, 0.3f }, NULL);

    assert_close(loss->x[0], (2.0 * 2.1269280110 + 0.6931471806) / 3.0, 1e-6);
    kd_tape_reset(tape);
}

static void test_large_numbers_stay_finite(void **state)
{
    (void)state;
    const int32_t gold[] = { 1 };
    kd_tensor    *x = kd_tape_constant(tape, 1, 3, (const float[]){ 1e4f, -1e4f, 9.9e3f });

    assert_close(kd_op_cross_entropy(tape, x, gold, 0.0)->x[0], 2e4, 1e-6);
    kd_tape_reset(tape);
}

static void test_activations(void **state)
{
    (void)state;
    kd_tensor *x = kd_tape_constant(tape, 1, 6, numbers(get("activations", "x")));

    assert_numbers(kd_op_activate(tape, x, KD_GELU)->x, get("activations", "gelu_erf"));
    assert_numbers(kd_op_activate(tape, x, KD_GELU_TANH)->x, get("activations", "gelu_tanh"));
    kd_tape_reset(tape);
}

static void test_norms(void **state)
{
    (void)state;
    kd_tensor *x = kd_tape_constant(tape, 1, 4, numbers(get("norms", "x")));
    kd_tensor *w = kd_tape_constant(tape, 1, 4, numbers(get("norms", "weight")));
    kd_tensor *b = kd_tape_constant(tape, 1, 4, numbers(get("norms", "bias")));

    assert_numbers(kd_op_layer_norm(tape, x, NULL, w, b, 1e-12)->x, get("norms", "layer_norm"));
    assert_numbers(kd_op_no_norm(tape, x, NULL, w, b)->x, get("norms", "no_norm"));
    kd_tape_reset(tape);
}

static int set_up(void **state)
{
    (void)state;
    document = kd_golden_open("losses.json");
    tape = kd_tape_create(&(kd_tape_options){ .is_training = true });
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    kd_tape_destroy(tape);
    kd_json_close(document);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smooths_labels),
        cmocka_unit_test(test_ignores_rows_without_a_label),
        cmocka_unit_test(test_a_mean_over_nothing_is_0),
        cmocka_unit_test(test_squared_error_of_all_and_of_chosen_rows),
        cmocka_unit_test(test_mixes_terms_by_weight),
        cmocka_unit_test(test_kl_at_a_temperature),
        cmocka_unit_test(test_cosine_of_chosen_rows),
        cmocka_unit_test(test_attention_maps_by_squares_and_by_kl),
        cmocka_unit_test(test_projected_hidden_states),
        cmocka_unit_test(test_confidence_penalty),
        cmocka_unit_test(test_binary_entropy),
        cmocka_unit_test(test_activation_boundary),
        cmocka_unit_test(test_binary_cross_entropy),
        cmocka_unit_test(test_large_numbers_stay_finite),
        cmocka_unit_test(test_activations),
        cmocka_unit_test(test_norms),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
