/* test_masked.c - which words are hidden, that only they are decoded, and that a network learns them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distill/trainer.h"
#include "tests/distill/recipe.h"
#include "tests/distill/stopped.h"
#include "tests/support/support.h"
#include "tests/tensor/gradcheck.h"

enum { PIECES = 40, ROWS = 24, LONG = 400 };

/* Five specials, 20 pieces that begin words and 15 that continue them. */
static kd_vocab *make_vocab(bool has_mask)
{
    static const char *const specials[] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" };
    kd_vocab                *vocab = kd_vocab_create();
    for (int i = 0; i < 5; i++)
        if (i < 4 || has_mask) kd_vocab_add(vocab, specials[i], strlen(specials[i]));
    for (int i = kd_vocab_size(vocab); i < PIECES; i++) {
        char *piece = kd_sprintf("%sp%d", i < 25 ? "" : "##", i);
        kd_vocab_add(vocab, piece, strlen(piece));
        free(piece);
    }
    return vocab;
}

static kd_masker *make_masker(const char *key, const char *value)
{
    kd_mask_options options;
    kd_masker      *masker;
    kd_error        err;
    kd_vocab       *vocab = make_vocab(true);
    kd_setting_defaults(kd_mask_settings, &options);
    if (key)
        assert_ok(kd_setting_put(kd_setting_find(kd_mask_settings, key), &options, value, &err),
                  &err);
    assert_ok(kd_masker_create(&masker, &options, vocab, &err), &err);
    kd_vocab_destroy(vocab);
    return masker;
}

/* `rows` rows of about `length` pieces, [CLS] and [SEP] around. A piece is followed by the next one, so that what is
 * hidden can be told by its neighbours. */
static kd_pack make_pack(int rows, int length)
{
    kd_rng  rng = kd_rng_root(5);
    kd_pack pack = { .task = KD_TASK_TEXT, .sentences = rows };
    pack.piece_begin = kd_alloc((size_t)rows + 1, sizeof *pack.piece_begin);
    pack.ids = kd_alloc((size_t)(rows * (length + 2)), sizeof *pack.ids);
    for (int b = 0; b < rows; b++) {
        int first = (int)kd_rng_below(&rng, PIECES);
        int own = length / 2 + (int)kd_rng_below(&rng, (uint64_t)(length / 2));
        pack.ids[pack.pieces++] = 2;
        for (int i = 0; i < own; i++) pack.ids[pack.pieces++] = 5 + (first + i) % (PIECES - 5);
        pack.ids[pack.pieces++] = 3;
        pack.piece_begin[b + 1] = pack.pieces;
    }
    return pack;
}

static kd_batch whole(const kd_pack *pack)
{
    return (kd_batch){ .ids = pack->ids, .rows = { pack->sentences, pack->piece_begin } };
}

/* Whether `count` of `n` draws of probability p is within five standard deviations. */
static bool is_likely(int count, int n, double p)
{
    return fabs(count - n * p) < 5 * sqrt(n * p * (1 - p));
}

static void test_chooses_as_published(void **state)
{
    (void)state;
    enum { MANY = 400 };
    kd_pack    pack = make_pack(MANY, LONG);
    kd_masker *masker = make_masker(NULL, NULL);
    kd_rng     stream = kd_rng_root(1);
    int32_t    numbers[MANY];
    kd_batch   batch = whole(&pack);
    kd_masked  out;
    int        hidden = 0, same = 0;
    for (int b = 0; b < MANY; b++) numbers[b] = b;
    kd_masker_hide(masker, &stream, &batch, numbers, &out);
    for (int i = 0; i < out.at.count; i++) {
        int n = out.at.row[i];
        assert_int_equal(out.asked[i], pack.ids[n]);
        assert_int_equal(out.truth[n], pack.ids[n]);
        assert_true(pack.ids[n] >= 5); /* no special piece is asked for */
        hidden += out.batch.ids[n] == 4;
        same += out.batch.ids[n] == pack.ids[n];
    }
    int ordinary = pack.pieces - 2 * MANY, asked = out.at.count;
    assert_true(ordinary > 100000);
    assert_true(is_likely(asked, ordinary, 0.15));
    /* a random piece is [MASK], or the one that was there, once in 40 times */
    assert_true(is_likely(hidden, asked, 0.8 + 0.1 / PIECES));
    assert_true(is_likely(same, asked, 0.1 + 0.1 / PIECES));
    for (int n = 0; n < pack.pieces; n++)
        if (out.truth[n] < 0) assert_int_equal(out.batch.ids[n], pack.ids[n]);
    kd_masker_destroy(masker);
    kd_pack_fini(&pack);
}

static void test_takes_whole_words(void **state)
{
    (void)state;
    kd_pack    pack = make_pack(ROWS, LONG);
    kd_masker *masker = make_masker("mask_unit", "words");
    kd_rng     stream = kd_rng_root(1);
    int32_t    numbers[ROWS];
    kd_batch   batch = whole(&pack);
    kd_masked  out;
    int        continued = 0;
    for (int b = 0; b < ROWS; b++) numbers[b] = b;
    kd_masker_hide(masker, &stream, &batch, numbers, &out);
    for (int n = 1; n < pack.pieces; n++)
        if (pack.ids[n] >= 25 && pack.ids[n - 1] >= 5) {
            assert_int_equal(out.truth[n] >= 0, out.truth[n - 1] >= 0);
            continued += out.truth[n] >= 0;
        }
    assert_true(continued > 50);
    kd_masker_destroy(masker);
    kd_pack_fini(&pack);
}

/* The batch that a row stands in changes nothing, the reading does. */
static void test_hides_by_the_row_and_the_reading(void **state)
{
    (void)state;
    kd_pack    pack = make_pack(2, LONG);
    kd_masker *masker = make_masker(NULL, NULL);
    kd_rng     root = kd_rng_root(1), first = kd_rng_split(&root, "mask", 0);
    kd_rng     second = kd_rng_split(&root, "mask", 1);
    int        begin = pack.piece_begin[1], length = pack.pieces - begin;
    int32_t    alone[2] = { 0, length }, *shown = kd_alloc((size_t)length, sizeof *shown);
    kd_batch   both = whole(&pack), one = { .ids = pack.ids + begin, .rows = { 1, alone } };
    kd_masked  out;
    kd_masker_hide(masker, &first, &both, (int32_t[]){ 7, 9 }, &out);
    memcpy(shown, out.batch.ids + begin, (size_t)length * sizeof *shown);
    kd_masker_hide(masker, &first, &one, (int32_t[]){ 9 }, &out);
    assert_memory_equal(shown, out.batch.ids, (size_t)length * sizeof *shown);
    kd_masker_hide(masker, &second, &one, (int32_t[]){ 9 }, &out);
    assert_memory_not_equal(shown, out.batch.ids, (size_t)length * sizeof *shown);
    free(shown);
    kd_masker_destroy(masker);
    kd_pack_fini(&pack);
}

static void test_asks_for_one_piece_at_least(void **state)
{
    (void)state;
    kd_masker    *masker = make_masker("mask_rate", "0.001");
    const int32_t ids[] = { 2, 8, 3, 2, 9, 30, 3 }, begin[] = { 0, 3, 7 };
    kd_batch      batch = { .ids = ids, .rows = { 2, begin } };
    kd_masked     out;
    for (uint64_t seed = 0; seed < 50; seed++) {
        kd_rng stream = kd_rng_root(seed);
        kd_masker_hide(masker, &stream, &batch, (int32_t[]){ 0, 1 }, &out);
        assert_true(out.at.count >= 1);
        assert_true(out.asked[0] >= 5);
    }
    kd_masker_destroy(masker);
}

static void test_refuses_what_cannot_be_hidden(void **state)
{
    (void)state;
    kd_mask_options options;
    kd_masker      *masker;
    kd_error        err;
    kd_vocab       *vocab = make_vocab(false);
    kd_setting_defaults(kd_mask_settings, &options);
    assert_fails(KD_EDATA, "the vocabulary has no [MASK]",
                 kd_masker_create(&masker, &options, vocab, &err), &err);
    options.mask_random = 0.5;
    assert_fails(KD_ECONFIG, "mask_random: 0.5 beside mask_hidden = 0.8 is more than all",
                 kd_masker_create(&masker, &options, vocab, &err), &err);
    kd_vocab_destroy(vocab);
}

/* ---- a network ---- */

static kd_arch small(kd_kind kind, int layers)
{
    kd_arch arch;
    kd_arch_begin(&arch, kind);
    arch.head = KD_HEAD_MLM;
    arch.vocab = PIECES;
    arch.embedding = 8;
    arch.hidden = 16;
    arch.layers = layers;
    arch.encoder.heads = 2;
    arch.encoder.ffn = 32;
    arch.encoder.pooler = false;
    arch.mobilebert.bottleneck = 8;
    arch.positions = 32;
    arch.dropout = arch.encoder.attention_dropout = 0;
    arch.init_range = 0.2;
    return arch;
}

static kd_model *make_model(kd_params *params, const kd_arch *arch, uint64_t seed)
{
    kd_model *model;
    kd_error  err;
    kd_rng    root = kd_rng_root(seed);
    assert_ok(kd_model_create(&model, params, arch, &err), &err);
    kd_params_allocate(params, true);
    kd_params_init(params, &root);
    return model;
}

/* Loss and gradients of the head at chosen rows are those of the head at all rows, of which the loss takes the
 * chosen: the latter are held against PyTorch's (test_networks). */
static void test_decodes_only_what_is_asked(void **state)
{
    (void)state;
    static const kd_kind kinds[] = { KD_KIND_BERT, KD_KIND_ROBERTA, KD_KIND_ALBERT,
                                     KD_KIND_MOBILEBERT };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        kd_arch    arch = small(kinds[k], 2);
        kd_params *params = kd_params_create();
        kd_model  *model = make_model(params, &arch, 3);
        kd_pack    pack = make_pack(4, 20);
        kd_masker *masker = make_masker(NULL, NULL);
        kd_batch   batch = whole(&pack);
        kd_rng     stream = kd_rng_root(2);
        kd_masked  out;
        size_t     span = kd_params_span(params);
        float     *gradients = kd_alloc(span, sizeof *gradients);
        double     loss[2];
        kd_tape   *tape = kd_tape_create(&(kd_tape_options){ .is_training = true });
        kd_masker_hide(masker, &stream, &batch, (int32_t[]){ 0, 1, 2, 3 }, &out);
        for (int pass = 0; pass < 2; pass++) {
            if (pass == 1) out.batch.at = NULL;
            kd_outputs said = kd_model_apply(model, tape, &out.batch, NULL);
            assert_int_equal(said.logits->n, pass == 0 ? out.at.count : pack.pieces);
            assert_int_equal(said.logits->d, PIECES);
            kd_tensor *value =
                kd_op_cross_entropy(tape, said.logits, pass == 0 ? out.asked : out.truth, 0);
            kd_tape_backward(tape, value, 1);
            loss[pass] = (double)value->x[0];
            float *own = kd_params_block(params, KD_GRADIENTS);
            if (pass == 0) memcpy(gradients, own, span * sizeof *own);
            for (size_t i = 0; pass == 1 && i < span; i++)
                assert_true(fabsf(own[i] - gradients[i]) < 1e-5f);
            memset(own, 0, span * sizeof *own);
            kd_tape_reset(tape);
        }
        assert_close(loss[0], loss[1], 1e-6);
        kd_tape_destroy(tape);
        free(gradients);
        kd_masker_destroy(masker);
        kd_pack_fini(&pack);
        kd_model_destroy(model);
        kd_params_destroy(params);
    }
}

typedef struct {
    const kd_model  *model;
    const kd_masked *masked;
} asked_of;

static kd_tensor *words_loss(kd_tape *tape, void *user)
{
    const asked_of *a = user;
    kd_outputs      said = kd_model_apply(a->model, tape, &a->masked->batch, NULL);
    return kd_op_cross_entropy(tape, said.logits, a->masked->asked, 0);
}

static void test_has_the_gradient_that_differences_say(void **state)
{
    (void)state;
    static const kd_kind kinds[] = { KD_KIND_BERT,
                                     KD_KIND_MOBILEBERT }; /* tied, and tied in part */
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        kd_arch    arch = small(kinds[k], 1);
        kd_params *params = kd_params_create();
        arch.encoder.activation = KD_GELU; /* a ReLU has corners */
        kd_model  *model = make_model(params, &arch, 3);
        kd_pack    pack = make_pack(2, 12);
        kd_masker *masker = make_masker("mask_rate", "0.3");
        kd_batch   batch = whole(&pack);
        kd_rng     stream = kd_rng_root(2);
        kd_masked  masked;
        kd_masker_hide(masker, &stream, &batch, (int32_t[]){ 0, 1 }, &masked);
        kd_assert_gradients(params, words_loss, &(asked_of){ model, &masked }, 2e-2);
        kd_masker_destroy(masker);
        kd_pack_fini(&pack);
        kd_model_destroy(model);
        kd_params_destroy(params);
    }
}

/* ---- training ---- */

typedef struct {
    kd_pack          pack;
    kd_params       *params, *teacher_params;
    kd_model        *model, *teacher;
    kd_masker       *masker;
    kd_train_options train;
    kd_optim_options optim;
    recipe           recipe;
    kd_training      training;
    stopped          halt;
    kd_masked_score  score; /* of the last evaluation */
} bench;

static double judge(void *user, const kd_masked_score *score)
{
    bench *b = user;
    b->score = *score;
    return kd_masked_accuracy(score);
}

static void set_up(bench *b, const char *method, int epochs)
{
    kd_arch  arch = small(KD_KIND_BERT, 1), of = small(KD_KIND_BERT, 2);
    kd_error err;
    *b = (bench){ .pack = make_pack(ROWS, 20),
                  .params = kd_params_create(),
                  .teacher_params = kd_params_create(),
                  .masker = make_masker(NULL, NULL) };
    b->halt.training = &b->training;
    set_method(&b->recipe, method);
    kd_setting_defaults(kd_train_settings, &b->train);
    kd_setting_defaults(kd_optim_settings, &b->optim);
    b->train.epochs = epochs;
    b->train.batch = 8;
    b->train.evaluate = epochs;
    b->optim.lr = 5e-3;
    arch.dropout = 0.1;
    assert_ok(kd_model_create(&b->model, b->params, &arch, &err), &err);
    assert_ok(kd_method_declare(b->recipe.method, b->params, &b->recipe.options, &arch, &of, &err),
              &err);
    kd_rng root = kd_rng_root(3);
    kd_params_allocate(b->params, true);
    kd_params_init(b->params, &root);
    b->teacher = make_model(b->teacher_params, &of, 4);
    b->training = (kd_training){ .train = &b->pack,
                                 .devel = &b->pack,
                                 .judge = { NULL, b, judge },
                                 .model = b->model,
                                 .params = b->params,
                                 .train_options = &b->train,
                                 .optim_options = &b->optim,
                                 .method = b->recipe.method,
                                 .distill_options = &b->recipe.options,
                                 .masker = b->masker,
                                 .threads = 1,
                                 .root = root,
                                 .watch = { NULL, stop_and_save, &b->halt } };
    if (kd_method_needs(b->recipe.method, &b->recipe.options, KD_TASK_TEXT) & KD_NEEDS_NETWORK)
        b->training.teacher = b->teacher;
}

static void tear_down(bench *b)
{
    kd_model_destroy(b->model);
    kd_model_destroy(b->teacher);
    kd_params_destroy(b->params);
    kd_params_destroy(b->teacher_params);
    kd_masker_destroy(b->masker);
    kd_pack_fini(&b->pack);
    stopped_fini(&b->halt);
}

static kd_history train(bench *b, kd_trainer **trainer)
{
    kd_error err;
    assert_ok(kd_trainer_create(trainer, &b->training, &err), &err);
    assert_ok(kd_trainer_run(*trainer, &err), &err);
    return kd_trainer_history(*trainer);
}

static void test_learns_what_stood_there(void **state)
{
    (void)state;
    enum { EPOCHS = KD_SANITIZED ? 20 : 200 };
    bench       b;
    kd_trainer *trainer;
    set_up(&b, "none", EPOCHS);
    train(&b, &trainer);
    assert_true(b.score.asked > 20);
    /* of 35 pieces that are equally frequent the best guess without context is right once in 35 times */
    if (!KD_SANITIZED) {
        assert_true(kd_masked_accuracy(&b.score) > 0.2);
        assert_true(kd_masked_perplexity(&b.score) < 10);
    }
    assert_close(kd_masked_perplexity(&b.score), exp(b.score.loss / (double)b.score.asked), 1e-12);
    kd_trainer_destroy(trainer);
    tear_down(&b);
}

/* Each learns what the teacher says, whose words are new in every step. */
static void test_learns_from_a_teacher(void **state)
{
    (void)state;
    static const char *const methods[] = { "kl",      "soft-ce",  "distilbert",
                                           "compact", "tinybert", "fastbioner" };
    enum { EPOCHS = KD_SANITIZED ? 3 : 30 };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        bench       b;
        kd_trainer *trainer;
        set_up(&b, methods[i], EPOCHS);
        if (strcmp(methods[i], "tinybert") == 0) put(&b.recipe, "output", "soft-ce");
        kd_history h = train(&b, &trainer);
        assert_int_equal(h.count, EPOCHS);
        for (int p = 0; p < h.part_count; p++)
            if (!KD_SANITIZED && strcmp(h.part_names[p], "hard") !=
                                     0) /* the truth has nothing to do with this teacher */
                assert_true(h.moments[EPOCHS - 1].part[p] < h.moments[0].part[p]);
        kd_trainer_destroy(trainer);
        tear_down(&b);
    }
}

/* Decoded at chosen rows alone or at all, a soft loss at labelled rows is the same. */
static void test_asks_the_teacher_where_words_are_hidden(void **state)
{
    (void)state;
    bench       some, all;
    kd_trainer *a, *b;
    set_up(&some, "soft-ce", 3);
    set_up(&all, "soft-ce", 3);
    put(&all.recipe, "rows", "all");
    double at_some = train(&some, &a).moments[0].loss, at_all = train(&all, &b).moments[0].loss;
    assert_true(fabs(at_some - at_all) >
                1e-4); /* at all: also what it says where nothing is hidden */
    kd_trainer_destroy(a);
    kd_trainer_destroy(b);
    tear_down(&some);
    tear_down(&all);
}

static void test_goes_on_to_the_same_bits(void **state)
{
    (void)state;
    kd_error    err;
    bench       whole, first, resumed;
    kd_trainer *a, *b, *c;
    set_up(&whole, "distilbert", 5);
    set_up(&first, "distilbert", 5);
    set_up(&resumed, "distilbert", 5);
    train(&whole, &a);
    first.halt.updates = 7; /* within the third epoch of three updates each */
    assert_ok(kd_trainer_create(&b, &first.training, &err), &err);
    assert_int_equal(kd_trainer_run(b, &err), KD_ESTOPPED);
    assert_ok(kd_trainer_create(&c, &resumed.training, &err), &err);
    go_on_from(&first.halt, c, resumed.params);
    assert_ok(kd_trainer_run(c, &err), &err);
    assert_memory_equal(kd_params_block(whole.params, KD_VALUES),
                        kd_params_block(resumed.params, KD_VALUES),
                        kd_params_span(whole.params) * sizeof(float));
    kd_trainer_destroy(a);
    kd_trainer_destroy(b);
    kd_trainer_destroy(c);
    tear_down(&whole);
    tear_down(&first);
    tear_down(&resumed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chooses_as_published),
        cmocka_unit_test(test_takes_whole_words),
        cmocka_unit_test(test_hides_by_the_row_and_the_reading),
        cmocka_unit_test(test_asks_for_one_piece_at_least),
        cmocka_unit_test(test_refuses_what_cannot_be_hidden),
        cmocka_unit_test(test_decodes_only_what_is_asked),
        cmocka_unit_test(test_has_the_gradient_that_differences_say),
        cmocka_unit_test(test_learns_what_stood_there),
        cmocka_unit_test(test_learns_from_a_teacher),
        cmocka_unit_test(test_asks_the_teacher_where_words_are_hidden),
        cmocka_unit_test(test_goes_on_to_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
