/* test_corpora.c - answers to several corpora: within each, against full enumeration and against the tests of one. */
#include <math.h>
#include <string.h>

#include "results/corpora.h"
#include "tests/support/support.h"

enum { DRAWS = 20000 };

/* Of `n` sentences with three entities each; which of them are found follows from the numbers. */
static kd_split_counts make_counts(kd_counts *counts, size_t n, const char *gold, int luck)
{
    for (size_t i = 0; i < n; i++) counts[i] = (kd_counts){ ((int)i * 7 + luck * 5) % 4, 3, 3 };
    return (kd_split_counts){ counts, n, gold, 1 };
}

static void test_is_the_test_of_one_corpus_where_there_is_one(void **state)
{
    kd_counts    counts[40];
    kd_corpora  *corpora = kd_corpora_create(2);
    kd_answers  *answers = kd_answers_create(40, 1, 2);
    kd_rng       root = kd_rng_root(0);
    kd_two_level want, got;

    (void)state;
    for (int run = 0; run < 6; run++) {
        kd_split_counts of_run = make_counts(counts, 40, "x", run * run);
        kd_corpora_add(corpora, (size_t)run % 2, &of_run);
        kd_answers_add(answers, (size_t)run % 2, counts);
    }
    kd_corpora_draw(corpora, 1000, &root);
    kd_answers_draw(answers, 1000, &root);
    assert_true(kd_corpora_shared(corpora, 0, 1));
    assert_int_equal(kd_corpora_sentences(corpora, 0, 1), 40);
    assert_close(kd_corpora_exchange(corpora, 0, 1).p, kd_answers_exchange(answers, 0, 1).p, 0);
    want = kd_answers_interval(answers, 0, 1, 0.95);
    got = kd_corpora_interval(corpora, 0, 1, 0.95);
    assert_close(got.p, want.p, 0);
    assert_close(got.interval.low, want.interval.low, 0);
    kd_corpora_destroy(corpora);
    kd_answers_destroy(answers);
}

/* Two sides on corpora of other lengths, in other orders: drawn at once each has what it has alone. */
static kd_corpora *fill(const size_t *sentences, size_t count)
{
    static const char *const names[] = { "x", "y", "z" };
    kd_counts                counts[60];
    kd_corpora              *corpora = kd_corpora_create(2);

    for (size_t c = 0; c < count; c++)
        for (int run = 0; run < 4; run++) {
            kd_split_counts of_run =
                make_counts(counts, sentences[c], names[c], run * run + (int)c);
            kd_corpora_add(corpora, (size_t)run % 2, &of_run);
        }
    return corpora;
}

static void test_draws_at_once_what_each_has_alone(void **state)
{
    static const size_t lengths[3][3] = { { 40, 60 }, { 60, 40, 40 }, { 40 } };
    static const size_t counts[3] = { 2, 3, 1 };
    kd_corpora         *alone[3], *all[3];
    kd_rng              root = kd_rng_root(0);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        alone[i] = fill(lengths[i], counts[i]);
        all[i] = fill(lengths[i], counts[i]);
        kd_corpora_draw(alone[i], 500, &root);
    }
    kd_corpora_draw_all(all, 3, 500, &root);
    for (size_t i = 0; i < 3; i++) {
        assert_close(kd_corpora_exchange(all[i], 0, 1).p, kd_corpora_exchange(alone[i], 0, 1).p, 0);
        assert_close(kd_corpora_interval(all[i], 0, 1, 0.95).p,
                     kd_corpora_interval(alone[i], 0, 1, 0.95).p, 0);
        kd_corpora_destroy(alone[i]);
        kd_corpora_destroy(all[i]);
    }
}

/* F1 of a - F1 of b on one corpus of n sentences when those whose bits are set are exchanged. */
static double exchanged(const kd_counts *a, const kd_counts *b, size_t n, unsigned bits)
{
    kd_counts x[8], y[8];

    for (size_t i = 0; i < n; i++) {
        x[i] = bits >> i & 1 ? b[i] : a[i];
        y[i] = bits >> i & 1 ? a[i] : b[i];
    }
    return kd_answers_f1(x, n, 1) - kd_answers_f1(y, n, 1);
}

/* Five and six sentences: all 2^11 exchanges. The second corpus has twice the runs, so twice the weight. */
static void test_exchanges_within_each_corpus(void **state)
{
    static const kd_counts
        a1[] = { { 3, 3, 3 }, { 2, 2, 3 }, { 1, 1, 1 }, { 0, 1, 2 }, { 2, 3, 3 } },
        b1[] = { { 1, 3, 3 }, { 2, 4, 3 }, { 0, 1, 1 }, { 1, 1, 2 }, { 1, 3, 3 } },
        a2[] = { { 1, 2, 4 }, { 3, 4, 4 }, { 1, 1, 2 }, { 2, 2, 2 }, { 0, 2, 1 }, { 1, 3, 1 } },
        b2[] = { { 2, 2, 4 }, { 1, 4, 4 }, { 1, 3, 2 }, { 0, 2, 2 }, { 0, 1, 1 }, { 1, 1, 1 } };
    kd_corpora     *corpora = kd_corpora_create(2);
    kd_rng          root = kd_rng_root(0);
    kd_split_counts side[] = { { (kd_counts *)a1, 5, "x", 1 },
                               { (kd_counts *)b1, 5, "x", 1 },
                               { (kd_counts *)a2, 6, "y", 1 },
                               { (kd_counts *)b2, 6, "y", 1 } };
    double          observed = (exchanged(a1, b1, 5, 0) + 2 * exchanged(a2, b2, 6, 0)) / 3;
    unsigned        hits = 0;

    (void)state;
    for (unsigned bits = 0; bits < 1u << 11; bits++)
        hits += fabs(exchanged(a1, b1, 5, bits & 31) + 2 * exchanged(a2, b2, 6, bits >> 5)) / 3 >=
                fabs(observed) - 1e-12;
    for (int i = 0; i < 6; i++)
        kd_corpora_add(corpora, (size_t)i % 2, &side[i < 2 ? i : 2 + i % 2]);
    kd_corpora_draw(corpora, DRAWS, &root);
    assert_int_equal(kd_corpora_count(corpora, 0, 1), 2);
    assert_int_equal(kd_corpora_sentences(corpora, 0, 1), 11);
    kd_exchange got = kd_corpora_exchange(corpora, 0, 1);
    assert_close(got.difference, observed, 1e-12);
    assert_true(hits > 40 && hits < 2000); /* a p that can be wrong both ways */
    assert_within(got.p, hits / 2048.0, 4 * sqrt(0.25 / DRAWS));
    kd_corpora_destroy(corpora);
}

/* From the figures of each corpus by itself. */
static void test_adds_up_the_variances_of_corpora(void **state)
{
    kd_counts    counts[2][50];
    kd_corpora  *corpora = kd_corpora_create(2);
    kd_answers  *answers[2] = { kd_answers_create(50, 1, 2), kd_answers_create(30, 1, 2) };
    kd_rng       root = kd_rng_root(0), other = kd_rng_split(&root, "corpus", 1);
    kd_two_level one[2], got;

    (void)state;
    for (int run = 0; run < 6; run++)
        for (int c = 0; c < 2; c++) {
            kd_split_counts of_run =
                make_counts(counts[c], c == 0 ? 50 : 30, c == 0 ? "x" : "y", run * (run + c));
            kd_corpora_add(corpora, (size_t)run % 2, &of_run);
            kd_answers_add(answers[c], (size_t)run % 2, counts[c]);
        }
    kd_corpora_draw(corpora, 1000, &root);
    kd_answers_draw(answers[0], 1000, &root);
    kd_answers_draw(answers[1], 1000, &other);
    for (int c = 0; c < 2; c++) one[c] = kd_answers_interval(answers[c], 0, 1, 0.95);
    got = kd_corpora_interval(corpora, 0, 1, 0.95);
    assert_close(got.difference, (one[0].difference + one[1].difference) / 2, 1e-12);
    assert_close(got.seeds_sd, hypot(one[0].seeds_sd, one[1].seeds_sd) / 2, 1e-12);
    assert_close(got.sentences_sd, hypot(one[0].sentences_sd, one[1].sentences_sd) / 2, 1e-12);
    assert_true(got.df >= fmin(one[0].df, one[1].df));
    kd_corpora_destroy(corpora);
    kd_answers_destroy(answers[0]);
    kd_answers_destroy(answers[1]);
}

static void test_compares_no_sides_of_different_corpora(void **state)
{
    kd_counts       counts[20];
    kd_split_counts x = make_counts(counts, 20, "x", 1), y = make_counts(counts, 20, "y", 1);
    kd_corpora     *corpora = kd_corpora_create(3);

    (void)state;
    kd_corpora_add(corpora, 0, &x);
    kd_corpora_add(corpora, 1, &y);
    kd_corpora_add(corpora, 2, &x);
    assert_false(kd_corpora_shared(corpora, 0, 1));
    assert_true(kd_corpora_shared(corpora, 0, 2));
    kd_corpora_add(corpora, 2, &y);
    assert_false(kd_corpora_shared(corpora, 0, 2)); /* one of two corpora is not enough */
    kd_corpora_destroy(corpora);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_the_test_of_one_corpus_where_there_is_one),
        cmocka_unit_test(test_draws_at_once_what_each_has_alone),
        cmocka_unit_test(test_exchanges_within_each_corpus),
        cmocka_unit_test(test_adds_up_the_variances_of_corpora),
        cmocka_unit_test(test_compares_no_sides_of_different_corpora),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
