/* Any bytes as text, through every kind of tokenizer: ids lie in the vocabulary, byte-level
 * pieces give back the very bytes, decoding what was cut never fails. */
#include <stdlib.h>
#include <string.h>

#include "models/text/tokenizer.h"
#include "tests/fuzz/fuzz.h"

#define PIECES \
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##a\ngene\n##s\n'\n-\n1\n\xCE\xB1\n##\xCF\x82\n\xE9\xAB\x98\n"

const char *const kd_fuzz_seeds[] = {
    "IL-2 genes' \xCE\x91\xCE\xA3 Sj\xC3\xB6gren",
    "don't  we'll\t'S \n 12 \xC2\xA0x",
    "``a'' (b) \xEF\xAC\x81",
    "",
};

static kd_tokenizer *open_with(const char *path, kd_letters letters, bool lowercase)
{
    kd_error         err;
    kd_tokenizer    *tokenizer;
    kd_token_options options;
    kd_setting_defaults(kd_token_settings, &options);
    options.letters = letters;
    options.lowercase = lowercase;
    KD_CHECK(kd_tokenizer_open(&tokenizer, path, &options, &err) == KD_OK, "%s", err.text);
    return tokenizer;
}

/* A vocabulary of the 256 bytes and one merge: "a a". */
static kd_tokenizer *open_bytes(void)
{
    kd_str json = KD_STR_INIT;
    kd_str_add(&json, "{\"aa\":0");
    for (int c = 0, id = 1; c < 0x144; c++) {
        bool hides = c < 0x21 || (c > 0x7E && c < 0xA1) || c == 0xAD;
        if (!hides) kd_str_addf(&json, ",\"\\u%04x\":%d", (unsigned)c, id++);
    }
    kd_str_add_char(&json, '}');
    kd_fuzz_file("-merges.txt", "#version: 0.2\na a\n", 18);
    const char *path = kd_fuzz_file("-vocab.json", json.text, json.length);
    kd_str_fini(&json);
    return open_with(path, KD_LETTERS_AUTO, false);
}

enum { CASED, UNCASED, LOWERED, BYTES, UNIGRAM, UNIGRAM_UNCASED, KINDS };
static kd_tokenizer *tokenizers[KINDS];

static void close_all(void)
{
    for (int i = 0; i < KINDS; i++) kd_tokenizer_destroy(tokenizers[i]);
}

static void open_all(void)
{
    const char *pieces = kd_fuzz_file(".txt", PIECES, strlen(PIECES));
    char       *model = kd_fuzz_golden("unigram.model");
    tokenizers[CASED] = open_with(pieces, KD_LETTERS_CASED, false);
    tokenizers[UNCASED] = open_with(pieces, KD_LETTERS_UNCASED, false);
    tokenizers[LOWERED] = open_with(pieces, KD_LETTERS_CASED, true);
    tokenizers[BYTES] = open_bytes();
    tokenizers[UNIGRAM] = open_with(model, KD_LETTERS_CASED, false);
    tokenizers[UNIGRAM_UNCASED] = open_with(model, KD_LETTERS_UNCASED, false);
    free(model);
    atexit(close_all);
}

static void check(kd_tokenizer *tokenizer, const char *text, size_t length, bool gives_back)
{
    kd_ids ids = KD_VEC_INIT;
    kd_str back = KD_STR_INIT;
    int    size = kd_vocab_size(kd_tokenizer_vocab(tokenizer));

    kd_tokenizer_encode(tokenizer, text, length, &ids);
    for (size_t i = 0; i < ids.count; i++)
        KD_CHECK(ids.items[i] >= 0 && ids.items[i] < size, "id %d of %d", ids.items[i], size);
    kd_tokenizer_decode(tokenizer, ids.items, ids.count, &back);
    if (gives_back)
        KD_CHECK(back.length == length && memcmp(back.text, text, length) == 0, "bytes are lost");
    kd_vec_fini(&ids);
    kd_str_fini(&back);
}

/* A word is cut the second time as it was the first time, when it may be remembered. */
static void check_word(kd_tokenizer *tokenizer, const char *word, size_t length)
{
    kd_ids ids = KD_VEC_INIT;
    kd_tokenizer_encode_word(tokenizer, word, length, &ids);
    size_t count = ids.count;
    kd_tokenizer_encode_word(tokenizer, word, length, &ids);
    KD_CHECK(ids.count == 2 * count, "%zu pieces, then %zu", count, ids.count - count);
    for (size_t i = 0; i < count; i++)
        KD_CHECK(ids.items[i] == ids.items[count + i], "another piece the second time");
    kd_vec_fini(&ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!tokenizers[0]) open_all();
    for (int i = 0; i < KINDS; i++) {
        check(tokenizers[i], (const char *)data, size, i == BYTES);
        check_word(tokenizers[i], (const char *)data, size);
    }
    return 0;
}
