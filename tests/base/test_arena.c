/* test_arena.c - pieces do not overlap, marks give back, memory is kept. */
#include <string.h>

#include "harness/base/arena.h"
#include "tests/support/support.h"

static void test_aligns_and_separates_pieces(void **state)
{
    (void)state;
    kd_arena *arena = kd_arena_create(256);
    char     *pieces[100];
    for (int i = 0; i < 100; i++) {
        pieces[i] = kd_arena_alloc(arena, (size_t)i + 1, 7);
        assert_int_equal((uintptr_t)pieces[i] % 64, 0);
        memset(pieces[i], i, ((size_t)i + 1) * 7);
    }
    for (int i = 0; i < 100; i++)
        for (int j = 0; j < (i + 1) * 7; j++) assert_int_equal(pieces[i][j], i);
    kd_arena_destroy(arena);
}

static void test_rewinds_to_a_mark(void **state)
{
    (void)state;
    kd_arena     *arena = kd_arena_create(128);
    char         *kept = kd_arena_strdup(arena, "kept");
    kd_arena_mark mark = kd_arena_here(arena);
    for (int i = 0; i < 50; i++) kd_arena_alloc(arena, 40, 1);
    kd_arena_rewind(arena, mark);
    kd_arena_zero(arena, 40, 1);
    assert_string_equal(kept, "kept");
    kd_arena_destroy(arena);
}

#ifndef KD_ARENA_MALLOC
static void test_keeps_its_size_when_a_loop_repeats(void **state)
{
    (void)state;
    kd_arena *arena = kd_arena_create(1024);
    size_t    size = 0;
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 100; i++) kd_arena_alloc(arena, (size_t)(i * 37 % 900), 3);
        if (round == 1) size = kd_arena_capacity(arena);
        if (round >= 1) assert_int_equal(kd_arena_capacity(arena), size);
        kd_arena_reset(arena);
    }
    kd_arena_destroy(arena);
}

/* A batch has more tokens than the last, in every other piece of it: memory stays what one batch takes. */
static void test_keeps_its_size_when_pieces_vary(void **state)
{
    (void)state;
    kd_arena *arena = kd_arena_create(1024);
    char     *first = NULL;
    for (int round = 0; round < 50; round++) {
        size_t bytes = 0;
        for (int i = 0; i < 100; i++) {
            size_t length = (size_t)(10000 + 2000 * (i % 7) + (i + round) % 11 * 50);
            char  *piece = kd_arena_alloc(arena, length, 1);
            bytes += length;
            if (i > 0) continue;
            if (round > 1) assert_ptr_equal(piece, first);
            first = piece;
        }
        assert_true(kd_arena_capacity(arena) < bytes + bytes / 4);
        kd_arena_reset(arena);
    }
    kd_arena_destroy(arena);
}
#endif

static void test_prints_and_copies_text(void **state)
{
    (void)state;
    kd_arena *arena = kd_arena_create(0);
    assert_string_equal(kd_arena_sprintf(arena, "%s-%d", "cell", 12), "cell-12");
    assert_string_equal(kd_arena_strndup(arena, "abcdef", 3), "abc");
    kd_arena_destroy(arena);
    kd_arena_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aligns_and_separates_pieces),
        cmocka_unit_test(test_rewinds_to_a_mark),
#ifndef KD_ARENA_MALLOC
        cmocka_unit_test(test_keeps_its_size_when_a_loop_repeats),
        cmocka_unit_test(test_keeps_its_size_when_pieces_vary),
#endif
        cmocka_unit_test(test_prints_and_copies_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
