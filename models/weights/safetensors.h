/* safetensors.h - writing the format that `kd_weights_open` reads.
 *
 *     u64 length of the header, little-endian | header, JSON | tensors, one after another
 *     {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
 */
#ifndef KD_WEIGHTS_SAFETENSORS_H
#define KD_WEIGHTS_SAFETENSORS_H

#include "models/weights/weights.h"

/* Replace `path` by a file of these tensors, in this order. */
kd_status kd_safetensors_write(const char *path, const kd_weight *tensors, size_t count,
                               kd_error *err);

#endif
