/* test_perfect_teacher.c - a student that never sees a label, but what a perfect teacher says of
 * invented sentences, is nearly as good as that teacher.
 *
 * The teacher's logits are the true labels with 4 for the right one and -2 for the others, so its
 * own F1 is 1; the student's pack has no labels at all. */
#include <stdlib.h>
#include <string.h>

#include "distill/score.h"
#include "distill/trainer.h"
#include "harness/base/half.h"
#include "models/text/basic.h"
#include "models/text/pack_build.h"
#include "models/text/synth.h"
#include "tests/distill/recipe.h"
#include "tests/support/support.h"

/* Three splits of one invented corpus, packed. */
typedef struct {
    kd_labels *labels;
    kd_corpus  corpus[3];
    kd_pack    pack[3];
    int        vocab;
} invented;

static kd_tokenizer *learn_tokenizer(const kd_corpus *corpus, const kd_token_options *options)
{
    kd_map       *counts = kd_map_create();
    kd_basic      basic = KD_BASIC_INIT;
    kd_vocab     *vocab;
    kd_tokenizer *tokenizer;
    kd_error      err;
    for (size_t i = 0; i < corpus->words.count; i++)
        kd_basic_count(&basic, corpus->words.items[i].text, corpus->words.items[i].length,
                       options->lowercase, counts);
    assert_ok(kd_vocab_build(&vocab, counts, 3000, &err), &err);
    assert_ok(kd_tokenizer_from_vocab(&tokenizer, vocab, options, &err), &err);
    kd_basic_fini(&basic);
    kd_map_destroy(counts);
    return tokenizer;
}

static void invent(invented *t)
{
    kd_synth_options how;
    kd_token_options tokens;
    kd_error         err;
    kd_setting_defaults(kd_synth_settings, &how);
    kd_setting_defaults(kd_token_settings, &tokens);
    how.sentences = 4000;
    how.devel = how.test = 400;
    how.names = 10;
    how.noise = how.unseen = how.ambiguity = 0;
    *t = (invented){ .labels = kd_labels_create() };
    kd_synth_make(&t->corpus[0], &t->corpus[1], &t->corpus[2], KD_TASK_NER, &how, t->labels, NULL);
    kd_tokenizer *tokenizer = learn_tokenizer(&t->corpus[0], &tokens);
    for (int s = 0; s < 3; s++)
        assert_ok(kd_pack_build(&t->pack[s], &t->corpus[s], tokenizer, &tokens, NULL, &err), &err);
    t->vocab = kd_vocab_size(kd_tokenizer_vocab(tokenizer));
    kd_tokenizer_destroy(tokenizer);
}

static void forget(invented *t)
{
    for (int s = 0; s < 3; s++) {
        kd_pack_fini(&t->pack[s]);
        kd_corpus_fini(&t->corpus[s]);
    }
    kd_labels_destroy(t->labels);
}

/* What the teacher says of the training sentences, as f16; their labels are taken away. */
static uint16_t *teach(invented *t)
{
    kd_pack  *train = &t->pack[0];
    size_t    k = (size_t)kd_labels_count(t->labels), count = (size_t)train->pieces * k;
    float    *logits = kd_alloc(count, sizeof *logits);
    uint16_t *halves = kd_alloc(count, sizeof *halves);
    for (size_t i = 0; i < count; i++) logits[i] = -2;
    for (int n = 0; n < train->pieces; n++) {
        if (train->tags[n] >= 0) logits[(size_t)n * k + (size_t)train->tags[n]] = 4;
        train->tags[n] = KD_NO_TAG;
    }
    kd_halves_encode(count, logits, halves);
    free(logits);
    return halves;
}

/* Strict F1 over the words of a split. */
static double f1_of(const invented *t, const kd_pack *pack, const float *logits, int labels)
{
    int32_t *best = kd_alloc((size_t)pack->pieces, sizeof *best);
    int16_t *pieces = kd_alloc((size_t)pack->pieces, sizeof *pieces);
    int16_t *words = kd_alloc((size_t)pack->words, sizeof *words);
    kd_predict_labels(logits, pack->pieces, labels, best);
    for (int n = 0; n < pack->pieces; n++) pieces[n] = (int16_t)best[n];
    kd_pack_words(pack, pieces, (int16_t)kd_labels_outside(t->labels), words);
    kd_counts counts = kd_score_spans(t->labels, KD_READ_STRICT, pack->word_tags, words,
                                      pack->word_begin, pack->sentences, (kd_detail){ NULL, NULL });
    free(best);
    free(pieces);
    free(words);
    return kd_prf_of(counts).f1;
}

static double judge(void *user, const float *logits, int rows, int labels)
{
    const invented *t = user;
    (void)rows;
    return f1_of(t, &t->pack[1], logits, labels);
}

static void make_student(const invented *t, kd_model **model, kd_params **params)
{
    kd_arch  arch;
    kd_error err;
    kd_rng   root = kd_rng_root(1);
    kd_setting_defaults(kd_arch_settings(), &arch);
    arch.vocab = t->vocab;
    arch.labels = kd_labels_count(t->labels);
    arch.embedding = arch.hidden = 48;
    arch.layers = 1;
    arch.classifier = 0;
    arch.dropout = 0.2;
    *params = kd_params_create();
    assert_ok(kd_model_create(model, *params, &arch, &err), &err);
    kd_params_allocate(*params, true);
    kd_params_init(*params, &root);
}

static void distil(const invented *t, kd_model *model, kd_params *params, const uint16_t *halves)
{
    kd_train_options train;
    kd_optim_options optim;
    recipe           taught;
    kd_trainer      *trainer;
    kd_error         err;
    kd_setting_defaults(kd_train_settings, &train);
    kd_setting_defaults(kd_optim_settings, &optim);
    set_method(&taught, "logit-mse");
    put(&taught, "rows", "all"); /* none has a label */
    train.epochs = 8;
    train.batch = 16;
    optim.lr = 8e-3;
    optim.schedule = KD_RATE_LINEAR;
    kd_targets  targets = { .rows = t->pack[0].pieces,
                            .labels = kd_labels_count(t->labels),
                            .halves = halves };
    kd_training training = { .train = &t->pack[0],
                             .devel = &t->pack[1],
                             .judge = { judge, (void *)(uintptr_t)t },
                             .model = model,
                             .params = params,
                             .train_options = &train,
                             .optim_options = &optim,
                             .method = taught.method,
                             .distill_options = &taught.options,
                             .targets = &targets,
                             .threads = 1,
                             .root = kd_rng_root(1) };
    assert_ok(kd_trainer_create(&trainer, &training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_trainer_destroy(trainer);
}

static void test_reaches_a_perfect_teacher_without_a_label(void **state)
{
    (void)state;
    invented   t;
    kd_model  *model;
    kd_params *params;
    float     *logits;
    int        rows, labels;
    invent(&t);
    uint16_t *halves = teach(&t);
    make_student(&t, &model, &params);
    distil(&t, model, params, halves);
    kd_predict_logits(model, &t.pack[2], KD_F32, 1, &logits, &rows, &labels);
    double f1 = f1_of(&t, &t.pack[2], logits, labels);
    print_message("F1 on test is %.4f, the teacher's is 1\n", f1);
    assert_true(f1 >= 0.99);
    free(logits);
    free(halves);
    kd_model_destroy(model);
    kd_params_destroy(params);
    forget(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reaches_a_perfect_teacher_without_a_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
