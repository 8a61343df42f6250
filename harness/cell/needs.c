/* needs.c - what a node cannot begin without. */
#include "harness/cell/cell_internal.h"

kd_status kd_cell_input(kd_id *out, const kd_resolved *node, kd_input_role role, kd_error *err)
{
    *out = kd_resolved_input_id(node, role);
    if (!kd_id_is_none(*out)) return KD_OK;
    return kd_fail(err, KD_EDATA, "a %s node needs an input %s", kd_node_kind_word(node->kind),
                   kd_input_role_word(role));
}

static kd_status require(kd_precision *out, const char *key, kd_precision precision, kd_error *err)
{
    if (!out) return KD_OK;
    *out = precision;
    kd_status status = kd_gemm_require(precision, err);
    return status == KD_OK ? KD_OK : kd_while(err, status, "%s", key);
}

kd_status kd_cell_precisions(kd_precision *training, kd_precision *inference,
                             const kd_cell_options *options, kd_error *err)
{
    bool      is_same = options->inference == KD_INFERENCE_SAME;
    kd_status status = require(training, "precision", options->precision, err);
    if (status != KD_OK) return status;
    return require(inference, is_same ? "precision" : "inference", kd_cell_inference(options), err);
}
