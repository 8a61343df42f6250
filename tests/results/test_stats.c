/* The figures are those of stats.json and significance.json in tests/golden; make_stats.py and
 * make_significance.py say where they come from. */
#include "results/stats.h"
#include "tests/results/figures.h"
#include "tests/support/support.h"

static kd_json_document *golden, *significance;

static const kd_json *golden_of(const char *key)
{
    return golden_in(golden, key);
}

static void test_describes_samples_as_the_reference(void **state)
{
    const kd_json *cases = golden_of("describe");

    (void)state;
    for (size_t k = 0; k < kd_json_count(cases); k++) {
        const kd_json *c = kd_json_at(cases, k);
        size_t         n;
        double        *x = reals_of(kd_json_get(c, "x"), &n);
        kd_sample      s = kd_stats_describe(x, n);
        kd_interval    t = kd_stats_t_interval(&s, 0.95);
        assert_int_equal(s.n, n);
        assert_close(s.mean, real_of(c, "mean"), 1e-14);
        assert_close(s.sd, real_of(c, "sd"), 1e-12);
        assert_close(s.se, real_of(c, "se"), 1e-12);
        assert_close(t.low, real_of(c, "low"), 1e-12);
        assert_close(t.high, real_of(c, "high"), 1e-12);
        free(x);
    }
}

static void test_keeps_the_spread_of_values_that_share_many_digits(void **state)
{
    static const double x[] = { 1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16 };

    (void)state;
    assert_close(kd_stats_describe(x, 4).sd, sqrt(30.0), 1e-15);
}

static void test_leaves_the_spread_of_one_run_undefined(void **state)
{
    static const double x[] = { 0.5 };
    kd_sample           one = kd_stats_describe(x, 1), none = kd_stats_describe(x, 0);

    (void)state;
    assert_close(one.mean, 0.5, 0);
    assert_true(isnan(one.sd) && isnan(one.se));
    assert_true(isnan(kd_stats_t_interval(&one, 0.95).low));
    assert_true(isnan(kd_stats_welch(&one, &one, 0.95).p));
    assert_int_equal(none.n, 0);
    assert_true(isnan(none.mean));
}

static void test_compares_samples_by_welch_as_the_reference(void **state)
{
    const kd_json *cases = golden_of("welch");

    (void)state;
    for (size_t k = 0; k < kd_json_count(cases); k++) {
        const kd_json *c = kd_json_at(cases, k);
        size_t         na, nb;
        double        *a = reals_of(kd_json_get(c, "a"), &na);
        double        *b = reals_of(kd_json_get(c, "b"), &nb);
        kd_sample      sa = kd_stats_describe(a, na), sb = kd_stats_describe(b, nb);
        kd_welch       w = kd_stats_welch(&sa, &sb, 0.95);
        assert_close(w.t, real_of(c, "t"), 1e-12);
        assert_close(w.df, real_of(c, "df"), 1e-12);
        assert_close(w.p, real_of(c, "p"), 1e-12);
        assert_close(w.interval.low, real_of(c, "low"), 1e-12);
        assert_close(w.interval.high, real_of(c, "high"), 1e-12);
        free(a);
        free(b);
    }
}

static void test_claims_nothing_where_neither_sample_varies(void **state)
{
    static const double x[] = { 0.5, 0.5 }, y[] = { 0.7, 0.7 };
    kd_sample           a = kd_stats_describe(x, 2), b = kd_stats_describe(y, 2);
    kd_welch            w = kd_stats_welch(&a, &b, 0.95);

    (void)state;
    assert_close(w.difference, -0.2, 1e-15);
    assert_true(isnan(w.p) && isnan(w.interval.low));
}

static void assert_wilcoxon(const kd_json *c, bool is_exact)
{
    size_t      n;
    double     *x = reals_of(kd_json_get(c, "x"), &n);
    kd_wilcoxon w = kd_stats_wilcoxon(x, n);

    assert_int_equal(w.n, real_of(c, "n"));
    assert_int_equal(w.is_exact, is_exact);
    assert_close(w.plus, real_of(c, "plus"), 1e-12);
    assert_close(w.p, real_of(c, "p"), 1e-12);
    free(x);
}

static void test_ranks_signed_differences_as_the_reference(void **state)
{
    const kd_json *cases = golden_of("wilcoxon");

    (void)state;
    for (size_t k = 0; k < kd_json_count(cases); k++) assert_wilcoxon(kd_json_at(cases, k), true);
    assert_wilcoxon(golden_of("wilcoxon_long"), false);
}

static void test_finds_no_difference_where_there_is_none(void **state)
{
    static const double zeros[] = { 0, 0, 0 };
    kd_wilcoxon         w = kd_stats_wilcoxon(zeros, 3);

    (void)state;
    assert_int_equal(w.n, 0);
    assert_close(w.p, 1.0, 0);
}

static void test_tests_pairs_as_the_reference(void **state)
{
    const kd_json *cases = golden_in(significance, "paired");

    (void)state;
    for (size_t k = 0; k < kd_json_count(cases); k++) {
        const kd_json *c = kd_json_at(cases, k);
        size_t         n;
        double        *x = reals_of(kd_json_get(c, "x"), &n);
        kd_paired      p = kd_stats_paired(x, n, 0.95);
        assert_int_equal(p.n, n);
        assert_close(p.t, real_of(c, "t"), 1e-12);
        assert_close(p.df, (double)n - 1, 0);
        assert_close(p.p, real_of(c, "p"), 1e-12);
        assert_close(p.interval.low, real_of(c, "low"), 1e-12);
        assert_close(p.interval.high, real_of(c, "high"), 1e-12);
        free(x);
    }
}

static void test_claims_nothing_of_differences_that_do_not_vary(void **state)
{
    static const double same[] = { 0.25, 0.25, 0.25 };
    kd_paired           p = kd_stats_paired(same, 3, 0.95), one = kd_stats_paired(same, 1, 0.95);

    (void)state;
    assert_close(p.difference, 0.25, 0);
    assert_true(isnan(p.p) && isnan(p.interval.low) && isnan(one.p));
}

static double share_of(const double *sums, size_t columns)
{
    assert_int_equal(columns, 2);
    return sums[0] / sums[1];
}

/* Limits lie 0.6 from the mean; 40,000 draws leave some 0.01 of noise. */
static void test_draws_rows_as_the_reference_draws_values(void **state)
{
    const kd_json *c = golden_of("bootstrap");
    kd_rng         rng = kd_rng_root(3), again = kd_rng_root(3);
    size_t         n;
    double        *x = reals_of(kd_json_get(c, "x"), &n);
    double        *rows = kd_alloc(2 * n, sizeof *rows);

    (void)state;
    for (size_t i = 0; i < n; i++) rows[2 * i] = x[i], rows[2 * i + 1] = 1;
    kd_interval i = kd_stats_bootstrap_sums(rows, n, 2, share_of, 0.95, 40000, &rng);
    kd_interval j = kd_stats_bootstrap_sums(rows, n, 2, share_of, 0.95, 40000, &again);
    assert_close(i.low, real_at(kd_json_get(c, "percentile"), 0), 0.02);
    assert_close(i.high, real_at(kd_json_get(c, "percentile"), 1), 0.02);
    assert_true(i.low == j.low && i.high == j.high);
    free(rows);
    free(x);
}

static void test_gives_a_point_for_rows_that_are_alike(void **state)
{
    static const double same[] = { 0.25, 1, 0.25, 1, 0.25, 1 };
    kd_rng              rng = kd_rng_root(3);
    kd_interval         i = kd_stats_bootstrap_sums(same, 3, 2, share_of, 0.95, 100, &rng);

    (void)state;
    assert_true(i.low == 0.25 && i.high == 0.25);
    assert_true(isnan(kd_stats_bootstrap_sums(same, 1, 2, share_of, 0.95, 100, &rng).low));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_rows_as_the_reference_draws_values),
        cmocka_unit_test(test_gives_a_point_for_rows_that_are_alike),
        cmocka_unit_test(test_describes_samples_as_the_reference),
        cmocka_unit_test(test_keeps_the_spread_of_values_that_share_many_digits),
        cmocka_unit_test(test_leaves_the_spread_of_one_run_undefined),
        cmocka_unit_test(test_compares_samples_by_welch_as_the_reference),
        cmocka_unit_test(test_claims_nothing_where_neither_sample_varies),
        cmocka_unit_test(test_ranks_signed_differences_as_the_reference),
        cmocka_unit_test(test_finds_no_difference_where_there_is_none),
        cmocka_unit_test(test_tests_pairs_as_the_reference),
        cmocka_unit_test(test_claims_nothing_of_differences_that_do_not_vary),
    };
    int failed;

    golden = kd_golden_open("stats.json");
    significance = kd_golden_open("significance.json");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    kd_json_close(golden);
    kd_json_close(significance);
    return failed;
}
