#include "models/text/pack_build.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/rng.h"
#include "tests/support/support.h"
#include "tests/text/pieces.h"

#define PIECES "[PAD]\n[UNK]\n[CLS]\n[SEP]\nIL\n-\n2\ngene\nil\n##s\n##x\nx\n.\n"
enum { PAD, UNK, CLS, SEP, IL, DASH, TWO, GENE, LOWER_IL, S, XX, X, DOT };

typedef struct {
    kd_labels    *labels;
    kd_corpus     corpus;
    kd_tokenizer *tokenizer;
    int           o, b, e;
} scene;

/* Labels O B-G I-G E-G S-G; an empty corpus; the small vocabulary above. */
static scene set_scene(const kd_token_options *options)
{
    scene    s = { .labels = kd_labels_create() };
    kd_error err;
    int      type = kd_labels_add_type(s.labels, KD_SCHEME_IOBES, "G", 1);
    s.o = kd_labels_outside(s.labels);
    s.b = kd_labels_tag_id(s.labels, KD_PART_B, type);
    s.e = kd_labels_tag_id(s.labels, KD_PART_E, type);
    kd_corpus_init(&s.corpus, KD_TASK_NER, "made", s.labels);
    assert_ok(kd_tokenizer_open(&s.tokenizer, kd_test_file("pack.txt", PIECES), options, &err),
              &err);
    return s;
}

static void clear_scene(scene *s)
{
    kd_corpus_fini(&s->corpus);
    kd_labels_destroy(s->labels);
    kd_tokenizer_destroy(s->tokenizer);
}

static void add(scene *s, const char *word, int tag)
{
    kd_corpus_add_word(&s->corpus, word, strlen(word), tag);
}

/* "IL-2s gene ." and "\x01 x", the second with a word of which nothing is left. */
static void add_two_sentences(scene *s)
{
    add(s, "IL-2s", s->b);
    add(s, "gene", s->e);
    add(s, ".", s->o);
    kd_corpus_end_sentence(&s->corpus);
    add(s, "\x01", s->o);
    add(s, "x", s->o);
    kd_corpus_end_sentence(&s->corpus);
}

static kd_pack pack(scene *s, const kd_token_options *options, kd_pack_stats *stats)
{
    kd_error err;
    kd_pack  out;
    assert_ok(kd_pack_build(&out, &s->corpus, s->tokenizer, options, stats, &err), &err);
    return out;
}

static void assert_ints(const int32_t *got, const int32_t *want, int n)
{
    for (int i = 0; i < n; i++) assert_int_equal(got[i], want[i]);
}

static void assert_tags(const int16_t *got, const int *want, int n)
{
    for (int i = 0; i < n; i++) assert_int_equal(got[i], want[i]);
}

static void test_lays_out_pieces_words_and_tags(void **state)
{
    (void)state;
    kd_token_options options = kd_test_options("cased");
    kd_pack_stats    stats;
    scene            s = set_scene(&options);
    add_two_sentences(&s);
    kd_pack p = pack(&s, &options, &stats);

    const int32_t want_ids[] = { CLS, IL, DASH, TWO, S, GENE, DOT, SEP, CLS, UNK, X, SEP };
    const int32_t want_word[] = { -1, 0, 0, 0, 0, 1, 2, -1, -1, 0, 1, -1 };
    const int     want_tags[] = { -1, s.b, s.b, s.b, s.b, s.e, s.o, -1, -1, s.o, s.o, -1 };
    assert_int_equal(p.sentences, 2);
    assert_int_equal(p.words, 5);
    assert_int_equal(p.pieces, 12);
    assert_ints(p.ids, want_ids, 12);
    assert_ints(p.word, want_word, 12);
    assert_tags(p.tags, want_tags, 12);
    assert_ints(p.piece_begin, (const int32_t[]){ 0, 8, 12 }, 3);
    assert_ints(p.word_begin, (const int32_t[]){ 0, 3, 5 }, 3);
    assert_tags(p.word_tags, (const int[]){ s.b, s.e, s.o, s.o, s.o }, 5);
    assert_null(p.labels);

    assert_int_equal(stats.pieces, 8);
    assert_int_equal(stats.unknown, 1);
    assert_int_equal(stats.empty_words, 1);
    assert_int_equal(stats.cut_sentences, 0);
    assert_int_equal(stats.longest, 8);
    kd_pack_fini(&p);
    clear_scene(&s);
}

static void test_tags_the_first_piece_alone_when_asked(void **state)
{
    (void)state;
    kd_token_options options = kd_test_options("cased");
    options.inherit = false;
    scene s = set_scene(&options);
    add_two_sentences(&s);
    kd_pack p = pack(&s, &options, NULL);
    assert_tags(p.tags, (const int[]){ -1, s.b, -1, -1, -1, s.e, s.o, -1, -1, s.o, s.o, -1 }, 12);
    kd_pack_fini(&p);
    clear_scene(&s);
}

static void test_lowers_words_for_a_cased_vocabulary(void **state)
{
    (void)state;
    kd_token_options options = kd_test_options("cased");
    options.lowercase = true;
    scene s = set_scene(&options);
    add(&s, "IL", s.o);
    add(&s, "GENE", s.o);
    kd_corpus_end_sentence(&s.corpus);
    kd_pack p = pack(&s, &options, NULL);
    assert_ints(p.ids, (const int32_t[]){ CLS, LOWER_IL, GENE, SEP }, 4);
    kd_pack_fini(&p);
    clear_scene(&s);
}

static void test_tags_specials_with_start_and_end(void **state)
{
    (void)state;
    kd_token_options options = kd_test_options("cased");
    options.tag_specials = true;
    scene s = set_scene(&options);
    add(&s, "x", s.o);
    kd_corpus_end_sentence(&s.corpus);
    kd_pack p = pack(&s, &options, NULL); /* the table has no such labels yet */
    assert_tags(p.tags, (const int[]){ -1, s.o, -1 }, 3);
    kd_pack_fini(&p);

    int start = kd_labels_add_class(s.labels, "START", 5),
        end = kd_labels_add_class(s.labels, "END", 3);
    p = pack(&s, &options, NULL);
    assert_tags(p.tags, (const int[]){ start, s.o, end }, 3);
    kd_pack_fini(&p);
    clear_scene(&s);
}

static void test_cuts_a_long_row_and_says_what_it_lost(void **state)
{
    (void)state;
    kd_token_options options = kd_test_options("cased");
    kd_pack_stats    stats;
    scene            s = set_scene(&options);
    options.max_pieces = 5;
    add_two_sentences(&s); /* 8 and 4 pieces with specials */
    kd_pack p = pack(&s, &options, &stats);
    assert_ints(p.ids, (const int32_t[]){ CLS, IL, DASH, TWO, SEP, CLS, UNK, X, SEP }, 9);
    assert_ints(p.piece_begin, (const int32_t[]){ 0, 5, 9 }, 3);
    assert_int_equal(p.words, 5); /* all of them are still scored */
    assert_int_equal(stats.cut_sentences, 1);
    assert_int_equal(stats.cut_words, 3); /* the first one lost its last piece */
    assert_int_equal(stats.longest, 8);
    assert_int_equal(stats.pieces, 5);

    int16_t tags[9], words[5];
    for (int i = 0; i < 9; i++) tags[i] = (int16_t)s.e;
    kd_pack_words(&p, tags, (int16_t)s.o, words);
    assert_tags(words, (const int[]){ s.e, s.o, s.o, s.e, s.e }, 5);
    kd_pack_fini(&p);
    clear_scene(&s);
}

/* DoKTra's code cuts the whole row, [SEP] with it; a row that is one too long loses nothing else. */
static void test_cuts_sep_as_the_source_does(void **state)
{
    (void)state;
    kd_token_options options = kd_test_options("cased");
    kd_pack_stats    stats;
    scene            s = set_scene(&options);
    options.max_pieces = 5;
    options.keep_sep = false;
    add_two_sentences(&s);
    kd_pack p = pack(&s, &options, &stats);
    assert_ints(p.ids, (const int32_t[]){ CLS, IL, DASH, TWO, S, CLS, UNK, X, SEP }, 9);
    assert_tags(p.tags, (const int[]){ -1, s.b, s.b, s.b, s.b, -1, s.o, s.o, -1 }, 9);
    assert_ints(p.piece_begin, (const int32_t[]){ 0, 5, 9 }, 3);
    assert_int_equal(stats.cut_sentences, 1);
    assert_int_equal(stats.cut_words, 2);
    kd_pack_fini(&p);

    options.max_pieces = 7; /* of 8 */
    p = pack(&s, &options, &stats);
    assert_ints(p.ids, (const int32_t[]){ CLS, IL, DASH, TWO, S, GENE, DOT, CLS }, 8);
    assert_int_equal(stats.cut_sentences, 1);
    assert_int_equal(stats.cut_words, 0);
    kd_pack_fini(&p);
    clear_scene(&s);
}

static void test_cuts_a_sentence_of_five_thousand_words(void **state)
{
    (void)state;
    kd_token_options options = kd_test_options("cased");
    kd_pack_stats    stats;
    scene            s = set_scene(&options);
    for (int i = 0; i < 5000; i++) add(&s, "gene", s.o);
    kd_corpus_end_sentence(&s.corpus);
    kd_pack p = pack(&s, &options, &stats);
    assert_int_equal(p.pieces, 512);
    assert_int_equal(p.words, 5000);
    assert_int_equal(stats.cut_words, 5000 - 510);
    assert_int_equal(stats.longest, 5002);
    kd_pack_fini(&p);

    options.max_pieces = 0;
    p = pack(&s, &options, &stats);
    assert_int_equal(p.pieces, 5002);
    assert_int_equal(stats.cut_words, 0);
    kd_pack_fini(&p);
    clear_scene(&s);
}

static void test_packs_whole_texts_with_their_classes(void **state)
{
    (void)state;
    kd_error         err;
    kd_token_options options = kd_test_options("cased");
    scene            s = set_scene(&options);
    kd_labels       *classes = kd_labels_create();
    kd_corpus        corpus;
    kd_pack          p;
    int              yes = kd_labels_add_class(classes, "1", 1);
    kd_corpus_init(&corpus, KD_TASK_RE, "made", classes);
    kd_corpus_add_row(&corpus, "IL-2 gene.", 10, yes, 0);
    assert_ok(kd_pack_build(&p, &corpus, s.tokenizer, &options, NULL, &err), &err);
    assert_ints(p.ids, (const int32_t[]){ CLS, IL, DASH, TWO, GENE, DOT, SEP }, 7);
    assert_null(p.tags);
    assert_int_equal(p.labels[0], yes);
    kd_pack_fini(&p);
    kd_corpus_fini(&corpus);
    kd_labels_destroy(classes);
    clear_scene(&s);
}

static void test_refuses_a_row_without_room(void **state)
{
    (void)state;
    kd_error         err;
    kd_pack          p;
    kd_token_options options = kd_test_options("cased");
    scene            s = set_scene(&options);
    options.max_pieces = 2;
    assert_fails(KD_ECONFIG, "max_pieces: 2 leaves no room",
                 kd_pack_build(&p, &s.corpus, s.tokenizer, &options, NULL, &err), &err);
    clear_scene(&s);
}

static void test_refuses_a_vocabulary_without_specials(void **state)
{
    (void)state;
    kd_error         err;
    kd_pack          p;
    kd_tokenizer    *bare;
    kd_token_options options = kd_test_options("cased");
    scene            s = set_scene(&options);
    assert_ok(kd_tokenizer_open(&bare, kd_test_file("bare.txt", "[UNK]\na\n"), &options, &err),
              &err);
    assert_fails(KD_EDATA, "lacks [CLS]", kd_pack_build(&p, &s.corpus, bare, &options, NULL, &err),
                 &err);
    kd_tokenizer_destroy(bare);
    clear_scene(&s);
}

/* Tags of words, laid on pieces and taken back, are the same tags, whatever the words are. */
static void test_brings_tags_back_to_their_words(void **state)
{
    (void)state;
    static const char *const words[] = { "IL-2", "gene",         "xxsx", "",
                                         "\x01", "\xE2\x98\x83", ".",    "il.il" };
    kd_rng                   rng = kd_rng_root(3);
    for (int round = 0; round < 200; round++) {
        kd_token_options options = kd_test_options("cased");
        options.inherit = round % 2 == 0;
        scene s = set_scene(&options);
        for (uint64_t b = 0, sentences = 1 + kd_rng_below(&rng, 4); b < sentences; b++) {
            for (uint64_t t = 0, length = 1 + kd_rng_below(&rng, 9); t < length; t++)
                add(&s, words[kd_rng_below(&rng, 8)], (int)kd_rng_below(&rng, 5));
            kd_corpus_end_sentence(&s.corpus);
        }
        kd_pack  p = pack(&s, &options, NULL);
        int16_t *back = kd_alloc((size_t)p.words, sizeof *back);
        kd_pack_words(&p, p.tags, -7, back);
        assert_memory_equal(back, p.word_tags, (size_t)p.words * sizeof *back);
        free(back);
        kd_pack_fini(&p);
        clear_scene(&s);
    }
}

/* ---- word starts, whichever the method ---- */

#define SPECIALS "\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2"

/* A tokenizer.json of each method that knows "a", "b", "1", "," and "'" in its own way. */
static const char *write_wordpiece(void)
{
    return kd_test_file("w-tokenizer.json",
                        "{\"normalizer\":{\"type\":\"BertNormalizer\",\"lowercase\":false},"
                        "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},\"model\":{\"type\":"
                        "\"WordPiece\",\"vocab\":{" SPECIALS ",\"a\":3,\"##a\":4,\"b\":5,\"##b\":6,"
                        "\"1\":7,\",\":8,\"'\":9}}}");
}

static const char *write_bytes(void)
{
    kd_str json = KD_STR_INIT;
    kd_str_add(&json, "{\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false},"
                      "\"model\":{\"type\":\"BPE\",\"vocab\":{\"<s>\":0,\"</s>\":1,\"<unk>\":2,"
                      "\"\\u0120a\":3,\"ab\":4");
    for (int c = 0, id = 5; c < 0x144; c++) {
        bool hides = c < 0x21 || (c > 0x7E && c < 0xA1) || c == 0xAD;
        if (!hides) kd_str_addf(&json, ",\"\\u%04x\":%d", (unsigned)c, id++);
    }
    kd_str_add(&json, "},\"merges\":[\"\\u0120 a\",\"a b\"]}}");
    const char *path = kd_test_file("b-tokenizer.json", json.text);
    kd_str_fini(&json);
    return path;
}

static const char *write_unigram(void)
{
    return kd_test_file("u-tokenizer.json",
                        "{\"added_tokens\":[{\"id\":1,\"content\":\"[CLS]\",\"special\":true},"
                        "{\"id\":2,\"content\":\"[SEP]\",\"special\":true}],\"pre_tokenizer\":{"
                        "\"type\":\"Metaspace\",\"prepend_scheme\":\"always\"},\"model\":{\"type\":"
                        "\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<unk>\",0],[\"[CLS]\",0],"
                        "[\"[SEP]\",0],[\"\xE2\x96\x81\",-3],[\"\xE2\x96\x81"
                        "a\",-2],[\"a\",-3],[\"b\",-3],[\"1\",-3],[\",\",-3]]}}");
}

/* Pieces of the words, each with its tag; [CLS] and [SEP] left out. */
static void assert_packed(const char *path, const char *want)
{
    static const char *const words[] = { "ab", "a", ",", "1", "'s", "bab" };
    kd_token_options         options = kd_test_options("auto");
    kd_str                   got = KD_STR_INIT;
    options.inherit = false;
    scene s = set_scene(&options);
    kd_tokenizer_destroy(s.tokenizer);
    s.tokenizer = kd_test_open(path, "auto");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) add(&s, words[i], i == 0 ? s.b : s.o);
    kd_corpus_end_sentence(&s.corpus);
    kd_pack p = pack(&s, &options, NULL);
    for (int i = 1; i + 1 < p.pieces; i++) {
        if (i > 1) kd_str_add_char(&got, ' ');
        kd_str_add(&got, kd_vocab_piece(kd_tokenizer_vocab(s.tokenizer), p.ids[i]));
        assert_int_equal(p.tags[i] != KD_NO_TAG, kd_pack_is_first(&p, i));
        if (p.tags[i] != KD_NO_TAG) kd_str_add(&got, p.tags[i] == s.b ? "/B" : "/O");
    }
    assert_string_equal(got.text, want);
    kd_str_fini(&got);
    kd_pack_fini(&p);
    clear_scene(&s);
}

static void test_tags_the_piece_that_begins_a_word(void **state)
{
    (void)state;
    assert_packed(write_wordpiece(), "a/B ##b a/O ,/O 1/O '/O [UNK] b/O ##a ##b");
    assert_packed(write_bytes(), "\xC4\xA0"
                                 "a/B b \xC4\xA0"
                                 "a/O \xC4\xA0/O , \xC4\xA0/O 1 \xC4\xA0/O ' s \xC4\xA0/O b ab");
    assert_packed(write_unigram(), "\xE2\x96\x81"
                                   "a/B b \xE2\x96\x81"
                                   "a/O \xE2\x96\x81/O , \xE2\x96\x81/O 1 \xE2\x96\x81/O <unk> "
                                   "\xE2\x96\x81/O b a b");
}

/* The mark that the first piece of a word begins with; none of WordPiece's has "##". */
static bool begins_word(const kd_tokenizer *tokenizer, const char *piece)
{
    static const char *const marks[] = { "wordpiece", "",        "bpe",
                                         "\xC4\xA0",  "unigram", "\xE2\x96\x81" };
    for (int i = 0; i < 6; i += 2)
        if (strcmp(kd_tokenizer_kind_name(tokenizer), marks[i]) == 0)
            return i == 0 ? strncmp(piece, "##", 2) != 0
                          : strncmp(piece, marks[i + 1], strlen(marks[i + 1])) == 0;
    return false;
}

static void check_starts(kd_tokenizer *tokenizer, const kd_corpus *corpus)
{
    kd_error         err;
    kd_pack          p;
    kd_token_options options = kd_test_options("auto");
    options.inherit = false;
    assert_ok(kd_pack_build(&p, corpus, tokenizer, &options, NULL, &err), &err);
    int16_t *back = kd_alloc((size_t)p.words, sizeof *back);
    kd_pack_words(&p, p.tags, 0, back);
    assert_memory_equal(back, p.word_tags, (size_t)p.words * sizeof *back);
    int starts = 0;
    for (int i = 0; i < p.pieces; i++) {
        if (!kd_pack_is_first(&p, i)) continue;
        starts++;
        const char *piece = kd_vocab_piece(kd_tokenizer_vocab(tokenizer), p.ids[i]);
        if (!begins_word(tokenizer, piece)) fail_msg("'%s' begins a word", piece);
    }
    assert_int_equal(starts, p.words);
    free(back);
    kd_pack_fini(&p);
}

static void test_begins_each_word_of_a_corpus_with_its_mark(void **state)
{
    (void)state;
    static const char *const folders[] = { "bert-base-cased", "roberta-base", "albert-base-v2" };
    const char              *file = kd_shared_path("data/NCBI-disease/devel.tsv");
    if (!file || !kd_shared_path("data/vocab")) {
        print_message("the published vocabularies are not here: skipped\n");
        return;
    }
    kd_error   err;
    kd_corpus  corpus;
    kd_labels *labels = kd_labels_create();
    assert_ok(kd_corpus_read(&corpus, file, KD_TASK_NER, NULL, labels, &err), &err);
    for (int i = 0; i < 3; i++) {
        char         *name = kd_sprintf("data/vocab/%s", folders[i]);
        kd_tokenizer *tokenizer = kd_test_open(kd_shared_path(name), "auto");
        check_starts(tokenizer, &corpus);
        kd_tokenizer_destroy(tokenizer);
        free(name);
    }
    kd_corpus_fini(&corpus);
    kd_labels_destroy(labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lays_out_pieces_words_and_tags),
        cmocka_unit_test(test_tags_the_first_piece_alone_when_asked),
        cmocka_unit_test(test_lowers_words_for_a_cased_vocabulary),
        cmocka_unit_test(test_tags_specials_with_start_and_end),
        cmocka_unit_test(test_cuts_a_long_row_and_says_what_it_lost),
        cmocka_unit_test(test_cuts_sep_as_the_source_does),
        cmocka_unit_test(test_cuts_a_sentence_of_five_thousand_words),
        cmocka_unit_test(test_packs_whole_texts_with_their_classes),
        cmocka_unit_test(test_refuses_a_row_without_room),
        cmocka_unit_test(test_refuses_a_vocabulary_without_specials),
        cmocka_unit_test(test_brings_tags_back_to_their_words),
        cmocka_unit_test(test_tags_the_piece_that_begins_a_word),
        cmocka_unit_test(test_begins_each_word_of_a_corpus_with_its_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
