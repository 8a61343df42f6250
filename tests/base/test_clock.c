/* test_clock.c - time in words. */
#include "harness/base/clock.h"
#include "tests/support/support.h"

static void test_says_spans_in_words(void **state)
{
    (void)state;
    static const struct {
        double      seconds;
        const char *words;
    } cases[] = { { 0.04, "0.0 s" },       { 3.25, "3.2 s" },        { 12.4, "12 s" },
                  { 59.7, "1 min 0 s" },   { 200, "3 min 20 s" },    { 3600, "1 h 0 min" },
                  { 18720, "5 h 12 min" }, { 200000, "2 days 7 h" }, { -1, "0.0 s" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[32];
        assert_string_equal(kd_clock_words(out, sizeof out, cases[i].seconds), cases[i].words);
    }
}

static void test_stamps_in_universal_time(void **state)
{
    (void)state;
    char out[32];
    assert_string_equal(kd_clock_stamp(out, sizeof out, 1700000000.9), "2023-11-14T22:13:20Z");
}

static void test_goes_forward(void **state)
{
    (void)state;
    double before = kd_clock_s(), busy = kd_clock_cpu_s();
    kd_sleep_s(0.01);
    assert_true(kd_clock_s() - before >= 0.01);
    assert_true(kd_clock_cpu_s() >= busy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_spans_in_words),
        cmocka_unit_test(test_stamps_in_universal_time),
        cmocka_unit_test(test_goes_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
