/* Bidirectional LSTM: PyTorch's numbers, gradients by differences, independence of neighbours. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/rng.h"
#include "models/tensor/gemm.h"
#include "models/tensor/op.h"
#include "models/tensor/params.h"
#include "models/tensor/same_rows.h"
#include "tests/support/precision.h"
#include "tests/support/support.h"

static const char *const names[] = { "w_ih_0", "w_hh_0", "b_ih_0", "b_hh_0",
                                     "w_ih_1", "w_hh_1", "b_ih_1", "b_hh_1" };

/* A layer whose weights are parameters, as networks have it. */
typedef struct {
    kd_params *params;
    kd_param  *param[8];
} layer;

static layer make_layer_that(bool trains, int inputs, int hidden)
{
    layer    l = { kd_params_create(), { NULL } };
    kd_error err;

    for (int i = 0; i < 8; i++) {
        bool is_matrix = i % 4 < 2;
        int  dim[2] = { 4 * hidden, i % 4 == 0 ? inputs : hidden };
        assert_ok(kd_params_add(&l.param[i], l.params, names[i], is_matrix ? 2 : 1, dim, is_matrix,
                                (kd_init){ KD_INIT_UNIFORM, 0.5f }, &err),
                  &err);
        l.param[i]->is_factor = is_matrix;
    }
    kd_params_allocate(l.params, trains);
    kd_rng rng = kd_rng_root(7);
    kd_params_init(l.params, &rng);
    return l;
}

static layer make_layer(int inputs, int hidden)
{
    return make_layer_that(true, inputs, hidden);
}

static kd_tensor *apply(const layer *l, kd_tape *tape, kd_tensor *x, const kd_rows *rows)
{
    kd_lstm_weights w[2];
    for (int d = 0; d < 2; d++)
        w[d] = (kd_lstm_weights){ &l->param[4 * d]->value, &l->param[4 * d + 1]->value,
                                  &l->param[4 * d + 2]->value, &l->param[4 * d + 3]->value };
    return kd_op_lstm(tape, x, rows, w);
}

static kd_tape *make_tape(kd_precision precision, int threads)
{
    kd_gemm_set_threads(threads);
    return kd_tape_create(&(kd_tape_options){ true, precision, threads });
}

/* sum(y * r) as a loss: mse gives 2 (y - t) / len, so its gradient is r for t = y - r len / 2. */
static void backward_with(kd_tape *tape, kd_tensor *y, const float *r)
{
    size_t len = kd_tensor_len(y);
    float *target = kd_tape_alloc(tape, len, sizeof *target);

    for (size_t i = 0; i < len; i++) target[i] = y->x[i] - r[i] * (float)len / 2.0f;
    kd_tape_backward(tape, kd_op_mse(tape, y, target, NULL), 1.0f);
}

/* A leaf that wants its gradient. */
static kd_tensor *make_leaf(kd_tape *tape, int n, int d)
{
    kd_tensor *x = kd_tape_variable(tape, n, d);
    x->wants_grad = true;
    return x;
}

static void fill(float *x, size_t len, uint64_t seed)
{
    kd_rng rng = kd_rng_root(seed);
    for (size_t i = 0; i < len; i++) x[i] = (float)kd_rng_normal(&rng);
}

/* ---- golden figures ---- */

static void read_floats(const kd_json *doc, const char *key, float *out, size_t count)
{
    const kd_json *array = kd_json_get(doc, key);

    assert_non_null(array);
    assert_int_equal(kd_json_count(array), count);
    for (size_t i = 0; i < count; i++) out[i] = (float)kd_json_to_real(kd_json_at(array, i), NAN);
}

static void assert_floats(const kd_json *doc, const char *key, const float *got, size_t count,
                          double tolerance)
{
    float *want = malloc(count * sizeof *want);
    read_floats(doc, key, want, count);
    for (size_t i = 0; i < count; i++) assert_close(got[i], want[i], tolerance);
    free(want);
}

static void assert_matches_pytorch(int threads)
{
    kd_json_document *golden = kd_golden_open("op_lstm.json");
    const kd_json    *doc = kd_json_root(golden), *lengths = kd_json_get(doc, "lengths");
    int               inputs = (int)kd_json_to_int(kd_json_get(doc, "inputs"), 0);
    int               hidden = (int)kd_json_to_int(kd_json_get(doc, "hidden"), 0);
    layer             l = make_layer(inputs, hidden);
    kd_tape          *tape = make_tape(KD_F32, threads);
    int32_t           begin[16] = { 0 };
    kd_rows           rows = { (int)kd_json_count(lengths), begin };
    char              key[32];

    for (int b = 0; b < rows.count; b++)
        begin[b + 1] = begin[b] + (int32_t)kd_json_to_int(kd_json_at(lengths, (size_t)b), 0);
    for (int i = 0; i < 8; i++) read_floats(doc, names[i], l.param[i]->value.x, l.param[i]->length);
    kd_params_touch(l.params);

    int        n = kd_rows_total(&rows);
    kd_tensor *x = make_leaf(tape, n, inputs);
    float     *r = kd_tape_alloc(tape, (size_t)(n * 2 * hidden), sizeof *r);
    read_floats(doc, "x", x->x, kd_tensor_len(x));
    read_floats(doc, "r", r, (size_t)(n * 2 * hidden));
    kd_tensor *y = apply(&l, tape, x, &rows);
    assert_floats(doc, "y", y->x, kd_tensor_len(y), 1e-6);
    backward_with(tape, y, r);
    assert_floats(doc, "dx", x->g, kd_tensor_len(x), 1e-5);
    for (int i = 0; i < 8; i++) {
        snprintf(key, sizeof key, "d%s", names[i]);
        assert_floats(doc, key, l.param[i]->value.g, l.param[i]->length, 1e-5);
    }
    kd_tape_destroy(tape);
    kd_params_destroy(l.params);
    kd_json_close(golden);
}

static void test_matches_pytorch(void **state)
{
    (void)state;
    assert_matches_pytorch(1);
}

static void test_matches_pytorch_with_a_thread_for_each_direction(void **state)
{
    (void)state;
    assert_matches_pytorch(2);
}

/* golden:lstm: the same weights in both directions, numbers computed by hand in double. */
static void test_follows_the_gate_order_and_both_biases(void **state)
{
    (void)state;
    static const float w_ih[] = { 0.15f,   0.61f,  0.058f,  -0.927f, -0.685f, 0.366f,
                                  -0.129f, 0.569f, 0.137f,  -0.375f, 0.541f,  -0.404f,
                                  -1.026f, 1.032f, -0.955f, 0.318f };
    static const float w_hh[] = { 0.469f,  0.074f,  -0.842f, 0.508f, -0.721f, -0.672f,
                                  -0.181f, 0.394f,  0.15f,   0.405f, -0.222f, -0.086f,
                                  -0.569f, -0.158f, 0.297f,  -0.15f };
    static const float b_ih[] = {
        0.048f, -0.057f, -0.059f, 0.004f, -0.019f, 0.059f, 0.018f, 0.174f
    };
    static const float b_hh[] = { -0.022f, -0.023f, -0.104f, 0.002f,
                                  0.068f,  -0.074f, -0.005f, 0.072f };
    static const float want[] = { 0.027961348f,  0.032813116f, 0.020883833f,  0.032748909f,
                                  0.0020153183f, 0.013339202f, -0.018305413f, -0.0029338020f };
    const float *const values[] = { w_ih, w_hh, b_ih, b_hh };
    const float        input[] = { 0.1f, -0.2f, 0.3f, 0.4f };
    const int32_t      begin[] = { 0, 2 };
    layer              l = make_layer(2, 2);
    kd_tape           *tape = make_tape(KD_F32, 1);

    for (int i = 0; i < 8; i++)
        memcpy(l.param[i]->value.x, values[i % 4], l.param[i]->length * sizeof(float));
    kd_params_touch(l.params);
    kd_tensor *y = apply(&l, tape, kd_tape_constant(tape, 2, 2, input), &(kd_rows){ 1, begin });
    for (int i = 0; i < 8; i++) assert_close(y->x[i], want[i], 1e-7);
    kd_tape_destroy(tape);
    kd_params_destroy(l.params);
}

/* ---- packed sentences ---- */

/* Outputs and input gradients of the sentences in `rows`, one after another. */
static void run_packed(const layer *l, kd_precision precision, const kd_rows *rows, int inputs,
                       const float *values, const float *r, float *y_out, float *dx_out)
{
    kd_tape   *tape = make_tape(precision, 1);
    kd_tensor *x = make_leaf(tape, kd_rows_total(rows), inputs);

    memcpy(x->x, values, kd_tensor_len(x) * sizeof(float));
    kd_tensor *y = apply(l, tape, x, rows);
    memcpy(y_out, y->x, kd_tensor_len(y) * sizeof(float));
    backward_with(tape, y, r);
    memcpy(dx_out, x->g, kd_tensor_len(x) * sizeof(float));
    kd_tape_destroy(tape);
}

/* Rows that come again are multiplied once by weights that stay: to the bit what each gives by itself. */
static void test_rows_that_come_again_have_what_each_would_have(void **state)
{
    enum { INPUTS = 20, HIDDEN = 17, SENTENCES = 6, ROWS = 90, WORDS = 11 };
    static const int32_t      begin[SENTENCES + 1] = { 0, 30, 30, 52, 75, 88, ROWS };
    static const kd_precision precisions[] = { KD_F32, KD_BF16 };
    static float              words[WORDS * INPUTS], x[ROWS * INPUTS];
    const kd_rows             rows = { SENTENCES, begin };

    (void)state;
    fill(words, WORDS * INPUTS, 3);
    memcpy(words + INPUTS, words, 6 * sizeof *words); /* two that begin alike */
    for (int r = 0; r < ROWS; r++)
        memcpy(x + r * INPUTS, words + r * 7 % WORDS * INPUTS, INPUTS * sizeof *x);
    for (size_t p = 0; p < sizeof precisions / sizeof *precisions; p++) {
        layer      l = make_layer_that(false, INPUTS, HIDDEN);
        kd_tape   *tape = kd_tape_create(&(kd_tape_options){ false, precisions[p], 1 });
        kd_tensor *each = apply(&l, tape, kd_tape_constant(tape, ROWS, INPUTS, x), &rows);
        kd_params_seal(l.params, precisions[p]);
        kd_tensor *once = apply(&l, tape, kd_tape_constant(tape, ROWS, INPUTS, x), &rows);
        assert_memory_equal(each->x, once->x, kd_tensor_len(once) * sizeof *once->x);
        kd_tape_destroy(tape);
        kd_params_destroy(l.params);
    }
}

static void test_equal_rows_are_found(void **state)
{
    enum { ROWS = 40, WIDTH = 5 };
    static float x[ROWS * WIDTH];
    kd_tape     *tape = make_tape(KD_F32, 1);
    kd_same_rows same;

    (void)state;
    for (int r = 0; r < ROWS; r++) x[r * WIDTH + WIDTH - 1] = (float)(r % 9); /* all begin alike */
    kd_same_rows_find(&same, tape, x, ROWS, WIDTH);
    assert_int_equal(same.count, 9);
    for (int r = 0; r < ROWS; r++) assert_int_equal(same.first[same.which[r]], r % 9);
    kd_same_rows_find(&same, tape, x, 0, WIDTH);
    assert_int_equal(same.count, 0);
    kd_tape_destroy(tape);
}

/* Sentences of many lengths, empty ones too, give what each gives by itself. */
static void assert_packed_is_unpacked(kd_precision precision, double tolerance)
{
    enum { INPUTS = 20, HIDDEN = 17, SENTENCES = 9 };
    static const int lengths[SENTENCES] = { 5, 0, 12, 12, 1, 30, 2, 0, 7 };
    int32_t          begin[SENTENCES + 1] = { 0 };
    for (int b = 0; b < SENTENCES; b++) begin[b + 1] = begin[b] + lengths[b];
    enum { N = 69 };
    static float x[N * INPUTS], r[N * 2 * HIDDEN], y[N * 2 * HIDDEN], dx[N * INPUTS];
    static float y_alone[N * 2 * HIDDEN], dx_alone[N * INPUTS];
    layer        l = make_layer(INPUTS, HIDDEN);

    assert_int_equal(begin[SENTENCES], N);
    fill(x, N * INPUTS, 1);
    fill(r, N * 2 * HIDDEN, 2);
    run_packed(&l, precision, &(kd_rows){ SENTENCES, begin }, INPUTS, x, r, y, dx);
    for (int b = 0; b < SENTENCES; b++) {
        int32_t alone[] = { 0, lengths[b] };
        if (lengths[b] == 0) continue;
        run_packed(&l, precision, &(kd_rows){ 1, alone }, INPUTS, x + begin[b] * INPUTS,
                   r + begin[b] * 2 * HIDDEN, y_alone + begin[b] * 2 * HIDDEN,
                   dx_alone + begin[b] * INPUTS);
    }
    for (int i = 0; i < N * 2 * HIDDEN; i++) assert_close(y[i], y_alone[i], tolerance);
    for (int i = 0; i < N * INPUTS; i++) assert_close(dx[i], dx_alone[i], tolerance);
    kd_params_destroy(l.params);
}

static void test_gives_a_sentence_the_same_outputs_among_any_others(void **state)
{
    (void)state;
    assert_packed_is_unpacked(KD_F32, 2e-6);
}

static void test_gives_a_sentence_the_same_outputs_in_bf16(void **state)
{
    (void)state;
    if (kd_test_lacks(KD_BF16)) skip();
    assert_packed_is_unpacked(KD_BF16, 2e-2);
}

static void test_takes_a_batch_without_tokens(void **state)
{
    (void)state;
    const int32_t begin[] = { 0, 0, 0 };
    layer         l = make_layer(3, 2);
    kd_tape      *tape = make_tape(KD_F32, 1);
    kd_tensor    *y = apply(&l, tape, kd_tape_variable(tape, 0, 3), &(kd_rows){ 2, begin });

    assert_int_equal(y->n, 0);
    kd_tape_destroy(tape);
    kd_params_destroy(l.params);
}

/* bf16 keeps 8 bits: outputs of a layer stay within 1 %, gradients point the same way. */
static void test_stays_near_f32_in_bf16(void **state)
{
    (void)state;
    enum { INPUTS = 64, HIDDEN = 48, N = 40 };
    static float  x[N * INPUTS], r[N * 2 * HIDDEN], y[2][N * 2 * HIDDEN], dx[2][N * INPUTS];
    const int32_t begin[] = { 0, 25, 40 };
    layer         l = make_layer(INPUTS, HIDDEN);
    double        dot = 0, a = 0, b = 0;

    if (kd_test_lacks(KD_BF16)) skip();
    fill(x, N * INPUTS, 3);
    fill(r, N * 2 * HIDDEN, 4);
    for (int p = KD_F32; p <= KD_BF16; p++)
        run_packed(&l, (kd_precision)p, &(kd_rows){ 2, begin }, INPUTS, x, r, y[p], dx[p]);
    for (int i = 0; i < N * 2 * HIDDEN; i++) assert_within(y[1][i], y[0][i], 0.03);
    for (int i = 0; i < N * INPUTS; i++) {
        dot += dx[0][i] * dx[1][i];
        a += dx[0][i] * dx[0][i];
        b += dx[1][i] * dx[1][i];
    }
    assert_true(dot / sqrt(a * b) > 0.999);
    assert_memory_not_equal(y[0], y[1], sizeof y[0]);
    kd_params_destroy(l.params);
}

/* ---- gradients by differences ---- */

static double loss_of(const layer *l, const kd_rows *rows, int inputs, const float *values,
                      const float *r)
{
    kd_tape   *tape = make_tape(KD_F32, 1);
    kd_tensor *y =
        apply(l, tape, kd_tape_constant(tape, kd_rows_total(rows), inputs, values), rows);
    double loss = 0;

    for (size_t i = 0; i < kd_tensor_len(y); i++) loss += (double)y->x[i] * r[i];
    kd_tape_destroy(tape);
    return loss;
}

static double slope_at(layer *l, const kd_rows *rows, int inputs, const float *values,
                       const float *r, float *at)
{
    const float step = 1e-2f, old = *at;

    *at = old + step;
    kd_params_touch(l->params);
    double up = loss_of(l, rows, inputs, values, r);
    *at = old - step;
    kd_params_touch(l->params);
    double down = loss_of(l, rows, inputs, values, r);
    *at = old;
    kd_params_touch(l->params);
    return (up - down) / (2.0 * (double)step);
}

static void test_gradients_match_differences(void **state)
{
    (void)state;
    enum { INPUTS = 3, HIDDEN = 4, N = 9 };
    static float  x[N * INPUTS], r[N * 2 * HIDDEN], y[N * 2 * HIDDEN], dx[N * INPUTS];
    const int32_t begin[] = { 0, 2, 7, 8, 9 };
    kd_rows       rows = { 4, begin };
    layer         l = make_layer(INPUTS, HIDDEN);

    fill(x, N * INPUTS, 5);
    fill(r, N * 2 * HIDDEN, 6);
    run_packed(&l, KD_F32, &rows, INPUTS, x, r, y, dx);
    for (int i = 0; i < N * INPUTS; i++)
        assert_close(dx[i], slope_at(&l, &rows, INPUTS, x, r, &x[i]), 2e-3);
    for (int p = 0; p < 8; p++)
        for (size_t i = 0; i < l.param[p]->length; i++)
            assert_close(l.param[p]->value.g[i],
                         slope_at(&l, &rows, INPUTS, x, r, &l.param[p]->value.x[i]), 2e-3);
    kd_params_destroy(l.params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches_pytorch),
        cmocka_unit_test(test_matches_pytorch_with_a_thread_for_each_direction),
        cmocka_unit_test(test_rows_that_come_again_have_what_each_would_have),
        cmocka_unit_test(test_equal_rows_are_found),
        cmocka_unit_test(test_follows_the_gate_order_and_both_biases),
        cmocka_unit_test(test_gives_a_sentence_the_same_outputs_among_any_others),
        cmocka_unit_test(test_gives_a_sentence_the_same_outputs_in_bf16),
        cmocka_unit_test(test_takes_a_batch_without_tokens),
        cmocka_unit_test(test_stays_near_f32_in_bf16),
        cmocka_unit_test(test_gradients_match_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
