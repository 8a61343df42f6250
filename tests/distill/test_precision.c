/* test_precision.c - what is learned in bf16 is as good as in f32, and bytes tag as well as floats.
 *
 * A small BiLSTM on the invented corpus, three seeds a side. The same at full size, on a real
 * corpus, is experiments/precision.cfg; docs/NUMERICS.md has its figures. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distill/score.h"
#include "distill/trainer.h"
#include "models/text/basic.h"
#include "models/text/pack_build.h"
#include "models/text/synth.h"
#include "tests/support/precision.h"
#include "tests/support/support.h"

enum { SEEDS = 3 };

typedef struct {
    kd_labels       *labels;
    kd_tokenizer    *tokenizer;
    kd_token_options tokens;
    kd_pack          train, devel, test;
} corpus;

/* What the trainer's judge scores against. */
typedef struct {
    const corpus  *c;
    const kd_pack *pack;
} judged;

static void open_tokenizer(corpus *c, const kd_corpus *train)
{
    kd_map   *counts = kd_map_create();
    kd_basic  basic = KD_BASIC_INIT;
    kd_vocab *vocab;
    kd_error  err;

    for (size_t i = 0; i < train->words.count; i++)
        kd_basic_count(&basic, train->words.items[i].text, train->words.items[i].length, false,
                       counts);
    assert_ok(kd_vocab_build(&vocab, counts, 300, &err), &err);
    kd_setting_defaults(kd_token_settings, &c->tokens);
    assert_ok(kd_tokenizer_from_vocab(&c->tokenizer, vocab, &c->tokens, &err), &err);
    kd_basic_fini(&basic);
    kd_map_destroy(counts);
}

static void make_corpus(corpus *c)
{
    kd_synth_options options;
    kd_corpus        splits[3];
    kd_pack         *packs[] = { &c->train, &c->devel, &c->test };
    kd_error         err;

    kd_setting_defaults(kd_synth_settings, &options);
    options.sentences = 500;
    options.devel = 100;
    options.test = 400;
    options.seed = 7;
    c->labels = kd_labels_create();
    kd_synth_make(&splits[0], &splits[1], &splits[2], KD_TASK_NER, &options, c->labels, NULL);
    open_tokenizer(c, &splits[0]);
    for (int i = 0; i < 3; i++) {
        assert_ok(kd_pack_build(packs[i], &splits[i], c->tokenizer, &c->tokens, NULL, &err), &err);
        kd_corpus_fini(&splits[i]);
    }
}

static void drop_corpus(corpus *c)
{
    kd_pack_fini(&c->train);
    kd_pack_fini(&c->devel);
    kd_pack_fini(&c->test);
    kd_tokenizer_destroy(c->tokenizer);
    kd_labels_destroy(c->labels);
}

/* Strict entity F1 of these logits. */
static double f1_of(void *user, const float *logits, int rows, int labels)
{
    const judged  *j = user;
    const kd_pack *pack = j->pack;
    int32_t       *best = kd_alloc((size_t)rows, sizeof *best);
    int16_t       *pieces = kd_alloc((size_t)rows, sizeof *pieces);
    int16_t       *words = kd_alloc((size_t)pack->words, sizeof *words);

    kd_predict_labels(logits, rows, labels, best);
    for (int n = 0; n < rows; n++) pieces[n] = (int16_t)best[n];
    kd_pack_words(pack, pieces, (int16_t)kd_labels_outside(j->c->labels), words);
    kd_prf prf =
        kd_prf_of(kd_score_spans(j->c->labels, KD_READ_STRICT, pack->word_tags, words,
                                 pack->word_begin, pack->sentences, (kd_detail){ NULL, NULL }));
    free(best), free(pieces), free(words);
    return prf.f1;
}

static double test_f1(const corpus *c, const kd_model *model, kd_precision precision)
{
    judged j = { c, &c->test };
    float *logits;
    int    rows, labels;

    kd_predict_logits(model, &c->test, precision, 1, &logits, &rows, &labels);
    double f1 = f1_of(&j, logits, rows, labels);
    free(logits);
    return f1;
}

static kd_arch small_student(const corpus *c)
{
    kd_arch arch;

    kd_setting_defaults(kd_arch_settings(), &arch);
    arch.vocab = kd_vocab_size(kd_tokenizer_vocab(c->tokenizer));
    arch.labels = kd_labels_count(c->labels);
    arch.embedding = 32;
    arch.hidden = 32;
    arch.layers = 1;
    arch.dropout = 0.2;
    return arch;
}

/* F1 on test of a student that was trained in `precision`, and of the same one in bytes. */
static void train_student(const corpus *c, kd_precision precision, uint64_t seed, double *f1,
                          double *f1_int8)
{
    kd_arch            arch = small_student(c);
    kd_train_options   train;
    kd_optim_options   optim;
    kd_distill_options distill;
    const kd_method   *method = kd_method_find("none");
    judged             devel = { c, &c->devel };
    kd_params         *params = kd_params_create();
    kd_rng             root = kd_rng_root(seed);
    kd_model          *model;
    kd_trainer        *trainer;
    kd_error           err;

    kd_setting_defaults(kd_train_settings, &train);
    kd_setting_defaults(kd_optim_settings, &optim);
    kd_distill_defaults(&distill, method);
    train.epochs = 10;
    train.batch = 8;
    optim.lr = 0.01;
    assert_ok(kd_model_create(&model, params, &arch, &err), &err);
    kd_params_allocate(params, true);
    kd_params_init(params, &root);
    kd_training training = { .train = &c->train,
                             .devel = &c->devel,
                             .judge = { f1_of, &devel },
                             .model = model,
                             .params = params,
                             .train_options = &train,
                             .optim_options = &optim,
                             .method = method,
                             .distill_options = &distill,
                             .precision = precision,
                             .threads = 1,
                             .root = root };
    assert_ok(kd_trainer_create(&trainer, &training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    *f1 = test_f1(c, model, precision);
    *f1_int8 = kd_gemm_has(KD_INT8) ? test_f1(c, model, KD_INT8) : *f1;
    kd_trainer_destroy(trainer);
    kd_model_destroy(model);
    kd_params_destroy(params);
}

static double mean_of(const double *x)
{
    double sum = 0.0;
    for (int s = 0; s < SEEDS; s++) sum += x[s] / SEEDS;
    return sum;
}

static void test_bf16_learns_and_int8_tags_as_f32_does(void **state)
{
    (void)state;
    corpus c;
    double f1[2][SEEDS], in_bytes[2][SEEDS];
    if (kd_test_lacks(KD_BF16)) skip();

    make_corpus(&c);
    for (int p = 0; p < 2; p++)
        for (uint64_t s = 0; s < SEEDS; s++) {
            train_student(&c, p ? KD_BF16 : KD_F32, s + 1, &f1[p][s], &in_bytes[p][s]);
            print_message("           %s, seed %d: %.4f, in bytes %.4f\n", p ? "bf16" : "f32",
                          (int)s + 1, f1[p][s], in_bytes[p][s]);
        }
    /* Seeds differ by 0.02 and more; the corpus tagged by each word's usual tag gives 0.5. */
    assert_true(mean_of(f1[0]) > 0.75);
    assert_true(fabs(mean_of(f1[1]) - mean_of(f1[0])) < 0.04);
    /* A mention of some 800 is 0.001 of F1: three in every thousand may fall the other way. */
    for (int p = 0; p < 2; p++) assert_true(mean_of(in_bytes[p]) > mean_of(f1[p]) - 0.004);
    drop_corpus(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bf16_learns_and_int8_tags_as_f32_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
