/* BRAT standoff: folders as corpora, and spans as files. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/text/brat.h"
#include "models/text/corpus.h"
#include "tests/support/support.h"

/* A new folder with one document. */
static char *write_document(const char *text, const char *lines)
{
    static int number;
    kd_error   err;
    char      *folder = kd_sprintf("%s/brat%d", kd_test_folder(), ++number);
    char      *path = kd_fs_join(folder, "note.txt");
    assert_ok(kd_fs_make_folders(folder, &err), &err);
    assert_ok(kd_fs_write(path, text, strlen(text), &err), &err);
    free(path);
    if (lines) {
        path = kd_fs_join(folder, "note.ann");
        assert_ok(kd_fs_write(path, lines, strlen(lines), &err), &err);
        free(path);
    }
    return folder;
}

/* "word/tag word/tag | ..." */
static void assert_reads(const char *text, const char *lines, const char *want, kd_note note,
                         int count)
{
    kd_error   err;
    kd_corpus  corpus;
    kd_labels *labels = kd_labels_create();
    kd_str     got = KD_STR_INIT;
    char      *folder = write_document(text, lines);
    assert_ok(kd_corpus_read(&corpus, folder, KD_TASK_NER, NULL, labels, &err), &err);
    for (int s = 0; s < kd_corpus_sentences(&corpus); s++)
        for (int w = corpus.begin.items[s]; w < corpus.begin.items[s + 1]; w++) {
            if (w > 0) kd_str_add(&got, w == corpus.begin.items[s] ? " | " : " ");
            kd_str_add_bytes(&got, corpus.words.items[w].text, corpus.words.items[w].length);
            const char *tag = kd_labels_name(labels, corpus.tags.items[w]);
            if (strcmp(tag, "O") != 0) kd_str_addf(&got, "/%s", tag);
        }
    assert_string_equal(got.text, want);
    for (kd_note n = 0; n < KD_NOTE_COUNT; n++)
        assert_int_equal(corpus.notes[n].count, n == note ? count : 0);
    kd_str_fini(&got);
    kd_corpus_fini(&corpus);
    kd_labels_destroy(labels);
    free(folder);
}

#define NO_NOTE KD_NOTE_COUNT

static void test_reads_mentions_as_tags(void **state)
{
    (void)state;
    static const struct {
        const char *text, *lines, *want;
        kd_note     note;
    } cases[] = {
        { "Abc1 binds the IL-2 receptor. It fell.",
          "T1\tGene 0 4\tAbc1\nT2\tGene 15 28\tIL-2 receptor\n",
          "Abc1/B-Gene binds the IL/B-Gene -/I-Gene 2/I-Gene receptor/I-Gene . | It fell .",
          NO_NOTE },
        { "\xCE\xB1\xCE\xB2 and xyz\r\nAbc", "T1\tD 7 10\txyz\r\nT9\tC 12 15\tAbc\r\n",
          "\xCE\xB1\xCE\xB2 and xyz/B-D | Abc/B-C", NO_NOTE },
        { "T- and B-cell lines", "T1\tCell 0 2;14 19\tT- lines\n",
          "T/B-Cell -/I-Cell and/I-Cell B/I-Cell -/I-Cell cell/I-Cell lines/I-Cell",
          KD_NOTE_IN_PARTS },
        { "xyz fever type 2", "T1\tD 0 3\txyz\nT2\tD 0 9\txyz fever\n", "xyz/B-D fever/I-D type 2",
          KD_NOTE_OVERLAP },
        { "a b c d e", "T1\tD 0 5\ta b c\nT2\tE 4 9\tc d e\n", "a/B-D b/I-D c/I-D d e",
          KD_NOTE_OVERLAP },
        { "preAbc1 rose", "T1\tG 3 7\tAbc1\n", "preAbc1/B-G rose", KD_NOTE_INSIDE_WORD },
        { "Dose by Xyz. Brunta fever rose", "T1\tD 8 25\tXyz. Brunta fever\n",
          "Dose by Xyz/B-D ./I-D Brunta/I-D fever/I-D rose", KD_NOTE_JOINED },
        { "Abc  1 rose", "T1\tG 0 3\tAbc\nT2\tG 3 5\t  \n", "Abc/B-G 1 rose", KD_NOTE_NO_WORD },
        { "Abc rose", "T1\tG 0 3\tAbc\nR1\tx Arg1:T1 Arg2:T1\n", "Abc/B-G rose",
          KD_NOTE_OTHER_LINE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_reads(cases[i].text, cases[i].lines, cases[i].want, cases[i].note, 1);
}

static void test_says_which_line_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *words;
    } cases[] = {
        { "T1\tG 0 3\tAbc\nT2\n", "note.ann:2: expected a type and two places" },
        { "T1\tG 0\tAbc\n", "note.ann:1: expected a type and two places" },
        { "T1\tG 0 x\tAbc\n", "note.ann:1: expected a type and two places" },
        { "T1\tG 3 3\t\n", "note.ann:1: places 3 to 3 in a text of 8 characters" },
        { "T1\tG 0 9\tAbc rose.\n", "note.ann:1: places 0 to 9 in a text of 8 characters" },
        { "T1\tG 0 99999999999\tAbc\n", "note.ann:1: expected a type and two places" },
        { "T1\tG 4 8;0 3\trose Abc\n", "note.ann:1: places 0 to 3" },
        { "T1\tG 1 4\tAbc\n", "note.ann:1: the text has other words from 1 to 4" },
        { "T1\tG 0 3\tAbcd\n", "note.ann:1: more than its places and words" },
        { "T1\tG 0 3:4 8\tAbc\n", "note.ann:1: more than its places and words" },
        { "T1\tG 0 3\tAb\xFF\n", "note.ann: byte 12 is not UTF-8" },
        { "R1\tx\n", "no mention in any file" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_error   err;
        kd_corpus  corpus;
        kd_labels *labels = kd_labels_create();
        char      *folder = write_document("Abc rose", cases[i].lines);
        assert_fails(KD_EDATA, cases[i].words,
                     kd_corpus_read(&corpus, folder, KD_TASK_NER, NULL, labels, &err), &err);
        kd_labels_destroy(labels);
        free(folder);
    }
}

static void test_wants_texts(void **state)
{
    (void)state;
    kd_error   err;
    kd_corpus  corpus;
    kd_labels *labels = kd_labels_create();
    char      *folder = write_document("Abc rose", "T1\tG 0 3\tAbc\n");
    char      *lone = kd_fs_join(folder, "other.ann"), *text = kd_fs_join(folder, "note.txt");
    assert_ok(kd_fs_write(lone, "", 0, &err), &err);
    assert_fails(KD_ENOINPUT, "other.txt: is not beside other.ann",
                 kd_corpus_read(&corpus, folder, KD_TASK_NER, NULL, labels, &err), &err);
    assert_ok(kd_fs_remove(lone, &err), &err);
    assert_ok(kd_fs_write(text, "\xFF", 1, &err), &err);
    assert_fails(KD_EDATA, "note.txt: byte 1 is not UTF-8",
                 kd_corpus_read(&corpus, folder, KD_TASK_NER, NULL, labels, &err), &err);
    assert_ok(kd_fs_write(text, " \n", 2, &err), &err);
    char *lines = kd_fs_join(folder, "note.ann");
    assert_ok(kd_fs_write(lines, "", 0, &err), &err);
    assert_fails(KD_EDATA, "no sentences",
                 kd_corpus_read(&corpus, folder, KD_TASK_NER, NULL, labels, &err), &err);
    assert_ok(kd_fs_remove(text, &err), &err);
    assert_ok(kd_fs_remove(lines, &err), &err);
    assert_fails(KD_ENOINPUT, "no .txt file here",
                 kd_corpus_read(&corpus, folder, KD_TASK_NER, NULL, labels, &err), &err);
    free(lines);
    free(lone);
    free(text);
    free(folder);
    kd_labels_destroy(labels);
}

/* Labels, scheme and counts are settled by the first split; a text without .ann is all outside. */
static void test_follows_the_labels_that_are_there(void **state)
{
    (void)state;
    kd_error          err;
    kd_corpus         corpus;
    kd_corpus_options options;
    kd_labels        *labels = kd_labels_create();
    kd_str            told = KD_STR_INIT;
    kd_setting_defaults(kd_corpus_settings, &options);
    options.convert = KD_SCHEME_IOBES;
    char *train = write_document("a b c", "T1\tZ 0 1\ta\nT2\tB 2 5\tb c\n");
    assert_ok(kd_corpus_read(&corpus, train, KD_TASK_NER, &options, labels, &err), &err);
    assert_string_equal(kd_labels_name(labels, corpus.tags.items[0]), "S-Z");
    assert_string_equal(kd_labels_name(labels, corpus.tags.items[2]), "E-B");
    assert_string_equal(kd_labels_type(labels, 0), "B");
    kd_corpus_fini(&corpus);
    char *test = write_document("a b", NULL);
    assert_ok(kd_corpus_read(&corpus, test, KD_TASK_NER, NULL, labels, &err), &err);
    assert_int_equal(corpus.notes[KD_NOTE_UNANNOTATED].count, 1);
    assert_int_equal(corpus.tags.items[1], kd_labels_outside(labels));
    kd_corpus_tell(&corpus, &told);
    assert_non_null(strstr(told.text, ": a text has no .ann file beside it\n"));
    assert_null(strstr(told.text, ":0:"));
    kd_task task;
    assert_ok(kd_corpus_guess_task(&task, test, &err), &err);
    assert_int_equal(task, KD_TASK_NER);
    kd_corpus_fini(&corpus);
    kd_str_fini(&told);
    kd_labels_destroy(labels);
    free(train);
    free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_mentions_as_tags),
        cmocka_unit_test(test_says_which_line_is_wrong),
        cmocka_unit_test(test_wants_texts),
        cmocka_unit_test(test_follows_the_labels_that_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
