/* trainer_create.c - a training is checked, and what it needs is made. */
#include "distill/trainer_internal.h"

#include <stdlib.h>

#include "harness/base/digest.h"

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
    t->at = (kd_trainer_position){ .setup = setup_digest(training), .best = -1 };
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
