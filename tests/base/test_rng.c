/* test_rng.c - streams are named, independent of draws, and spread as they should. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "harness/base/rng.h"
#include "tests/support/support.h"

static void test_gives_the_same_numbers_for_ever(void **state)
{
    (void)state;
    kd_rng                rng = kd_rng_root(1);
    /* recorded when the generator was made; a change of these changes every result */
    static const uint64_t want[] = { 9319734272639352157u, 8102825804592420634u,
                                     12249162049180815222u };
    for (int i = 0; i < 3; i++) assert_true(kd_rng_next(&rng) == want[i]);
}

static void test_splits_by_name_and_not_by_draws(void **state)
{
    (void)state;
    kd_rng root = kd_rng_root(7), drawn = root;
    for (int i = 0; i < 10; i++) kd_rng_next(&drawn);
    kd_rng a = kd_rng_split(&root, "dropout", 3), b = kd_rng_split(&drawn, "dropout", 3);
    assert_memory_equal(&a, &b, sizeof a);

    kd_rng others[] = { kd_rng_split(&root, "dropout", 4), kd_rng_split(&root, "dropouu", 3),
                        kd_rng_split(&root, "shuffle", 3), kd_rng_split(&a, "dropout", 3) };
    for (int i = 0; i < 4; i++)
        assert_true(kd_rng_next(&others[i]) != a.state[0] && others[i].key != a.key);
}

static void test_is_uniform(void **state)
{
    (void)state;
    kd_rng rng = kd_rng_root(3);
    int    counts[10] = { 0 };
    double sum = 0, squares = 0;
    enum { DRAWS = 200000 };
    for (int i = 0; i < DRAWS; i++) {
        counts[kd_rng_below(&rng, 10)]++;
        double z = kd_rng_normal(&rng);
        sum += z;
        squares += z * z;
    }
    double chi = 0; /* 9 degrees of freedom: above 33.7 once in ten thousand */
    for (int i = 0; i < 10; i++) chi += pow(counts[i] - DRAWS / 10.0, 2) / (DRAWS / 10.0);
    assert_true(chi < 33.7);
    assert_true(fabs(sum / DRAWS) < 4 / sqrt(DRAWS));
    assert_true(fabs(squares / DRAWS - 1) < 4 * sqrt(2.0 / DRAWS));
}

static void test_permutes_every_index_once(void **state)
{
    (void)state;
    kd_rng  rng = kd_rng_root(5);
    int32_t order[257];
    bool    seen[257] = { false };
    int     moved = 0;
    kd_rng_permute(&rng, order, 257);
    for (int i = 0; i < 257; i++) {
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
        moved += order[i] != i;
    }
    assert_true(moved > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_the_same_numbers_for_ever),
        cmocka_unit_test(test_splits_by_name_and_not_by_draws),
        cmocka_unit_test(test_is_uniform),
        cmocka_unit_test(test_permutes_every_index_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
