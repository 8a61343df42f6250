/* cell_targets.c - what is said of every piece of a corpus, once for all who learn from it: by a
 * teacher, by the mean of several, or by a file that was made elsewhere. */
#include "harness/cell/cell_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "distill/trainer.h"
#include "harness/base/log.h"
#include "harness/cell/measure.h"
#include "harness/config/contents.h"
#include "harness/config/options.h"
#include "harness/objects/model.h"
#include "harness/objects/targets.h"
#include "harness/store/keys.h"

typedef struct {
    const kd_resolved *node;
    const kd_store    *store;
    kd_cell_options    options;
    kd_targets_options targets;
    kd_word_options    by;         /* how words are spoken for, when */
    bool               is_by_word; /* who learns has pieces of its own */
    kd_dataset         dataset;
    const kd_pack     *train;
    kd_precision       precision;
    int                teachers;
    float             *logits[KD_SPLITS]; /* (rows,K): their mean; of devel and test for several */
    kd_params         *mean;              /* weights of their CRFs; NULL: none has one */
    kd_crf             crf;               /* of these */
    float             *padding;           /* (B,K), or NULL */
} job;

/* ---- teachers ---- */

static kd_id teacher_at(const job *j, int number)
{
    if (number >= KD_TEACHERS_MAX) return (kd_id){ 0, 0 };
    return kd_resolved_input_id(j->node, kd_input_teacher(number));
}

/* One teacher has been measured as the model that it is. */
static unsigned splits_of(const job *j)
{
    unsigned train = 1u << KD_TRAIN;
    return kd_id_is_none(teacher_at(j, 1)) ? train : train | 1u << KD_DEVEL | 1u << KD_TEST;
}

static void add(float **sum, const float *terms, size_t count)
{
    if (!*sum) *sum = kd_alloc(count, sizeof **sum);
    for (size_t i = 0; i < count; i++) (*sum)[i] += terms[i];
}

static void divide(float *sum, size_t count, int by)
{
    for (size_t i = 0; sum && by > 1 && i < count; i++) sum[i] /= (float)by;
}

static kd_status begin_crf(job *j, kd_error *err)
{
    j->mean = kd_params_create();
    kd_declare declare = { j->mean, &kd_init_torch, KD_OK, err };
    j->crf = kd_crf_declare(&declare, "crf", kd_labels_count(j->dataset.labels));
    if (declare.status != KD_OK) return declare.status;
    kd_params_allocate(j->mean, false);
    kd_crf_obey(&j->crf, j->dataset.labels);
    return KD_OK;
}

static void add_tensor(kd_tensor *sum, const kd_tensor *terms)
{
    add(&sum->x, terms->x, kd_tensor_len(sum));
}

/* A mean of logits and of a CRF's weights is the geometric mean of what CRFs say; without a CRF in
 * one of them there is no such mean. */
static kd_status add_crf(job *j, const kd_loaded_model *teacher, kd_error *err)
{
    const kd_crf *crf = kd_model_crf(teacher->model);
    if (j->teachers > 0 && !crf != !j->mean)
        return kd_fail(err, KD_ECONFIG,
                       "teacher.crf: some teachers have a CRF and others have none");
    if (!crf) return KD_OK;
    kd_status status = j->mean ? KD_OK : begin_crf(j, err);
    if (status != KD_OK) return status;
    add_tensor(j->crf.weights.transitions, crf->weights.transitions);
    add_tensor(j->crf.weights.start, crf->weights.start);
    add_tensor(j->crf.weights.end, crf->weights.end);
    return KD_OK;
}

/* A PAD needs a place behind the longest sentence. */
static kd_status check_padding(const job *j, const kd_arch *arch, kd_error *err)
{
    if (j->train->task != KD_TASK_NER)
        return kd_fail(err, KD_ECONFIG, "targets.padding: is for a task with a label for a piece");
    for (int b = 0; b < j->train->sentences; b++)
        if (j->train->piece_begin[b + 1] - j->train->piece_begin[b] >= kd_arch_longest(arch))
            return kd_fail(err, KD_ECONFIG,
                           "targets.padding: teacher.positions = %d leaves no place behind a "
                           "sentence of so many pieces",
                           arch->positions);
    return KD_OK;
}

/* Splits that were not loaded have no sentences. */
static void ask_split(job *j, const kd_loaded_model *teacher, kd_split split)
{
    float *said;
    int    rows, labels;
    if (j->dataset.split[split].sentences == 0) return;
    kd_predict_logits(teacher->model, &j->dataset.split[split], j->precision, j->options.threads,
                      &said, &rows, &labels);
    add(&j->logits[split], said, (size_t)rows * (size_t)labels);
    free(said);
}

static kd_status ask(job *j, const kd_loaded_model *teacher, kd_error *err)
{
    float *said;
    size_t k = (size_t)kd_labels_count(j->dataset.labels);
    for (kd_split s = KD_TRAIN; s < KD_SPLITS; s++) ask_split(j, teacher, s);
    if (!j->targets.padding) return KD_OK;
    kd_status status = check_padding(j, kd_model_arch(teacher->model), err);
    if (status != KD_OK) return status;
    kd_predict_padding(teacher->model, j->train, kd_dataset_pad(&j->dataset), j->precision,
                       j->options.threads, &said);
    add(&j->padding, said, (size_t)j->train->sentences * k);
    free(said);
    return KD_OK;
}

static kd_status ask_teacher(job *j, kd_id id, kd_error *err)
{
    kd_loaded_model teacher;
    kd_status       status = kd_model_object_agrees(j->store, id, &j->dataset, err);
    if (status == KD_OK) status = kd_model_object_load(&teacher, j->store, id, err);
    if (status != KD_OK) return status;
    kd_params_seal(teacher.params, j->precision);
    status = add_crf(j, &teacher, err);
    if (status == KD_OK) status = ask(j, &teacher, err);
    kd_loaded_model_fini(&teacher);
    return status;
}

static kd_status ask_teachers(job *j, kd_error *err)
{
    kd_id     id;
    size_t    k = (size_t)kd_labels_count(j->dataset.labels);
    kd_status status = kd_cell_precisions(NULL, &j->precision, &j->options, err);
    if (status == KD_OK) status = kd_cell_input(&id, j->node, KD_INPUT_TEACHER, err);
    for (; status == KD_OK && !kd_id_is_none(id = teacher_at(j, j->teachers)); j->teachers++)
        status = ask_teacher(j, id, err);
    for (kd_split s = KD_TRAIN; s < KD_SPLITS; s++)
        divide(j->logits[s], (size_t)kd_targets_rows(&j->dataset.split[s]) * k, j->teachers);
    if (j->mean) divide(kd_params_block(j->mean, KD_VALUES), kd_params_span(j->mean), j->teachers);
    divide(j->padding, (size_t)j->train->sentences * k, j->teachers);
    return status;
}

/* ---- a file ---- */

static kd_status read_file(job *j, const kd_resolved_file *file, kd_object_draft *draft,
                           kd_error *err)
{
    kd_str    source = KD_STR_INIT;
    char      digits[KD_ID_TEXT];
    kd_status status = kd_contents_check(file->path, file->contents, err);
    if (status == KD_OK)
        status = kd_targets_read_file(file->path, &j->dataset, &j->logits[KD_TRAIN], &source, err);
    kd_id_text(digits, file->contents);
    kd_object_put_fact(draft, "targets.file", file->path);
    kd_object_put_fact(draft, "targets.contents", digits);
    if (source.length) kd_object_put_fact(draft, "targets.source", source.text);
    kd_str_fini(&source);
    return status;
}

/* ---- both ---- */

static kd_status put_words(job *j, kd_object_draft *draft, kd_error *err)
{
    int       lost, labels = kd_labels_count(j->dataset.labels);
    bool      is_half = j->targets.format == KD_TARGETS_F16;
    kd_status status = kd_targets_put_words(draft, j->train, j->logits[KD_TRAIN], labels,
                                            j->by.words, is_half, &lost, err);
    if (lost > 0)
        kd_log_warning("%d of %d words have no piece of the teacher's, because its rows are cut; "
                       "nobody learns them of it",
                       lost, j->train->words);
    kd_object_put_metric(draft, "targets.words", j->train->words);
    kd_object_put_metric(draft, "targets.lost_words", lost);
    return status;
}

static kd_status put_logits(job *j, kd_object_draft *draft, kd_error *err)
{
    int  rows = kd_targets_rows(j->train), labels = kd_labels_count(j->dataset.labels);
    bool is_half = j->targets.format == KD_TARGETS_F16;
    if (j->is_by_word) return put_words(j, draft, err);
    return kd_targets_put(draft, j->logits[KD_TRAIN], rows, labels, is_half, err);
}

static kd_status put(job *j, kd_object_draft *draft, kd_error *err)
{
    int       rows = kd_targets_rows(j->train), labels = kd_labels_count(j->dataset.labels);
    kd_status status = put_logits(j, draft, err);
    if (status == KD_OK && j->mean) status = kd_targets_put_crf(draft, &j->crf, err);
    if (status == KD_OK && j->padding)
        status = kd_object_put_f32(draft, KD_KEY_PADDING, j->padding, (size_t)j->train->sentences,
                                   (size_t)labels, err);
    kd_object_put_metric(draft, "targets.rows", rows);
    kd_object_put_metric(draft, "targets.teachers", j->teachers);
    return status;
}

/* How good the mean of several teachers is, which is no model that would have its own scores. */
static kd_status measure(const job *j, const kd_cell_context *context, kd_object_draft *draft,
                         kd_error *err)
{
    int           labels = kd_labels_count(j->dataset.labels);
    const kd_crf *crf = j->mean ? &j->crf : NULL;
    kd_status     status = KD_OK;
    for (kd_split s = KD_DEVEL; s < KD_SPLITS && status == KD_OK; s++)
        if (j->logits[s])
            status = kd_measure_put(draft, &j->dataset, s, crf, j->logits[s], labels, err);
    if (status != KD_OK || !j->logits[KD_DEVEL] || !context->on_progress) return status;
    kd_progress_point mean = { .loss = NAN, .epoch = 1, .epochs = 1 };
    mean.score = kd_measure_main(&j->dataset, KD_DEVEL, crf, j->logits[KD_DEVEL], labels);
    context->on_progress(context->user, &mean);
    return KD_OK;
}

static kd_status make(job *j, const kd_cell_context *context, kd_object_draft *draft, kd_error *err)
{
    const kd_resolved_file *file = kd_resolved_file_of(j->node, KD_FILE_TARGETS);
    j->train = &j->dataset.split[KD_TRAIN];
    j->is_by_word = kd_resolved_value(j->node, KD_WORDS_KEY) && j->train->task == KD_TASK_NER;
    kd_status status = file ? read_file(j, file, draft, err) : ask_teachers(j, err);
    if (status == KD_OK) status = put(j, draft, err);
    if (status == KD_OK) status = measure(j, context, draft, err);
    for (kd_split s = KD_TRAIN; s < KD_SPLITS; s++) free(j->logits[s]);
    kd_crf_fini(&j->crf);
    kd_params_destroy(j->mean);
    free(j->padding);
    return status;
}

kd_status kd_cell_make_targets(const kd_resolved *node, const kd_cell_context *context,
                               kd_object_draft *draft, kd_error *err)
{
    kd_id     corpus;
    kd_status status;
    job       j = { .node = node, .store = context->store };
    if ((status = kd_cell_input(&corpus, node, KD_INPUT_CORPUS, err)) != KD_OK ||
        (status = kd_resolved_fill(node, "", kd_cell_settings, &j.options, err)) != KD_OK ||
        (status = kd_resolved_fill(node, "targets.", kd_targets_settings, &j.targets, err)) !=
            KD_OK ||
        (status = kd_resolved_fill(node, "targets.", kd_word_settings, &j.by, err)) != KD_OK ||
        (status = kd_dataset_load(&j.dataset, context->store, corpus, splits_of(&j), err)) != KD_OK)
        return status;
    status = make(&j, context, draft, err);
    kd_dataset_fini(&j.dataset);
    return status;
}
