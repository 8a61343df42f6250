/* test_stats.c - counts of small corpora by hand, of the real ones by their published table, and
 * sentences that two splits have in common. */
#include <stdio.h>
#include <string.h>

#include "models/text/stats.h"
#include "tests/support/support.h"

static kd_corpus read_text(kd_labels *labels, kd_task task, const char *name, const char *text)
{
    kd_corpus corpus;
    kd_error  err;

    assert_ok(kd_corpus_read(&corpus, kd_test_file(name, text), task, NULL, labels, &err), &err);
    return corpus;
}

static void test_counts_words_and_mentions(void **state)
{
    kd_labels      *labels = kd_labels_create();
    kd_corpus       corpus = read_text(labels, KD_TASK_NER, "a.tsv",
                                       "a\tO\nb\tB-X\nc\tI-X\nd\tE-X\n\ne\tS-Y\n\ne\tS-Y\n\n");
    kd_corpus_stats stats;

    (void)state;
    kd_corpus_stats_make(&stats, &corpus);
    assert_int_equal(stats.sentences, 3);
    assert_int_equal(stats.words, 6);
    assert_int_equal(stats.longest, 4);
    assert_int_equal(stats.mentions, 3);
    assert_int_equal(stats.single, 2);
    assert_int_equal(stats.longest_mention, 3);
    assert_int_equal(stats.by_kind[0], 1);
    assert_int_equal(stats.by_kind[1], 2);
    assert_string_equal(kd_corpus_stats_kind(&corpus, 1), "Y");
    assert_int_equal(stats.repeated, 1);
    kd_corpus_stats_fini(&stats);
    kd_corpus_fini(&corpus);
    kd_labels_destroy(labels);
}

static void test_finds_sentences_that_two_splits_have(void **state)
{
    kd_labels *labels = kd_labels_create();
    kd_corpus  train =
        read_text(labels, KD_TASK_NER, "train.tsv", "a\tO\nb\tO\n\nc\tO\n\nab\tO\n\n");
    kd_corpus test =
        read_text(labels, KD_TASK_NER, "test.tsv", "z\tO\n\nc\tS-X\n\na\tO\nb\tO\n\nc\tO\n\n");
    kd_duplicates same = kd_corpus_duplicates(&train, &test);

    (void)state;
    assert_int_equal(same.count, 3); /* tags do not matter; "a b" is not "ab" */
    assert_int_equal(same.line, 3);
    assert_int_equal(same.earlier_line, 4);
    assert_int_equal(kd_corpus_duplicates(&test, &train).count, 2);
    kd_corpus_fini(&train);
    kd_corpus_fini(&test);
    kd_labels_destroy(labels);
}

static void test_counts_blank_separated_words_of_rows(void **state)
{
    kd_corpus       corpus = read_text(NULL, KD_TASK_TEXT, "t.txt", "one two  three\n four\n");
    kd_corpus_stats stats;

    (void)state;
    kd_corpus_stats_make(&stats, &corpus);
    assert_int_equal(stats.words, 4);
    assert_int_equal(stats.longest, 3);
    kd_corpus_stats_fini(&stats);
    kd_corpus_fini(&corpus);
}

/* The table that comes with the corpora. */
static const struct {
    const char *file;
    int         sentences, words, mentions, longest;
} tagged[] = {
    { "BC2GM/train", 12574, 355405, 15197, 171 },
    { "BC2GM/devel", 2519, 71042, 3061, 265 },
    { "BC2GM/test", 5038, 143465, 6325, 205 },
    { "BC5CDR-chem/train", 4560, 118170, 5203, 154 },
    { "BC5CDR-chem/devel", 4581, 117453, 5347, 225 },
    { "BC5CDR-chem/test", 4797, 124750, 5385, 165 },
    { "NCBI-disease/train", 5424, 135701, 5134, 123 },
    { "NCBI-disease/devel", 923, 23969, 787, 86 },
    { "NCBI-disease/test", 940, 24497, 960, 106 },
    { "JNLPBA/train", 16807, 445090, 46750, 204 },
    { "JNLPBA/devel", 1739, 47461, 4551, 123 },
    { "JNLPBA/test", 3856, 101039, 8662, 208 },
    { "JNLPBA-IOB2/train", 16807, 445090, 46750, 204 },
    { "JNLPBA-IOB2/test", 3856, 101039, 8662, 208 },
    { "NCBI-disease-IOB2/train", 5424, 135701, 5134, 123 },
};

static void skip_without_corpora(void)
{
    if (kd_shared_path("data/JNLPBA/devel.tsv")) return;
    print_message("the shared corpora are absent\n");
    skip();
}

static kd_corpus read_shared(kd_labels *labels, kd_task task, const char *file)
{
    char        name[64];
    const char *path;
    kd_corpus   corpus;
    kd_error    err;

    snprintf(name, sizeof name, "data/%s.tsv", file);
    path = kd_shared_path(name);
    assert_non_null(path);
    assert_ok(kd_corpus_read(&corpus, path, task, NULL, labels, &err), &err);
    return corpus;
}

static void test_counts_the_real_corpora_as_published(void **state)
{
    (void)state;
    skip_without_corpora();
    for (size_t i = 0; i < sizeof tagged / sizeof *tagged; i++) {
        kd_labels      *labels = kd_labels_create();
        kd_corpus       corpus = read_shared(labels, KD_TASK_NER, tagged[i].file);
        kd_corpus_stats stats;

        kd_corpus_stats_make(&stats, &corpus);
        assert_int_equal(stats.sentences, tagged[i].sentences);
        assert_int_equal(stats.words, tagged[i].words);
        assert_int_equal(stats.mentions, tagged[i].mentions);
        assert_int_equal(stats.longest, tagged[i].longest);
        assert_int_equal(corpus.notes[KD_NOTE_INVALID].count, 0);
        kd_corpus_stats_fini(&stats);
        kd_corpus_fini(&corpus);
        kd_labels_destroy(labels);
    }
}

static void check_real_relations(void)
{
    static const int64_t classes[] = { 761, 2251, 172, 235, 713, 12389 };
    kd_labels           *labels = kd_labels_create();
    kd_corpus            corpus = read_shared(labels, KD_TASK_RE, "ChemProt/train");
    kd_corpus_stats      stats;

    kd_corpus_stats_make(&stats, &corpus);
    assert_int_equal(stats.sentences, 16521);
    for (int c = 0; c < 6; c++) assert_int_equal(stats.by_kind[c], classes[c]);
    assert_int_equal(corpus.notes[KD_NOTE_UNMARKED].count, 24);
    kd_corpus_stats_fini(&stats);
    kd_corpus_fini(&corpus);
    kd_labels_destroy(labels);
}

static void check_real_hallmarks(void)
{
    static const int64_t sets[] = { 9034, 2565, 464, 50, 5, 1, 0 };
    kd_labels           *labels = kd_labels_create();
    kd_corpus            corpus = read_shared(labels, KD_TASK_HOC, "HoC/train");
    kd_corpus_stats      stats;

    kd_corpus_stats_make(&stats, &corpus);
    for (int k = 0; k < 7; k++) assert_int_equal(stats.by_set_size[k], sets[k]);
    assert_int_equal(stats.documents, 1295);
    kd_corpus_stats_fini(&stats);
    kd_corpus_fini(&corpus);
    kd_labels_destroy(labels);
}

static void test_counts_the_real_relations_and_hallmarks_as_published(void **state)
{
    (void)state;
    skip_without_corpora();
    check_real_relations();
    check_real_hallmarks();
}

static void check_twin(const kd_corpus *one)
{
    kd_labels        *labels = kd_labels_create();
    kd_corpus         two;
    kd_corpus_options options;
    kd_error          err;

    kd_setting_defaults(kd_corpus_settings, &options);
    options.convert = KD_SCHEME_IOBES;
    assert_ok(kd_corpus_read(&two, kd_shared_path("data/JNLPBA-IOB2/devel.tsv"), KD_TASK_NER,
                             &options, labels, &err),
              &err);
    assert_int_equal(two.notes[KD_NOTE_DOCSTART].count, 200);
    assert_int_equal(one->tags.count, two.tags.count);
    assert_memory_equal(one->tags.items, two.tags.items, one->tags.count * sizeof *one->tags.items);
    kd_corpus_fini(&two);
    kd_labels_destroy(labels);
}

static void test_converts_a_real_corpus_into_its_twin(void **state)
{
    kd_labels *labels;
    kd_corpus  corpus;

    (void)state;
    skip_without_corpora();
    labels = kd_labels_create();
    corpus = read_shared(labels, KD_TASK_NER, "JNLPBA/devel");
    check_twin(&corpus);
    kd_corpus_fini(&corpus);
    kd_labels_destroy(labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_words_and_mentions),
        cmocka_unit_test(test_finds_sentences_that_two_splits_have),
        cmocka_unit_test(test_counts_blank_separated_words_of_rows),
        cmocka_unit_test(test_counts_the_real_corpora_as_published),
        cmocka_unit_test(test_counts_the_real_relations_and_hallmarks_as_published),
        cmocka_unit_test(test_converts_a_real_corpus_into_its_twin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
