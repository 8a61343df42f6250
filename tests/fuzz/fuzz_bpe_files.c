/* vocab.json and merges.txt from any bytes: the first line is one, the rest is the other. */
#include <string.h>

#include "models/text/tokenizer.h"
#include "tests/fuzz/fuzz.h"

/* Both parts of what `alphabet` needs: a seed with every byte of the alphabet would be long, so
 * a first line "A" stands for a whole vocabulary with the pieces aa, ab and aab. */
const char *const kd_fuzz_seeds[] = {
    "A\n#version: 0.2\na a\naa b\n",
    "A\na b\r\n\r\na a",
    "{\"a\":0,\"b\":1}\na b\n",
    "{\"a\":\"x\"}",
    "[]",
    "",
};

static void add_alphabet(kd_str *json)
{
    int id = 0;
    kd_str_add_char(json, '{');
    for (int c = 0; c < 0x144; c++) {
        bool hides = c < 0x21 || (c > 0x7E && c < 0xA1) || c == 0xAD;
        if (!hides) kd_str_addf(json, "\"\\u%04x\":%d,", (unsigned)c, id++);
    }
    kd_str_addf(json, "\"aa\":%d,\"ab\":%d,\"aab\":%d}", id, id + 1, id + 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
    size_t         first = newline ? (size_t)(newline - data) : size;
    kd_str         json = KD_STR_INIT;
    if (first == 1 && data[0] == 'A')
        add_alphabet(&json);
    else
        kd_str_add_bytes(&json, data, first);
    kd_fuzz_file("-merges.txt", newline ? newline + 1 : data, newline ? size - first - 1 : 0);
    const char *path = kd_fuzz_file("-vocab.json", json.text, json.length);
    kd_str_fini(&json);

    kd_error         err;
    kd_tokenizer    *tokenizer;
    kd_token_options options;
    kd_setting_defaults(kd_token_settings, &options);
    if (kd_tokenizer_open(&tokenizer, path, &options, &err) != KD_OK) return 0;
    kd_ids ids = KD_VEC_INIT;
    kd_str back = KD_STR_INIT;
    kd_tokenizer_encode(tokenizer, "aaab aab ba", 11, &ids);
    kd_tokenizer_decode(tokenizer, ids.items, ids.count, &back);
    KD_CHECK(strcmp(back.text, "aaab aab ba") == 0, "bytes are lost");
    kd_str_fini(&back);
    kd_vec_fini(&ids);
    kd_tokenizer_destroy(tokenizer);
    return 0;
}
