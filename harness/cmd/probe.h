/* probe.h - `kdgrid submit --probe`: ask the site, choose, say why, remember. */
#ifndef KD_CMD_PROBE_H
#define KD_CMD_PROBE_H

#include "harness/base/args.h"

typedef struct {
    const char        *store;     /* on whose file system stores are */
    const kd_arg_list *overrides; /* of which slurm.partition names the one to look at */
    bool               is_dry;    /* nothing is remembered */
    bool               as_json;
} kd_cmd_probe_options;

kd_status kd_cmd_probe(const kd_cmd_probe_options *options, kd_error *err);

#endif
