/* test_trainer.c - it learns, it stops and goes on to the same bits, it says what does not fit. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distill/trainer.h"
#include "tests/distill/accuracy.h"
#include "tests/distill/recipe.h"
#include "tests/distill/stopped.h"
#include "tests/support/support.h"

enum { SENTENCES = 20, LABELS = 3, VOCAB = 12 };

/* Sentences of 3 to 7 pieces; the tag of a piece is its id modulo 3, but after an id of 11 it is
 * one more, so that context counts. */
static kd_pack make_pack(uint64_t seed)
{
    kd_rng  rng = kd_rng_root(seed);
    kd_pack pack = { .task = KD_TASK_NER, .sentences = SENTENCES };
    pack.piece_begin = kd_alloc(SENTENCES + 1, sizeof *pack.piece_begin);
    pack.word_begin = kd_alloc(SENTENCES + 1, sizeof *pack.word_begin);
    pack.ids = kd_alloc(SENTENCES * 7, sizeof *pack.ids);
    pack.word = kd_alloc(SENTENCES * 7, sizeof *pack.word);
    pack.tags = kd_alloc(SENTENCES * 7, sizeof *pack.tags);
    pack.word_tags = kd_alloc(SENTENCES * 7, sizeof *pack.word_tags);
    for (int b = 0; b < SENTENCES; b++) {
        int length = 3 + (int)kd_rng_below(&rng, 5);
        for (int i = 0; i < length; i++) {
            int n = pack.pieces++;
            pack.ids[n] = (int32_t)kd_rng_below(&rng, VOCAB);
            pack.word[n] = i;
            int after = i > 0 && pack.ids[n - 1] == 11;
            pack.tags[n] = pack.word_tags[n] = (int16_t)((pack.ids[n] + after) % LABELS);
        }
        pack.piece_begin[b + 1] = pack.word_begin[b + 1] = pack.words = pack.pieces;
    }
    return pack;
}

typedef struct {
    kd_pack          pack;
    kd_params       *params;
    kd_model        *model;
    kd_train_options train;
    kd_optim_options optim;
    recipe           recipe;
    kd_targets       targets;
    kd_training      training;
    stopped          halt;
} bench;

static void set_up_with(bench *b, const char *method, bool crf)
{
    kd_error err;
    kd_arch  arch;
    *b = (bench){ .pack = make_pack(1) };
    b->halt.training = &b->training;
    kd_setting_defaults(kd_arch_settings(), &arch);
    arch.kind = KD_KIND_BILSTM;
    arch.head = KD_HEAD_TAGS;
    arch.vocab = VOCAB;
    arch.labels = LABELS;
    arch.embedding = 8;
    arch.hidden = 8;
    arch.layers = 1;
    arch.classifier = 0;
    arch.crf = crf;
    b->params = kd_params_create();
    assert_ok(kd_model_create(&b->model, b->params, &arch, &err), &err);
    kd_rng root = kd_rng_root(3);
    kd_params_allocate(b->params, true);
    kd_params_init(b->params, &root);
    kd_setting_defaults(kd_train_settings, &b->train);
    kd_setting_defaults(kd_optim_settings, &b->optim);
    set_method(&b->recipe, method);
    b->train.epochs = 60;
    b->train.batch = 6;
    b->optim.lr = 0.02;
    b->training = (kd_training){ .train = &b->pack,
                                 .devel = &b->pack,
                                 .judge = { accuracy, &b->pack },
                                 .model = b->model,
                                 .params = b->params,
                                 .train_options = &b->train,
                                 .optim_options = &b->optim,
                                 .method = b->recipe.method,
                                 .distill_options = &b->recipe.options,
                                 .threads = 1,
                                 .root = root,
                                 .watch = { NULL, stop_and_save, &b->halt } };
}

static void set_up(bench *b, const char *method)
{
    set_up_with(b, method, false);
}

static void tear_down(bench *b)
{
    kd_model_destroy(b->model);
    kd_params_destroy(b->params);
    kd_pack_fini(&b->pack);
    stopped_fini(&b->halt);
}

static void test_overfits_twenty_sentences(void **state)
{
    (void)state;
    kd_error    err;
    bench       b;
    kd_trainer *trainer;
    set_up(&b, "none");
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_history history = kd_trainer_history(trainer);
    assert_int_equal(history.count, 60);
    assert_true(history.moments[59].loss < 0.2 * history.moments[0].loss);
    assert_close(history.moments[history.best].score, 1.0, 0);
    assert_close(history.tokens, 60.0 * b.pack.pieces, 0);
    assert_int_equal(history.part_count, 1);
    assert_string_equal(history.part_names[0], "hard");
    kd_trainer_destroy(trainer);
    tear_down(&b);
}

/* Train `b` to its end, stopped and restored before update `stop` + 1; the caller tears down. */
static void run_in_two_parts(bench *first, bench *second, int stop)
{
    kd_error    err;
    kd_trainer *trainer;
    first->halt.updates = stop;
    assert_ok(kd_trainer_create(&trainer, &first->training, &err), &err);
    assert_fails(KD_ESTOPPED, "stopped in epoch", kd_trainer_run(trainer, &err), &err);
    kd_trainer_destroy(trainer);

    assert_ok(kd_trainer_create(&trainer, &second->training, &err), &err);
    go_on_from(&first->halt, trainer, second->params);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_trainer_destroy(trainer);
}

static void test_goes_on_to_the_same_bits(void **state)
{
    (void)state;
    static const int stops[] = { 1, 4, 13, 77 }; /* in an epoch of 4 updates: first, last, middle */
    kd_error         err;
    bench            whole;
    kd_trainer      *trainer;
    set_up(&whole, "none");
    whole.train.epochs = 25;
    assert_ok(kd_trainer_create(&trainer, &whole.training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_trainer_destroy(trainer);
    size_t span = kd_params_span(whole.params);

    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        bench first, second;
        set_up(&first, "none");
        set_up(&second, "none");
        first.train.epochs = second.train.epochs = 25;
        run_in_two_parts(&first, &second, stops[i]);
        assert_memory_equal(kd_params_block(second.params, KD_VALUES),
                            kd_params_block(whole.params, KD_VALUES), span * sizeof(float));
        tear_down(&first);
        tear_down(&second);
    }
    tear_down(&whole);
}

/* 20 sentences, batches of 6, two an update: an epoch has 2 updates. */
static void set_steps(bench *b)
{
    set_up(b, "none");
    b->train.steps = 15;
    b->train.accumulate = 2;
    b->train.evaluate_steps = 3;
}

static void test_goes_on_from_any_safe_point_when_it_counts_steps(void **state)
{
    (void)state;
    kd_error    err;
    bench       whole;
    kd_trainer *trainer;
    set_steps(&whole);
    assert_ok(kd_trainer_create(&trainer, &whole.training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_trainer_destroy(trainer);
    for (int stop = 1; stop < 15; stop++) {
        bench first, second;
        set_steps(&first);
        set_steps(&second);
        run_in_two_parts(&first, &second, stop);
        assert_memory_equal(kd_params_block(second.params, KD_VALUES),
                            kd_params_block(whole.params, KD_VALUES),
                            kd_params_span(whole.params) * sizeof(float));
        tear_down(&first);
        tear_down(&second);
    }
    tear_down(&whole);
}

static void test_ends_after_its_steps_and_evaluates_between(void **state)
{
    (void)state;
    /* epoch ends after updates 2, 4 ... 14; evaluations after 3, 6 ... 15 */
    static const int updates[] = { 2, 3, 4, 6, 8, 9, 10, 12, 14, 15 };
    kd_error         err;
    bench            b;
    kd_trainer      *trainer;
    set_steps(&b);
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_history history = kd_trainer_history(trainer);
    assert_int_equal(history.count, 10);
    for (int i = 0; i < history.count; i++) {
        assert_int_equal(history.moments[i].update, updates[i]);
        assert_int_equal(history.moments[i].epoch, (updates[i] + 1) / 2);
        assert_int_equal(isnan(history.moments[i].score), updates[i] % 3 != 0);
        assert_true(isfinite(history.moments[i].loss));
    }
    assert_int_equal(history.updates, 15);
    assert_int_equal(history.epochs, 8);
    assert_close(history.sentences, 7 * SENTENCES + 12, 0);
    assert_true(history.clipped >= 0 && history.clipped <= 15);
    kd_trainer_destroy(trainer);
    tear_down(&b);
}

static void test_leaves_the_first_weights_when_there_is_no_epoch(void **state)
{
    (void)state;
    kd_error    err;
    bench       b;
    kd_trainer *trainer;
    set_up(&b, "none");
    size_t bytes = kd_params_span(b.params) * sizeof(float);
    float *before = kd_alloc(bytes, 1);
    memcpy(before, kd_params_block(b.params, KD_VALUES), bytes);
    b.train.epochs = 0;
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    assert_int_equal(kd_trainer_history(trainer).count, 0);
    assert_memory_equal(kd_params_block(b.params, KD_VALUES), before, bytes);
    kd_trainer_destroy(trainer);
    free(before);
    tear_down(&b);
}

static void test_refuses_a_state_of_another_training(void **state)
{
    (void)state;
    kd_error    err;
    bench       b;
    kd_trainer *trainer;
    kd_str      saved = KD_STR_INIT;
    set_up(&b, "none");
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    kd_trainer_save(trainer, &saved);
    kd_trainer_destroy(trainer);
    b.train.epochs++;
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    assert_fails(KD_EDATA, "of another training",
                 kd_trainer_restore(trainer, saved.text, saved.length, &err), &err);
    assert_fails(KD_EDATA, "too short", kd_trainer_restore(trainer, saved.text, 3, &err), &err);
    kd_trainer_destroy(trainer);
    kd_str_fini(&saved);
    tear_down(&b);
}

static void test_learns_a_perfect_teacher_by_its_logits(void **state)
{
    (void)state;
    kd_error    err;
    bench       b;
    kd_trainer *trainer;
    set_up(&b, "logit-mse");
    float *logits = kd_alloc((size_t)b.pack.pieces * LABELS, sizeof *logits);
    for (int n = 0; n < b.pack.pieces; n++) logits[n * LABELS + b.pack.tags[n]] = 3;
    b.train.epochs = 200;
    b.targets = (kd_targets){ b.pack.pieces, LABELS, logits };
    b.training.targets = &b.targets;
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_history history = kd_trainer_history(trainer);
    assert_close(history.moments[history.best].score, 1.0, 0);
    assert_int_equal(history.part_count, 1); /* alpha is 0: the true labels are not looked at */
    assert_string_equal(history.part_names[0], "soft");
    kd_trainer_destroy(trainer);
    free(logits);
    tear_down(&b);
}

/* ---- sentences whose labels nobody told ---- */

/* Those from `first` on. */
static void forget_labels(kd_pack *pack, int first)
{
    for (int n = pack->piece_begin[first]; n < pack->pieces; n++)
        pack->tags[n] = pack->word_tags[n] = KD_UNTOLD;
}

/* A teacher that is sure of what is true, with something to say of what is not. */
static float *say_truth(const kd_pack *pack)
{
    float *logits = kd_alloc((size_t)pack->pieces * LABELS, sizeof *logits);
    for (int n = 0; n < pack->pieces; n++) {
        logits[n * LABELS + pack->tags[n]] = 3;
        logits[n * LABELS + (pack->tags[n] + 1) % LABELS] = (float)(n % 3) / 3;
    }
    return logits;
}

/* The weights after some epochs with such a teacher. The caller frees them. */
static float *learn_of_teacher(const char *method, bool are_told)
{
    static const float crf[LABELS * LABELS] = { 0.5f, -0.5f, 0, 0.25f };
    kd_error           err;
    bench              b;
    kd_trainer        *trainer;
    set_up_with(&b, method, strcmp(method, "crf-posterior") == 0);
    float *logits = say_truth(&b.pack);
    b.targets = (kd_targets){ b.pack.pieces, LABELS, logits, .crf = { crf, crf, crf } };
    b.training.targets = &b.targets;
    b.training.devel = NULL;
    b.train.epochs = 3;
    if (!are_told) forget_labels(&b.pack, 0);
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    size_t span = kd_params_span(b.params) * sizeof(float);
    float *weights = kd_alloc(span, 1);
    memcpy(weights, kd_params_block(b.params, KD_VALUES), span);
    kd_trainer_destroy(trainer);
    free(logits);
    tear_down(&b);
    return weights;
}

static size_t count_weights(bool crf)
{
    bench b;
    set_up_with(&b, "none", crf);
    size_t span = kd_params_span(b.params);
    tear_down(&b);
    return span;
}

/* Who learns of the teacher alone has no use for labels. */
static void test_learns_the_same_of_a_teacher_whoever_told(void **state)
{
    (void)state;
    static const char *const methods[] = { "logit-mse", "soft-ce", "kl", "crf-posterior" };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        float *told = learn_of_teacher(methods[i], true);
        float *untold = learn_of_teacher(methods[i], false);
        assert_memory_equal(told, untold, count_weights(i == 3) * sizeof *told);
        free(told);
        free(untold);
    }
}

/* The losses against labels of some epochs over 10 told sentences, 3 a batch, with or without 5 others in each batch. */
static void learn_labels(bool crf, bool has_others, double *losses, int epochs)
{
    kd_error    err;
    bench       b;
    kd_trainer *trainer;
    set_up_with(&b, "none", crf);
    forget_labels(&b.pack, 10);
    if (!has_others) b.pack.sentences = 10, b.pack.pieces = b.pack.piece_begin[10];
    b.train.batch = has_others ? 8 : 3;
    b.training.unlabelled_share = 0.6;
    b.training.devel = NULL;
    b.train.epochs = epochs;
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_history history = kd_trainer_history(trainer);
    assert_close(history.sentences, epochs * (10 + (has_others ? 4 * 5 : 0)), 0);
    for (int e = 0; e < epochs; e++) losses[e] = history.moments[e].loss;
    kd_trainer_destroy(trainer);
    tear_down(&b);
}

/* Sentences without labels beside them change nothing of what labels teach. */
static void test_learns_the_same_of_labels_whoever_stands_beside(void **state)
{
    (void)state;
    enum { EPOCHS = 4 };
    for (int crf = 0; crf < 2; crf++) {
        double alone[EPOCHS], beside[EPOCHS];
        learn_labels(crf, false, alone, EPOCHS);
        learn_labels(crf, true, beside, EPOCHS);
        for (int e = 0; e < EPOCHS; e++) assert_close(beside[e], alone[e], 1e-4);
        assert_true(alone[EPOCHS - 1] < alone[0]);
    }
}

/* Of 20 sentences in batches of 1 half have no label: the mean of the loss against labels is that of the others. */
static void test_means_the_hard_loss_over_batches_that_have_one(void **state)
{
    (void)state;
    kd_error    err;
    bench       b;
    kd_trainer *trainer;
    set_up(&b, "kl");
    put(&b.recipe, "alpha", "0.5");
    float *logits = say_truth(&b.pack);
    forget_labels(&b.pack, 10);
    b.targets = (kd_targets){ b.pack.pieces, LABELS, logits };
    b.training.targets = &b.targets;
    b.training.devel = NULL;
    b.train.batch = 1;
    b.train.epochs = 1;
    b.optim.lr = 0;
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_history history = kd_trainer_history(trainer);
    for (int i = 0; i < history.part_count; i++)
        if (strcmp(history.part_names[i], KD_PART_HARD) == 0)
            assert_within(history.moments[0].part[i], 1.1, 0.3); /* log 3, for nothing is learned */
    assert_int_equal(history.part_count, 2);
    kd_trainer_destroy(trainer);
    free(logits);
    tear_down(&b);
}

static void test_goes_on_to_the_same_bits_with_a_share(void **state)
{
    (void)state;
    kd_error    err;
    bench       whole, first, second;
    kd_trainer *trainer;
    bench      *all[] = { &whole, &first, &second };
    float      *logits = NULL;
    for (int i = 0; i < 3; i++) {
        set_up(all[i], "kl");
        if (!logits) logits = say_truth(&all[i]->pack);
        forget_labels(&all[i]->pack, 8);
        all[i]->targets = (kd_targets){ all[i]->pack.pieces, LABELS, logits };
        all[i]->training.targets = &all[i]->targets;
        all[i]->training.devel = NULL;
        all[i]->training.unlabelled_share = 0.5;
        all[i]->train.epochs = 7;
    }
    assert_ok(kd_trainer_create(&trainer, &whole.training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_trainer_destroy(trainer);
    run_in_two_parts(&first, &second, 11);
    assert_memory_equal(kd_params_block(second.params, KD_VALUES),
                        kd_params_block(whole.params, KD_VALUES),
                        kd_params_span(whole.params) * sizeof(float));
    for (int i = 0; i < 3; i++) tear_down(all[i]);
    free(logits);
}

static void test_refuses_parts_that_do_not_fit(void **state)
{
    (void)state;
    kd_error    err;
    bench       b;
    kd_trainer *trainer;
    set_up(&b, "logit-mse");
    assert_fails(KD_ECONFIG, "logit-mse needs the teacher's logits",
                 kd_trainer_create(&trainer, &b.training, &err), &err);
    b.targets = (kd_targets){ 7, LABELS, NULL };
    b.training.targets = &b.targets;
    assert_fails(KD_EDATA, "targets are of another corpus: they have 7 rows",
                 kd_trainer_create(&trainer, &b.training, &err), &err);
    b.targets = (kd_targets){ b.pack.pieces, 9, NULL };
    assert_fails(KD_EDATA, "they have 9, the student has 3",
                 kd_trainer_create(&trainer, &b.training, &err), &err);
    b.targets = (kd_targets){ b.pack.pieces, LABELS, NULL };
    for (int n = 0; n < b.pack.pieces; n++) b.pack.tags[n] = KD_NO_TAG;
    assert_fails(KD_ECONFIG, "distill.rows: no piece of the corpus has a label",
                 kd_trainer_create(&trainer, &b.training, &err), &err);
    b.train.batch = 21;
    assert_fails(KD_ECONFIG, "train.batch: 21 is more than the 20 sentences there are",
                 kd_trainer_create(&trainer, &b.training, &err), &err);
    b.train.batch = 6;
    b.pack.task = KD_TASK_TEXT;
    assert_fails(KD_ECONFIG, "logit-mse is not defined for masked words",
                 kd_trainer_create(&trainer, &b.training, &err), &err);
    b.pack.task = KD_TASK_NER;
    tear_down(&b);
}

static void test_says_where_it_diverged(void **state)
{
    (void)state;
    kd_error    err;
    bench       b;
    kd_trainer *trainer;
    set_up(&b, "none");
    for (size_t i = 0; i < kd_params_span(b.params); i++)
        kd_params_block(b.params, KD_VALUES)[i] = NAN;
    kd_params_touch(b.params);
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    assert_fails(KD_EDIVERGED, "epoch 1, update 1", kd_trainer_run(trainer, &err), &err);
    kd_trainer_destroy(trainer);
    tear_down(&b);
}

static void test_says_when_the_loss_explodes(void **state)
{
    (void)state;
    kd_error    err;
    bench       b;
    kd_trainer *trainer;
    set_up(&b, "none");
    b.optim.lr = 10;
    b.optim.clip = 0;
    b.train.explode = 20;
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    assert_fails(KD_EDIVERGED, "the loss has grown from 1", kd_trainer_run(trainer, &err), &err);
    assert_non_null(strstr(err.text, "a smaller lr"));
    kd_trainer_destroy(trainer);
    tear_down(&b);
}

static void test_stops_early_and_keeps_the_best(void **state)
{
    (void)state;
    kd_error    err;
    bench       b;
    kd_trainer *trainer;
    set_up(&b, "none");
    b.train.epochs = 300;
    b.train.patience = 5;
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_history history = kd_trainer_history(trainer);
    assert_true(history.count < 300);
    assert_int_equal(history.count - 1 - history.best, 5);
    float *logits;
    int    rows, labels;
    kd_predict_logits(b.model, &b.pack, KD_F32, 1, &logits, &rows, &labels);
    assert_close(accuracy(&b.pack, logits, rows, labels), history.moments[history.best].score, 0);
    free(logits);
    kd_trainer_destroy(trainer);
    tear_down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overfits_twenty_sentences),
        cmocka_unit_test(test_goes_on_to_the_same_bits),
        cmocka_unit_test(test_goes_on_from_any_safe_point_when_it_counts_steps),
        cmocka_unit_test(test_ends_after_its_steps_and_evaluates_between),
        cmocka_unit_test(test_leaves_the_first_weights_when_there_is_no_epoch),
        cmocka_unit_test(test_refuses_a_state_of_another_training),
        cmocka_unit_test(test_learns_a_perfect_teacher_by_its_logits),
        cmocka_unit_test(test_learns_the_same_of_a_teacher_whoever_told),
        cmocka_unit_test(test_learns_the_same_of_labels_whoever_stands_beside),
        cmocka_unit_test(test_means_the_hard_loss_over_batches_that_have_one),
        cmocka_unit_test(test_goes_on_to_the_same_bits_with_a_share),
        cmocka_unit_test(test_refuses_parts_that_do_not_fit),
        cmocka_unit_test(test_says_where_it_diverged),
        cmocka_unit_test(test_says_when_the_loss_explodes),
        cmocka_unit_test(test_stops_early_and_keeps_the_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
