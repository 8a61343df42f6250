/* The figures are those of tests/golden/significance.json; make_significance.py says where they
 * come from. */
#include "results/ranks.h"
#include "tests/results/figures.h"

static kd_json_document *significance;

/* A matrix of scores, row by row; the caller frees it. */
static double *scores_of(const kd_json *rows, size_t *n, size_t *k)
{
    double *score;

    *n = kd_json_count(rows);
    *k = kd_json_count(kd_json_at(rows, 0));
    score = kd_alloc(*n * *k, sizeof *score);
    for (size_t i = 0; i < *n; i++)
        for (size_t j = 0; j < *k; j++) score[i * *k + j] = real_at(kd_json_at(rows, i), j);
    return score;
}

static void test_compares_settings_over_corpora_as_the_reference(void **state)
{
    const kd_json *cases = golden_in(significance, "friedman");

    (void)state;
    for (size_t c = 0; c < kd_json_count(cases); c++) {
        const kd_json *want = kd_json_at(cases, c), *ranks = kd_json_get(want, "ranks");
        size_t         n, k;
        double        *score = scores_of(kd_json_get(want, "score"), &n, &k), mean[16];
        kd_friedman    got = kd_ranks_friedman(score, n, k);
        assert_int_equal(kd_ranks_mean(mean, score, n, k), n);
        for (size_t j = 0; j < k; j++) assert_close(mean[j], real_at(ranks, j), 1e-14);
        assert_int_equal(got.corpora, n);
        assert_close(got.chi_squared, real_of(want, "chi_squared"), 1e-12);
        assert_close(got.p_chi_squared, real_of(want, "p_chi_squared"), 1e-12);
        assert_close(got.f, real_of(want, "f"), 1e-12);
        assert_close(got.p_f, real_of(want, "p_f"), 1e-12);
        free(score);
    }
}

static void test_finds_the_difference_that_two_ranks_must_have(void **state)
{
    const kd_json *cases = golden_in(significance, "nemenyi");

    (void)state;
    for (size_t i = 0; i < kd_json_count(cases); i++) {
        const kd_json *c = kd_json_at(cases, i);
        size_t         n = (size_t)real_at(c, 0), k = (size_t)real_at(c, 1);
        double         cd = kd_ranks_critical_difference(n, k, 0.95);
        assert_close(cd, real_at(c, 2), 1e-5); /* scipy's quantile */
        assert_close(kd_ranks_nemenyi(-cd, n, k), 0.05, 1e-12);
        assert_close(kd_ranks_single(1.0, n, k), real_at(c, 3), 1e-12);
    }
    /* Demsar (2006), section 3.2.2: 14 data sets, 4 classifiers */
    assert_close(kd_ranks_critical_difference(14, 4, 0.95), 1.25, 0.004);
    assert_close(kd_ranks_critical_difference(14, 4, 0.90), 1.12, 0.004);
}

static void test_shares_ranks_between_equal_scores(void **state)
{
    static const double score[] = { 0.8, 0.9, 0.8, 0.7 };
    static const double want[] = { 2.5, 1, 2.5, 4 };
    double              rank[4];

    (void)state;
    assert_int_equal(kd_ranks_mean(rank, score, 1, 4), 1);
    for (int j = 0; j < 4; j++) assert_close(rank[j], want[j], 0);
}

/* By hand: three corpora that all say the same, chi^2 = n (k-1) = 6, and of 6^3 triples of orders
 * one in 36 agrees. */
static void test_shows_no_more_than_agreement_can(void **state)
{
    static const double score[] = { 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1 };
    kd_friedman         r = kd_ranks_friedman(score, 3, 3);

    (void)state;
    assert_close(r.chi_squared, 6.0, 1e-12);
    assert_true(isinf(r.f));
    assert_close(r.p_f, 1.0 / 36, 1e-12);
}

static void test_leaves_out_a_corpus_that_lacks_a_setting(void **state)
{
    const double score[] = { 0.9, 0.8, 0.1, NAN, 0.7, 0.6, 0.5, 0.6 };
    double       rank[2];

    (void)state;
    assert_int_equal(kd_ranks_mean(rank, score, 4, 2), 3);
    assert_close(rank[0], 4.0 / 3, 1e-15);
    assert_int_equal(kd_ranks_friedman(score, 4, 2).corpora, 3);
}

static void test_claims_nothing_without_two_corpora_or_where_all_is_tied(void **state)
{
    static const double score[] = { 0.9, 0.8, 0.7 }, tied[] = { 1, 1, 1, 1 };
    const double        none[] = { NAN, 1 };
    double              rank[3];

    (void)state;
    assert_true(isnan(kd_ranks_friedman(score, 1, 3).p_f));
    assert_true(isnan(kd_ranks_friedman(tied, 2, 2).p_f));
    assert_true(isnan(kd_ranks_critical_difference(1, 3, 0.95)));
    assert_int_equal(kd_ranks_mean(rank, none, 1, 2), 0);
    assert_true(isnan(rank[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compares_settings_over_corpora_as_the_reference),
        cmocka_unit_test(test_finds_the_difference_that_two_ranks_must_have),
        cmocka_unit_test(test_shares_ranks_between_equal_scores),
        cmocka_unit_test(test_shows_no_more_than_agreement_can),
        cmocka_unit_test(test_leaves_out_a_corpus_that_lacks_a_setting),
        cmocka_unit_test(test_claims_nothing_without_two_corpora_or_where_all_is_tied),
    };
    int failed;

    significance = kd_golden_open("significance.json");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    kd_json_close(significance);
    return failed;
}
