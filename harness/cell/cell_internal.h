/* cell_internal.h - what each kind of node does, and what they share. */
#ifndef KD_CELL_CELL_INTERNAL_H
#define KD_CELL_CELL_INTERNAL_H

#include "harness/cell/cell.h"
#include "harness/config/options.h"
#include "harness/store/object.h"
#include "models/tensor/gemm.h"

/* One a file: put everything into the draft; the caller commits it. Only a model is made without a draft, by ranks that
 * help to train it. */
kd_status kd_cell_make_corpus(const kd_resolved *node, const kd_cell_context *context,
                              kd_object_draft *draft, kd_error *err);
kd_status kd_cell_make_model(const kd_resolved *node, const kd_cell_context *context,
                             kd_object_draft *draft, kd_error *err);
kd_status kd_cell_make_targets(const kd_resolved *node, const kd_cell_context *context,
                               kd_object_draft *draft, kd_error *err);
kd_status kd_cell_make_states(const kd_resolved *node, const kd_cell_context *context,
                              kd_object_draft *draft, kd_error *err);

/* What a cell's settings say of products: while it trains, and when a trained network is applied.
 * Either pointer may be NULL. KD_EUNAVAILABLE when this build cannot multiply so. */
kd_status kd_cell_precisions(kd_precision *training, kd_precision *inference,
                             const kd_cell_options *options, kd_error *err);

/* A node that leaves no object. */
kd_status kd_cell_run_noop(const kd_resolved *node, const kd_cell_context *context, kd_error *err);

/* The input of this role, or KD_EDATA saying which one the node lacks. */
kd_status kd_cell_input(kd_id *out, const kd_resolved *node, kd_input_role role, kd_error *err);

#endif
