/* Every layer and every head by itself: gradients against differences. Each row of the table is a
 * layer over an input that is differentiated too. */
#include <string.h>

#include "models/attention.h"
#include "models/embedding.h"
#include "models/heads.h"
#include "models/lstm.h"
#include "tests/models/small.h"
#include "tests/support/support.h"
#include "tests/tensor/gradcheck.h"
#include "tests/tensor/plain_ops.h"

enum { N = 6, WIDTH = 6, SENTENCES = 3 };

static const int32_t begin[] = { 0, 3, 4, 6 };
static const int32_t ids[] = { 2, 0, 4, 2, 1, 4 }, segments[] = { 0, 1, 1, 0, 0, 1 };
static const int32_t chosen[] = { 5, 0, 2 };
static const kd_pick pick = { 3, chosen };

/* One layer, whichever it is. */
typedef struct {
    kd_arch      arch;
    kd_batch     batch;
    kd_tensor   *x; /* (N,D) what enters */
    kd_linear    linear;
    kd_norm      norm;
    kd_embedding embedding;
    kd_attention attention;
    kd_lstm      lstm;
    kd_head      head;
} layer;

typedef void declare_layer(layer *l, kd_declare *declare);

static void declare_linear(layer *l, kd_declare *declare)
{
    l->linear = kd_linear_declare(declare, "dense", WIDTH, 5);
}
static kd_tensor *apply_linear(kd_tape *tape, void *user)
{
    const layer *l = user;
    return kd_linear_apply(&l->linear, tape, l->x, KD_TANH);
}

static void declare_norm(layer *l, kd_declare *declare)
{
    l->norm = kd_norm_declare(declare, "LayerNorm", WIDTH, 1e-12);
}
static kd_tensor *apply_norm(kd_tape *tape, void *user)
{
    const layer *l = user;
    return kd_norm_apply(&l->norm, tape, l->x, l->x);
}

static void declare_embedding(layer *l, kd_declare *declare)
{
    l->embedding = kd_embedding_declare(declare, "embeddings", &l->arch, WIDTH);
}
static kd_tensor *apply_embedding(kd_tape *tape, void *user)
{
    const layer *l = user;
    return plain_add(tape, l->x, kd_embedding_apply(&l->embedding, tape, &l->batch, 0.3));
}

static void declare_attention(layer *l, kd_declare *declare)
{
    l->attention = kd_attention_declare(
        declare, "attention",
        &(kd_attention_names){ "query", "key", "value", "output", "LayerNorm" }, &l->arch);
}
static kd_tensor *apply_attention(kd_tape *tape, void *user)
{
    const layer         *l = user;
    kd_attention_outputs maps;
    kd_tensor           *y = kd_attention_apply(&l->attention, tape, l->x, &l->batch.rows,
                                                (kd_attention_wants){ true, true }, &maps);
    kd_tensor *terms[] = { kd_gradcheck_dot(tape, y, 1), kd_gradcheck_dot(tape, maps.context, 2),
                           kd_gradcheck_dot(tape, maps.scores, 3),
                           kd_gradcheck_dot(tape, maps.probs, 4) };
    return kd_op_weighted_sum(tape, 4, terms, (double[]){ 1.0, 0.5, -0.5, 2.0 });
}

static void declare_lstm(layer *l, kd_declare *declare)
{
    l->lstm = kd_lstm_declare(declare, "lstm", WIDTH, 2, 2);
}
static kd_tensor *apply_lstm(kd_tape *tape, void *user)
{
    const layer *l = user;
    kd_tensor   *outputs[2];
    kd_tensor   *y = kd_lstm_apply(&l->lstm, tape, l->x, &l->batch.rows, 0.3, outputs);
    return kd_op_concat(tape, 2, (kd_tensor *[]){ y, outputs[0] });
}

static void declare_head(layer *l, kd_declare *declare)
{
    l->head = kd_head_declare(declare, &l->arch, WIDTH, NULL, 0);
}
static void declare_tied_head(layer *l, kd_declare *declare)
{
    declare_embedding(l, declare);
    l->head = kd_head_declare(declare, &l->arch, WIDTH, l->embedding.word, WIDTH);
}
static kd_tensor *apply_head(kd_tape *tape, void *user)
{
    const layer *l = user;
    kd_tensor   *pooled = kd_op_first(tape, l->x, &l->batch.rows);
    return kd_head_apply(&l->head, tape, l->x, pooled, &l->batch);
}
static kd_tensor *apply_tied_head(kd_tape *tape, void *user)
{
    kd_tensor *words = apply_embedding(tape, user), *logits = apply_head(tape, user);
    kd_tensor *terms[] = { kd_gradcheck_dot(tape, words, 1), kd_gradcheck_dot(tape, logits, 2) };
    return kd_op_weighted_sum(tape, 2, terms, (double[]){ 0.5, 1.0 });
}

static const struct {
    const char    *name;
    kd_head_kind   head;
    int            classifier;
    const kd_pick *at;
    declare_layer *declare;
    kd_piece      *apply;
} cases[] = {
    { "linear", KD_HEAD_NONE, 0, NULL, declare_linear, apply_linear },
    { "norm", KD_HEAD_NONE, 0, NULL, declare_norm, apply_norm },
    { "embedding block", KD_HEAD_NONE, 0, NULL, declare_embedding, apply_embedding },
    { "attention block", KD_HEAD_NONE, 0, NULL, declare_attention, apply_attention },
    { "lstm layers", KD_HEAD_NONE, 0, NULL, declare_lstm, apply_lstm },
    { "tags", KD_HEAD_TAGS, 0, NULL, declare_head, apply_head },
    { "tags of chosen rows", KD_HEAD_TAGS, 0, &pick, declare_head, apply_head },
    { "tags by an MLP", KD_HEAD_TAGS, 5, NULL, declare_head, apply_head },
    { "class", KD_HEAD_CLASS, 0, NULL, declare_head, apply_head },
    { "multilabel", KD_HEAD_MULTILABEL, 3, NULL, declare_head, apply_head },
    { "span", KD_HEAD_SPAN, 0, NULL, declare_head, apply_head },
    { "masked words", KD_HEAD_MLM, 0, &pick, declare_tied_head, apply_tied_head },
};

static kd_arch arch_of(kd_head_kind head, int classifier)
{
    kd_arch arch = kd_small_arch(KD_KIND_BERT);
    arch.head = head;
    arch.classifier = classifier;
    arch.vocab = 5;
    arch.hidden = WIDTH;
    arch.positions = 3;
    arch.labels = 3;
    arch.norm_eps = 0.5; /* differences of a steep norm are no slopes */
    arch.dropout = 0.2;
    arch.encoder.attention_dropout = 0.2;
    return arch;
}

static void check(size_t i)
{
    kd_error      err;
    kd_init_style style = kd_init_bert(0.8);
    kd_params    *params = kd_params_create();
    kd_declare    declare = { params, &style, KD_OK, &err };
    kd_rng        rng = kd_rng_root(3);
    layer         l = { .arch = arch_of(cases[i].head, cases[i].classifier),
                        .batch = { .ids = ids,
                                   .segments = segments,
                                   .rows = { SENTENCES, begin },
                                   .at = cases[i].at } };

    l.x = kd_declare_matrix(&declare, "input", "x", N, WIDTH, (kd_init){ KD_INIT_UNIFORM, 1.0f });
    cases[i].declare(&l, &declare);
    assert_ok(declare.status, &err);
    kd_params_allocate(params, true);
    kd_params_init(params, &rng);
    kd_assert_gradients(params, cases[i].apply, &l, 4e-3);
    kd_params_destroy(params);
}

static void test_every_layer_agrees_with_differences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        print_message("           %s\n", cases[i].name);
        check(i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_layer_agrees_with_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
