/* The functions that loops are made of, against libm in double over all floats. */
#include <math.h>
#include <stddef.h>

#include "models/tensor/activation.h"
#include "models/tensor/simd.h"
#include "tests/support/support.h"

enum { STRIDE = 1013 }; /* a prime: about 4 million of all 2^32 floats */

/* Loops, so that what is tested is the vector code. */
#define DEFINE_LOOP(name)                                                                         \
    KD_SIMD static __attribute__((noinline)) void loop_##name(size_t n, const float *x, float *y) \
    {                                                                                             \
        for (size_t i = 0; i < n; i++) y[i] = kd_##name(x[i]);                                    \
    }
DEFINE_LOOP(expf)
DEFINE_LOOP(tanhf)
DEFINE_LOOP(sigmoidf)
DEFINE_LOOP(erff)
DEFINE_LOOP(logf)
DEFINE_LOOP(round_bf16)

typedef void   loop(size_t n, const float *x, float *y);
typedef double exact(double x);

/* |got - want| in units of the last place that a float has at want. */
static double ulps(float got, double want)
{
    if (isnan(want)) return isnan(got) ? 0.0 : INFINITY;
    if (isinf((float)want) || isinf(got)) return (float)want == got ? 0.0 : INFINITY;
    double unit = want == 0.0 ? 0.0 : ldexp(1.0, ilogb(want) - 23);
    return fabs(got - want) / fmax(unit, ldexp(1.0, -149));
}

static void assert_near_everywhere(loop *f, exact *reference, double most)
{
    enum { COUNT = 4096 };
    static float x[COUNT], y[COUNT];
    uint64_t     bits = 0;

    while (bits <= UINT32_MAX) {
        size_t n = 0;
        for (; n < COUNT && bits <= UINT32_MAX; bits += STRIDE)
            x[n++] = kd_float_of_bits((uint32_t)bits);
        f(n, x, y);
        for (size_t i = 0; i < n; i++) {
            double off = ulps(y[i], reference((double)x[i]));
            if (off > most)
                fail_msg("%.9g gives %.9g, %.1f ulp away", (double)x[i], (double)y[i], off);
        }
    }
}

static double sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static void test_exp_is_within_2_ulp(void **state)
{
    (void)state;
    assert_near_everywhere(loop_expf, exp, 2.0);
}

static void test_tanh_is_within_3_ulp(void **state)
{
    (void)state;
    assert_near_everywhere(loop_tanhf, tanh, 3.0);
}

static void test_sigmoid_is_within_3_ulp(void **state)
{
    (void)state;
    assert_near_everywhere(loop_sigmoidf, sigmoid, 3.0);
}

static void test_erf_is_within_2_ulp(void **state)
{
    (void)state;
    assert_near_everywhere(loop_erff, erf, 2.0);
}

static void test_log_is_within_2_ulp(void **state)
{
    (void)state;
    assert_near_everywhere(loop_logf, log, 2.0);
}

static void test_treats_the_ends_as_libm(void **state)
{
    (void)state;
    static const struct {
        loop *f;
        float x, y;
    } cases[] = {
        { loop_expf, INFINITY, INFINITY },
        { loop_expf, -INFINITY, 0.0f },
        { loop_expf, 0.0f, 1.0f },
        { loop_expf, 88.73f, INFINITY },
        { loop_expf, NAN, NAN },
        { loop_tanhf, INFINITY, 1.0f },
        { loop_tanhf, -INFINITY, -1.0f },
        { loop_tanhf, 1e-40f, 1e-40f },
        { loop_tanhf, NAN, NAN },
        { loop_sigmoidf, INFINITY, 1.0f },
        { loop_sigmoidf, -INFINITY, 0.0f },
        { loop_sigmoidf, 0.0f, 0.5f },
        { loop_sigmoidf, NAN, NAN },
        { loop_erff, INFINITY, 1.0f },
        { loop_erff, -INFINITY, -1.0f },
        { loop_erff, NAN, NAN },
        { loop_logf, INFINITY, INFINITY },
        { loop_logf, 0.0f, -INFINITY },
        { loop_logf, -0.0f, -INFINITY },
        { loop_logf, -1.0f, NAN },
        { loop_logf, 1.0f, 0.0f },
        { loop_logf, -INFINITY, NAN },
        { loop_logf, NAN, NAN },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float y;
        cases[i].f(1, &cases[i].x, &y);
        if (isnan(cases[i].y))
            assert_true(isnan(y));
        else
            assert_true(y == cases[i].y);
    }
    float y, zero = -0.0f;
    loop_tanhf(1, &zero, &y);
    assert_true(y == 0.0f && signbit(y));
    loop_erff(1, &zero, &y);
    assert_true(y == 0.0f && signbit(y));
}

static void test_rounds_to_bf16_with_ties_to_even(void **state)
{
    (void)state;
    static const struct {
        uint32_t x, y;
    } cases[] = {
        { 0x3f800000u, 0x3f800000u }, /* 1 stays */
        { 0x3f808000u, 0x3f800000u }, /* a tie, to the even neighbour below */
        { 0x3f818000u, 0x3f820000u }, /* a tie, to the even neighbour above */
        { 0x3f808001u, 0x3f810000u }, /* just over a tie */
        { 0x3f807fffu, 0x3f800000u }, /* just under it */
        { 0xbf818000u, 0xbf820000u }, /* the same below 0 */
        { 0x7f7fffffu, 0x7f800000u }, /* the largest float becomes infinite */
        { 0x7f800000u, 0x7f800000u }, /* infinity stays */
        { 0x00000001u, 0x00000000u }, /* the smallest becomes 0 */
        { 0x80000000u, 0x80000000u }, /* -0 stays */
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float x = kd_float_of_bits(cases[i].x), y;
        loop_round_bf16(1, &x, &y);
        assert_int_equal(kd_bits_of_float(y), cases[i].y);
    }
    float nan = kd_float_of_bits(0x7f800001u), y; /* its high half alone would be infinity */
    loop_round_bf16(1, &nan, &y);
    assert_true(isnan(y) && (kd_bits_of_float(y) & 0xffffu) == 0);
}

/* z Phi(z) in double. */
static void test_gelu_is_roughly_right_where_it_may_be(void **state)
{
    (void)state;
    enum { COUNT = 60001 };
    static float z[COUNT], y[COUNT];

    for (int i = 0; i < COUNT; i++) z[i] = 0.001f * (float)(i - COUNT / 2);
    kd_activate_roughly(KD_GELU, COUNT, z, y);
    for (int i = 0; i < COUNT; i++) {
        double want = 0.5 * z[i] * (1.0 + erf(z[i] / sqrt(2.0)));
        assert_true(fabs(y[i] - want) <= fmax(1e-4, 1e-5 * fabs(z[i])));
    }
    z[0] = NAN;
    kd_activate_roughly(KD_GELU, 1, z, y);
    assert_true(isnan(y[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp_is_within_2_ulp),
        cmocka_unit_test(test_tanh_is_within_3_ulp),
        cmocka_unit_test(test_sigmoid_is_within_3_ulp),
        cmocka_unit_test(test_erf_is_within_2_ulp),
        cmocka_unit_test(test_log_is_within_2_ulp),
        cmocka_unit_test(test_treats_the_ends_as_libm),
        cmocka_unit_test(test_rounds_to_bf16_with_ties_to_even),
        cmocka_unit_test(test_gelu_is_roughly_right_where_it_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
