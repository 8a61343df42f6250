/* model_inputs.c - what a training is told by its node, and what it finds in the store. */
#include <stdlib.h>

#include "harness/base/str.h"
#include "harness/cell/model_job.h"
#include "harness/config/options.h"

static const kd_model_keys roles[] = {
    { "teacher.", "teacher.", "teacher.train.", "teacher.distill.", "teacher.seed", "teacher.init",
      "teacher.label_names" },
    { "finetune.", "student.", "finetune.train.", "finetune.distill.", "seed", "finetune.init",
      "finetune.label_names" },
    { "", "student.", "train.", "distill.", "seed", "student.init", "student.label_names" },
};

/* ---- settings ---- */

/* What a node sets is its own; what it is told is of others. */
static bool sets(const kd_resolved *node, const char *prefix)
{
    for (size_t i = 0; i < node->set_count; i++)
        if (kd_starts_with(node->set[i].key, prefix)) return true;
    return false;
}

static const kd_model_keys *role_of(const kd_resolved *node)
{
    const kd_model_keys *r = roles;
    while (*r->mark && !sets(node, r->mark)) r++;
    return r;
}

static kd_status read_seed(kd_model_job *j, kd_error *err)
{
    const char *text = kd_resolved_value(j->node, j->role->seed);
    long long   number;
    if (!text || !kd_parse_int(text, &number))
        return kd_fail(err, KD_EDATA, "a model node needs a seed");
    j->seed = (int)number;
    return KD_OK;
}

static kd_status read_method(kd_model_job *j, kd_error *err)
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

kd_status kd_model_job_read(kd_model_job *j, kd_error *err)
{
    j->role = role_of(j->node);
    const char *arch = j->role->arch, *train = j->role->train;
    kd_status   status;
    if ((status = kd_resolved_fill(j->node, "", kd_cell_settings, &j->options, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, arch, kd_arch_settings(), &j->arch, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, train, kd_train_settings, &j->train, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, train, kd_optim_settings, &j->optim, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, train, kd_mask_settings, &j->mask, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, "data.", kd_unlabelled_settings, &j->unlabelled,
                                   err)) != KD_OK ||
        (status = read_method(j, err)) != KD_OK ||
        (status = kd_resolved_fill(j->node, "measure.", kd_measure_settings, &j->measure, err)) !=
            KD_OK)
        return status;
    if ((status = kd_cell_precisions(&j->precision, &j->inference, &j->options, err)) != KD_OK ||
        (j->measure.int8 && (status = kd_gemm_require(KD_INT8, err)) != KD_OK))
        return status; /* said before hours of training and not after them */
    return read_seed(j, err);
}

kd_status kd_cell_ranks(int *out, const kd_resolved *node, kd_error *err)
{
    kd_train_options train;
    *out = 1;
    if (node->kind != KD_NODE_MODEL) return KD_OK;
    kd_status status = kd_resolved_fill(node, role_of(node)->train, kd_train_settings, &train, err);
    if (status == KD_OK) *out = train.ranks;
    return status;
}

/* ---- inputs ---- */

static kd_status load_dataset(kd_model_job *j, kd_error *err)
{
    kd_id     corpus;
    kd_status status = kd_cell_input(&corpus, j->node, KD_INPUT_CORPUS, err);
    if (status != KD_OK) return status;
    status = kd_dataset_load(&j->dataset, j->context->store, corpus,
                             1u << KD_TRAIN | 1u << KD_DEVEL | 1u << KD_TEST, err);
    j->has_dataset = status == KD_OK;
    return status;
}

static kd_status make_masker(kd_model_job *j, kd_error *err)
{
    if (j->dataset.task != KD_TASK_TEXT) return KD_OK;
    kd_vocab *vocab = kd_vocab_of_lines(j->dataset.vocab_text);
    kd_status status = kd_masker_create(&j->masker, &j->mask, vocab, err);
    kd_vocab_destroy(vocab);
    return status;
}

static kd_status load_targets(kd_model_job *j, kd_error *err)
{
    kd_id     id;
    kd_status status = kd_cell_input(&id, j->node, KD_INPUT_TARGETS, err);
    if (status != KD_OK) return status;
    j->has_targets = true;
    return kd_loaded_targets_open(&j->targets, j->context->store, id, err);
}

static kd_status load_states(kd_model_job *j, kd_id id, kd_error *err)
{
    j->has_states = true;
    return kd_loaded_states_open(&j->states, j->context->store, id, &j->dataset.split[KD_TRAIN],
                                 err);
}

/* What a teacher with a vocabulary of its own is given to read. */
static kd_status load_reading(kd_model_job *j, kd_error *err)
{
    kd_id id = kd_resolved_input_id(j->node, KD_INPUT_READING);
    if (kd_id_is_none(id)) return KD_OK;
    kd_status status = kd_dataset_load(&j->reading, j->context->store, id, 1u << KD_TRAIN, err);
    j->has_reading = status == KD_OK;
    return status;
}

static kd_status load_teacher(kd_model_job *j, kd_error *err)
{
    kd_id     id;
    kd_status status = kd_cell_input(&id, j->node, KD_INPUT_TEACHER, err);
    if (status == KD_OK) status = kd_model_object_agrees(j->context->store, id, &j->dataset, err);
    if (status == KD_OK) status = kd_model_object_load(&j->teacher, j->context->store, id, err);
    return status == KD_OK ? load_reading(j, err) : status;
}

/* Whatever the method needs of the teacher. */
static kd_status load_lessons(kd_model_job *j, kd_error *err)
{
    unsigned  needs = kd_method_needs(j->method, &j->distill, j->dataset.task);
    kd_id     states = kd_resolved_input_id(j->node, KD_INPUT_STATES);
    kd_status status = KD_OK;
    if (needs & KD_NEEDS_LOGITS) status = load_targets(j, err);
    if (status != KD_OK || !(needs & KD_NEEDS_NETWORK)) return status;
    return kd_id_is_none(states) ? load_teacher(j, err) : load_states(j, states, err);
}

kd_status kd_model_job_load(kd_model_job *j, kd_error *err)
{
    kd_status status = load_dataset(j, err);
    if (status == KD_OK) status = make_masker(j, err);
    return status == KD_OK ? load_lessons(j, err) : status;
}
