/* Byte-level BPE against the pieces of another program (tests/golden/tokens.json). */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/rng.h"
#include "tests/support/support.h"
#include "tests/text/pieces.h"

/* Write vocab.json and merges.txt of the golden file into a folder; returns the path of the first.
 */
static const char *write_golden(const kd_json *bpe)
{
    kd_str         text = KD_STR_INIT;
    kd_json_writer w;
    const kd_json *pieces = kd_json_get(bpe, "vocab"), *merges = kd_json_get(bpe, "merges");

    kd_json_start(&w, &text, 0);
    kd_json_begin(&w, '{');
    for (size_t i = 0; i < kd_json_count(pieces); i++) {
        kd_json_key(&w, kd_json_to_text(kd_json_at(pieces, i), "?"));
        kd_json_int(&w, (int64_t)i);
    }
    kd_json_end(&w, '}');
    const char *path = kd_test_file("vocab.json", text.text);
    kd_str_reset(&text);
    kd_str_add(&text, "#version: 0.2\n");
    for (size_t i = 0; i < kd_json_count(merges); i++)
        kd_str_addf(&text, "%s\n", kd_json_to_text(kd_json_at(merges, i), "?"));
    kd_test_file("merges.txt", text.text);
    kd_str_fini(&text);
    return path;
}

static kd_json_document *golden;
static const char       *path; /* of the golden vocab.json */

static int set_up(void **state)
{
    (void)state;
    golden = kd_golden_open("tokens.json");
    path = write_golden(kd_json_get(kd_json_root(golden), "bpe"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    kd_json_close(golden);
    return 0;
}

static void test_cuts_as_the_reference_does(void **state)
{
    (void)state;
    const kd_json *root = kd_json_root(golden);
    kd_tokenizer  *tokenizer = kd_test_open(path, "auto");
    kd_assert_pieces(tokenizer, kd_json_get(root, "texts"),
                     kd_json_get(kd_json_get(root, "bpe"), "pieces"));
    kd_tokenizer_destroy(tokenizer);
}

static void test_puts_a_blank_before_words(void **state)
{
    (void)state;
    kd_tokenizer *tokenizer = kd_test_open(path, "auto");
    kd_assert_cut(tokenizer, "gene", "gene");
    kd_assert_word_cut(tokenizer, "gene", "\xC4\xA0gene");
    kd_assert_word_cut(tokenizer, "", "");
    kd_tokenizer_destroy(tokenizer);
}

static void assert_comes_back(kd_tokenizer *tokenizer, const char *text, size_t length)
{
    kd_ids ids = KD_VEC_INIT;
    kd_str back = KD_STR_INIT;
    kd_tokenizer_encode(tokenizer, text, length, &ids);
    kd_tokenizer_decode(tokenizer, ids.items, ids.count, &back);
    assert_int_equal(back.length, length);
    assert_memory_equal(back.text, text, length);
    kd_str_fini(&back);
    kd_vec_fini(&ids);
}

static void test_gives_back_every_byte(void **state)
{
    (void)state;
    kd_tokenizer *tokenizer = kd_test_open(path, "auto");
    kd_rng        rng = kd_rng_root(7);
    for (int round = 0; round < 2000; round++) {
        char   text[64];
        size_t length = kd_rng_below(&rng, sizeof text);
        for (size_t i = 0; i < length; i++) /* half of it blanks and letters, half any byte */
            text[i] = kd_rng_below(&rng, 2) ? "  gen'st\n"[kd_rng_below(&rng, 9)]
                                            : (char)kd_rng_below(&rng, 256);
        assert_comes_back(tokenizer, text, length);
    }
    const kd_json *texts = kd_json_get(kd_json_root(golden), "texts");
    for (size_t i = 0; i < kd_json_count(texts); i++) {
        const char *text = kd_json_to_text(kd_json_at(texts, i), "");
        assert_comes_back(tokenizer, text, strlen(text));
    }
    kd_tokenizer_destroy(tokenizer);
}

static void test_takes_a_long_word_in_its_stride(void **state)
{
    (void)state;
    kd_tokenizer *tokenizer = kd_test_open(path, "auto");
    kd_str        text = KD_STR_INIT;
    while (text.length < 1 << 20) kd_str_add(&text, "genes");
    assert_comes_back(tokenizer, text.text, text.length); /* quadratic merging would not end */
    kd_str_fini(&text);
    kd_tokenizer_destroy(tokenizer);
}

static void test_cuts_the_published_vocabulary(void **state)
{
    (void)state;
    const char *folder = kd_shared_path("data/vocab/roberta-base");
    if (!folder) {
        print_message("the published vocabulary is not here: skipped\n");
        return;
    }
    kd_tokenizer *tokenizer = kd_test_open(folder, "auto");
    assert_int_equal(kd_vocab_size(kd_tokenizer_vocab(tokenizer)), 50265);
    kd_assert_cut(tokenizer, "Hello world, don't",
                  "Hello \xC4\xA0world , \xC4\xA0"
                  "don 't");
    kd_assert_word_cut(tokenizer, "p53", "\xC4\xA0p 53");
    kd_tokenizer_destroy(tokenizer);
}

static void test_refuses_damaged_vocabularies(void **state)
{
    (void)state;
    static const struct {
        const char *contents, *words;
    } cases[] = {
        { "[1,2]", "bad-vocab.json: expected an object" },
        { "{}", "bad-vocab.json: expected an object" },
        { "{\"a\": 0, \"b\": 2}", "the id of 'b' is not one of 0 to 1" },
        { "{\"a\": 0, \"b\": 0}", "the id of 'b'" },
        { "{\"a\": \"0\"}", "the id of 'a'" },
        { "{\"a\": 0, \"a\": 1}", "bad-vocab.json" },
        { "{\"a\": 0}", "no piece for the byte 0x00" },
    };
    kd_error         err;
    kd_tokenizer    *tokenizer;
    kd_token_options options = kd_test_options("auto");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *bad = kd_test_file("bad-vocab.json", cases[i].contents);
        assert_fails(KD_EDATA, cases[i].words, kd_tokenizer_open(&tokenizer, bad, &options, &err),
                     &err);
    }
}

static void test_names_the_line_of_a_bad_merge(void **state)
{
    (void)state;
    static const struct {
        const char *contents, *words;
    } cases[] = {
        { "#version: 0.2\ne n\nen\n", "bad-merges.txt:3: expected two pieces" },
        { "e n n\n", "bad-merges.txt:1: expected two pieces" },
        { "e n\nen zz\n", "bad-merges.txt:2: 'en zz': the vocabulary lacks" },
        { "e n\ne n\n", "bad-merges.txt:2: a merge that an earlier line has" },
    };
    kd_error         err;
    kd_tokenizer    *tokenizer;
    kd_token_options options = kd_test_options("auto");
    kd_str           vocab = KD_STR_INIT;
    assert_ok(kd_fs_read(path, &vocab, &err), &err);
    const char *bad = kd_test_file("bad-vocab.json", vocab.text);
    kd_str_fini(&vocab);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_test_file("bad-merges.txt", cases[i].contents);
        assert_fails(KD_EDATA, cases[i].words, kd_tokenizer_open(&tokenizer, bad, &options, &err),
                     &err);
    }
    options = kd_test_options("uncased");
    assert_fails(KD_ECONFIG, "bpe has no uncased form",
                 kd_tokenizer_open(&tokenizer, path, &options, &err), &err);
}

static void test_asks_for_merges_beside_the_vocabulary(void **state)
{
    (void)state;
    kd_error         err;
    kd_str           vocab = KD_STR_INIT;
    kd_tokenizer    *tokenizer;
    kd_token_options options = kd_test_options("auto");
    assert_ok(kd_fs_read(path, &vocab, &err), &err);
    const char *lone = kd_test_file("lone-vocab.json", vocab.text);
    const char *odd = kd_test_file("pieces.json", vocab.text);
    kd_str_fini(&vocab);
    assert_fails(KD_ENOINPUT, "lone-merges.txt",
                 kd_tokenizer_open(&tokenizer, lone, &options, &err), &err);
    assert_fails(KD_ECONFIG, "ends in vocab.json",
                 kd_tokenizer_open(&tokenizer, odd, &options, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts_as_the_reference_does),
        cmocka_unit_test(test_puts_a_blank_before_words),
        cmocka_unit_test(test_gives_back_every_byte),
        cmocka_unit_test(test_takes_a_long_word_in_its_stride),
        cmocka_unit_test(test_cuts_the_published_vocabulary),
        cmocka_unit_test(test_refuses_damaged_vocabularies),
        cmocka_unit_test(test_names_the_line_of_a_bad_merge),
        cmocka_unit_test(test_asks_for_merges_beside_the_vocabulary),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
