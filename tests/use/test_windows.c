/* Rows longer than a network takes. */
#include "harness/use/windows.h"
#include "tests/support/support.h"

enum { MOST = 200 };

/* A row of `words` words with `pieces` pieces each, between specials. */
typedef struct {
    kd_pack pack;
    int32_t ids[MOST], word[MOST], piece_begin[2];
} row;

static void make_row(row *r, int words, int pieces)
{
    int n = 0;
    r->word[n++] = -1;
    for (int w = 0; w < words; w++)
        for (int p = 0; p < pieces; p++) r->word[n++] = w;
    r->word[n++] = -1;
    r->piece_begin[0] = 0;
    r->piece_begin[1] = n;
    r->pack = (kd_pack){
        .sentences = 1, .pieces = n, .ids = r->ids, .word = r->word, .piece_begin = r->piece_begin
    };
}

/* Whatever the lengths, each piece is answered for once, by a window that sees it, and windows fit. */
static void check(const row *r, const kd_windows *windows, int longest)
{
    int next = 0;
    for (size_t i = 0; i < windows->count; i++) {
        const kd_window *w = &windows->items[i];
        assert_int_equal(w->keep, next);
        assert_true(w->length <= longest);
        assert_int_equal(w->length, w->end - w->from + 2);
        assert_true(w->keep >= w->from - 1 && w->done <= w->end + 1 && w->done > w->keep);
        if (i > 0) assert_true(w->from > windows->items[i - 1].from);
        next = w->done;
    }
    assert_int_equal(next, r->pack.pieces);
}

static void test_every_piece_has_one_window(void **state)
{
    (void)state;
    for (int words = 0; words <= 30; words++)
        for (int pieces = 1; pieces <= 6; pieces++)
            for (int longest = 3; longest <= 40; longest++) {
                row        r;
                kd_windows windows = KD_VEC_INIT;
                make_row(&r, words, pieces);
                kd_windows_of(&windows, &r.pack, 0, longest);
                check(&r, &windows, longest);
                if (r.pack.pieces <= longest) assert_int_equal(windows.count, 1);
                kd_vec_fini(&windows);
            }
}

/* The picture of windows.h. */
static void test_shares_a_quarter_and_halves_it(void **state)
{
    row        r;
    kd_windows windows = KD_VEC_INIT;
    (void)state;
    make_row(&r, 20, 1);
    kd_windows_of(&windows, &r.pack, 0, 18); /* 16 fit, 4 are shared */
    assert_int_equal(windows.count, 2);
    assert_int_equal(windows.items[0].end, 17);
    assert_int_equal(windows.items[0].done, 15);
    assert_int_equal(windows.items[1].from, 13);
    kd_vec_fini(&windows);
}

static void test_begins_at_a_word(void **state)
{
    row        r;
    kd_windows windows = KD_VEC_INIT;
    (void)state;
    make_row(&r, 8, 3);
    kd_windows_of(&windows, &r.pack, 0, 18);
    assert_int_equal(windows.items[1].from, 13); /* the fifth word's first piece */
    kd_vec_fini(&windows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_piece_has_one_window),
        cmocka_unit_test(test_shares_a_quarter_and_halves_it),
        cmocka_unit_test(test_begins_at_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
