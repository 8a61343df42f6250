/* config_own.h - config.json in our own words: every setting of the network by its name. */
#ifndef KD_WEIGHTS_CONFIG_OWN_H
#define KD_WEIGHTS_CONFIG_OWN_H

#include "models/model.h"

/* KD_EDATA with "<key>: ...". A setting that is not there keeps its default. */
kd_status kd_config_own_read(kd_arch *out, const kd_json *root, kd_error *err);

/* Members of the object that `w` is writing. */
void kd_config_own_write(kd_json_writer *w, const kd_arch *arch);

/* Take one setting from JSON; kd_arch_write is the other direction. */
/* A value that is no list and no object, as a setting's text. */
void kd_config_print(const kd_json *value, kd_str *out);

kd_status kd_config_put(kd_arch *arch, const kd_setting *row, const kd_json *value, kd_error *err);

#endif
