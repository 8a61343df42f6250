/* The figures are those of tests/golden/significance.json; make_significance.py says where they
 * come from. */
#include "results/dominance.h"
#include "tests/results/figures.h"

static kd_json_document *significance;

static void test_finds_the_chance_that_one_beats_the_other(void **state)
{
    const kd_json *cases = golden_in(significance, "chance");

    (void)state;
    for (size_t k = 0; k < kd_json_count(cases); k++) {
        const kd_json *c = kd_json_at(cases, k);
        size_t         na, nb;
        double        *a = reals_of(kd_json_get(c, "a"), &na);
        double        *b = reals_of(kd_json_get(c, "b"), &nb);
        kd_improvement got = kd_dominance_chance(a, na, b, nb, 0.95);
        kd_improvement back = kd_dominance_chance(b, nb, a, na, 0.95);
        assert_close(got.chance, real_of(c, "chance"), 1e-15);
        assert_close(got.interval.low, real_of(c, "low"), 1e-10);
        assert_close(got.interval.high, real_of(c, "high"), 1e-10);
        assert_close(back.chance, 1.0 - got.chance, 1e-15);
        assert_close(back.interval.low, 1.0 - got.interval.high, 1e-12);
        free(a);
        free(b);
    }
}

static void test_keeps_an_interval_where_samples_do_not_overlap(void **state)
{
    static const double a[] = { 4, 5, 6 }, b[] = { 1, 2, 3 };
    kd_improvement      got = kd_dominance_chance(a, 3, b, 3, 0.95);

    (void)state;
    assert_close(got.chance, 1.0, 0);
    assert_close(got.interval.high, 1.0, 1e-12);
    assert_true(got.interval.low > 0.4 && got.interval.low < 0.6); /* three runs say little */
}

static void test_measures_violations_as_a_fine_grid_does(void **state)
{
    const kd_json *cases = golden_in(significance, "almost");

    (void)state;
    for (size_t k = 0; k < kd_json_count(cases); k++) {
        const kd_json *c = kd_json_at(cases, k);
        size_t         na, nb;
        double        *a = reals_of(kd_json_get(c, "a"), &na);
        double        *b = reals_of(kd_json_get(c, "b"), &nb);
        kd_rng         rng = kd_rng_root(2);
        kd_almost      got = kd_dominance_almost(a, na, b, nb, 0.95, 20000, &rng);
        assert_close(got.violation, real_of(c, "violation"), 1e-4); /* of 20,000 quantiles */
        assert_close(got.bound, real_of(c, "bound"), 0.015);        /* of 5,000 draws */
        free(a);
        free(b);
    }
}

/* By hand: A(t) is 1 then 3, B(t) is 2 throughout, so each half of t has (B - A)^2 = 1. */
static void test_finds_neither_before_the_other_where_quantiles_cross(void **state)
{
    static const double a[] = { 3, 1 }, b[] = { 2 };
    kd_rng              rng = kd_rng_root(2);

    (void)state;
    assert_close(kd_dominance_almost(a, 2, b, 1, 0.95, 100, &rng).violation, 0.5, 1e-15);
}

static void test_finds_no_violation_in_a_sample_that_lies_above(void **state)
{
    static const double a[] = { 4, 5, 6, 7 }, b[] = { 1, 2, 3 };
    kd_rng              rng = kd_rng_root(2);
    kd_almost           up = kd_dominance_almost(a, 4, b, 3, 0.95, 100, &rng);
    kd_almost           down = kd_dominance_almost(b, 3, a, 4, 0.95, 100, &rng);

    (void)state;
    assert_true(up.violation == 0 && up.bound == 0);
    assert_true(down.violation == 1 && down.bound == 1);
}

static void test_orders_nothing_where_there_is_no_order(void **state)
{
    static const double same[] = { 1, 2 };
    kd_rng              rng = kd_rng_root(2);
    kd_almost           equal = kd_dominance_almost(same, 2, same, 2, 0.95, 100, &rng);

    (void)state;
    assert_true(equal.violation == 0.5 && equal.bound == 1.0);
    assert_close(kd_dominance_chance(same, 2, same, 2, 0.95).chance, 0.5, 0);
    assert_true(isnan(kd_dominance_almost(same, 0, same, 2, 0.95, 100, &rng).bound));
    assert_true(isnan(kd_dominance_chance(same, 0, same, 2, 0.95).chance));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_the_chance_that_one_beats_the_other),
        cmocka_unit_test(test_keeps_an_interval_where_samples_do_not_overlap),
        cmocka_unit_test(test_measures_violations_as_a_fine_grid_does),
        cmocka_unit_test(test_finds_neither_before_the_other_where_quantiles_cross),
        cmocka_unit_test(test_finds_no_violation_in_a_sample_that_lies_above),
        cmocka_unit_test(test_orders_nothing_where_there_is_no_order),
    };
    int failed;

    significance = kd_golden_open("significance.json");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    kd_json_close(significance);
    return failed;
}
