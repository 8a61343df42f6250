/* h5_internal.h - what h5*.c share: the handle, the types, how a failure is said.
 *
 *     h5.c          types, properties, handles
 *     h5_write.c    files that are made
 *     h5_read.c     files that are read
 */
#ifndef KD_STORE_H5_INTERNAL_H
#define KD_STORE_H5_INTERNAL_H

#include <hdf5.h>
#include <stdbool.h>

#include "harness/base/fs.h"
#include "harness/base/vec.h"
#include "harness/store/h5.h"

/* A dataset up to this size lies in its own header: one read less, and no block of its own. */
#define KD_H5_COMPACT_BYTES 16384

/* A larger one begins at such a multiple of bytes, so that it can be used where it lies. */
#define KD_H5_ALIGNMENT 64

struct kd_h5 {
    hid_t file;
    char *path;
    char *temporary;              /* NULL when the file is read */
    KD_VEC(kd_h5_member) members; /* names are owned */
    bool       is_listed;
    size_t     length; /* of a file that is read, in bytes */
    kd_fs_view view;   /* of the file, once a dataset was looked at */
};

/* ---- the library ---- */

/* Properties that every file shares, made at the first call. */
typedef struct {
    bool  is_ready;
    hid_t access;         /* of files */
    hid_t creation;       /* of files */
    hid_t links;          /* make groups on the way */
    hid_t plain, compact; /* datasets on disk in one piece, or inside their header */
} kd_h5_properties;

const kd_h5_properties *kd_h5_prepare(void);

/* "<path>: <what>: why", from HDF5's own record of the call that just failed, with " '<name>'"
 * after the words unless it is NULL. `otherwise` is the status when the system is not to blame. */
kd_status kd_h5_fail(const kd_h5 *h5, kd_status otherwise, const char *what, const char *name,
                     kd_error *err);

/* ---- types and spaces; the caller closes what these return ---- */

hid_t kd_h5_make_text_type(size_t size);
hid_t kd_h5_make_element_type(kd_h5_type type);

/* Rows of (key, value) or (name, value), packed. */
hid_t kd_h5_make_row_type(kd_h5_type type, size_t first, size_t second);

/* What we call a type of the file; KD_H5_TYPE_COUNT for one that we never write. */
kd_h5_type kd_h5_type_of(hid_t type);

/* Select `count` elements of a dataset from `first` on: whole rows, for an array with columns.
 * Returns the space of as many in memory. */
hid_t kd_h5_select(hid_t space, const kd_h5_member *member, size_t first, size_t count);

/* ---- the handle ---- */

void kd_h5_remember(kd_h5 *h5, const kd_h5_member *member); /* the name is copied */
void kd_h5_forget_members(kd_h5 *h5);
void kd_h5_free(kd_h5 *h5);

#endif
