/* model.h - the verbs behind `kdgrid model`. */
#ifndef KD_CMD_MODEL_MODEL_H
#define KD_CMD_MODEL_MODEL_H

#include "harness/base/status.h"

/* clang-format off */
/*    verb     what it does                                            */
#define KD_MODEL_VERBS(X)                                                \
    X(info,    "layers, dimensions, parameters, size, operations")       \
    X(tensors, "names, types, shapes and digests in a file of weights")  \
    X(forward, "logits of a network for token ids")                      \
    X(import,  "a published checkpoint as an object")                    \
    X(export,  "an object of a study as a published checkpoint, or in ONNX")
/* clang-format on */

#define X(verb, summary) kd_status kd_cmd_model_##verb(int argc, char **argv, kd_error *err);
KD_MODEL_VERBS(X)
#undef X

#endif
