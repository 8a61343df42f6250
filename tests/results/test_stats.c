/* The figures are those of tests/golden/stats.json; make_stats.py says where they come from. */
#include <math.h>
#include <stdlib.h>

#include "results/distribution.h"
#include "results/stats.h"
#include "tests/support/support.h"

static kd_json_document *golden;

static const kd_json *golden_of(const char *key)
{
    const kd_json *value = kd_json_get(kd_json_root(golden), key);

    assert_non_null(value);
    return value;
}

static double real_at(const kd_json *array, size_t i)
{
    return kd_json_to_real(kd_json_at(array, i), NAN);
}

static double real_of(const kd_json *object, const char *key)
{
    return kd_json_to_real(kd_json_get(object, key), NAN);
}

/* The numbers of an array; the caller frees them. */
static double *reals_of(const kd_json *array, size_t *n)
{
    double *x = kd_alloc(kd_json_count(array) + 1, sizeof *x);

    *n = kd_json_count(array);
    for (size_t i = 0; i < *n; i++) x[i] = real_at(array, i);
    return x;
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
    kd_rng              rng = kd_rng_root(1);

    (void)state;
    assert_close(one.mean, 0.5, 0);
    assert_true(isnan(one.sd) && isnan(one.se));
    assert_true(isnan(kd_stats_t_interval(&one, 0.95).low));
    assert_true(isnan(kd_stats_bootstrap(x, 1, 0.95, KD_BOOTSTRAP_BCA, 100, &rng).low));
    assert_true(isnan(kd_stats_welch(&one, &one, 0.95).p));
    assert_int_equal(none.n, 0);
    assert_true(isnan(none.mean));
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

static void assert_interval(kd_interval got, const kd_json *want, double tolerance)
{
    assert_close(got.low, real_at(want, 0), tolerance);
    assert_close(got.high, real_at(want, 1), tolerance);
}

static void test_takes_every_resample_of_few_values(void **state)
{
    const kd_json *cases = golden_of("bootstrap");

    (void)state;
    for (size_t k = 0; k < kd_json_count(cases); k++) {
        const kd_json *c = kd_json_at(cases, k);
        size_t         n;
        double        *x = reals_of(kd_json_get(c, "x"), &n), level = real_of(c, "level");
        assert_interval(kd_stats_bootstrap(x, n, level, KD_BOOTSTRAP_PERCENTILE, 10000, NULL),
                        kd_json_get(c, "percentile"), 1e-12);
        assert_interval(kd_stats_bootstrap(x, n, level, KD_BOOTSTRAP_BCA, 10000, NULL),
                        kd_json_get(c, "bca"), 1e-12);
        free(x);
    }
}

static void test_samples_resamples_of_many_values(void **state)
{
    const kd_json *c = golden_of("bootstrap_sampled");
    kd_rng         root = kd_rng_root(3), rng = kd_rng_split(&root, "bootstrap", 0);
    size_t         n;
    double        *x = reals_of(kd_json_get(c, "x"), &n);

    (void)state; /* limits lie 0.6 from the mean; 40,000 draws leave some 0.01 of noise */
    assert_interval(kd_stats_bootstrap(x, n, 0.95, KD_BOOTSTRAP_PERCENTILE, 40000, &rng),
                    kd_json_get(c, "percentile"), 0.02);
    assert_interval(kd_stats_bootstrap(x, n, 0.95, KD_BOOTSTRAP_BCA, 40000, &rng),
                    kd_json_get(c, "bca"), 0.02);
    free(x);
}

static void test_gives_one_interval_for_one_stream(void **state)
{
    kd_rng      one = kd_rng_root(9), two = kd_rng_root(9);
    double      x[] = { 1, 2, 3, 5, 8, 13, 21, 34 };
    kd_interval a = kd_stats_bootstrap(x, 8, 0.9, KD_BOOTSTRAP_BCA, 500, &one);
    kd_interval b = kd_stats_bootstrap(x, 8, 0.9, KD_BOOTSTRAP_BCA, 500, &two);

    (void)state;
    assert_true(a.low == b.low && a.high == b.high);
    assert_true(a.low < a.high);
}

static void test_gives_a_point_for_equal_values(void **state)
{
    double      x[] = { 0.25, 0.25, 0.25 };
    kd_interval i = kd_stats_bootstrap(x, 3, 0.95, KD_BOOTSTRAP_BCA, 1000, NULL);

    (void)state;
    assert_true(i.low == 0.25 && i.high == 0.25);
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

static size_t counts_of(const kd_json *array, kd_counts *out)
{
    for (size_t i = 0; i < kd_json_count(array); i++) {
        const kd_json *c = kd_json_at(array, i);
        out[i] =
            (kd_counts){ (int32_t)real_at(c, 0), (int32_t)real_at(c, 1), (int32_t)real_at(c, 2) };
    }
    return kd_json_count(array);
}

static void test_randomises_answers_towards_the_exact_chance(void **state)
{
    const kd_json   *c = golden_of("randomise");
    kd_counts        a[16], b[16];
    size_t           n = counts_of(kd_json_get(c, "a"), a);
    kd_rng           rng = kd_rng_root(5);
    kd_randomisation r;

    (void)state;
    assert_int_equal(counts_of(kd_json_get(c, "b"), b), n);
    r = kd_stats_randomise(a, b, n, 200000, &rng);
    assert_close(r.difference, real_of(c, "difference"), 1e-14);
    /* four standard errors of 200,000 draws */
    assert_close(r.p, real_of(c, "p"), 4.0 * sqrt(0.25 / 200000));
}

static void test_sees_equal_answers_as_alike(void **state)
{
    kd_counts        a[] = { { 1, 2, 2 }, { 0, 0, 1 } };
    kd_rng           rng = kd_rng_root(5);
    kd_randomisation r = kd_stats_randomise(a, a, 2, 100, &rng);

    (void)state;
    assert_close(r.difference, 0.0, 0);
    assert_close(r.p, 1.0, 0);
    assert_close(kd_stats_f1(a, 2), 0.4, 1e-15);
    assert_close(kd_stats_f1(a, 0), 0.0, 0);
}

static void test_corrects_a_family_by_holm(void **state)
{
    const kd_json *cases = golden_of("holm");

    (void)state;
    for (size_t k = 0; k < kd_json_count(cases); k++) {
        const kd_json *want = kd_json_get(kd_json_at(cases, k), "adjusted");
        size_t         n;
        double        *p = reals_of(kd_json_get(kd_json_at(cases, k), "p"), &n);
        kd_stats_holm(p, n);
        for (size_t i = 0; i < n; i++) assert_close(p[i], real_at(want, i), 1e-15);
        free(p);
    }
}

static void test_leaves_an_undefined_p_out_of_the_family(void **state)
{
    double p[] = { NAN, 0.02, 0.03 };

    (void)state;
    kd_stats_holm(p, 3);
    assert_true(isnan(p[0]));
    assert_close(p[1], 0.04, 1e-15);
    assert_close(p[2], 0.04, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_describes_samples_as_the_reference),
        cmocka_unit_test(test_keeps_the_spread_of_values_that_share_many_digits),
        cmocka_unit_test(test_leaves_the_spread_of_one_run_undefined),
        cmocka_unit_test(test_finds_tails_and_quantiles_as_the_reference),
        cmocka_unit_test(test_takes_every_resample_of_few_values),
        cmocka_unit_test(test_samples_resamples_of_many_values),
        cmocka_unit_test(test_gives_one_interval_for_one_stream),
        cmocka_unit_test(test_gives_a_point_for_equal_values),
        cmocka_unit_test(test_compares_samples_by_welch_as_the_reference),
        cmocka_unit_test(test_claims_nothing_where_neither_sample_varies),
        cmocka_unit_test(test_ranks_signed_differences_as_the_reference),
        cmocka_unit_test(test_finds_no_difference_where_there_is_none),
        cmocka_unit_test(test_randomises_answers_towards_the_exact_chance),
        cmocka_unit_test(test_sees_equal_answers_as_alike),
        cmocka_unit_test(test_corrects_a_family_by_holm),
        cmocka_unit_test(test_leaves_an_undefined_p_out_of_the_family),
    };
    int failed;

    golden = kd_golden_open("stats.json");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    kd_json_close(golden);
    return failed;
}
