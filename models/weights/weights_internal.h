/* weights_internal.h - what the readers of single formats share. */
#ifndef KD_WEIGHTS_INTERNAL_H
#define KD_WEIGHTS_INTERNAL_H

#include "harness/base/arena.h"
#include "harness/base/fs.h"
#include "harness/base/map.h"
#include "harness/base/vec.h"
#include "models/weights/weights.h"

struct kd_weights {
    kd_arena *arena; /* names, and bytes that are in no mapped file */
    kd_map   *index; /* name -> place in items */
    KD_VEC(kd_weight) items;
    KD_VEC(kd_fs_view) views;
};

/* A set without tensors. */
kd_weights *kd_weights_create(void);

/* Take one tensor, whose name is copied. KD_EDATA when the name is there already. */
kd_status kd_weights_add(kd_weights *weights, const kd_weight *weight, const char *path,
                         kd_error *err);

/* Bytes that this shape takes; false when a dimension is negative or the product overflows. */
bool kd_weight_measure(const kd_weight *weight, size_t *bytes);

/* Add all tensors of one file; an index adds those of the files that it names. */
kd_status kd_safetensors_read(kd_weights *weights, const char *path, kd_error *err);
kd_status kd_shards_read(kd_weights *weights, const char *path, kd_error *err);
kd_status kd_torch_read(kd_weights *weights, const char *path, kd_error *err);

/* Add to `names` each file beside it that an index names, once. */
kd_status kd_shards_list(kd_map *names, const char *path, kd_error *err);

#endif
