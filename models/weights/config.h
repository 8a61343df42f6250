/* config.h - config.json of a published checkpoint, and what of kd_arch it says. */
#ifndef KD_WEIGHTS_CONFIG_H
#define KD_WEIGHTS_CONFIG_H

#include "models/model.h"
#include "models/weights/names.h"

typedef struct {
    kd_layout layout;
    kd_arch   arch; /* head is "none" when the file does not say; labels 0 */
} kd_published;

/* KD_EDATA with "<path>: <key>: ..." for a model of another family, or a choice that these
 * networks do not have. */
kd_status kd_config_read(kd_published *out, const char *path, kd_error *err);

/* KD_ECONFIG when the usual library has no class for such a network. */
kd_status kd_config_check(const kd_arch *arch, kd_error *err);

/* Write a network that passed the check. `labels` holds one name a line; NULL gives LABEL_0 and
 * so on. */
kd_status kd_config_write(const char *path, const kd_arch *arch, const char *labels, kd_error *err);

/* The layout that a network is published in. */
kd_layout kd_layout_of(const kd_arch *arch);

#endif
