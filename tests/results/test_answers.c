/* The figures are those of stats.json and significance.json in tests/golden; make_stats.py and
 * make_significance.py say where they come from. */
#include "results/answers.h"
#include "tests/results/figures.h"

static kd_json_document *golden, *significance;

/* The counts of an array of [tp, predicted, gold]; the caller frees them. */
static kd_counts *counts_of(const kd_json *array, size_t *n)
{
    kd_counts *out = kd_alloc(kd_json_count(array) + 1, sizeof *out);

    *n = kd_json_count(array);
    for (size_t i = 0; i < *n; i++) {
        const kd_json *c = kd_json_at(array, i);
        out[i] =
            (kd_counts){ (int32_t)real_at(c, 0), (int32_t)real_at(c, 1), (int32_t)real_at(c, 2) };
    }
    return out;
}

/* One run a side. */
static kd_answers *answers_of_two(const kd_json *a, const kd_json *b)
{
    kd_answers *answers;
    size_t      n, m;
    kd_counts  *x = counts_of(a, &n), *y = counts_of(b, &m);

    assert_int_equal(n, m);
    answers = kd_answers_create(n, 1, 2);
    kd_answers_add(answers, 0, x);
    kd_answers_add(answers, 1, y);
    free(x);
    free(y);
    return answers;
}

static void add_runs(kd_answers **answers, size_t side, const kd_json *runs)
{
    for (size_t r = 0; r < kd_json_count(runs); r++) {
        size_t     n;
        kd_counts *counts = counts_of(kd_json_at(runs, r), &n);
        if (*answers == NULL) *answers = kd_answers_create(n, 1, 2);
        kd_answers_add(*answers, side, counts);
        free(counts);
    }
}

static void test_measures_f1_over_all_sentences(void **state)
{
    kd_counts a[] = { { 1, 2, 2 }, { 0, 0, 1 } };

    (void)state;
    assert_close(kd_answers_f1(a, 2, 1), 0.4, 1e-15);
    assert_close(kd_answers_f1(a, 0, 1), 0.0, 0);
}

/* ---- a mean over classes ---- */

enum { PAIRS = 11, CLASSES = 3 };

/* The class of each pair, and what two runs say. */
static const int gold_class[PAIRS] = { 0, 1, 2, 1, 0, 1, 1, 0, 1, 2, 1 };
static const int said_class[2][PAIRS] = { { 0, 1, 2, 1, 0, 1, 0, 0, 1, 1, 1 },
                                          { 1, 1, 1, 0, 0, 0, 1, 1, 0, 2, 1 } };

static void count_pair(kd_counts *row, int gold, int said)
{
    row[gold].gold++;
    row[said].predicted++;
    row[said].tp += gold == said;
}

/* F1 of each class by its definition, and their mean, when `bits` tells whose answers are exchanged. */
static double macro_f1(int side, unsigned bits)
{
    double total = 0;
    for (int k = 0; k < CLASSES; k++) {
        int right = 0, said = 0, gold = 0;
        for (int i = 0; i < PAIRS; i++) {
            int s = said_class[side ^ (int)(bits >> i & 1)][i];
            right += s == k && gold_class[i] == k;
            said += s == k;
            gold += gold_class[i] == k;
        }
        total += 2.0 * right / (said + gold) / CLASSES;
    }
    return total;
}

static void test_exchanges_answers_where_f1_is_a_mean_over_classes(void **state)
{
    enum { ALL = 1 << PAIRS, DRAWS = 100000 };
    kd_counts   counts[2][PAIRS * CLASSES] = { 0 };
    kd_answers *answers = kd_answers_create(PAIRS, CLASSES, 2);
    kd_rng      rng = kd_rng_root(3);
    double      observed = macro_f1(0, 0) - macro_f1(1, 0);
    unsigned    hits = 0;

    (void)state;
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < PAIRS; i++)
            count_pair(&counts[side][i * CLASSES], gold_class[i], said_class[side][i]);
        assert_close(kd_answers_f1(counts[side], PAIRS, CLASSES), macro_f1(side, 0), 1e-14);
        for (int run = 0; run < 2; run++) kd_answers_add(answers, (size_t)side, counts[side]);
    }
    for (unsigned bits = 0; bits < ALL; bits++)
        hits += fabs(macro_f1(0, bits) - macro_f1(1, bits)) >= fabs(observed) - 1e-12;
    assert_in_range(hits, ALL / 20, ALL - ALL / 20); /* a p that can be wrong both ways */
    kd_answers_draw(answers, DRAWS, &rng);
    kd_exchange got = kd_answers_exchange(answers, 0, 1);
    assert_close(got.difference, observed, 1e-14);
    assert_close(got.p, (double)hits / ALL, 4.0 * sqrt(0.25 / DRAWS));
    kd_two_level t = kd_answers_interval(answers, 0, 1, 0.95);
    assert_close(t.difference, observed, 1e-14);
    assert_true(t.sentences_sd > 0);
    kd_answers_destroy(answers);
}

static void test_exchanges_answers_towards_the_exact_chance(void **state)
{
    const kd_json *c = golden_in(golden, "randomise");
    kd_answers    *answers = answers_of_two(kd_json_get(c, "a"), kd_json_get(c, "b"));
    kd_rng         rng = kd_rng_root(5);
    kd_exchange    r;

    (void)state;
    kd_answers_draw(answers, 200000, &rng);
    r = kd_answers_exchange(answers, 0, 1);
    assert_close(r.difference, real_of(c, "difference"), 1e-14);
    /* four standard errors of 200,000 draws */
    assert_close(r.p, real_of(c, "p"), 4.0 * sqrt(0.25 / 200000));
    kd_answers_destroy(answers);
}

static void test_sees_equal_answers_as_alike(void **state)
{
    kd_counts    a[] = { { 1, 2, 2 }, { 0, 0, 1 } };
    kd_answers  *answers = kd_answers_create(2, 1, 2);
    kd_rng       rng = kd_rng_root(5);
    kd_exchange  e;
    kd_two_level t;

    (void)state;
    for (size_t side = 0; side < 2; side++)
        for (int r = 0; r < 2; r++) kd_answers_add(answers, side, a);
    kd_answers_draw(answers, 100, &rng);
    e = kd_answers_exchange(answers, 0, 1);
    t = kd_answers_interval(answers, 0, 1, 0.95);
    assert_close(e.difference, 0.0, 0);
    assert_close(e.p, 1.0, 0);
    assert_close(t.difference, 0.0, 0);
    assert_true(isnan(t.p)); /* nothing varies: there is nothing to hold it against */
    kd_answers_destroy(answers);
}

/* A second count of the same runs changes no mean, so it must change no answer. */
static void test_weighs_sides_by_their_means_not_by_their_runs(void **state)
{
    const kd_json *c = golden_in(golden, "randomise");
    kd_answers    *one = answers_of_two(kd_json_get(c, "a"), kd_json_get(c, "b"));
    kd_answers    *two = answers_of_two(kd_json_get(c, "a"), kd_json_get(c, "b"));
    kd_rng         rng = kd_rng_root(5);
    size_t         n;
    kd_counts     *a = counts_of(kd_json_get(c, "a"), &n);

    (void)state;
    kd_answers_add(two, 0, a);
    kd_answers_draw(one, 1000, &rng);
    kd_answers_draw(two, 1000, &rng);
    assert_close(kd_answers_exchange(two, 0, 1).p, kd_answers_exchange(one, 0, 1).p, 0);
    free(a);
    kd_answers_destroy(one);
    kd_answers_destroy(two);
}

static void test_counts_each_source_of_chance_once(void **state)
{
    const kd_json *cases = golden_in(significance, "two_level");

    (void)state;
    for (size_t k = 0; k < kd_json_count(cases); k++) {
        const kd_json *c = kd_json_at(cases, k);
        kd_answers    *answers = NULL;
        kd_rng         rng = kd_rng_root(1);
        kd_two_level   t;
        add_runs(&answers, 0, kd_json_get(c, "a"));
        add_runs(&answers, 1, kd_json_get(c, "b"));
        kd_answers_draw(answers, 20000, &rng);
        t = kd_answers_interval(answers, 0, 1, 0.95);
        assert_close(t.difference, real_of(c, "difference"), 1e-13);
        assert_close(t.seeds_sd, real_of(c, "seeds_sd"), 1e-12);
        /* variances of 20,000 and of 200,000 draws: 1 % and 0.3 % of what they are taken from */
        assert_close(t.sentences_sd, real_of(c, "sentences_sd"), 0.001);
        assert_close(t.df / real_of(c, "df"), 1.0, 0.03);
        assert_close(t.p / real_of(c, "p"), 1.0, 0.03);
        assert_close(t.interval.high - t.difference, real_of(c, "half"), 0.001);
        assert_close(t.difference - t.interval.low, real_of(c, "half"), 0.001);
        kd_answers_destroy(answers);
    }
}

static void test_leaves_the_spread_of_one_run_undefined(void **state)
{
    const kd_json *c = golden_in(golden, "randomise");
    kd_answers    *answers = answers_of_two(kd_json_get(c, "a"), kd_json_get(c, "b"));
    kd_rng         rng = kd_rng_root(5);
    kd_two_level   t;

    (void)state;
    kd_answers_draw(answers, 100, &rng);
    t = kd_answers_interval(answers, 0, 1, 0.95);
    assert_close(t.difference, real_of(c, "difference"), 1e-14);
    assert_true(isnan(t.p) && isnan(t.interval.low) && isnan(t.seeds_sd));
    kd_answers_destroy(answers);
}

static void test_claims_nothing_of_a_side_without_runs(void **state)
{
    kd_answers *answers = kd_answers_create(3, 1, 2);
    kd_rng      rng = kd_rng_root(5);

    (void)state;
    kd_answers_draw(answers, 100, &rng);
    assert_true(isnan(kd_answers_exchange(answers, 0, 1).p));
    assert_true(isnan(kd_answers_interval(answers, 0, 1, 0.95).p));
    kd_answers_destroy(answers);
    kd_answers_destroy(NULL);
}

/* Counts that no f32 could sum, for which sentences are multiplied block by block. */
static void test_sums_counts_of_any_size(void **state)
{
    enum { N = 64, LARGE = 1 << 18 };
    kd_counts   a[N], b[N], small_a[N], small_b[N];
    kd_answers *large = kd_answers_create(N, 1, 2), *small = kd_answers_create(N, 1, 2);
    kd_rng      rng = kd_rng_root(7);

    (void)state;
    for (int i = 0; i < N; i++) {
        small_a[i] = (kd_counts){ i % 3, 3, 3 };
        small_b[i] = (kd_counts){ i % 2, 2, 3 };
        a[i] = (kd_counts){ LARGE * (i % 3), LARGE * 3, LARGE * 3 };
        b[i] = (kd_counts){ LARGE * (i % 2), LARGE * 2, LARGE * 3 };
    }
    kd_answers_add(large, 0, a);
    kd_answers_add(large, 1, b);
    kd_answers_add(small, 0, small_a);
    kd_answers_add(small, 1, small_b);
    kd_answers_draw(large, 2000, &rng);
    kd_answers_draw(small, 2000, &rng);
    assert_close(kd_answers_exchange(large, 0, 1).p, kd_answers_exchange(small, 0, 1).p, 0);
    kd_answers_destroy(large);
    kd_answers_destroy(small);
}

static void test_gives_a_pair_the_same_figures_beside_any_others(void **state)
{
    const kd_json *c = kd_json_at(golden_in(significance, "two_level"), 1);
    kd_answers    *alone = NULL, *beside;
    kd_rng         rng = kd_rng_root(1);
    kd_two_level   t, u;

    (void)state;
    add_runs(&alone, 0, kd_json_get(c, "a"));
    add_runs(&alone, 1, kd_json_get(c, "b"));
    beside = kd_answers_create(kd_json_count(kd_json_at(kd_json_get(c, "a"), 0)), 1, 3);
    add_runs(&beside, 2, kd_json_get(c, "b"));
    add_runs(&beside, 0, kd_json_get(c, "b"));
    add_runs(&beside, 1, kd_json_get(c, "a"));
    kd_answers_draw(alone, 300, &rng);
    kd_rng_next(&rng); /* what was drawn from a stream does not move those split from it */
    kd_answers_draw(beside, 300, &rng);
    t = kd_answers_interval(alone, 0, 1, 0.95);
    u = kd_answers_interval(beside, 1, 2, 0.95);
    assert_true(t.p == u.p && t.interval.low == u.interval.low);
    assert_true(kd_answers_exchange(alone, 0, 1).p == kd_answers_exchange(beside, 1, 2).p);
    kd_answers_destroy(alone);
    kd_answers_destroy(beside);
}

/* What is drawn for several sets at once is what each has by itself. */
static void test_draws_for_several_what_each_has_alone(void **state)
{
    const kd_json *c = kd_json_at(golden_in(significance, "two_level"), 1);
    kd_answers    *alone[2] = { NULL, NULL }, *all[2] = { NULL, NULL };
    kd_rng         rng = kd_rng_root(1);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        add_runs(&alone[i], 0, kd_json_get(c, i == 0 ? "a" : "b"));
        add_runs(&alone[i], 1, kd_json_get(c, i == 0 ? "b" : "a"));
        add_runs(&all[i], 0, kd_json_get(c, i == 0 ? "a" : "b"));
        add_runs(&all[i], 1, kd_json_get(c, i == 0 ? "b" : "a"));
        kd_answers_draw(alone[i], 300, &rng);
    }
    kd_answers_draw_all(all, 2, 300, &rng);
    for (size_t i = 0; i < 2; i++) {
        kd_two_level t = kd_answers_interval(alone[i], 0, 1, 0.95);
        kd_two_level u = kd_answers_interval(all[i], 0, 1, 0.95);
        assert_true(t.p == u.p && t.interval.low == u.interval.low);
        assert_true(kd_answers_exchange(alone[i], 0, 1).p == kd_answers_exchange(all[i], 0, 1).p);
        kd_answers_destroy(alone[i]);
        kd_answers_destroy(all[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_measures_f1_over_all_sentences),
        cmocka_unit_test(test_exchanges_answers_where_f1_is_a_mean_over_classes),
        cmocka_unit_test(test_exchanges_answers_towards_the_exact_chance),
        cmocka_unit_test(test_sees_equal_answers_as_alike),
        cmocka_unit_test(test_weighs_sides_by_their_means_not_by_their_runs),
        cmocka_unit_test(test_counts_each_source_of_chance_once),
        cmocka_unit_test(test_leaves_the_spread_of_one_run_undefined),
        cmocka_unit_test(test_claims_nothing_of_a_side_without_runs),
        cmocka_unit_test(test_sums_counts_of_any_size),
        cmocka_unit_test(test_gives_a_pair_the_same_figures_beside_any_others),
        cmocka_unit_test(test_draws_for_several_what_each_has_alone),
    };
    int failed;

    golden = kd_golden_open("stats.json");
    significance = kd_golden_open("significance.json");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    kd_json_close(golden);
    kd_json_close(significance);
    return failed;
}
