/* cell_states.c - what a teacher has inside for every piece of a corpus, once for all who compare
 * it: hidden states and attention maps, of just the layers that a method pairs.
 *
 * They are written while the teacher goes over the corpus, in packed batches, so that no more than
 * a batch of them is ever in memory. The teacher multiplies as it would in a student's own steps:
 * in the precision of training. */
#include "harness/cell/cell_internal.h"

#include <stdio.h>
#include <string.h>

#include "harness/config/options.h"
#include "harness/objects/model.h"
#include "harness/objects/states.h"

typedef struct {
    const kd_cell_context *context;
    kd_cell_options        options;
    kd_targets_options     targets;
    kd_inside              inside;
    kd_precision           precision;
    kd_dataset             dataset;
    const kd_pack         *train;
    kd_loaded_model        teacher;
} job;

/* What the node says of layers, in lines of its own. */
static kd_status read_wanted(kd_inside *out, const kd_resolved *node, kd_error *err)
{
    *out = (kd_inside){ .is_of_firsts = false };
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++) {
        char key[32];
        snprintf(key, sizeof key, "states.%s", kd_inside_word(k));
        const char *layers = kd_resolved_value(node, key);
        if (layers && !kd_inside_parse(out, k, layers))
            return kd_fail(err, KD_EDATA, "%s: expected layers, found '%s'", key, layers);
    }
    const char *rows = kd_resolved_value(node, "states.rows");
    out->is_of_firsts = rows && strcmp(rows, "first") == 0;
    if (!kd_inside_is_empty(out)) return KD_OK;
    return kd_fail(err, KD_EDATA, "a states node needs layers to keep");
}

static bool is_half(const job *j)
{
    return j->targets.format == KD_TARGETS_F16;
}

/* The plan knew the corpus by the sizes of its files; here it is, and the budget is held. */
static kd_status check_budget(const job *j, double bytes, kd_error *err)
{
    double gib = bytes / (1 << 30), most = j->targets.states_gib;
    if (gib <= most) return KD_OK;
    return kd_fail(
        err, KD_ECONFIG,
        "targets.states_gib: states and maps of this corpus take %.3g GiB, more than the "
        "plan had estimated and than the %.3g allowed; allow more, or 0 to compute them "
        "in every step",
        gib, most);
}

static kd_status ask(job *j, kd_object_draft *draft, kd_error *err)
{
    kd_states_writer *writer;
    const kd_arch    *arch = kd_model_arch(j->teacher.model);
    kd_status         status =
        kd_states_writer_begin(&writer, draft, &j->inside, arch, j->train, is_half(j), err);
    if (status != KD_OK) return status;
    kd_inside_taker taker = kd_states_writer_taker(writer);
    status = kd_predict_inside(j->teacher.model, j->train, &j->inside, j->precision,
                               j->options.threads, &taker, err);
    if (status == KD_OK) return kd_states_writer_end(writer, err);
    kd_states_writer_abandon(writer);
    return status;
}

static kd_status ask_teacher(job *j, kd_id id, kd_object_draft *draft, kd_error *err)
{
    kd_status status = kd_model_object_agrees(j->context->store, id, &j->dataset, err);
    if (status == KD_OK) status = kd_model_object_load(&j->teacher, j->context->store, id, err);
    if (status != KD_OK) return status;
    double bytes =
        kd_states_bytes(&j->inside, kd_model_arch(j->teacher.model), j->train, is_half(j));
    kd_params_seal(j->teacher.params, j->precision);
    status = check_budget(j, bytes, err);
    if (status == KD_OK) status = ask(j, draft, err);
    if (status == KD_OK) kd_object_put_metric(draft, "states.bytes", bytes);
    kd_loaded_model_fini(&j->teacher);
    return status;
}

kd_status kd_cell_make_states(const kd_resolved *node, const kd_cell_context *context,
                              kd_object_draft *draft, kd_error *err)
{
    kd_id     corpus, teacher;
    kd_status status;
    job       j = { .context = context };
    if ((status = kd_cell_input(&corpus, node, KD_INPUT_CORPUS, err)) != KD_OK ||
        (status = kd_cell_input(&teacher, node, KD_INPUT_TEACHER, err)) != KD_OK ||
        (status = kd_resolved_fill(node, "", kd_cell_settings, &j.options, err)) != KD_OK ||
        (status = kd_resolved_fill(node, "targets.", kd_targets_settings, &j.targets, err)) !=
            KD_OK ||
        (status = read_wanted(&j.inside, node, err)) != KD_OK ||
        (status = kd_cell_precisions(&j.precision, NULL, &j.options, err)) != KD_OK ||
        (status = kd_dataset_load(&j.dataset, context->store, corpus, 1u << KD_TRAIN, err)) !=
            KD_OK)
        return status;
    j.train = &j.dataset.split[KD_TRAIN];
    status = ask_teacher(&j, teacher, draft, err);
    kd_dataset_fini(&j.dataset);
    return status;
}
