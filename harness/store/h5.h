/* h5.h - the only door to HDF5: whole files, written once, checked when read.
 *
 *     create -> put put put -> commit      the file appears under its name, durable
 *                          \-> discard     nothing was there and nothing is
 *     open -> get get -> close
 *
 * A file is built under a temporary name, fsynced and renamed; none is ever changed in
 * place. Every dataset carries the 64-bit checksum of its bytes in the attribute "checksum",
 * and the 1.8 file format guards HDF5's own structures, so that a flipped byte is an error
 * and never a number. Big arrays lie in one piece on disk, small ones inside their header.
 *
 * Names are paths inside the file ("weights/lstm.bias"); groups come into being by being
 * named. Errors name the file and the dataset.
 */
#ifndef KD_STORE_H5_H
#define KD_STORE_H5_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/arena.h"
#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/store/record.h"

typedef struct kd_h5 kd_h5;

/*    name   bytes  word       */
#define KD_H5_TYPES(X)   \
    X(F32, 4, "f32")     \
    X(F64, 8, "f64")     \
    X(F16, 2, "f16")     \
    X(BF16, 2, "bf16")   \
    X(I16, 2, "i16")     \
    X(I32, 4, "i32")     \
    X(I64, 8, "i64")     \
    X(U8, 1, "u8")       \
    X(U32, 4, "u32")     \
    X(U64, 8, "u64")     \
    X(TEXT, 0, "text")   \
    X(PAIRS, 0, "pairs") \
    X(NUMBERS, 0, "numbers")

/* What a dataset holds. BF16 is kept as unsigned 16-bit integers; TEXT is one string, PAIRS
 * rows of two texts, NUMBERS rows of a text and an f64. */
typedef enum {
#define X(name, bytes, word) KD_H5_##name,
    KD_H5_TYPES(X)
#undef X
        KD_H5_TYPE_COUNT
} kd_h5_type;

const char *kd_h5_type_word(kd_h5_type type);
size_t      kd_h5_type_bytes(kd_h5_type type); /* of one element; 0 for text and tables */

typedef struct {
    const char *name; /* path inside the file */
    kd_h5_type  type;
    size_t      rows;
    size_t      cols; /* 0 for a dataset with one dimension */
    uint64_t    checksum;
} kd_h5_member;

/* ---- write ---- */

/* Begin the file that will be `path`. It is built as a draft beside `beside` (on the same file
 * system), or beside `path` when that is NULL. */
kd_status kd_h5_create(kd_h5 **out, const char *path, const char *beside, kd_error *err);

/* (rows, cols) elements, or (rows) when cols is 0. */
kd_status kd_h5_put(kd_h5 *h5, const char *name, kd_h5_type type, const void *data, size_t rows,
                    size_t cols, kd_error *err);
kd_status kd_h5_put_text(kd_h5 *h5, const char *name, const char *text, kd_error *err);
kd_status kd_h5_put_pairs(kd_h5 *h5, const char *name, const kd_record_setting *rows, size_t count,
                          kd_error *err);
kd_status kd_h5_put_numbers(kd_h5 *h5, const char *name, const kd_record_metric *rows, size_t count,
                            kd_error *err);

/* The same for an array that is never in memory as a whole: begin it, append its elements in their
 * order, any number at a time, and end it. Several may be begun at once. The handle is gone after
 * the end, also when that fails, and after kd_h5_abandon. Ending before all elements are
 * there is a bug. */
typedef struct kd_h5_stream kd_h5_stream;
kd_status kd_h5_begin(kd_h5_stream **out, kd_h5 *h5, const char *name, kd_h5_type type, size_t rows,
                      size_t cols, kd_error *err);
kd_status kd_h5_append(kd_h5_stream *stream, const void *data, size_t elements, kd_error *err);
kd_status kd_h5_end(kd_h5_stream *stream, kd_error *err);
void      kd_h5_abandon(kd_h5_stream *stream); /* NULL is fine; the file can only be discarded */

/* An attribute of the file itself. */
kd_status kd_h5_put_mark(kd_h5 *h5, const char *key, const char *text, kd_error *err);
kd_status kd_h5_put_count(kd_h5 *h5, const char *key, int64_t number, kd_error *err);

/* Close, fsync, rename. The handle is gone either way, and so is the temporary file. */
kd_status kd_h5_commit(kd_h5 *h5, kd_error *err);
void      kd_h5_discard(kd_h5 *h5); /* NULL is fine */

/* ---- read ---- */

/* KD_ENOINPUT when it is absent, KD_EDATA when it is not an HDF5 file. */
kd_status kd_h5_open(kd_h5 **out, const char *path, kd_error *err);

/* Whether there is something of this name. A file that cannot be read is a failure, and no "no". */
kd_status kd_h5_has(kd_h5 *h5, const char *name, bool *has, kd_error *err);

/* What a dataset is. KD_EDATA when there is none of this name. */
kd_status kd_h5_find(kd_h5 *h5, const char *name, kd_h5_member *member, kd_error *err);

/* Read into `out`, which has room for exactly (rows, cols) of `type`. KD_EDATA when the dataset
 * is another than that or its bytes do not give its checksum. */
kd_status kd_h5_get(kd_h5 *h5, const char *name, kd_h5_type type, void *out, size_t rows,
                    size_t cols, kd_error *err);
kd_status kd_h5_get_text(kd_h5 *h5, const char *name, kd_str *out, kd_error *err);
kd_status kd_h5_get_pairs(kd_h5 *h5, const char *name, kd_arena *arena, kd_record_setting **rows,
                          size_t *count, kd_error *err);
kd_status kd_h5_get_numbers(kd_h5 *h5, const char *name, kd_arena *arena, kd_record_metric **rows,
                            size_t *count, kd_error *err);
kd_status kd_h5_get_mark(kd_h5 *h5, const char *key, kd_str *out, kd_error *err);
kd_status kd_h5_get_count(kd_h5 *h5, const char *key, int64_t *out, kd_error *err);

/* Look at a dataset where it lies: the bytes of the file, mapped, when they are in one piece there,
 * or a copy in the arena. Borrowed until the handle is closed. */
kd_status kd_h5_view(kd_h5 *h5, const char *name, kd_h5_type type, kd_arena *arena,
                     const void **out, size_t *rows, size_t *cols, kd_error *err);

/* Read a dataset of any kind only to see that its checksum holds. */
kd_status kd_h5_verify(kd_h5 *h5, const char *name, kd_error *err);

/* Every dataset, sorted by name: of the file that is read, or of what was put so far. The
 * array and the names belong to the handle. */
kd_status kd_h5_members(kd_h5 *h5, const kd_h5_member **members, size_t *count, kd_error *err);

void kd_h5_close(kd_h5 *h5); /* NULL is fine */

const char *kd_h5_path(const kd_h5 *h5);

#endif
