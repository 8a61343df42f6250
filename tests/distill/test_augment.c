/* test_augment.c - the published counts, tags that stay well-formed, copies that do not depend on
 * what is around them, linear time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/augment.h"
#include "harness/base/clock.h"
#include "harness/base/rng.h"
#include "models/text/synth.h"
#include "tests/support/support.h"

static kd_augment_options options_of(kd_augment_mode mode, int passes, int seed)
{
    kd_augment_options options;

    kd_setting_defaults(kd_augment_settings, &options);
    options.mode = mode;
    options.passes = passes;
    options.seed = seed;
    return options;
}

typedef struct {
    kd_labels *labels;
    kd_corpus  train, devel, test;
} scene;

static scene make_scene(int sentences)
{
    scene            s = { .labels = kd_labels_create() };
    kd_synth_options options;

    kd_setting_defaults(kd_synth_settings, &options);
    options.sentences = sentences;
    options.devel = options.test = 1;
    kd_synth_make(&s.train, &s.devel, &s.test, KD_TASK_NER, &options, s.labels, NULL);
    return s;
}

static void fini_scene(scene *s)
{
    kd_corpus_fini(&s->train);
    kd_corpus_fini(&s->devel);
    kd_corpus_fini(&s->test);
    kd_labels_destroy(s->labels);
}

static int64_t count_mentions(const kd_corpus *corpus)
{
    int64_t count = 0;

    for (int s = 0; s < kd_corpus_sentences(corpus); s++) {
        int      first = corpus->begin.items[s];
        kd_spans walk = kd_spans_of(corpus->labels, KD_READ_CONLLEVAL, corpus->tags.items + first,
                                    corpus->begin.items[s + 1] - first);
        kd_span  span;

        while (kd_spans_next(&walk, &span)) count++;
    }
    return count;
}

static int count_invalid(const kd_corpus *corpus)
{
    int count = 0;

    for (int s = 0; s < kd_corpus_sentences(corpus); s++) {
        int first = corpus->begin.items[s];

        count += kd_tags_invalid(corpus->labels, corpus->tags.items + first,
                                 corpus->begin.items[s + 1] - first);
    }
    return count;
}

static const kd_augment_mode modes[] = { KD_AUGMENT_SOURCE, KD_AUGMENT_FIXED, KD_AUGMENT_PAPER };

static void test_never_makes_a_malformed_sequence(void **state)
{
    scene s = make_scene(300);

    (void)state;
    assert_int_equal(count_invalid(&s.train), 0);
    for (int m = 0; m < 3; m++) {
        kd_augment_options options = options_of(modes[m], 3, m);
        kd_corpus          out;
        kd_error           err;

        assert_ok(kd_augment(&out, &s.train, &options, &err), &err);
        assert_int_equal(kd_corpus_sentences(&out), 300 * (1 + 3 * 3));
        assert_int_equal(out.words.count, out.tags.count);
        assert_int_equal(out.begin.items[out.begin.count - 1], out.words.count);
        assert_int_equal(count_invalid(&out), 0);
        kd_corpus_fini(&out);
    }
    fini_scene(&s);
}

/* Any tags at all, in each scheme: what fixed and paper write is well-formed, with the mentions
 * that conlleval reads. In IOB1 a mention's first tag depends on what stands before it. */
static void test_mends_malformed_sequences_but_in_source(void **state)
{
    enum { SENTENCES = 200 };
    static const kd_scheme schemes[] = { KD_SCHEME_IOB1, KD_SCHEME_IOB2, KD_SCHEME_IOBES };

    (void)state;
    for (int c = 0; c < 3; c++) {
        kd_labels *labels = kd_labels_create();
        kd_rng     rng = kd_rng_root(3);
        kd_corpus  in, out;
        kd_error   err;

        kd_labels_add_type(labels, schemes[c], "D", 1);
        kd_labels_add_type(labels, schemes[c], "G", 1);
        kd_corpus_init(&in, KD_TASK_NER, "made", labels);
        for (int i = 0; i < 8 * SENTENCES; i++) {
            int tag = (int)kd_rng_below(&rng, (uint64_t)kd_labels_count(labels));

            kd_corpus_add_word(&in, "word", 4, tag);
            if (i % 8 == 7) kd_corpus_end_sentence(&in);
        }
        assert_true(count_invalid(&in) > SENTENCES);
        for (int m = 0; m < 3; m++) {
            kd_augment_options options = options_of(modes[m], 2, m);

            assert_ok(kd_augment(&out, &in, &options, &err), &err);
            assert_int_equal(out.words.count, out.tags.count);
            if (m == 0)
                assert_true(count_invalid(&out) > SENTENCES);
            else
                assert_int_equal(count_invalid(&out), 0);
            if (m != 0) assert_int_equal(count_mentions(&out), 7 * count_mentions(&in));
            kd_corpus_fini(&out);
        }
        kd_corpus_fini(&in);
        kd_labels_destroy(labels);
    }
}

static bool is_same_word(const kd_corpus *a, int i, const kd_corpus *b, int j)
{
    kd_word x = a->words.items[i], y = b->words.items[j];

    return x.length == y.length && memcmp(x.text, y.text, x.length) == 0;
}

/* In what was written for sentence s: the original at 0, then k copies of each kind. */
static int copy_begin(const kd_corpus *out, int s, int passes, int copy)
{
    return out->begin.items[s * (1 + 3 * passes) + copy];
}

static int64_t sum_of_words(const kd_corpus *corpus, int first, int length)
{
    int64_t sum = 0;

    for (int i = first; i < first + length; i++)
        for (uint32_t c = 0; c < corpus->words.items[i].length; c++)
            sum += corpus->words.items[i].text[c] * (int64_t)(c + 1);
    return sum;
}

static void test_keeps_the_original_and_its_tags(void **state)
{
    scene              s = make_scene(100);
    kd_augment_options options = options_of(KD_AUGMENT_FIXED, 2, 5);
    kd_corpus          out;
    kd_error           err;

    (void)state;
    assert_ok(kd_augment(&out, &s.train, &options, &err), &err);
    for (int n = 0; n < 100; n++) {
        int from = s.train.begin.items[n], length = s.train.begin.items[n + 1] - from;
        int original = copy_begin(&out, n, 2, 0), label = copy_begin(&out, n, 2, 1);
        int shuffled = copy_begin(&out, n, 2, 5);

        for (int i = 0; i < length; i++) {
            assert_true(is_same_word(&s.train, from + i, &out, original + i));
            assert_int_equal(s.train.tags.items[from + i], out.tags.items[original + i]);
            assert_int_equal(s.train.tags.items[from + i], out.tags.items[label + i]);
        }
        /* A shuffle has the same words and as many of them. */
        assert_int_equal(copy_begin(&out, n, 2, 6) - shuffled, length);
        assert_int_equal(sum_of_words(&out, shuffled, length),
                         sum_of_words(&s.train, from, length));
    }
    kd_corpus_fini(&out);
    fini_scene(&s);
}

static void test_keeps_all_mentions_but_in_source(void **state)
{
    scene   s = make_scene(400);
    int64_t before = count_mentions(&s.train);

    (void)state;
    for (int m = 0; m < 3; m++) {
        kd_augment_options options = options_of(modes[m], 2, 1);
        kd_corpus          out;
        kd_error           err;

        assert_ok(kd_augment(&out, &s.train, &options, &err), &err);
        if (m == 0)
            assert_true(count_mentions(&out) < 7 * before);
        else
            assert_int_equal(count_mentions(&out), 7 * before);
        kd_corpus_fini(&out);
    }
    fini_scene(&s);
}

static void test_gives_the_same_copies_for_the_same_seed_only(void **state)
{
    scene  s = make_scene(50);
    kd_str text[3] = { KD_STR_INIT, KD_STR_INIT, KD_STR_INIT };

    (void)state;
    for (int i = 0; i < 3; i++) {
        kd_augment_options options = options_of(KD_AUGMENT_FIXED, 2, i == 2 ? 8 : 7);
        kd_corpus          out;
        kd_error           err;

        assert_ok(kd_augment(&out, &s.train, &options, &err), &err);
        kd_corpus_print(&out, &text[i]);
        kd_corpus_fini(&out);
    }
    assert_string_equal(text[0].text, text[1].text);
    assert_string_not_equal(text[0].text, text[2].text);
    for (int i = 0; i < 3; i++) kd_str_fini(&text[i]);
    fini_scene(&s);
}

/* "source" draws a token from the distinct ones, "paper" from the occurrences: with one word 99
 * times and another once, uniform is one half and frequency one in a hundred. */
static void test_draws_uniformly_or_by_frequency(void **state)
{
    static const struct {
        kd_augment_mode mode;
        double          least, most;
    } wants[] = { { KD_AUGMENT_SOURCE, 0.2, 0.3 },
                  { KD_AUGMENT_FIXED, 0.2, 0.3 },
                  { KD_AUGMENT_PAPER, 0.0, 0.02 } };
    kd_labels *labels = kd_labels_create();
    kd_corpus  in;

    (void)state;
    kd_labels_add_class(labels, "O", 1);
    kd_corpus_init(&in, KD_TASK_NER, "made", labels);
    for (int i = 0; i < 100; i++)
        kd_corpus_add_word(&in, i == 0 ? "rare" : "common", i == 0 ? 4 : 6, 0);
    kd_corpus_end_sentence(&in);
    for (int m = 0; m < 3; m++) {
        kd_augment_options options = options_of(wants[m].mode, 100, 3);
        kd_corpus          out;
        kd_error           err;
        double             rare = 0;

        assert_ok(kd_augment(&out, &in, &options, &err), &err);
        for (int i = 100; i < 100 * 101; i++) rare += out.words.items[i].length == 4;
        assert_in_range((int)(rare / 100), (int)(100 * wants[m].least), (int)(100 * wants[m].most));
        kd_corpus_fini(&out);
    }
    kd_corpus_fini(&in);
    kd_labels_destroy(labels);
}

static void test_source_loses_long_mentions_that_are_not_replaced(void **state)
{
    kd_labels         *labels = kd_labels_create();
    int                type = kd_labels_add_type(labels, KD_SCHEME_IOBES, "G", 1);
    int                tags[] = { kd_labels_tag_id(labels, KD_PART_B, type),
                                  kd_labels_tag_id(labels, KD_PART_E, type), kd_labels_outside(labels) };
    kd_augment_options options = options_of(KD_AUGMENT_SOURCE, 400, 1);
    kd_corpus          in, out;
    kd_error           err;
    int                lost = 0;

    (void)state;
    kd_corpus_init(&in, KD_TASK_NER, "made", labels);
    for (int i = 0; i < 3; i++) kd_corpus_add_word(&in, "x", 1, tags[i]);
    kd_corpus_end_sentence(&in);
    assert_ok(kd_augment(&out, &in, &options, &err), &err);
    for (int copy = 401; copy < 801; copy++)
        lost += out.begin.items[copy + 1] - out.begin.items[copy] == 1;
    assert_in_range(lost, 150, 250); /* 200, sd 10 */
    kd_corpus_fini(&out);
    kd_corpus_fini(&in);
    kd_labels_destroy(labels);
}

static void test_refuses_a_corpus_without_tags(void **state)
{
    kd_augment_options options = options_of(KD_AUGMENT_FIXED, 1, 1);
    kd_corpus          in, out;
    kd_error           err;

    (void)state;
    kd_corpus_init(&in, KD_TASK_TEXT, "prose.txt", NULL);
    kd_corpus_add_row(&in, "A line.", 7, 0, 0);
    assert_fails(KD_ECONFIG, "prose.txt: only tagged corpora",
                 kd_augment(&out, &in, &options, &err), &err);
    kd_corpus_fini(&in);
}

/* Mean over seeds of the mentions after k passes, against the expectation N(k) and its spread;
 * 15195 mentions that are read, 6510 of one token:
 * N(k) = 15195 + k (2 * 15195 + 6510 + 8685 / 2). */
static void test_reproduces_the_published_counts(void **state)
{
    static const struct {
        int    passes, sentences;
        double mean, sd;
    } levels[] = { { 1, 50292, 56437.5, 46.597 },
                   { 3, 125730, 138922.5, 80.708 },
                   { 6, 238887, 262650, 114.138 } };
    enum { SEEDS = KD_SANITIZED ? 1 : 6 };
    const char *path = kd_shared_path("data/BC2GM/train.tsv");
    kd_labels  *labels;
    kd_corpus   in, out;
    kd_error    err;

    (void)state;
    if (!path) {
        print_message("the shared corpora are absent\n");
        skip();
    }
    labels = kd_labels_create();
    assert_ok(kd_corpus_read(&in, path, KD_TASK_NER, NULL, labels, &err), &err);
    for (int i = 0; i < 3; i++) {
        double sum = 0, start = kd_clock_cpu_s();

        for (int seed = 0; seed < SEEDS; seed++) {
            kd_augment_options options = options_of(KD_AUGMENT_SOURCE, levels[i].passes, seed);

            assert_ok(kd_augment(&out, &in, &options, &err), &err);
            assert_int_equal(kd_corpus_sentences(&out), levels[i].sentences);
            sum += (double)count_mentions(&out);
            kd_corpus_fini(&out);
        }
        print_message("%d passes: mean %.1f, expected %.1f, %.2f s a seed\n", levels[i].passes,
                      sum / SEEDS, levels[i].mean, (kd_clock_cpu_s() - start) / SEEDS);
        assert_true(fabs(sum / SEEDS - levels[i].mean) <= 3 * levels[i].sd / sqrt(SEEDS));
    }
    kd_corpus_fini(&in);
    kd_labels_destroy(labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never_makes_a_malformed_sequence),
        cmocka_unit_test(test_mends_malformed_sequences_but_in_source),
        cmocka_unit_test(test_keeps_the_original_and_its_tags),
        cmocka_unit_test(test_keeps_all_mentions_but_in_source),
        cmocka_unit_test(test_gives_the_same_copies_for_the_same_seed_only),
        cmocka_unit_test(test_draws_uniformly_or_by_frequency),
        cmocka_unit_test(test_source_loses_long_mentions_that_are_not_replaced),
        cmocka_unit_test(test_refuses_a_corpus_without_tags),
        cmocka_unit_test(test_reproduces_the_published_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
