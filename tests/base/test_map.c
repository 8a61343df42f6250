/* test_map.c - lookups, replacement, and the order of insertion. */
#include <stdio.h>

#include "harness/base/map.h"
#include "tests/support/support.h"

static void test_finds_a_hundred_thousand_keys_in_order(void **state)
{
    (void)state;
    kd_map *map = kd_map_create();
    char    key[32];
    for (int i = 0; i < 100000; i++) {
        snprintf(key, sizeof key, "key-%d", i);
        assert_int_equal(kd_map_put_number(map, key, 3 * i), i);
    }
    assert_int_equal(kd_map_count(map), 100000);
    for (int i = 0; i < 100000; i += 7) {
        snprintf(key, sizeof key, "key-%d", i);
        assert_int_equal(kd_map_number(map, key, -1), 3 * i);
        assert_string_equal(kd_map_key(map, (size_t)i), key);
        assert_int_equal(kd_map_at(map, (size_t)i)->number, 3 * i);
    }
    assert_int_equal(kd_map_number(map, "absent", -1), -1);
    kd_map_destroy(map);
}

static void test_replaces_and_takes_parts_of_text(void **state)
{
    (void)state;
    kd_map *map = kd_map_create();
    kd_map_put_number(map, "gene", 1);
    kd_map_put_number(map, "gene", 2);
    kd_map_put_pointer(map, "", map);
    assert_int_equal(kd_map_count(map), 2);
    assert_int_equal(kd_map_get_n(map, "genes", 4)->number, 2);
    assert_null(kd_map_get_n(map, "genes", 5));
    assert_ptr_equal(kd_map_pointer(map, ""), map);
    assert_null(kd_map_pointer(map, "none"));
    kd_map_destroy(map);
    kd_map_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_a_hundred_thousand_keys_in_order),
        cmocka_unit_test(test_replaces_and_takes_parts_of_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
