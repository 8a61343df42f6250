/* test_students.c - by every method a student learns, its gradient is its slope, and what is kept
 * of a teacher teaches like the teacher itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distill/trainer.h"
#include "harness/base/half.h"
#include "tests/distill/accuracy.h"
#include "tests/distill/boundary.h"
#include "tests/distill/recipe.h"
#include "tests/distill/stopped.h"
#include "tests/support/support.h"
#include "tests/tensor/gradcheck.h"

enum { SENTENCES = 20, LABELS = 3, VOCAB = 12 };

/* So long that all learn. */
enum { EPOCHS = KD_SANITIZED ? 10 : 200 };

/* Sentences of 3 to 7 pieces; a piece's tag is its id modulo 3, a sentence's class that of its
 * first piece. */
static kd_pack make_pack(kd_task task)
{
    kd_rng  rng = kd_rng_root(1);
    kd_pack pack = { .task = task, .sentences = SENTENCES };
    pack.piece_begin = kd_alloc(SENTENCES + 1, sizeof *pack.piece_begin);
    pack.word_begin = kd_alloc(SENTENCES + 1, sizeof *pack.word_begin);
    pack.ids = kd_alloc(SENTENCES * 7, sizeof *pack.ids);
    pack.word = kd_alloc(SENTENCES * 7, sizeof *pack.word);
    pack.tags = kd_alloc(SENTENCES * 7, sizeof *pack.tags);
    pack.word_tags = kd_alloc(SENTENCES * 7, sizeof *pack.word_tags);
    pack.labels = kd_alloc(SENTENCES, sizeof *pack.labels);
    for (int b = 0; b < SENTENCES; b++) {
        int length = 3 + (int)kd_rng_below(&rng, 5);
        for (int i = 0; i < length; i++) {
            int n = pack.pieces++;
            pack.ids[n] = (int32_t)kd_rng_below(&rng, VOCAB);
            pack.word[n] = i;
            pack.tags[n] = pack.word_tags[n] = (int16_t)(pack.ids[n] % LABELS);
        }
        pack.labels[b] = pack.tags[pack.piece_begin[b]];
        pack.piece_begin[b + 1] = pack.word_begin[b + 1] = pack.words = pack.pieces;
    }
    return pack;
}

static double net_dropout;     /* of the networks that `encoder` describes */
static double student_dropout; /* of a student beside a teacher that has none */

static kd_arch encoder(kd_task task, int layers, int hidden)
{
    kd_arch arch;
    kd_setting_defaults(kd_arch_settings(), &arch);
    arch.kind = KD_KIND_BERT;
    arch.head = task == KD_TASK_NER ? KD_HEAD_TAGS : KD_HEAD_CLASS;
    arch.vocab = VOCAB;
    arch.labels = LABELS;
    arch.hidden = hidden;
    arch.layers = layers;
    arch.encoder.heads = 2;
    arch.encoder.ffn = 16;
    arch.positions = 8;
    arch.encoder.pooler = task != KD_TASK_NER;
    arch.dropout = arch.encoder.attention_dropout = net_dropout;
    arch.init_range = 0.3;
    return arch;
}

/* A student of relations that is no encoder, of the same width. */
static kd_arch recurrent(void)
{
    kd_arch arch = encoder(KD_TASK_RE, 1, 4);
    arch.kind = KD_KIND_BILSTM;
    arch.embedding = 8;
    arch.bilstm.pooling = KD_POOLING_ATTENTION;
    return arch;
}

typedef struct {
    const char *method;
    kd_task     task;
    int         width;       /* of the teacher; the student's is 8 */
    const char *key, *value; /* one setting more */
    bool        crf;         /* in both */
    bool        lstm;        /* the student is a bilstm of 4 units a direction */
} run;

static const run runs[] = {
    { "soft-ce", KD_TASK_NER, 8, NULL, NULL },
    { "kl", KD_TASK_NER, 8, NULL, NULL },
    { "kl", KD_TASK_RE, 8, "alpha", "0.5" },
    { "tinybert", KD_TASK_NER, 8, NULL, NULL },
    { "tinybert", KD_TASK_NER, 12, NULL, NULL },
    { "tinybert", KD_TASK_NER, 12, "pairing", "source" },
    { "tinybert", KD_TASK_RE, 12, "attention_target", "scores" },
    { "distilbert", KD_TASK_NER, 8, NULL, NULL },
    { "compact", KD_TASK_NER, 8, NULL, NULL },
    { "pkd", KD_TASK_NER, 8, NULL, NULL },
    { "pkd", KD_TASK_RE, 8, NULL, NULL },
    { "fastbioner", KD_TASK_NER, 8, NULL, NULL },
    { "fastbioner", KD_TASK_NER, 8, "attention_schedule", "exp" },
    { "doktra", KD_TASK_RE, 8, NULL, NULL },
    { "doktra", KD_TASK_RE, 12, "confidence_penalty", "0.1" },
    { "doktra", KD_TASK_RE, 12, "first_phase", "kl" },
    { "kl", KD_TASK_NER, 12, "teacher_mode", "train" },
    { "compact", KD_TASK_NER, 8, "attention_maps", "after" },
    { "kl", KD_TASK_NER, 8, "alpha", "0.5", true },
    { "crf-posterior", KD_TASK_NER, 12, "alpha", "0.5", true },
    { "crf-posterior", KD_TASK_NER, 8, "teacher_mode", "train", true },
    { "logit-mse", KD_TASK_RE, 8, NULL, NULL, false, true },
    { "doktra", KD_TASK_RE, 8, "loss_switch", "0.2", false, true },
    { "doktra", KD_TASK_RE, 12, "loss_switch", "0.2", false, true },
    { "pkd", KD_TASK_PAIR, 8, NULL, NULL },
    { "doktra", KD_TASK_PAIR, 12, NULL, NULL },
};

enum { RUNS = sizeof runs / sizeof *runs };

/* A student beside a teacher, over one pack. */
typedef struct {
    kd_pack          pack;
    kd_params       *params, *teacher_params;
    kd_model        *model, *teacher;
    kd_train_options train;
    kd_optim_options optim;
    recipe           recipe;
    kd_targets       targets;
    float           *logits;
    kd_training      training;
    stopped          halt;
} bench;

static void train_once(kd_training *training)
{
    kd_error    err;
    kd_trainer *trainer;
    assert_ok(kd_trainer_create(&trainer, training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_trainer_destroy(trainer);
}

static kd_targets_crf crf_of(const kd_model *model)
{
    const kd_crf_weights *w = &kd_model_crf(model)->weights;
    return (kd_targets_crf){ w->transitions->x, w->start->x, w->end->x };
}

static void make_teacher(bench *b, const run *r)
{
    kd_error err;
    kd_arch  arch = encoder(r->task, 4, r->width);
    kd_rng   root = kd_rng_root(7);
    int      rows, labels;
    arch.crf = r->crf;
    b->teacher_params = kd_params_create();
    assert_ok(kd_model_create(&b->teacher, b->teacher_params, &arch, &err), &err);
    kd_params_allocate(b->teacher_params, true);
    kd_params_init(b->teacher_params, &root);
    kd_training training = b->training;
    training.model = b->teacher;
    training.params = b->teacher_params;
    training.watch = (kd_trainer_watch){ NULL, NULL, NULL };
    train_once(&training);
    kd_predict_logits(b->teacher, &b->pack, KD_F32, 1, &b->logits, &rows, &labels);
    assert_close(accuracy(&b->pack, b->logits, rows, labels), 1.0, 0);
    b->targets = (kd_targets){ .rows = rows, .labels = labels, .logits = b->logits };
    if (r->crf) b->targets.crf = crf_of(b->teacher);
}

static void make_student(bench *b, const run *r)
{
    kd_error         err;
    kd_arch          arch = r->lstm ? recurrent() : encoder(r->task, 2, 8);
    kd_rng           root = kd_rng_root(3);
    const kd_method *method = b->recipe.method;
    arch.crf = r->crf;
    if (student_dropout > 0) arch.dropout = arch.encoder.attention_dropout = student_dropout;
    b->params = kd_params_create();
    assert_ok(kd_model_create(&b->model, b->params, &arch, &err), &err);
    assert_ok(kd_method_declare(method, b->params, &b->recipe.options, kd_model_arch(b->model),
                                kd_model_arch(b->teacher), &err),
              &err);
    kd_params_allocate(b->params, true);
    kd_params_init(b->params, &root);
    b->training.model = b->model;
    b->training.params = b->params;
    b->training.targets = &b->targets;
    b->training.teacher = b->teacher;
}

static void set_up(bench *b, const run *r)
{
    *b = (bench){ .pack = make_pack(r->task) };
    b->halt.training = &b->training;
    kd_setting_defaults(kd_train_settings, &b->train);
    kd_setting_defaults(kd_optim_settings, &b->optim);
    set_method(&b->recipe, "none");
    b->train.epochs = 80;
    b->train.batch = 6;
    b->optim.lr = 0.01;
    b->training = (kd_training){ .train = &b->pack,
                                 .devel = &b->pack,
                                 .judge = { accuracy, &b->pack },
                                 .train_options = &b->train,
                                 .optim_options = &b->optim,
                                 .method = b->recipe.method,
                                 .distill_options = &b->recipe.options,
                                 .threads = 1,
                                 .root = kd_rng_root(3),
                                 .watch = { NULL, stop_and_save, &b->halt } };
    make_teacher(b, r);
    set_method(&b->recipe, r->method);
    put(&b->recipe, r->key, r->value);
    b->training.method = b->recipe.method;
    make_student(b, r);
}

static void tear_down(bench *b)
{
    kd_model_destroy(b->model);
    kd_model_destroy(b->teacher);
    kd_params_destroy(b->params);
    kd_params_destroy(b->teacher_params);
    kd_pack_fini(&b->pack);
    free(b->logits);
    stopped_fini(&b->halt);
}

static void test_overfits_twenty_sentences_by_every_method(void **state)
{
    (void)state;
    for (int i = 0; i < RUNS; i++) {
        kd_error    err;
        bench       b;
        kd_trainer *trainer;
        set_up(&b, &runs[i]);
        b.train.epochs = EPOCHS;
        assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
        assert_ok(kd_trainer_run(trainer, &err), &err);
        kd_history history = kd_trainer_history(trainer);
        if (!KD_SANITIZED && history.moments[history.best].score < 1)
            fail_msg("run %d, %s: only %g", i, runs[i].method, history.moments[history.best].score);
        kd_trainer_destroy(trainer);
        tear_down(&b);
    }
}

/* ---- across the boundary ---- */

/* How many of the first pieces' activations are on the other side than the teacher's. */
static double mismatch_of(const bench *b)
{
    kd_tape *tape = kd_tape_create(&(kd_tape_options){ 0 });
    kd_batch batch = { .ids = b->pack.ids, .rows = { SENTENCES, b->pack.piece_begin } };
    kd_rows  rows = batch.rows;
    float   *own = kd_op_first(tape, kd_model_apply(b->model, tape, &batch, NULL).last, &rows)->x;
    float   *of = kd_op_first(tape, kd_model_apply(b->teacher, tape, &batch, NULL).last, &rows)->x;
    double   rate = mismatch(own, of, (size_t)SENTENCES * 8);
    kd_tape_destroy(tape);
    return rate;
}

static void test_moves_activations_across_the_boundary(void **state)
{
    (void)state;
    bench b;
    set_up(&b, &runs[13]);
    b.train.epochs = EPOCHS;
    b.train.select = KD_SELECT_LAST;
    put(&b.recipe, "loss_switch", "1"); /* the boundary alone */
    double before = mismatch_of(&b);
    train_once(&b.training);
    assert_true(before > 0.3);
    if (!KD_SANITIZED) assert_true(mismatch_of(&b) < 0.1);
    tear_down(&b);
}

/* ---- how the teacher is asked ---- */

/* The last epoch's loss of ten, with this setting and dropout in both networks. */
static double loss_with(const char *method, const char *key, const char *value, double dropout)
{
    run         r = { method, KD_TASK_NER, 8, NULL, NULL };
    kd_error    err;
    bench       b;
    kd_trainer *trainer;
    net_dropout = dropout;
    set_up(&b, &r);
    net_dropout = 0;
    put(&b.recipe, key, value);
    b.train.epochs = 10;
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    double loss = kd_trainer_history(trainer).moments[9].loss;
    kd_trainer_destroy(trainer);
    tear_down(&b);
    return loss;
}

static void test_asks_a_teacher_in_training_mode_in_every_step(void **state)
{
    (void)state;
    double stored = loss_with("kl", NULL, NULL, 0);
    assert_close(loss_with("kl", "teacher_mode", "train", 0), stored, 1e-4); /* nothing drops out */
    double eval = loss_with("kl", NULL, NULL, 0.2);
    double train = loss_with("kl", "teacher_mode", "train", 0.2);
    assert_true(fabs(train - eval) > 1e-3 * eval);
    assert_true(loss_with("kl", "teacher_mode", "train", 0.2) == train);
}

static void test_can_compare_maps_after_a_dropout(void **state)
{
    (void)state;
    double before = loss_with("compact", NULL, NULL, 0);
    assert_true(loss_with("compact", "attention_maps", "after", 0) == before);
    assert_true(loss_with("compact", "attention_maps", "after", 0.2) !=
                loss_with("compact", NULL, NULL, 0.2));
}

/* ---- gradients ---- */

typedef struct {
    bench     *b;
    kd_lesson  lesson; /* everything but the tape and what the student says */
    kd_batch   batch;
    kd_outputs teacher;
    double     scale; /* the boundary has a weight of 1/1000, too small to be checked */
} piece_of;

static kd_tensor *whole_loss(kd_tape *tape, void *user)
{
    const piece_of *p = user;
    kd_lesson       lesson = p->lesson;
    unsigned   needs = kd_method_needs(p->b->recipe.method, &p->b->recipe.options, p->b->pack.task);
    kd_wants   wants = kd_needs_wants(needs);
    kd_tensor *terms[KD_LOSS_PARTS_MAX];
    double     weights[KD_LOSS_PARTS_MAX];
    lesson.tape = tape;
    lesson.student = kd_model_apply(p->b->model, tape, &p->batch, &wants);
    p->b->recipe.method->teach(&lesson);
    for (int i = 0; i < lesson.part_count; i++) {
        terms[i] = lesson.parts[i].value;
        weights[i] = lesson.parts[i].weight * p->scale;
    }
    return kd_op_weighted_sum(tape, lesson.part_count, terms, weights);
}

static void test_has_the_gradient_that_differences_say(void **state)
{
    (void)state;
    kd_wants all = { true, true, true };
    for (int i = 0; i < RUNS; i++) {
        bench    b;
        piece_of p = { .b = &b };
        int32_t  labels[14];
        set_up(&b, &runs[i]);
        kd_tape *tape = kd_tape_create(&(kd_tape_options){ 0 });
        p.batch = (kd_batch){ .ids = b.pack.ids, .rows = { 2, b.pack.piece_begin } };
        p.teacher = kd_model_apply(b.teacher, tape, &p.batch, &all);
        for (int n = 0; n < 14; n++)
            labels[n] = runs[i].task == KD_TASK_NER ? b.pack.tags[n] : b.pack.labels[n];
        p.lesson = (kd_lesson){ .options = &b.recipe.options,
                                .task = runs[i].task,
                                .rows = p.batch.rows,
                                .labels = labels,
                                .firsts = labels, /* a piece a word */
                                .teacher_logits = b.logits,
                                .teacher = &p.teacher,
                                .params = b.params,
                                .batch = 1,
                                .epochs = 10,
                                .update = 3,
                                .updates = 10 };
        p.lesson.teacher_crf = b.targets.crf;
        p.scale = strcmp(runs[i].method, "doktra") == 0 ? 1000 : 1;
        kd_assert_gradients(b.params, whole_loss, &p, 2e-2);
        kd_tape_destroy(tape);
        tear_down(&b);
    }
}

/* ---- the same bits ---- */

static void continue_from(bench *first, bench *second)
{
    kd_error    err;
    kd_trainer *trainer;
    assert_ok(kd_trainer_create(&trainer, &second->training, &err), &err);
    go_on_from(&first->halt, trainer, second->params);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_trainer_destroy(trainer);
}

static void test_goes_on_to_the_same_bits(void **state)
{
    (void)state;
    static const int with_weights[] = { 5, 11, 14,
                                        19 }; /* projections, schedules, connector, CRF */
    for (int i = 0; i < 4; i++) {
        const run  *r = &runs[with_weights[i]];
        kd_error    err;
        bench       whole, first, second;
        kd_trainer *trainer;
        set_up(&whole, r);
        set_up(&first, r);
        set_up(&second, r);
        whole.train.epochs = first.train.epochs = second.train.epochs = 10;
        train_once(&whole.training);
        first.halt.updates = 35; /* of 40, in doktra's second phase */
        assert_ok(kd_trainer_create(&trainer, &first.training, &err), &err);
        assert_fails(KD_ESTOPPED, "stopped in epoch", kd_trainer_run(trainer, &err), &err);
        kd_trainer_destroy(trainer);
        continue_from(&first, &second);
        assert_memory_equal(kd_params_block(second.params, KD_VALUES),
                            kd_params_block(whole.params, KD_VALUES),
                            kd_params_span(whole.params) * sizeof(float));
        tear_down(&whole);
        tear_down(&first);
        tear_down(&second);
    }
}

/* ---- a teacher's inside that is kept ---- */

/* Arrays as a store would keep them, in memory. */
typedef struct {
    kd_states states;
    float    *floats[KD_INSIDE_KINDS][KD_LAYERS_MAX + 1];
    uint16_t *halves[KD_INSIDE_KINDS][KD_LAYERS_MAX + 1];
    size_t    filled[KD_INSIDE_KINDS][KD_LAYERS_MAX + 1];
} shelf;

static kd_status put_on_shelf(void *user, kd_inside_kind kind, int layer, const float *numbers,
                              size_t count, kd_error *err)
{
    shelf *s = user;
    (void)err;
    memcpy(s->floats[kind][layer] + s->filled[kind][layer], numbers, count * sizeof *numbers);
    s->filled[kind][layer] += count;
    return KD_OK;
}

/* What the bench's method compares, asked once. */
static void fill_shelf(shelf *s, const bench *b, bool is_half)
{
    kd_error         err;
    const kd_arch   *teacher = kd_model_arch(b->teacher);
    const kd_method *method = b->recipe.method;
    size_t           rows, cols, length[KD_INSIDE_KINDS];
    *s = (shelf){ .states = { .teacher = *teacher } };
    kd_method_inside(&s->states.inside, method, &b->recipe.options, b->pack.task,
                     kd_model_arch(b->model), teacher);
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++) {
        kd_states_shape(&rows, &cols, k, s->states.inside.is_of_firsts, teacher, &b->pack);
        length[k] = rows * (cols ? cols : 1);
        for (int l = 0; l <= KD_LAYERS_MAX; l++)
            if (s->states.inside.has[k][l]) s->floats[k][l] = kd_alloc(length[k], sizeof(float));
    }
    kd_inside_taker taker = { put_on_shelf, s };
    assert_ok(kd_predict_inside(b->teacher, &b->pack, &s->states.inside, KD_F32, 1, &taker, &err),
              &err);
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++)
        for (int l = 0; l <= KD_LAYERS_MAX; l++) {
            if (!s->floats[k][l]) continue;
            assert_int_equal(s->filled[k][l], length[k]);
            s->states.kept[k][l].floats = s->floats[k][l];
            if (!is_half) continue;
            s->halves[k][l] = kd_alloc(length[k], sizeof(uint16_t));
            kd_halves_encode(length[k], s->floats[k][l], s->halves[k][l]);
            s->states.kept[k][l] = (kd_kept){ NULL, s->halves[k][l] };
        }
}

static void clear_shelf(shelf *s)
{
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++)
        for (int l = 0; l <= KD_LAYERS_MAX; l++) {
            free(s->floats[k][l]);
            free(s->halves[k][l]);
        }
}

/* The weights that a run ends with, by a teacher that is asked or one whose inside is kept. */
static void train_by(bench *b, const run *r, shelf *s, bool is_half)
{
    set_up(b, r);
    b->train.epochs = 5; /* shuffled, 20 sentences by 6: the last batch is smaller */
    if (s) {
        fill_shelf(s, b, is_half);
        b->training.states = &s->states;
        b->training.teacher = NULL;
    }
    train_once(&b->training);
}

/* Runs whose method compares what is inside the teacher, and that can be kept. */
static bool looks_inside(const run *r)
{
    recipe    rec;
    kd_inside inside;
    kd_arch   student = encoder(r->task, 2, 8), teacher = encoder(r->task, 4, r->width);
    set_method(&rec, r->method);
    put(&rec, r->key, r->value);
    kd_method_inside(&inside, rec.method, &rec.options, r->task, &student, &teacher);
    return !kd_inside_is_empty(&inside);
}

static void test_learns_the_same_bits_from_kept_states(void **state)
{
    (void)state;
    int kept_runs = 0;
    student_dropout = 0.1; /* its streams must not notice where the teacher's side comes from */
    for (int i = 0; i < RUNS; i++) {
        bench asked, kept;
        shelf s;
        if (!looks_inside(&runs[i])) continue;
        train_by(&asked, &runs[i], NULL, false);
        train_by(&kept, &runs[i], &s, false);
        if (memcmp(kd_params_block(asked.params, KD_VALUES),
                   kd_params_block(kept.params, KD_VALUES),
                   kd_params_span(asked.params) * sizeof(float)) != 0)
            fail_msg("run %d, %s: other weights", i, runs[i].method);
        kept_runs++;
        clear_shelf(&s);
        tear_down(&asked);
        tear_down(&kept);
    }
    student_dropout = 0;
    assert_int_equal(kept_runs, 17); /* all but kl, soft-ce and doktra's ablation */
}

/* Halves are off by at most 2^-11 of a number; after five epochs a weight is off by little more. */
static void test_learns_nearly_the_same_from_halves(void **state)
{
    (void)state;
    for (int i = 3; i < RUNS; i++) {
        bench asked, kept;
        shelf s;
        if (!looks_inside(&runs[i])) continue;
        train_by(&asked, &runs[i], NULL, false);
        train_by(&kept, &runs[i], &s, true);
        const float *a = kd_params_block(asked.params, KD_VALUES);
        const float *b = kd_params_block(kept.params, KD_VALUES);
        double       square = 0, difference = 0;
        for (size_t k = 0; k < kd_params_span(asked.params); k++) {
            square += (double)a[k] * (double)a[k];
            difference += ((double)a[k] - (double)b[k]) * ((double)a[k] - (double)b[k]);
        }
        bool is_of_signs = strcmp(runs[i].method, "doktra") == 0; /* which halves keep */
        if (difference == 0 && !is_of_signs)
            fail_msg("run %d, %s: halves made no difference", i, runs[i].method);
        if (sqrt(difference / square) > 5e-3)
            fail_msg("run %d, %s: weights are off by %g", i, runs[i].method,
                     sqrt(difference / square));
        clear_shelf(&s);
        tear_down(&asked);
        tear_down(&kept);
    }
}

static void test_keeps_just_the_layers_that_are_compared(void **state)
{
    (void)state;
    static const struct {
        run         of;
        const char *hidden, *probs, *scores;
        bool        is_of_firsts;
    } cases[] = {
        { { "tinybert", KD_TASK_NER, 8, NULL, NULL }, "0 2 4", "2 4", "", false },
        { { "tinybert", KD_TASK_NER, 8, "pairing", "source" }, "0 1 3", "1 3", "", false },
        { { "tinybert", KD_TASK_NER, 8, "attention_target", "scores" }, "0 2 4", "", "2 4", false },
        { { "tinybert", KD_TASK_NER, 8, "embedding_weight", "0" }, "2 4", "2 4", "", false },
        { { "tinybert", KD_TASK_NER, 8, "hidden_weight", "0" }, "0", "2 4", "", false },
        { { "tinybert", KD_TASK_NER, 8, "attention_weight", "0" }, "0 2 4", "", "", false },
        { { "tinybert", KD_TASK_NER, 8, "teacher_mode", "train" }, "", "", "", false },
        { { "distilbert", KD_TASK_NER, 8, NULL, NULL }, "4", "", "", false },
        { { "compact", KD_TASK_NER, 8, NULL, NULL }, "2 4", "2 4", "", false },
        { { "pkd", KD_TASK_NER, 8, NULL, NULL }, "2", "", "", false },
        { { "pkd", KD_TASK_RE, 8, NULL, NULL }, "2", "", "", true },
        { { "pkd", KD_TASK_RE, 8, "hidden_weight", "0" }, "", "", "", true },
        { { "fastbioner", KD_TASK_NER, 8, NULL, NULL }, "2 4", "", "", false },
        { { "fastbioner", KD_TASK_NER, 8, "attention_schedule", "exp" }, "2 4", "2 4", "", false },
        { { "fastbioner", KD_TASK_NER, 8, "embedding_schedule", "exp" }, "0 2 4", "", "", false },
        { { "fastbioner", KD_TASK_NER, 8, "hidden_schedule", "off" }, "", "", "", false },
        { { "doktra", KD_TASK_RE, 8, NULL, NULL }, "4", "", "", true },
        { { "doktra", KD_TASK_RE, 8, "first_phase", "kl" }, "", "", "", false },
        { { "kl", KD_TASK_NER, 8, NULL, NULL }, "", "", "", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const run        *r = &cases[i].of;
        const char *const want[] = { cases[i].hidden, cases[i].probs, cases[i].scores };
        recipe            rec;
        kd_inside         inside, back = { .is_of_firsts = cases[i].is_of_firsts };
        kd_arch           student = encoder(r->task, 2, 8), teacher = encoder(r->task, 4, r->width);
        set_method(&rec, r->method);
        put(&rec, r->key, r->value);
        kd_method_inside(&inside, rec.method, &rec.options, r->task, &student, &teacher);
        for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++) {
            kd_str text = KD_STR_INIT;
            kd_inside_print(&inside, k, &text);
            if (strcmp(text.text, want[k]) != 0)
                fail_msg("case %zu, %s: %s layers '%s'", i, r->method, kd_inside_word(k),
                         text.text);
            assert_true(kd_inside_parse(&back, k, text.text));
            kd_str_fini(&text);
        }
        assert_int_equal(inside.is_of_firsts, cases[i].is_of_firsts);
        assert_memory_equal(&inside, &back, sizeof inside);
    }
    kd_inside inside = { .is_of_firsts = false };
    assert_false(kd_inside_parse(&inside, KD_INSIDE_PROBS, "1 x"));
    assert_false(kd_inside_parse(&inside, KD_INSIDE_PROBS, "257"));
    assert_false(kd_inside_parse(&inside, KD_INSIDE_PROBS, "-1"));
}

static void test_refuses_states_that_lack_a_layer(void **state)
{
    (void)state;
    kd_error    err;
    bench       b;
    shelf       s;
    kd_trainer *trainer;
    set_up(&b, &runs[8]); /* compact */
    fill_shelf(&s, &b, false);
    b.training.states = &s.states;
    s.states.inside.has[KD_INSIDE_PROBS][4] = false;
    assert_fails(KD_EDATA, "the kept states have no probs of layer 4, which compact compares",
                 kd_trainer_create(&trainer, &b.training, &err), &err);
    s.states.inside.has[KD_INSIDE_PROBS][4] = true;
    s.states.inside.is_of_firsts = true;
    assert_fails(KD_EDATA, "of first pieces alone, and compact compares all",
                 kd_trainer_create(&trainer, &b.training, &err), &err);
    s.states.inside.is_of_firsts = false;
    s.states.teacher.hidden = 12;
    assert_fails(KD_ECONFIG, "student.hidden = 8, teacher.hidden = 12",
                 kd_trainer_create(&trainer, &b.training, &err), &err);
    clear_shelf(&s);
    tear_down(&b);
}

static void test_keeps_the_history_of_parts_that_come_and_go(void **state)
{
    (void)state;
    kd_error    err;
    bench       b;
    kd_trainer *trainer;
    set_up(&b, &runs[13]);
    b.train.epochs = 10;
    assert_ok(kd_trainer_create(&trainer, &b.training, &err), &err);
    assert_ok(kd_trainer_run(trainer, &err), &err);
    kd_history history = kd_trainer_history(trainer);
    assert_int_equal(history.part_count, 2);
    assert_string_equal(history.part_names[0], "boundary");
    assert_string_equal(history.part_names[1], "hard");
    assert_true(isfinite(history.moments[7].part[0]) && isnan(history.moments[7].part[1]));
    assert_true(isnan(history.moments[8].part[0]) && isfinite(history.moments[8].part[1]));
    assert_true(history.moments[7].part[0] < history.moments[0].part[0]);
    kd_trainer_destroy(trainer);
    tear_down(&b);
}

/* ---- what does not fit ---- */

static void test_says_what_is_missing(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        int         layers, hidden, heads; /* of a student below 4 layers, 8 wide, of 2 heads */
        const char *words;
    } cases[] = {
        { "compact", 3, 8, 2, "teacher.layers = 4 is no multiple of student.layers = 3" },
        { "compact", 2, 4, 2, "student.hidden = 4, teacher.hidden = 8" },
        { "compact", 2, 8, 4, "student.heads = 4, teacher.heads = 2" },
        { "tinybert", 2, 4, 4, "compares attention head by head" },
        { "pkd", 1, 8, 2, "every layer but the last, and student.layers = 1" },
        { "distilbert", 3, 6, 2, "compares states of one width" },
    };
    kd_error err;
    recipe   rec;
    kd_arch  teacher = encoder(KD_TASK_NER, 4, 8), student = teacher;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        student.layers = cases[i].layers;
        student.hidden = cases[i].hidden;
        student.encoder.heads = cases[i].heads;
        set_method(&rec, cases[i].method);
        assert_fails(KD_ECONFIG, cases[i].words,
                     kd_method_fits(rec.method, &rec.options, &student, &teacher, &err), &err);
    }
    student.kind = KD_KIND_BILSTM;
    set_method(&rec, "tinybert");
    assert_fails(KD_ECONFIG,
                 "tinybert needs the student's attention maps, which a bilstm does not have",
                 kd_method_fits(rec.method, &rec.options, &student, &teacher, &err), &err);
    set_method(&rec, "fastbioner");
    assert_fails(KD_ECONFIG, "fastbioner needs the student's hidden states",
                 kd_method_fits(rec.method, &rec.options, &student, &teacher, &err), &err);
    put(&rec, "hidden_schedule", "off");
    assert_ok(kd_method_fits(rec.method, &rec.options, &student, &teacher, &err), &err);
    set_method(&rec, "crf-posterior");
    assert_fails(KD_ECONFIG, "compares tags under a CRF, and the student has none: set student.crf",
                 kd_method_fits(rec.method, &rec.options, &student, &teacher, &err), &err);
    student.crf = true;
    assert_fails(KD_ECONFIG, "compares tags under a CRF, and the teacher has none: set teacher.crf",
                 kd_method_fits(rec.method, &rec.options, &student, &teacher, &err), &err);
    teacher.crf = true;
    assert_ok(kd_method_fits(rec.method, &rec.options, &student, &teacher, &err), &err);
    set_method(&rec, "logit-mse");
    put(&rec, "confidence_penalty", "0.1");
    assert_fails(KD_ECONFIG,
                 "distill.confidence_penalty: is for tags that are predicted each for "
                 "itself, not by a CRF",
                 kd_method_fits(rec.method, &rec.options, &student, &teacher, &err), &err);
    assert_fails(KD_ECONFIG,
                 "doktra is not defined for named entities: it learns from one label a sentence",
                 kd_method_check(kd_method_find("doktra"), KD_TASK_NER, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overfits_twenty_sentences_by_every_method),
        cmocka_unit_test(test_moves_activations_across_the_boundary),
        cmocka_unit_test(test_asks_a_teacher_in_training_mode_in_every_step),
        cmocka_unit_test(test_can_compare_maps_after_a_dropout),
        cmocka_unit_test(test_has_the_gradient_that_differences_say),
        cmocka_unit_test(test_goes_on_to_the_same_bits),
        cmocka_unit_test(test_learns_the_same_bits_from_kept_states),
        cmocka_unit_test(test_learns_nearly_the_same_from_halves),
        cmocka_unit_test(test_keeps_just_the_layers_that_are_compared),
        cmocka_unit_test(test_refuses_states_that_lack_a_layer),
        cmocka_unit_test(test_keeps_the_history_of_parts_that_come_and_go),
        cmocka_unit_test(test_says_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
