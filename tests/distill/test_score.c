/* test_score.c - every published case, the properties that scores must have, files that part. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/score.h"
#include "harness/base/rng.h"
#include "models/text/pack.h"
#include "tests/support/support.h"

enum { WORDS = 256 };

/* Two tagged sides of one made-up corpus. */
typedef struct {
    kd_labels *labels;
    int16_t    gold[WORDS], predicted[WORDS];
    int32_t    begin[WORDS];
    int        words, sentences;
} pair;

static void add_type_of(kd_labels *labels, kd_scheme scheme, const char *tag)
{
    const char *type;
    size_t      length;
    kd_part     part;

    assert_true(kd_tag_parse(tag, strlen(tag), &part, &type, &length));
    if (part != KD_PART_O) kd_labels_add_type(labels, scheme, type, length);
}

static int16_t id_of(const kd_labels *labels, const char *tag)
{
    int id = kd_labels_find(labels, tag, strlen(tag));

    assert_true(id >= 0);
    return (int16_t)id;
}

static void add_sentence(pair *p, kd_scheme scheme, const kd_json *gold, const kd_json *predicted)
{
    assert_int_equal(kd_json_count(gold), kd_json_count(predicted));
    for (size_t i = 0; i < kd_json_count(gold); i++) {
        const char *g = kd_json_to_text(kd_json_at(gold, i), "");
        const char *q = kd_json_to_text(kd_json_at(predicted, i), "");

        add_type_of(p->labels, scheme, g);
        add_type_of(p->labels, scheme, q);
        p->gold[p->words] = id_of(p->labels, g);
        p->predicted[p->words++] = id_of(p->labels, q);
    }
    p->begin[++p->sentences] = p->words;
}

static pair make_pair(void)
{
    pair p = { .labels = kd_labels_create() };

    kd_labels_add_class(p.labels, "O", 1);
    return p;
}

static kd_counts score(const pair *p, kd_reading reading, kd_detail detail)
{
    return kd_score_spans(p->labels, reading, p->gold, p->predicted, p->begin, p->sentences,
                          detail);
}

static void assert_counts(kd_counts got, const kd_json *want, const char *name)
{
    if (got.tp != kd_json_to_int(kd_json_at(want, 0), -1) ||
        got.predicted != kd_json_to_int(kd_json_at(want, 1), -1) ||
        got.gold != kd_json_to_int(kd_json_at(want, 2), -1))
        fail_msg("%s: got %d %d %d", name, got.tp, got.predicted, got.gold);
}

static void check_types(const pair *p, const kd_json *want, const char *name)
{
    kd_counts by_type[16] = { { 0 } };
    kd_detail detail = { by_type, NULL };

    score(p, KD_READ_CONLLEVAL, detail);
    for (int t = 0; t < kd_labels_types(p->labels); t++) {
        const kd_json *type = kd_json_get(want, kd_labels_type(p->labels, t));

        if (type)
            assert_counts(by_type[t], type, name);
        else
            assert_int_equal(by_type[t].predicted + by_type[t].gold, 0);
    }
}

static int count_invalid(const pair *p, const int16_t *tags)
{
    int count = 0;

    for (int s = 0; s < p->sentences; s++)
        count += kd_tags_invalid(p->labels, tags + p->begin[s], p->begin[s + 1] - p->begin[s]);
    return count;
}

static void check_case(const kd_json *entry)
{
    const kd_json *sentences = kd_json_get(entry, "sentences");
    const char    *name = kd_json_to_text(kd_json_get(entry, "name"), "");
    const kd_json *strict = kd_json_get(entry, "strict"), *invalid = kd_json_get(entry, "invalid");
    pair           p = make_pair();
    kd_scheme      scheme;

    assert_true(kd_scheme_parse(&scheme, kd_json_to_text(kd_json_get(entry, "scheme"), "")));
    for (size_t s = 0; s < kd_json_count(sentences); s++) {
        const kd_json *sentence = kd_json_at(sentences, s);

        add_sentence(&p, scheme, kd_json_get(sentence, "gold"), kd_json_get(sentence, "pred"));
    }
    assert_counts(score(&p, KD_READ_CONLLEVAL, (kd_detail){ 0 }), kd_json_get(entry, "conlleval"),
                  name);
    assert_counts(score(&p, KD_READ_SEQEVAL, (kd_detail){ 0 }), kd_json_get(entry, "seqeval"),
                  name);
    if (strict) assert_counts(score(&p, KD_READ_STRICT, (kd_detail){ 0 }), strict, name);
    check_types(&p, kd_json_get(entry, "per_type"), name);
    assert_close(kd_score_tag_accuracy(p.gold, p.predicted, p.words),
                 kd_json_to_real(kd_json_get(entry, "accuracy"), -1), 1e-12);
    assert_int_equal(count_invalid(&p, p.gold), kd_json_to_int(kd_json_at(invalid, 0), -1));
    assert_int_equal(count_invalid(&p, p.predicted), kd_json_to_int(kd_json_at(invalid, 1), -1));
    kd_labels_destroy(p.labels);
}

static void test_agrees_with_every_published_case(void **state)
{
    kd_json_document *golden = kd_golden_open("scoring.json");
    const kd_json    *cases = kd_json_get(kd_json_root(golden), "spans");

    (void)state;
    assert_int_equal(kd_json_count(cases), 47);
    for (size_t i = 0; i < kd_json_count(cases); i++) check_case(kd_json_at(cases, i));
    kd_json_close(golden);
}

static void check_reference(const kd_json *entry, kd_scheme scheme, kd_reading reading)
{
    pair      p = make_pair();
    kd_counts got;

    add_sentence(&p, scheme, kd_json_get(entry, "gold"), kd_json_get(entry, "pred"));
    got = score(&p, reading, (kd_detail){ 0 });
    assert_int_equal(got.tp, kd_json_to_int(kd_json_get(entry, "tp"), -1));
    assert_int_equal(got.gold, kd_json_to_int(kd_json_get(entry, "gold_entities"), -1));
    assert_int_equal(got.predicted, kd_json_to_int(kd_json_get(entry, "pred_entities"), -1));
    if (kd_json_get(entry, "f1"))
        assert_close(kd_prf_of(got).f1, kd_json_to_real(kd_json_get(entry, "f1"), -1), 1e-12);
    kd_labels_destroy(p.labels);
}

static void test_agrees_with_the_reference_vectors_of_entities(void **state)
{
    kd_json_document *golden = kd_golden_open("scoring.json");
    const kd_json    *lenient =
        kd_json_get(kd_json_get(kd_json_root(golden), "entity_f1_iob_lenient"), "cases");
    const kd_json *strict =
        kd_json_get(kd_json_get(kd_json_root(golden), "entity_f1_iobes_strict"), "cases");

    (void)state;
    assert_true(kd_json_count(lenient) > 0 && kd_json_count(strict) > 0);
    for (size_t i = 0; i < kd_json_count(lenient); i++)
        check_reference(kd_json_at(lenient, i), KD_SCHEME_IOB2, KD_READ_CONLLEVAL);
    for (size_t i = 0; i < kd_json_count(strict); i++)
        check_reference(kd_json_at(strict, i), KD_SCHEME_IOBES, KD_READ_STRICT);
    kd_json_close(golden);
}

/* The first source's labels: PAD, START, END and UNK count as nothing. */
static kd_labels *first_source_labels(void)
{
    static const char *const specials[] = { "PAD", "START", "END", "UNK" };
    kd_labels               *labels = kd_labels_create();

    for (int i = 0; i < 4; i++) kd_labels_add_class(labels, specials[i], strlen(specials[i]));
    kd_labels_add_type(labels, KD_SCHEME_IOBES, "GENE", 4);
    assert_int_equal(kd_labels_find(labels, "S-GENE", 6), 8);
    return labels;
}

static int read_ids(const kd_json *list, int16_t *out)
{
    int count = (int)kd_json_count(list);

    for (int i = 0; i < count; i++)
        out[i] = (int16_t)kd_json_to_int(kd_json_at(list, (size_t)i), -1);
    return count;
}

static void test_agrees_with_the_reference_vector_of_tags(void **state)
{
    kd_json_document *golden = kd_golden_open("scoring.json");
    const kd_json    *want = kd_json_get(kd_json_root(golden), "seed0_token_f1");
    kd_labels        *labels = first_source_labels();
    int16_t           gold[32], predicted[32];
    int32_t           begin[2] = { 0, read_ids(kd_json_get(want, "gold"), gold) };
    kd_prf            prf;

    (void)state;
    assert_int_equal(read_ids(kd_json_get(want, "pred"), predicted), begin[1]);
    prf = kd_prf_of(kd_score_tags(labels, gold, predicted, begin, 1, (kd_detail){ 0 }));
    assert_close(prf.precision, kd_json_to_real(kd_json_get(want, "precision"), -1), 1e-12);
    assert_close(prf.recall, kd_json_to_real(kd_json_get(want, "recall"), -1), 1e-12);
    assert_close(prf.f1, kd_json_to_real(kd_json_get(want, "f1"), -1), 1e-12);
    kd_labels_destroy(labels);
    kd_json_close(golden);
}

static void test_agrees_with_the_reference_vector_of_relations(void **state)
{
    kd_json_document *golden = kd_golden_open("scoring.json");
    const kd_json    *want = kd_json_get(kd_json_root(golden), "re_micro_f1");
    kd_labels        *labels = kd_labels_create();
    int32_t           gold[32], predicted[32];
    int               rows = (int)kd_json_count(kd_json_get(want, "gold"));
    kd_counts         got, by_class[8] = { { 0 } };

    (void)state;
    for (const char *c = "3456 9"; *c; c++)
        if (*c != ' ') kd_labels_add_class(labels, (char[]){ 'C', 'P', 'R', ':', *c }, 5);
    kd_labels_add_class(labels, "false", 5);
    for (int i = 0; i < rows; i++) {
        gold[i] = (int32_t)kd_json_to_int(kd_json_at(kd_json_get(want, "gold"), (size_t)i), -1);
        predicted[i] =
            (int32_t)kd_json_to_int(kd_json_at(kd_json_get(want, "pred"), (size_t)i), -1);
    }
    got = kd_score_classes(labels, true, gold, predicted, rows, (kd_detail){ by_class, NULL });
    assert_int_equal(got.tp, kd_json_to_int(kd_json_get(want, "tp"), -1));
    assert_int_equal(got.predicted - got.tp, kd_json_to_int(kd_json_get(want, "fp"), -1));
    assert_int_equal(got.gold - got.tp, kd_json_to_int(kd_json_get(want, "fn"), -1));
    assert_close(kd_prf_of(got).f1, kd_json_to_real(kd_json_get(want, "f1"), -1), 1e-12);
    assert_int_equal(by_class[5].gold + by_class[5].predicted, 0);
    assert_int_equal(by_class[0].gold, 2);
    kd_labels_destroy(labels);
    kd_json_close(golden);
}

/* Of pairs a class that would be none of relations counts like any other. */
static void test_counts_every_class_of_pairs(void **state)
{
    (void)state;
    static const int32_t gold[] = { 0, 0, 0, 1, 1 }, predicted[] = { 0, 0, 1, 1, 0 };
    kd_labels           *labels = kd_labels_create();
    kd_counts            by_class[2] = { { 0 } }, by_row[5] = { { 0 } };

    kd_labels_add_class(labels, "false", 5);
    kd_labels_add_class(labels, "true", 4);
    kd_counts got =
        kd_score_classes(labels, false, gold, predicted, 5, (kd_detail){ by_class, by_row });
    assert_int_equal(got.tp, 3);
    assert_int_equal(got.predicted, 5);
    assert_int_equal(got.gold, 5);
    assert_int_equal(by_row[2].tp, 0);
    assert_close(kd_prf_of(by_class[0]).f1, 2.0 / 3, 1e-12);
    assert_close(kd_prf_macro(by_class, 2).f1, (2.0 / 3 + 1.0 / 2) / 2, 1e-12);
    kd_labels_destroy(labels);
}

static void test_agrees_with_the_reference_vector_of_documents(void **state)
{
    static const int32_t gold[] = { 5, 2 }, predicted[] = { 3, 2 };
    kd_prf               prf = kd_score_documents(gold, predicted, NULL, 2, (kd_detail){ 0 });

    (void)state; /* golden: [[1,0,1],[0,1,0]] against [[1,1,0],[0,1,0]] */
    assert_close(prf.precision, 0.75, 1e-12);
    assert_close(prf.recall, 0.75, 1e-12);
    assert_close(prf.f1, 0.75, 1e-12);
}

static void test_joins_the_sentences_of_a_document(void **state)
{
    static const int32_t gold[] = { 1, 4, 2, 0 }, predicted[] = { 4, 1, 0, 0 },
                         document[] = { 0, 1, 1, 2 };
    static const int32_t joined[] = { 0, 0, 1, 2 };
    kd_counts            rows[3] = { { 0 } };
    kd_prf prf = kd_score_documents(gold, predicted, document, 4, (kd_detail){ NULL, rows });

    (void)state;
    assert_close(prf.precision, 1.0 / 3, 1e-12); /* document 2 has nothing and is right */
    assert_close(prf.recall, 1.0 / 3, 1e-12);
    assert_int_equal(rows[1].gold, 2);
    prf = kd_score_documents(gold, predicted, joined, 4, (kd_detail){ 0 });
    assert_close(prf.precision, 2.0 / 3, 1e-12); /* 0: both right; 1: missed; 2: right */
}

static void test_gives_zero_for_nothing_and_never_nan(void **state)
{
    kd_prf none = kd_prf_of((kd_counts){ 0, 0, 0 });
    kd_prf macro = kd_prf_macro((kd_counts[]){ { 0, 0, 0 }, { 1, 2, 1 }, { 0, 0, 3 } }, 3);

    (void)state;
    assert_true(none.precision == 0 && none.recall == 0 && none.f1 == 0);
    assert_close(macro.precision, 0.25, 1e-12);
    assert_close(macro.recall, 0.5, 1e-12);
    assert_close(macro.f1, 1.0 / 3, 1e-12);
    none = kd_prf_macro(NULL, 0);
    assert_true(none.f1 == 0);
    assert_true(kd_score_tag_accuracy(NULL, NULL, 0) == 0);
}

static void test_counts_a_tag_on_a_special_piece_as_false(void **state)
{
    kd_labels    *labels = first_source_labels();
    const int16_t gold[] = { KD_NO_TAG, 5, 7, KD_NO_TAG }, predicted[] = { 5, 5, 7, 4 };
    const int32_t begin[] = { 0, 4 };
    kd_counts     got = kd_score_tags(labels, gold, predicted, begin, 1, (kd_detail){ 0 });

    (void)state;
    assert_int_equal(got.tp, 2);
    assert_int_equal(got.predicted, 3);
    assert_int_equal(got.gold, 2);
    kd_labels_destroy(labels);
}

/* Random sides: exchanging gold and predicted exchanges precision and recall; a side scored
 * against itself is right throughout; sentences and types add up to the whole. */
static void test_is_symmetric_and_adds_up(void **state)
{
    pair   p = make_pair();
    kd_rng rng = kd_rng_root(7);

    (void)state;
    kd_labels_add_type(p.labels, KD_SCHEME_IOBES, "a", 1);
    kd_labels_add_type(p.labels, KD_SCHEME_IOBES, "b", 1);
    for (int round = 0; round < 3000; round++) {
        p.words = p.sentences = 0;
        while (p.sentences < 4) {
            for (uint64_t n = kd_rng_below(&rng, 8); n > 0; n--) {
                p.gold[p.words] = (int16_t)kd_rng_below(&rng, 9);
                p.predicted[p.words] =
                    kd_rng_below(&rng, 3) ? p.gold[p.words] : (int16_t)kd_rng_below(&rng, 9);
                p.words++;
            }
            p.begin[++p.sentences] = p.words;
        }
        for (kd_reading reading = KD_READ_STRICT; reading <= KD_READ_SEQEVAL; reading++) {
            kd_counts by_type[2] = { { 0 } }, by_sentence[4] = { { 0 } };
            kd_counts one = score(&p, reading, (kd_detail){ by_type, by_sentence });
            kd_counts other = kd_score_spans(p.labels, reading, p.predicted, p.gold, p.begin,
                                             p.sentences, (kd_detail){ 0 });
            kd_counts self = kd_score_spans(p.labels, reading, p.gold, p.gold, p.begin, p.sentences,
                                            (kd_detail){ 0 });

            assert_int_equal(one.tp, other.tp);
            assert_int_equal(one.gold, other.predicted);
            assert_int_equal(one.predicted, other.gold);
            assert_int_equal(self.tp, one.gold);
            assert_int_equal(one.tp, by_type[0].tp + by_type[1].tp);
            assert_int_equal(one.gold, by_type[0].gold + by_type[1].gold);
            assert_int_equal(one.predicted, by_type[0].predicted + by_type[1].predicted);
            for (int s = 0; s < 4; s++) one.tp -= by_sentence[s].tp;
            assert_int_equal(one.tp, 0);
        }
    }
    kd_labels_destroy(p.labels);
}

/* ---- files ---- */

static kd_status open_texts(kd_score_pair *out, const char *gold, const char *predicted,
                            kd_scheme scheme, kd_error *err)
{
    kd_corpus_options reading;

    kd_setting_defaults(kd_corpus_settings, &reading);
    reading.scheme = scheme;
    return kd_score_open(out, kd_test_file("gold.tsv", gold),
                         predicted ? kd_test_file("predicted.tsv", predicted) : NULL, KD_TASK_NER,
                         &reading, err);
}

static kd_counts score_files(const kd_score_pair *files, kd_reading reading)
{
    return kd_score_spans(files->labels, reading, files->gold.tags.items,
                          files->predicted.tags.items, files->gold.begin.items,
                          kd_corpus_sentences(&files->gold), (kd_detail){ 0 });
}

static void test_reads_predicted_tags_in_the_scheme_of_gold(void **state)
{
    kd_score_pair files;
    kd_error      err;
    kd_counts     got;

    (void)state;
    /* Without E or S the prediction looks like IOB2, but it is malformed IOBES. */
    assert_ok(open_texts(&files, "x\tS-G\ny\tO\n\n", "x\tB-G\ny\tO\n\n", KD_SCHEME_NONE, &err),
              &err);
    got = score_files(&files, KD_READ_STRICT);
    assert_int_equal(got.tp, 0);
    assert_int_equal(got.predicted, 0);
    assert_int_equal(score_files(&files, KD_READ_CONLLEVAL).tp, 1);
    kd_score_close(&files);

    assert_ok(open_texts(&files, "x\tB-G\ny\tI-G\n\n", "x\tB-G\ny\tE-G\n\n", KD_SCHEME_NONE, &err),
              &err);
    assert_int_equal(score_files(&files, KD_READ_STRICT).tp, 1);
    kd_score_close(&files);
}

static void test_reads_three_columns(void **state)
{
    kd_score_pair files;
    kd_error      err;

    (void)state;
    assert_ok(
        open_texts(&files, "x\tB-G\tB-G\ny\tE-G\tE-G\n\nz\tS-G\tO\n", NULL, KD_SCHEME_NONE, &err),
        &err);
    assert_int_equal(score_files(&files, KD_READ_STRICT).tp, 1);
    assert_int_equal(score_files(&files, KD_READ_STRICT).gold, 2);
    kd_score_close(&files);
    assert_fails(KD_EDATA, "gold.tsv:1: expected a tag in column 3, found 2 columns",
                 open_texts(&files, "x\tO\n", NULL, KD_SCHEME_NONE, &err), &err);
}

static void test_refuses_files_that_part(void **state)
{
    kd_score_pair files;
    kd_error      err;

    (void)state;
    assert_fails(KD_EDATA, "predicted.tsv:2: 'z', but ",
                 open_texts(&files, "x\tO\ny\tO\n\n", "x\tO\nz\tO\n\n", KD_SCHEME_NONE, &err),
                 &err);
    assert_fails(KD_EDATA, "predicted.tsv:1: a sentence of 1 words, but ",
                 open_texts(&files, "x\tO\ny\tO\n\n", "x\tO\n\ny\tO\n\n", KD_SCHEME_NONE, &err),
                 &err);
    assert_fails(KD_EDATA, "predicted.tsv:1: 1 sentences, but ",
                 open_texts(&files, "x\tO\n\ny\tO\n\n", "x\tO\n\n", KD_SCHEME_NONE, &err), &err);
}

static void test_agrees_on_the_large_pair(void **state)
{
    const char       *path = kd_shared_path("spec/ner_scoring_large.tsv");
    const char       *figures = kd_shared_path("spec/ner_scoring_large.json");
    kd_corpus_options reading;
    kd_score_pair     files;
    kd_json_document *want;
    kd_counts         got;
    kd_error          err;

    (void)state;
    if (!path || !figures) {
        print_message("the shared cases are absent\n");
        skip();
    }
    kd_setting_defaults(kd_corpus_settings, &reading);
    assert_ok(kd_json_open(&want, figures, &err), &err);
    assert_ok(kd_score_open(&files, path, NULL, KD_TASK_NER, &reading, &err), &err);
    got = score_files(&files, KD_READ_CONLLEVAL);
    assert_int_equal(got.tp, 3701);
    assert_int_equal(got.predicted, 5814);
    assert_int_equal(got.gold, 4551);
    got = score_files(&files, KD_READ_SEQEVAL);
    assert_int_equal(got.tp, 3850);
    assert_int_equal(got.predicted, 6138);
    assert_int_equal(files.predicted.notes[KD_NOTE_INVALID].count, 1972);
    assert_close(kd_prf_of(score_files(&files, KD_READ_CONLLEVAL)).f1,
                 kd_json_to_real(kd_json_get(kd_json_get(kd_json_root(want), "expected"), "f1"), 0),
                 1e-12);
    kd_score_close(&files);
    kd_json_close(want);
}

/* ---- names ---- */

static void test_knows_what_a_task_is_judged_by(void **state)
{
    (void)state;
    static const struct {
        kd_task     task;
        const char *name;
        bool        has;
    } cases[] = {
        { KD_TASK_NER, "entity_strict.f1", true },
        { KD_TASK_NER, "entity_strict.macro.recall", true },
        { KD_TASK_NER, "entity_strict.Gene.precision", true },
        { KD_TASK_NER, "token_micro.f1", true },
        { KD_TASK_NER, "accuracy", true },
        { KD_TASK_RE, "relation.f1", true },
        { KD_TASK_HOC, "document.f1", true },
        { KD_TASK_NER, "token_micro", false },
        { KD_TASK_NER, "devel.token_micro.f1", false },
        { KD_TASK_NER, "entity_strict..f1", false },
        { KD_TASK_NER, "token_micro.loss", false },
        { KD_TASK_NER, "relation.f1", false },
        { KD_TASK_RE, "token_micro.f1", false },
        { KD_TASK_HOC, "relation.f1", false },
        { KD_TASK_TEXT, "accuracy", false },
        { KD_TASK_PAIR, "pair.macro.f1", true },
        { KD_TASK_PAIR, "pair.yes.recall", true },
        { KD_TASK_PAIR, "accuracy", true },
        { KD_TASK_PAIR, "pair.f1", false },
        { KD_TASK_PAIR, "relation.f1", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (kd_score_has(cases[i].task, cases[i].name) != cases[i].has)
            fail_msg("case %zu: %s", i, cases[i].name);
    kd_str names = KD_STR_INIT;
    kd_score_names(KD_TASK_RE, &names);
    assert_string_equal(names.text, "relation.f1 accuracy");
    kd_str_fini(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knows_what_a_task_is_judged_by),
        cmocka_unit_test(test_agrees_with_every_published_case),
        cmocka_unit_test(test_agrees_with_the_reference_vectors_of_entities),
        cmocka_unit_test(test_agrees_with_the_reference_vector_of_tags),
        cmocka_unit_test(test_agrees_with_the_reference_vector_of_relations),
        cmocka_unit_test(test_counts_every_class_of_pairs),
        cmocka_unit_test(test_agrees_with_the_reference_vector_of_documents),
        cmocka_unit_test(test_joins_the_sentences_of_a_document),
        cmocka_unit_test(test_gives_zero_for_nothing_and_never_nan),
        cmocka_unit_test(test_counts_a_tag_on_a_special_piece_as_false),
        cmocka_unit_test(test_is_symmetric_and_adds_up),
        cmocka_unit_test(test_reads_predicted_tags_in_the_scheme_of_gold),
        cmocka_unit_test(test_reads_three_columns),
        cmocka_unit_test(test_refuses_files_that_part),
        cmocka_unit_test(test_agrees_on_the_large_pair),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
