/* WordPiece against the pieces of another program (tests/golden/tokens.json), and against the
 * published vocabularies where they are beside the project. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/rng.h"
#include "tests/support/support.h"
#include "tests/text/pieces.h"

static void test_cuts_as_the_reference_does(void **state)
{
    (void)state;
    kd_json_document        *golden = kd_golden_open("tokens.json");
    const kd_json           *root = kd_json_root(golden), *kinds = kd_json_get(root, "wordpiece");
    static const char *const names[] = { "cased", "uncased" };
    for (int i = 0; i < 2; i++) {
        const kd_json   *kind = kd_json_get(kinds, names[i]);
        const char      *path = kd_test_vocab(names[i], kd_json_get(kind, "vocab"));
        kd_token_options options = kd_test_options(names[i]);
        kd_tokenizer    *tokenizer;
        kd_error         err;
        options.tokenizer = KD_TOKENIZER_WORDPIECE; /* the file has no suffix to go by */
        assert_ok(kd_tokenizer_open(&tokenizer, path, &options, &err), &err);
        kd_assert_pieces(tokenizer, kd_json_get(root, "texts"), kd_json_get(kind, "pieces"));
        kd_tokenizer_destroy(tokenizer);
    }
    kd_json_close(golden);
}

/* JSON readers refuse a NUL in text; any other control character does as well here. */
static kd_json_document *open_cases(const char *path)
{
    kd_error          err;
    kd_str            text = KD_STR_INIT;
    kd_json_document *document;
    assert_ok(kd_fs_read(path, &text, &err), &err);
    char *nul = strstr(text.text, "\\u0000");
    assert_non_null(nul);
    memcpy(nul, "\\u0001", 6);
    assert_ok(kd_json_parse(&document, text.text, text.length, path, &err), &err);
    kd_str_fini(&text);
    return document;
}

static void test_cuts_published_vocabularies_as_published(void **state)
{
    (void)state;
    const char *path = kd_shared_path("spec/wordpiece_cases.json");
    if (!path) {
        print_message("the shared cases are not here: skipped\n");
        return;
    }
    kd_json_document        *document = open_cases(path);
    const kd_json           *cases = kd_json_get(kd_json_root(document), "cases");
    static const char *const names[] = { "cased", "uncased" };
    static const char *const folders[] = { "data/vocab/bert-base-cased",
                                           "data/vocab/bert-base-uncased" };
    assert_int_equal(kd_json_count(cases), 70);
    for (int v = 0; v < 2; v++) {
        kd_tokenizer *tokenizer = kd_test_open(kd_shared_path(folders[v]), "auto");
        assert_int_equal(kd_tokenizer_is_uncased(tokenizer), v); /* found out from the pieces */
        for (size_t i = 0; i < kd_json_count(cases); i++) {
            const kd_json *one = kd_json_at(cases, i);
            kd_str         want = KD_STR_INIT;
            const kd_json *pieces = kd_json_get(one, names[v]);
            for (size_t k = 0; k < kd_json_count(pieces); k++)
                kd_str_addf(&want, "%s%s", k ? " " : "",
                            kd_json_to_text(kd_json_at(pieces, k), "?"));
            kd_assert_cut(tokenizer, kd_json_to_text(kd_json_get(one, "text"), "?"), want.text);
            kd_str_fini(&want);
        }
        kd_tokenizer_destroy(tokenizer);
    }
    kd_json_close(document);
}

#define PIECES \
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##aff\n##able\n##a\na\ngene\nGene\n##\n#\nsj\n##\xC3\xB6\n"

static kd_tokenizer *open_small(const char *letters, bool lowercase)
{
    kd_error         err;
    kd_tokenizer    *tokenizer;
    kd_token_options options = kd_test_options(letters);
    options.lowercase = lowercase;
    assert_ok(kd_tokenizer_open(&tokenizer, kd_test_file("small.txt", PIECES), &options, &err),
              &err);
    return tokenizer;
}

static void test_takes_the_longest_piece_first(void **state)
{
    (void)state;
    kd_tokenizer *tokenizer = open_small("cased", false);
    kd_assert_cut(tokenizer, "unaffable gene", "un ##aff ##able gene");
    kd_assert_cut(tokenizer, "unaffz", "[UNK]"); /* all of it, not only the rest */
    kd_assert_cut(tokenizer, "##", "# #");       /* not the piece "##" */
    kd_assert_cut(tokenizer, "a##a", "a # # a");
    kd_assert_cut(tokenizer, "[PAD]", "[UNK] [UNK] [UNK]"); /* no special is recognised in text */
    kd_tokenizer_destroy(tokenizer);
}

static void test_lowers_words_without_touching_accents(void **state)
{
    (void)state;
    kd_tokenizer *lowered = open_small("cased", true), *uncased = open_small("uncased", false);
    kd_assert_word_cut(lowered, "GENE", "gene");
    kd_assert_word_cut(lowered, "SJ\xC3\x96", "sj ##\xC3\xB6");
    kd_assert_word_cut(uncased, "SJ\xC3\x96", "[UNK]"); /* sjo, which the pieces cannot spell */
    kd_tokenizer_destroy(lowered);
    kd_tokenizer_destroy(uncased);
}

/* Words that were cut before are remembered; many of them share a place. */
static void test_does_not_mix_up_remembered_words(void **state)
{
    (void)state;
    kd_tokenizer *tokenizer = open_small("cased", false);
    kd_rng        rng = kd_rng_root(5);
    for (int round = 0; round < 200000; round++) {
        char   word[40];
        size_t length = kd_rng_below(&rng, sizeof word);
        for (size_t i = 0; i < length; i++) word[i] = "aagene#s\xC3\xB6"[kd_rng_below(&rng, 10)];
        kd_ids remembered = KD_VEC_INIT, fresh = KD_VEC_INIT;
        kd_tokenizer_encode_word(tokenizer, word, length, &remembered);
        kd_tokenizer_encode(tokenizer, word, length, &fresh);
        assert_int_equal(remembered.count, fresh.count);
        for (size_t i = 0; i < fresh.count; i++)
            assert_int_equal(remembered.items[i], fresh.items[i]);
        kd_vec_fini(&remembered);
        kd_vec_fini(&fresh);
    }
    kd_tokenizer_destroy(tokenizer);
}

static void test_gives_back_the_words(void **state)
{
    (void)state;
    kd_tokenizer     *tokenizer = open_small("cased", false);
    static const char text[] = "unaffable # Gene aa";
    kd_ids            ids = KD_VEC_INIT;
    kd_str            back = KD_STR_INIT;
    kd_tokenizer_encode(tokenizer, text, strlen(text), &ids);
    kd_tokenizer_decode(tokenizer, ids.items, ids.count, &back);
    assert_string_equal(back.text, text);
    kd_str_fini(&back);
    kd_vec_fini(&ids);
    kd_tokenizer_destroy(tokenizer);
}

static void test_works_with_a_vocabulary_from_memory(void **state)
{
    (void)state;
    kd_error         err;
    kd_tokenizer    *tokenizer;
    kd_token_options options = kd_test_options("auto");
    kd_vocab        *vocab = kd_vocab_create();
    kd_vocab_add(vocab, "a", 1);
    assert_fails(KD_EDATA, "no [UNK]", kd_tokenizer_from_vocab(&tokenizer, vocab, &options, &err),
                 &err);

    vocab = kd_vocab_create();
    kd_vocab_add(vocab, "[UNK]", 5);
    kd_vocab_add(vocab, "ab", 2);
    assert_ok(kd_tokenizer_from_vocab(&tokenizer, vocab, &options, &err), &err);
    assert_true(kd_tokenizer_is_uncased(tokenizer));
    kd_assert_cut(tokenizer, "AB b", "ab [UNK]");
    kd_tokenizer_destroy(tokenizer);
}

static void test_says_which_file_it_cannot_read(void **state)
{
    (void)state;
    kd_error         err;
    kd_tokenizer    *tokenizer;
    kd_token_options options = kd_test_options("auto");
    const char      *path = kd_test_file("pieces.dat", PIECES);
    assert_fails(KD_ECONFIG, "pieces.dat: neither",
                 kd_tokenizer_open(&tokenizer, path, &options, &err), &err);
    char *folder = kd_fs_join(kd_test_folder(), "empty");
    assert_ok(kd_fs_make_folders(folder, &err), &err);
    assert_fails(KD_ENOINPUT, "no vocab.txt", kd_tokenizer_open(&tokenizer, folder, &options, &err),
                 &err);
    free(folder);
}

/* Bad input, and no bug of ours. */
static void test_refuses_a_vocabulary_that_is_too_large(void **state)
{
    (void)state;
    char            *path = kd_fs_join(kd_test_folder(), "large.txt");
    kd_token_options options = kd_test_options("cased");
    kd_tokenizer    *tokenizer;
    kd_error         err;
    FILE            *file = fopen(path, "w");
    assert_non_null(file);
    fputs("[UNK]\n[PAD]\n[CLS]\n[SEP]\n[MASK]\n", file);
    for (int i = 0; i < 45; i++) fprintf(file, "%02d%0*d\n", i, 100000, 7);
    assert_int_equal(fclose(file), 0);
    assert_fails(KD_EDATA, "large.txt: its pieces differ in more than 4194304 places",
                 kd_tokenizer_open(&tokenizer, path, &options, &err), &err);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts_as_the_reference_does),
        cmocka_unit_test(test_cuts_published_vocabularies_as_published),
        cmocka_unit_test(test_takes_the_longest_piece_first),
        cmocka_unit_test(test_lowers_words_without_touching_accents),
        cmocka_unit_test(test_does_not_mix_up_remembered_words),
        cmocka_unit_test(test_gives_back_the_words),
        cmocka_unit_test(test_works_with_a_vocabulary_from_memory),
        cmocka_unit_test(test_says_which_file_it_cannot_read),
        cmocka_unit_test(test_refuses_a_vocabulary_that_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
