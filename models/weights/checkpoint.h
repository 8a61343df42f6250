/* checkpoint.h - a published checkpoint as one of our networks, and one of ours as published.
 *
 *     DIR/config.json --> kd_arch --> kd_model_create --> names and shapes
 *     DIR/model.safetensors (or shards, or pytorch_model.bin) --by name--> kd_params
 */
#ifndef KD_WEIGHTS_CHECKPOINT_H
#define KD_WEIGHTS_CHECKPOINT_H

#include "models/model.h"

typedef struct {
    kd_model  *model;
    kd_params *params; /* values only */
} kd_checkpoint;

/* Every weight of the network must be in the files with its shape, and every tensor of the files
 * be a weight of it or one that loaders leave aside. Shapes are compared before the network gets
 * memory. KD_EDATA with file, tensor and reason. The caller finis what it got. */
kd_status kd_checkpoint_load(kd_checkpoint *out, const char *folder, kd_error *err);
void      kd_checkpoint_fini(kd_checkpoint *checkpoint);

/* Write config.json, model.safetensors and, unless it is NULL, vocab.txt, in a folder that is made.
 * `labels` holds one name a line, or is NULL. */
kd_status kd_checkpoint_save(const char *folder, const kd_model *model, const kd_params *params,
                             const char *labels, const char *vocab, kd_error *err);

#endif
