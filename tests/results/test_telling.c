/* What tells cells apart comes first, what goes with it after, what only repeats last. */
#include <string.h>

#include "results/telling.h"
#include "tests/support/support.h"

#define CELL(method_value, ...)                                                                   \
    {                                                                                             \
        .settings = (kd_record_setting[]){ { "distill.method", method_value }, __VA_ARGS__ },     \
        .setting_count = sizeof((kd_record_setting[]){ { "distill.method", "" }, __VA_ARGS__ }) / \
                         sizeof(kd_record_setting)                                                \
    }

/* Layers follow from the kind of teacher; "none" has none. */
static const kd_record cells_of_a_study[] = {
    CELL("kl", { "seed", "1" }, { "teacher.kind", "bert" }, { "teacher.layers", "6" },
         { "train.lr", "0.1" }),
    CELL("kl", { "seed", "2" }, { "teacher.kind", "bert" }, { "teacher.layers", "6" },
         { "train.lr", "0.2" }),
    CELL("kl", { "seed", "1" }, { "teacher.kind", "bilstm" }, { "teacher.layers", "2" },
         { "train.lr", "0.1" }),
    CELL("none", { "seed", "1" }, { "train.lr", "0.1" }),
};

static void check(size_t count, size_t want_telling, const char *want)
{
    kd_arena    *arena = kd_arena_create(0);
    kd_cells     cells = KD_VEC_INIT;
    size_t       telling, all;
    const char **keys;
    kd_str       joined = KD_STR_INIT;

    for (size_t i = 0; i < count; i++) kd_vec_push(&cells, &cells_of_a_study[i]);
    keys = kd_cells_telling(&cells, arena, &telling, &all);
    for (size_t k = 0; k < all; k++) kd_str_addf(&joined, "%s%s", k > 0 ? " " : "", keys[k]);
    assert_string_equal(joined.text, want);
    assert_int_equal(telling, want_telling);
    kd_str_fini(&joined);
    kd_vec_fini(&cells);
    kd_arena_destroy(arena);
}

static void test_puts_first_what_tells_cells_apart(void **state)
{
    (void)state;
    check(4, 3, "distill.method teacher.kind train.lr teacher.layers seed");
}

static void test_takes_one_of_those_that_go_together(void **state)
{
    (void)state;
    check(3, 2, "teacher.kind train.lr teacher.layers seed");
}

static void test_finds_nothing_where_nothing_differs(void **state)
{
    (void)state;
    check(1, 0, "");
    check(0, 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_puts_first_what_tells_cells_apart),
        cmocka_unit_test(test_takes_one_of_those_that_go_together),
        cmocka_unit_test(test_finds_nothing_where_nothing_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
