/* model.h - the verbs behind `kdgrid model`. */
#ifndef KD_CMD_MODEL_MODEL_H
#define KD_CMD_MODEL_MODEL_H

#include <stdbool.h>

#include "harness/base/status.h"

/* clang-format off */
/*    verb     what it does                                            */
#define KD_MODEL_VERBS(X)                                                \
    X(info,    "layers, dimensions, parameters, size, operations")       \
    X(tensors, "names, types, shapes and digests in a file of weights")  \
    X(forward, "logits of a network for token ids")                      \
    X(import,  "a published checkpoint as an object")                    \
    X(export,  "an object of a study as a published checkpoint")
/* clang-format on */

#define X(verb, summary) kd_status kd_cmd_model_##verb(int argc, char **argv, kd_error *err);
KD_MODEL_VERBS(X)
#undef X

/* A verb that reads one thing, its only argument, and writes another, after -o. */
typedef struct {
    const char *name, *usage, *about;
    const char *output, *output_help; /* "FILE.h5", "the file to write" */
    kd_status (*run)(const char *from, const char *to, kd_error *err);
    bool by_name; /* it may be a cell of a store, see finding.h */
} kd_model_transfer;

/* Read the command line of such a verb and run it. */
kd_status kd_model_transfer_run(const kd_model_transfer *verb, int argc, char **argv,
                                kd_error *err);

#endif
