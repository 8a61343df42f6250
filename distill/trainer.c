/* trainer.c - the loop: batch, lesson, way back, update; evaluation after an epoch.
 *
 *     for each epoch
 *         order of sentences                       stream "shuffle", epoch
 *         for each update
 *             for each of its batches              stream "dropout", batch since the start
 *                 gather -> network -> lesson -> loss -> way back
 *             clip and update
 *             safe point
 *         evaluate on devel, keep the best weights
 *
 * A safe point lies between two updates, where all gradients are zero. What stands in
 * `struct position` and in the parameters' blocks is then all there is to save. */
#include "distill/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/batch.h"
#include "harness/base/clock.h"
#include "harness/base/digest.h"
#include "harness/base/vec.h"

#define ROW(kind, member, ...) KD_##kind##_ROW(kd_train_options, member, #member, __VA_ARGS__)

const kd_setting kd_train_settings[] = {
    ROW(INT, epochs, "10", 1, 100000, NULL, "passes over the training split"),
    ROW(INT, batch, "32", 1, 65536, NULL, "sentences in a batch"),
    ROW(INT, accumulate, "1", 1, 4096, NULL, "batches whose gradients make one update"),
    ROW(BOOL, shuffle, "true", NULL, "new order every epoch, or the order of the file"),
    ROW(INT, evaluate, "1", 1, 100000, NULL, "evaluate on devel every so many epochs"),
    ROW(INT, patience, "0", 0, 100000, NULL,
        "stop after so many evaluations without a better one; 0 never stops early"),
    ROW(TEXT, select, "best", "best last", NULL,
        "which weights are kept: best on devel, or the last"),
    ROW(REAL, checkpoint_s, "60", 0, 1e9, NULL, "seconds between checkpoints; 0 for none"),
    KD_SETTING_END,
};

enum { PART_NAME = 16 };

/* Where training stands. Plain bytes: kd_trainer_save copies it. */
typedef struct {
    uint64_t setup;      /* digest of what must agree when it is restored */
    int32_t  epoch;      /* that is running, from 0 */
    int32_t  batch;      /* next batch of it */
    int64_t  batches;    /* since the start */
    int64_t  updates;    /* since the start */
    int32_t  best;       /* index into the moments, -1 for none */
    int32_t  stale;      /* evaluations since then */
    int32_t  moments;    /* how many there are */
    int32_t  part_count; /* kinds of parts met so far */
    char     part_name[KD_LOSS_PARTS_MAX][PART_NAME];
    int32_t  part_batches[KD_LOSS_PARTS_MAX];       /* of this epoch that had the part */
    double   loss_sum, part_sum[KD_LOSS_PARTS_MAX]; /* over the batches of this epoch */
    double   train_s, tokens;
} position;

struct kd_trainer {
    kd_training      with;
    const kd_method *method;
    unsigned         needs; /* of the method, with its settings */
    kd_tape         *tape;
    kd_tape         *teacher_tape; /* without gradients; NULL when no teacher is asked */
    kd_batcher      *batcher;
    kd_optim        *optim;
    int32_t         *order; /* (B) of this epoch */
    int32_t          order_epoch;
    int              batches_an_epoch;
    int64_t          updates_in_all;
    position         at;
    KD_VEC(kd_moment) moments;
    float *best;  /* weights of the best evaluation */
    double since; /* when the clock of train_s was last read */
};

/* ---- create ---- */

static uint64_t setup_digest(const kd_training *with)
{
    const struct {
        int64_t  sentences, pieces, span;
        uint64_t key;
        int32_t  epochs, batch, accumulate, shuffle;
    } parts = { with->train->sentences,
                with->train->pieces,
                (int64_t)kd_params_span(with->params),
                with->root.key,
                with->train_options->epochs,
                with->train_options->batch,
                with->train_options->accumulate,
                with->train_options->shuffle };
    return kd_checksum(&parts, sizeof parts, 1);
}

static kd_status check(const kd_training *with, const kd_method *method, kd_error *err)
{
    const kd_pack *pack = with->train;
    kd_status      status = kd_method_check(method, pack->task, err);
    if (status != KD_OK) return status;
    if (with->train_options->batch > pack->sentences)
        return kd_fail(err, KD_ECONFIG, "train.batch: %d is more than the %d sentences there are",
                       with->train_options->batch, pack->sentences);
    return KD_OK;
}

static kd_status check_targets(const kd_training *with, const kd_method *method, kd_error *err)
{
    const kd_pack *pack = with->train;
    if (!with->targets)
        return kd_fail(err, KD_ECONFIG, "distill.method: %s needs the teacher's logits",
                       method->name);
    int rows = pack->task == KD_TASK_NER ? pack->pieces : pack->sentences;
    if (with->targets->rows != rows)
        return kd_fail(err, KD_EDATA, "targets are of another corpus: they have %d rows, it has %d",
                       with->targets->rows, rows);
    if (with->targets->labels != kd_model_arch(with->model)->labels)
        return kd_fail(err, KD_EDATA,
                       "targets are of other labels: they have %d, the student has %d",
                       with->targets->labels, kd_model_arch(with->model)->labels);
    return KD_OK;
}

static kd_status check_teacher(const kd_training *with, const kd_method *method, kd_error *err)
{
    if (!with->teacher)
        return kd_fail(err, KD_ECONFIG, "distill.method: %s needs the teacher's network",
                       method->name);
    return kd_method_fits(method, with->distill_options, kd_model_arch(with->model),
                          kd_model_arch(with->teacher), err);
}

static kd_tape *make_tape(const kd_training *with, bool is_training)
{
    return kd_tape_create(&(kd_tape_options){
        .is_training = is_training, .precision = with->precision, .threads = with->threads });
}

kd_status kd_trainer_create(kd_trainer **out, const kd_training *training, kd_error *err)
{
    const kd_method *method = kd_method_find(training->distill_options->method);
    KD_CHECK(method, "no method %s", training->distill_options->method);
    unsigned  needs = kd_method_needs(method, training->distill_options);
    kd_status status = check(training, method, err);
    if (status == KD_OK && needs & KD_NEEDS_LOGITS) status = check_targets(training, method, err);
    if (status == KD_OK && needs & KD_NEEDS_NETWORK) status = check_teacher(training, method, err);
    if (status != KD_OK) return status;

    kd_trainer             *t = kd_alloc(1, sizeof *t);
    const kd_train_options *o = training->train_options;
    t->with = *training;
    t->method = method;
    t->needs = needs;
    t->tape = make_tape(training, true);
    if (needs & KD_NEEDS_NETWORK) t->teacher_tape = make_tape(training, false);
    t->batcher = kd_batcher_create(training->train, training->targets, o->batch,
                                   kd_model_arch(training->model)->labels);
    t->order = kd_alloc((size_t)training->train->sentences, sizeof *t->order);
    t->order_epoch = -1;
    t->batches_an_epoch = (training->train->sentences + o->batch - 1) / o->batch;
    int updates_an_epoch = (t->batches_an_epoch + o->accumulate - 1) / o->accumulate;
    t->updates_in_all = (int64_t)updates_an_epoch * o->epochs;
    t->optim = kd_optim_create(training->optim_options, training->params, t->updates_in_all);
    t->best = kd_alloc(kd_params_span(training->params), sizeof *t->best);
    t->at = (position){ .setup = setup_digest(training), .best = -1 };
    *out = t;
    return KD_OK;
}

void kd_trainer_destroy(kd_trainer *t)
{
    if (!t) return;
    kd_vec_fini(&t->moments);
    kd_tape_destroy(t->tape);
    kd_tape_destroy(t->teacher_tape);
    kd_batcher_destroy(t->batcher);
    kd_optim_destroy(t->optim);
    free(t->order);
    free(t->best);
    free(t);
}

/* ---- one update ---- */

static void set_order(kd_trainer *t)
{
    if (t->order_epoch == t->at.epoch) return;
    size_t count = (size_t)t->with.train->sentences;
    if (t->with.train_options->shuffle) {
        kd_rng rng = kd_rng_split(&t->with.root, "shuffle", (uint64_t)t->at.epoch);
        kd_rng_permute(&rng, t->order, count);
    } else {
        for (size_t i = 0; i < count; i++) t->order[i] = (int32_t)i;
    }
    t->order_epoch = t->at.epoch;
}

/* The place of a part in the history: parts come and go while training. */
static int place_of(kd_trainer *t, const char *name)
{
    int i = 0;
    while (i < t->at.part_count && strcmp(t->at.part_name[i], name) != 0) i++;
    if (i < t->at.part_count) return i;
    KD_CHECK(i < KD_LOSS_PARTS_MAX && strlen(name) < PART_NAME, "no place for part %s", name);
    strcpy(t->at.part_name[i], name);
    t->at.part_count++;
    return i;
}

/* Remember what each part came to. */
static void count_parts(kd_trainer *t, const kd_lesson *lesson, double loss)
{
    t->at.loss_sum += loss;
    for (int i = 0; i < lesson->part_count; i++) {
        int place = place_of(t, lesson->parts[i].name);
        t->at.part_sum[place] += (double)lesson->parts[i].value->x[0];
        t->at.part_batches[place]++;
    }
}

static kd_tensor *total_loss(kd_trainer *t, const kd_lesson *lesson)
{
    kd_tensor *terms[KD_LOSS_PARTS_MAX];
    double     weights[KD_LOSS_PARTS_MAX];
    for (int i = 0; i < lesson->part_count; i++) {
        terms[i] = lesson->parts[i].value;
        weights[i] = lesson->parts[i].weight;
    }
    return kd_op_weighted_sum(t->tape, lesson->part_count, terms, weights);
}

/* What the teacher says of the batch; lives until it is asked again. */
static kd_outputs ask_teacher(kd_trainer *t, const kd_batch *batch, const kd_wants *wants)
{
    kd_tape_reset(t->teacher_tape);
    return kd_model_apply(t->with.teacher, t->teacher_tape, batch, wants);
}

/* Student, teacher, and the parts of the loss. */
static void teach_batch(kd_trainer *t, const kd_batch *batch, kd_lesson *lesson)
{
    kd_wants   wants = kd_needs_wants(t->needs);
    kd_outputs teacher;
    if (t->teacher_tape) {
        teacher = ask_teacher(t, batch, &wants);
        lesson->teacher = &teacher;
    }
    lesson->student = kd_model_apply(t->with.model, t->tape, batch, &wants);
    t->method->teach(lesson);
    if (lesson->part_count == 0) /* all weights are 0 just now: the step moves nothing */
        kd_lesson_add(lesson, "hard", kd_lesson_hard_loss(lesson), 0);
    lesson->teacher = NULL;
}

/* Forward and back over one batch; gradients are added. */
static kd_status learn_batch(kd_trainer *t, kd_error *err)
{
    const kd_train_options *o = t->with.train_options;
    kd_rng                  step = kd_rng_split(&t->with.root, "dropout", (uint64_t)t->at.batches);
    kd_tape_reset(t->tape);
    kd_tape_seed(t->tape, step);

    kd_lesson lesson = {
        .tape = t->tape,
        .options = t->with.distill_options,
        .task = t->with.train->task,
        .params = t->with.params,
        .batch = o->batch,
        .epoch = t->at.epoch,
        .epochs = o->epochs,
        .update = (int)t->at.updates,
        .updates = (int)t->updates_in_all,
    };
    int first = t->at.batch * o->batch;
    int count =
        t->with.train->sentences - first < o->batch ? t->with.train->sentences - first : o->batch;
    kd_batch batch = kd_batcher_gather(t->batcher, t->order + first, count, &lesson);
    teach_batch(t, &batch, &lesson);
    kd_tensor *loss = total_loss(t, &lesson);
    double     value = (double)loss->x[0];
    if (!isfinite(value))
        return kd_fail(err, KD_EDIVERGED, "the loss is not finite in epoch %d, update %lld",
                       t->at.epoch + 1, (long long)t->at.updates + 1);
    kd_tape_backward(t->tape, loss, 1.0f);
    count_parts(t, &lesson, value);
    t->at.tokens += kd_rows_total(&batch.rows);
    t->at.batch++;
    t->at.batches++;
    return KD_OK;
}

static kd_status learn_update(kd_trainer *t, kd_error *err)
{
    int left = t->batches_an_epoch - t->at.batch;
    int count = t->with.train_options->accumulate < left ? t->with.train_options->accumulate : left;
    for (int i = 0; i < count; i++) {
        kd_status status = learn_batch(t, err);
        if (status != KD_OK) return status;
    }
    kd_status status = kd_optim_step(t->optim, 1.0 / count, NULL, err);
    if (status != KD_OK)
        return kd_while(err, status, "epoch %d, update %lld", t->at.epoch + 1,
                        (long long)t->at.updates + 1);
    t->at.updates++;
    return KD_OK;
}

/* ---- epochs ---- */

static void read_clock(kd_trainer *t)
{
    double now = kd_clock_s();
    t->at.train_s += now - t->since;
    t->since = now;
}

static double evaluate(kd_trainer *t)
{
    float *logits;
    int    rows, labels;
    kd_predict_logits(t->with.model, t->with.devel, t->with.precision, t->with.threads, &logits,
                      &rows, &labels);
    double score = t->with.judge.score(t->with.judge.user, logits, rows, labels);
    free(logits);
    return score;
}

static bool is_evaluated(const kd_trainer *t)
{
    int done = t->at.epoch + 1;
    return t->with.devel &&
           (done % t->with.train_options->evaluate == 0 || done == t->with.train_options->epochs);
}

static void keep_if_best(kd_trainer *t, double score)
{
    bool selects = strcmp(t->with.train_options->select, "best") == 0;
    bool is_better = t->at.best < 0 || score > t->moments.items[t->at.best].score;
    if (selects && !is_better) {
        t->at.stale++;
        return;
    }
    t->at.stale = is_better ? 0 : t->at.stale + 1;
    t->at.best = (int32_t)t->moments.count;
    memcpy(t->best, kd_params_block(t->with.params, KD_VALUES),
           kd_params_span(t->with.params) * sizeof *t->best);
}

static void finish_epoch(kd_trainer *t)
{
    kd_moment moment = { .epoch = t->at.epoch + 1, .score = NAN };
    int       batches = t->batches_an_epoch;
    moment.loss = t->at.loss_sum / batches;
    for (int i = 0; i < KD_LOSS_PARTS_MAX; i++)
        moment.part[i] = t->at.part_batches[i] ? t->at.part_sum[i] / t->at.part_batches[i] : NAN;
    read_clock(t);
    moment.seconds = t->at.train_s;
    if (is_evaluated(t)) {
        moment.score = evaluate(t);
        keep_if_best(t, moment.score);
        t->since = kd_clock_s(); /* evaluation is no training time */
    }
    kd_vec_push(&t->moments, moment);
    t->at.moments = (int32_t)t->moments.count;
    t->at.epoch++;
    t->at.batch = 0;
    t->at.loss_sum = 0;
    memset(t->at.part_sum, 0, sizeof t->at.part_sum);
    memset(t->at.part_batches, 0, sizeof t->at.part_batches);
}

static void tell(const kd_trainer *t)
{
    if (!t->with.watch.on_epoch) return;
    const kd_moment *last = &t->moments.items[t->moments.count - 1];
    kd_epoch_report  report = {
         .epoch = last->epoch,
         .epochs = t->with.train_options->epochs,
         .loss = last->loss,
         .score = last->score,
         .best = t->at.best < 0 ? NAN : t->moments.items[t->at.best].score,
         .tokens_per_s = t->at.train_s > 0 ? t->at.tokens / t->at.train_s : 0,
    };
    t->with.watch.on_epoch(t->with.watch.user, &report);
}

static bool has_ended(const kd_trainer *t)
{
    const kd_train_options *o = t->with.train_options;
    return t->at.epoch >= o->epochs || (o->patience > 0 && t->at.stale >= o->patience);
}

static bool asked_to_stop(kd_trainer *t)
{
    read_clock(t);
    bool stop = t->with.watch.at_safe_point && t->with.watch.at_safe_point(t->with.watch.user, t);
    t->since = kd_clock_s(); /* nor is a checkpoint */
    return stop;
}

static void take_best_weights(kd_trainer *t)
{
    if (t->at.best < 0) return;
    memcpy(kd_params_block(t->with.params, KD_VALUES), t->best,
           kd_params_span(t->with.params) * sizeof *t->best);
    kd_params_touch(t->with.params);
}

kd_status kd_trainer_run(kd_trainer *t, kd_error *err)
{
    t->since = kd_clock_s();
    while (!has_ended(t)) {
        set_order(t);
        kd_status status = learn_update(t, err);
        if (status != KD_OK) return status;
        if (t->at.batch == t->batches_an_epoch) {
            finish_epoch(t);
            tell(t);
        }
        if (!has_ended(t) && asked_to_stop(t))
            return kd_fail(err, KD_ESTOPPED, "stopped in epoch %d of %d", t->at.epoch + 1,
                           t->with.train_options->epochs);
    }
    read_clock(t);
    take_best_weights(t);
    return KD_OK;
}

/* ---- save and restore ---- */

int64_t kd_trainer_updates(const kd_trainer *t)
{
    return t->at.updates;
}

float *kd_trainer_best_weights(kd_trainer *t)
{
    return t->best;
}

void kd_trainer_save(const kd_trainer *t, kd_str *out)
{
    kd_str_add_bytes(out, &t->at, sizeof t->at);
    kd_str_add_bytes(out, t->moments.items, t->moments.count * sizeof *t->moments.items);
}

kd_status kd_trainer_restore(kd_trainer *t, const void *bytes, size_t length, kd_error *err)
{
    position at;
    if (length < sizeof at) return kd_fail(err, KD_EDATA, "a checkpoint's state is too short");
    memcpy(&at, bytes, sizeof at);
    if (at.setup != t->at.setup || at.moments < 0 ||
        length != sizeof at + (size_t)at.moments * sizeof(kd_moment))
        return kd_fail(err, KD_EDATA, "a checkpoint's state is of another training");
    t->at = at;
    kd_vec_reset(&t->moments);
    kd_vec_reserve(&t->moments, (size_t)at.moments);
    if (at.moments > 0) /* before the first epoch has ended there is no block to fill */
        memcpy(t->moments.items, (const char *)bytes + sizeof at,
               (size_t)at.moments * sizeof(kd_moment));
    t->moments.count = (size_t)at.moments;
    kd_optim_resume(t->optim, at.updates);
    kd_params_touch(t->with.params);
    return KD_OK;
}

kd_history kd_trainer_history(const kd_trainer *t)
{
    kd_history history = { .count = (int)t->moments.count,
                           .moments = t->moments.items,
                           .part_count = t->at.part_count,
                           .best = t->at.best,
                           .train_s = t->at.train_s,
                           .tokens = t->at.tokens };
    for (int i = 0; i < t->at.part_count; i++) history.part_names[i] = t->at.part_name[i];
    return history;
}
