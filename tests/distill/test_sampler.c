/* test_sampler.c - which sentences a batch has. */
#include "distill/sampler.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"

static kd_sampler_options some(int batch, int told, int untold, double share)
{
    return (kd_sampler_options){ .batch = batch,
                                 .told = told,
                                 .untold = untold,
                                 .share = share,
                                 .is_random = true,
                                 .root = kd_rng_root(5) };
}

/* How often each sentence came in these epochs; batches of `told` and `untold` sentences. */
typedef struct {
    int times[32], batches, largest_told, largest_untold, least_untold;
} tally;

static tally count(const kd_sampler_options *o, int epochs)
{
    kd_sampler *order = kd_sampler_create(o);
    tally       t = { .least_untold = o->batch };
    for (int e = 0; e < epochs; e++)
        for (int b = 0; b < kd_sampler_batches(order); b++, t.batches++) {
            int            count, untold = 0;
            const int32_t *chosen = kd_sampler_choose(order, e, b, t.batches, &count);
            for (int i = 0; i < count; i++) {
                t.times[chosen[i]]++;
                untold += chosen[i] >= o->told;
            }
            if (count - untold > t.largest_told) t.largest_told = count - untold;
            if (untold > t.largest_untold) t.largest_untold = untold;
            if (untold < t.least_untold) t.least_untold = untold;
        }
    kd_sampler_destroy(order);
    return t;
}

static void test_goes_through_all_without_a_share(void **state)
{
    (void)state;
    kd_sampler_options o = some(4, 10, 7, 0);
    tally              t = count(&o, 3);
    assert_int_equal(t.batches, 3 * 5); /* 17 sentences */
    for (int s = 0; s < 17; s++) assert_int_equal(t.times[s], 3);
}

/* Of 8 sentences 0.6 are 5: 3 told ones a batch, 4 batches an epoch for 10 of them. */
static void test_gives_each_batch_its_share(void **state)
{
    (void)state;
    kd_sampler_options o = some(8, 10, 7, 0.6);
    tally              t = count(&o, 7);
    int                least = t.times[10], most = least;
    assert_int_equal(t.batches, 7 * 4);
    assert_int_equal(t.largest_told, 3);
    assert_int_equal(t.largest_untold, 5);
    assert_int_equal(t.least_untold, 5);
    for (int s = 0; s < 10; s++) assert_int_equal(t.times[s], 7);
    for (int s = 10; s < 17; s++) { /* 140 in 7 rounds of 20, wherever epochs end */
        if (t.times[s] < least) least = t.times[s];
        if (t.times[s] > most) most = t.times[s];
    }
    assert_int_equal(least, 20);
    assert_int_equal(most, 20);
}

static void test_leaves_room_for_both_sorts(void **state)
{
    (void)state;
    kd_sampler_options few = some(4, 10, 7, 0.01), many = some(4, 10, 7, 0.99);
    assert_int_equal(count(&few, 1).largest_untold, 1);
    assert_int_equal(count(&many, 1).largest_told, 1);
}

/* A share says nothing where there is nothing to share with. */
static void test_is_the_order_of_before_where_all_have_labels(void **state)
{
    (void)state;
    kd_sampler_options with = some(4, 10, 0, 0.5), without = some(4, 10, 0, 0);
    kd_sampler        *a = kd_sampler_create(&with), *b = kd_sampler_create(&without);
    kd_rng             root = kd_rng_root(5), rng = kd_rng_split(&root, "shuffle", 1);
    int32_t            want[10];
    kd_rng_permute(&rng, want, 10);
    assert_int_equal(kd_sampler_batches(a), 3);
    for (int batch = 0; batch < 3; batch++) {
        int            count, other;
        const int32_t *one = kd_sampler_choose(a, 1, batch, 3 + batch, &count);
        assert_memory_equal(one, want + 4 * batch, (size_t)count * sizeof *one);
        const int32_t *two = kd_sampler_choose(b, 1, batch, 3 + batch, &other);
        assert_int_equal(count, other);
        assert_memory_equal(one, two, (size_t)count * sizeof *one);
    }
    kd_sampler_destroy(a);
    kd_sampler_destroy(b);
}

/* A batch follows from its number alone, so a restart finds it again. */
static void test_finds_a_batch_again(void **state)
{
    (void)state;
    kd_sampler_options o = some(8, 10, 7, 0.6);
    kd_sampler        *whole = kd_sampler_create(&o), *later = kd_sampler_create(&o);
    int                count, again;
    int32_t            kept[8];
    for (int b = 0; b < 11; b++)
        memcpy(kept, kd_sampler_choose(whole, b / 4, b % 4, b, &count), sizeof kept);
    const int32_t *found = kd_sampler_choose(later, 2, 2, 10, &again);
    assert_int_equal(count, again);
    assert_memory_equal(found, kept, (size_t)count * sizeof *kept);
    kd_sampler_destroy(whole);
    kd_sampler_destroy(later);
}

static void test_keeps_the_order_of_the_file(void **state)
{
    (void)state;
    kd_sampler_options o = some(4, 4, 3, 0.5);
    o.is_random = false;
    kd_sampler *order = kd_sampler_create(&o);
    int         count;
    assert_memory_equal(kd_sampler_choose(order, 0, 0, 0, &count), ((int32_t[]){ 0, 1, 4, 5 }), 16);
    assert_memory_equal(kd_sampler_choose(order, 0, 1, 1, &count), ((int32_t[]){ 2, 3, 6, 4 }), 16);
    kd_sampler_destroy(order);
}

static void test_says_what_there_is_too_little_of(void **state)
{
    (void)state;
    kd_error           err;
    kd_sampler_options all = some(18, 10, 7, 0), told = some(32, 10, 20, 0.5),
                       untold = some(16, 10, 7, 0.5), one = some(1, 10, 7, 0.5),
                       fine = some(17, 10, 7, 0);
    assert_ok(kd_sampler_check(&fine, "train.batch", &err), &err);
    assert_fails(KD_ECONFIG, "train.batch: 18 is more than the 17 sentences there are",
                 kd_sampler_check(&all, "train.batch", &err), &err);
    assert_fails(KD_ECONFIG, "train.batch: 16 is more than the 10 labelled sentences there are",
                 kd_sampler_check(&told, "train.batch", &err), &err);
    assert_fails(KD_ECONFIG, "train.batch: 8 is more than the 7 unlabelled sentences there are",
                 kd_sampler_check(&untold, "train.batch", &err), &err);
    assert_fails(KD_ECONFIG, "train.batch: of 1 sentence no share can be unlabelled",
                 kd_sampler_check(&one, "train.batch", &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_through_all_without_a_share),
        cmocka_unit_test(test_gives_each_batch_its_share),
        cmocka_unit_test(test_leaves_room_for_both_sorts),
        cmocka_unit_test(test_is_the_order_of_before_where_all_have_labels),
        cmocka_unit_test(test_finds_a_batch_again),
        cmocka_unit_test(test_keeps_the_order_of_the_file),
        cmocka_unit_test(test_says_what_there_is_too_little_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
