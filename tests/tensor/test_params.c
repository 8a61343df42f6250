/* Weights in blocks: declared, allocated, drawn, found, copied. */
#include <math.h>
#include <string.h>

#include "models/tensor/params.h"
#include "tests/support/support.h"

static const kd_init ones = { KD_INIT_CONSTANT, 1.0f };
static const kd_init normal = { KD_INIT_NORMAL, 0.5f };

static kd_param *add(kd_params *params, const char *name, int rank, int d0, int d1, kd_init init)
{
    kd_param *param;
    kd_error  err;

    assert_ok(kd_params_add(&param, params, name, rank, (int[]){ d0, d1 }, rank > 1, init, &err),
              &err);
    return param;
}

static void test_counts_without_memory(void **state)
{
    (void)state;
    kd_params *params = kd_params_create();

    add(params, "a.weight", 2, 1000000, 100000, normal); /* 400 GB, if it were allocated */
    add(params, "a.bias", 1, 7, 0, ones);
    add(params, "b.bias", 1, 5, 0, ones);
    assert_true(kd_params_total(params) == 100000000012u);
    assert_int_equal(kd_params_total_of(params, "b."), 5);
    assert_int_equal(kd_params_total_of(params, "c"), 0);
    assert_null(kd_params_block(params, KD_VALUES));
    kd_params_destroy(params);
}

static void test_refuses_a_taken_name_and_an_empty_shape(void **state)
{
    (void)state;
    kd_params *params = kd_params_create();
    kd_param  *param;
    kd_error   err;

    add(params, "w", 2, 3, 4, ones);
    assert_fails(KD_ECONFIG, "w: a weight of this name exists",
                 kd_params_add(&param, params, "w", 1, (int[]){ 3 }, false, ones, &err), &err);
    assert_fails(KD_ECONFIG, "v: dimension 0 must be positive",
                 kd_params_add(&param, params, "v", 2, (int[]){ 3, 0 }, true, ones, &err), &err);
    assert_int_equal(kd_params_count(params), 1);
    kd_params_destroy(params);
}

static void test_every_weight_begins_at_64_bytes_and_gaps_stay_0(void **state)
{
    (void)state;
    kd_params *params = kd_params_create();
    kd_rng     rng = kd_rng_root(1);
    kd_param  *a = add(params, "a", 2, 3, 3, normal);
    kd_param  *b = add(params, "b", 1, 17, 0, ones);

    kd_params_allocate(params, true);
    kd_params_init(params, &rng);
    assert_int_equal(a->offset, 0);
    assert_int_equal(b->offset, 16);
    assert_int_equal(kd_params_span(params), 48);
    for (int kind = KD_VALUES; kind <= KD_SECOND; kind++)
        assert_int_equal((uintptr_t)kd_params_block(params, (kd_params_block_kind)kind) % 64, 0);
    for (int i = 9; i < 16; i++) assert_true(kd_params_block(params, KD_VALUES)[i] == 0.0f);
    assert_ptr_equal(kd_param_block(params, b, KD_FIRST), kd_params_block(params, KD_FIRST) + 16);
    kd_params_destroy(params);
}

static void test_inference_has_values_alone(void **state)
{
    (void)state;
    kd_params *params = kd_params_create();
    kd_param  *a = add(params, "a", 2, 3, 3, ones);

    kd_params_allocate(params, false);
    assert_null(kd_params_block(params, KD_GRADIENTS));
    assert_null(kd_param_block(params, a, KD_SECOND));
    assert_false(a->value.wants_grad);
    kd_params_destroy(params);
}

static void test_a_weight_is_drawn_by_its_name_alone(void **state)
{
    (void)state;
    kd_params *one = kd_params_create(), *other = kd_params_create();
    kd_rng     rng = kd_rng_root(5);

    add(one, "x", 2, 8, 8, normal);
    add(other, "first", 2, 5, 5, normal);
    add(other, "x", 2, 8, 8, normal);
    kd_params_allocate(one, false);
    kd_params_allocate(other, false);
    kd_params_init(one, &rng);
    kd_params_init(other, &rng);
    assert_memory_equal(kd_params_find(one, "x")->value.x, kd_params_find(other, "x")->value.x,
                        64 * sizeof(float));
    kd_params_destroy(one);
    kd_params_destroy(other);
}

/* 40,000 draws: means and spreads within five standard errors. */
static void test_draws_have_their_distribution(void **state)
{
    (void)state;
    kd_params *params = kd_params_create();
    kd_rng     rng = kd_rng_root(5);
    kd_param  *gauss = add(params, "g", 2, 200, 200, normal);
    kd_param  *uniform = add(params, "u", 2, 200, 200, (kd_init){ KD_INIT_UNIFORM, 0.5f });
    double     sum[2] = { 0 }, squares[2] = { 0 };

    kd_params_allocate(params, false);
    kd_params_init(params, &rng);
    for (int i = 0; i < 40000; i++) {
        double g = (double)gauss->value.x[i], u = (double)uniform->value.x[i];
        sum[0] += g;
        squares[0] += g * g;
        sum[1] += u;
        squares[1] += u * u;
        assert_true(u >= -0.5 && u <= 0.5);
    }
    assert_close(sum[0] / 40000, 0.0, 0.0125);
    assert_close(squares[0] / 40000, 0.25, 0.009);
    assert_close(sum[1] / 40000, 0.0, 0.0073);
    assert_close(squares[1] / 40000, 1.0 / 12.0, 0.002);
    kd_params_destroy(params);
}

static void test_copies_by_prefix_and_says_which_shape_differs(void **state)
{
    (void)state;
    kd_params *from = kd_params_create(), *to = kd_params_create();
    int        copied;
    kd_error   err;

    add(from, "bert.embeddings.word", 2, 4, 3, (kd_init){ KD_INIT_CONSTANT, 2.0f });
    add(from, "bert.encoder.w", 2, 4, 4, ones);
    kd_param *word = add(to, "embeddings.word", 2, 4, 3, ones);
    kd_params_allocate(from, false);
    kd_params_allocate(to, false);
    kd_params_init(from, &(kd_rng){ 0 });
    uint64_t version = kd_params_version(to);
    assert_ok(kd_params_copy(to, "embeddings.", from, "bert.embeddings.", &copied, &err), &err);
    assert_int_equal(copied, 1);
    assert_true(word->value.x[11] == 2.0f);
    assert_true(kd_params_version(to) != version);
    kd_params_destroy(to);

    to = kd_params_create();
    add(to, "embeddings.word", 2, 5, 3, ones);
    kd_params_allocate(to, false);
    assert_fails(KD_ECONFIG, "embeddings.word is 5 x 3, bert.embeddings.word is 4 x 3",
                 kd_params_copy(to, "embeddings.", from, "bert.embeddings.", &copied, &err), &err);
    kd_params_destroy(to);
    kd_params_destroy(from);
}

static void test_a_packed_copy_follows_its_weight(void **state)
{
    (void)state;
    kd_params *params = kd_params_create();
    kd_param  *w = add(params, "w", 2, 2, 3, ones);
    float      x[3] = { 1.0f, 2.0f, 3.0f }, y[2];

    kd_params_allocate(params, false);
    for (int i = 0; i < 6; i++) w->value.x[i] = 1.0f;
    kd_packed_apply(kd_param_packed(&w->value, KD_F32), 1, x, 3, NULL, 0.0f, y, 2);
    assert_close(y[1], 6.0, 1e-6);
    w->value.x[5] = 2.0f;
    kd_params_touch(params);
    kd_packed_apply(kd_param_packed(&w->value, KD_F32), 1, x, 3, NULL, 0.0f, y, 2);
    assert_close(y[0], 6.0, 1e-6);
    assert_close(y[1], 9.0, 1e-6);
    assert_null(kd_param_packed(&(kd_tensor){ 0 }, KD_F32));
    kd_params_destroy(params);
}

static void test_sealed_weights_are_held_once(void **state)
{
    (void)state;
    enum { N = 70, K = 60 };
    kd_params *params = kd_params_create();
    kd_param  *factor = add(params, "factor", 2, N, K, (kd_init){ KD_INIT_UNIFORM, 1.0f });
    kd_param  *table = add(params, "table", 2, N, K, (kd_init){ KD_INIT_UNIFORM, 1.0f });
    kd_rng     rng = kd_rng_root(5);
    float      x[2 * K], before[2 * N], after[2 * N];

    for (int i = 0; i < 2 * K; i++) x[i] = (float)(i % 7) - 3.0f;
    factor->is_factor = true;
    kd_params_allocate(params, false);
    kd_params_init(params, &rng);
    float kept = table->value.x[N * K - 1];
    kd_packed_apply(kd_param_packed(&factor->value, KD_F32), 2, x, K, NULL, 0.0f, before, N);
    kd_params_seal(params, KD_F32);
    kd_params_seal(params, KD_F32); /* once more changes nothing */
    assert_null(factor->value.x);
    assert_true(table->value.x[N * K - 1] == kept);
    kd_packed_apply(kd_param_packed(&factor->value, KD_F32), 2, x, K, NULL, 0.0f, after, N);
    assert_memory_equal(after, before, sizeof before);
    kd_params_destroy(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_without_memory),
        cmocka_unit_test(test_refuses_a_taken_name_and_an_empty_shape),
        cmocka_unit_test(test_every_weight_begins_at_64_bytes_and_gaps_stay_0),
        cmocka_unit_test(test_inference_has_values_alone),
        cmocka_unit_test(test_a_weight_is_drawn_by_its_name_alone),
        cmocka_unit_test(test_draws_have_their_distribution),
        cmocka_unit_test(test_copies_by_prefix_and_says_which_shape_differs),
        cmocka_unit_test(test_a_packed_copy_follows_its_weight),
        cmocka_unit_test(test_sealed_weights_are_held_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
