/* The figures are those of tests/golden/stats.json; make_stats.py says where they come from. */
#include "results/family.h"
#include "tests/results/figures.h"

static kd_json_document *golden;

static void test_pairs_each_side_with_each_other_once(void **state)
{
    static const kd_family_pair want[] = { { 0, 1 }, { 0, 2 }, { 0, 3 },
                                           { 1, 2 }, { 1, 3 }, { 2, 3 } };
    kd_family_pair              got[6];

    (void)state;
    assert_int_equal(kd_family_pairs(got, 4, KD_FAMILY_ALL), 6);
    assert_memory_equal(got, want, sizeof want);
    assert_int_equal(kd_family_pairs(got, 1, KD_FAMILY_ALL), 0);
    assert_int_equal(kd_family_pairs(got, 0, KD_FAMILY_ALL), 0);
}

static void test_pairs_each_side_with_the_baseline(void **state)
{
    static const kd_family_pair want[] = { { 0, 2 }, { 1, 2 }, { 3, 2 } };
    kd_family_pair              got[6];

    (void)state;
    assert_int_equal(kd_family_pairs(got, 4, 2), 3);
    assert_memory_equal(got, want, sizeof want);
}

static void test_corrects_a_family_by_holm(void **state)
{
    const kd_json *cases = golden_in(golden, "holm");

    (void)state;
    for (size_t k = 0; k < kd_json_count(cases); k++) {
        const kd_json *want = kd_json_get(kd_json_at(cases, k), "adjusted");
        size_t         n;
        double        *p = reals_of(kd_json_get(kd_json_at(cases, k), "p"), &n);
        kd_family_holm(p, n);
        for (size_t i = 0; i < n; i++) assert_close(p[i], real_at(want, i), 1e-15);
        free(p);
    }
}

static void test_leaves_an_undefined_p_out_of_the_family(void **state)
{
    double p[] = { NAN, 0.02, 0.03 };

    (void)state;
    kd_family_holm(p, 3);
    assert_true(isnan(p[0]));
    assert_close(p[1], 0.04, 1e-15);
    assert_close(p[2], 0.04, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs_each_side_with_each_other_once),
        cmocka_unit_test(test_pairs_each_side_with_the_baseline),
        cmocka_unit_test(test_corrects_a_family_by_holm),
        cmocka_unit_test(test_leaves_an_undefined_p_out_of_the_family),
    };
    int failed;

    golden = kd_golden_open("stats.json");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    kd_json_close(golden);
    return failed;
}
