/* foreign.h - HDF5 files that others wrote: arrays of numbers and lists of texts, by name.
 *
 * Nothing is known of such a file but what a reader asks for: there are no checksums, any float
 * is read as f32 and any whole number as i32, and a text may be of fixed or variable length. The
 * bytes must be in the file itself and as they are: not in chunks, not compressed, not in other
 * files, and behind no soft or external link. Errors name the file and the dataset.
 */
#ifndef KD_STORE_FOREIGN_H
#define KD_STORE_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"
#include "harness/base/str.h"

typedef struct kd_foreign kd_foreign;

/* KD_ENOINPUT when it is absent, KD_EDATA when it is no HDF5 file. The caller closes it. */
kd_status kd_foreign_open(kd_foreign **out, const char *path, kd_error *err);
void      kd_foreign_close(kd_foreign *file); /* NULL is fine */

/* How many members the group has; KD_EDATA when there is no such group. */
kd_status kd_foreign_count(kd_foreign *file, const char *group, size_t *count, kd_error *err);

/* An array of one or two dimensions: cols is 0 for one. */
kd_status kd_foreign_shape(kd_foreign *file, const char *name, size_t *rows, size_t *cols,
                           kd_error *err);

/* Read all of it into `out`, which has room for `count` elements. KD_EDATA when it has another
 * number of them, holds other things than floats (whole numbers, for the second), or a whole number
 * of more than 32 bits. */
kd_status kd_foreign_floats(kd_foreign *file, const char *name, float *out, size_t count,
                            kd_error *err);
kd_status kd_foreign_ints(kd_foreign *file, const char *name, int32_t *out, size_t count,
                          kd_error *err);

/* A list of texts, a line each. */
kd_status kd_foreign_texts(kd_foreign *file, const char *name, kd_str *lines, kd_error *err);

/* A text among the file's attributes, "" when there is none. KD_EDATA when it is no single text. */
kd_status kd_foreign_mark(kd_foreign *file, const char *key, kd_str *out, kd_error *err);

#endif
