/* cell_model.c - train one network: a teacher, a student, or what a student is before.
 *
 *     corpus, [targets], [states], [teacher], [start]
 *         -> network -> [checkpoint] -> trainer -> measures -> object
 *
 * They differ in nothing but the prefixes of their settings. */
#include "harness/cell/cell_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/trainer.h"
#include "harness/base/clock.h"
#include "harness/base/log.h"
#include "harness/base/process.h"
#include "harness/cell/first_weights.h"
#include "harness/cell/latency.h"
#include "harness/cell/measure.h"
#include "harness/cell/vectors.h"
#include "harness/config/contents.h"
#include "harness/config/options.h"
#include "harness/objects/model.h"
#include "harness/objects/states.h"
#include "harness/objects/targets.h"
#include "harness/store/checkpoint.h"
#include "harness/store/keys.h"

/* Where the settings of each role stand. `mark` begins a key that only that role sets; the last
 * one has none. */
typedef struct {
    const char *mark;
    const char *arch, *train, *distill;
    const char *seed, *init, *label_names;
} role;

static const role roles[] = {
    { "teacher.", "teacher.", "teacher.train.", "teacher.distill.", "teacher.seed", "teacher.init",
      "teacher.label_names" },
    { "finetune.", "student.", "finetune.train.", "finetune.distill.", "seed", "finetune.init",
      "finetune.label_names" },
    { "", "student.", "train.", "distill.", "seed", "student.init", "student.label_names" },
};

/* Everything of one training, from its inputs to its trainer. */
typedef struct {
    const kd_resolved     *node;
    const kd_cell_context *context;
    const role            *role;

    kd_cell_options    options;
    kd_arch            arch;
    kd_train_options   train;
    kd_optim_options   optim;
    const kd_method   *method;
    kd_distill_options distill; /* of that method */
    kd_measure_options measure;
    kd_precision       precision, inference;
    int                seed;

    kd_dataset        dataset;
    bool              has_dataset;
    kd_loaded_targets targets;
    bool              has_targets;
    kd_loaded_states  states; /* what the method compares of a teacher, where that is kept */
    bool              has_states;
    kd_loaded_model   teacher; /* when the method asks it in every step */
    kd_params        *params;
    kd_model         *model;
    kd_trainer       *trainer;
    double            shown;    /* the task's figure at the last evaluation */
    double            saved_at; /* clock of the last checkpoint */
    kd_status         save_status;
    kd_error          save_error;
} job;

/* ---- settings ---- */

/* What a node sets is its own; what it is told is of others. */
static bool sets(const kd_resolved *node, const char *prefix)
{
    for (size_t i = 0; i < node->set_count; i++)
        if (kd_starts_with(node->set[i].key, prefix)) return true;
    return false;
}

static const role *role_of(const kd_resolved *node)
{
    const role *r = roles;
    while (*r->mark && !sets(node, r->mark)) r++;
    return r;
}

static kd_status read_seed(job *j, kd_error *err)
{
    const char *text = kd_resolved_value(j->node, j->role->seed);
    long long   number;
    if (!text || !kd_parse_int(text, &number))
        return kd_fail(err, KD_EDATA, "a model node needs a seed");
    j->seed = (int)number;
    return KD_OK;
}

static kd_status read_method(job *j, kd_error *err)
{
    const char *prefix = j->role->distill;
    char       *key = kd_sprintf("%smethod", prefix);
    const char *name = kd_resolved_value(j->node, key);
    kd_status   status = KD_OK;
    j->method = name ? kd_method_find(name) : kd_methods[0];
    if (!j->method) status = kd_fail(err, KD_ECONFIG, "%s: no method is called %s", key, name);
    free(key);
    if (status != KD_OK) return status;
    return kd_resolved_fill(j->node, prefix, j->method->settings, &j->distill, err);
}

static kd_status read_settings(job *j, kd_error *err)
{
    const char *arch = j->role->arch, *train = j->role->train;
    kd_status   status;
    if ((status = kd_resolved_fill(j->node, "", kd_cell_settings, &j->options, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, arch, kd_arch_settings(), &j->arch, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, train, kd_train_settings, &j->train, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, train, kd_optim_settings, &j->optim, err)) != KD_OK ||
        (status = read_method(j, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, "measure.", kd_measure_settings, &j->measure, err)) !=
            KD_OK)
        return status;
    if ((status = kd_cell_precisions(&j->precision, &j->inference, &j->options, err)) != KD_OK ||
        (j->measure.int8 && (status = kd_gemm_require(KD_INT8, err)) != KD_OK))
        return status; /* said before hours of training and not after them */
    return read_seed(j, err);
}

/* ---- inputs ---- */

static kd_status load_dataset(job *j, kd_error *err)
{
    kd_id     corpus;
    kd_status status = kd_cell_input(&corpus, j->node, KD_INPUT_CORPUS, err);
    if (status != KD_OK) return status;
    status = kd_dataset_load(&j->dataset, j->context->store, corpus,
                             1u << KD_TRAIN | 1u << KD_DEVEL | 1u << KD_TEST, err);
    j->has_dataset = status == KD_OK;
    return status;
}

static kd_status load_targets(job *j, kd_error *err)
{
    kd_id     id;
    kd_status status = kd_cell_input(&id, j->node, KD_INPUT_TARGETS, err);
    if (status != KD_OK) return status;
    j->has_targets = true;
    return kd_loaded_targets_open(&j->targets, j->context->store, id, err);
}

static kd_status load_states(job *j, kd_id id, kd_error *err)
{
    j->has_states = true;
    return kd_loaded_states_open(&j->states, j->context->store, id, &j->dataset.split[KD_TRAIN],
                                 err);
}

static kd_status load_teacher(job *j, kd_error *err)
{
    kd_id     id;
    kd_status status = kd_cell_input(&id, j->node, KD_INPUT_TEACHER, err);
    if (status == KD_OK) status = kd_model_object_agrees(j->context->store, id, &j->dataset, err);
    if (status == KD_OK) status = kd_model_object_load(&j->teacher, j->context->store, id, err);
    return status;
}

/* Whatever the method needs of the teacher. */
static kd_status load_lessons(job *j, kd_error *err)
{
    unsigned  needs = kd_method_needs(j->method, &j->distill);
    kd_id     states = kd_resolved_input_id(j->node, KD_INPUT_STATES);
    kd_status status = KD_OK;
    if (needs & KD_NEEDS_LOGITS) status = load_targets(j, err);
    if (status != KD_OK || !(needs & KD_NEEDS_NETWORK)) return status;
    return kd_id_is_none(states) ? load_teacher(j, err) : load_states(j, states, err);
}

/* ---- the network and its first weights ---- */

static kd_status choose_head(job *j, kd_error *err)
{
    kd_error  own;
    kd_status status = kd_task_choose_head(j->dataset.task, &j->arch, &own);
    return status == KD_OK ? KD_OK : kd_fail(err, status, "%s%s", j->role->arch, own.text);
}

static int longest_row(const kd_dataset *dataset)
{
    int longest = 0;
    for (kd_split s = KD_TRAIN; s < KD_SPLITS; s++)
        for (int b = 0; b < dataset->split[s].sentences; b++) {
            const int32_t *begin = dataset->split[s].piece_begin + b;
            if (begin[1] - begin[0] > longest) longest = begin[1] - begin[0];
        }
    return longest;
}

static kd_status check_lengths(const job *j, kd_error *err)
{
    int longest = longest_row(&j->dataset);
    if (longest <= kd_arch_longest(&j->arch)) return KD_OK;
    return kd_fail(err, KD_ECONFIG,
                   "%spositions: %d are too few for a sentence of %d pieces; raise it, or cut "
                   "sentences by data.max_pieces",
                   j->role->arch, j->arch.positions, longest);
}

/* Weights of the method's own, beside the student's. */
static kd_status declare_method(job *j, kd_error *err)
{
    const kd_arch *student = kd_model_arch(j->model), *teacher;
    if (!j->teacher.model && !j->has_states) return KD_OK;
    teacher = j->has_states ? &j->states.states.teacher : kd_model_arch(j->teacher.model);
    kd_status status = kd_method_fits(j->method, &j->distill, student, teacher, err);
    if (status != KD_OK) return status;
    return kd_method_declare(j->method, j->params, &j->distill, student, teacher, err);
}

static kd_status build_network(job *j, kd_error *err)
{
    kd_status status = choose_head(j, err);
    if (status == KD_OK) status = check_lengths(j, err);
    if (status != KD_OK) return status;
    j->arch.vocab = j->dataset.vocab_size;
    j->arch.labels = kd_labels_count(j->dataset.labels);
    j->params = kd_params_create();
    status = kd_model_create(&j->model, j->params, &j->arch, err);
    if (status == KD_OK) status = declare_method(j, err);
    if (status != KD_OK) return status;
    kd_model_obey(j->model, j->dataset.labels);
    kd_rng root = kd_rng_root((uint64_t)j->seed), init = kd_rng_split(&root, "init", 0);
    kd_params_allocate(j->params, true);
    kd_params_init(j->params, &init);
    return KD_OK;
}

static kd_status start_as_teacher(job *j, const kd_first_weights *to, const char *init,
                                  kd_error *err)
{
    const char     *which = kd_resolved_value(j->node, "student.init_layers");
    kd_id           id;
    kd_loaded_model teacher;
    kd_status       status = kd_cell_input(&id, j->node, KD_INPUT_TEACHER, err);
    if (status != KD_OK) return status;
    status = kd_model_object_load(&teacher, j->context->store, id, err);
    if (status != KD_OK) return status;
    status =
        strcmp(init, KD_INIT_TEACHER_LAYERS) == 0
            ? kd_first_weights_of_layers(to, &teacher, which ? which : KD_INIT_LAYERS_SPREAD, err)
            : kd_first_weights_of_embeddings(to, &teacher, err);
    kd_loaded_model_fini(&teacher);
    kd_params_touch(j->params);
    return status == KD_OK ? status : kd_while(err, status, "student.init");
}

static kd_status start_as_file(job *j, const kd_first_weights *to, kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(j->node, KD_FILE_INIT);
    if (!file) return kd_fail(err, KD_EDATA, "%s: the node has no file init", j->role->init);
    kd_status status = kd_contents_check(file->path, file->contents, err);
    return status == KD_OK ? kd_first_weights_of_path(to, file->path, err) : status;
}

static kd_status start_weights(job *j, kd_error *err)
{
    const char      *init = kd_resolved_value(j->node, j->role->init);
    const char      *names = kd_resolved_value(j->node, j->role->label_names);
    kd_first_weights to = { .whose = j->role->arch,
                            .init = j->role->init,
                            .train = j->role->train,
                            .arch = kd_model_arch(j->model),
                            .params = j->params,
                            .dataset = &j->dataset,
                            .label_names = names ? names : "",
                            .is_final = j->train.epochs == 0 && j->train.steps == 0 };
    kd_id            id;
    kd_status        status;
    if (!init || strcmp(init, KD_INIT_SCRATCH) == 0) return KD_OK;
    if (kd_option_is_path(init)) return start_as_file(j, &to, err);
    if (strcmp(init, KD_INIT_FINE_TUNED) != 0) return start_as_teacher(j, &to, init, err);
    status = kd_cell_input(&id, j->node, KD_INPUT_START, err);
    return status == KD_OK ? kd_first_weights_of_object(&to, j->context->store, id, err) : status;
}

static kd_status read_vectors(job *j, kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(j->node, KD_FILE_VECTORS);
    int                     filled;
    if (!file) return KD_OK;
    kd_status status = kd_contents_check(file->path, file->contents, err);
    if (status == KD_OK)
        status = kd_vectors_fill(j->params, kd_model_arch(j->model), j->dataset.vocab_text,
                                 file->path, &filled, err);
    if (status != KD_OK) return kd_while(err, status, "student.vectors");
    kd_log_info("%d of %d pieces begin with a vector of %s", filled, j->arch.vocab, file->path);
    return KD_OK;
}

/* ---- checkpoints ---- */

/* The blocks that a checkpoint holds beside the trainer's own state. */
static const struct {
    const char          *name;
    kd_params_block_kind kind;
} blocks[] = { { "values", KD_VALUES }, { "first", KD_FIRST }, { "second", KD_SECOND } };

enum { BLOCKS = sizeof blocks / sizeof *blocks };

static kd_status put_checkpoint(job *j, kd_checkpoint_draft *draft, const kd_str *state,
                                kd_error *err)
{
    size_t    span = kd_params_span(j->params);
    kd_status status = KD_OK;
    for (int i = 0; i < BLOCKS && status == KD_OK; i++)
        status = kd_checkpoint_put_f32(draft, blocks[i].name,
                                       kd_params_block(j->params, blocks[i].kind), span, err);
    if (status == KD_OK)
        status =
            kd_checkpoint_put_f32(draft, "best", kd_trainer_best_weights(j->trainer), span, err);
    if (status == KD_OK)
        status = kd_checkpoint_put_state(draft, "trainer", state->text, state->length, err);
    return status;
}

static kd_status save(job *j, kd_error *err)
{
    kd_checkpoint_draft *draft;
    kd_str               state = KD_STR_INIT;
    kd_status            status = kd_store_make_work(j->context->store, j->node->id, err);
    kd_trainer_save(j->trainer, &state);
    if (status == KD_OK)
        status = kd_checkpoint_create(&draft, j->context->store, j->node->id,
                                      kd_trainer_updates(j->trainer), err);
    if (status == KD_OK) {
        status = put_checkpoint(j, draft, &state, err);
        if (status == KD_OK)
            status = kd_checkpoint_commit(draft, err);
        else
            kd_checkpoint_discard(draft);
    }
    j->saved_at = kd_clock_s();
    kd_str_fini(&state);
    return status;
}

static kd_status get_checkpoint(job *j, kd_checkpoint *checkpoint, kd_error *err)
{
    size_t    span = kd_params_span(j->params), length = kd_checkpoint_size(checkpoint, "trainer");
    char     *state = kd_alloc(length, 1);
    kd_status status = KD_OK;
    for (int i = 0; i < BLOCKS && status == KD_OK; i++)
        status = kd_checkpoint_get_f32(checkpoint, blocks[i].name,
                                       kd_params_block(j->params, blocks[i].kind), span, err);
    if (status == KD_OK)
        status = kd_checkpoint_get_f32(checkpoint, "best", kd_trainer_best_weights(j->trainer),
                                       span, err);
    if (status == KD_OK)
        status = kd_checkpoint_get_state(checkpoint, "trainer", state, length, err);
    if (status == KD_OK) status = kd_trainer_restore(j->trainer, state, length, err);
    free(state);
    return status;
}

static kd_status restore(job *j, kd_error *err)
{
    kd_checkpoint *checkpoint = NULL;
    kd_str         notice = KD_STR_INIT;
    kd_status      status =
        kd_checkpoint_open(&checkpoint, j->context->store, j->node->id, &notice, err);
    kd_log_warnings(notice.text);
    if (status == KD_OK && checkpoint) {
        status = get_checkpoint(j, checkpoint, err);
        kd_log_info("goes on from update %lld", (long long)kd_checkpoint_position(checkpoint));
    }
    kd_checkpoint_close(checkpoint);
    kd_str_fini(&notice);
    return status;
}

/* ---- watching ---- */

static double judge(void *user, const float *logits, int rows, int labels)
{
    job *j = user;
    (void)rows;
    const kd_crf *crf = kd_model_crf(j->model);
    const char   *by = j->train.select_by;
    if (*by) return kd_measure_by(&j->dataset, KD_DEVEL, crf, logits, labels, by, &j->shown);
    return j->shown = kd_measure_main(&j->dataset, KD_DEVEL, crf, logits, labels);
}

/* Names of types are known here alone, so it is tried on logits of zero. */
static kd_status check_selection(const job *j, kd_error *err)
{
    const kd_pack *devel = &j->dataset.split[KD_DEVEL];
    int            rows = devel->task == KD_TASK_NER ? devel->pieces : devel->sentences;
    int            labels = kd_labels_count(j->dataset.labels);
    if (!*j->train.select_by || devel->sentences == 0) return KD_OK;
    float *zeroes = kd_alloc((size_t)rows * (size_t)labels, sizeof *zeroes);
    bool   has = !isnan(
          kd_measure_by(&j->dataset, KD_DEVEL, NULL, zeroes, labels, j->train.select_by, NULL));
    free(zeroes);
    if (has) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "%sselect_by: devel has no %s", j->role->train,
                   j->train.select_by);
}

static void on_epoch(void *user, const kd_epoch_report *report)
{
    const job *j = user;
    if (!j->context->on_progress) return;
    double            score = isnan(report->score) ? NAN : j->shown;
    kd_progress_point point = { report->loss, score, report->epoch, report->epochs };
    j->context->on_progress(j->context->user, &point);
}

/* True ends the run; a checkpoint that cannot be written ends it too, with its own failure. */
static bool at_safe_point(void *user, kd_trainer *trainer)
{
    job                   *j = user;
    const kd_cell_context *c = j->context;
    (void)trainer;
    bool   stop = c->should_stop && c->should_stop(c->user);
    double every = j->train.checkpoint_s;
    bool   is_due = every > 0 && kd_clock_s() - j->saved_at >= every;
    if (!stop && !is_due) return false;
    j->save_status = save(j, &j->save_error);
    return stop || j->save_status != KD_OK;
}

static kd_status prepare_trainer(job *j, kd_error *err)
{
    kd_training training = {
        .train = &j->dataset.split[KD_TRAIN],
        .keys = j->role->train,
        .devel = j->dataset.split[KD_DEVEL].sentences ? &j->dataset.split[KD_DEVEL] : NULL,
        .judge = { judge, j },
        .model = j->model,
        .params = j->params,
        .train_options = &j->train,
        .optim_options = &j->optim,
        .method = j->method,
        .distill_options = &j->distill,
        .targets = j->has_targets ? &j->targets.targets : NULL,
        .teacher = j->teacher.model,
        .states = j->has_states ? &j->states.states : NULL,
        .pad = kd_dataset_pad(&j->dataset),
        .precision = j->precision,
        .threads = j->options.threads,
        .root = kd_rng_root((uint64_t)j->seed),
        .watch = { on_epoch, at_safe_point, j },
    };
    kd_status status = check_selection(j, err);
    if (status == KD_OK) status = kd_trainer_create(&j->trainer, &training, err);
    if (status == KD_OK) status = restore(j, err);
    j->saved_at = kd_clock_s();
    return status;
}

static kd_status train(job *j, kd_error *err)
{
    kd_gemm_set_threads(j->options.threads);
    kd_status status = kd_trainer_run(j->trainer, err);
    if (j->save_status == KD_OK) return status;
    *err = j->save_error;
    return j->save_status;
}

/* ---- what is kept ---- */

static double of_epoch(const kd_moment *m, int part)
{
    (void)part;
    return m->epoch;
}
static double of_update(const kd_moment *m, int part)
{
    (void)part;
    return (double)m->update;
}
static double of_loss(const kd_moment *m, int part)
{
    (void)part;
    return m->loss;
}
static double of_score(const kd_moment *m, int part)
{
    (void)part;
    return m->score;
}
static double of_part(const kd_moment *m, int part)
{
    return m->part[part];
}

static kd_status put_column(kd_object_draft *draft, const char *name, const kd_history *history,
                            double (*value)(const kd_moment *moment, int part), int part,
                            kd_error *err)
{
    double *values = kd_alloc((size_t)history->count + 1, sizeof *values);
    for (int i = 0; i < history->count; i++) values[i] = value(&history->moments[i], part);
    kd_status status = kd_object_put_history(draft, name, values, (size_t)history->count, err);
    free(values);
    return status;
}

static kd_status put_columns(kd_object_draft *draft, const kd_history *history, kd_error *err)
{
    kd_status status;
    if ((status = put_column(draft, "epoch", history, of_epoch, 0, err)) != KD_OK ||
        (status = put_column(draft, "update", history, of_update, 0, err)) != KD_OK ||
        (status = put_column(draft, "loss", history, of_loss, 0, err)) != KD_OK ||
        (status = put_column(draft, "score", history, of_score, 0, err)) != KD_OK)
        return status;
    for (int i = 0; i < history->part_count && status == KD_OK; i++) {
        char *name = kd_sprintf("part.%s", history->part_names[i]);
        status = put_column(draft, name, history, of_part, i, err);
        free(name);
    }
    return status;
}

static kd_status put_history(job *j, kd_object_draft *draft, kd_error *err)
{
    kd_history history = kd_trainer_history(j->trainer);
    kd_object_put_metric(draft, "train.epochs", history.epochs);
    kd_object_put_metric(draft, "train.updates", (double)history.updates);
    kd_object_put_metric(draft, "train.clipped_updates", (double)history.clipped);
    kd_object_put_metric(draft, "train.sentences", history.sentences);
    kd_object_put_metric(draft, "train.tokens", history.tokens);
    if (history.best >= 0) {
        kd_object_put_metric(draft, "train.best_epoch", history.moments[history.best].epoch);
        kd_object_put_metric(draft, "train.best_update",
                             (double)history.moments[history.best].update);
    }
    kd_object_put_timing(draft, KD_KEY_TRAIN_S, history.train_s);
    if (history.train_s > 0)
        kd_object_put_timing(draft, "tokens_per_s", history.tokens / history.train_s);
    return history.count ? put_columns(draft, &history, err) : KD_OK;
}

static kd_status put_size(job *j, kd_object_draft *draft, kd_error *err)
{
    kd_model_size  size;
    const kd_pack *train = &j->dataset.split[KD_TRAIN];
    int            length = train->sentences ? train->pieces / train->sentences : 1;
    kd_status      status = kd_model_measure(&size, kd_model_arch(j->model), length, err);
    if (status != KD_OK) return status;
    kd_object_put_metric(draft, KD_KEY_PARAMETERS, (double)size.parameters);
    kd_object_put_metric(draft, KD_KEY_MIB, size.mib);
    kd_object_put_metric(draft, "size.operations_per_token", size.operations_per_token);
    return KD_OK;
}

static kd_status put_measures(job *j, kd_object_draft *draft, kd_error *err)
{
    kd_status status = KD_OK;
    for (kd_split s = KD_DEVEL; s <= KD_TEST && status == KD_OK; s++) {
        float *logits;
        int    rows, labels;
        if (!j->dataset.split[s].sentences) continue;
        kd_predict_logits(j->model, &j->dataset.split[s], j->inference, j->options.threads, &logits,
                          &rows, &labels);
        status = kd_measure_put(draft, &j->dataset, s, kd_model_crf(j->model), logits, labels, err);
        free(logits);
    }
    return status;
}

/* How long a sentence takes, in one precision: timings "latency.f32.median_ms" and so on. */
static void put_latency(job *j, kd_object_draft *draft, kd_precision precision)
{
    kd_latency  latency;
    const char *word = kd_precision_word(precision);
    kd_latency_measure(&latency, j->model, &j->dataset.split[KD_DEVEL], j->measure.latency,
                       precision);
    const struct {
        const char *name;
        double      ms;
    } rows[] = { { "median", latency.median_ms },
                 { "p95", latency.p95_ms },
                 { "mean", latency.mean_ms } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[64];
        snprintf(name, sizeof name, "latency.%s.%s_ms", word, rows[i].name);
        kd_object_put_timing(draft, name, rows[i].ms);
    }
}

static void put_latencies(job *j, kd_object_draft *draft)
{
    if (j->measure.latency == 0 || j->dataset.split[KD_DEVEL].sentences == 0) return;
    put_latency(j, draft, KD_F32);
    if (j->precision == KD_BF16 || j->inference == KD_BF16) put_latency(j, draft, KD_BF16);
    if (j->measure.int8 || j->inference == KD_INT8) put_latency(j, draft, KD_INT8);
}

/* Of this process, the largest it has been. */
static void put_memory(kd_object_draft *draft)
{
    kd_object_put_timing(draft, "peak_memory_mib", (double)kd_process_peak_bytes() / (1 << 20));
}

/* ---- from beginning to end ---- */

static kd_status learn(job *j, kd_error *err)
{
    kd_status status;
    if ((status = read_settings(j, err)) != KD_OK || (status = load_dataset(j, err)) != KD_OK)
        return status;
    if ((status = load_lessons(j, err)) != KD_OK || (status = build_network(j, err)) != KD_OK ||
        (status = start_weights(j, err)) != KD_OK || (status = read_vectors(j, err)) != KD_OK ||
        (status = prepare_trainer(j, err)) != KD_OK)
        return status;
    return train(j, err);
}

static void release(job *j)
{
    kd_trainer_destroy(j->trainer);
    kd_model_destroy(j->model);
    kd_params_destroy(j->params);
    kd_loaded_model_fini(&j->teacher);
    if (j->has_targets) kd_loaded_targets_fini(&j->targets);
    if (j->has_states) kd_loaded_states_fini(&j->states);
    if (j->has_dataset) kd_dataset_fini(&j->dataset);
}

kd_status kd_cell_make_model(const kd_resolved *node, const kd_cell_context *context,
                             kd_object_draft *draft, kd_error *err)
{
    job       j = { .node = node, .context = context, .role = role_of(node) };
    kd_status status = learn(&j, err);
    if (status == KD_OK)
        status = kd_model_object_put(draft, j.model, j.params, j.dataset.labels_text,
                                     j.dataset.vocab_text, err);
    if (status == KD_OK) status = put_history(&j, draft, err);
    if (status == KD_OK) status = put_size(&j, draft, err);
    if (status == KD_OK) status = put_measures(&j, draft, err);
    if (status == KD_OK) {
        put_memory(draft); /* before what is measured for its own sake takes any */
        put_latencies(&j, draft);
    }
    release(&j);
    return status;
}
