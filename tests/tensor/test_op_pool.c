/* Rows of sentences beside each other or made one: by hand, at their borders, without rows. */
#include <math.h>
#include <string.h>

#include "models/tensor/op.h"
#include "tests/support/support.h"

/* Lengths 3, 0, 1 and 2. */
static const int32_t begin[] = { 0, 3, 3, 4, 6 };
static const kd_rows rows = { 4, begin };
static const float   x[] = { 1, -5, /* */ 4, -2, /* */ 4, -3, /* */ 7, 8, /* */ 0, 2, /* */ -1, 3 };

static kd_tape *tape;

static int make_tape(void **state)
{
    (void)state;
    tape = kd_tape_create(&(kd_tape_options){ .is_training = true, .threads = 2 });
    return 0;
}

static int drop_tape(void **state)
{
    (void)state;
    kd_tape_destroy(tape);
    return 0;
}

/* x as something that is trained. */
static kd_tensor *trained(void)
{
    kd_tensor *t = kd_tape_variable(tape, 6, 2);

    memcpy(t->x, x, sizeof x);
    t->wants_grad = true;
    return t;
}

static void assert_values(const float *got, const float *want, int count)
{
    for (int i = 0; i < count; i++)
        if (got[i] != want[i]) fail_msg("[%d] is %g, not %g", i, (double)got[i], (double)want[i]);
}

/* Walk back from the sum over y of weight times y. */
static void walk_back(kd_tensor *y, const float *weight)
{
    int        len = (int)kd_tensor_len(y);
    kd_tensor *target = kd_tape_variable(tape, y->n, y->d);

    for (int i = 0; i < len; i++) target->x[i] = y->x[i] - weight[i] * (float)len / 2.0f;
    kd_tape_backward(tape, kd_op_mse(tape, y, target->x, NULL), 1.0f);
}

static void test_trigram_ends_with_its_sentence(void **state)
{
    (void)state;
    static const float want[] = {
        4,  -2, 1,  -5, 0, 0,  /* next, itself, before */
        4,  -3, 4,  -2, 1, -5, /* */
        0,  0,  4,  -3, 4, -2, /* */
        0,  0,  7,  8,  0, 0,  /* a sentence of one row */
        -1, 3,  0,  2,  0, 0,  /* */
        0,  0,  -1, 3,  0, 2,
    };
    kd_tensor *y = kd_op_trigram(tape, trained(), &rows);

    assert_int_equal(y->n, 6);
    assert_int_equal(y->d, 6);
    assert_values(y->x, want, 36);
}

static void test_concat_puts_columns_side_by_side(void **state)
{
    (void)state;
    kd_tensor *in = trained();
    kd_tensor *y = kd_op_concat(tape, 2, (kd_tensor *[]){ in, in });

    assert_int_equal(y->d, 4);
    for (int n = 0; n < 6; n++)
        for (int d = 0; d < 4; d++) assert_true(kd_tensor_row(y, n)[d] == x[2 * n + d % 2]);
}

static void test_distance_counts_from_the_mark_up_to_its_bound(void **state)
{
    (void)state;
    /* L = 1: rows are -1, 0, 1, and none */
    static const float table[] = { -1, 0, 1, 99 }, want[] = { -1, -1, 0, 99, 0, 1 };
    kd_tensor         *t = kd_tape_constant(tape, 4, 1, table);

    assert_values(kd_op_distance(tape, &rows, (const int32_t[]){ 2, -1, -1, 0 }, t)->x, want, 6);
}

static void test_max_pool_takes_the_first_largest(void **state)
{
    (void)state;
    static const float want[] = { 4, -2, 0, 0, 7, 8, 0, 3 };
    static const float slopes[] = { 0, 0, 1, 2, 0, 0, 5, 6, 7, 0, 0, 8 };
    kd_tensor         *in = trained(), *y = kd_op_max_pool(tape, in, &rows);

    assert_values(y->x, want, 8);
    walk_back(y, (const float[]){ 1, 2, 3, 4, 5, 6, 7, 8 });
    assert_values(in->g, slopes, 12);
}

static void test_max_pool_keeps_nan(void **state)
{
    (void)state;
    for (int n = 0; n < 3; n++) {
        kd_tensor *in = trained();
        in->x[2 * n] = NAN;
        kd_tensor *y = kd_op_max_pool(tape, in, &rows);
        assert_true(y->x[0] != y->x[0]);
        assert_true(y->x[1] == -2.0f);
    }
}

static void test_attention_pool_weighs_by_its_scores(void **state)
{
    (void)state;
    /* shares 1/4, 1/2, 1/4; 1; 1/3, 2/3 */
    const float  scores[] = { 0, logf(2), 0, 50, -3, logf(2) - 3 };
    const double want[] = { 3.25, -3.0, 0, 0, 7, 8, -2.0 / 3, 8.0 / 3 };
    kd_tensor   *y =
        kd_op_attention_pool(tape, trained(), kd_tape_constant(tape, 6, 1, scores), &rows);

    for (int i = 0; i < 8; i++) assert_close((double)y->x[i], want[i], 1e-6);
}

static void test_attention_pool_of_large_scores_is_the_row_itself(void **state)
{
    (void)state;
    const float        scores[] = { 300, 500, -500, 1e30f, -1e30f, 1e30f };
    static const float want[] = { 4, -2, 0, 0, 7, 8, -1, 3 };

    assert_values(
        kd_op_attention_pool(tape, trained(), kd_tape_constant(tape, 6, 1, scores), &rows)->x, want,
        8);
}

#define WITH_TAPE(test) cmocka_unit_test_setup_teardown(test, make_tape, drop_tape)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TAPE(test_trigram_ends_with_its_sentence),
        WITH_TAPE(test_concat_puts_columns_side_by_side),
        WITH_TAPE(test_distance_counts_from_the_mark_up_to_its_bound),
        WITH_TAPE(test_max_pool_takes_the_first_largest),
        WITH_TAPE(test_max_pool_keeps_nan),
        WITH_TAPE(test_attention_pool_weighs_by_its_scores),
        WITH_TAPE(test_attention_pool_of_large_scores_is_the_row_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
