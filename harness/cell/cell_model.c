/* cell_model.c - train one network: a teacher, or a student with or without one.
 *
 *     corpus, [targets], [teacher] -> network -> [checkpoint] -> trainer -> measures -> object
 *
 * Teacher and student differ in nothing but the prefix of their settings. */
#include "harness/cell/cell_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distill/trainer.h"
#include "harness/base/clock.h"
#include "harness/base/log.h"
#include "harness/cell/measure.h"
#include "harness/cell/model_object.h"
#include "harness/config/options.h"
#include "harness/store/checkpoint.h"

/* Everything of one training, from its inputs to its trainer. */
typedef struct {
    const kd_resolved     *node;
    const kd_cell_context *context;
    bool                   is_teacher;

    kd_cell_options    options;
    kd_arch            arch;
    kd_train_options   train;
    kd_optim_options   optim;
    kd_distill_options distill;
    int                seed;

    kd_dataset      dataset;
    bool            has_dataset;
    kd_targets      targets;
    kd_arena       *arena;   /* of the targets */
    kd_loaded_model teacher; /* when the method looks inside it */
    kd_params      *params;
    kd_model       *model;
    kd_trainer     *trainer;
    double          saved_at; /* clock of the last checkpoint */
    kd_status       save_status;
    kd_error        save_error;
} job;

/* ---- settings ---- */

static bool is_teacher(const kd_resolved *node)
{
    for (size_t i = 0; i < node->set_count; i++)
        if (kd_starts_with(node->set[i].key, "teacher.")) return true;
    return false;
}

static kd_status read_seed(job *j, kd_error *err)
{
    const char *text = kd_resolved_value(j->node, j->is_teacher ? "teacher.seed" : "seed");
    long long   number;
    if (!text || !kd_parse_int(text, &number))
        return kd_fail(err, KD_EDATA, "a model node needs a seed");
    j->seed = (int)number;
    return KD_OK;
}

static kd_status read_settings(job *j, kd_error *err)
{
    const char *arch = j->is_teacher ? "teacher." : "student.";
    const char *train = j->is_teacher ? "teacher.train." : "train.";
    const char *distill = j->is_teacher ? "teacher.distill." : "distill.";
    kd_status   status;
    if ((status = kd_resolved_fill(j->node, "", kd_cell_settings, &j->options, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, arch, kd_arch_settings, &j->arch, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, train, kd_train_settings, &j->train, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, train, kd_optim_settings, &j->optim, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, distill, kd_distill_settings, &j->distill, err)) !=
            KD_OK)
        return status;
    return read_seed(j, err);
}

/* ---- inputs ---- */

static kd_status load_dataset(job *j, kd_error *err)
{
    kd_id     corpus;
    kd_status status = kd_cell_input(&corpus, j->node, "corpus", err);
    if (status != KD_OK) return status;
    status = kd_dataset_load(&j->dataset, j->context->store, corpus,
                             1u << KD_TRAIN | 1u << KD_DEVEL | 1u << KD_TEST, err);
    j->has_dataset = status == KD_OK;
    return status;
}

static kd_status load_targets(job *j, kd_error *err)
{
    kd_id      id;
    kd_object *object = NULL;
    size_t     rows, cols;
    void      *logits;
    kd_status  status = kd_cell_input(&id, j->node, "targets", err);
    if (status != KD_OK || (status = kd_object_open(&object, j->context->store, id, err)) != KD_OK)
        return status;
    j->arena = kd_arena_create(0);
    status =
        kd_object_take(object, "logits/train", KD_H5_F32, j->arena, &logits, &rows, &cols, err);
    if (status == KD_OK) j->targets = (kd_targets){ (int)rows, (int)cols, logits };
    kd_object_close(object);
    return status;
}

static kd_status load_teacher(job *j, kd_error *err)
{
    kd_id     id;
    kd_status status = kd_cell_input(&id, j->node, "teacher", err);
    if (status == KD_OK) status = kd_model_object_agrees(j->context->store, id, &j->dataset, err);
    if (status == KD_OK) status = kd_model_object_load(&j->teacher, j->context->store, id, err);
    return status;
}

/* Whatever the method needs of the teacher. */
static kd_status load_lessons(job *j, kd_error *err)
{
    unsigned  needs = kd_method_needs(kd_method_find(j->distill.method), &j->distill);
    kd_status status = KD_OK;
    if (needs & KD_NEEDS_LOGITS) status = load_targets(j, err);
    if (status == KD_OK && needs & KD_NEEDS_NETWORK) status = load_teacher(j, err);
    return status;
}

/* ---- the network and its first weights ---- */

/* The head follows the task; `tags`, the default, stands for whatever that is. */
static kd_status choose_head(job *j, kd_error *err)
{
    static const char *const heads[] = { [KD_TASK_NER] = "tags",
                                         [KD_TASK_RE] = "class",
                                         [KD_TASK_HOC] = "multilabel",
                                         [KD_TASK_TEXT] = "mlm" };
    const char              *head = heads[j->dataset.task];
    if (strcmp(j->arch.head, "tags") != 0 && strcmp(j->arch.head, head) != 0)
        return kd_fail(err, KD_ECONFIG, "head: %s cannot learn the task %s, which needs %s",
                       j->arch.head, j->options.task, head);
    strcpy(j->arch.head, head);
    return KD_OK;
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

/* A table of positions has an end; a BiLSTM over plain word vectors has none. */
static kd_status check_lengths(const job *j, kd_error *err)
{
    bool has_positions =
        strcmp(j->arch.kind, "bilstm") != 0 || strcmp(j->arch.embeddings, "bert") == 0;
    int longest = longest_row(&j->dataset);
    if (!has_positions || longest <= j->arch.positions) return KD_OK;
    return kd_fail(err, KD_ECONFIG,
                   "%spositions: %d are too few for a sentence of %d pieces; raise it, or cut "
                   "sentences by data.max_pieces",
                   j->is_teacher ? "teacher." : "student.", j->arch.positions, longest);
}

/* Weights of the method's own, beside the student's. */
static kd_status declare_method(job *j, kd_error *err)
{
    const kd_method *method = kd_method_find(j->distill.method);
    const kd_arch   *student = kd_model_arch(j->model), *teacher;
    if (!j->teacher.model) return KD_OK;
    teacher = kd_model_arch(j->teacher.model);
    kd_status status = kd_method_fits(method, &j->distill, student, teacher, err);
    if (status != KD_OK) return status;
    return kd_method_declare(method, j->params, &j->distill, student, teacher, err);
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
    kd_rng root = kd_rng_root((uint64_t)j->seed), init = kd_rng_split(&root, "init", 0);
    kd_params_allocate(j->params, true);
    kd_params_init(j->params, &init);
    return KD_OK;
}

/* Student layer l of L begins as teacher layer (l+1) M/L of M, so the last is the last. */
static kd_status copy_layers(job *j, const kd_loaded_model *teacher, kd_error *err)
{
    int       layers = j->arch.layers, of = kd_model_arch(teacher->model)->layers, copied;
    kd_status status = kd_params_copy(j->params, "bert.embeddings.", teacher->params,
                                      "bert.embeddings.", &copied, err);
    if (status == KD_OK && (copied == 0 || of < layers))
        return kd_fail(err, KD_ECONFIG, "%d layers of a %s cannot come from %d layers of a %s",
                       layers, j->arch.kind, of, kd_model_arch(teacher->model)->kind);
    for (int l = 0; l < layers && status == KD_OK; l++) {
        char *to = kd_sprintf("bert.encoder.layer.%d.", l);
        char *from = kd_sprintf("bert.encoder.layer.%d.", (l + 1) * of / layers - 1);
        status = kd_params_copy(j->params, to, teacher->params, from, &copied, err);
        free(to);
        free(from);
    }
    return status;
}

static kd_status copy_embeddings(job *j, const kd_loaded_model *teacher, kd_error *err)
{
    int         copied;
    const char *to = strcmp(j->arch.kind, "bilstm") == 0 ? "embeddings." : "bert.embeddings.";
    kd_status   status =
        kd_params_copy(j->params, to, teacher->params, "bert.embeddings.", &copied, err);
    if (status == KD_OK && copied == 0)
        return kd_fail(err, KD_ECONFIG, "the teacher's embeddings need student.embeddings = bert");
    return status;
}

static kd_status copy_from_teacher(job *j, const char *init, kd_error *err)
{
    kd_id           id;
    kd_loaded_model teacher;
    kd_status       status = kd_cell_input(&id, j->node, "teacher", err);
    if (status != KD_OK) return status;
    status = kd_model_object_load(&teacher, j->context->store, id, err);
    if (status != KD_OK) return status;
    status = strcmp(init, KD_INIT_TEACHER_LAYERS) == 0 ? copy_layers(j, &teacher, err)
                                                       : copy_embeddings(j, &teacher, err);
    kd_loaded_model_fini(&teacher);
    kd_params_touch(j->params);
    return status == KD_OK ? status : kd_while(err, status, "student.init");
}

static kd_status start_weights(job *j, kd_error *err)
{
    const char *init = kd_resolved_value(j->node, j->is_teacher ? "teacher.init" : "student.init");
    if (!init || strcmp(init, KD_INIT_SCRATCH) == 0) return KD_OK;
    if (kd_option_is_path(init))
        return kd_fail(err, KD_ECONFIG, "%s: weights are not read from files", init);
    return copy_from_teacher(j, init, err);
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
    const job *j = user;
    (void)rows;
    return kd_measure_main(&j->dataset, KD_DEVEL, logits, labels);
}

static void on_epoch(void *user, const kd_epoch_report *report)
{
    const job *j = user;
    if (!j->context->on_progress) return;
    kd_cell_progress progress = { report->epoch, report->epochs, report->loss, report->score };
    j->context->on_progress(j->context->user, &progress);
}

/* True ends the run; a checkpoint that cannot be written ends it too, with its own failure. */
static bool at_safe_point(void *user, kd_trainer *trainer)
{
    job                   *j = user;
    const kd_cell_context *c = j->context;
    (void)trainer;
    bool stop = c->should_stop && c->should_stop(c->user);
    bool is_due = c->checkpoint_s > 0 && kd_clock_s() - j->saved_at >= c->checkpoint_s;
    if (!stop && !is_due) return false;
    j->save_status = save(j, &j->save_error);
    return stop || j->save_status != KD_OK;
}

static kd_status prepare_trainer(job *j, kd_error *err)
{
    kd_training training = {
        .train = &j->dataset.split[KD_TRAIN],
        .devel = j->dataset.split[KD_DEVEL].sentences ? &j->dataset.split[KD_DEVEL] : NULL,
        .judge = { judge, j },
        .model = j->model,
        .params = j->params,
        .train_options = &j->train,
        .optim_options = &j->optim,
        .distill_options = &j->distill,
        .targets = j->targets.logits ? &j->targets : NULL,
        .teacher = j->teacher.model,
        .threads = j->options.threads,
        .root = kd_rng_root((uint64_t)j->seed),
        .watch = { on_epoch, at_safe_point, j },
    };
    kd_status status = kd_cell_precisions(&training.precision, NULL, &j->options, err);
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

static kd_status put_column(job *j, kd_object_draft *draft, const char *name, size_t offset,
                            kd_error *err)
{
    kd_history history = kd_trainer_history(j->trainer);
    double    *values = kd_alloc((size_t)history.count, sizeof *values);
    for (int i = 0; i < history.count; i++)
        memcpy(&values[i], (const char *)&history.moments[i] + offset, sizeof *values);
    kd_status status = kd_object_put_history(draft, name, values, (size_t)history.count, err);
    free(values);
    return status;
}

static kd_status put_history(job *j, kd_object_draft *draft, kd_error *err)
{
    kd_history history = kd_trainer_history(j->trainer);
    kd_status  status;
    if ((status = put_column(j, draft, "loss", offsetof(kd_moment, loss), err)) != KD_OK ||
        (status = put_column(j, draft, "score", offsetof(kd_moment, score), err)) != KD_OK)
        return status;
    for (int i = 0; i < history.part_count && status == KD_OK; i++) {
        char *name = kd_sprintf("part.%s", history.part_names[i]);
        status =
            put_column(j, draft, name, offsetof(kd_moment, part) + (size_t)i * sizeof(double), err);
        free(name);
    }
    kd_object_put_metric(draft, "train.epochs", history.count);
    if (history.best >= 0)
        kd_object_put_metric(draft, "train.best_epoch", history.moments[history.best].epoch);
    kd_object_put_timing(draft, "train_s", history.train_s);
    if (history.train_s > 0)
        kd_object_put_timing(draft, "tokens_per_s", history.tokens / history.train_s);
    return status;
}

static kd_status put_size(job *j, kd_object_draft *draft, kd_error *err)
{
    kd_model_size  size;
    const kd_pack *train = &j->dataset.split[KD_TRAIN];
    int            length = train->sentences ? train->pieces / train->sentences : 1;
    kd_status      status = kd_model_measure(&size, kd_model_arch(j->model), length, err);
    if (status != KD_OK) return status;
    kd_object_put_metric(draft, "size.parameters", (double)size.parameters);
    kd_object_put_metric(draft, "size.mib", size.mib);
    kd_object_put_metric(draft, "size.operations_per_token", size.operations_per_token);
    return KD_OK;
}

static kd_status put_measures(job *j, kd_object_draft *draft, kd_error *err)
{
    kd_precision precision;
    kd_status    status = kd_cell_precisions(NULL, &precision, &j->options, err);
    for (kd_split s = KD_DEVEL; s <= KD_TEST && status == KD_OK; s++) {
        float *logits;
        int    rows, labels;
        if (!j->dataset.split[s].sentences) continue;
        kd_predict_logits(j->model, &j->dataset.split[s], precision, j->options.threads, &logits,
                          &rows, &labels);
        status = kd_measure_put(draft, &j->dataset, s, logits, labels, err);
        free(logits);
    }
    return status;
}

/* ---- from beginning to end ---- */

static kd_status learn(job *j, kd_error *err)
{
    kd_status status;
    if ((status = read_settings(j, err)) != KD_OK || (status = load_dataset(j, err)) != KD_OK)
        return status;
    if ((status = load_lessons(j, err)) != KD_OK || (status = build_network(j, err)) != KD_OK ||
        (status = start_weights(j, err)) != KD_OK || (status = prepare_trainer(j, err)) != KD_OK)
        return status;
    return train(j, err);
}

static void release(job *j)
{
    kd_trainer_destroy(j->trainer);
    kd_model_destroy(j->model);
    kd_params_destroy(j->params);
    kd_loaded_model_fini(&j->teacher);
    kd_arena_destroy(j->arena);
    if (j->has_dataset) kd_dataset_fini(&j->dataset);
}

kd_status kd_cell_make_model(const kd_resolved *node, const kd_cell_context *context,
                             kd_object_draft *draft, kd_error *err)
{
    job       j = { .node = node, .context = context, .is_teacher = is_teacher(node) };
    kd_status status = learn(&j, err);
    if (status == KD_OK) status = kd_model_object_put(draft, j.model, j.params, &j.dataset, err);
    if (status == KD_OK) status = put_history(&j, draft, err);
    if (status == KD_OK) status = put_size(&j, draft, err);
    if (status == KD_OK) status = put_measures(&j, draft, err);
    release(&j);
    return status;
}
