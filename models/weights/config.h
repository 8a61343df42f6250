/* config.h - config.json of a checkpoint, and what of kd_arch it says.
 *
 *     "model_type": "bert", "distilbert"   the keys of the usual Python library
 *     "model_type": "kdgrid"               our settings by their names, for what that library has
 *                                          no class for: a BiLSTM, a BERT with another head
 */
#ifndef KD_WEIGHTS_CONFIG_H
#define KD_WEIGHTS_CONFIG_H

#include "models/model.h"
#include "models/weights/layout.h"

#define KD_CONFIG_FILE "config.json"
#define KD_CONFIG_TASK "finetuning_task" /* the usual library's word */

typedef struct {
    const kd_layout *layout;
    kd_arch          arch;      /* labels 0 when only the tensors tell */
    bool             is_bare;   /* the file names no head; the tensors tell whether there is one */
    bool             is_set;    /* a head over a sequence chooses a set of classes */
    bool             is_untied; /* a decoder of masked words has weights of its own */
    char            *labels;    /* one name a line, from id2label, or NULL */
    int              label_count;
} kd_published;

/* KD_EDATA with "<path>: <key>: ..." for a model of another family, or a choice that these
 * networks do not have. kd_published_fini after success. */
kd_status kd_config_read(kd_published *out, const char *path, kd_error *err);
void      kd_published_fini(kd_published *published);

/* Write the network's config.json. `labels` holds one name a line; NULL gives LABEL_0 and so on. `task` (NULL for none)
 * becomes KD_CONFIG_TASK. */
kd_status kd_config_write(const char *path, const kd_arch *arch, const char *labels,
                          const char *task, kd_error *err);

/* Label k of such a text; the caller frees it. */
char *kd_label_at(const char *labels, int k);

#endif
