/* The figures are those of stats.json and significance.json in tests/golden; make_stats.py and
 * make_significance.py say where they come from. */
#include "results/distribution.h"
#include "tests/results/figures.h"

static kd_json_document *golden, *significance;

static const kd_json *golden_of(const char *key)
{
    return golden_in(golden, key);
}

static void test_finds_tails_and_quantiles_as_the_reference(void **state)
{
    const kd_json *tails = golden_of("t_tail"), *t = golden_of("t_quantile");
    const kd_json *z = golden_of("normal_quantile");

    (void)state;
    for (size_t i = 0; i < kd_json_count(tails); i++) {
        const kd_json *c = kd_json_at(tails, i);
        double         want = real_at(c, 2);
        assert_close(kd_t_tail(real_at(c, 0), real_at(c, 1)) / want, 1.0, 1e-11);
    }
    for (size_t i = 0; i < kd_json_count(t); i++) {
        const kd_json *c = kd_json_at(t, i);
        assert_close(kd_t_quantile(real_at(c, 0), real_at(c, 1)), real_at(c, 2), 1e-12);
    }
    for (size_t i = 0; i < kd_json_count(z); i++) {
        const kd_json *c = kd_json_at(z, i);
        assert_close(kd_normal_quantile(real_at(c, 0)), real_at(c, 1), 1e-12);
    }
}

/* Each case is its arguments and the figure, which is met to `tolerance` of itself. */
static void test_finds_the_tails_that_have_something_to_find(void **state)
{
    const kd_json *cases = golden_in(significance, "noncentral_t_tail");

    (void)state;
    for (size_t i = 0; i < kd_json_count(cases); i++) {
        const kd_json *c = kd_json_at(cases, i);
        assert_close(kd_noncentral_t_tail(real_at(c, 0), real_at(c, 1), real_at(c, 2)) /
                         real_at(c, 3),
                     1.0, 1e-9);
    }
    assert_close(kd_noncentral_t_tail(2.0, 7.0, 0.0), kd_t_tail(2.0, 7.0), 1e-12);
}

static void test_finds_tails_of_squares_and_their_ratios_as_the_reference(void **state)
{
    const kd_json *chi = golden_in(significance, "chi_squared_tail");
    const kd_json *f = golden_in(significance, "f_tail");

    (void)state;
    for (size_t i = 0; i < kd_json_count(chi); i++) {
        const kd_json *c = kd_json_at(chi, i);
        assert_close(kd_chi_squared_tail(real_at(c, 0), real_at(c, 1)) / real_at(c, 2), 1.0, 1e-11);
    }
    for (size_t i = 0; i < kd_json_count(f); i++) {
        const kd_json *c = kd_json_at(f, i);
        assert_close(kd_f_tail(real_at(c, 0), real_at(c, 1), real_at(c, 2)) / real_at(c, 3), 1.0,
                     1e-11);
    }
}

static void test_finds_the_range_of_normals_as_the_reference(void **state)
{
    const kd_json *tail = golden_in(significance, "range_tail");
    const kd_json *quantile = golden_in(significance, "range_quantile");

    (void)state;
    for (size_t i = 0; i < kd_json_count(tail); i++) {
        const kd_json *c = kd_json_at(tail, i);
        assert_close(kd_range_tail(real_at(c, 0), (int)real_at(c, 1)) / real_at(c, 2), 1.0, 1e-11);
    }
    for (size_t i = 0; i < kd_json_count(quantile); i++) {
        const kd_json *c = kd_json_at(quantile, i);
        assert_close(kd_range_quantile(real_at(c, 0), (int)real_at(c, 1)), real_at(c, 2), 1e-11);
    }
    /* the range of two is |Z1 - Z2|, normal with variance 2 */
    assert_close(kd_range_tail(3.0, 2), 2.0 * kd_normal_tail(3.0 / sqrt(2.0)), 1e-13);
}

static void test_knows_the_ends_of_each_tail(void **state)
{
    (void)state;
    assert_close(kd_chi_squared_tail(0.0, 3.0), 1.0, 0);
    assert_close(kd_chi_squared_tail(INFINITY, 3.0), 0.0, 0);
    assert_close(kd_f_tail(-1.0, 3.0, 4.0), 1.0, 0);
    assert_close(kd_f_tail(INFINITY, 3.0, 4.0), 0.0, 0);
    assert_close(kd_range_tail(0.0, 5), 1.0, 0);
    assert_true(isnan(kd_chi_squared_tail(NAN, 1)) && isnan(kd_f_tail(NAN, 1, 1)) &&
                isnan(kd_range_tail(NAN, 2)) && isnan(kd_noncentral_t_tail(NAN, 1, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_tails_and_quantiles_as_the_reference),
        cmocka_unit_test(test_finds_the_tails_that_have_something_to_find),
        cmocka_unit_test(test_finds_tails_of_squares_and_their_ratios_as_the_reference),
        cmocka_unit_test(test_finds_the_range_of_normals_as_the_reference),
        cmocka_unit_test(test_knows_the_ends_of_each_tail),
    };
    int failed;

    golden = kd_golden_open("stats.json");
    significance = kd_golden_open("significance.json");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    kd_json_close(golden);
    kd_json_close(significance);
    return failed;
}
