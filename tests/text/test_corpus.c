/* test_corpus.c - every accepted form, every refusal with its place, and what is written can be
 * read again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/clock.h"
#include "models/text/corpus.h"
#include "tests/support/support.h"

/* A corpus and the table it was read with. */
typedef struct {
    kd_labels *labels;
    kd_corpus  corpus;
} scene;

static kd_corpus_options options_of(const char *key, const char *value)
{
    kd_corpus_options options;
    kd_error          err;

    kd_setting_defaults(kd_corpus_settings, &options);
    if (key)
        assert_ok(kd_setting_put(kd_setting_find(kd_corpus_settings, key), &options, value, &err),
                  &err);
    return options;
}

static scene read_with(kd_task task, const char *text, const char *key, const char *value)
{
    scene             s = { .labels = kd_labels_create() };
    kd_corpus_options options = options_of(key, value);
    kd_error          err;

    assert_ok(
        kd_corpus_read(&s.corpus, kd_test_file("x.tsv", text), task, &options, s.labels, &err),
        &err);
    return s;
}

static void fini_scene(scene *s)
{
    kd_corpus_fini(&s->corpus);
    kd_labels_destroy(s->labels);
}

static int64_t notes(const scene *s, kd_note note)
{
    return s->corpus.notes[note].count;
}

static void assert_tags(const scene *s, const char *want)
{
    kd_str got = KD_STR_INIT;

    for (size_t i = 0; i < s->corpus.tags.count; i++)
        kd_str_addf(&got, "%s%s", i > 0 ? " " : "",
                    kd_labels_name(s->labels, s->corpus.tags.items[i]));
    assert_string_equal(got.text, want);
    kd_str_fini(&got);
}

static void assert_labels(const kd_labels *labels, const char *want)
{
    kd_str got = KD_STR_INIT;

    for (int id = 0; id < kd_labels_count(labels); id++)
        kd_str_addf(&got, "%s%s", id > 0 ? " " : "", kd_labels_name(labels, id));
    assert_string_equal(got.text, want);
    kd_str_fini(&got);
}

/* ---- accepted ---- */

static void test_keeps_the_first_sentences(void **state)
{
    scene ner = read_with(KD_TASK_NER, "a\tO\nb\tS-G\n\nc\tO\n\nd\tS-D\ne\tO\n\n", NULL, NULL);
    scene re = read_with(KD_TASK_RE, "@a$ b @c$\tfalse\n@a$ @c$\tyes\n", NULL, NULL);

    (void)state;
    kd_corpus_keep(&ner.corpus, 2);
    assert_int_equal(kd_corpus_sentences(&ner.corpus), 2);
    assert_int_equal(ner.corpus.words.count, 3);
    assert_tags(&ner, "O S-G O");
    assert_labels(ner.labels, "O B-D I-D E-D S-D B-G I-G E-G S-G"); /* those of the whole */
    kd_corpus_keep(&ner.corpus, 2);
    assert_int_equal(kd_corpus_sentences(&ner.corpus), 2);
    kd_corpus_keep(&re.corpus, 1);
    assert_int_equal(re.corpus.words.count, 1);
    assert_int_equal(re.corpus.classes.count, 1);
    assert_string_equal(kd_labels_name(re.labels, re.corpus.classes.items[0]), "false");
    fini_scene(&ner);
    fini_scene(&re);
}

static void test_reads_tokens_and_tags(void **state)
{
    scene   s = read_with(KD_TASK_NER, "The\tO\nAbc\tB-G\n2\tE-G\n\nXyz\tS-D\n\n", NULL, NULL);
    kd_word word = s.corpus.words.items[3];

    (void)state;
    assert_int_equal(kd_corpus_sentences(&s.corpus), 2);
    assert_int_equal(s.corpus.begin.items[1], 3);
    assert_int_equal(s.corpus.scheme, KD_SCHEME_IOBES);
    assert_tags(&s, "O B-G E-G S-D");
    assert_int_equal(word.length, 3);
    assert_memory_equal(word.text, "Xyz", 3);
    assert_int_equal(word.line, 5);
    for (kd_note note = 0; note < KD_NOTE_COUNT; note++) assert_int_equal(notes(&s, note), 0);
    fini_scene(&s);
}

static void test_orders_labels_by_a_rule_and_not_by_the_file(void **state)
{
    scene one = read_with(KD_TASK_NER, "a\tS-zeta\nb\tS-alpha\n\n", NULL, NULL);
    scene two = read_with(KD_TASK_NER, "b\tB-alpha\na\tE-alpha\nc\tS-zeta\n\n", NULL, NULL);
    scene iob = read_with(KD_TASK_NER, "a\tB-zeta\nb\tB-Alpha\n\n", NULL, NULL);

    (void)state;
    assert_labels(one.labels, "O B-alpha I-alpha E-alpha S-alpha B-zeta I-zeta E-zeta S-zeta");
    assert_labels(two.labels, "O B-alpha I-alpha E-alpha S-alpha B-zeta I-zeta E-zeta S-zeta");
    assert_labels(iob.labels, "O B-Alpha I-Alpha B-zeta I-zeta");
    fini_scene(&one);
    fini_scene(&two);
    fini_scene(&iob);
}

static void test_accepts_by_a_rule_and_counts(void **state)
{
    static const struct {
        const char *text;
        kd_note     note;
        int         count, line, words;
    } cases[] = {
        { "\xef\xbb\xbfone\tO\n\n", KD_NOTE_BOM, 1, 1, 1 },
        { "one\tO\r\ntwo\tO\r\n\r\n", KD_NOTE_CRLF, 3, 1, 2 },
        { "-DOCSTART-\tO\n\none\tO\n\n-DOCSTART- -X- O O\ntwo\tO\n\n", KD_NOTE_DOCSTART, 2, 1, 2 },
        { "one\tO\n  \ntwo\tO\n\n", KD_NOTE_BLANKS, 1, 2, 2 },
        { "one two\tO\n\n", KD_NOTE_INNER_BLANK, 1, 1, 1 },
        { "one\tNN\tO\ntwo\tNN\tS-G\n\n", KD_NOTE_COLUMNS, 2, 1, 2 },
        { "one\tO\ntwo\tE-G\n\n", KD_NOTE_INVALID, 1, 2, 2 },
        { "one\tO\n\ntwo\tS-G", KD_NOTE_UNTERMINATED, 1, 3, 2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scene s = read_with(KD_TASK_NER, cases[i].text, NULL, NULL);

        if (notes(&s, cases[i].note) != cases[i].count ||
            s.corpus.notes[cases[i].note].lines[0] != cases[i].line)
            fail_msg("case %zu: %d at %d", i, (int)notes(&s, cases[i].note),
                     s.corpus.notes[cases[i].note].lines[0]);
        assert_int_equal(s.corpus.words.count, cases[i].words);
        fini_scene(&s);
    }
}

static void test_tells_its_notes_with_their_places(void **state)
{
    scene  s = read_with(KD_TASK_NER, "one\tO\r\ntwo\tO\r\n\n", NULL, NULL);
    kd_str told = KD_STR_INIT;

    (void)state;
    kd_corpus_tell(&s.corpus, &told);
    assert_non_null(
        strstr(told.text, "x.tsv:1: line ends in CR LF; the CR is dropped (2 times)\n"));
    assert_string_equal(kd_note_name(KD_NOTE_CRLF), "CRLF");
    fini_scene(&s);

    /* what nearly every corpus does is counted only */
    s = read_with(KD_TASK_NER, "-DOCSTART-\tO\n\none\tO\n", NULL, NULL);
    kd_str_reset(&told);
    kd_corpus_tell(&s.corpus, &told);
    assert_string_equal(told.text, "");
    assert_int_equal(notes(&s, KD_NOTE_UNTERMINATED), 1);
    assert_int_equal(notes(&s, KD_NOTE_DOCSTART), 1);
    kd_str_fini(&told);
    fini_scene(&s);
}

static void test_finds_the_scheme(void **state)
{
    static const struct {
        const char *text;
        kd_scheme   scheme;
    } cases[] = {
        { "a\tB-G\nb\tE-G\n\n", KD_SCHEME_IOBES },
        { "a\tS\n\n", KD_SCHEME_IOBES },
        { "a\tB-G\nb\tI-G\n\n", KD_SCHEME_IOB2 },
        { "a\tI-G\nb\tB-G\n\n", KD_SCHEME_IOB1 },
        { "a\tO\nb\tI-G\n\n", KD_SCHEME_IOB1 },
        { "a\tB-G\n\n", KD_SCHEME_IOB2 },
        { "a\tB-G\n\nb\tI-G\n\n", KD_SCHEME_IOB2 },
        { "a\tB\nb\tI\n\n", KD_SCHEME_IOB2 },
        { "a\tO\n\n", KD_SCHEME_IOB2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scene s = read_with(KD_TASK_NER, cases[i].text, NULL, NULL);

        assert_int_equal(s.corpus.scheme, cases[i].scheme);
        fini_scene(&s);
    }
}

static void test_converts_when_asked(void **state)
{
    scene s = read_with(KD_TASK_NER, "a\tI-G\nb\tB-G\nc\tI-G\nd\tO\n\n", "convert", "iobes");

    (void)state;
    assert_tags(&s, "S-G B-G E-G O");
    assert_int_equal(s.corpus.scheme, KD_SCHEME_IOB1);
    assert_int_equal(notes(&s, KD_NOTE_CONVERTED), 1);
    fini_scene(&s);
    s = read_with(KD_TASK_NER, "a\tS\nb\tO\n\n", "convert", "iob2");
    assert_tags(&s, "B O");
    fini_scene(&s);
}

static kd_status read_second(scene *s, kd_corpus *second, const char *text, kd_error *err)
{
    return kd_corpus_read(second, kd_test_file("second.tsv", text), s->corpus.task, NULL, s->labels,
                          err);
}

static void test_gives_every_split_the_same_ids(void **state)
{
    scene     s = read_with(KD_TASK_NER, "a\tS-G\nb\tO\n\n", NULL, NULL);
    kd_corpus second;
    kd_error  err;

    (void)state;
    assert_ok(read_second(&s, &second, "x\tB-G\ny\tI-G\n\n", &err), &err);
    assert_int_equal(second.tags.items[1], kd_labels_find(s.labels, "E-G", 3));
    assert_int_equal(second.notes[KD_NOTE_CONVERTED].count, 1);
    kd_corpus_fini(&second);

    assert_ok(read_second(&s, &second, "x\tO\n\ny\tS-New\nz\tS-G\n\n", &err), &err);
    assert_int_equal(second.notes[KD_NOTE_NEW_LABEL].count, 1);
    assert_int_equal(second.notes[KD_NOTE_NEW_LABEL].lines[0], 3);
    assert_labels(s.labels, "O B-G I-G E-G S-G B-New I-New E-New S-New");
    kd_corpus_fini(&second);
    fini_scene(&s);
}

static void test_drops_an_unterminated_sentence_when_asked(void **state)
{
    scene s = read_with(KD_TASK_NER, "a\tO\n\nb\tS-G\n", "drop_unterminated", "true");

    (void)state;
    assert_int_equal(kd_corpus_sentences(&s.corpus), 1);
    assert_int_equal(s.corpus.words.count, 1);
    assert_int_equal(notes(&s, KD_NOTE_DROPPED), 1);
    fini_scene(&s);
}

static void test_takes_the_tag_from_the_column_named(void **state)
{
    scene s = read_with(KD_TASK_NER, "a\tS-G\tO\n\n", "tag_column", "2");

    (void)state;
    assert_tags(&s, "S-G");
    assert_int_equal(notes(&s, KD_NOTE_COLUMNS), 0);
    fini_scene(&s);
}

static void test_reads_a_sentence_of_any_length(void **state)
{
    kd_str text = KD_STR_INIT;
    scene  s;

    (void)state;
    for (int i = 0; i < 5000; i++) kd_str_addf(&text, "w%d\tO\n", i);
    kd_str_add(&text, "\n");
    s = read_with(KD_TASK_NER, text.text, NULL, NULL);
    assert_int_equal(s.corpus.begin.items[1], 5000);
    kd_str_fini(&text);
    fini_scene(&s);
}

/* ---- relations, hallmarks, text ---- */

static void test_reads_relations_in_all_three_forms(void **state)
{
    static const char *const forms[] = {
        "index\tsentence\tlabel\n7\t@GENE$ \"binds @CHEMICAL$ .\tCPR:9\n8\t@GENE$ and @CHEMICAL$ "
        ".\tfalse\n",
        "@GENE$ \"binds @CHEMICAL$ .\tCPR:9\n@GENE$ and @CHEMICAL$ .\tfalse\n",
        "0\t@GENE$ \"binds @CHEMICAL$ .\tCPR:9\n1\t@GENE$ and @CHEMICAL$ .\tfalse\n",
    };

    (void)state;
    for (int i = 0; i < 3; i++) {
        scene s = read_with(KD_TASK_RE, forms[i], NULL, NULL);

        assert_int_equal(kd_corpus_sentences(&s.corpus), 2);
        assert_int_equal(s.corpus.has_header, i == 0);
        assert_labels(s.labels, "CPR:3 CPR:4 CPR:5 CPR:6 CPR:9 false");
        assert_int_equal(s.corpus.classes.items[0], 4);
        assert_int_equal(s.corpus.classes.items[1], 5);
        assert_memory_equal(s.corpus.words.items[0].text, "@GENE$ \"binds @CHEMICAL$ .", 25);
        assert_int_equal(notes(&s, KD_NOTE_UNMARKED), 0);
        fini_scene(&s);
    }
}

static void test_orders_classes_as_published_or_with_the_negative_last(void **state)
{
    static const struct {
        const char *text, *labels;
    } cases[] = {
        { "@a$ b @c$\t1\n@a$ c @b$\t0\n", "0 1" },
        { "@a$ b @c$\tDDI-int\n", "DDI-mechanism DDI-effect DDI-advise DDI-int DDI-false" },
        { "@a$ b @c$\tTrIP\n@a$ c @b$\tfalse\n", "PIP TeCP TeRP TrAP TrCP TrIP TrNAP TrWP false" },
        { "@a$ b @c$\tzeta\n@a$ c @b$\tfalse\n@a$ c @b$\tglows\n", "glows zeta false" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scene s = read_with(KD_TASK_RE, cases[i].text, NULL, NULL);

        assert_labels(s.labels, cases[i].labels);
        fini_scene(&s);
    }
    assert_true(kd_relation_is_positive("CPR:3"));
    assert_false(kd_relation_is_positive("False"));
    assert_false(kd_relation_is_positive("DDI-false"));
}

static void test_notes_pairs_without_both_marks(void **state)
{
    scene s = read_with(KD_TASK_RE,
                        "@GENE$ and @CHEMICAL$ .\tfalse\n@CHEM-GENE$ alone .\tfalse\n"
                        "@GENE$ and @OTHER$ .\tfalse\n",
                        NULL, NULL);

    (void)state;
    assert_int_equal(notes(&s, KD_NOTE_UNMARKED), 1);
    assert_int_equal(s.corpus.notes[KD_NOTE_UNMARKED].lines[0], 3);
    fini_scene(&s);
    s = read_with(KD_TASK_RE, "no marks here .\tup\nnor here .\tdown\n", NULL, NULL);
    assert_int_equal(notes(&s, KD_NOTE_UNMARKED), 0);
    fini_scene(&s);
}

/* The masks of METHODS' five tasks, an overlap of DDI being of any two of its types. */
static void test_knows_the_masks_of_each_task(void **state)
{
    static const struct {
        kd_relation relation;
        const char *mask;
        bool        has;
    } cases[] = {
        { KD_RELATION_CHEMPROT, "@CHEMICAL$", true },
        { KD_RELATION_CHEMPROT, "@CHEM-GENE$", true },
        { KD_RELATION_CHEMPROT, "@chemical$", true },
        { KD_RELATION_CHEMPROT, "@CHEM$", false },
        { KD_RELATION_GAD, "@DISEASE$", true },
        { KD_RELATION_GAD, "@GENE-DISEASE$", false },
        { KD_RELATION_DDI, "@drug_n$", true },
        { KD_RELATION_DDI, "@group$", true },
        { KD_RELATION_DDI, "@brand$", true },
        { KD_RELATION_DDI, "@drug_n-drug_n$", true },
        { KD_RELATION_DDI, "@group-drug$", true },
        { KD_RELATION_DDI, "@drug-gene$", false },
        { KD_RELATION_DDI, "@drug_$", false },
        { KD_RELATION_I2B2, "@treatment$", true },
        { KD_RELATION_I2B2, "@test-problem$", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const kd_relation_task *task = kd_relation_tasks;
        while (task->relation != cases[i].relation) task++;
        if (kd_relation_has_mask(task, cases[i].mask, strlen(cases[i].mask)) != cases[i].has)
            fail_msg("%s: %s", task->name, cases[i].mask);
    }
}

static void test_notes_masks_that_the_task_does_not_have(void **state)
{
    scene s = read_with(KD_TASK_RE,
                        "@drug$ and @group$ , @OTHER$\tDDI-int\n@drug_n-drug_n$ .\tDDI-false\n"
                        "@drug$ and @GENE$ by @drug-protein$ .\tDDI-effect\n",
                        NULL, NULL);

    (void)state;
    assert_int_equal(notes(&s, KD_NOTE_UNMARKED), 0);
    assert_int_equal(notes(&s, KD_NOTE_OTHER_MASK), 2);
    assert_int_equal(s.corpus.notes[KD_NOTE_OTHER_MASK].lines[0], 3);
    fini_scene(&s);
    s = read_with(KD_TASK_RE, "@a$ beside @b$ .\tup\n@a$ on @b$ .\tdown\n", NULL, NULL);
    assert_int_equal(notes(&s, KD_NOTE_OTHER_MASK), 0); /* of a task that nobody knows */
    fini_scene(&s);
}

#define NONE "0_0,1_0,2_0,3_0,4_0,5_0,6_0,7_0,8_0,9_0"
#define SOME "0_1,1_0,2_0,3_0,4_0,5_0,6_0,7_0,8_0,9_1"

static void test_reads_hallmarks_with_and_without_header(void **state)
{
    static const char *const forms[] = {
        "labels\tsentence\tindex\n" SOME "\tOne .\t11_s0\n" NONE "\tTwo .\t12_s0\n" NONE
        "\tThree .\t11_s1\n",
        SOME "\tOne .\t11_s0\n" NONE "\tTwo .\t12_s0\n" NONE "\tThree .\t11_s1\n",
        "index\tsentence\tlabels\n11_s0\tOne .\t" SOME "\n12_s0\tTwo .\t" NONE
        "\n11_s1\tThree .\t" NONE "\n",
    };

    (void)state;
    for (int i = 0; i < 3; i++) {
        scene s = read_with(KD_TASK_HOC, forms[i], NULL, NULL);

        assert_int_equal(kd_corpus_sentences(&s.corpus), 3);
        assert_int_equal(s.corpus.classes.items[0], 1 | 1 << 9);
        assert_int_equal(s.corpus.classes.items[1], 0);
        assert_int_equal(s.corpus.documents.items[1], 1);
        assert_int_equal(s.corpus.documents.items[2], 0);
        fini_scene(&s);
    }
    scene s = read_with(KD_TASK_HOC, SOME "\tOne .\n" NONE "\tTwo .\n", NULL, NULL);

    assert_int_equal(s.corpus.documents.items[1], 1);
    fini_scene(&s);
}

/* Of two labels a hallmark, the second has its bit; what the first is to say follows. */
static void test_reads_hallmarks_with_two_labels_each(void **state)
{
    kd_str back = KD_STR_INIT;
    scene  s = read_with(KD_TASK_HOC, SOME "\tOne .\n" NONE "\tTwo .\n", "hallmarks", "two");

    (void)state;
    assert_int_equal(kd_labels_count(s.corpus.labels), 20);
    assert_string_equal(kd_labels_name(s.corpus.labels, 0), "0_0");
    assert_string_equal(kd_labels_name(s.corpus.labels, 19), "9_1");
    assert_true(kd_hallmarks_are_two(s.corpus.labels));
    assert_int_equal(s.corpus.classes.items[0], 1 << 1 | 1 << 19);
    assert_int_equal(s.corpus.classes.items[1], 0);
    for (int k = 0; k < 20; k++) {
        bool holds = k == 1 || k == 19, does_not = k % 2 == 0 && k != 0 && k != 18;
        assert_int_equal(kd_hallmark_holds(20, s.corpus.classes.items[0], k), holds || does_not);
        assert_int_equal(kd_hallmark_holds(20, 0, k), k % 2 == 0);
    }
    assert_true(kd_hallmark_holds(10, 1 << 4, 4) && !kd_hallmark_holds(10, 1 << 4, 3));
    kd_corpus_print(&s.corpus, &back);
    assert_non_null(strstr(back.text, SOME "\tOne ."));
    kd_str_fini(&back);
    fini_scene(&s);
}

static void test_reads_plain_text_a_line_a_row(void **state)
{
    scene s = read_with(KD_TASK_TEXT, "One line.\n\nAnother\twith a tab.\n", NULL, NULL);

    (void)state;
    assert_int_equal(kd_corpus_sentences(&s.corpus), 2);
    assert_int_equal(s.corpus.words.items[1].line, 3);
    fini_scene(&s);
}

/* ---- refused ---- */

static void test_refuses_with_the_place(void **state)
{
    static const struct {
        kd_task     task;
        const char *text, *words;
    } cases[] = {
        { KD_TASK_NER, "a\tO\nb\n", "x.tsv:2: expected 2 columns, found 1" },
        { KD_TASK_NER, "a O\n", "x.tsv:1: expected token<TAB>tag, found blanks and no tab" },
        { KD_TASK_NER, "a\tO\n\tO\n", "x.tsv:2: an empty token" },
        { KD_TASK_NER, "a\tO\n \tO\n", "x.tsv:2: an empty token" },
        { KD_TASK_NER, "a\t\n", "x.tsv:1: an empty tag" },
        { KD_TASK_NER, "a\tO\n\nb\tQ-GENE\n", "x.tsv:3: 'Q-GENE' is no tag" },
        { KD_TASK_NER, "a\tB-\n", "x.tsv:1: 'B-' is no tag" },
        { KD_TASK_NER, "a\tN\tO\nb\tO\n",
          "x.tsv:2: expected 3 columns as on the lines above, found 2" },
        { KD_TASK_NER, "a\tO\nb\xff\tO\n", "x.tsv:2: byte 2 is 0xff, which is not UTF-8" },
        { KD_TASK_NER, "a\tO\n\xed\xa0\x80\tO\n", "x.tsv:2: byte 1 is 0xed" },
        { KD_TASK_NER,
          "\xff\xfe"
          "a\tO\n",
          "x.tsv:1: UTF-16 text, expected UTF-8" },
        { KD_TASK_NER, "", "x.tsv:1: no sentences" },
        { KD_TASK_NER, "\n\n-DOCSTART-\tO\n\n", "x.tsv:4: no sentences" },
        { KD_TASK_RE, "index\tsentence\tlabel\n", "x.tsv:1: no sentences" },
        { KD_TASK_RE, "one column\n",
          "x.tsv:1: expected [index<TAB>]sentence<TAB>label, found 1 column" },
        { KD_TASK_RE, "s a\tx\ns b\n", "x.tsv:2: expected 2 columns, found 1" },
        { KD_TASK_RE, "s a\tx\n\tx\n", "x.tsv:2: an empty sentence" },
        { KD_TASK_RE, "s a\tx\ns b\t\n", "x.tsv:2: an empty label" },
        { KD_TASK_HOC, "0_0,1_0\tText .\n",
          "x.tsv:1: expected 0_0,1_0,...,9_0 with each hallmark once" },
        { KD_TASK_HOC, SOME ",0_1\tText .\n", "x.tsv:1: expected 0_0" },
        { KD_TASK_HOC, NONE "\t\n", "x.tsv:1: an empty sentence" },
        { KD_TASK_TEXT, "  \n\n", "x.tsv:2: no sentences" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_labels *labels = kd_labels_create();
        kd_corpus  corpus;
        kd_error   err;

        assert_fails(KD_EDATA, cases[i].words,
                     kd_corpus_read(&corpus, kd_test_file("x.tsv", cases[i].text), cases[i].task,
                                    NULL, labels, &err),
                     &err);
        kd_labels_destroy(labels);
    }
}

static kd_status read_bytes(const char *bytes, size_t length, kd_error *err)
{
    kd_labels *labels = kd_labels_create();
    char      *path = kd_fs_join(kd_test_folder(), "bytes.tsv");
    kd_corpus  corpus;
    kd_status  status;

    assert_ok(kd_fs_write(path, bytes, length, err), err);
    status = kd_corpus_read(&corpus, path, KD_TASK_NER, NULL, labels, err);
    if (status == KD_OK) kd_corpus_fini(&corpus);
    kd_labels_destroy(labels);
    free(path);
    return status;
}

static void test_refuses_nul_bytes_and_endless_lines(void **state)
{
    kd_str   text = KD_STR_INIT;
    kd_error err;

    (void)state;
    assert_fails(KD_EDATA, "bytes.tsv:1: a NUL byte", read_bytes("a\0b\tO\n", 6, &err), &err);
    assert_fails(KD_EDATA, "bytes.tsv:1: a NUL byte", read_bytes("a\0\t\0O\0\n\0", 8, &err), &err);
    for (int i = 0; i < KD_LINE_LIMIT; i++) kd_str_add_char(&text, 'x');
    assert_fails(KD_EDATA, "bytes.tsv:1: a line of 1048576 bytes, the limit is 1048575",
                 read_bytes(text.text, text.length, &err), &err);
    memcpy(text.text + KD_LINE_LIMIT - 3, "\tO\n", 3);
    assert_ok(read_bytes(text.text, text.length, &err), &err);
    kd_str_fini(&text);
}

static void test_refuses_tags_that_the_given_scheme_lacks(void **state)
{
    kd_corpus_options options = options_of("scheme", "iob2");
    kd_labels        *labels = kd_labels_create();
    kd_corpus         corpus;
    kd_error          err;

    (void)state;
    assert_fails(KD_EDATA, "x.tsv:2: IOB2 has no tag S-G",
                 kd_corpus_read(&corpus, kd_test_file("x.tsv", "a\tB-G\nb\tS-G\n"), KD_TASK_NER,
                                &options, labels, &err),
                 &err);
    options = options_of("relation", "gad");
    assert_fails(KD_EDATA, "x.tsv:2: 'maybe' is no class of gad, which has 0 1",
                 kd_corpus_read(&corpus, kd_test_file("x.tsv", "a b\t1\na b\tmaybe\n"), KD_TASK_RE,
                                &options, labels, &err),
                 &err);
    kd_labels_destroy(labels);
}

static void test_refuses_a_label_column_that_is_none(void **state)
{
    kd_labels *labels = kd_labels_create();
    kd_str     text = KD_STR_INIT;
    kd_corpus  corpus;
    kd_error   err;

    (void)state;
    for (int i = 0; i < 1100; i++) kd_str_addf(&text, "A sentence .\tlabel %d\n", i);
    assert_fails(
        KD_EDATA, "more than 1000 classes",
        kd_corpus_read(&corpus, kd_test_file("x.tsv", text.text), KD_TASK_RE, NULL, labels, &err),
        &err);
    kd_str_fini(&text);
    kd_labels_destroy(labels);
}

static void test_says_that_a_file_is_missing(void **state)
{
    kd_labels *labels = kd_labels_create();
    kd_corpus  corpus;
    kd_error   err;

    (void)state;
    assert_fails(KD_ENOINPUT, "absent.tsv",
                 kd_corpus_read(&corpus, "absent.tsv", KD_TASK_NER, NULL, labels, &err), &err);
    kd_labels_destroy(labels);
}

static void test_guesses_the_task_by_the_first_line(void **state)
{
    static const struct {
        const char *text;
        kd_task     task;
    } cases[] = {
        { "a\tO\n", KD_TASK_NER },
        { "\na\tQ-GENE\n", KD_TASK_NER },
        { "a O\n", KD_TASK_NER },
        { "index\tsentence\tlabel\n", KD_TASK_RE },
        { "A sentence .\tfalse\n", KD_TASK_RE },
        { "labels\tsentence\tindex\n", KD_TASK_HOC },
        { NONE "\tText .\n", KD_TASK_HOC },
        { "", KD_TASK_NER },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_task  task;
        kd_error err;

        assert_ok(kd_corpus_guess_task(&task, kd_test_file("g.tsv", cases[i].text), &err), &err);
        assert_int_equal(task, cases[i].task);
    }
}

/* ---- written and read again ---- */

static void test_writes_what_it_reads(void **state)
{
    static const struct {
        kd_task     task;
        const char *text;
    } cases[] = {
        { KD_TASK_NER, "The\tO\nAbc\tB-G\n2\tE-G\n\nXyz\tS-D\n\n" },
        { KD_TASK_NER, "a\tB\nb\tI\n\n" },
        { KD_TASK_RE, "index\tsentence\tlabel\n0\t@a$ b @c$\tfalse\n1\t@a$ \"d @c$\tglows\n" },
        { KD_TASK_HOC, "labels\tsentence\tindex\n" SOME "\tOne .\t0_s0\n" NONE "\tTwo .\t0_s1\n" },
        { KD_TASK_TEXT, "One line.\nAnother.\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scene    s = read_with(cases[i].task, cases[i].text, NULL, NULL);
        kd_str   text = KD_STR_INIT;
        char    *path = kd_fs_join(kd_test_folder(), "again.tsv");
        kd_error err;

        kd_corpus_print(&s.corpus, &text);
        assert_string_equal(text.text, cases[i].text);
        assert_ok(kd_corpus_write(&s.corpus, path, &err), &err);
        assert_int_equal(kd_fs_size(path), (int64_t)text.length);
        free(path);
        kd_str_fini(&text);
        fini_scene(&s);
    }
}

static void test_holds_what_is_built_by_hand(void **state)
{
    kd_labels *labels = kd_labels_create();
    int        type = kd_labels_add_type(labels, KD_SCHEME_IOBES, "G", 1);
    char       bytes[] = "Abc";
    kd_str     text = KD_STR_INIT;
    kd_corpus  corpus;

    (void)state;
    kd_corpus_init(&corpus, KD_TASK_NER, "made", labels);
    kd_corpus_add_word(&corpus, bytes, 3, kd_labels_tag_id(labels, KD_PART_S, type));
    bytes[0] = '?'; /* the corpus has a copy */
    kd_corpus_end_sentence(&corpus);
    kd_corpus_print(&corpus, &text);
    assert_string_equal(text.text, "Abc\tS-G\n\n");
    kd_str_fini(&text);
    kd_corpus_fini(&corpus);
    kd_labels_destroy(labels);
}

/* 2 million tokens; ten million take five times as long. */
static void test_reads_millions_of_tokens_in_seconds(void **state)
{
    enum { TOKENS = 2000000 };
    kd_str text = KD_STR_INIT;
    double start;
    scene  s;

    (void)state;
    for (int i = 0; i < TOKENS; i++)
        kd_str_add(&text, i % 25 == 24 ? "token\tO\n\n" : i % 25 ? "token\tO\n" : "gene\tS-G\n");
    start = kd_clock_cpu_s();
    s = read_with(KD_TASK_NER, text.text, NULL, NULL);
    print_message("%.2f million tokens/s, file written included\n",
                  TOKENS / 1e6 / (kd_clock_cpu_s() - start));
    assert_int_equal(s.corpus.words.count, TOKENS);
    assert_true(kd_clock_cpu_s() - start < 10);
    kd_str_fini(&text);
    fini_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_tokens_and_tags),
        cmocka_unit_test(test_keeps_the_first_sentences),
        cmocka_unit_test(test_orders_labels_by_a_rule_and_not_by_the_file),
        cmocka_unit_test(test_accepts_by_a_rule_and_counts),
        cmocka_unit_test(test_tells_its_notes_with_their_places),
        cmocka_unit_test(test_finds_the_scheme),
        cmocka_unit_test(test_converts_when_asked),
        cmocka_unit_test(test_gives_every_split_the_same_ids),
        cmocka_unit_test(test_drops_an_unterminated_sentence_when_asked),
        cmocka_unit_test(test_takes_the_tag_from_the_column_named),
        cmocka_unit_test(test_reads_a_sentence_of_any_length),
        cmocka_unit_test(test_reads_relations_in_all_three_forms),
        cmocka_unit_test(test_orders_classes_as_published_or_with_the_negative_last),
        cmocka_unit_test(test_notes_pairs_without_both_marks),
        cmocka_unit_test(test_knows_the_masks_of_each_task),
        cmocka_unit_test(test_notes_masks_that_the_task_does_not_have),
        cmocka_unit_test(test_reads_hallmarks_with_and_without_header),
        cmocka_unit_test(test_reads_hallmarks_with_two_labels_each),
        cmocka_unit_test(test_reads_plain_text_a_line_a_row),
        cmocka_unit_test(test_refuses_with_the_place),
        cmocka_unit_test(test_refuses_nul_bytes_and_endless_lines),
        cmocka_unit_test(test_refuses_tags_that_the_given_scheme_lacks),
        cmocka_unit_test(test_refuses_a_label_column_that_is_none),
        cmocka_unit_test(test_says_that_a_file_is_missing),
        cmocka_unit_test(test_guesses_the_task_by_the_first_line),
        cmocka_unit_test(test_writes_what_it_reads),
        cmocka_unit_test(test_holds_what_is_built_by_hand),
        cmocka_unit_test(test_reads_millions_of_tokens_in_seconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
