#include "tests/text/pieces.h"

#include <string.h>

#include "tests/support/support.h"

kd_token_options kd_test_options(const char *letters)
{
    kd_error         err;
    kd_token_options options;
    kd_setting_defaults(kd_token_settings, &options);
    assert_ok(
        kd_setting_put(kd_setting_find(kd_token_settings, "letters"), &options, letters, &err),
        &err);
    return options;
}

kd_tokenizer *kd_test_open(const char *path, const char *letters)
{
    kd_error         err;
    kd_tokenizer    *tokenizer;
    kd_token_options options = kd_test_options(letters);
    assert_ok(kd_tokenizer_open(&tokenizer, path, &options, &err), &err);
    return tokenizer;
}

const char *kd_test_vocab(const char *name, const kd_json *pieces)
{
    kd_str text = KD_STR_INIT;
    for (size_t i = 0; i < kd_json_count(pieces); i++)
        kd_str_addf(&text, "%s\n", kd_json_to_text(kd_json_at(pieces, i), ""));
    const char *path = kd_test_file(name, text.text);
    kd_str_fini(&text);
    return path;
}

static void join(const kd_tokenizer *tokenizer, const kd_ids *ids, kd_str *out)
{
    for (size_t i = 0; i < ids->count; i++)
        kd_str_addf(out, "%s%s", i ? " " : "",
                    kd_vocab_piece(kd_tokenizer_vocab(tokenizer), ids->items[i]));
}

static void join_json(const kd_json *pieces, kd_str *out)
{
    for (size_t i = 0; i < kd_json_count(pieces); i++)
        kd_str_addf(out, "%s%s", i ? " " : "", kd_json_to_text(kd_json_at(pieces, i), "?"));
}

static void assert_cut(kd_tokenizer *tokenizer, const char *text, const char *want, bool is_word)
{
    kd_ids ids = KD_VEC_INIT;
    kd_str got = KD_STR_INIT;
    if (is_word)
        kd_tokenizer_encode_word(tokenizer, text, strlen(text), &ids);
    else
        kd_tokenizer_encode(tokenizer, text, strlen(text), &ids);
    join(tokenizer, &ids, &got);
    if (strcmp(got.text, want) != 0) print_error("text \"%s\"\n", text);
    assert_string_equal(got.text, want);
    kd_vec_fini(&ids);
    kd_str_fini(&got);
}

void kd_assert_cut(kd_tokenizer *tokenizer, const char *text, const char *pieces)
{
    assert_cut(tokenizer, text, pieces, false);
}

void kd_assert_word_cut(kd_tokenizer *tokenizer, const char *word, const char *pieces)
{
    assert_cut(tokenizer, word, pieces, true);
}

void kd_assert_pieces(kd_tokenizer *tokenizer, const kd_json *texts, const kd_json *pieces)
{
    assert_true(kd_json_count(texts) > 0);
    assert_int_equal(kd_json_count(texts), kd_json_count(pieces));
    for (size_t i = 0; i < kd_json_count(texts); i++) {
        kd_str want = KD_STR_INIT;
        join_json(kd_json_at(pieces, i), &want);
        assert_cut(tokenizer, kd_json_to_text(kd_json_at(texts, i), "?"), want.text, false);
        kd_str_fini(&want);
    }
}
