/* Any bytes as a tokenizer.json: refused with its name, or read; then it cuts text into pieces that
 * it has, and what it writes cuts alike. */
#include <string.h>

#include "models/text/tokenizer.h"
#include "tests/fuzz/fuzz.h"

#define TEXT "IL-2 @X$ genes' \xCE\x91\xCE\xA3  Sj\xC3\xB6gren \xEF\xAC\x81 ``a'' \xE9\xAB\x98\n"

const char *const kd_fuzz_seeds[] = {
    "{\"added_tokens\":[{\"id\":0,\"content\":\"[UNK]\",\"special\":true},{\"id\":5,\"content\":"
    "\"@X$\",\"single_word\":true,\"lstrip\":true,\"rstrip\":true,\"normalized\":true}],"
    "\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,"
    "\"strip_accents\":null,\"lowercase\":true},\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
    "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":"
    "\"[CLS]\"}},{\"Sequence\":{\"id\":\"A\"}},{\"SpecialToken\":{\"id\":\"[SEP]\"}}]},"
    "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"max_input_chars_per_word\":100,"
    "\"vocab\":{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,\"gene\":3,\"##s\":4}}}",
    "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Replace\",\"pattern\":{"
    "\"String\":\"``\"},\"content\":\"\\\"\"},{\"type\":\"NFKD\"},{\"type\":\"StripAccents\"},{"
    "\"type\":\"Lowercase\"},{\"type\":\"NFC\"},{\"type\":\"Replace\",\"pattern\":{\"Regex\":"
    "\" {2,}\"},\"content\":\" \"},{\"type\":\"Strip\",\"strip_left\":true},{\"type\":\"Prepend\","
    "\"prepend\":\"a\"}]},\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":"
    "\"WhitespaceSplit\"},{\"type\":\"Metaspace\",\"replacement\":\"_\",\"prepend_scheme\":"
    "\"first\",\"split\":true}]},\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<unk>"
    "\",0.0],[\"_gene\",-2.5],[\"s\",-3],[\"i\",-3]],\"byte_fallback\":false}}",
    "{\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"BAAAAAAAAABh\"},"
    "\"pre_tokenizer\":{\"type\":\"Whitespace\"},\"model\":{\"type\":\"Unigram\",\"unk_id\":0,"
    "\"vocab\":[[\"<unk>\",0],[\"a\",-1]]}}",
    "{\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"use_regex\":true},"
    "\"post_processor\":{\"type\":\"RobertaProcessing\",\"sep\":[\"</s>\",2],\"cls\":[\"<s>\",0]},"
    "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a a\",[\"a\",\"b\"]]}}",
    "",
};

/* Byte BPE needs a piece for each byte: more than changing the seeds above would find. */
static const char *with_alphabet(const uint8_t *data, size_t size)
{
    kd_str json = KD_STR_INIT;
    kd_str_add(&json, "{\"pre_tokenizer\":{\"type\":\"ByteLevel\"},\"model\":{\"type\":\"BPE\","
                      "\"vocab\":{\"aa\":0");
    for (int c = 0, id = 1; c < 0x144; c++) {
        bool hides = c < 0x21 || (c > 0x7E && c < 0xA1) || c == 0xAD;
        if (!hides) kd_str_addf(&json, ",\"\\u%04x\":%d", (unsigned)c, id++);
    }
    kd_str_add(&json, "},\"merges\":[\"a a\"");
    kd_str_add_bytes(&json, data, size);
    kd_str_add(&json, "]}}");
    const char *path = kd_fuzz_file("-tokenizer.json", json.text, json.length);
    kd_str_fini(&json);
    return path;
}

static kd_tokenizer *open_file(const char *path)
{
    kd_error         err;
    kd_tokenizer    *tokenizer;
    kd_token_options options;
    kd_setting_defaults(kd_token_settings, &options);
    if (kd_tokenizer_open(&tokenizer, path, &options, &err) == KD_OK) return tokenizer;
    KD_CHECK(strstr(err.text, "-tokenizer.json") != NULL, "no name in: %s", err.text);
    return NULL;
}

static void check(kd_tokenizer *tokenizer)
{
    kd_ids ids = KD_VEC_INIT, again = KD_VEC_INIT;
    kd_str back = KD_STR_INIT;
    int    size = kd_vocab_size(kd_tokenizer_vocab(tokenizer));

    kd_tokenizer_print(tokenizer, &back);
    kd_tokenizer *twin = open_file(kd_fuzz_file("-again-tokenizer.json", back.text, back.length));
    KD_CHECK(twin != NULL, "what was written is not read");
    for (int is_word = 0; is_word < 2; is_word++) {
        (is_word ? kd_tokenizer_encode_word : kd_tokenizer_encode)(tokenizer, TEXT, strlen(TEXT),
                                                                   &ids);
        (is_word ? kd_tokenizer_encode_word : kd_tokenizer_encode)(twin, TEXT, strlen(TEXT),
                                                                   &again);
    }
    KD_CHECK(ids.count == again.count, "%zu pieces, then %zu", ids.count, again.count);
    for (size_t i = 0; i < ids.count; i++) {
        KD_CHECK(ids.items[i] >= 0 && ids.items[i] < size, "id %d of %d", ids.items[i], size);
        KD_CHECK(ids.items[i] == again.items[i], "another piece after writing");
    }
    kd_str_reset(&back);
    kd_tokenizer_decode(tokenizer, ids.items, ids.count, &back);
    kd_tokenizer_destroy(twin);
    kd_vec_fini(&ids);
    kd_vec_fini(&again);
    kd_str_fini(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{

    for (int i = 0; i < 2; i++) {
        kd_tokenizer *tokenizer = open_file(i == 0 ? kd_fuzz_file("-tokenizer.json", data, size)
                                                   : with_alphabet(data, size));
        if (!tokenizer) continue;
        check(tokenizer);
        kd_tokenizer_destroy(tokenizer);
    }
    return 0;
}
