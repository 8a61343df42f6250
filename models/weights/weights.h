/* weights.h - the tensors of a published checkpoint, by name, whatever file they came in.
 *
 *     model.safetensors             --+
 *     model.safetensors.index.json  --+--> kd_weights: name, type, shape, bytes
 *     pytorch_model.bin, *.pt       --+
 *
 * weights.c holds the set and turns its bytes into numbers; weights_open.c has the table of forms,
 * each of which is read by a file of its own.
 *
 * A file is checked whole before a tensor of it can be seen: no offset, shape or size is
 * believed. Bytes of safetensors are those of the mapped file; nothing is decoded until asked for.
 */
#ifndef KD_WEIGHTS_WEIGHTS_H
#define KD_WEIGHTS_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/map.h"
#include "harness/base/status.h"
#include "harness/base/str.h"

#define KD_WEIGHTS_FILE "model.safetensors" /* the form that is written */

/*    name   safetensors   torch storage     bytes                          */
#define KD_DTYPES(X)                      \
    X(F32, "F32", "FloatStorage", 4)      \
    X(F16, "F16", "HalfStorage", 2)       \
    X(BF16, "BF16", "BFloat16Storage", 2) \
    X(F64, "F64", "DoubleStorage", 8)     \
    X(I64, "I64", "LongStorage", 8)       \
    X(I32, "I32", "IntStorage", 4)        \
    X(I16, "I16", "ShortStorage", 2)      \
    X(I8, "I8", "CharStorage", 1)         \
    X(U8, "U8", "ByteStorage", 1)         \
    X(BOOL, "BOOL", "BoolStorage", 1)

typedef enum {
#define X(name, word, storage, bytes) KD_DTYPE_##name,
    KD_DTYPES(X)
#undef X
        KD_DTYPE_COUNT
} kd_dtype;

const char *kd_dtype_word(kd_dtype type);    /* "BF16" */
const char *kd_dtype_storage(kd_dtype type); /* "BFloat16Storage" */
size_t      kd_dtype_size(kd_dtype type);

enum { KD_WEIGHT_RANK_MAX = 8 };

typedef struct {
    const char *name;
    kd_dtype    type;
    int         rank;
    int64_t     dim[KD_WEIGHT_RANK_MAX];
    const char *bytes;  /* little-endian, row by row, at any alignment */
    size_t      length; /* of `bytes` */
} kd_weight;

typedef struct kd_weights kd_weights;

/* Open a file by the end of its name (.safetensors, .safetensors.index.json, .bin, .pt), or the
 * checkpoint of a folder: model.safetensors, its index, pytorch_model.bin, or its index, whichever
 * is there first. KD_EDATA names the file, the tensor and the reason; a file without a tensor is
 * refused too. The caller closes it. */
kd_status kd_weights_open(kd_weights **out, const char *path, kd_error *err);

/* Add to the set `names` the files that a folder's weights are in; of an index that would be opened
 * those are the index and its shards. KD_EDATA for an index that is none. */
kd_status kd_weights_list(kd_map *names, const char *folder, kd_error *err);

/* Walk in the order of the file; find by name (NULL when absent). They live until close. */
size_t           kd_weights_count(const kd_weights *weights);
const kd_weight *kd_weights_at(const kd_weights *weights, size_t index);
const kd_weight *kd_weights_find(const kd_weights *weights, const char *name);

/* As f32, count = length / size of the type. KD_EDATA for whole numbers, and for a value that is
 * not finite. */
kd_status kd_weight_decode(const kd_weight *weight, float *out, kd_error *err);

/* Say that a tensor was read: its part of a mapped file leaves memory, so that a large checkpoint
 * is not held beside the network that is made from it. It can be read again. */
void kd_weights_unload(const kd_weights *weights, const kd_weight *weight);

/* KD_EDATA when a number of a floating-point type is not finite; whole numbers always are. */
kd_status kd_weight_check(const kd_weight *weight, kd_error *err);

/* "[768, 3072]" */
void kd_weight_shape(const kd_weight *weight, kd_str *out);

void kd_weights_close(kd_weights *weights); /* NULL is fine */

#endif
