/* cell_targets.c - what the teacher says of every piece of a corpus, once for all who learn from
 * it.
 *
 *     logits/train   f32 (pieces, K), in the order of the pack; (sentences, K) for sequences
 *
 * Temperature and weights belong to who uses them and are not applied here. */
#include "harness/cell/cell_internal.h"

#include <stdlib.h>
#include <string.h>

#include "distill/trainer.h"
#include "harness/cell/model_object.h"
#include "harness/config/options.h"

static kd_status put_logits(kd_object_draft *draft, const kd_loaded_model *teacher,
                            const kd_dataset *dataset, const kd_cell_options *options,
                            kd_error *err)
{
    float       *logits;
    int          rows, labels;
    kd_precision precision;
    kd_status    status = kd_cell_precisions(NULL, &precision, options, err);
    if (status != KD_OK) return status;
    kd_params_seal(teacher->params, precision);
    kd_predict_logits(teacher->model, &dataset->split[KD_TRAIN], precision, options->threads,
                      &logits, &rows, &labels);
    status = kd_object_put_f32(draft, "logits/train", logits, (size_t)rows, (size_t)labels, err);
    kd_object_put_metric(draft, "targets.rows", rows);
    free(logits);
    return status;
}

kd_status kd_cell_make_targets(const kd_resolved *node, const kd_cell_context *context,
                               kd_object_draft *draft, kd_error *err)
{
    kd_id           corpus, teacher_id;
    kd_cell_options options;
    kd_dataset      dataset;
    kd_loaded_model teacher;
    kd_status       status;
    if ((status = kd_cell_input(&corpus, node, "corpus", err)) != KD_OK ||
        (status = kd_cell_input(&teacher_id, node, "teacher", err)) != KD_OK ||
        (status = kd_resolved_fill(node, "", kd_cell_settings, &options, err)) != KD_OK ||
        (status = kd_dataset_load(&dataset, context->store, corpus, 1u << KD_TRAIN, err)) != KD_OK)
        return status;
    status = kd_model_object_agrees(context->store, teacher_id, &dataset, err);
    if (status == KD_OK) status = kd_model_object_load(&teacher, context->store, teacher_id, err);
    if (status == KD_OK) {
        status = put_logits(draft, &teacher, &dataset, &options, err);
        kd_loaded_model_fini(&teacher);
    }
    kd_dataset_fini(&dataset);
    return status;
}
