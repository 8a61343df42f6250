/* test_unlabelled.c - sentences without labels: what files give, what a pack makes of them, what is invented. */
#include "models/text/unlabelled.h"

#include <stdlib.h>
#include <string.h>

#include "models/text/pack_build.h"
#include "models/text/stats.h"
#include "models/text/synth.h"
#include "tests/support/support.h"
#include "tests/text/pieces.h"

/* Words with blanks between, sentences with bars behind. */
static void print(const kd_corpus *corpus, kd_str *out)
{
    kd_str_reset(out);
    for (int b = 0; b < kd_corpus_sentences(corpus); b++) {
        for (int i = corpus->begin.items[b]; i < corpus->begin.items[b + 1]; i++)
            kd_str_addf(out, "%s%.*s", i > corpus->begin.items[b] ? " " : "",
                        (int)corpus->words.items[i].length, corpus->words.items[i].text);
        kd_str_add_char(out, '|');
    }
}

static void assert_gives(kd_task task, const char *path, int most, const char *want)
{
    kd_str    out = KD_STR_INIT;
    kd_corpus corpus;
    kd_error  err;
    kd_corpus_init(&corpus, task, "unlabelled", NULL);
    assert_ok(kd_unlabelled_read(&corpus, path, most, &err), &err);
    print(&corpus, &out);
    assert_string_equal(out.text, want);
    for (size_t i = 0; i < corpus.tags.count; i++)
        assert_int_equal(corpus.tags.items[i], KD_UNTOLD);
    for (size_t b = 0; b < corpus.classes.count; b++)
        assert_int_equal(corpus.classes.items[b], KD_UNTOLD);
    kd_str_fini(&out);
    kd_corpus_fini(&corpus);
}

static void assert_refuses(kd_task task, const char *path, kd_status kind, const char *words)
{
    kd_corpus corpus;
    kd_error  err;
    kd_corpus_init(&corpus, task, "unlabelled", NULL);
    assert_fails(kind, words, kd_unlabelled_read(&corpus, path, 0, &err), &err);
    kd_corpus_fini(&corpus);
}

static void test_cuts_lines_as_any_raw_text(void **state)
{
    (void)state;
    const char *path =
        kd_test_file("some.txt", "IL-2R\xce\xb1 rose (Fig. 2). It fell.\n\n p53-/- mice\r\nlast");
    assert_gives(KD_TASK_NER, path, 0,
                 "IL - 2R\xce\xb1 rose ( Fig . 2 ) .|It fell .|p53 - / - mice|last|");
    assert_gives(KD_TASK_NER, path, 1, "IL - 2R\xce\xb1 rose ( Fig . 2 ) .|");
    assert_gives(KD_TASK_NER, path, 4,
                 "IL - 2R\xce\xb1 rose ( Fig . 2 ) .|It fell .|p53 - / - mice|last|");
}

static void test_takes_the_words_of_a_corpus_and_not_its_tags(void **state)
{
    (void)state;
    const char *path = kd_test_file("some.tsv", "IL-2\tB-G\nrose\tO\n\nIt\tO\nfell\tO\n\n");
    assert_gives(KD_TASK_NER, path, 0, "IL-2 rose|It fell|");
    assert_gives(KD_TASK_NER, path, 1, "IL-2 rose|");
    assert_refuses(KD_TASK_NER, kd_test_file("some.tsv.gz", "IL-2\tB-G\n"), KD_EDATA,
                   "some.tsv.gz: words with tags are read from files that are not packed");
}

static void test_takes_the_column_of_a_pair_that_has_both_marks(void **state)
{
    (void)state;
    const char *path = kd_test_file("pairs.txt", "index\tsentence\tlabel\n"
                                                 "0\t@GENE$ binds @CHEMICAL$.\tCPR:9\n"
                                                 "@CHEM-GENE$ is both. And more.\n"
                                                 "1\tno @GENE$ here, @GENE$\n");
    assert_gives(KD_TASK_RE, path, 0,
                 "@GENE$ binds @CHEMICAL$.|@CHEM-GENE$ is both. And more.|no @GENE$ here, @GENE$|");
    assert_gives(KD_TASK_RE, path, 2, "@GENE$ binds @CHEMICAL$.|@CHEM-GENE$ is both. And more.|");
    assert_gives(KD_TASK_RE, kd_test_file("bare.txt", "nothing is marked\n"), 0,
                 "nothing is marked|");
    assert_refuses(KD_TASK_RE, kd_test_file("other.txt", "@GENE$ and @GENE$\n7\t@GENE$ alone\n"),
                   KD_EDATA, "other.txt:2: none of 2 columns has both marks of a pair");
}

static void test_names_what_is_no_text(void **state)
{
    (void)state;
    kd_str long_line = KD_STR_INIT;
    kd_str_add(&long_line, "one\n");
    for (int i = 0; i < 10000000; i++) kd_str_add_char(&long_line, i % 8 ? 'a' : ' ');
    assert_refuses(KD_TASK_NER, kd_test_file("huge.txt", long_line.text), KD_EDATA,
                   "huge.txt:2: a line of more than 1048575 bytes");
    assert_refuses(KD_TASK_NER, kd_test_file("latin.txt", "one\ncaf\xe9\n"), KD_EDATA,
                   "latin.txt:2: byte 4 is 0xe9, which is not UTF-8");
    assert_refuses(KD_TASK_NER, kd_test_file("empty.txt", ""), KD_EDATA,
                   "empty.txt: no sentence is in it");
    assert_refuses(KD_TASK_NER, kd_test_file("blank.txt", "\n \n\t\n"), KD_EDATA,
                   "blank.txt: no sentence is in it");
    assert_refuses(KD_TASK_NER, "/nowhere/text.txt", KD_ENOINPUT, "/nowhere/text.txt");
    kd_str_fini(&long_line);
}

/* Behind labelled sentences, in one pack. */
static void test_stands_behind_what_is_labelled(void **state)
{
    (void)state;
    kd_token_options options = kd_test_options("cased");
    kd_labels       *labels = kd_labels_create();
    kd_corpus        corpus, more;
    kd_pack          pack;
    kd_error         err;
    options.tag_specials = true;
    kd_labels_add_class(labels, "START", 5);
    kd_labels_add_class(labels, "END", 3);
    int type = kd_labels_add_type(labels, KD_SCHEME_IOB2, "G", 1);
    int begins = kd_labels_tag_id(labels, KD_PART_B, type);
    kd_corpus_init(&corpus, KD_TASK_NER, "made", labels);
    kd_corpus_add_word(&corpus, "gene", 4, begins);
    kd_corpus_end_sentence(&corpus);
    kd_corpus_init(&more, KD_TASK_NER, "more", NULL);
    assert_ok(kd_unlabelled_read(&more, kd_test_file("more.txt", "gene x\nx\n"), 0, &err), &err);
    kd_unlabelled_append(&corpus, &more);

    const char   *vocab = kd_test_file("more.vocab.txt", "[UNK]\n[CLS]\n[SEP]\ngene\nx\n");
    kd_tokenizer *tokenizer = NULL;
    assert_ok(kd_tokenizer_open(&tokenizer, vocab, &options, &err), &err);
    assert_ok(kd_pack_build(&pack, &corpus, tokenizer, &options, NULL, &err), &err);
    const int     start = 0, end = 1, no = KD_UNTOLD;
    const int     want[] = { start, begins, end, no, no, no, no, no, no, no };
    const int32_t want_ids[] = { 1, 3, 2, 1, 3, 4, 2, 1, 4, 2 };
    assert_int_equal(pack.sentences, 3);
    assert_int_equal(kd_pack_told(&pack), 1);
    assert_int_equal(pack.pieces, 10);
    assert_memory_equal(pack.ids, want_ids, sizeof want_ids);
    for (int n = 0; n < 10; n++) assert_int_equal(pack.tags[n], want[n]);
    kd_pack_fini(&pack);
    kd_tokenizer_destroy(tokenizer);
    kd_corpus_fini(&corpus);
    kd_corpus_fini(&more);
    kd_labels_destroy(labels);
}

static kd_synth_options small_synth(void)
{
    kd_synth_options options;
    kd_setting_defaults(kd_synth_settings, &options);
    options.sentences = 80;
    options.devel = options.test = 40;
    return options;
}

static void check_invented(kd_task task)
{
    kd_synth_options options = small_synth();
    kd_labels       *labels = kd_labels_create();
    kd_corpus        splits[3], more, again;
    kd_str           one = KD_STR_INIT, other = KD_STR_INIT;
    kd_synth_make(&splits[0], &splits[1], &splits[2], task, &options, labels, NULL);
    kd_synth_unlabelled(&more, task, &options, 200);
    kd_synth_unlabelled(&again, task, &options, 200);
    assert_int_equal(kd_corpus_sentences(&more), 200);
    for (int i = 0; i < 3; i++) assert_int_equal(kd_corpus_duplicates(&splits[i], &more).count, 0);
    assert_int_equal(kd_corpus_duplicates(&more, &more).count, 0);
    print(&more, &one);
    print(&again, &other);
    assert_string_equal(one.text, other.text);
    for (size_t i = 0; i < more.tags.count; i++) assert_int_equal(more.tags.items[i], KD_UNTOLD);
    for (size_t b = 0; b < more.classes.count; b++)
        assert_int_equal(more.classes.items[b], KD_UNTOLD);
    kd_str_fini(&one);
    kd_str_fini(&other);
    for (int i = 0; i < 3; i++) kd_corpus_fini(&splits[i]);
    kd_corpus_fini(&more);
    kd_corpus_fini(&again);
    kd_labels_destroy(labels);
}

static void test_invents_sentences_that_no_split_has(void **state)
{
    (void)state;
    check_invented(KD_TASK_NER);
    check_invented(KD_TASK_RE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts_lines_as_any_raw_text),
        cmocka_unit_test(test_takes_the_words_of_a_corpus_and_not_its_tags),
        cmocka_unit_test(test_takes_the_column_of_a_pair_that_has_both_marks),
        cmocka_unit_test(test_names_what_is_no_text),
        cmocka_unit_test(test_stands_behind_what_is_labelled),
        cmocka_unit_test(test_invents_sentences_that_no_split_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
