/* Sentences and words of raw text. The text of the cases is our own. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/str.h"
#include "models/text/corpus.h"
#include "models/text/sentences.h"
#include "models/text/unicode.h"
#include "tests/support/support.h"

/* What was given on: words with blanks between, sentences with " | ". */
typedef struct {
    kd_str      text;
    const char *whole; /* to check places against */
    size_t      length;
    int         sentences, cut;
    uint64_t    last; /* where the last sentence ended */
} listener;

static void listen(const kd_sentence *sentence, void *user)
{
    listener *l = user;
    if (l->sentences++ > 0) kd_str_add(&l->text, " | ");
    l->cut += sentence->is_cut;
    assert_true(sentence->byte >= l->last && sentence->byte + sentence->length <= l->length);
    assert_memory_equal(sentence->text, l->whole + sentence->byte, sentence->length);
    assert_int_equal(sentence->character, kd_utf8_count(l->whole, sentence->byte));
    l->last = sentence->byte + sentence->length;
    for (size_t i = 0; i < sentence->word_count; i++) {
        kd_place word = sentence->words[i];
        assert_true(word.begin + word.length <= sentence->length);
        assert_int_equal(word.character, kd_utf8_count(sentence->text, word.begin));
        assert_int_equal(word.characters, kd_utf8_count(sentence->text + word.begin, word.length));
        if (i > 0) kd_str_add_char(&l->text, ' ');
        kd_str_add_bytes(&l->text, sentence->text + word.begin, word.length);
    }
}

/* Split it, fed in parts of this size. */
static listener split(const char *text, size_t length, size_t part, const kd_split_options *options)
{
    listener     l = { KD_STR_INIT, text, length, 0, 0, 0 };
    kd_splitter *splitter = kd_splitter_create(options, listen, &l);
    for (size_t at = 0; at < length; at += part)
        kd_splitter_feed(splitter, text + at, length - at < part ? length - at : part);
    kd_splitter_finish(splitter);
    kd_splitter_destroy(splitter);
    return l;
}

static void assert_split(const char *text, const char *want)
{
    static const size_t parts[] = { 1, 7, 1 << 20 };
    for (int i = 0; i < 3; i++) {
        listener l = split(text, strlen(text), parts[i], NULL);
        assert_string_equal(l.text.text, want);
        kd_str_fini(&l.text);
    }
}

static void test_parts_words(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "p53-/- mice", "p53 - / - mice" },
        { "IL-2R\xCE\xB1 binds", "IL - 2R\xCE\xB1 binds" },
        { "the 5'-UTR and 5\xE2\x80\xB2-UTR", "the 5 ' - UTR and 5 \xE2\x80\xB2 - UTR" },
        { "2,3-dihydroxybenzoic acid", "2 , 3 - dihydroxybenzoic acid" },
        { "N-[4-(dimethylamino)phenyl]urea", "N - [ 4 - ( dimethylamino ) phenyl ] urea" },
        { "37.5% (95% CI, 1.2-3.4)", "37 . 5 % ( 95 % CI , 1 . 2 - 3 . 4 )" },
        { "10\xE2\x80\x93"
          "12 \xC2\xB5g/mL at 4 \xC2\xB0"
          "C",
          "10 \xE2\x80\x93 12 \xC2\xB5g / mL at 4 \xC2\xB0 C" },
        { "Ca\xC2\xB2\xE2\x81\xBA and H\xE2\x82\x82O",
          "Ca\xC2\xB2 \xE2\x81\xBA and H\xE2\x82\x82O" },
        { "don't", "don ' t" },
        { "doi:10.1000/x.y-1", "doi : 10 . 1000 / x . y - 1" },
        { "gene_1", "gene_1" },
        { "Sjo\xCC\x88gren so\xC2\xAD"
          "dium",
          "Sjo\xCC\x88gren so\xC2\xAD"
          "dium" },
        { "a\x01"
          "b\xC2\xA0"
          "c",
          "a b c" },
        { "", "" },
        { " \n ", "" },
        { "x\xFFy", "x \xFF y" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_split(cases[i][0], cases[i][1]);
}

static void test_ends_sentences(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "It rose. It fell.", "It rose . | It fell ." },
        { "Did it rise? No! It fell\xE2\x80\xA6 Then",
          "Did it rise ? | No ! | It fell \xE2\x80\xA6 | Then" },
        { "It rose (Fig. 2). It fell.", "It rose ( Fig . 2 ) . | It fell ." },
        { "It rose. (It fell.) Then", "It rose . | ( It fell . ) | Then" },
        { "\"It rose.\" He left.", "\" It rose . \" | He left ." },
        { "Levels rose. mRNA fell. p53 rose. \xCE\xB1-Synuclein fell. of",
          "Levels rose . | mRNA fell . | p53 rose . | \xCE\xB1 - Synuclein fell . of" },
        { "at 1.5 mg. 20 mice", "at 1 . 5 mg . | 20 mice" },
        { "see Fig. 2 and Dr. Brunta vs. Mr. Xyz, e.g. A and i.e. B",
          "see Fig . 2 and Dr . Brunta vs . Mr . Xyz , e . g . A and i . e . B" },
        { "No. 5 was seen. No. It was not.", "No . 5 was seen . | No . | It was not ." },
        { "Brunta et al. Nature 5. It", "Brunta et al . Nature 5 . | It" },
        { "by Brunta et al. The dose", "by Brunta et al . | The dose" },
        { "given i.v. Brunta saw", "given i . v . Brunta saw" },
        { "given i.v. We saw", "given i . v . | We saw" },
        { "E. coli and J. B. Xyz", "E . coli and J . B . Xyz" },
        { "with vitamin C. These rose", "with vitamin C . | These rose" },
        { "1. Methods. A. Mice", "1 . Methods . | A . Mice" },
        { "it (rose. Then Fell) here", "it ( rose . Then Fell ) here" },
        { "a title\n\nIt rose", "a title | It rose" },
        { "a line\nof two", "a line of two" },
        { "at https://x.org/a.b?C=d. It", "at https : / / x . org / a . b ? C = d . | It" },
        { "end.It", "end . It" },
        { "approx. 5 of ca. 7 subsp. Xyz", "approx . 5 of ca . 7 subsp . Xyz" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_split(cases[i][0], cases[i][1]);
}

static void test_ends_sentences_at_lines_when_told(void **state)
{
    (void)state;
    kd_split_options options = { .lines_end = true };
    const char      *text = "a title\nIt rose\r\nand fell";
    listener         l = split(text, strlen(text), 3, &options);
    assert_string_equal(l.text.text, "a title | It rose | and fell");
    kd_str_fini(&l.text);
}

static void test_forgets_a_bracket_that_never_closes(void **state)
{
    (void)state;
    kd_str text = KD_STR_INIT;
    kd_str_add(&text, "(");
    for (int i = 0; i < 100; i++) kd_str_add(&text, "The dose rose. ");
    listener l = split(text.text, text.length, 1000, NULL);
    assert_in_range(l.sentences, 30, 40);
    kd_str_fini(&l.text);
    kd_str_fini(&text);
}

static void test_cuts_what_is_too_long(void **state)
{
    (void)state;
    kd_split_options         options = { .longest = 20 };
    static const char *const cases[][2] = {
        { "aaaa bbbb cccc dddd eeee ffff", "aaaa bbbb cccc dddd | eeee ffff" },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaa | aaaaaaaaaaaa" },
        { "a                                        b", "a | b" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        listener l = split(cases[i][0], strlen(cases[i][0]), 5, &options);
        assert_string_equal(l.text.text, cases[i][1]);
        assert_int_equal(l.cut, 1);
        kd_str_fini(&l.text);
    }
}

static void count_bytes(const kd_sentence *sentence, void *user)
{
    uint64_t *most = user;
    assert_true(sentence->length <= 4096 + 100);
    *most = sentence->byte + sentence->length;
}

/* What never ends is not looked at again and again, nor kept: quadratic work would not end. */
static void test_takes_long_runs_in_its_stride(void **state)
{
    (void)state;
    static const char *const runs[] = { ".", "(", "x", "x ", ". ", "\xCC\x81", "A. ", ".)" };
    for (size_t r = 0; r < sizeof runs / sizeof *runs; r++) {
        kd_split_options options = { .longest = 4096 };
        kd_str           text = KD_STR_INIT;
        uint64_t         most = 0;
        while (text.length < 1 << 21) kd_str_add(&text, runs[r]);
        kd_splitter *splitter = kd_splitter_create(&options, count_bytes, &most);
        for (size_t at = 0; at < text.length; at += 1000)
            kd_splitter_feed(splitter, text.text + at,
                             text.length - at < 1000 ? text.length - at : 1000);
        kd_splitter_finish(splitter);
        kd_splitter_destroy(splitter);
        assert_in_range(most, text.length - 2, text.length);
        kd_str_fini(&text);
    }
}

/* ---- agreement with corpora ---- */

typedef struct {
    KD_VEC(uint64_t) ends; /* begin << 32 | end of words without blanks, in the whole text */
    uint64_t letters;      /* bytes of words so far */
} bounds;

static void hear_bounds(const kd_sentence *sentence, void *user)
{
    bounds *b = user;
    for (size_t i = 0; i < sentence->word_count; i++) {
        uint64_t end = b->letters + sentence->words[i].length;
        kd_vec_push(&b->ends, b->letters << 32 | end);
        b->letters = end;
    }
}

/* Without the blanks around what is no letter or digit, as an author writes at his tersest. */
static void join_words(const kd_corpus *corpus, int s, kd_str *out)
{
    bool last_joins = false;
    for (int i = corpus->begin.items[s]; i < corpus->begin.items[s + 1]; i++) {
        const kd_word *word = &corpus->words.items[i];
        size_t         at = 0;
        bool           joins = kd_unicode_is_word(kd_utf8_next(word->text, word->length, &at));
        if (joins && last_joins) kd_str_add_char(out, ' ');
        kd_str_add_bytes(out, word->text, word->length);
        last_joins = joins;
    }
}

static double word_f1(const char *path)
{
    kd_error   err;
    kd_corpus  corpus;
    kd_labels *labels = kd_labels_create();
    double     right = 0, gold = 0, found = 0;
    assert_ok(kd_corpus_read(&corpus, path, KD_TASK_NER, NULL, labels, &err), &err);
    bounds       b = { KD_VEC_INIT, 0 };
    kd_splitter *splitter = kd_splitter_create(NULL, hear_bounds, &b);
    kd_str       text = KD_STR_INIT;
    for (int s = 0; s < kd_corpus_sentences(&corpus); s++) {
        kd_str_reset(&text);
        kd_vec_reset(&b.ends);
        b.letters = 0;
        join_words(&corpus, s, &text);
        kd_splitter_feed(splitter, text.text, text.length);
        kd_splitter_finish(splitter);
        uint64_t at = 0;
        size_t   k = 0;
        for (int i = corpus.begin.items[s]; i < corpus.begin.items[s + 1]; i++) {
            uint64_t end = at + corpus.words.items[i].length, want = at << 32 | end;
            while (k < b.ends.count && b.ends.items[k] < want) k++;
            right += k < b.ends.count && b.ends.items[k] == want;
            at = end;
        }
        gold += corpus.begin.items[s + 1] - corpus.begin.items[s];
        found += (double)b.ends.count;
    }
    kd_str_fini(&text);
    kd_vec_fini(&b.ends);
    kd_splitter_destroy(splitter);
    kd_corpus_fini(&corpus);
    kd_labels_destroy(labels);
    return 2 * right / (gold + found);
}

static void test_agrees_with_corpora(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double      least;
    } corpora[] = { { "NCBI-disease", 0.995 },
                    { "BC5CDR-chem", 0.995 },
                    { "BC2GM", 0.995 },
                    { "s800", 0.995 },
                    { "JNLPBA", 0.0 } };
    if (!kd_shared_path("data/NCBI-disease")) {
        print_message("the corpora are not here: skipped\n");
        return;
    }
    for (size_t i = 0; i < sizeof corpora / sizeof *corpora; i++) {
        static const char *const splits[] = { "train", "devel", "test" };
        for (int k = 0; k < 3; k++) {
            char  *name = kd_sprintf("data/%s/%s.tsv", corpora[i].name, splits[k]);
            double f1 = word_f1(kd_shared_path(name));
            print_message("%s: %.5f\n", name, f1);
            assert_true(f1 >= corpora[i].least);
            free(name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_words),
        cmocka_unit_test(test_ends_sentences),
        cmocka_unit_test(test_ends_sentences_at_lines_when_told),
        cmocka_unit_test(test_forgets_a_bracket_that_never_closes),
        cmocka_unit_test(test_cuts_what_is_too_long),
        cmocka_unit_test(test_takes_long_runs_in_its_stride),
        cmocka_unit_test(test_agrees_with_corpora),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
