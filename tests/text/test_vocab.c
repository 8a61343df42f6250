#include "models/text/vocab.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/text/basic.h"
#include "models/text/unicode.h"
#include "tests/support/support.h"

static void test_reads_a_piece_a_line(void **state)
{
    (void)state;
    kd_error  err;
    kd_vocab *vocab;
    assert_ok(kd_vocab_read(&vocab, kd_test_file("ok.txt", "[PAD]\n[UNK]\r\nab\n##c"), &err), &err);
    assert_int_equal(kd_vocab_size(vocab), 4);
    assert_string_equal(kd_vocab_piece(vocab, 1), "[UNK]");
    assert_int_equal(kd_vocab_find(vocab, "##c", 3), 3);
    assert_int_equal(kd_vocab_find(vocab, "a", 1), -1);
    assert_int_equal(kd_vocab_specials(vocab).unk, 1);
    assert_int_equal(kd_vocab_specials(vocab).mask, -1);
    kd_vocab_destroy(vocab);
}

static void test_keeps_line_separators_inside_a_piece(void **state)
{
    (void)state;
    kd_error    err;
    kd_vocab   *vocab;
    const char *path = kd_test_file("separator.txt", "[UNK]\n\xE2\x80\xA8\n\xC2\x85\n");
    assert_ok(kd_vocab_read(&vocab, path, &err), &err);
    assert_int_equal(kd_vocab_size(vocab), 3); /* U+2028 and U+0085 end no line */
    kd_vocab_destroy(vocab);
}

static void test_refuses_what_would_lose_text(void **state)
{
    (void)state;
    static const struct {
        const char *name, *contents, *words;
    } cases[] = {
        { "empty.txt", "", "empty.txt:1: an empty vocabulary" },
        { "unk.txt", "a\nb\n", "unk.txt:2: no [UNK] until here" },
        { "twice.txt", "[UNK]\na\nb\na\n", "twice.txt:4: piece 'a' is already in line 2" },
        { "hole.txt", "[UNK]\n\nb\n", "hole.txt:2: an empty piece" },
        { "latin.txt", "[UNK]\nab\xE9\n", "latin.txt:2: byte 3 is not UTF-8" },
    };
    kd_error  err;
    kd_vocab *vocab;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = kd_test_file(cases[i].name, cases[i].contents);
        assert_fails(KD_EDATA, cases[i].words, kd_vocab_read(&vocab, path, &err), &err);
    }
    assert_fails(KD_ENOINPUT, "absent.txt", kd_vocab_read(&vocab, "absent.txt", &err), &err);
}

static void test_refuses_bytes_that_are_not_text(void **state)
{
    (void)state;
    kd_error  err;
    kd_vocab *vocab;
    char     *path = kd_fs_join(kd_test_folder(), "bytes.txt");

    assert_ok(kd_fs_write(path, "[UNK]\na\0b\n", 10, &err), &err);
    assert_fails(KD_EDATA, "bytes.txt:2: a NUL byte", kd_vocab_read(&vocab, path, &err), &err);
    assert_ok(kd_fs_write(path, "\xFF\xFE[\0U\0", 6, &err), &err); /* UTF-16 */
    assert_fails(KD_EDATA, "bytes.txt:1: ", kd_vocab_read(&vocab, path, &err), &err);
    free(path);
}

static kd_vocab *build(const char *const *words, const int *counts, size_t n, int size)
{
    kd_error  err;
    kd_vocab *vocab;
    kd_map   *map = kd_map_create();
    for (size_t i = 0; i < n; i++) kd_map_put_number(map, words[i], counts[i]);
    assert_ok(kd_vocab_build(&vocab, map, size, &err), &err);
    kd_map_destroy(map);
    return vocab;
}

static void assert_pieces(const kd_vocab *vocab, const char *const *want, size_t n)
{
    for (size_t i = 0; i < n && (int)i < kd_vocab_size(vocab); i++)
        assert_string_equal(kd_vocab_piece(vocab, (int32_t)i), want[i]);
    assert_int_equal(kd_vocab_size(vocab), n);
}

/* Counts by hand: g 12, ##e 24 (12 x 2), ##n 12, then a pair at a time. */
static void test_joins_the_most_frequent_neighbours(void **state)
{
    (void)state;
    static const char *const words[] = { "gene", "go", "no" };
    static const int         counts[] = { 12, 5, 3 };
    static const char *const want[] = {
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##e",  "g",
        "##n",   "##o",   "n",     "##en",  "##ene",  "gene", "go"
    };
    kd_vocab *vocab = build(words, counts, 3, 14);
    assert_pieces(vocab, want, 14);
    kd_vocab_destroy(vocab);

    vocab = build(words, counts, 3, 100); /* "no" is joined too; then nothing is left */
    assert_int_equal(kd_vocab_size(vocab), 15);
    kd_vocab_destroy(vocab);
}

static void test_joins_repeated_letters_from_the_left(void **state)
{
    (void)state;
    static const char *const words[] = { "aaaaa" };
    static const int         counts[] = { 7 };
    static const char *const want[] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]",  "[MASK]",
                                        "##a",   "a",     "##aa",  "##aaaa", "aaaaa" };
    kd_vocab                *vocab = build(words, counts, 1, 100);
    assert_pieces(vocab, want, 10);
    kd_vocab_destroy(vocab);
}

static void test_depends_on_counts_alone(void **state)
{
    (void)state;
    static const char *const words[] = { "alpha", "beta", "alphabet", "tab", "bat" };
    static const char *const turned[] = { "bat", "tab", "alphabet", "beta", "alpha" };
    static const int         counts[] = { 3, 3, 2, 4, 4 }, turned_counts[] = { 4, 4, 2, 3, 3 };
    kd_vocab *a = build(words, counts, 5, 40), *b = build(turned, turned_counts, 5, 40);
    assert_int_equal(kd_vocab_size(a), kd_vocab_size(b));
    for (int32_t i = 0; i < kd_vocab_size(a); i++)
        assert_string_equal(kd_vocab_piece(a, i), kd_vocab_piece(b, i));
    kd_vocab_destroy(a);
    kd_vocab_destroy(b);
}

static void test_keeps_the_most_frequent_characters_when_room_is_short(void **state)
{
    (void)state;
    static const char *const words[] = { "ab", "c" };
    static const int         counts[] = { 9, 1 };
    static const char *const want[] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##b", "a" };
    kd_vocab                *vocab = build(words, counts, 2, 7);
    assert_pieces(vocab, want, 7);
    kd_vocab_destroy(vocab);
}

static void test_refuses_to_build_from_nothing(void **state)
{
    (void)state;
    kd_error  err;
    kd_vocab *vocab;
    kd_map   *map = kd_map_create();
    assert_fails(KD_EDATA, "no words", kd_vocab_build(&vocab, map, 100, &err), &err);
    kd_map_put_number(map, "a", 1);
    assert_fails(KD_EDATA, "no room", kd_vocab_build(&vocab, map, 5, &err), &err);
    kd_map_destroy(map);
}

static void test_reads_what_it_writes(void **state)
{
    (void)state;
    static const char *const words[] = { "gene", "\xCE\xB1-x", "p53" };
    static const int         counts[] = { 12, 5, 3 };
    kd_error                 err;
    kd_vocab                *built = build(words, counts, 3, 60), *read;
    char                    *path = kd_fs_join(kd_test_folder(), "written.txt");
    assert_ok(kd_vocab_write(built, path, &err), &err);
    assert_ok(kd_vocab_read(&read, path, &err), &err);
    assert_int_equal(kd_vocab_size(built), kd_vocab_size(read));
    for (int32_t i = 0; i < kd_vocab_size(built); i++)
        assert_string_equal(kd_vocab_piece(built, i), kd_vocab_piece(read, i));
    kd_vocab_destroy(built);
    kd_vocab_destroy(read);
    free(path);
}

static void test_says_where_pieces_differ(void **state)
{
    (void)state;
    kd_error  err;
    int32_t   count;
    kd_vocab *vocab = kd_vocab_of_lines("[UNK]\ngene\n##s\n");
    assert_ok(kd_vocab_check_pieces(vocab, "[UNK]\ngene\n##s", &count, &err), &err);
    assert_int_equal(count, 3);
    assert_ok(kd_vocab_check_pieces(vocab, "[UNK]\n", &count, &err), &err);
    assert_int_equal(count, 1);
    assert_fails(KD_EDATA, "piece 1 of the tokenizer is gene, the model's is genes",
                 kd_vocab_check_pieces(vocab, "[UNK]\ngenes\n", NULL, &err), &err);
    assert_fails(KD_EDATA, "piece 3 of the tokenizer is (none), the model's is x",
                 kd_vocab_check_pieces(vocab, "[UNK]\ngene\n##s\nx\n", NULL, &err), &err);
    kd_vocab_destroy(vocab);
}

static void test_counts_words_of_text(void **state)
{
    (void)state;
    kd_basic basic = KD_BASIC_INIT;
    kd_map  *counts = kd_map_create();
    kd_basic_count(&basic, "The gene, the GENE", 18, true, counts);
    kd_basic_count(&basic, "gene", 4, true, counts);
    assert_int_equal(kd_map_number(counts, "the", 0), 2);
    assert_int_equal(kd_map_number(counts, "gene", 0), 3);
    assert_int_equal(kd_map_number(counts, ",", 0), 1);
    assert_int_equal(kd_map_count(counts), 3);
    kd_map_destroy(counts);
    kd_basic_fini(&basic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_a_piece_a_line),
        cmocka_unit_test(test_keeps_line_separators_inside_a_piece),
        cmocka_unit_test(test_refuses_what_would_lose_text),
        cmocka_unit_test(test_refuses_bytes_that_are_not_text),
        cmocka_unit_test(test_joins_the_most_frequent_neighbours),
        cmocka_unit_test(test_joins_repeated_letters_from_the_left),
        cmocka_unit_test(test_depends_on_counts_alone),
        cmocka_unit_test(test_keeps_the_most_frequent_characters_when_room_is_short),
        cmocka_unit_test(test_refuses_to_build_from_nothing),
        cmocka_unit_test(test_reads_what_it_writes),
        cmocka_unit_test(test_says_where_pieces_differ),
        cmocka_unit_test(test_counts_words_of_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
