/* Recording and walking back: which gradients come into being, and what a tape forgets. */
#include <string.h>

#include "models/tensor/op.h"
#include "models/tensor/parallel.h"
#include "models/tensor/params.h"
#include "tests/support/support.h"
#include "tests/tensor/plain_ops.h"

static const float zeros[64];

typedef struct {
    kd_params *params;
    kd_tensor *w, *frozen;
} weights;

static weights make_weights(void)
{
    weights   made = { .params = kd_params_create() };
    kd_param *w, *frozen;
    kd_error  err;
    kd_rng    rng = kd_rng_root(2);
    kd_init   init = { KD_INIT_NORMAL, 1.0f };

    assert_ok(kd_params_add(&w, made.params, "w", 2, (int[]){ 4, 3 }, true, init, &err), &err);
    assert_ok(kd_params_add(&frozen, made.params, "frozen", 2, (int[]){ 4, 3 }, true, init, &err),
              &err);
    frozen->is_frozen = true;
    kd_params_allocate(made.params, true);
    kd_params_init(made.params, &rng);
    made.w = &w->value;
    made.frozen = &frozen->value;
    return made;
}

static void test_an_inference_tape_wants_no_gradient(void **state)
{
    (void)state;
    weights  made = make_weights();
    kd_tape *tape = kd_tape_create(&(kd_tape_options){ .is_training = false });

    assert_false(plain_scale(tape, made.w, 2.0f)->wants_grad);
    assert_ptr_equal(kd_op_dropout(tape, made.w, 0.5), made.w);
    kd_tape_destroy(tape);
    kd_params_destroy(made.params);
}

static void test_a_frozen_weight_receives_nothing(void **state)
{
    (void)state;
    weights    made = make_weights();
    kd_tape   *tape = kd_tape_create(&(kd_tape_options){ .is_training = true });
    kd_tensor *sum = plain_add(tape, made.w, made.frozen);

    assert_false(plain_scale(tape, made.frozen, 2.0f)->wants_grad);
    kd_tape_backward(tape, kd_op_mse(tape, sum, zeros, NULL), 1.0f);
    assert_true(made.w->g[0] != 0.0f);
    for (int i = 0; i < 12; i++) assert_true(made.frozen->g[i] == 0.0f);
    kd_tape_destroy(tape);
    kd_params_destroy(made.params);
}

static void test_gradients_add_up_over_tapes_and_uses(void **state)
{
    (void)state;
    weights  made = make_weights();
    kd_tape *tape = kd_tape_create(&(kd_tape_options){ .is_training = true });
    float    once[12];

    kd_tape_backward(tape, kd_op_mse(tape, made.w, zeros, NULL), 1.0f);
    memcpy(once, made.w->g, sizeof once);
    kd_tape_reset(tape);
    kd_tensor *terms[] = { kd_op_mse(tape, made.w, zeros, NULL),
                           kd_op_mse(tape, made.w, zeros, NULL) };
    kd_tape_backward(tape, kd_op_weighted_sum(tape, 2, terms, (double[]){ 1.0, 1.0 }), 2.0f);
    for (int i = 0; i < 12; i++) assert_close(made.w->g[i], 5.0 * (double)once[i], 1e-6);
    kd_params_clear_gradients(made.params);
    for (int i = 0; i < 12; i++) assert_true(made.w->g[i] == 0.0f);
    kd_tape_destroy(tape);
    kd_params_destroy(made.params);
}

static void test_what_the_loss_does_not_use_is_not_walked(void **state)
{
    (void)state;
    weights    made = make_weights();
    kd_tape   *tape = kd_tape_create(&(kd_tape_options){ .is_training = true });
    kd_tensor *unused = plain_scale(tape, made.w, 3.0f);
    kd_tensor *loss = kd_op_mse(tape, plain_scale(tape, made.w, 1.0f), zeros, NULL);

    plain_scale(tape, unused, 3.0f);
    kd_tape_backward(tape, loss, 1.0f);
    assert_false(unused->has_grad);
    assert_close(made.w->g[0], 2.0 / 12.0 * (double)made.w->x[0], 1e-6);
    kd_tape_destroy(tape);
    kd_params_destroy(made.params);
}

/* What is told of the way back. */
typedef struct {
    int   turns, completes;
    float at_complete; /* the gradient's first number when it was called complete */
} told;

static void note_complete(void *user, const kd_param *param)
{
    told *t = user;
    t->completes++;
    t->at_complete = param->value.g[0];
}

static void note_turn(void *user)
{
    ((told *)user)->turns++;
}

/* The weight is taken by three ops, of which the oldest is not part of the loss. */
static void test_tells_when_a_gradient_is_complete(void **state)
{
    (void)state;
    weights     made = make_weights();
    kd_tape    *tape = kd_tape_create(&(kd_tape_options){ .is_training = true });
    told        seen = { 0 };
    kd_way_back way = { note_complete, note_turn, &seen };

    plain_scale(tape, made.w, 3.0f);
    kd_tensor *first = kd_op_mse(tape, made.w, zeros, NULL);
    kd_tensor *terms[] = { first, kd_op_mse(tape, made.w, zeros, NULL) };
    kd_tape_walk_back(tape, kd_op_weighted_sum(tape, 2, terms, (double[]){ 1.0, 1.0 }), 1.0f, &way);
    assert_int_equal(seen.completes, 1);
    assert_int_equal(seen.turns, 4);
    assert_true(seen.at_complete == made.w->g[0] && seen.at_complete != 0.0f);
    kd_tape_destroy(tape);
    kd_params_destroy(made.params);
}

/* The rows of a batch on two tapes: a mean and a dropout are those of the whole. */
static void add_other_half(void *user, double *numbers, int count)
{
    const double *other = user;
    for (int i = 0; i < count; i++) numbers[i] += other[i];
}

static void test_a_share_divides_by_the_whole_and_drops_as_the_whole(void **state)
{
    (void)state;
    weights   made = make_weights(); /* (4,3) */
    kd_tape  *tape = kd_tape_create(&(kd_tape_options){ .is_training = true });
    float     whole[12];
    double    other[] = { 6.0, 8.0 }; /* sum and count of rows elsewhere */
    kd_share  share = { .before = { [KD_OF_PIECES] = 1 }, .total = add_other_half, .user = other };
    kd_tensor last_rows = *made.w;

    memcpy(whole, kd_op_dropout(tape, made.w, 0.5)->x, sizeof whole);
    kd_tape_reset(tape);
    kd_tape_set_share(tape, &share);
    last_rows.n--;
    last_rows.x += last_rows.d;
    assert_memory_equal(kd_op_dropout(tape, &last_rows, 0.5)->x, whole + last_rows.d,
                        kd_tensor_len(&last_rows) * sizeof *whole);
    kd_tensor *loss = kd_op_mse(tape, made.w, zeros, NULL);
    double     sum = 6.0;
    for (int i = 0; i < 12; i++) sum += (double)made.w->x[i] * (double)made.w->x[i];
    assert_close(loss->x[0], sum / 20.0, 1e-6);
    kd_tape_backward(tape, loss, 1.0f);
    assert_close(made.w->g[0], 2.0 * (double)made.w->x[0] / 20.0, 1e-6);

    kd_tape_reset(tape);
    kd_params_clear_gradients(made.params);
    share.is_idle = true;
    loss = kd_op_mse(tape, made.w, zeros, NULL);
    assert_close(loss->x[0], 6.0 / 8.0, 1e-6);
    kd_tape_backward(tape, loss, 1.0f);
    for (int i = 0; i < 12; i++) assert_true(made.w->g[i] == 0.0f);
    kd_tape_destroy(tape);
    kd_params_destroy(made.params);
}

static void test_capacity_stands_still(void **state)
{
    (void)state;
    weights  made = make_weights();
    kd_tape *tape = kd_tape_create(&(kd_tape_options){ .is_training = true });
    size_t   capacity = 0;

    for (int step = 0; step < 5; step++) {
        kd_tensor *y = made.w;
        for (int i = 0; i < 20000; i++) y = plain_scale(tape, y, 1.0f);
        kd_tape_backward(tape, kd_op_mse(tape, y, zeros, NULL), 1.0f);
        kd_tape_reset(tape);
        if (step == 0) capacity = kd_tape_capacity(tape);
    }
    assert_int_equal(kd_tape_capacity(tape), capacity);
    kd_tape_destroy(tape);
    kd_params_destroy(made.params);
}

static void drop(kd_tape *tape, kd_tensor *x, uint64_t seed, float out[64])
{
    kd_tape_seed(tape, kd_rng_root(seed));
    memcpy(out, kd_op_dropout(tape, x, 0.5)->x, 12 * sizeof *out);
    memcpy(out + 12, kd_op_dropout(tape, x, 0.5)->x, 12 * sizeof *out);
}

static void test_dropout_follows_the_seed_of_the_step(void **state)
{
    (void)state;
    weights  made = make_weights();
    kd_tape *tape = kd_tape_create(&(kd_tape_options){ .is_training = true });
    float    a[64], b[64], c[64];

    drop(tape, made.w, 7, a);
    drop(tape, made.w, 7, b);
    drop(tape, made.w, 8, c);
    assert_memory_equal(a, b, 24 * sizeof *a);
    assert_memory_not_equal(a, c, 24 * sizeof *a);
    assert_memory_not_equal(a, a + 12, 12 * sizeof *a); /* two dropouts of one step differ */
    kd_tape_destroy(tape);
    kd_params_destroy(made.params);
}

static void count_items(void *user, int begin, int end)
{
    for (int i = begin; i < end; i++) ((int *)user)[i]++;
}

static void test_parallel_meets_every_item_once(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 5; threads++)
        for (int count = 0; count < 40; count++) {
            int met[40] = { 0 };
            kd_parallel(threads, count, 3, count_items, met);
            for (int i = 0; i < 40; i++) assert_int_equal(met[i], i < count);
        }
}

/* Sentences of 2, 3 tokens and 2 heads: blocks of 4, 4, 9, 9. */
static void test_maps_stand_one_after_another(void **state)
{
    (void)state;
    const int32_t begin[] = { 0, 2, 5 };
    const kd_rows rows = { 2, begin };

    assert_int_equal(kd_maps_offset(&rows, 2, 0, 0), 0);
    assert_int_equal(kd_maps_offset(&rows, 2, 0, 1), 4);
    assert_int_equal(kd_maps_offset(&rows, 2, 1, 0), 8);
    assert_int_equal(kd_maps_offset(&rows, 2, 1, 1), 17);
    assert_int_equal(kd_maps_length(&rows, 2), 26);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_inference_tape_wants_no_gradient),
        cmocka_unit_test(test_a_frozen_weight_receives_nothing),
        cmocka_unit_test(test_gradients_add_up_over_tapes_and_uses),
        cmocka_unit_test(test_what_the_loss_does_not_use_is_not_walked),
        cmocka_unit_test(test_tells_when_a_gradient_is_complete),
        cmocka_unit_test(test_a_share_divides_by_the_whole_and_drops_as_the_whole),
        cmocka_unit_test(test_capacity_stands_still),
        cmocka_unit_test(test_dropout_follows_the_seed_of_the_step),
        cmocka_unit_test(test_parallel_meets_every_item_once),
        cmocka_unit_test(test_maps_stand_one_after_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
