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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lays_out_pieces_words_and_tags),
        cmocka_unit_test(test_tags_the_first_piece_alone_when_asked),
        cmocka_unit_test(test_lowers_words_for_a_cased_vocabulary),
        cmocka_unit_test(test_tags_specials_with_start_and_end),
        cmocka_unit_test(test_cuts_a_long_row_and_says_what_it_lost),
        cmocka_unit_test(test_cuts_a_sentence_of_five_thousand_words),
        cmocka_unit_test(test_packs_whole_texts_with_their_classes),
        cmocka_unit_test(test_refuses_a_row_without_room),
        cmocka_unit_test(test_refuses_a_vocabulary_without_specials),
        cmocka_unit_test(test_brings_tags_back_to_their_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
