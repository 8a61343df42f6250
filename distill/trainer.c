/* trainer.c - the loop: batch, lesson, way back, update; evaluation after an epoch or some updates.
 *
 *     for each epoch
 *         order of sentences (sampler.h)             words to hide: stream "mask", epoch
 *         for each update
 *             for each of its batches              streams "dropout", "teacher", batch since the start
 *                 gather [-> hide words] -> network -> lesson -> loss -> way back
 *             clip and update
 *             does a moment end here?              after an epoch, or after some updates
 *                 evaluate on devel, keep the best weights
 *             safe point
 *
 * With peers a batch is cut, and the way back of an update's last batch sends gradients on as they become complete.
 *
 * A safe point lies between two updates, where all gradients are zero. What stands in
 * `struct position` and in the parameters' blocks is then all there is to save. */
#include "distill/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/batch.h"
#include "distill/buckets.h"
#include "distill/by_word.h"
#include "distill/sampler.h"
#include "harness/base/clock.h"
#include "harness/base/digest.h"
#include "harness/base/vec.h"

static const kd_choice wires[] = { { "f32", KD_WIRE_F32 },
                                   { "bf16", KD_WIRE_BF16 },
                                   KD_CHOICE_END };

#define ROW(kind, member, ...) KD_##kind##_ROW(kd_train_options, member, #member, __VA_ARGS__)

static const kd_choice selections[] = { { "best", KD_SELECT_BEST },
                                        { "last", KD_SELECT_LAST },
                                        KD_CHOICE_END };

const kd_setting kd_train_settings[] = {
    ROW(INT, epochs, "10", 0, 100000, NULL,
        "passes over the training split; 0 leaves the first weights as they are"),
    ROW(INT, steps, "0", 0, 1000000000, NULL,
        "updates in all, wherever the epoch then is; 0: as many as `epochs` have"),
    ROW(INT, batch, "32", 1, 65536, NULL, "sentences in a batch"),
    ROW(INT, accumulate, "1", 1, 4096, NULL, "batches whose gradients make one update"),
    ROW(BOOL, shuffle, "true", NULL, "new order every epoch, or the order of the file"),
    ROW(INT, evaluate, "1", 1, 100000, NULL, "evaluate on devel every so many epochs"),
    ROW(INT, evaluate_steps, "0", 0, 1000000000, NULL,
        "evaluate every so many updates instead; 0: by epochs"),
    ROW(INT, patience, "0", 0, 100000, NULL,
        "stop after so many evaluations without a better one; 0 never stops early"),
    ROW(CHOICE, select, "best", selections, NULL,
        "which weights are kept: best on devel, or the last"),
    { .key = "select_by",
      .type = KD_SETTING_TEXT,
      .offset = offsetof(kd_train_options, select_by),
      .size = sizeof((kd_train_options *)0)->select_by,
      .fallback = "",
      .before = "",
      .help =
          "number on devel that best is by, as tables call it: token_micro.f1, accuracy; empty: "
          "strict entity F1, relation F1, document F1" },
    ROW(REAL, explode, "1000", 0, 1e30, NULL,
        "a loss so many times the first one (or 1, if that was less) has diverged; 0: never"),
    ROW(REAL, checkpoint_s, "60", 0, 1e9, NULL, "seconds between checkpoints; 0 for none",
        .flags = KD_ROW_TOLD),
    ROW(INT, ranks, "1", 1, 1024, NULL, "processes that share every batch, each on `threads` cores",
        .before = "1", .flags = KD_ROW_KIND),
    ROW(CHOICE, wire, "f32", wires, NULL,
        "how ranks send each other gradients: as they are, or rounded to half of the bytes",
        .before = "f32"),
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
    int32_t  since_moment;                          /* batches since the last one */
    int32_t  part_batches[KD_LOSS_PARTS_MAX];       /* of those that had the part */
    double   loss_sum, part_sum[KD_LOSS_PARTS_MAX]; /* over those batches */
    double   first_loss;                            /* of the first batch of all */
    int64_t  clipped;
    double   train_s, sentences, tokens;
} position;

struct kd_trainer {
    kd_training       with;
    unsigned          needs; /* of the method, with its settings */
    kd_tape          *tape;
    kd_tape          *teacher_tape; /* without gradients; NULL when no teacher is asked */
    kd_states_reader *states;       /* in its place; NULL when nothing is kept */
    kd_batcher       *batcher;
    kd_batcher       *reader;  /* of the teacher's own pieces; NULL: it reads the student's */
    kd_buckets       *buckets; /* NULL without peers */
    kd_share          share;   /* of the batch in hand, in the student's pieces, */
    kd_share          asked;   /* and in the teacher's own */
    kd_optim         *optim;
    kd_sampler       *sampler;
    int               batches_an_epoch;
    int               epochs; /* that the updates reach into */
    int64_t           updates_in_all;
    position          at;
    KD_VEC(kd_moment) moments;
    float *best;  /* weights of the best evaluation */
    double since; /* when the clock of train_s was last read */
};

/* ---- create ---- */

static int count_ranks(const kd_training *with)
{
    return with->peers ? with->peers->count : 1;
}

static uint64_t setup_digest(const kd_training *with)
{
    const kd_train_options *o = with->train_options;
    const int64_t           parts[] = { with->train->sentences,
                                        with->train->pieces,
                                        (int64_t)kd_params_span(with->params),
                                        (int64_t)with->root.key,
                                        o->epochs,
                                        o->steps,
                                        o->batch,
                                        o->accumulate,
                                        o->shuffle };
    uint64_t                digest = kd_checksum(&parts, sizeof parts, 1);
    int                     ranks = count_ranks(with);
    if (with->unlabelled_share != 0)
        digest = kd_checksum(&with->unlabelled_share, sizeof with->unlabelled_share, digest);
    return ranks == 1 ? digest : kd_checksum(&ranks, sizeof ranks, digest);
}

static kd_sampler_options sampling_of(const kd_training *with)
{
    int told = kd_pack_told(with->train);
    return (kd_sampler_options){ .batch = with->train_options->batch,
                                 .told = told,
                                 .untold = with->train->sentences - told,
                                 .share = with->unlabelled_share,
                                 .is_random = with->train_options->shuffle,
                                 .root = with->root };
}

static kd_status check_peers(const kd_training *with, kd_error *err)
{
    int ranks = count_ranks(with);
    if (ranks <= with->train_options->batch) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "%sranks: %d are more than the %d sentences of a batch",
                   with->keys ? with->keys : "train.", ranks, with->train_options->batch);
}

static bool teacher_has_crf(const kd_training *with)
{
    if (with->targets) return with->targets->crf.transitions;
    return with->teacher && kd_model_arch(with->teacher)->crf;
}

static kd_status check(const kd_training *with, const kd_method *method, kd_error *err)
{
    const kd_pack *pack = with->train;
    kd_status      status = kd_method_check(method, pack->task, err);
    if (status == KD_OK)
        status = kd_method_suits(method, with->distill_options, kd_model_arch(with->model)->crf,
                                 teacher_has_crf(with), err);
    if (status != KD_OK) return status;
    KD_CHECK(!with->masker == (pack->task != KD_TASK_TEXT), "trainer: a masker is for texts");
    kd_sampler_options options = sampling_of(with);
    char              *key = kd_sprintf("%sbatch", with->keys ? with->keys : "train.");
    status = kd_sampler_check(&options, key, err);
    free(key);
    return status == KD_OK ? check_peers(with, err) : status;
}

static bool has_labels(const kd_pack *pack)
{
    bool has = !pack->tags;
    for (int n = 0; n < pack->pieces && !has; n++) has = pack->tags[n] != KD_NO_TAG;
    return has;
}

static kd_status check_targets(const kd_training *with, const kd_method *method, kd_error *err)
{
    const kd_pack *pack = with->train;
    if (!with->targets)
        return kd_fail(err, KD_ECONFIG, "distill.method: %s needs the teacher's logits",
                       method->name);
    bool is_by_word = with->targets->is_by_word && pack->task == KD_TASK_NER;
    int  rows = is_by_word ? pack->words : kd_pack_rows(pack);
    if (with->targets->rows != rows)
        return kd_fail(err, KD_EDATA, "targets are of another corpus: they have %d rows, it has %d",
                       with->targets->rows, rows);
    if (with->targets->labels != kd_model_arch(with->model)->labels)
        return kd_fail(err, KD_EDATA,
                       "targets are of other labels: they have %d, the student has %d",
                       with->targets->labels, kd_model_arch(with->model)->labels);
    if (with->distill_options->shared.rows == KD_ROWS_LABELLED && !has_labels(pack))
        return kd_fail(
            err, KD_ECONFIG,
            "distill.rows: no piece of the corpus has a label; all learns at every piece");
    if (kd_method_pads(with->distill_options) && !with->targets->padding)
        return kd_fail(err, KD_EDATA,
                       "distill.padding = source needs targets of PAD, and these "
                       "have none: set targets.padding");
    return KD_OK;
}

static kd_status check_teacher(const kd_training *with, const kd_method *method, kd_error *err)
{
    if (!with->teacher)
        return kd_fail(err, KD_ECONFIG, "distill.method: %s needs the teacher's network",
                       method->name);
    int labels = kd_model_arch(with->model)->labels, of = kd_model_arch(with->teacher)->labels;
    if (labels != of)
        return kd_fail(err, KD_EDATA, "the teacher has %d labels, the student %d", of, labels);
    if (with->reading && with->reading->sentences != with->train->sentences)
        return kd_fail(err, KD_EDATA, "the teacher reads %d sentences, the student %d",
                       with->reading->sentences, with->train->sentences);
    kd_status status = kd_method_fits(method, with->distill_options, kd_model_arch(with->model),
                                      kd_model_arch(with->teacher), err);
    if (status != KD_OK || !with->reading) return status;
    return kd_method_fits_apart(method, with->distill_options, with->train->task,
                                kd_model_arch(with->model), kd_model_arch(with->teacher), err);
}

/* The layers that the method compares have to be among those that were kept. */
static kd_status check_states(const kd_training *with, const kd_method *method, kd_error *err)
{
    kd_inside      needed;
    const kd_arch *student = kd_model_arch(with->model), *teacher = &with->states->teacher;
    kd_status      status = kd_method_fits(method, with->distill_options, student, teacher, err);
    if (status != KD_OK) return status;
    kd_method_inside(&needed, method, with->distill_options, with->train->task, student, teacher);
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++)
        for (int l = 0; l <= KD_LAYERS_MAX; l++)
            if (needed.has[k][l] && !with->states->inside.has[k][l])
                return kd_fail(err, KD_EDATA,
                               "the kept states have no %s of layer %d, which %s compares",
                               kd_inside_word(k), l, method->name);
    if (with->states->inside.is_of_firsts && !needed.is_of_firsts)
        return kd_fail(err, KD_EDATA,
                       "the kept states are of first pieces alone, and %s compares all",
                       method->name);
    return KD_OK;
}

/* A teacher in training mode drops out; nothing on its tape wants a gradient. */
static bool is_teacher_training(const kd_training *with)
{
    return with->distill_options->shared.teacher_mode == KD_TEACHER_TRAIN;
}

static kd_tape *make_tape(const kd_training *with, bool is_training)
{
    return kd_tape_create(&(kd_tape_options){
        .is_training = is_training, .precision = with->precision, .threads = with->threads });
}

static void count_updates(kd_trainer *t)
{
    const kd_train_options *o = t->with.train_options;
    t->batches_an_epoch = kd_sampler_batches(t->sampler);
    int an_epoch = (t->batches_an_epoch + o->accumulate - 1) / o->accumulate;
    t->updates_in_all = o->steps ? o->steps : (int64_t)an_epoch * o->epochs;
    t->epochs = o->steps ? (int)((o->steps + (int64_t)an_epoch - 1) / an_epoch) : o->epochs;
}

kd_status kd_trainer_create(kd_trainer **out, const kd_training *training, kd_error *err)
{
    const kd_method *method = training->method;
    unsigned  needs = kd_method_needs(method, training->distill_options, training->train->task);
    kd_status status = check(training, method, err);
    if (status == KD_OK && needs & KD_NEEDS_LOGITS) status = check_targets(training, method, err);
    bool asks = needs & KD_NEEDS_NETWORK && !training->states;
    if (status == KD_OK && asks) status = check_teacher(training, method, err);
    if (status == KD_OK && training->states) status = check_states(training, method, err);
    if (status != KD_OK) return status;

    kd_trainer             *t = kd_alloc(1, sizeof *t);
    const kd_train_options *o = training->train_options;
    t->with = *training;
    t->needs = needs;
    t->tape = make_tape(training, true);
    if (asks) t->teacher_tape = make_tape(training, is_teacher_training(training));
    if (training->states) t->states = kd_states_reader_create(training->states, training->train);
    t->batcher = kd_batcher_create(training->train, training->targets, o->batch,
                                   kd_model_arch(training->model)->labels);
    if (kd_method_pads(training->distill_options)) kd_batcher_pad(t->batcher, training->pad);
    if (asks && training->reading)
        t->reader = kd_batcher_create(training->reading, NULL, o->batch,
                                      kd_model_arch(training->teacher)->labels);
    kd_sampler_options options = sampling_of(training);
    t->sampler = kd_sampler_create(&options);
    if (training->peers) t->buckets = kd_buckets_create(training->params, training->peers, o->wire);
    count_updates(t);
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
    kd_states_reader_destroy(t->states);
    kd_batcher_destroy(t->batcher);
    kd_batcher_destroy(t->reader);
    kd_buckets_destroy(t->buckets);
    kd_optim_destroy(t->optim);
    kd_sampler_destroy(t->sampler);
    free(t->best);
    free(t);
}

/* ---- one update ---- */

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

/* Of a batch without any label a loss against labels is 0, and no part of the mean. */
static bool says_nothing(const kd_lesson *lesson, const kd_loss_part *part)
{
    return lesson->is_untold && strcmp(part->name, KD_PART_HARD) == 0;
}

/* Remember what each part came to. */
static void count_parts(kd_trainer *t, const kd_lesson *lesson, double loss)
{
    t->at.loss_sum += loss;
    t->at.since_moment++;
    for (int i = 0; i < lesson->part_count; i++) {
        if (says_nothing(lesson, &lesson->parts[i])) continue;
        int place = place_of(t, lesson->parts[i].name);
        t->at.part_sum[place] += (double)lesson->parts[i].value->x[0];
        t->at.part_batches[place]++;
    }
}

/* The sentences of a batch, and which of them are ours. */
typedef struct {
    const int32_t *batch;
    int            count;
    kd_cut         cut;
} portion;

/* Without peers all are. With fewer sentences than ranks some rank has none and goes through the first one, for
 * nothing: all ranks have to ask for the same sums. */
static portion next_portion(kd_trainer *t)
{
    const kd_peers *peers = t->with.peers;
    portion         of = { .cut = { 0, 0 } };
    of.batch = kd_sampler_choose(t->sampler, t->at.epoch, t->at.batch, t->at.batches, &of.count);
    of.cut.count = of.count;
    t->share = (kd_share){ 0 };
    if (!peers) return of;
    of.cut = kd_batcher_cut(t->batcher, of.batch, of.count, peers->rank, peers->count);
    t->share.total = peers->total;
    t->share.user = peers->user;
    t->share.is_idle = of.cut.count == 0;
    if (t->share.is_idle) of.cut = (kd_cut){ 0, 1 };
    return of;
}

/* A text's words, hidden anew in every epoch. What the teacher says is wanted at these rows too, so they alone are
 * decoded, unless a method asks for all. */
static kd_batch hide_words(kd_trainer *t, const kd_batch *batch, const int32_t *numbers,
                           kd_masked *masked, kd_lesson *lesson)
{
    kd_rng stream = kd_rng_split(&t->with.root, "mask", (uint64_t)t->at.epoch);
    bool   is_of_all = t->with.distill_options->shared.rows == KD_ROWS_ALL;
    kd_masker_hide(t->with.masker, &stream, batch, numbers, masked);
    if (is_of_all) masked->batch.at = NULL;
    lesson->labels = is_of_all ? masked->truth : masked->asked;
    return masked->batch;
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

/* Where a tape trains, maps after a dropout. It is one of their own: that which the context
 * went through stays inside the layer. */
static void drop_maps(const kd_trainer *t, kd_tape *tape, const kd_model *model, kd_outputs *out)
{
    if (t->with.distill_options->shared.attention_maps != KD_MAPS_AFTER) return;
    for (int i = 0; out->probs && i < out->map_count; i++)
        out->probs[i] =
            kd_op_dropout_of_maps(tape, out->probs[i], kd_model_arch(model)->encoder.heads,
                                  kd_model_arch(model)->encoder.attention_dropout);
}

/* What a network says of the batch, on its tape. */
static kd_outputs ask(kd_trainer *t, kd_tape *tape, const kd_model *model, const kd_batch *batch)
{
    kd_wants   wants = kd_needs_wants(t->needs);
    kd_outputs out = kd_model_apply(model, tape, batch, &wants);
    drop_maps(t, tape, model, &out);
    return out;
}

/* What was said of the first piece of each sentence, `from` its rows, at the places that those have in `to`; the other
 * rows are zeroes, for nobody who compares first pieces looks there. */
static kd_tensor *move_firsts(kd_tape *tape, const kd_tensor *x, const kd_rows *from,
                              const kd_rows *to)
{
    kd_tensor *out = kd_tape_variable(tape, kd_rows_total(to), x->d);
    memset(out->x, 0, kd_tensor_len(out) * sizeof *out->x);
    for (int i = 0; i < to->count; i++)
        memcpy(kd_tensor_row(out, to->begin[i]), kd_tensor_row(x, from->begin[i]),
               (size_t)x->d * sizeof *out->x);
    return out;
}

/* Tags of the teacher's pieces at the student's, by words. */
static kd_tensor *move_words(kd_trainer *t, const kd_tensor *x, const kd_rows *from,
                             const int32_t *sentences, const kd_rows *to, kd_lesson *lesson)
{
    kd_tensor *out = kd_tape_variable(t->teacher_tape, kd_rows_total(to), x->d);
    uint8_t   *said = kd_tape_alloc(t->teacher_tape, (size_t)out->n, sizeof *said);
    for (int i = 0; i < to->count; i++)
        kd_words_move(t->with.reading, kd_tensor_row(x, from->begin[i]), t->with.train,
                      sentences[i], x->d, kd_tensor_row(out, to->begin[i]), said + to->begin[i]);
    lesson->said = said;
    return out;
}

/* A teacher with pieces of its own reads the same sentences; what may be compared of it are logits, of words or of whole
 * sentences, and states of whole sentences (kd_method_fits_apart), and these stand as if it had read the student's pieces. */
static kd_outputs ask_reader(kd_trainer *t, const portion *of, const kd_rows *rows,
                             kd_lesson *lesson)
{
    kd_lesson own = { .tape = t->teacher_tape };
    kd_batch  batch =
        kd_batcher_gather_cut(t->reader, of->batch, of->count, of->cut, t->asked.before, &own);
    kd_tape_set_share(t->teacher_tape, &t->asked);
    kd_outputs out = ask(t, t->teacher_tape, t->with.teacher, &batch);
    out.last = move_firsts(t->teacher_tape, out.last, &batch.rows, rows);
    for (int l = 0; l < out.hidden_count; l++)
        out.hidden[l] = move_firsts(t->teacher_tape, out.hidden[l], &batch.rows, rows);
    if (t->with.train->task == KD_TASK_NER && t->needs & KD_NEEDS_LIVE)
        out.logits =
            move_words(t, out.logits, &batch.rows, of->batch + of->cut.first, rows, lesson);
    return out;
}

/* Lives until the teacher is asked again. */
static kd_outputs ask_teacher(kd_trainer *t, const kd_batch *batch, const portion *of,
                              kd_lesson *lesson)
{
    kd_tape_reset(t->teacher_tape);
    kd_tape_set_share(t->teacher_tape, &t->share);
    kd_tape_seed(t->teacher_tape, kd_rng_split(&t->with.root, "teacher", (uint64_t)t->at.batches));
    kd_outputs out = t->reader ? ask_reader(t, of, &batch->rows, lesson)
                               : ask(t, t->teacher_tape, t->with.teacher, batch);
    if (!(t->needs & KD_NEEDS_LIVE)) return out;
    lesson->teacher_logits = out.logits->x;
    if (out.crf)
        lesson->teacher_crf =
            (kd_targets_crf){ out.crf->weights.transitions->x, out.crf->weights.start->x,
                              out.crf->weights.end->x };
    return out;
}

/* Student, teacher, and the parts of the loss. */
static void teach_batch(kd_trainer *t, const kd_batch *batch, const portion *of, kd_lesson *lesson)
{
    const int32_t *own = of->batch + of->cut.first;
    kd_outputs     teacher;
    if (t->teacher_tape) teacher = ask_teacher(t, batch, of, lesson);
    if (t->states) teacher = kd_states_read(t->states, t->tape, own, &batch->rows);
    if (t->teacher_tape || t->states) lesson->teacher = &teacher;
    lesson->student = ask(t, t->tape, t->with.model, batch);
    kd_lesson_turn(lesson);
    t->with.method->teach(lesson);
    if (lesson->part_count == 0) /* all weights are 0 just now: the step moves nothing */
        kd_lesson_add(lesson, KD_PART_HARD, kd_lesson_hard_loss(lesson), 0);
    lesson->teacher = NULL;
}

/* Whether the loss of a batch is one that training can go on from. */
static kd_status check_loss(kd_trainer *t, double loss, kd_error *err)
{
    double explode = t->with.train_options->explode;
    if (!isfinite(loss))
        return kd_fail(err, KD_EDIVERGED, "the loss is not finite in epoch %d, update %lld",
                       t->at.epoch + 1, (long long)t->at.updates + 1);
    if (t->at.batches == 0) t->at.first_loss = loss;
    if (explode == 0 || loss <= explode * fmax(1, t->at.first_loss)) return KD_OK;
    return kd_fail(err, KD_EDIVERGED,
                   "the loss has grown from %.3g to %.3g in epoch %d, update %lld; a smaller lr or "
                   "a warmup may help",
                   t->at.first_loss, loss, t->at.epoch + 1, (long long)t->at.updates + 1);
}

/* Pieces of the whole batch in hand. */
static double count_pieces(kd_trainer *t)
{
    double pieces = t->share.is_idle ? 0 : kd_batcher_pieces(t->batcher);
    if (t->with.peers) t->with.peers->total(t->with.peers->user, &pieces, 1);
    return pieces;
}

/* Forward and back over one batch; gradients are added, and after the last one of an update they are sums over all
 * peers. */
static kd_status learn_batch(kd_trainer *t, bool is_last, kd_error *err)
{
    const kd_train_options *o = t->with.train_options;
    kd_rng                  step = kd_rng_split(&t->with.root, "dropout", (uint64_t)t->at.batches);
    kd_tape_reset(t->tape);
    kd_tape_seed(t->tape, step);
    kd_tape_set_share(t->tape, &t->share);

    kd_lesson lesson = {
        .tape = t->tape,
        .options = t->with.distill_options,
        .task = t->with.train->task,
        .params = t->with.params,
        .batch = o->batch,
        .epoch = t->at.epoch,
        .epochs = t->epochs,
        .update = (int)t->at.updates,
        .updates = (int)t->updates_in_all,
    };
    portion  of = next_portion(t);
    kd_batch batch =
        kd_batcher_gather_cut(t->batcher, of.batch, of.count, of.cut, t->share.before, &lesson);
    kd_masked masked;
    if (t->with.masker) batch = hide_words(t, &batch, of.batch + of.cut.first, &masked, &lesson);
    teach_batch(t, &batch, &of, &lesson);
    kd_tensor *loss = total_loss(t, &lesson);
    double     value = (double)loss->x[0];
    kd_status  status = check_loss(t, value, err);
    if (status != KD_OK) return status;
    if (is_last && t->buckets)
        kd_buckets_walk_back(t->buckets, t->tape, loss);
    else
        kd_tape_backward(t->tape, loss, 1.0f);
    count_parts(t, &lesson, value);
    t->at.sentences += of.count;
    t->at.tokens += count_pieces(t);
    t->at.batch++;
    t->at.batches++;
    return KD_OK;
}

static kd_status learn_update(kd_trainer *t, kd_error *err)
{
    int left = t->batches_an_epoch - t->at.batch;
    int count = t->with.train_options->accumulate < left ? t->with.train_options->accumulate : left;
    for (int i = 0; i < count; i++) {
        kd_status status = learn_batch(t, i + 1 == count, err);
        if (status != KD_OK) return status;
    }
    kd_optim_report report;
    kd_status       status = kd_optim_step(t->optim, 1.0 / count, &report, err);
    if (status != KD_OK)
        return kd_while(err, status, "epoch %d, update %lld", t->at.epoch + 1,
                        (long long)t->at.updates + 1);
    t->at.updates++;
    t->at.clipped += report.clip < 1;
    return KD_OK;
}

/* ---- moments ---- */

static void read_clock(kd_trainer *t)
{
    double now = kd_clock_s();
    t->at.train_s += now - t->since;
    t->since = now;
}

/* What of devel is ours to look at. */
static kd_stretch own_stretch(const kd_trainer *t)
{
    const kd_peers *peers = t->with.peers;
    return peers ? kd_stretch_of(t->with.devel, peers->rank, peers->count)
                 : kd_stretch_of(t->with.devel, 0, 1);
}

static void add_scores(const kd_peers *peers, kd_masked_score *score)
{
    double sums[] = { (double)score->asked, (double)score->right, score->loss };
    peers->total(peers->user, sums, 3);
    *score = (kd_masked_score){ (int64_t)sums[0], (int64_t)sums[1], sums[2] };
}

static double evaluate_words(kd_trainer *t)
{
    kd_masked_score score;
    kd_predict_masked_stretch(t->with.model, t->with.devel, own_stretch(t), t->with.masker,
                              t->with.precision, t->with.threads, NULL, &score);
    if (t->with.peers) add_scores(t->with.peers, &score);
    return t->with.judge.score_words(t->with.judge.user, &score);
}

/* Where one has a row the others have zeroes. */
static void add_logits(const kd_peers *peers, float *logits, size_t count)
{
    peers->begin(peers->user, logits, count, KD_WIRE_F32);
    peers->finish(peers->user);
}

static double evaluate_labels(kd_trainer *t)
{
    float *logits;
    int    rows, labels;
    kd_predict_stretch(t->with.model, t->with.devel, own_stretch(t), t->with.precision,
                       t->with.threads, &logits, &rows, &labels);
    if (t->with.peers) add_logits(t->with.peers, logits, (size_t)rows * (size_t)labels);
    double score = t->with.judge.score(t->with.judge.user, logits, rows, labels);
    free(logits);
    return score;
}

/* Peers go by one score, wherever they are. */
static double evaluate(kd_trainer *t)
{
    const kd_peers *peers = t->with.peers;
    double          score = t->with.masker ? evaluate_words(t) : evaluate_labels(t);
    if (peers) peers->give(peers->user, &score, sizeof score);
    return score;
}

static bool is_last_update(const kd_trainer *t)
{
    return t->at.updates == t->updates_in_all;
}

static bool is_epoch_over(const kd_trainer *t)
{
    return t->at.batch == t->batches_an_epoch;
}

static bool is_evaluated(const kd_trainer *t)
{
    const kd_train_options *o = t->with.train_options;
    if (!t->with.devel) return false;
    if (is_last_update(t)) return true;
    if (o->evaluate_steps) return t->at.updates % o->evaluate_steps == 0;
    return is_epoch_over(t) && (t->at.epoch + 1) % o->evaluate == 0;
}

static void keep_if_best(kd_trainer *t, double score)
{
    bool selects = t->with.train_options->select == KD_SELECT_BEST;
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

static void forget_batches(kd_trainer *t)
{
    t->at.since_moment = 0;
    t->at.loss_sum = 0;
    memset(t->at.part_sum, 0, sizeof t->at.part_sum);
    memset(t->at.part_batches, 0, sizeof t->at.part_batches);
}

static void finish_moment(kd_trainer *t)
{
    kd_moment moment = { .epoch = t->at.epoch + 1, .update = t->at.updates, .score = NAN };
    moment.loss = t->at.loss_sum / t->at.since_moment;
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
    forget_batches(t);
}

static void tell(const kd_trainer *t)
{
    if (!t->with.watch.on_epoch) return;
    const kd_moment *last = &t->moments.items[t->moments.count - 1];
    kd_epoch_report  report = {
         .epoch = last->epoch,
         .epochs = t->epochs,
         .loss = last->loss,
         .score = last->score,
         .best = t->at.best < 0 ? NAN : t->moments.items[t->at.best].score,
    };
    t->with.watch.on_epoch(t->with.watch.user, &report);
}

static bool has_ended(const kd_trainer *t)
{
    const kd_train_options *o = t->with.train_options;
    return t->at.updates >= t->updates_in_all || (o->patience > 0 && t->at.stale >= o->patience);
}

/* Of peers rank 0 is asked, and writes the checkpoint; the others do as it says. */
static bool asked_to_stop(kd_trainer *t)
{
    const kd_peers *peers = t->with.peers;
    bool            is_asked = t->with.watch.at_safe_point && (!peers || peers->rank == 0);
    read_clock(t);
    double stop = is_asked && t->with.watch.at_safe_point(t->with.watch.user, t);
    if (peers) peers->total(peers->user, &stop, 1);
    t->since = kd_clock_s(); /* nor is a checkpoint */
    return stop > 0;
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
        kd_status status = learn_update(t, err);
        if (status != KD_OK) return status;
        if (is_epoch_over(t) || is_last_update(t) || is_evaluated(t)) {
            finish_moment(t);
            tell(t);
        }
        if (is_epoch_over(t)) {
            t->at.epoch++;
            t->at.batch = 0;
        }
        if (!has_ended(t) && asked_to_stop(t))
            return kd_fail(err, KD_ESTOPPED, "stopped in epoch %d of %d", t->at.epoch + 1,
                           t->epochs);
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
                           .epochs = t->at.epoch + (t->at.batch > 0),
                           .updates = t->at.updates,
                           .clipped = t->at.clipped,
                           .train_s = t->at.train_s,
                           .sentences = t->at.sentences,
                           .tokens = t->at.tokens };
    for (int i = 0; i < t->at.part_count; i++) history.part_names[i] = t->at.part_name[i];
    return history;
}
