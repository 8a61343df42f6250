/* test_half.c - it keeps every half, rounds to the nearest, and knows where the ends are. */
#include <math.h>
#include <stdlib.h>

#include "harness/base/half.h"
#include "tests/support/support.h"

static uint16_t encoded(float x)
{
    uint16_t half;
    kd_halves_encode(1, &x, &half);
    return half;
}

static void test_keeps_every_half(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 0x10000; h++) {
        uint16_t half = (uint16_t)h;
        float    x;
        kd_halves_decode(1, &half, &x);
        if (isnan(x))
            assert_true(isnan(x) && (encoded(x) & 0x7fff) > 0x7c00);
        else
            assert_int_equal(encoded(x), half);
    }
}

static void test_knows_some_by_heart(void **state)
{
    (void)state;
    static const struct {
        float    x;
        uint16_t half;
    } cases[] = {
        { 1.0f, 0x3c00 },     { -2.0f, 0xc000 },       { 65504.0f, 0x7bff }, { 65519.0f, 0x7bff },
        { 65520.0f, 0x7c00 }, { -INFINITY, 0xfc00 },   { 0x1p-14f, 0x0400 }, { 0x1p-24f, 0x0001 },
        { 0x1p-26f, 0x0000 }, { 1.0f / 3.0f, 0x3555 }, { -0.0f, 0x8000 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(encoded(cases[i].x), cases[i].half);
}

static void test_rounds_to_even_in_the_middle(void **state)
{
    (void)state;
    assert_int_equal(encoded(1.0f + 0x1p-11f), 0x3c00);
    assert_int_equal(encoded(1.0f + 3 * 0x1p-11f), 0x3c02);
    assert_int_equal(encoded(1.0f + 0x1p-11f + 0x1p-20f), 0x3c01);
    assert_int_equal(encoded(1.5f * 0x1p-24f), 2);
    assert_int_equal(encoded(2.5f * 0x1p-24f), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_every_half),
        cmocka_unit_test(test_knows_some_by_heart),
        cmocka_unit_test(test_rounds_to_even_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
