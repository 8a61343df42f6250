/* Every op's gradient against differences. Each row of the table is an op (or a use of it) with
 * the shapes of what it is differentiated by. */
#include <math.h>
#include <stdlib.h>

#include "models/tensor/dropout.h"
#include "tests/support/support.h"
#include "tests/tensor/gradcheck.h"
#include "tests/tensor/plain_ops.h"

enum { INPUTS = 4 };

static const int32_t begin[] = { 0, 4, 5, 7 };
static const kd_rows rows = { 3, begin };
static const int32_t ids[] = { 2, 0, 1, 2, 4, 3, 2 }, segments[] = { 0, 1, 1, 0, 0, 1, 0 };
static const int32_t chosen[] = { 4, 0, 4 };
static const kd_pick pick = { 3, chosen };
static const int32_t labels[] = { 2, -1, 0, 1, -1, 2, 1 };

/* A teacher's numbers (7,3); probabilities for binary targets and maps. */
static const float target[] = { 0.3f, -0.8f, 1.2f,  -0.4f, 0.9f, 0.1f,  -1.1f,
                                0.5f, 0.7f,  -0.2f, 0.6f,  1.5f, -0.9f, -0.3f,
                                0.8f, 0.4f,  -1.3f, 0.2f,  1.1f, 0.0f,  -0.6f };
static const float probability[] = { 0.1f, 0.9f, 0.5f,  0.3f,  0.7f, 0.2f, 0.6f,
                                     0.4f, 0.8f, 0.05f, 0.95f, 0.1f, 0.2f, 0.3f,
                                     0.4f, 0.5f, 0.6f,  0.7f,  0.8f, 0.9f, 0.15f };

typedef kd_tensor *build(kd_tape *t, kd_tensor **in);

static kd_tensor *build_relu(kd_tape *t, kd_tensor **in)
{
    return kd_op_activate(t, in[0], KD_RELU);
}
static kd_tensor *build_gelu(kd_tape *t, kd_tensor **in)
{
    return kd_op_activate(t, in[0], KD_GELU);
}
static kd_tensor *build_gelu_tanh(kd_tape *t, kd_tensor **in)
{
    return kd_op_activate(t, in[0], KD_GELU_TANH);
}
static kd_tensor *build_tanh(kd_tape *t, kd_tensor **in)
{
    return kd_op_activate(t, in[0], KD_TANH);
}
static kd_tensor *build_sigmoid(kd_tape *t, kd_tensor **in)
{
    return kd_op_activate(t, in[0], KD_SIGMOID);
}
static kd_tensor *build_dropout(kd_tape *t, kd_tensor **in)
{
    return kd_op_dropout(t, in[0], 0.4);
}
static kd_tensor *build_linear(kd_tape *t, kd_tensor **in)
{
    return kd_op_linear(t, in[0], in[1], in[2], KD_IDENTITY);
}
static kd_tensor *build_linear_gelu(kd_tape *t, kd_tensor **in)
{
    return kd_op_linear(t, in[0], in[1], in[2], KD_GELU);
}
static kd_tensor *build_linear_twice(kd_tape *t, kd_tensor **in)
{
    return kd_op_linear(t, kd_op_linear(t, in[0], in[1], NULL, KD_TANH), in[1], in[2], KD_IDENTITY);
}
static kd_tensor *build_embed(kd_tape *t, kd_tensor **in)
{
    return kd_op_embed(t, ids, segments, &rows, in[0], in[1], 0, in[2]);
}
static kd_tensor *build_embed_from_2(kd_tape *t, kd_tensor **in)
{
    return kd_op_embed(t, ids, NULL, &rows, in[0], in[1], 2, NULL);
}
static kd_tensor *build_embed_words(kd_tape *t, kd_tensor **in)
{
    return kd_op_embed(t, ids, NULL, &rows, in[0], NULL, 0, NULL);
}
static kd_tensor *build_rows(kd_tape *t, kd_tensor **in)
{
    return kd_op_rows(t, in[0], &pick);
}
static kd_tensor *build_first(kd_tape *t, kd_tensor **in)
{
    return kd_op_first(t, in[0], &rows);
}
static kd_tensor *build_concat(kd_tape *t, kd_tensor **in)
{
    return kd_op_concat(t, 3, (kd_tensor *[]){ in[0], in[1], in[0] });
}
static kd_tensor *build_trigram(kd_tape *t, kd_tensor **in)
{
    return kd_op_trigram(t, in[0], &rows);
}
static kd_tensor *build_distance(kd_tape *t, kd_tensor **in)
{
    return kd_op_distance(t, &rows, (const int32_t[]){ 3, -1, 0 }, in[0]);
}
static kd_tensor *build_max_pool(kd_tape *t, kd_tensor **in)
{
    return kd_op_max_pool(t, in[0], &rows);
}
static kd_tensor *build_attention_pool(kd_tape *t, kd_tensor **in)
{
    return kd_op_attention_pool(t, in[0], in[1], &rows);
}
static kd_tensor *build_zhou_pool(kd_tape *t, kd_tensor **in)
{
    kd_tensor *scores =
        kd_op_linear(t, kd_op_activate(t, in[0], KD_TANH), in[1], NULL, KD_IDENTITY);
    return kd_op_attention_pool(t, in[0], scores, &rows);
}
static kd_tensor *build_norm(kd_tape *t, kd_tensor **in)
{
    return kd_op_layer_norm(t, in[0], NULL, in[1], in[2], 1e-12);
}
static kd_tensor *build_norm_residual(kd_tape *t, kd_tensor **in)
{
    return kd_op_layer_norm(t, in[0], in[3], in[1], in[2], 0.1);
}
static kd_tensor *build_no_norm(kd_tape *t, kd_tensor **in)
{
    return kd_op_no_norm(t, in[0], NULL, in[1], in[2]);
}
static kd_tensor *build_no_norm_residual(kd_tape *t, kd_tensor **in)
{
    return kd_op_no_norm(t, in[0], in[3], in[1], in[2]);
}
static kd_tensor *build_no_norm_twice(kd_tape *t, kd_tensor **in)
{
    return kd_op_no_norm(t, in[0], in[0], in[1], in[2]);
}
static kd_tensor *build_tied(kd_tape *t, kd_tensor **in)
{
    return kd_op_tied(t, in[0], in[1], in[2], in[3]);
}

/* ---- attention: what is handed out, and what of it is used ---- */

static kd_tensor *build_context(kd_tape *t, kd_tensor **in)
{
    return kd_op_attention(t, in[0], in[1], in[2], &rows, 2, 0.0, (kd_attention_wants){ 0 })
        .context;
}
static kd_tensor *build_dropped_context(kd_tape *t, kd_tensor **in)
{
    return kd_op_attention(t, in[0], in[1], in[2], &rows, 2, 0.3, (kd_attention_wants){ 0 })
        .context;
}
static kd_tensor *build_scores(kd_tape *t, kd_tensor **in)
{
    return kd_op_attention(t, in[0], in[1], in[2], &rows, 2, 0.0,
                           (kd_attention_wants){ true, false })
        .scores;
}
static kd_tensor *build_probs(kd_tape *t, kd_tensor **in)
{
    return kd_op_attention(t, in[0], in[1], in[2], &rows, 2, 0.3,
                           (kd_attention_wants){ true, true })
        .probs;
}
static kd_tensor *build_all_maps(kd_tape *t, kd_tensor **in)
{
    kd_attention_outputs a =
        kd_op_attention(t, in[0], in[1], in[2], &rows, 2, 0.2, (kd_attention_wants){ true, true });
    kd_tensor *terms[] = { kd_gradcheck_dot(t, a.context, 1), kd_gradcheck_dot(t, a.scores, 2),
                           kd_gradcheck_dot(t, a.probs, 3) };
    return kd_op_weighted_sum(t, 3, terms, (double[]){ 1.0, -0.5, 2.0 });
}
static kd_tensor *build_hidden_first(kd_tape *t, kd_tensor **in)
{
    kd_attention_outputs a = kd_op_attention_but_first(t, in[0], in[1], in[2], &rows, 2, 0.2,
                                                       (kd_attention_wants){ true, true });
    kd_tensor *terms[] = { kd_gradcheck_dot(t, a.context, 1), kd_gradcheck_dot(t, a.scores, 2),
                           kd_gradcheck_dot(t, a.probs, 3) };
    return kd_op_weighted_sum(t, 3, terms, (double[]){ 1.0, -0.5, 2.0 });
}
static kd_tensor *build_self_attention(kd_tape *t, kd_tensor **in)
{
    return kd_op_attention(t, in[0], in[0], in[0], &rows, 2, 0.0, (kd_attention_wants){ 0 })
        .context;
}

/* ---- losses ---- */

static kd_tensor *build_mse(kd_tape *t, kd_tensor **in)
{
    return kd_op_mse(t, in[0], target, NULL);
}
static kd_tensor *build_mse_rows(kd_tape *t, kd_tensor **in)
{
    return kd_op_mse(t, in[0], target, &pick);
}
static kd_tensor *build_cross_entropy(kd_tape *t, kd_tensor **in)
{
    return kd_op_cross_entropy(t, in[0], labels, 0.1);
}
static kd_tensor *build_soft_cross_entropy(kd_tape *t, kd_tensor **in)
{
    return kd_op_soft_cross_entropy(t, in[0], target, 1.5, &pick);
}
static kd_tensor *build_kl(kd_tape *t, kd_tensor **in)
{
    return kd_op_kl(t, in[0], target, 2.0, NULL);
}
static kd_tensor *build_binary_entropy(kd_tape *t, kd_tensor **in)
{
    return kd_op_binary_entropy(t, in[0], &pick);
}
static kd_tensor *build_entropy(kd_tape *t, kd_tensor **in)
{
    return kd_op_entropy(t, in[0], &pick);
}
static kd_tensor *build_binary(kd_tape *t, kd_tensor **in)
{
    return kd_op_binary_cross_entropy(t, in[0], probability, NULL);
}
static kd_tensor *build_cosine(kd_tape *t, kd_tensor **in)
{
    return kd_op_cosine(t, in[0], target, &pick);
}
static kd_tensor *build_boundary(kd_tape *t, kd_tensor **in)
{
    return kd_op_boundary(t, in[0], target, 1.0, NULL);
}
static kd_tensor *build_map_kl(kd_tape *t, kd_tensor **in)
{
    return kd_op_map_kl(t, plain_softmax(t, in[0]), probability);
}

/* ---- CRF ---- */

/* 2 may not follow 1, a chain may not begin with 2 nor end with 1. */
static const uint8_t forbidden[] = { 0, 0, 0, 0, /* */ 0, 0, 1, 1, /* */ 0, 0, 0, 0, 0, 0, 1, 0 };

static kd_tensor *build_crf(kd_tape *t, kd_tensor **in)
{
    kd_crf_weights w = { in[1], in[2], in[3], NULL };
    return kd_op_crf_loss(t, in[0], &w, &rows, labels);
}
static kd_tensor *build_crf_forbidden(kd_tape *t, kd_tensor **in)
{
    kd_crf_weights w = { in[1], in[2], in[3], forbidden };
    return kd_op_crf_loss(t, in[0], &w, &rows, labels);
}
static kd_tensor *marginals(kd_tape *t, kd_tensor **in, const uint8_t *without)
{
    kd_crf_weights w = { in[1], in[2], in[3], without };
    kd_chains      chains = kd_chains_of(t, &rows, labels);
    return kd_op_crf_marginals(t, in[0], &w, &chains);
}
static kd_tensor *build_marginals(kd_tape *t, kd_tensor **in)
{
    return marginals(t, in, NULL);
}
static kd_tensor *build_marginals_forbidden(kd_tape *t, kd_tensor **in)
{
    return marginals(t, in, forbidden);
}
static kd_tensor *build_posteriors(kd_tape *t, kd_tensor **in)
{
    return kd_op_soft_cross_entropy(t, marginals(t, in, forbidden), target, 1.0, &pick);
}
static kd_tensor *build_crf_twice(kd_tape *t, kd_tensor **in)
{
    kd_tensor *terms[] = { build_crf(t, in), build_posteriors(t, in) };
    return kd_op_weighted_sum(t, 2, terms, (double[]){ 0.7, 0.3 });
}

typedef struct {
    const char *name;
    build      *build;
    int         shape[INPUTS][2]; /* (0,0) ends */
} op_use;

static const op_use uses[] = {
    { "relu", build_relu, { { 3, 5 } } },
    { "gelu", build_gelu, { { 3, 5 } } },
    { "gelu tanh", build_gelu_tanh, { { 3, 5 } } },
    { "tanh", build_tanh, { { 3, 5 } } },
    { "sigmoid", build_sigmoid, { { 3, 5 } } },
    { "dropout", build_dropout, { { 6, 7 } } },
    { "linear", build_linear, { { 5, 4 }, { 3, 4 }, { 1, 3 } } },
    { "linear and gelu", build_linear_gelu, { { 5, 4 }, { 3, 4 }, { 1, 3 } } },
    { "one weight twice", build_linear_twice, { { 5, 4 }, { 4, 4 }, { 1, 4 } } },
    { "embed", build_embed, { { 5, 4 }, { 4, 4 }, { 2, 4 } } },
    { "embed, positions from 2", build_embed_from_2, { { 5, 4 }, { 6, 4 } } },
    { "embed words", build_embed_words, { { 5, 4 } } },
    { "rows", build_rows, { { 7, 3 } } },
    { "first rows", build_first, { { 7, 3 } } },
    { "concat", build_concat, { { 4, 3 }, { 4, 2 } } },
    { "trigram", build_trigram, { { 7, 3 } } },
    { "distance", build_distance, { { 6, 3 } } },
    { "max pool", build_max_pool, { { 7, 5 } } },
    { "attention pool", build_attention_pool, { { 7, 4 }, { 7, 1 } } },
    { "pool of tanh", build_zhou_pool, { { 7, 4 }, { 1, 4 } } },
    { "layer norm", build_norm, { { 4, 6 }, { 1, 6 }, { 1, 6 } } },
    { "norm of a residual", build_norm_residual, { { 4, 6 }, { 1, 6 }, { 1, 6 }, { 4, 6 } } },
    { "no norm", build_no_norm, { { 4, 6 }, { 1, 6 }, { 1, 6 } } },
    { "no norm of a residual", build_no_norm_residual, { { 4, 6 }, { 1, 6 }, { 1, 6 }, { 4, 6 } } },
    { "no norm of x and x", build_no_norm_twice, { { 4, 6 }, { 1, 6 }, { 1, 6 } } },
    { "tied words", build_tied, { { 4, 5 }, { 6, 2 }, { 3, 6 }, { 1, 6 } } },
    { "attention", build_context, { { 7, 6 }, { 7, 6 }, { 7, 6 } } },
    { "attention, dropout", build_dropped_context, { { 7, 6 }, { 7, 6 }, { 7, 6 } } },
    { "attention scores", build_scores, { { 7, 6 }, { 7, 6 }, { 7, 6 } } },
    { "attention probs", build_probs, { { 7, 6 }, { 7, 6 }, { 7, 6 } } },
    { "attention, all maps", build_all_maps, { { 7, 6 }, { 7, 6 }, { 7, 6 } } },
    { "attention, first hidden", build_hidden_first, { { 7, 6 }, { 7, 6 }, { 7, 6 } } },
    { "q = k = v", build_self_attention, { { 7, 6 } } },
    { "mse", build_mse, { { 7, 3 } } },
    { "mse of rows", build_mse_rows, { { 7, 3 } } },
    { "cross-entropy", build_cross_entropy, { { 7, 3 } } },
    { "soft cross-entropy", build_soft_cross_entropy, { { 7, 3 } } },
    { "kl", build_kl, { { 7, 3 } } },
    { "entropy", build_entropy, { { 7, 3 } } },
    { "binary entropy", build_binary_entropy, { { 7, 3 } } },
    { "binary", build_binary, { { 7, 3 } } },
    { "cosine", build_cosine, { { 7, 3 } } },
    { "boundary", build_boundary, { { 7, 3 } } },
    { "kl of maps", build_map_kl, { { 1, 21 } } },
    { "crf", build_crf, { { 7, 3 }, { 3, 3 }, { 1, 3 }, { 1, 3 } } },
    { "crf, steps forbidden", build_crf_forbidden, { { 7, 3 }, { 3, 3 }, { 1, 3 }, { 1, 3 } } },
    { "marginals", build_marginals, { { 7, 3 }, { 3, 3 }, { 1, 3 }, { 1, 3 } } },
    { "marginals, forbidden",
      build_marginals_forbidden,
      { { 7, 3 }, { 3, 3 }, { 1, 3 }, { 1, 3 } } },
    { "posteriors", build_posteriors, { { 7, 3 }, { 3, 3 }, { 1, 3 }, { 1, 3 } } },
    { "crf and posteriors", build_crf_twice, { { 7, 3 }, { 3, 3 }, { 1, 3 }, { 1, 3 } } },
};

typedef struct {
    const op_use *use;
    kd_params    *params;
} piece_of;

static kd_tensor *record(kd_tape *tape, void *user)
{
    piece_of  *piece = user;
    kd_tensor *in[INPUTS];

    for (int i = 0; i < kd_params_count(piece->params); i++)
        in[i] = &kd_params_at(piece->params, i)->value;
    return piece->use->build(tape, in);
}

static void check(const op_use *use)
{
    kd_params *params = kd_params_create();
    kd_rng     rng = kd_rng_root(11);
    kd_param  *param;
    kd_error   err;

    for (int i = 0; i < INPUTS && use->shape[i][0] > 0; i++)
        assert_ok(kd_params_add(&param, params, (const char[]){ (char)('a' + i), 0 },
                                use->shape[i][0] == 1 ? 1 : 2,
                                use->shape[i] + (use->shape[i][0] == 1), true,
                                (kd_init){ KD_INIT_UNIFORM, 1.5f }, &err),
                  &err);
    kd_params_allocate(params, true);
    kd_params_init(params, &rng);
    kd_assert_gradients(params, record, &(piece_of){ use, params }, 2e-3);
    kd_params_destroy(params);
}

static void test_every_op_agrees_with_differences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        print_message("           %s\n", uses[i].name);
        check(&uses[i]);
    }
}

static void test_boundary_says_nan_for_a_nan(void **state)
{
    (void)state;
    kd_tape   *tape = kd_tape_create(&(kd_tape_options){ 0 });
    kd_tensor *x = kd_tape_constant(tape, 1, 1, (float[]){ NAN });
    kd_tensor *loss = kd_op_boundary(tape, x, (float[]){ 1.0f }, 1.0, NULL);

    assert_true(loss->x[0] != loss->x[0]);
    kd_tape_destroy(tape);
}

static void test_dropout_keeps_the_share_it_says(void **state)
{
    (void)state;
    enum { LEN = 200000 };
    float     *x = kd_alloc(LEN, sizeof *x), *y = kd_alloc(LEN, sizeof *y);
    kd_dropout d = kd_dropout_create(kd_rng_root(3), 0.3);
    double     kept = 0.0, pairs = 0.0;

    for (int i = 0; i < LEN; i++) x[i] = 1.0f;
    kd_dropout_apply(&d, 0, LEN, x, y);
    for (int i = 0; i < LEN; i++) {
        assert_true(y[i] == 0.0f || y[i] == d.scale);
        kept += y[i] != 0.0f;
        pairs += i > 0 && y[i] != 0.0f && y[i - 1] != 0.0f;
    }
    assert_close(kept / LEN, 0.7, 0.005);   /* five standard deviations */
    assert_close(pairs / LEN, 0.49, 0.008); /* neighbours do not know of each other */
    kd_dropout_apply(&d, 1000, 50, x, x);
    assert_memory_equal(x, y + 1000, 50 * sizeof *x);
    free(x);
    free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_op_agrees_with_differences),
        cmocka_unit_test(test_boundary_says_nan_for_a_nan),
        cmocka_unit_test(test_dropout_keeps_the_share_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
