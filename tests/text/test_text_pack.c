/* test_text_pack.c - documents become rows: cut or split, as the whole text would be. */
#include <stdlib.h>
#include <string.h>

#include "models/text/pack.h"
#include "models/text/text_pack.h"
#include "tests/support/support.h"

static kd_tokenizer *make_tokenizer(kd_token_options *options)
{
    static const char *const pieces[] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
                                          "a",     "b",     "##b",   "c",     "." };
    kd_vocab                *vocab = kd_vocab_create();
    kd_tokenizer            *tokenizer;
    kd_error                 err;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        kd_vocab_add(vocab, pieces[i], strlen(pieces[i]));
    kd_setting_defaults(kd_token_settings, options);
    assert_ok(kd_tokenizer_from_vocab(&tokenizer, vocab, options, &err), &err);
    return tokenizer;
}

/* Rows of a document as "2 5 6 3 | 2 8 3 |". */
static char *rows_of(const char *text, int max_pieces, kd_documents documents, kd_text_stats *stats)
{
    kd_token_options options;
    kd_tokenizer    *tokenizer = make_tokenizer(&options);
    kd_text_packer   packer;
    kd_ids           ids = KD_VEC_INIT, ends = KD_VEC_INIT;
    kd_str           out = KD_STR_INIT;
    kd_error         err;
    *stats = (kd_text_stats){ 0 };
    options.max_pieces = max_pieces;
    assert_ok(kd_text_packer_init(&packer, tokenizer, &options, documents, &err), &err);
    kd_text_packer_add(&packer, text, strlen(text), &ids, &ends, stats);
    for (size_t row = 0, at = 0; row < ends.count; row++) {
        for (; at < (size_t)ends.items[row]; at++) kd_str_addf(&out, "%d ", ids.items[at]);
        kd_str_add(&out, "| ");
    }
    kd_text_packer_fini(&packer);
    kd_tokenizer_destroy(tokenizer);
    kd_vec_fini(&ids);
    kd_vec_fini(&ends);
    return kd_str_take(&out);
}

static void assert_rows(const char *text, int max_pieces, kd_documents documents, const char *want)
{
    kd_text_stats stats;
    char         *got = rows_of(text, max_pieces, documents, &stats);
    assert_string_equal(got, want);
    free(got);
}

static void test_cuts_or_splits(void **state)
{
    (void)state;
    kd_text_stats stats;
    assert_rows("a  ab. c", 0, KD_DOCUMENTS_CUT, "2 5 5 7 9 8 3 | ");
    assert_rows("a  ab. c", 5, KD_DOCUMENTS_CUT, "2 5 5 7 3 | ");
    assert_rows("a  ab. c", 5, KD_DOCUMENTS_SPLIT, "2 5 5 7 3 | 2 9 8 3 | ");
    assert_rows("a\ta\xc2\xa0"
                "c",
                0, KD_DOCUMENTS_CUT, "2 5 5 8 3 | "); /* blanks of all kinds */
    free(rows_of("a a a a a", 4, KD_DOCUMENTS_CUT, &stats));
    assert_int_equal(stats.rows, 1);
    assert_int_equal(stats.cut, 1);
    assert_int_equal(stats.longest, 4);
    free(rows_of("a a a a a", 4, KD_DOCUMENTS_SPLIT, &stats));
    assert_int_equal(stats.rows, 3);
    assert_int_equal(stats.cut, 0);
    assert_int_equal(stats.pieces, 5);
}

static void test_leaves_out_what_is_unknown_alone(void **state)
{
    (void)state;
    kd_text_stats stats;
    char         *got = rows_of("x y a z x y", 4, KD_DOCUMENTS_SPLIT, &stats);
    assert_string_equal(got, "2 5 1 3 | ");
    assert_int_equal(stats.left_out, 2);
    assert_int_equal(stats.unknown, 1);
    free(got);
}

static void test_refuses_rows_without_room(void **state)
{
    (void)state;
    kd_token_options options;
    kd_tokenizer    *tokenizer = make_tokenizer(&options);
    kd_text_packer   packer;
    kd_error         err;
    options.max_pieces = 3;
    assert_fails(KD_ECONFIG, "max_pieces: 3 leaves no room for two pieces",
                 kd_text_packer_init(&packer, tokenizer, &options, KD_DOCUMENTS_CUT, &err), &err);
    kd_tokenizer_destroy(tokenizer);
}

/* The same document is always on the same side, and the sides are as large as they should be. */
static void test_places_documents_by_their_bytes(void **state)
{
    (void)state;
    int below = 0;
    for (int i = 0; i < 10000; i++) {
        char  *text = kd_sprintf("document %d", i);
        double place = kd_text_place(text, strlen(text));
        assert_true(place >= 0 && place < 1);
        assert_true(place == kd_text_place(text, strlen(text)));
        below += place < 0.1;
        free(text);
    }
    assert_true(below > 850 && below < 1150);
}

/* A pack in parts gives the rows that it would give as one. */
static void test_finds_rows_in_parts(void **state)
{
    (void)state;
    const int16_t narrow[] = { 2, 5, 3, 2, 6, 6, 3 };
    const int32_t wide[] = { 2, 70000, 3 };
    const int32_t first[] = { 0, 3, 7 }, second[] = { 0, 3 };
    kd_pack_part  part[] = { { 0, 2, first, narrow, NULL }, { 2, 1, second, NULL, wide } };
    kd_pack pack = { .task = KD_TASK_TEXT, .sentences = 3, .parts = 2, .longest = 4, .part = part };
    int32_t ids[4];
    assert_int_equal(kd_pack_length(&pack, 0), 3);
    assert_int_equal(kd_pack_length(&pack, 1), 4);
    kd_pack_copy(&pack, 1, ids);
    assert_memory_equal(ids, ((int32_t[]){ 2, 6, 6, 3 }), sizeof ids);
    kd_pack_copy(&pack, 2, ids);
    assert_memory_equal(ids, wide, sizeof wide);
    assert_int_equal(kd_pack_longest(&pack), 4);
    assert_int_equal(kd_pack_mean(&pack), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts_or_splits),
        cmocka_unit_test(test_leaves_out_what_is_unknown_alone),
        cmocka_unit_test(test_refuses_rows_without_room),
        cmocka_unit_test(test_places_documents_by_their_bytes),
        cmocka_unit_test(test_finds_rows_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
