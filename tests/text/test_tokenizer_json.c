/* tokenizer.json against the pieces of other programs (tests/golden/tokens.json), and against the
 * readers of vocabulary files. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/text/corpus.h"
#include "tests/support/support.h"
#include "tests/text/pieces.h"

#define M "\xE2\x96\x81" /* the mark of a blank, U+2581 */
#define G "\xC4\xA0"     /* Ġ, byte BPE's blank */

#define BERT_STEPS                                                            \
    "\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,"        \
    "\"handle_chinese_chars\":true,\"strip_accents\":null,\"lowercase\":%s}," \
    "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
#define BYTE_STEPS                                                                              \
    "\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false," \
    "\"trim_offsets\":true},"

/* ---- files that a test writes ---- */

static const char *write_json(const char *format, ...)
{
    kd_str  text = KD_STR_INIT;
    va_list args;
    va_start(args, format);
    kd_str_addv(&text, format, args);
    va_end(args);
    const char *path = kd_test_file("tokenizer.json", text.text);
    kd_str_fini(&text);
    return path;
}

/* {"piece": id, ...} of an array of pieces; the caller frees it. */
static char *object_of(const kd_json *pieces)
{
    kd_str         text = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &text, 0);
    kd_json_begin(&w, '{');
    for (size_t i = 0; i < kd_json_count(pieces); i++)
        kd_json_put_int(&w, kd_json_to_text(kd_json_at(pieces, i), "?"), (int64_t)i);
    kd_json_end(&w, '}');
    return kd_str_take(&text);
}

/* An array of texts again; with `parts`, each as an array of what its blank parts. */
static char *array_of(const kd_json *texts, bool parts)
{
    kd_str         text = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &text, 0);
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < kd_json_count(texts); i++) {
        const char *merge = kd_json_to_text(kd_json_at(texts, i), "? ?");
        if (!parts) {
            kd_json_text(&w, merge);
            continue;
        }
        char *left = kd_strndup(merge, (size_t)(strchr(merge, ' ') - merge));
        kd_json_begin(&w, '[');
        kd_json_text(&w, left);
        kd_json_text(&w, strchr(merge, ' ') + 1);
        kd_json_end(&w, ']');
        free(left);
    }
    kd_json_end(&w, ']');
    return kd_str_take(&text);
}

static kd_json_document *golden;

static const kd_json *golden_at(const char *kind, const char *key)
{
    const kd_json *root = kd_json_root(golden);
    return key ? kd_json_get(kd_json_get(root, kind), key) : kd_json_get(root, kind);
}

static int set_up(void **state)
{
    (void)state;
    golden = kd_golden_open("tokens.json");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    kd_json_close(golden);
    return 0;
}

/* ---- against other programs ---- */

static void test_cuts_wordpieces_as_the_reference_does(void **state)
{
    (void)state;
    static const char *const names[] = { "cased", "uncased" };
    for (int i = 0; i < 2; i++) {
        const kd_json *own = golden_at("wordpiece", names[i]);
        char          *vocab = object_of(kd_json_get(own, "vocab"));
        const char    *path = write_json("{" BERT_STEPS "\"model\":{\"type\":\"WordPiece\","
                                            "\"unk_token\":\"[UNK]\",\"vocab\":%s}}",
                                      i ? "true" : "false", vocab);
        kd_tokenizer  *tokenizer = kd_test_open(path, "auto");
        assert_string_equal(kd_tokenizer_kind_name(tokenizer), "wordpiece");
        assert_int_equal(kd_tokenizer_is_uncased(tokenizer), i);
        kd_assert_pieces(tokenizer, golden_at("texts", NULL), kd_json_get(own, "pieces"));
        kd_tokenizer_destroy(tokenizer);
        free(vocab);
    }
}

static void test_cuts_bytes_as_the_reference_does(void **state)
{
    (void)state;
    char *vocab = object_of(golden_at("bpe", "vocab"));
    for (int parts = 0; parts < 2; parts++) { /* the older and the newer form of merges */
        char         *merges = array_of(golden_at("bpe", "merges"), parts);
        const char   *path = write_json("{" BYTE_STEPS "\"model\":{\"type\":\"BPE\",\"vocab\":%s,"
                                          "\"merges\":%s}}",
                                        vocab, merges);
        kd_tokenizer *tokenizer = kd_test_open(path, "auto");
        assert_string_equal(kd_tokenizer_kind_name(tokenizer), "bpe");
        kd_assert_pieces(tokenizer, golden_at("texts", NULL), golden_at("bpe", "pieces"));
        kd_assert_word_cut(tokenizer, "gene", G "gene");
        kd_assert_cut(tokenizer, "gene", "gene");
        kd_tokenizer_destroy(tokenizer);
        free(merges);
    }
    free(vocab);
}

/* ---- against the readers of vocabulary files ---- */

/* The tokenizer of a vocabulary file, written and read again. */
static kd_tokenizer *reopen(kd_tokenizer *tokenizer)
{
    kd_error err;
    char    *path = kd_fs_join(kd_test_folder(), "tokenizer.json");
    assert_ok(kd_tokenizer_write(tokenizer, path, &err), &err);
    kd_tokenizer *again = kd_test_open(path, "auto");
    free(path);
    assert_string_equal(kd_tokenizer_kind_name(again), kd_tokenizer_kind_name(tokenizer));
    assert_int_equal(kd_tokenizer_is_uncased(again), kd_tokenizer_is_uncased(tokenizer));
    return again;
}

static bool cuts_alike(kd_tokenizer *a, kd_tokenizer *b, const char *text, size_t length,
                       bool is_word)
{
    kd_ids x = KD_VEC_INIT, y = KD_VEC_INIT;
    (is_word ? kd_tokenizer_encode_word : kd_tokenizer_encode)(a, text, length, &x);
    (is_word ? kd_tokenizer_encode_word : kd_tokenizer_encode)(b, text, length, &y);
    bool alike = x.count == y.count &&
                 (x.count == 0 || memcmp(x.items, y.items, x.count * sizeof *x.items) == 0);
    kd_vec_fini(&x);
    kd_vec_fini(&y);
    return alike;
}

/* ALBERT's second cut of "1," has no word in tokenizer.json. */
static bool has_number_with_comma(const char *text, size_t length)
{
    for (size_t i = 1; i < length; i++)
        if (text[i] == ',' && text[i - 1] >= '0' && text[i - 1] <= '9') return true;
    return false;
}

static void test_writes_what_it_reads_alike(void **state)
{
    (void)state;
    static const char *const letters[] = { "cased", "uncased" };
    for (int i = 0; i < 2; i++) {
        kd_tokenizer  *first = kd_test_open(kd_golden_path("unigram.model"), letters[i]);
        kd_tokenizer  *again = reopen(first);
        kd_tokenizer  *third = reopen(again);
        const kd_json *texts = golden_at("texts", NULL);
        for (size_t t = 0; t < kd_json_count(texts); t++) {
            const char *text = kd_json_to_text(kd_json_at(texts, t), "");
            if (text[strspn(text, " \t\n")] == 0) continue; /* Strip takes more than blanks */
            if (i == 1 && has_number_with_comma(text, strlen(text))) continue;
            if (!cuts_alike(first, again, text, strlen(text), false) ||
                !cuts_alike(first, third, text, strlen(text), true))
                fail_msg("%s: \"%s\"", letters[i], text);
        }
        kd_tokenizer_destroy(first);
        kd_tokenizer_destroy(again);
        kd_tokenizer_destroy(third);
    }
}

static void test_cuts_published_vocabularies_alike(void **state)
{
    (void)state;
    static const char *const folders[] = { "bert-base-cased", "bert-base-uncased", "roberta-base",
                                           "albert-base-v2" };
    const char              *file = kd_shared_path("data/NCBI-disease/devel.tsv");
    if (!file || !kd_shared_path("data/vocab")) {
        print_message("the published vocabularies are not here: skipped\n");
        return;
    }
    kd_error   err;
    kd_corpus  corpus;
    kd_labels *labels = kd_labels_create();
    assert_ok(kd_corpus_read(&corpus, file, KD_TASK_NER, NULL, labels, &err), &err);
    for (int i = 0; i < 4; i++) {
        char         *name = kd_sprintf("data/vocab/%s", folders[i]);
        kd_tokenizer *first = kd_test_open(kd_shared_path(name), "auto"), *again = reopen(first);
        assert_int_equal(kd_vocab_size(kd_tokenizer_vocab(first)),
                         kd_vocab_size(kd_tokenizer_vocab(again)));
        for (size_t w = 0; w < corpus.words.count; w++) {
            const kd_word *word = &corpus.words.items[w];
            if (i == 3 && has_number_with_comma(word->text, word->length)) continue;
            if (!cuts_alike(first, again, word->text, word->length, true) ||
                !cuts_alike(first, again, word->text, word->length, false))
                fail_msg("%s: \"%.*s\"", folders[i], (int)word->length, word->text);
        }
        kd_tokenizer_destroy(first);
        kd_tokenizer_destroy(again);
        free(name);
    }
    kd_corpus_fini(&corpus);
    kd_labels_destroy(labels);
}

static void test_lowers_first_what_it_was_told_to_lower(void **state)
{
    (void)state;
    kd_error         err;
    kd_tokenizer    *tokenizer;
    kd_token_options options = kd_test_options("cased");
    options.lowercase = true;
    const char *vocab = kd_test_file("v.txt", "[UNK]\nGene\ngene\n");
    assert_ok(kd_tokenizer_open(&tokenizer, vocab, &options, &err), &err);
    char *path = kd_fs_join(kd_test_folder(), "tokenizer.json");
    assert_ok(kd_tokenizer_write(tokenizer, path, &err), &err);
    kd_tokenizer *again = kd_test_open(path, "auto");
    kd_assert_cut(again, "Gene", "gene");
    kd_tokenizer_destroy(again);
    kd_tokenizer_destroy(tokenizer);
    free(path);
}

/* ---- steps, one by one ---- */

/* A unigram of these pieces, all equally likely but <unk>; a longer piece is always the better. */
#define UNIGRAM(pieces) \
    "\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<unk>\",0]," pieces "]}"
#define PIECE(text) "[\"" text "\",-1]"

#define PIECES                                                                                  \
    PIECE("abc")                                                                                \
    "," PIECE("e") "," PIECE("\xC3\xA9") "," PIECE("\xCC\x81") "," PIECE("fi") "," PIECE(       \
        "f") "," PIECE("i") "," PIECE("-") "," PIECE("--") "," PIECE(M "abc") "," PIECE(M "f" M \
                                                                                          "i")

static void test_takes_each_step(void **state)
{
    (void)state;
    static const struct {
        const char *steps, *text, *pieces;
    } cases[] = {
        { "\"normalizer\":{\"type\":\"Lowercase\"},", "ABC", "abc" },
        { "\"normalizer\":{\"type\":\"NFD\"},", "\xC3\xA9", "e \xCC\x81" },
        { "\"normalizer\":{\"type\":\"NFC\"},", "e\xCC\x81", "\xC3\xA9" },
        { "\"normalizer\":{\"type\":\"NFKC\"},", "\xEF\xAC\x81", "fi" },
        { "\"normalizer\":{\"type\":\"NFKD\"},", "\xEF\xAC\x81", "fi" },
        { "\"normalizer\":{\"type\":\"StripAccents\"},", "e\xCC\x81", "e" },
        { "\"normalizer\":{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":true},", " e ",
          "e" },
        { "\"normalizer\":{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":false},", " e ",
          "e <unk>" },
        { "\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"String\":\"xx\"},"
          "\"content\":\"abc\"},",
          "exxe", "e abc e" },
        { "\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" {2,}\"},"
          "\"content\":\"e\"},",
          "abc   abc", "abc e abc" },
        { "\"normalizer\":{\"type\":\"Prepend\",\"prepend\":\"e\"},", "abc", "e abc" },
        { "\"normalizer\":{\"type\":\"Prepend\",\"prepend\":\"e\"},", "", "" },
        { "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFD\"},"
          "{\"type\":\"StripAccents\"},{\"type\":\"Lowercase\"}]},",
          "\xC3\x89", "e" },
        { "\"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"},", " fi \t\xC2\xA0 abc", "fi abc" },
        { "\"pre_tokenizer\":{\"type\":\"Whitespace\"},", "f-- i", "f -- i" },
        { "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},", "f-- i", "f - - i" },
        { "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":"
          "\"WhitespaceSplit\"},{\"type\":\"Metaspace\",\"add_prefix_space\":true}]},",
          "abc  abc", M "abc " M "abc" },
        { "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"prepend_scheme\":\"never\"},", "abc abc",
          "abc " M "abc" },
        { "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"prepend_scheme\":\"first\"},", "abc abc",
          M "abc " M "abc" },
        { "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"add_prefix_space\":false},", "abc", "abc" },
        { "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"split\":false},", "f i", M "f" M "i" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char   *path = write_json("{%s" UNIGRAM(PIECES) "}", cases[i].steps);
        kd_tokenizer *tokenizer = kd_test_open(path, "auto");
        kd_assert_cut(tokenizer, cases[i].text, cases[i].pieces);
        kd_tokenizer_destroy(tokenizer);
    }
}

static void test_finds_added_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *flags, *text, *pieces;
    } cases[] = {
        { "\"normalized\":false", "a @X$b", "a @X$ b" },
        { "\"normalized\":false", "a @x$b", "a @ x $ b" },
        { "\"normalized\":true", "a @x$b", "a @X$ b" },
        { "\"normalized\":false,\"single_word\":true", "a @X$ b", "a @X$ b" },
        { "\"normalized\":false,\"single_word\":true", "a @X$b", "a @ x $ b" },
        { "\"normalized\":false,\"special\":true", "a @X$", "a @ x $" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path =
            write_json("{\"added_tokens\":[{\"id\":6,\"content\":\"@X$\",%s}]," BERT_STEPS
                       "\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":0,"
                       "\"a\":1,\"b\":2,\"x\":3,\"@\":4,\"$\":5}}}",
                       cases[i].flags, "true");
        kd_tokenizer *tokenizer = kd_test_open(path, "auto"), *again = reopen(tokenizer);
        assert_int_equal(kd_vocab_size(kd_tokenizer_vocab(tokenizer)), 7);
        kd_assert_cut(tokenizer, cases[i].text, cases[i].pieces);
        kd_assert_cut(again, cases[i].text, cases[i].pieces);
        kd_tokenizer_destroy(again);
        kd_tokenizer_destroy(tokenizer);
    }
}

/* ---- refusals ---- */

#define TINY "\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2}}"

static void test_refuses_what_is_not_built_by_its_name(void **state)
{
    (void)state;
    static const struct {
        const char *contents, *words;
    } cases[] = {
        { "[]", "tokenizer.json: expected an object" },
        { "{}", "tokenizer.json: model.type: '' is not built" },
        { "{\"model\":{\"type\":\"WordLevel\"}}", "model.type: 'WordLevel' is not built" },
        { "{\"model\":{\"type\":\"WordPiece\"}}", "model: vocab: expected pieces" },
        { "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}}}",
          "model: unk_token: '[UNK]' is not in the vocabulary" },
        { "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":1}}}",
          "model: vocab: the id of '[UNK]' is not one of 0 to 0" },
        { "{\"model\":{\"type\":\"WordPiece\",\"continuing_subword_prefix\":\"@@\","
          "\"vocab\":{\"[UNK]\":0}}}",
          "continuing_subword_prefix: '@@' is not built" },
        { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}",
          "BPE without the pre-tokenizer ByteLevel" },
        { "{\"model\":{\"type\":\"BPE\",\"byte_fallback\":true,\"vocab\":{\"a\":0}}}",
          "model: byte_fallback: this is not built" },
        { "{\"model\":{\"type\":\"BPE\",\"dropout\":0.1,\"vocab\":{\"a\":0}}}",
          "model: dropout: this is not built" },
        { "{\"pre_tokenizer\":{\"type\":\"ByteLevel\"},\"model\":{\"type\":\"BPE\","
          "\"vocab\":{\"a\":0}}}",
          "no piece for the byte 0x00" },
        { "{\"model\":{\"type\":\"Unigram\",\"unk_id\":2,\"vocab\":[[\"a\",-1]]}}",
          "model: unk_id: not one of 0 to 0" },
        { "{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\",0],[\"a\",-1]]}}",
          "model: vocab[1]: 'a' is there already" },
        { "{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\",0],[\"b\",\"x\"]]}}",
          "model: vocab[1]: its score is no finite number" },
        { "{\"normalizer\":{\"type\":\"Nmt\"}," TINY "}",
          "tokenizer.json: normalizer: type: 'Nmt' is not built" },
        { "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},"
          "{\"type\":\"ByteLevel\"}]}," TINY "}",
          "normalizer: normalizers[1]: type: 'ByteLevel' is not built" },
        { "{\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"a+\"},"
          "\"content\":\"\"}," TINY "}",
          "normalizer: Replace: pattern: the expression 'a+' is not built" },
        { "{\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"A*\"}," TINY "}",
          "Precompiled: precompiled_charsmap: character 2 is not base64" },
        { "{\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAAA\"}," TINY "}",
          "precompiled_charsmap: the map of characters is damaged" },
        { "{\"pre_tokenizer\":{\"type\":\"Split\"}," TINY "}",
          "pre_tokenizer: type: 'Split' is not built" },
        { "{\"pre_tokenizer\":{\"type\":\"ByteLevel\"}," TINY "}",
          "pre_tokenizer: ByteLevel before wordpiece is not built" },
        { "{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"prepend_scheme\":\"last\"}," TINY "}",
          "Metaspace: prepend_scheme: 'last' is not built" },
        { "{\"added_tokens\":[{\"id\":7,\"content\":\"x\"}]," TINY "}",
          "added_tokens[0]: id: 'x' has 7, expected 3" },
        { "{\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":["
          "{\"Sequence\":{\"id\":\"A\"}}]}," TINY "}",
          "post_processor: TemplateProcessing: other than [CLS] text [SEP] is not built" },
        { "{\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"[SEP]\",2],"
          "\"cls\":[\"[UNK]\",0]}," TINY "}",
          "post_processor: BertProcessing: other than" },
        { "{\"post_processor\":{\"type\":\"Own\"}," TINY "}",
          "post_processor: type: 'Own' is not built" },
    };
    kd_error         err;
    kd_tokenizer    *tokenizer;
    kd_token_options options = kd_test_options("auto");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_fails(
            KD_EDATA, cases[i].words,
            kd_tokenizer_open(&tokenizer, write_json("%s", cases[i].contents), &options, &err),
            &err);
}

static void test_takes_the_usual_ends_of_a_row(void **state)
{
    (void)state;
    static const char *const posts[] = {
        "null",
        "{\"type\":\"ByteLevel\",\"trim_offsets\":true}",
        "{\"type\":\"BertProcessing\",\"sep\":[\"[SEP]\",2],\"cls\":[\"[CLS]\",1]}",
        "{\"type\":\"RobertaProcessing\",\"sep\":[\"[SEP]\",2],\"cls\":[\"[CLS]\",1]}",
        "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"[CLS]\"}},"
        "{\"Sequence\":{\"id\":\"A\"}},{\"SpecialToken\":{\"id\":\"[SEP]\"}}]}",
        "{\"type\":\"Sequence\",\"processors\":[{\"type\":\"ByteLevel\"}]}",
    };
    for (size_t i = 0; i < sizeof posts / sizeof *posts; i++)
        kd_tokenizer_destroy(
            kd_test_open(write_json("{\"post_processor\":%s," TINY "}", posts[i]), "auto"));
}

static void test_says_when_settings_and_file_differ(void **state)
{
    (void)state;
    kd_error         err;
    kd_tokenizer    *tokenizer;
    kd_token_options options = kd_test_options("uncased");
    const char      *path = write_json("{" TINY "}");
    assert_fails(KD_ECONFIG, "letters: uncased, but the normalizer of the file is cased",
                 kd_tokenizer_open(&tokenizer, path, &options, &err), &err);
    options = kd_test_options("auto");
    options.tokenizer = KD_TOKENIZER_BPE;
    assert_fails(KD_ECONFIG, "tokenizer: bpe, but",
                 kd_tokenizer_open(&tokenizer, path, &options, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts_wordpieces_as_the_reference_does),
        cmocka_unit_test(test_cuts_bytes_as_the_reference_does),
        cmocka_unit_test(test_writes_what_it_reads_alike),
        cmocka_unit_test(test_cuts_published_vocabularies_alike),
        cmocka_unit_test(test_lowers_first_what_it_was_told_to_lower),
        cmocka_unit_test(test_takes_each_step),
        cmocka_unit_test(test_finds_added_tokens),
        cmocka_unit_test(test_refuses_what_is_not_built_by_its_name),
        cmocka_unit_test(test_takes_the_usual_ends_of_a_row),
        cmocka_unit_test(test_says_when_settings_and_file_differ),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
