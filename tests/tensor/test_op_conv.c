/* Convolution along sentences: a plain loop as reference, gradients by differences, neighbours. */
#include <math.h>
#include <string.h>

#include "harness/base/rng.h"
#include "models/tensor/gemm.h"
#include "models/tensor/op.h"
#include "models/tensor/params.h"
#include "tests/support/support.h"

enum { INPUTS = 5, OUTPUTS = 4, N = 13, WIDEST = 5 };

static const int32_t begin[] = { 0, 6, 6, 7, 9, 13 }; /* lengths 6, 0, 1, 2, 4 */
static const kd_rows rows = { 5, begin };

typedef struct {
    kd_params *params;
    kd_param  *weight, *bias;
    float      x[N * INPUTS], r[N * OUTPUTS];
} layer;

static layer make_layer(int width)
{
    layer    l = { .params = kd_params_create() };
    kd_error err;
    kd_rng   rng = kd_rng_root(3);

    assert_ok(kd_params_add(&l.weight, l.params, "weight", 3, (int[]){ OUTPUTS, INPUTS, width },
                            true, (kd_init){ KD_INIT_UNIFORM, 1.0f }, &err),
              &err);
    assert_ok(kd_params_add(&l.bias, l.params, "bias", 1, (int[]){ OUTPUTS }, false,
                            (kd_init){ KD_INIT_UNIFORM, 1.0f }, &err),
              &err);
    kd_params_allocate(l.params, true);
    kd_params_init(l.params, &rng);
    for (int i = 0; i < N * INPUTS; i++) l.x[i] = (float)kd_rng_normal(&rng);
    for (int i = 0; i < N * OUTPUTS; i++) l.r[i] = (float)kd_rng_normal(&rng);
    return l;
}

/* y at row n of the sentence in rows from .. to-1, straight from the formula. */
static double plain_conv(const layer *l, int width, int n, int from, int to, int o)
{
    double y = l->bias->value.x[o];

    for (int k = 0; k < width; k++) {
        int at = n + k - width / 2;
        for (int i = 0; at >= from && at < to && i < INPUTS; i++)
            y += (double)l->weight->value.x[(o * INPUTS + i) * width + k] *
                 (double)l->x[at * INPUTS + i];
    }
    return y;
}

static double plain_loss(const layer *l, int width)
{
    double loss = 0.0;

    for (int b = 0; b < rows.count; b++)
        for (int n = begin[b]; n < begin[b + 1]; n++)
            for (int o = 0; o < OUTPUTS; o++)
                loss += (double)l->r[n * OUTPUTS + o] *
                        plain_conv(l, width, n, begin[b], begin[b + 1], o);
    return loss;
}

static void assert_slope(layer *l, int width, float got, float *at)
{
    const float step = 0.125f, old = *at; /* the loss is linear in each number */

    *at = old + step;
    double up = plain_loss(l, width);
    *at = old - step;
    double down = plain_loss(l, width);
    *at = old;
    assert_close(got, (up - down) / (2.0 * (double)step), 1e-5);
}

/* sum(y * r) as a loss: mse gives 2 (y - t) / len, which is r for t = y - r len / 2. */
static void backward_with(kd_tape *tape, kd_tensor *y, const float *r)
{
    size_t len = kd_tensor_len(y);
    float *target = kd_tape_alloc(tape, len, sizeof *target);

    for (size_t i = 0; i < len; i++) target[i] = y->x[i] - r[i] * (float)len / 2.0f;
    kd_tape_backward(tape, kd_op_mse(tape, y, target, NULL), 1.0f);
}

static void assert_width(int width)
{
    layer      l = make_layer(width);
    kd_tape   *tape = kd_tape_create(&(kd_tape_options){ true, KD_F32, 1 });
    kd_tensor *x = kd_tape_variable(tape, N, INPUTS);

    x->wants_grad = true;
    memcpy(x->x, l.x, sizeof l.x);
    kd_tensor *y = kd_op_conv(tape, x, &rows, &l.weight->value, &l.bias->value, width);
    for (int b = 0; b < rows.count; b++)
        for (int n = begin[b]; n < begin[b + 1]; n++)
            for (int o = 0; o < OUTPUTS; o++)
                assert_close(y->x[n * OUTPUTS + o],
                             plain_conv(&l, width, n, begin[b], begin[b + 1], o), 1e-6);
    backward_with(tape, y, l.r);
    for (int i = 0; i < N * INPUTS; i++) assert_slope(&l, width, x->g[i], &l.x[i]);
    for (size_t i = 0; i < l.weight->length; i++)
        assert_slope(&l, width, l.weight->value.g[i], &l.weight->value.x[i]);
    for (size_t i = 0; i < l.bias->length; i++)
        assert_slope(&l, width, l.bias->value.g[i], &l.bias->value.x[i]);
    kd_tape_destroy(tape);
    kd_params_destroy(l.params);
}

static void test_matches_the_formula_at_each_width(void **state)
{
    (void)state;
    for (int width = 1; width <= WIDEST; width += 2) assert_width(width);
}

static void test_works_without_a_bias_and_on_plain_tensors(void **state)
{
    (void)state;
    layer      l = make_layer(3);
    kd_tape   *tape = kd_tape_create(&(kd_tape_options){ false, KD_F32, 1 });
    kd_tensor *x = kd_tape_constant(tape, N, INPUTS, l.x);
    kd_tensor *w = kd_tape_constant(tape, OUTPUTS, 3 * INPUTS, l.weight->value.x);
    kd_tensor *y = kd_op_conv(tape, x, &rows, w, NULL, 3);

    memset(l.bias->value.x, 0, l.bias->length * sizeof(float));
    assert_close(y->x[0], plain_conv(&l, 3, 0, 0, 6, 0), 1e-6);
    assert_close(y->x[6 * OUTPUTS + 2], plain_conv(&l, 3, 6, 6, 7, 2), 1e-6);
    kd_tape_destroy(tape);
    kd_params_destroy(l.params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches_the_formula_at_each_width),
        cmocka_unit_test(test_works_without_a_bias_and_on_plain_tensors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
