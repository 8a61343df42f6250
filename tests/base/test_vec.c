/* test_vec.c - arrays of any type grow and are reused. */
#include "harness/base/vec.h"
#include "tests/support/support.h"

typedef struct {
    int    a;
    double b;
} pair;

static void test_keeps_every_item_while_it_grows(void **state)
{
    (void)state;
    KD_VEC(pair) pairs = KD_VEC_INIT;
    for (int i = 0; i < 1000; i++) kd_vec_push(&pairs, (pair){ i, 0.5 * i });
    assert_int_equal(pairs.count, 1000);
    for (int i = 0; i < 1000; i++) assert_int_equal(pairs.items[i].a, i);
    size_t capacity = pairs.capacity;
    kd_vec_reset(&pairs);
    kd_vec_reserve(&pairs, 1000);
    assert_int_equal(pairs.capacity, capacity);
    kd_vec_fini(&pairs);
    assert_null(pairs.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_keeps_every_item_while_it_grows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
