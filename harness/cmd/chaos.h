/* chaos.h - `kdgrid run --chaos SEED`: the study under chaos, and the verdict. */
#ifndef KD_CMD_CHAOS_H
#define KD_CMD_CHAOS_H

#include "harness/dispatch/run.h"

/* `words` are those of the command line, "run" first. KD_ECHECK when something was lost. */
kd_status kd_cmd_chaos(const kd_run_options *options, int argc, char **words, kd_error *err);

#endif
