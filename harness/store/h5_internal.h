/* h5_internal.h - what h5*.c share: the handle, the types, values, how a failure is said.
 *
 *     h5.c          types, properties, handles
 *     h5_value.c    a dataset or an attribute, understood before a byte of it is read
 *     h5_text.c     texts of variable length
 *     h5_write.c    files that are made
 *     h5_read.c     files that are read
 *     h5_fault.c    reads and writes that fail when they are asked to
 *     foreign.c     files that other programs wrote
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
    hid_t       file;
    char       *path;
    kd_fs_draft draft;            /* none when the file is read */
    KD_VEC(kd_h5_member) members; /* names are owned */
    bool       is_listed;
    size_t     length; /* of a file that is read, in bytes */
    kd_fs_view view;   /* of the file, once it was asked for */
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

/* Let files that are opened so ask the fault seam at each read and write. */
void kd_h5_set_faulty(hid_t access);

/* Memory for one more open file, or the program ends: HDF5 itself does not look. */
void kd_h5_expect_room(void);

/* "<path>: <what>: why", from HDF5's own record of the call that just failed, with " '<name>'"
 * after the words unless it is NULL. `otherwise` is the status when the system is not to blame. */
kd_status kd_h5_fail(const kd_h5 *h5, kd_status otherwise, const char *what, const char *name,
                     kd_error *err);

/* The errno of the call that just failed, from the same record; 0 when the system is not to blame. */
int kd_h5_errno(void);

/* ---- types and spaces; the caller closes what these return ---- */

hid_t kd_h5_make_text_type(size_t size);
hid_t kd_h5_make_element_type(kd_h5_type type);

/* Rows of (key, value) or (name, value), packed. */
hid_t kd_h5_make_row_type(kd_h5_type type, size_t first, size_t second);

/* What we call a type of the file; KD_H5_TYPE_COUNT for one that we never write. */
kd_h5_type kd_h5_type_of(hid_t type);

/* Select `count` elements of a dataset from `first` on: whole rows, for an array with columns.
 * Returns the space of as many in memory. */
hid_t kd_h5_select(hid_t space, size_t cols, size_t first, size_t count);

/* ---- values ---- */

/* A dataset or an attribute whose bytes lie in this file and nowhere else, as they are: in one
 * piece or inside a header, behind hard links only. Its size is what its shape asks for, and no
 * more than the file has. Nothing else passes kd_h5_look, whoever wrote the file. */
typedef struct {
    kd_h5      *h5;
    const char *name, *owner; /* owner: of an attribute of a dataset, else NULL */
    hid_t       id, type;     /* the type as in the file */
    bool        is_mark, is_variable;
    int         rank;       /* 0, 1 or 2 */
    size_t      rows, cols; /* (1,0) of a scalar; cols is 0 for one dimension */
    size_t      width;      /* bytes of an element in the file */
    size_t      count;      /* elements */
    size_t      length;     /* bytes in the file */
} kd_h5_value;

/* The value borrows the handle and the names, and is closed by the caller when this says KD_OK.
 * `set` is the dataset that has the attribute, or NULL for one of the file. */
kd_status kd_h5_look(kd_h5_value *out, kd_h5 *h5, const char *name, kd_error *err);
kd_status kd_h5_look_mark(kd_h5_value *out, kd_h5 *h5, const kd_h5_value *set, const char *key,
                          kd_error *err);
void      kd_h5_close_value(kd_h5_value *value);

/* KD_EDATA: "<path>: '<name>' <why>". */
kd_status kd_h5_refuse(const kd_h5_value *value, const char *why, kd_error *err);

/* Read `count` elements from `first` on (whole rows) as they are in the file, which must be exactly
 * `type`, into `room` bytes, which must be exactly theirs. The only caller of H5Dread and H5Aread.
 */
kd_status kd_h5_read(const kd_h5_value *value, hid_t type, size_t first, size_t count, void *out,
                     size_t room, kd_error *err);

/* KD_EDATA unless every link on the way to `name`, a `what`, is there and a hard one. */
kd_status kd_h5_check_way(const kd_h5 *h5, const char *what, const char *name, kd_error *err);

/* Map the file, unless it is mapped. */
kd_status kd_h5_map(kd_h5 *h5, kd_error *err);

/* ---- texts of other programs ---- */

/* The text that this value is, or all that it has, a line each; fixed or variable, in any padding.
 * KD_EDATA when they are no texts. `out` is added to. */
kd_status kd_h5_read_text(const kd_h5_value *value, kd_str *out, kd_error *err);
kd_status kd_h5_read_lines(const kd_h5_value *value, kd_str *out, kd_error *err);

/* ---- the handle ---- */

void kd_h5_remember(kd_h5 *h5, const kd_h5_member *member); /* the name is copied */
void kd_h5_forget_members(kd_h5 *h5);
void kd_h5_free(kd_h5 *h5);

#endif
