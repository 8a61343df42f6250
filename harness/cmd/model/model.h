/* model.h - the verbs behind `kdgrid model`. */
#ifndef KD_CMD_MODEL_MODEL_H
#define KD_CMD_MODEL_MODEL_H

#include "harness/base/status.h"

kd_status kd_model_info(int argc, char **argv, kd_error *err);
kd_status kd_model_tensors(int argc, char **argv, kd_error *err);
kd_status kd_model_forward(int argc, char **argv, kd_error *err);
kd_status kd_model_import(int argc, char **argv, kd_error *err);
kd_status kd_model_export(int argc, char **argv, kd_error *err);

/* A verb that reads one thing, its only argument, and writes another, after -o. */
typedef struct {
    const char *name, *usage, *about;
    const char *output, *output_help; /* "FILE.h5", "the file to write" */
    kd_status (*run)(const char *from, const char *to, kd_error *err);
} kd_model_transfer;

/* Read the command line of such a verb and run it. */
kd_status kd_model_transfer_run(const kd_model_transfer *verb, int argc, char **argv,
                                kd_error *err);

#endif
