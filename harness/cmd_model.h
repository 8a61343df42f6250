/* cmd_model.h - the verbs behind `kdgrid model`. */
#ifndef KD_CMD_MODEL_H
#define KD_CMD_MODEL_H

#include "harness/base/status.h"

kd_status kd_model_info(int argc, char **argv, kd_error *err);
kd_status kd_model_tensors(int argc, char **argv, kd_error *err);
kd_status kd_model_forward(int argc, char **argv, kd_error *err);
kd_status kd_model_import(int argc, char **argv, kd_error *err);
kd_status kd_model_export(int argc, char **argv, kd_error *err);

#endif
