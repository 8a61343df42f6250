/* Figures are made up; what is tested are the words. */
#include <math.h>

#include "results/family.h"
#include "results/verdict.h"
#include "tests/support/support.h"

static const kd_interval no_interval = { NAN, NAN };

/* Two sides of F1, from their runs alone. */
static kd_evidence evidence_of(const double *a, size_t na, const double *b, size_t nb)
{
    kd_evidence e = { .a = "soft",
                      .b = "none",
                      .scale = 100,
                      .unit = "points",
                      .decimals = 1,
                      .better = +1,
                      .level = 0.95,
                      .family = 1 };

    e.sample_a = kd_stats_describe(a, na);
    e.sample_b = kd_stats_describe(b, nb);
    e.welch = kd_stats_welch(&e.sample_a, &e.sample_b, e.level);
    e.two_level = (kd_two_level){ NAN, NAN, NAN, NAN, NAN, no_interval };
    e.exchange = (kd_exchange){ NAN, NAN };
    e.chance = kd_dominance_chance(a, na, b, nb, e.level);
    e.almost = (kd_almost){ NAN, NAN };
    e.p_adjusted = kd_verdict_p(&e);
    return e;
}

static const double high[] = { 0.812, 0.816, 0.811 }, low[] = { 0.791, 0.795, 0.790 };
static const double wide[] = { 0.780, 0.812, 0.795 };

static void assert_says(const kd_evidence *e, const char *want)
{
    kd_str out = KD_STR_INIT;

    kd_verdict_say(&out, e);
    assert_string_equal(out.text, want);
    kd_str_fini(&out);
}

static void test_names_the_better_side_and_the_test_it_stands_on(void **state)
{
    kd_evidence e = evidence_of(high, 3, low, 3);

    (void)state;
    assert_int_equal(kd_verdict_basis(&e), KD_BASIS_WELCH);
    assert_true(kd_verdict_differs(&e));
    assert_says(&e, "soft is better than none by 2.1 points (95 % interval 1.5 to 2.7): p = "
                    "0.0006, by Welch's test over 3 runs a side. It speaks of other seeds on this "
                    "test split, not of other sentences or corpora.");
}

static void test_turns_the_sentence_where_b_is_the_better_side(void **state)
{
    kd_evidence e = evidence_of(low, 3, high, 3), loss = evidence_of(low, 3, high, 3);
    kd_evidence size = evidence_of(low, 3, high, 3);
    kd_str      out = KD_STR_INIT;

    (void)state;
    loss.better = -1;
    size.better = 0;
    kd_verdict_say(&out, &e);
    assert_true(kd_starts_with(
        out.text, "none is better than soft by 2.1 points (95 % interval 1.5 to 2.7)"));
    kd_str_reset(&out);
    kd_verdict_say(&out, &loss);
    assert_true(kd_starts_with(out.text, "soft is better than none by 2.1 points"));
    kd_str_reset(&out);
    kd_verdict_say(&out, &size);
    assert_true(kd_starts_with(out.text, "none is higher than soft by 2.1 points"));
    kd_str_fini(&out);
}

static void test_says_what_could_have_been_shown_where_nothing_was(void **state)
{
    kd_evidence e = evidence_of(wide, 3, low, 3);

    (void)state;
    assert_false(kd_verdict_differs(&e));
    assert_says(
        &e,
        "No difference between soft and none is shown: soft - none is 0.4 points (95 % interval "
        "-3.5 to 4.2), p = 0.73, by Welch's test over 3 runs a side. With this spread 3 runs a "
        "side cannot show less than 3.8 points; that none is shown does not make them alike.");
}

/* p = 0.00063 three times is 0.0019; a p that is small by itself may not be among others. */
static void test_counts_the_family(void **state)
{
    kd_evidence e = evidence_of(high, 3, low, 3);
    double      p[] = { e.p_adjusted, 0.5, 0.6 };

    (void)state;
    e.family = 3;
    kd_family_holm(p, 3);
    e.p_adjusted = p[0];
    assert_says(
        &e,
        "soft is better than none by 2.1 points (95 % interval 1.5 to 2.7): p = 0.0006, and p = "
        "0.0019 after Holm's correction for 3 comparisons, by Welch's test over 3 runs a side. It "
        "speaks of other seeds on this test split, not of other sentences or corpora.");
    e.family = 200;
    e.p_adjusted = 0.11;
    assert_false(kd_verdict_differs(&e));
}

static void test_stands_on_seeds_and_sentences_where_it_can(void **state)
{
    kd_evidence e = evidence_of(high, 3, low, 2);

    (void)state;
    e.sentences = 940;
    e.two_level = (kd_two_level){ 0.0205, 0.003, 0.006, 40, 0.0123, { 0.0047, 0.0363 } };
    e.p_adjusted = kd_verdict_p(&e);
    assert_int_equal(kd_verdict_basis(&e), KD_BASIS_TWO_LEVEL);
    assert_says(&e, "soft is better than none by 2.0 points (95 % interval 0.5 to 3.6): p = "
                    "0.0123, by the two-level test over 3 and 2 runs and 940 sentences. It speaks "
                    "of other seeds and of other sentences of this kind, not of other corpora.");
}

static void test_claims_nothing_about_seeds_from_one_run(void **state)
{
    kd_evidence e = evidence_of(high, 1, low, 1);

    (void)state;
    assert_int_equal(kd_verdict_basis(&e), KD_BASIS_NONE);
    assert_false(kd_verdict_differs(&e));
    assert_says(&e, "Nothing can be said of soft and none: soft - none is 2.1 points, and a side "
                    "with one run has no spread to hold it against.");
    e.sentences = 940;
    e.exchange = (kd_exchange){ 0.021, 0.00009999 };
    e.p_adjusted = e.exchange.p;
    assert_says(&e, "soft is better than none by 2.1 points: p < 0.0001, by exchanging answers "
                    "over 1 run a side and 940 sentences. It speaks of these trained models on "
                    "sentences of this kind, not of other seeds.");
    e.exchange.p = e.p_adjusted = 0.3;
    assert_says(&e, "No difference between soft and none is shown: soft - none is 2.1 points, p = "
                    "0.30, by exchanging answers over 1 run a side and 940 sentences. It speaks of "
                    "these trained models on sentences of this kind, not of other seeds.");
}

static void test_says_why_there_is_no_test(void **state)
{
    static const double flat[] = { 0.5, 0.5 }, other[] = { 0.6, 0.6 };
    kd_evidence         e = evidence_of(flat, 2, other, 2), empty = evidence_of(flat, 2, other, 0);

    (void)state;
    assert_says(&e,
                "Nothing can be said of soft and none: soft - none is -10.0 points, and no run "
                "differs from the others of its side, so there is no spread to hold it against.");
    assert_says(&empty, "There is nothing to compare: none has no run.");
}

static void test_explains_every_test_that_was_made(void **state)
{
    static const double difference[] = { 0.021, 0.021, 0.0211 };
    kd_evidence         e = evidence_of(high, 3, low, 3);
    kd_str              out = KD_STR_INIT;

    (void)state;
    e.pairs = 3;
    e.paired = kd_stats_paired(difference, 3, 0.95);
    e.wilcoxon = kd_stats_wilcoxon(difference, 3);
    e.sentences = 940;
    e.two_level = (kd_two_level){ 0.021, 0.003, 0.006, 40, 0.0123, { 0.0047, 0.0363 } };
    e.exchange = (kd_exchange){ 0.021, 0.004 };
    e.almost = (kd_almost){ 0.0, 0.01 };
    e.family = 3;
    e.p_adjusted = 0.0369;
    kd_verdict_explain(&out, &e);
    assert_string_equal(
        out.text,
        "means: soft 81.3 (n 3, sd 0.26), none 79.2 (n 3, sd 0.26); soft - none is 2.1 points\n"
        "two-level: 95 % interval 0.5 to 3.6, p = 0.0123; other seeds move the difference by 0.30, "
        "other sentences by 0.60 more (sd)\n"
        "Welch: t = 9.72, df = 4.0, 95 % interval 1.5 to 2.7, p = 0.0006; takes the test split as "
        "it is; finds a difference of 0.8 points four times in five\n"
        "exchange of answers to 940 sentences: p = 0.0040; takes the trained models as they are\n"
        "3 pairs of runs: paired t p < 0.0001; Wilcoxon p = 0.25, which so many cannot bring below "
        "0.25\n"
        "chance that a run of soft lies above one of none: 1.00 (0.50 to 1.00)\n"
        "almost stochastic order of soft above none: violation 0.00, bound 0.01 (below 0.2: above "
        "almost everywhere)\n"
        "the two-level test decides: there are runs, and counts of sentences; its p after Holm's "
        "correction among 3 comparisons is held against 0.05\n");
    kd_str_fini(&out);
}

static void test_explains_nothing_that_was_not_made(void **state)
{
    kd_evidence e = evidence_of(high, 1, low, 1);
    kd_str      out = KD_STR_INIT;

    (void)state;
    e.chance.chance = NAN;
    kd_verdict_explain(&out, &e);
    assert_string_equal(out.text,
                        "means: soft 81.2 (n 1), none 79.1 (n 1); soft - none is 2.1 points\n"
                        "no test: there is no spread\n");
    kd_str_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_the_better_side_and_the_test_it_stands_on),
        cmocka_unit_test(test_turns_the_sentence_where_b_is_the_better_side),
        cmocka_unit_test(test_says_what_could_have_been_shown_where_nothing_was),
        cmocka_unit_test(test_counts_the_family),
        cmocka_unit_test(test_stands_on_seeds_and_sentences_where_it_can),
        cmocka_unit_test(test_claims_nothing_about_seeds_from_one_run),
        cmocka_unit_test(test_says_why_there_is_no_test),
        cmocka_unit_test(test_explains_every_test_that_was_made),
        cmocka_unit_test(test_explains_nothing_that_was_not_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
