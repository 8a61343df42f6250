/* test_id_map.c - ids to numbers. */
#include "harness/base/rng.h"
#include "harness/plan/id_map.h"
#include "tests/support/support.h"

static void test_finds_what_was_put(void **state)
{
    (void)state;
    kd_id_map map;
    kd_rng    rng = kd_rng_root(1), again = kd_rng_root(1);
    kd_id_map_init(&map, 10); /* grows a few times on the way */
    for (int32_t i = 0; i < 5000; i++)
        kd_id_map_put(&map, (kd_id){ kd_rng_next(&rng), kd_rng_next(&rng) }, i);
    for (int32_t i = 0; i < 5000; i++) {
        kd_id id = { kd_rng_next(&again), 0 };
        id.low = kd_rng_next(&again);
        assert_int_equal(kd_id_map_get(&map, id), i);
        id.high++;
        assert_int_equal(kd_id_map_get(&map, id), -1);
    }
    assert_int_equal(map.count, 5000);
    kd_id_map_fini(&map);
}

static void test_tells_ids_apart_that_want_one_slot(void **state)
{
    (void)state;
    kd_id_map map = { NULL, 0, 0 };
    assert_int_equal(kd_id_map_get(&map, (kd_id){ 1, 7 }), -1);
    for (uint64_t i = 0; i < 40; i++) kd_id_map_put(&map, (kd_id){ i, 7 }, (int32_t)i);
    for (uint64_t i = 0; i < 40; i++)
        assert_int_equal(kd_id_map_get(&map, (kd_id){ i, 7 }), (int32_t)i);
    kd_id_map_put(&map, (kd_id){ 3, 7 }, 99);
    assert_int_equal(kd_id_map_get(&map, (kd_id){ 3, 7 }), 99);
    assert_int_equal(map.count, 40);
    kd_id_map_fini(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_was_put),
        cmocka_unit_test(test_tells_ids_apart_that_want_one_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
