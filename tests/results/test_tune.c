/* The figures are those of tests/golden/significance.json; make_significance.py says where they
 * come from. */
#include "results/tune.h"
#include "tests/results/figures.h"

static kd_json_document *significance;

static void test_reports_on_test_what_devel_chose(void **state)
{
    static const kd_tune_run runs[] = {
        { 0, 0.79, 0.99 }, { 1, 0.82, 0.80 }, { 2, 0.81, 0.90 }, /* the best on test is not taken */
        { 0, 0.78, 0.98 }, { 1, 0.81, 0.79 }, { 2, 0.80, 0.91 },
    };
    kd_tuned c = kd_tune_choose(runs, 6, 3, +1, true);

    (void)state;
    assert_int_equal(c.chosen, 1);
    assert_close(c.devel.mean, 0.815, 1e-15);
    assert_close(c.test.mean, 0.795, 1e-15);
    assert_int_equal(c.test.n, 2);
    assert_int_equal(c.tried, 3);
    assert_int_equal(c.runs, 6);
    assert_false(c.is_at_edge || c.is_uneven);
}

static void test_does_not_look_at_test_when_it_chooses(void **state)
{
    kd_tune_run runs[] = { { 0, 0.5, 0.1 }, { 1, 0.6, 0.2 }, { 2, 0.4, 0.3 } };
    kd_tuned    c;

    (void)state;
    for (int i = 0; i < 3; i++) {
        runs[i].test = 1000.0;
        c = kd_tune_choose(runs, 3, 3, +1, true);
        assert_int_equal(c.chosen, 1);
        runs[i].test = NAN;
        c = kd_tune_choose(runs, 3, 3, +1, true);
        assert_int_equal(c.chosen, 1);
    }
    assert_int_equal(c.test.n, 0);
}

static void test_warns_where_the_best_lies_at_the_edge(void **state)
{
    static const struct {
        double devel[4]; /* of four values in order; NaN was not run */
        int    better;
        bool   is_ordered, is_at_edge;
    } cases[] = {
        { { 1, 2, 3, 4 }, +1, true, true },     { { 4, 3, 2, 1 }, +1, true, true },
        { { 1, 4, 3, 2 }, +1, true, false },    { { 1, 4, 3, 2 }, -1, true, true },
        { { 1, 2, 4, NAN }, +1, true, true },   { { NAN, 2, 4, 3 }, +1, true, false },
        { { 1, 2, 3, 4 }, +1, false, false },   { { NAN, 2, NAN, NAN }, +1, true, false },
        { { NAN, NAN, 1, 2 }, +1, true, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_tune_run runs[4];
        for (size_t k = 0; k < 4; k++) runs[k] = (kd_tune_run){ k, cases[i].devel[k], 0 };
        assert_int_equal(
            kd_tune_choose(runs, 4, 4, cases[i].better, cases[i].is_ordered).is_at_edge,
            cases[i].is_at_edge);
    }
}

static void test_leaves_out_runs_without_a_devel_score(void **state)
{
    static const kd_tune_run runs[] = {
        { 0, 0.7, 0.6 }, { 0, NAN, 0.9 }, { 1, NAN, 0.9 }, { 2, 0.6, 0.8 }, { 2, 0.6, 0.8 }
    };
    static const kd_tune_run none[] = { { 0, NAN, 0.9 } };
    kd_tuned                 c = kd_tune_choose(runs, 5, 3, +1, true);

    (void)state;
    assert_int_equal(c.chosen, 0);
    assert_int_equal(c.tried, 2);
    assert_int_equal(c.runs, 3);
    assert_close(c.test.mean, 0.6, 0);
    assert_true(c.is_uneven);
    assert_true(kd_tune_choose(none, 1, 1, +1, true).chosen == KD_TUNE_NONE);
}

static void test_takes_the_first_of_equals(void **state)
{
    static const kd_tune_run runs[] = { { 0, 0.5, 1 }, { 1, 0.7, 2 }, { 2, 0.7, 3 } };

    (void)state;
    assert_int_equal(kd_tune_choose(runs, 3, 3, +1, true).chosen, 1);
}

static void test_says_how_it_was_chosen(void **state)
{
    static const kd_tune_run runs[] = {
        { 0, 0.5, 1 }, { 1, 0.7, 2 }, { 1, 0.7, 3 }, { 2, 0.6, 3 }
    };
    static const struct {
        size_t      count, candidates;
        const char *want;
    } cases[] = {
        { 4, 3,
          "train.lr = 1e-4 by devel.f1, of 3 values in 4 runs; values were run unequally often" },
        { 2, 2,
          "train.lr = 1e-4 by devel.f1, of 2 values in 2 runs; the edge of what was tried: a "
          "better one may lie beyond" },
        { 1, 1, "train.lr = 1e-4 by devel.f1, of 1 value in 1 run" },
        { 0, 1, "train.lr: nothing to choose from, no run has devel.f1" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_tuned c = kd_tune_choose(runs, cases[i].count, cases[i].candidates, +1, true);
        kd_str   out = KD_STR_INIT;
        kd_tuned_say(&out, &c, c.chosen == KD_TUNE_NONE ? "train.lr" : "train.lr = 1e-4",
                     "devel.f1");
        assert_string_equal(out.text, cases[i].want);
        kd_str_fini(&out);
    }
}

static void test_expects_the_best_of_n_as_all_draws_do(void **state)
{
    const kd_json *cases = golden_in(significance, "expected_best");

    (void)state;
    for (size_t k = 0; k < kd_json_count(cases); k++) {
        const kd_json *c = kd_json_at(cases, k), *want = kd_json_get(c, "mean");
        size_t         n, m;
        double        *by = reals_of(kd_json_get(c, "by"), &n);
        double        *report = reals_of(kd_json_get(c, "report"), &m), curve[5], sd[5];
        kd_tune_expect(curve, sd, 5, by, report, n, +1);
        for (size_t i = 0; i < 5; i++) {
            assert_close(curve[i], real_at(want, i), 1e-13);
            assert_close(sd[i], real_at(kd_json_get(c, "sd"), i), 1e-7);
        }
        free(by);
        free(report);
    }
}

static void test_expects_the_least_where_less_is_better(void **state)
{
    static const double loss[] = { 3, 1, 2 };
    double              curve[2];

    (void)state;
    kd_tune_expect(curve, NULL, 2, loss, loss, 3, -1);
    assert_close(curve[0], 2.0, 1e-15);
    assert_close(curve[1], (1 * 5 + 2 * 3 + 3 * 1) / 9.0, 1e-15); /* of nine pairs of draws */
}

static void test_expects_nothing_of_nothing(void **state)
{
    const double by[] = { NAN, 1 }, report[] = { 1, NAN };
    double       curve[1], sd[1];

    (void)state;
    kd_tune_expect(curve, sd, 1, by, report, 2, +1);
    assert_true(isnan(curve[0]) && isnan(sd[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports_on_test_what_devel_chose),
        cmocka_unit_test(test_does_not_look_at_test_when_it_chooses),
        cmocka_unit_test(test_warns_where_the_best_lies_at_the_edge),
        cmocka_unit_test(test_leaves_out_runs_without_a_devel_score),
        cmocka_unit_test(test_takes_the_first_of_equals),
        cmocka_unit_test(test_says_how_it_was_chosen),
        cmocka_unit_test(test_expects_the_best_of_n_as_all_draws_do),
        cmocka_unit_test(test_expects_the_least_where_less_is_better),
        cmocka_unit_test(test_expects_nothing_of_nothing),
    };
    int failed;

    significance = kd_golden_open("significance.json");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    kd_json_close(significance);
    return failed;
}
