/* What every network must do, whatever its numbers: count its weights, refuse settings that do not
 * fit, not look at neighbours, give the same bits again, ask malloc for nothing once it runs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/tensor/optim.h"
#include "tests/models/small.h"
#include "tests/support/precision.h"
#include "tests/support/support.h"
#include "tests/tensor/gradcheck.h"

/* ---- counts ---- */

/* Every network of the methods specification that is built here; its own figures (1.1, 1.2). */
static const struct {
    const char *what, *settings;
    size_t      parameters;
} counts[] = {
    { "BiLSTM, linear head", "kind=bilstm vocab=28996 labels=9", 12313809 },
    { "BiLSTM, MLP head", "kind=bilstm vocab=28996 labels=9 classifier=256", 12464569 },
    { "BiLSTM, MLP head, CRF", "kind=bilstm vocab=28996 labels=9 classifier=256 crf=true",
      12464569 + 9 * 9 + 2 * 9 },
    { "BiLSTM, narrow", "kind=bilstm vocab=28996 labels=9 classifier=256 hidden=200", 10570169 },
    { "BiLSTM, BERT embeddings",
      "kind=bilstm vocab=28996 labels=9 classifier=256 embeddings=bert embedding=768", 27554185 },
    { "BiLSTM, three channels", /* V E + 256 (1+3+5) E + 768, then as wide as 768 */
      "kind=bilstm vocab=28996 labels=9 classifier=256 embeddings=multichannel",
      8698800 + 691968 + 2568000 + 2164800 + 156169 },
    { "TinyBERT student", "kind=bert vocab=28996 labels=9 layers=4 hidden=312 ffn=1200",
      14260065 - 2 * (312 * 768 + 768) }, /* less its two fit matrices */
    { "teacher", "kind=bert vocab=28996 labels=9 layers=12 hidden=768 ffn=3072", 107726601 },
    { "BERT base with pooler",
      "kind=bert vocab=28996 head=none layers=12 hidden=768 ffn=3072 pooler=true", 108310272 },
    { "DistilBERT cased", "kind=bert vocab=28996 head=none layers=6 hidden=768 ffn=3072 segments=0",
      65190912 },
    { "DistilBERT uncased",
      "kind=bert vocab=30522 head=none layers=6 hidden=768 ffn=3072 segments=0", 66362880 },
    { "6 layers", "kind=bert vocab=28996 head=none layers=6 hidden=768 ffn=3072", 65192448 },
    { "6 layers with pooler",
      "kind=bert vocab=28996 head=none layers=6 hidden=768 ffn=3072 pooler=true", 65783040 },
    { "TinyBERT uncased, pooler",
      "kind=bert vocab=30522 head=none layers=4 hidden=312 ffn=1200 pooler=true", 14350248 },
    { "TinyBERT cased, pooler",
      "kind=bert vocab=28996 head=none layers=4 hidden=312 ffn=1200 pooler=true", 13874136 },
    { "RoBERTa large, 6 classes",
      "kind=roberta vocab=50265 head=class labels=6 layers=24 hidden=1024 heads=16 ffn=4096",
      355365894 },
    { "ALBERT xlarge, 6 classes",
      "kind=albert vocab=30000 head=class labels=6 layers=24 hidden=2048 heads=16 ffn=8192 "
      "pooler=true",
      58737158 },
    { "MobileBERT", "kind=mobilebert vocab=30522 head=none layers=24 hidden=512 heads=4 ffn=512",
      24581888 },
    { "6 classes over the pooler",
      "kind=bert vocab=28996 head=class labels=6 layers=12 hidden=768 ffn=3072 pooler=true",
      108314886 },
};

static kd_arch arch_of(const char *settings)
{
    kd_arch  arch;
    kd_error err;
    char     text[256], *rest = text;

    kd_setting_defaults(kd_arch_settings(), &arch);
    snprintf(text, sizeof text, "%s", settings);
    for (char *word; (word = strsep(&rest, " "));) {
        char *value = strchr(word, '=');
        *value++ = '\0';
        assert_ok(kd_setting_put(kd_setting_find(kd_arch_settings(), word), &arch, value, &err),
                  &err);
        if (strcmp(word, "kind") == 0) kd_arch_begin(&arch, arch.kind); /* it stands first */
    }
    return arch;
}

static void test_counts_weights_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        kd_arch       arch = arch_of(counts[i].settings);
        kd_model_size size;
        kd_error      err;
        size_t        sum = 0;

        assert_ok(kd_model_measure(&size, &arch, 32, &err), &err);
        if (size.parameters != counts[i].parameters)
            fail_msg("%s: %zu weights, not %zu", counts[i].what, size.parameters,
                     counts[i].parameters);
        for (int b = 0; b < size.block_count; b++) sum += size.block[b].parameters;
        assert_int_equal(sum, size.parameters);
        assert_close(size.mib, 4.0 * (double)size.parameters / 1048576.0, 1e-12);
    }
}

/* By hand: 2 directions, 4 gates of H = 300, inputs 300 and 600, multiply and add; the head. */
static void test_counts_operations_of_a_bilstm(void **state)
{
    (void)state;
    kd_arch       arch = arch_of("kind=bilstm vocab=28996 labels=9 classifier=256");
    kd_model_size size;
    kd_error      err;

    assert_ok(kd_model_measure(&size, &arch, 32, &err), &err);
    assert_close(size.operations_per_token,
                 2.0 * (2 * 1200 * (300 + 300) + 2 * 1200 * (600 + 300) + 600 * 256 + 256 * 9),
                 0.0);
}

/* Of two layers the gates and cells of 300 units twice; words, a dropout between the layers and two in
 * the head; each product's numbers in and out. */
static void test_counts_what_else_a_bilstm_does(void **state)
{
    (void)state;
    kd_arch       arch = arch_of("kind=bilstm vocab=28996 labels=9 classifier=256 crf=true");
    kd_model_size size;
    kd_error      err;

    assert_ok(kd_model_measure(&size, &arch, 32, &err), &err);
    assert_close(size.effort.recurrent, 2 * 2 * 2 * 1200 * 300, 0.0);
    assert_close(size.effort.curves, 2 * 2 * 5 * 300 + 256 + 9 + 9 * 9, 0.0);
    assert_close(size.effort.values, 300 + 600 + 600 + 256, 0.0);
    assert_close(size.effort.passed,
                 2 * (300 + 1200) + 2 * (300 + 1200) + 2 * (600 + 1200) + 2 * (300 + 1200) +
                     (600 + 256) + (256 + 9),
                 0.0);
    assert_close(size.effort.attention, 0.0, 0.0);
}

/* A sentence of 10 is pooled by attention: the tanh of 600 features of each piece and their weight; the
 * head of 6 classes comes once in 10 pieces. */
static void test_counts_pooling_by_pieces_and_classes_by_sentences(void **state)
{
    (void)state;
    kd_model_size tags, classes;
    kd_error      err;
    kd_arch       arch = arch_of("kind=bilstm vocab=99 labels=6 pooling=attention");

    assert_ok(kd_model_measure(&tags, &arch, 10, &err), &err);
    arch.head = KD_HEAD_CLASS;
    assert_ok(kd_model_measure(&classes, &arch, 10, &err), &err);
    assert_int_equal(classes.parameters - tags.parameters, 600);
    assert_close(classes.effort.products - tags.effort.products, 2 * 600 - 2 * 600 * 6 * 0.9, 1e-6);
    assert_close(classes.effort.curves - tags.effort.curves, 600 - 6 * 0.9, 1e-9);
    assert_close(classes.effort.values - tags.effort.values, 600 - 600 * 0.9, 1e-9);
}

/* One layer of 8 units, 2 heads, 16 inside, in a sentence of 10: Q K^T and P V of 8 features for each
 * of 10 tokens; a softmax over 10 in 2 heads; 16 activations. The pooler and the head of 3 classes
 * come once in 10 tokens. */
static void test_counts_effort_of_an_encoder_by_sentences(void **state)
{
    (void)state;
    kd_arch       arch = arch_of("kind=bert vocab=50 labels=3 layers=1 hidden=8 heads=2 ffn=16 "
                                       "head=class pooler=true");
    kd_model_size size;
    kd_error      err;

    assert_ok(kd_model_measure(&size, &arch, 10, &err), &err);
    assert_close(size.effort.attention, 2 * 2 * 10 * 8, 0.0);
    assert_close(size.effort.products, 2 * (4 * 64 + 2 * 128) + 2 * (64 + 8 * 3) / 10.0, 1e-12);
    assert_close(size.effort.maps, 2 * 10, 1e-12);
    assert_close(size.effort.curves, 16 + (8 + 3) / 10.0, 1e-12);
    assert_close(size.effort.values, 5 * 8 + 4 * 8 + 8 / 10.0, 1e-12);
    assert_close(size.effort.recurrent, 0.0, 0.0);
}

static void test_info_says_settings_and_size(void **state)
{
    (void)state;
    kd_arch        arch = arch_of("kind=bilstm vocab=28996 labels=9 classifier=256");
    kd_model_size  size;
    kd_str         text = KD_STR_INIT;
    kd_json_writer w;
    kd_error       err;

    assert_ok(kd_model_measure(&size, &arch, 32, &err), &err);
    kd_model_size_add(&size, 1000);
    kd_json_start(&w, &text, 0);
    kd_json_begin(&w, '{');
    kd_model_info_json(&arch, &size, &w);
    kd_json_end(&w, '}');
    assert_non_null(strstr(text.text, "\"parameters\": 12465569"));
    assert_non_null(strstr(text.text, "\"training\": 1000"));
    assert_non_null(strstr(text.text, "\"hidden\""));
    assert_null(strstr(text.text, "\"heads\"")); /* a bilstm does not read it */
    kd_str_fini(&text);
}

/* ---- refusals ---- */

static void test_refuses_settings_that_do_not_fit(void **state)
{
    (void)state;
    const struct {
        const char *settings, *words;
    } cases[] = {
        { "kind=bilstm labels=2", "vocab: " },
        { "kind=bilstm vocab=9", "labels: " },
        { "kind=bilstm vocab=9 labels=2 head=mlm",
          "head: a bilstm has tags, class, multilabel, span or none, not mlm" },
        { "kind=bilstm vocab=9 labels=2 distances=5",
          "distances: are to the two mentions of a relation" },
        { "kind=bert vocab=9 labels=2 head=class crf=true",
          "crf: stands on a head of tags, not of class" },
        { "kind=bilstm vocab=9 labels=257 crf=true", "crf: 257 labels, at most 256" },
        { "kind=bilstm vocab=9 labels=2 layers=17", "layers: " },
        { "kind=bert vocab=9 labels=2 hidden=10 heads=3", "heads: hidden = 10" },
        { "kind=bert vocab=9 labels=2 hidden=12 heads=3 head=class", "pooler: head = class" },
        { "kind=albert vocab=9 labels=2 hidden=12 heads=3 head=class", "pooler: head = class" },
        { "kind=mobilebert vocab=9 labels=2 heads=5", "heads: bottleneck = 128" },
        { "kind=mobilebert vocab=9 heads=4 hidden=64 head=mlm", "embedding: 128 is wider" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kd_arch    arch = arch_of(cases[i].settings);
        kd_params *params = kd_params_create();
        kd_model  *model;
        kd_error   err;

        assert_fails(KD_ECONFIG, cases[i].words, kd_model_create(&model, params, &arch, &err),
                     &err);
        assert_null(model);
        kd_params_destroy(params);
    }
}

/* ---- gradients of whole networks ---- */

typedef struct {
    kd_small *small;
    kd_batch  batch;
} whole;

/* Everything a network hands out, each with weights of its own. */
static kd_tensor *record_everything(kd_tape *tape, void *user)
{
    whole     *net = user;
    kd_wants   wants = { true, true, true };
    kd_outputs out = kd_model_apply(net->small->model, tape, &net->batch, &wants);
    kd_tensor *terms[32];
    double     weights[32];
    int        count = 0;

    terms[count++] = kd_gradcheck_dot(tape, out.logits, 1);
    for (int i = 0; i < out.hidden_count; i++)
        terms[count++] = kd_gradcheck_dot(tape, out.hidden[i], 2);
    for (int i = 0; i < out.map_count; i++) {
        terms[count++] = kd_gradcheck_dot(tape, out.probs[i], 3);
        terms[count++] = kd_gradcheck_dot(tape, out.scores[i], 4);
    }
    for (int i = 0; i < count; i++) weights[i] = 1.0 / (i + 1);
    return kd_op_weighted_sum(tape, count, terms, weights);
}

/* Differences across the corner of a ReLU are no slopes: convolutions are on, a few of them, or
 * off. */
static void settle_channels(const kd_small *small)
{
    for (int i = 0; i < kd_params_count(small->params); i++) {
        kd_param *p = kd_params_at(small->params, i);
        if (!kd_starts_with(p->name, "convs.") || p->rank != 1) continue;
        for (size_t c = 0; c < p->length; c++) p->value.x[c] = c % 32 == 0 ? 3.0f : -3.0f;
    }
    kd_params_touch(small->params);
}

static void check_gradients(kd_arch arch)
{
    kd_small small = kd_small_make(&arch, (kd_tape_options){ .is_training = true });

    settle_channels(&small);
    kd_assert_gradients(small.params, record_everything,
                        &(whole){ &small, kd_small_batch(3, (int[]){ 3, 1, 2 }) }, 4e-3);
    kd_small_drop(&small);
}

static void test_gradients_of_a_bilstm_agree_with_differences(void **state)
{
    (void)state;
    kd_arch arch = kd_small_arch(KD_KIND_BILSTM);
    arch.classifier = 3;
    arch.dropout = 0.3;
    check_gradients(arch);
    arch.bilstm.embeddings = KD_VECTORS_BLOCK;
    check_gradients(arch);
    arch.bilstm.embeddings = KD_VECTORS_MULTICHANNEL;
    check_gradients(arch);
}

static void test_gradients_of_a_bilstm_of_sentences_agree_with_differences(void **state)
{
    (void)state;
    kd_arch arch = kd_small_arch(KD_KIND_BILSTM);
    for (int pooling = KD_POOLING_MAX; pooling <= KD_POOLING_ATTENTION; pooling++) {
        arch.bilstm.pooling = pooling;
        arch.head = pooling == KD_POOLING_MEAN ? KD_HEAD_MULTILABEL : KD_HEAD_CLASS;
        check_gradients(arch);
    }
}

static void test_gradients_of_a_bert_agree_with_differences(void **state)
{
    (void)state;
    kd_arch arch = kd_small_arch(KD_KIND_BERT);
    arch.encoder.attention_dropout = 0.2;
    arch.dropout = 0.1;
    check_gradients(arch);
    arch.encoder.pooler = true;
    arch.segments = 0;
    arch.head = KD_HEAD_MULTILABEL;
    check_gradients(arch);
    arch.encoder.pooler_activation = KD_RELU;
    check_gradients(arch);
    arch.head = KD_HEAD_MLM;
    check_gradients(arch);
    arch.head = KD_HEAD_SPAN;
    check_gradients(arch);
}

static void test_gradients_of_a_roberta_agree_with_differences(void **state)
{
    (void)state;
    static const kd_head_kind heads[] = { KD_HEAD_TAGS, KD_HEAD_CLASS, KD_HEAD_MLM };
    for (size_t h = 0; h < sizeof heads / sizeof *heads; h++) {
        kd_arch arch = kd_small_arch(KD_KIND_ROBERTA);
        arch.segments = 1;
        arch.dropout = arch.encoder.attention_dropout = 0.1;
        arch.head = heads[h];
        check_gradients(arch);
    }
}

static void test_gradients_of_an_albert_agree_with_differences(void **state)
{
    (void)state;
    static const kd_head_kind heads[] = { KD_HEAD_TAGS, KD_HEAD_CLASS, KD_HEAD_MLM };
    for (size_t h = 0; h < sizeof heads / sizeof *heads; h++) {
        kd_arch arch = kd_small_arch(KD_KIND_ALBERT);
        arch.encoder.activation = KD_GELU_TANH;
        arch.encoder.pooler = true;
        arch.dropout = arch.encoder.attention_dropout = arch.albert.classifier_dropout = 0.1;
        arch.head = heads[h];
        check_gradients(arch);
    }
}

static void test_gradients_of_a_mobilebert_agree_with_differences(void **state)
{
    (void)state;
    static const kd_head_kind heads[] = { KD_HEAD_TAGS, KD_HEAD_CLASS, KD_HEAD_MLM };
    for (size_t h = 0; h < sizeof heads / sizeof *heads; h++) {
        kd_arch arch = kd_small_arch(KD_KIND_MOBILEBERT);
        arch.encoder.pooler = h == 0;
        arch.dropout = arch.encoder.attention_dropout = 0.1;
        arch.head = heads[h];
        check_gradients(arch);
    }
}

/* ---- sentences do not know of each other ---- */

/* Logits and the gradient of the embedding's row for one batch; copies that the caller frees. */
static float *logits_of(kd_small *small, const kd_batch *batch, int from, int rows)
{
    kd_tensor *logits = kd_model_apply(small->model, small->tape, batch, NULL).logits;
    size_t     len = (size_t)rows * (size_t)logits->d;
    float     *copy = kd_alloc(len, sizeof *copy);

    memcpy(copy, kd_tensor_row(logits, from), len * sizeof *copy);
    kd_tape_reset(small->tape);
    return copy;
}

/* Products of other sizes may sum in another order: equal within rounding, not bit for bit. */
static void assert_rows_equal(const float *a, const float *b, int len, double within)
{
    for (int i = 0; i < len; i++) assert_close(a[i], b[i], within);
}

static void test_a_sentence_does_not_depend_on_its_neighbours(void **state)
{
    (void)state;
    for (int k = 0; k <= KD_KIND_COUNT; k++) {
        kd_arch arch = kd_small_arch(k < KD_KIND_COUNT ? (kd_kind)k : KD_KIND_BILSTM);
        if (k == KD_KIND_COUNT) arch.bilstm.embeddings = KD_VECTORS_MULTICHANNEL;
        kd_small small = kd_small_make(&arch, (kd_tape_options){ 0 });
        kd_batch alone = kd_small_batch(1, (int[]){ 7 });
        kd_batch few = kd_small_batch(4, (int[]){ 3, 7, 1, 19 });
        kd_batch many = kd_small_batch(3, (int[]){ 40, 1, 7 });
        float   *a = logits_of(&small, &alone, 0, 7), *b = logits_of(&small, &few, 3, 7);
        float   *c = logits_of(&small, &many, 41, 7);

        assert_rows_equal(b, a, 28, 1e-6);
        assert_rows_equal(c, a, 28, 1e-6);
        free(a);
        free(b);
        free(c);
        kd_small_drop(&small);
    }
}

static void test_gradients_of_distances_agree_with_differences(void **state)
{
    (void)state;
    kd_arch arch = kd_small_arch(KD_KIND_BILSTM);
    arch.head = KD_HEAD_CLASS;
    arch.bilstm.distances = 3;
    arch.bilstm.distance_limit = 2;
    arch.bilstm.pooling = KD_POOLING_MEAN;
    check_gradients(arch);
}

/* Equal words about other mentions are another relation; a mention that is not there is one more. */
static void test_distances_tell_mentions_apart(void **state)
{
    (void)state;
    static const int32_t marks[] = { 1, 4, 4, 1, 1, -1 };
    kd_arch              arch = kd_small_arch(KD_KIND_BILSTM);
    arch.head = KD_HEAD_CLASS;
    for (int distances = 0; distances <= 3; distances += 3) {
        arch.bilstm.distances = distances;
        kd_small small = kd_small_make(&arch, (kd_tape_options){ 0 });
        kd_batch batch = kd_small_batch(3, (int[]){ 6, 6, 6 });
        batch.marks = marks;
        float *x = logits_of(&small, &batch, 0, 3);
        for (int b = 1; b < 3; b++)
            if ((fabsf(x[0] - x[4 * b]) > 1e-4F) != (distances > 0))
                fail_msg("%d features, sentence %d: %g and %g", distances, b, x[0], x[4 * b]);
        free(x);
        kd_small_drop(&small);
    }
}

/* The state of the second sentence of two, as its last layer's states say it. */
static float pooled_by_hand(const kd_small *small, int pooling, const kd_tensor *last, int from,
                            int to, int feature)
{
    const kd_param *preference = kd_params_find(small->params, "pooling.weight");
    double          sum = 0, shares = 0, most = -2;

    for (int n = from; n < to; n++) {
        const float *h = kd_tensor_row(last, n);
        double       score = 0;
        for (int i = 0; pooling == KD_POOLING_ATTENTION && i < last->d; i++)
            score += preference->value.x[i] * tanh(h[i]);
        most = h[feature] > most ? h[feature] : most;
        shares += exp(score);
        sum += exp(score) * h[feature];
    }
    return (float)(pooling == KD_POOLING_MAX ? most : sum / shares);
}

static void test_a_bilstm_pools_the_states_of_each_sentence(void **state)
{
    (void)state;
    kd_arch arch = kd_small_arch(KD_KIND_BILSTM);
    arch.head = KD_HEAD_CLASS;
    for (int pooling = KD_POOLING_MAX; pooling <= KD_POOLING_ATTENTION; pooling++) {
        arch.bilstm.pooling = pooling;
        kd_small small = kd_small_make(&arch, (kd_tape_options){ 0 });
        kd_batch pair = kd_small_batch(2, (int[]){ 5, 9 }), alone = kd_small_batch(1, (int[]){ 9 });
        kd_outputs out = kd_model_apply(small.model, small.tape, &pair, NULL);
        kd_outputs one = kd_model_apply(small.model, small.tape, &alone, NULL);

        assert_int_equal(out.sentence->d, kd_arch_width(&arch));
        assert_int_equal(out.logits->n, 2);
        for (int i = 0; i < out.sentence->d; i++)
            assert_close(kd_tensor_row(out.sentence, 1)[i],
                         pooled_by_hand(&small, pooling, out.last, 5, 14, i), 1e-6);
        assert_rows_equal(kd_tensor_row(out.logits, 1), one.logits->x, 4, 1e-6);
        kd_small_drop(&small);
    }
}

/* Gradients of a batch are the sum of those of its sentences. */
static void add_gradients(kd_small *small, const kd_batch *batch)
{
    kd_tensor *logits = kd_model_apply(small->model, small->tape, batch, NULL).logits;
    float     *zero = kd_tape_alloc(small->tape, kd_tensor_len(logits), sizeof *zero);

    memset(zero, 0, kd_tensor_len(logits) * sizeof *zero);
    kd_tape_backward(small->tape, kd_op_mse(small->tape, logits, zero, NULL), (float)logits->n);
    kd_tape_reset(small->tape);
}

static void test_gradients_of_a_batch_are_those_of_its_sentences(void **state)
{
    (void)state;
    static const int lengths[] = { 9, 1, 4 };

    for (int k = 0; k < KD_KIND_COUNT; k++) {
        kd_arch  arch = kd_small_arch((kd_kind)k);
        kd_small packed = kd_small_make(&arch, (kd_tape_options){ .is_training = true });
        kd_small single = kd_small_make(&arch, (kd_tape_options){ .is_training = true });
        kd_batch all = kd_small_batch(3, lengths);
        size_t   span = kd_params_span(packed.params);

        add_gradients(&packed, &all);
        for (int b = 0; b < 3; b++) {
            kd_batch one = kd_small_batch(1, lengths + b);
            add_gradients(&single, &one);
        }
        for (size_t i = 0; i < span; i++)
            assert_close(kd_params_block(packed.params, KD_GRADIENTS)[i],
                         kd_params_block(single.params, KD_GRADIENTS)[i], 1e-5);
        kd_small_drop(&packed);
        kd_small_drop(&single);
    }
}

static void test_heads_look_only_at_the_rows_they_are_given(void **state)
{
    (void)state;
    const kd_pick at = { 3, (const int32_t[]){ 8, 0, 4 } };

    for (int k = 0; k < KD_KIND_COUNT; k++) {
        kd_arch  arch = kd_small_arch((kd_kind)k);
        kd_small small = kd_small_make(&arch, (kd_tape_options){ 0 });
        kd_batch batch = kd_small_batch(2, (int[]){ 5, 4 });
        float   *all = logits_of(&small, &batch, 0, 9);

        batch.at = &at;
        float *three = logits_of(&small, &batch, 0, 3);
        for (int i = 0; i < 3; i++) assert_rows_equal(three + 4 * i, all + 4 * at.row[i], 4, 1e-6);
        free(all);
        free(three);
        kd_small_drop(&small);
    }
}

/* Without wants the layers share memory; what comes out must be the same. */
static void test_wants_change_nothing_in_the_logits(void **state)
{
    (void)state;
    for (int k = 0; k < KD_KIND_COUNT; k++) {
        kd_arch arch = kd_small_arch((kd_kind)k);
        arch.layers = 3;
        kd_small   small = kd_small_make(&arch, (kd_tape_options){ 0 });
        kd_batch   batch = kd_small_batch(2, (int[]){ 5, 4 });
        kd_wants   all = { true, true, true };
        float     *plain = logits_of(&small, &batch, 0, 9);
        kd_outputs out = kd_model_apply(small.model, small.tape, &batch, &all);

        assert_int_equal(out.hidden_count, 4);
        assert_int_equal(out.map_count, k == 0 ? 0 : 3);
        assert_ptr_equal(out.hidden[3], out.last);
        assert_memory_equal(out.logits->x, plain, 36 * sizeof *plain);
        free(plain);
        kd_small_drop(&small);
    }
}

/* ---- the same again ---- */

static void train_a_little(kd_small *small, int steps)
{
    kd_optim_options options;
    kd_rng           root = kd_rng_root(9);
    kd_batch         batch = kd_small_batch(4, (int[]){ 30, 11, 17, 25 });
    kd_error         err;
    int32_t          labels[83];

    for (int i = 0; i < 83; i++) labels[i] = i % 4;
    kd_setting_defaults(kd_optim_settings, &options);
    kd_optim *optim = kd_optim_create(&options, small->params, steps);
    for (int s = 0; s < steps; s++) {
        kd_tape_seed(small->tape, kd_rng_split(&root, "step", (uint64_t)s));
        kd_tensor *logits = kd_model_apply(small->model, small->tape, &batch, NULL).logits;
        kd_tape_backward(small->tape, kd_op_cross_entropy(small->tape, logits, labels, 0.1), 1.0f);
        assert_ok(kd_optim_step(optim, 1.0, NULL, &err), &err);
        kd_tape_reset(small->tape);
    }
    kd_optim_destroy(optim);
}

static float *weights_after(kd_kind kind, int threads, kd_precision precision, size_t *span)
{
    kd_arch arch = kd_small_arch(kind);
    arch.dropout = arch.encoder.attention_dropout = 0.2;
    kd_small small = kd_small_make(&arch, (kd_tape_options){ true, precision, threads });

    train_a_little(&small, 5);
    *span = kd_params_span(small.params);
    float *copy = kd_alloc(*span, sizeof *copy);
    memcpy(copy, kd_params_block(small.params, KD_VALUES), *span * sizeof *copy);
    kd_small_drop(&small);
    return copy;
}

static void test_training_again_gives_the_same_bits(void **state)
{
    (void)state;
    for (int k = 0; k < KD_KIND_COUNT; k++)
        for (int threads = 1; threads <= 4; threads *= 2) {
            size_t span;
            float *a = weights_after((kd_kind)k, threads, KD_F32, &span);
            float *b = weights_after((kd_kind)k, threads, KD_F32, &span);
            assert_memory_equal(a, b, span * sizeof *a);
            free(a);
            free(b);
        }
}

static void test_threads_change_nothing_but_rounding(void **state)
{
    (void)state;
    for (int k = 0; k < KD_KIND_COUNT; k++) {
        size_t span;
        float *one = weights_after((kd_kind)k, 1, KD_F32, &span);
        for (int threads = 2; threads <= 4; threads += 2) {
            float *more = weights_after((kd_kind)k, threads, KD_F32, &span);
            for (size_t i = 0; i < span; i++) assert_close(more[i], one[i], 2e-4);
            free(more);
        }
        free(one);
    }
}

/* ---- precision ---- */

static double largest_gap(kd_small *small, const kd_batch *batch, kd_precision precision,
                          const float *exact, int n)
{
    double gap = 0.0, size = 0.0;

    kd_tape_destroy(small->tape);
    small->tape = kd_tape_create(&(kd_tape_options){ .precision = precision });
    float *got = logits_of(small, batch, 0, n);
    for (int i = 0; i < 4 * n; i++) {
        gap = fmax(gap, fabs((double)got[i] - (double)exact[i]));
        size = fmax(size, fabs((double)exact[i]));
    }
    free(got);
    return gap / size;
}

static void test_low_precision_stays_near_f32(void **state)
{
    (void)state;
    for (int k = 0; k < KD_KIND_COUNT; k++) {
        kd_arch arch = kd_small_arch((kd_kind)k);
        arch.hidden = 48;
        arch.embedding = 32;
        arch.encoder.ffn = 64;
        kd_small small = kd_small_make(&arch, (kd_tape_options){ 0 });
        kd_batch batch = kd_small_batch(3, (int[]){ 20, 9, 31 });
        float   *exact = logits_of(&small, &batch, 0, 60);

        double slack = k == KD_KIND_ALBERT ? 2.0 : 1.0; /* one layer errs the same way each time */

        if (!kd_test_lacks(KD_BF16))
            assert_true(largest_gap(&small, &batch, KD_BF16, exact, 60) < 0.03 * slack);
        if (!kd_test_lacks(KD_INT8))
            assert_true(largest_gap(&small, &batch, KD_INT8, exact, 60) < 0.06 * slack);
        free(exact);
        kd_small_drop(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_weights_exactly),
        cmocka_unit_test(test_counts_operations_of_a_bilstm),
        cmocka_unit_test(test_counts_what_else_a_bilstm_does),
        cmocka_unit_test(test_counts_pooling_by_pieces_and_classes_by_sentences),
        cmocka_unit_test(test_counts_effort_of_an_encoder_by_sentences),
        cmocka_unit_test(test_info_says_settings_and_size),
        cmocka_unit_test(test_refuses_settings_that_do_not_fit),
        cmocka_unit_test(test_gradients_of_a_bilstm_agree_with_differences),
        cmocka_unit_test(test_gradients_of_a_bilstm_of_sentences_agree_with_differences),
        cmocka_unit_test(test_gradients_of_a_bert_agree_with_differences),
        cmocka_unit_test(test_gradients_of_a_roberta_agree_with_differences),
        cmocka_unit_test(test_gradients_of_an_albert_agree_with_differences),
        cmocka_unit_test(test_gradients_of_a_mobilebert_agree_with_differences),
        cmocka_unit_test(test_a_sentence_does_not_depend_on_its_neighbours),
        cmocka_unit_test(test_a_bilstm_pools_the_states_of_each_sentence),
        cmocka_unit_test(test_gradients_of_distances_agree_with_differences),
        cmocka_unit_test(test_distances_tell_mentions_apart),
        cmocka_unit_test(test_gradients_of_a_batch_are_those_of_its_sentences),
        cmocka_unit_test(test_heads_look_only_at_the_rows_they_are_given),
        cmocka_unit_test(test_wants_change_nothing_in_the_logits),
        cmocka_unit_test(test_training_again_gives_the_same_bits),
        cmocka_unit_test(test_threads_change_nothing_but_rounding),
        cmocka_unit_test(test_low_precision_stays_near_f32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
