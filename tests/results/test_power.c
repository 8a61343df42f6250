/* The figures are those of tests/golden/significance.json; make_significance.py says where they
 * come from. */
#include "results/power.h"
#include "tests/results/figures.h"

static kd_json_document *significance;

static kd_design unpaired(double sd, size_t n)
{
    return (kd_design){ false, sd, sd, n, n };
}

static void test_finds_the_power_of_each_design_as_the_reference(void **state)
{
    const kd_json *cases = golden_in(significance, "power");

    (void)state;
    for (size_t i = 0; i < kd_json_count(cases); i++) {
        const kd_json *c = kd_json_at(cases, i);
        kd_design d = { real_at(c, 0) != 0, real_at(c, 1), real_at(c, 2), (size_t)real_at(c, 3),
                        (size_t)real_at(c, 4) };
        assert_close(kd_power_of(&d, real_at(c, 5), 0.05), real_at(c, 6), 1e-8);
        assert_close(kd_power_of(&d, -real_at(c, 5), 0.05), real_at(c, 6), 1e-8);
    }
}

/* The examples of R's power.t.test: 20 runs a side find a difference of one sd with power
 * 0.8689528; 22.02 are needed for 0.90. */
static void test_agrees_with_published_examples(void **state)
{
    kd_design d = unpaired(1.0, 20);

    (void)state;
    assert_close(kd_power_of(&d, 1.0, 0.05), 0.8689528, 1e-6);
    assert_int_equal(kd_power_runs(&d, 1.0, 0.05, 0.90), 23);
}

static void test_asks_for_as_many_runs_as_it_takes_and_no_more(void **state)
{
    static const double differences[] = { 0.3, 1.0, 2.0, 6.0, 50.0 };

    (void)state;
    for (int paired = 0; paired < 2; paired++)
        for (size_t i = 0; i < 5; i++) {
            kd_design d = { paired, 1.0, 1.3, 0, 0 };
            size_t    n = kd_power_runs(&d, differences[i], 0.05, 0.8);
            assert_true(n >= 2);
            d.n_a = d.n_b = n;
            assert_true(kd_power_of(&d, differences[i], 0.05) >= 0.8);
            d.n_a = d.n_b = n - 1;
            assert_true(n == 2 || kd_power_of(&d, differences[i], 0.05) < 0.8);
        }
}

static void test_says_when_no_number_of_runs_is_enough(void **state)
{
    kd_design d = unpaired(1.0, 3), flat = unpaired(0.0, 3), unknown = unpaired(NAN, 3);

    (void)state;
    assert_int_equal(kd_power_runs(&d, 1e-6, 0.05, 0.8), 0);
    assert_int_equal(kd_power_runs(&d, 0.0, 0.05, 0.8), 0);
    assert_int_equal(kd_power_runs(&flat, 1.0, 0.05, 0.8), 0);
    assert_int_equal(kd_power_runs(&unknown, 1.0, 0.05, 0.8), 0);
    assert_true(isnan(kd_power_shown(&flat, 0.05)) && isnan(kd_power_found(&unknown, 0.05, 0.8)));
}

/* By hand: t(0.975, 4) = 2.776445, so three runs a side with sd 1 show no less than
 * 2.776445 * sqrt(2/3) = 2.266957. */
static void test_finds_the_smallest_difference_that_can_be_shown(void **state)
{
    kd_design three = unpaired(1.0, 3), one = unpaired(1.0, 1);
    kd_design pairs = { true, 1.0, NAN, 3, 0 };
    double    shown = kd_power_shown(&three, 0.05), found = kd_power_found(&three, 0.05, 0.8);

    (void)state;
    assert_close(shown, 2.266957, 1e-6);
    assert_close(kd_power_shown(&pairs, 0.05), 4.302653 / sqrt(3.0), 1e-6);
    assert_true(found > shown);
    assert_close(kd_power_of(&three, found, 0.05), 0.8, 1e-9);
    assert_true(isnan(kd_power_shown(&one, 0.05)));
}

static void test_knows_the_smallest_p_of_so_few_pairs(void **state)
{
    (void)state;
    assert_close(kd_power_least_p(5), 0.0625, 0);
    assert_close(kd_power_least_p(6), 0.03125, 0);
    assert_close(kd_power_least_p(0), 1.0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_the_power_of_each_design_as_the_reference),
        cmocka_unit_test(test_agrees_with_published_examples),
        cmocka_unit_test(test_asks_for_as_many_runs_as_it_takes_and_no_more),
        cmocka_unit_test(test_says_when_no_number_of_runs_is_enough),
        cmocka_unit_test(test_finds_the_smallest_difference_that_can_be_shown),
        cmocka_unit_test(test_knows_the_smallest_p_of_so_few_pairs),
    };
    int failed;

    significance = kd_golden_open("significance.json");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    kd_json_close(significance);
    return failed;
}
