/* init_folder.h - what a published folder settles of the network that begins with it.
 *
 *     student.init = "biobert"     student.hidden, .layers, ...   nobody said it: what config.json says
 *                                                                 somebody did:   it has to be that (plan_published.c)
 */
#ifndef KD_CONFIG_INIT_FOLDER_H
#define KD_CONFIG_INIT_FOLDER_H

#include "models/model.h"

/* The settings that may name a folder, and whose network begins so. */
typedef struct {
    const char *init, *arch; /* "finetune.init", "student."; NULL ends them */
    bool        is_before;   /* read where student.init = fine-tuned */
} kd_init_place;

extern const kd_init_place kd_init_places[];

/* The folder's network: what config.json says, and the tensors where they can be read; what is wrong with these says who reads
 * them. `is_known` is false where a folder has neither. KD_EDATA for a config.json that is none. */
kd_status kd_init_folder_read(kd_arch *out, bool *is_known, const char *folder, kd_error *err);

/* Whether the folder's network has this setting of its own, and so has what begins with it: its kind and its sizes. */
bool kd_init_folder_settles(const kd_arch *folder, const char *key);

/* Whether it comes with the folder's head, for tasks that have one of that sort. */
bool kd_init_folder_brings(const kd_arch *folder, const char *key);

#endif
