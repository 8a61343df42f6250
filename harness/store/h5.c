/* h5.c - the only door to HDF5.
 *
 * Elements are written as they lie in memory, so a host must be little-endian. Properties that
 * every file shares are made once for the process:
 *
 *   - the 1.8 format (no later, no earlier): HDF5 checks its own structures by checksum, and
 *     every HDF5 of the last fifteen years reads it;
 *   - no file locks: a file under its name never changes, and a store may be read-only;
 *   - no times, so that equal contents give equal bytes;
 *   - no clean-up by HDF5 at the end of the process: after a full disk it would write again.
 */
#include "harness/store/h5.h"

#include <errno.h>
#include <hdf5.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/digest.h"
#include "harness/base/fault.h"
#include "harness/base/fs.h"
#include "harness/base/vec.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a store holds little-endian numbers");

/* A dataset up to this size lies in its own header: one read less, and no block of its own. */
#define COMPACT_BYTES 16384

/* A larger one begins at such a multiple of bytes, so that it can be used where it lies. */
#define ALIGNMENT 64

/* An array larger than this is verified so many bytes at a time. */
#define VERIFY_BYTES ((size_t)4 << 20)

struct kd_h5 {
    hid_t       file;
    char       *path;
    kd_fs_draft draft;            /* none when the file is read */
    KD_VEC(kd_h5_member) members; /* names are owned */
    bool       is_listed;
    size_t     length; /* of a file that is read, in bytes */
    kd_fs_view view;   /* of the file, once a dataset was looked at */
};

static const struct {
    const char *word;
    size_t      bytes;
} types[] = {
#define X(name, bytes, word) { word, bytes },
    KD_H5_TYPES(X)
#undef X
};

const char *kd_h5_type_word(kd_h5_type type)
{
    return types[type].word;
}

size_t kd_h5_type_bytes(kd_h5_type type)
{
    return types[type].bytes;
}

const char *kd_h5_path(const kd_h5 *h5)
{
    return h5->path;
}

/* ---- the library ---- */

static struct {
    bool  is_ready;
    hid_t access;         /* of files */
    hid_t creation;       /* of files */
    hid_t links;          /* make groups on the way */
    hid_t plain, compact; /* datasets on disk in one piece, or inside their header */
} shared;

static hid_t make_dataset_properties(H5D_layout_t layout)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_layout(list, layout);
    H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
    H5Pset_obj_track_times(list, false);
    return list;
}

static void prepare_library(void)
{
    if (shared.is_ready) return;
    H5dont_atexit();
    KD_CHECK(H5open() >= 0, "HDF5 does not start");
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    shared.access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(shared.access, H5F_LIBVER_V18, H5F_LIBVER_V18);
    H5Pset_file_locking(shared.access, false, true);
    H5Pset_alignment(shared.access, COMPACT_BYTES, ALIGNMENT);
    H5Pset_fclose_degree(shared.access, H5F_CLOSE_STRONG);
    shared.creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_obj_track_times(shared.creation, false);
    shared.links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(shared.links, 1);
    shared.plain = make_dataset_properties(H5D_CONTIGUOUS);
    shared.compact = make_dataset_properties(H5D_COMPACT);
    shared.is_ready = true;
}

/* ---- failures ---- */

typedef struct {
    int  number; /* errno, 0 when the system is not to blame */
    char text[160];
} cause;

/* HDF5 says "..., errno = 28, error message = 'No space left on device', ..." */
static herr_t note_innermost(unsigned depth, const H5E_error2_t *error, void *user)
{
    cause *found = user;
    if (depth > 0 || !error->desc) return 0;
    const char *number = strstr(error->desc, "errno = ");
    if (number) found->number = atoi(number + strlen("errno = "));
    snprintf(found->text, sizeof found->text, "%s", error->desc);
    return 0;
}

/* "<path>: <what>: why", from HDF5's own record of the call that just failed, with " '<name>'"
 * after the words unless it is NULL. `otherwise` is the status when the system is not to blame. */
static kd_status fail(const kd_h5 *h5, kd_status otherwise, const char *what, const char *name,
                      kd_error *err)
{
    cause       why = { 0, "HDF5 gives no reason" };
    const char *before = name ? " '" : "", *after = name ? "'" : "";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, note_innermost, &why);
    if (!name) name = "";
    if (why.number)
        return kd_fail_errno(err, why.number, "%s: %s%s%s%s", h5->path, what, before, name, after);
    return kd_fail(err, otherwise, "%s: %s%s%s%s: %s", h5->path, what, before, name, after,
                   why.text);
}

/* ---- types and spaces; the caller closes what these return ---- */

static hid_t make_text_type(size_t size)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size ? size : 1);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

/* HDF5 1.10 has no half of its own; this one is numpy's float16. */
static hid_t make_half_type(void)
{
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(type, 15, 10, 5, 0, 10);
    H5Tset_size(type, 2);
    H5Tset_ebias(type, 15);
    return type;
}

static hid_t make_element_type(kd_h5_type type)
{
    switch (type) {
    case KD_H5_F16:
        return make_half_type();
    case KD_H5_F32:
        return H5Tcopy(H5T_IEEE_F32LE);
    case KD_H5_F64:
        return H5Tcopy(H5T_IEEE_F64LE);
    case KD_H5_BF16:
        return H5Tcopy(H5T_STD_U16LE);
    case KD_H5_I16:
        return H5Tcopy(H5T_STD_I16LE);
    case KD_H5_I32:
        return H5Tcopy(H5T_STD_I32LE);
    case KD_H5_I64:
        return H5Tcopy(H5T_STD_I64LE);
    case KD_H5_U8:
        return H5Tcopy(H5T_STD_U8LE);
    case KD_H5_U32:
        return H5Tcopy(H5T_STD_U32LE);
    case KD_H5_U64:
        return H5Tcopy(H5T_STD_U64LE);
    default:
        break;
    }
    kd_bug(__FILE__, __LINE__, "h5: '%s' is no element type", kd_h5_type_word(type));
}

/* Rows of (key, value) or (name, value), packed. */
static hid_t make_row_type(kd_h5_type type, size_t first, size_t second)
{
    hid_t row = H5Tcreate(H5T_COMPOUND, first + second);
    hid_t key = make_text_type(first);
    hid_t value = type == KD_H5_PAIRS ? make_text_type(second) : H5Tcopy(H5T_IEEE_F64LE);
    H5Tinsert(row, type == KD_H5_PAIRS ? "key" : "name", 0, key);
    H5Tinsert(row, "value", first, value);
    H5Tclose(key);
    H5Tclose(value);
    return row;
}

static hid_t make_space(const kd_h5_member *member)
{
    hsize_t dims[2] = { member->rows, member->cols };
    if (member->type == KD_H5_TEXT) return H5Screate(H5S_SCALAR);
    return H5Screate_simple(member->cols ? 2 : 1, dims, NULL);
}

static kd_h5_type type_of_integer(hid_t type)
{
    bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
    switch (H5Tget_size(type)) {
    case 1:
        return is_signed ? KD_H5_TYPE_COUNT : KD_H5_U8;
    case 2:
        return is_signed ? KD_H5_I16 : KD_H5_BF16;
    case 4:
        return is_signed ? KD_H5_I32 : KD_H5_U32;
    case 8:
        return is_signed ? KD_H5_I64 : KD_H5_U64;
    default:
        return KD_H5_TYPE_COUNT;
    }
}

static kd_h5_type type_of_table(hid_t type)
{
    if (H5Tget_nmembers(type) != 2 || H5Tget_member_class(type, 0) != H5T_STRING)
        return KD_H5_TYPE_COUNT;
    H5T_class_t second = H5Tget_member_class(type, 1);
    return second == H5T_STRING  ? KD_H5_PAIRS
           : second == H5T_FLOAT ? KD_H5_NUMBERS
                                 : KD_H5_TYPE_COUNT;
}

static kd_h5_type type_of_float(hid_t type)
{
    hid_t half = make_half_type();
    bool  is_half = H5Tequal(type, half) > 0;
    H5Tclose(half);
    return is_half                              ? KD_H5_F16
           : H5Tequal(type, H5T_IEEE_F32LE) > 0 ? KD_H5_F32
           : H5Tequal(type, H5T_IEEE_F64LE) > 0 ? KD_H5_F64
                                                : KD_H5_TYPE_COUNT;
}

/* What we call a type of the file; KD_H5_TYPE_COUNT for one that we never write. */
static kd_h5_type type_of(hid_t type)
{
    switch (H5Tget_class(type)) {
    case H5T_FLOAT:
        return type_of_float(type);
    case H5T_INTEGER:
        return type_of_integer(type);
    case H5T_STRING:
        return H5Tis_variable_str(type) > 0 ? KD_H5_TYPE_COUNT : KD_H5_TEXT;
    case H5T_COMPOUND:
        return type_of_table(type);
    default:
        return KD_H5_TYPE_COUNT;
    }
}

/* ---- create ---- */

/* HDF5 gets the draft by its descriptor: a name could lead to another file by then, which HDF5
 * would empty. */
kd_status kd_h5_create(kd_h5 **out, const char *path, const char *beside, kd_error *err)
{
    char        name[32];
    kd_fs_draft draft;
    *out = NULL;
    prepare_library();
    if (kd_fs_draft_open(&draft, beside ? beside : path, err) != KD_OK) return KD_ECREATE;
    kd_h5 *h5 = kd_alloc(1, sizeof *h5);
    h5->path = kd_strdup(path);
    h5->draft = draft;
    snprintf(name, sizeof name, "/proc/self/fd/%d", draft.fd);
    h5->file = H5Fcreate(name, H5F_ACC_TRUNC, shared.creation, shared.access);
    *out = h5;
    if (h5->file >= 0) return KD_OK;
    kd_status status = fail(h5, KD_ECREATE, "cannot create", NULL, err);
    kd_h5_discard(h5);
    *out = NULL;
    return status == KD_ENOINPUT ? KD_ECREATE : status;
}

static kd_status write_attribute(const kd_h5 *h5, hid_t object, const char *name, const char *key,
                                 hid_t type, const void *value, kd_error *err)
{
    kd_status status = KD_OK;
    hid_t     space = H5Screate(H5S_SCALAR);
    hid_t     attribute = H5Acreate2(object, key, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, type, value) < 0)
        status = fail(h5, KD_EIO, "cannot write an attribute of", name, err);
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
    return status;
}

static void remember(kd_h5 *h5, const kd_h5_member *member)
{
    kd_vec_push(&h5->members, *member);
    h5->members.items[h5->members.count - 1].name = kd_strdup(member->name);
}

static hid_t create_dataset(const kd_h5 *h5, const char *name, hid_t type, hid_t space,
                            size_t length)
{
    hid_t layout = length <= COMPACT_BYTES ? shared.compact : shared.plain;
    return H5Dcreate2(h5->file, name, type, space, shared.links, layout, H5P_DEFAULT);
}

/* Write `length` bytes as the dataset that `member` describes, with their checksum. */
static kd_status write_dataset(kd_h5 *h5, kd_h5_member member, hid_t type, const void *bytes,
                               size_t length, kd_error *err)
{
    int fault = kd_fault_errno(KD_FAULT_WRITE);
    if (fault) return kd_fail_errno(err, fault, "%s: cannot write '%s'", h5->path, member.name);
    kd_status status = KD_OK;
    hid_t     space = make_space(&member);
    hid_t     set = create_dataset(h5, member.name, type, space, length);

    member.checksum = kd_checksum(bytes, length, 0);
    if (set < 0)
        status = fail(h5, KD_EIO, "cannot create the dataset", member.name, err);
    else if (length && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0)
        status = fail(h5, KD_EIO, "cannot write", member.name, err);
    else
        status =
            write_attribute(h5, set, member.name, "checksum", H5T_STD_U64LE, &member.checksum, err);
    if (set >= 0 && H5Dclose(set) < 0 && status == KD_OK)
        status = fail(h5, KD_EIO, "cannot write", member.name, err);
    H5Sclose(space);
    if (status == KD_OK) remember(h5, &member);
    return status;
}

kd_status kd_h5_put(kd_h5 *h5, const char *name, kd_h5_type type, const void *data, size_t rows,
                    size_t cols, kd_error *err)
{
    hid_t     element = make_element_type(type);
    size_t    length = rows * (cols ? cols : 1) * kd_h5_type_bytes(type);
    kd_status status =
        write_dataset(h5, (kd_h5_member){ name, type, rows, cols, 0 }, element, data, length, err);
    H5Tclose(element);
    return status;
}

/* ---- arrays that are written piece by piece ---- */

struct kd_h5_stream {
    kd_h5               *h5;
    kd_h5_member         member; /* its name is owned */
    hid_t                type, space, set;
    size_t               elements, written;
    kd_running_checksum *sum;
};

static void close_stream(kd_h5_stream *stream)
{
    if (stream->set >= 0) H5Dclose(stream->set);
    H5Sclose(stream->space);
    H5Tclose(stream->type);
    if (stream->sum) kd_checksum_end(stream->sum);
    free((char *)(uintptr_t)stream->member.name);
    free(stream);
}

kd_status kd_h5_begin(kd_h5_stream **out, kd_h5 *h5, const char *name, kd_h5_type type, size_t rows,
                      size_t cols, kd_error *err)
{
    kd_h5_stream *stream = kd_alloc(1, sizeof *stream);
    *stream = (kd_h5_stream){ .h5 = h5,
                              .member = { kd_strdup(name), type, rows, cols, 0 },
                              .type = make_element_type(type),
                              .elements = rows * (cols ? cols : 1),
                              .sum = kd_checksum_begin(0) };
    stream->space = make_space(&stream->member);
    stream->set = create_dataset(h5, name, stream->type, stream->space,
                                 stream->elements * kd_h5_type_bytes(type));
    *out = stream;
    if (stream->set >= 0) return KD_OK;
    kd_status status = fail(h5, KD_EIO, "cannot create the dataset", name, err);
    close_stream(stream);
    *out = NULL;
    return status;
}

/* Select `count` elements of a dataset from `first` on: whole rows, for an array with columns.
 * Returns the space of as many in memory, which the caller closes. */
static hid_t select_elements(hid_t space, const kd_h5_member *member, size_t first, size_t count)
{
    size_t  width = member->cols ? member->cols : 1;
    hsize_t start[2] = { first / width, 0 }, size[2] = { count / width, width }, all = count;
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL);
    return H5Screate_simple(1, &all, NULL);
}

kd_status kd_h5_append(kd_h5_stream *stream, const void *data, size_t elements, kd_error *err)
{
    const kd_h5_member *member = &stream->member;
    int                 fault = kd_fault_errno(KD_FAULT_WRITE);
    KD_CHECK(elements <= stream->elements - stream->written, "h5: '%s' has room for %zu more",
             member->name, stream->elements - stream->written);
    KD_CHECK(!member->cols || elements % member->cols == 0, "h5: '%s' takes whole rows",
             member->name);
    if (fault)
        return kd_fail_errno(err, fault, "%s: cannot write '%s'", stream->h5->path, member->name);
    if (elements == 0) return KD_OK;
    hid_t     memory = select_elements(stream->space, member, stream->written, elements);
    kd_status status = KD_OK;
    if (H5Dwrite(stream->set, stream->type, memory, stream->space, H5P_DEFAULT, data) < 0)
        status = fail(stream->h5, KD_EIO, "cannot write", member->name, err);
    H5Sclose(memory);
    kd_checksum_add(stream->sum, data, elements * kd_h5_type_bytes(member->type));
    stream->written += elements;
    return status;
}

kd_status kd_h5_end(kd_h5_stream *stream, kd_error *err)
{
    kd_h5        *h5 = stream->h5;
    kd_h5_member *member = &stream->member;
    KD_CHECK(stream->written == stream->elements, "h5: '%s' has %zu of %zu elements", member->name,
             stream->written, stream->elements);
    member->checksum = kd_checksum_end(stream->sum);
    stream->sum = NULL;
    kd_status status = write_attribute(h5, stream->set, member->name, "checksum", H5T_STD_U64LE,
                                       &member->checksum, err);
    if (H5Dclose(stream->set) < 0 && status == KD_OK)
        status = fail(h5, KD_EIO, "cannot write", member->name, err);
    stream->set = -1;
    if (status == KD_OK) remember(h5, member);
    close_stream(stream);
    return status;
}

void kd_h5_abandon(kd_h5_stream *stream)
{
    if (stream) close_stream(stream);
}

kd_status kd_h5_put_text(kd_h5 *h5, const char *name, const char *text, kd_error *err)
{
    size_t    length = strlen(text);
    hid_t     type = make_text_type(length);
    /* HDF5 has no text of length 0: the empty one is a single NUL. */
    kd_status status = write_dataset(h5, (kd_h5_member){ name, KD_H5_TEXT, 1, 0, 0 }, type, text,
                                     length ? length : 1, err);
    H5Tclose(type);
    return status;
}

static size_t at_least(size_t width, const char *text)
{
    size_t length = strlen(text);
    return length > width ? length : width;
}

kd_status kd_h5_put_pairs(kd_h5 *h5, const char *name, const kd_record_setting *rows, size_t count,
                          kd_error *err)
{
    size_t first = 1, second = 1;
    for (size_t i = 0; i < count; i++) {
        first = at_least(first, rows[i].key);
        second = at_least(second, rows[i].value);
    }
    char *bytes = kd_alloc(count + 1, first + second), *row = bytes;
    for (size_t i = 0; i < count; i++, row += first + second) {
        memcpy(row, rows[i].key, strlen(rows[i].key));
        memcpy(row + first, rows[i].value, strlen(rows[i].value));
    }
    hid_t     type = make_row_type(KD_H5_PAIRS, first, second);
    kd_status status = write_dataset(h5, (kd_h5_member){ name, KD_H5_PAIRS, count, 0, 0 }, type,
                                     bytes, count * (first + second), err);
    H5Tclose(type);
    free(bytes);
    return status;
}

kd_status kd_h5_put_numbers(kd_h5 *h5, const char *name, const kd_record_metric *rows, size_t count,
                            kd_error *err)
{
    size_t first = 1, second = sizeof(double);
    for (size_t i = 0; i < count; i++) first = at_least(first, rows[i].name);
    char *bytes = kd_alloc(count + 1, first + second), *row = bytes;
    for (size_t i = 0; i < count; i++, row += first + second) {
        memcpy(row, rows[i].name, strlen(rows[i].name));
        memcpy(row + first, &rows[i].value, second);
    }
    hid_t     type = make_row_type(KD_H5_NUMBERS, first, second);
    kd_status status = write_dataset(h5, (kd_h5_member){ name, KD_H5_NUMBERS, count, 0, 0 }, type,
                                     bytes, count * (first + second), err);
    H5Tclose(type);
    free(bytes);
    return status;
}

kd_status kd_h5_put_mark(kd_h5 *h5, const char *key, const char *text, kd_error *err)
{
    hid_t     type = make_text_type(strlen(text));
    kd_status status = write_attribute(h5, h5->file, key, key, type, text, err);
    H5Tclose(type);
    return status;
}

kd_status kd_h5_put_count(kd_h5 *h5, const char *key, int64_t number, kd_error *err)
{
    return write_attribute(h5, h5->file, key, key, H5T_STD_I64LE, &number, err);
}

static void forget_members(kd_h5 *h5)
{
    for (size_t i = 0; i < h5->members.count; i++)
        free((char *)(uintptr_t)h5->members.items[i].name);
    kd_vec_fini(&h5->members);
}

static void free_handle(kd_h5 *h5)
{
    forget_members(h5);
    free(h5->path);
    free(h5);
}

kd_status kd_h5_commit(kd_h5 *h5, kd_error *err)
{
    kd_status status = KD_OK;
    if (H5Fclose(h5->file) < 0) {
        status = fail(h5, KD_EIO, "cannot write", NULL, err);
        kd_fs_draft_discard(&h5->draft);
    } else {
        status = kd_fs_draft_commit(&h5->draft, h5->path, err);
    }
    free_handle(h5);
    return status;
}

void kd_h5_discard(kd_h5 *h5)
{
    if (!h5) return;
    if (h5->file >= 0) H5Fclose(h5->file);
    kd_fs_draft_discard(&h5->draft);
    free_handle(h5);
}

/* ---- open ---- */

kd_status kd_h5_open(kd_h5 **out, const char *path, kd_error *err)
{
    *out = NULL;
    prepare_library();
    kd_status status = kd_fs_check(path, err);
    if (status != KD_OK) return status;
    kd_h5 *h5 = kd_alloc(1, sizeof *h5);
    h5->path = kd_strdup(path);
    h5->draft.fd = -1;
    h5->length = (size_t)kd_fs_size(path);
    h5->file = H5Fopen(path, H5F_ACC_RDONLY, shared.access);
    if (h5->file >= 0) {
        *out = h5;
        return KD_OK;
    }
    status = fail(h5, KD_EDATA, "is not a whole HDF5 file", NULL, err);
    free_handle(h5);
    return status;
}

void kd_h5_close(kd_h5 *h5)
{
    if (!h5) return;
    H5Fclose(h5->file);
    if (h5->view.bytes) kd_fs_unmap(&h5->view);
    free_handle(h5);
}

/* ---- datasets that are read ---- */

typedef struct {
    hid_t        set, type;
    kd_h5_member member;
    size_t       length; /* bytes, as they come from H5Dread with `type` */
} dataset;

static void close_dataset(dataset *d)
{
    if (d->type >= 0) H5Tclose(d->type);
    if (d->set >= 0) H5Dclose(d->set);
}

static kd_status read_shape(const kd_h5 *h5, dataset *d, kd_error *err)
{
    hsize_t   dims[2] = { 1, 0 };
    kd_status status = KD_OK;
    hid_t     space = H5Dget_space(d->set);
    int       rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0 || rank > 2 || (rank == 0) != (d->member.type == KD_H5_TEXT))
        status = kd_fail(err, KD_EDATA, "%s: '%s' has a shape that is never written", h5->path,
                         d->member.name);
    else
        H5Sget_simple_extent_dims(space, dims, NULL);
    H5Sclose(space);
    d->member.rows = dims[0];
    d->member.cols = dims[1];
    if (__builtin_mul_overflow(dims[0], dims[1] ? dims[1] : 1, &d->length) ||
        __builtin_mul_overflow(d->length, H5Tget_size(d->type), &d->length))
        d->length = SIZE_MAX;
    return status;
}

static kd_status read_checksum(const kd_h5 *h5, dataset *d, kd_error *err)
{
    kd_status status = KD_OK;
    hid_t     attribute = H5Aopen(d->set, "checksum", H5P_DEFAULT);
    if (attribute < 0 || H5Aread(attribute, H5T_STD_U64LE, &d->member.checksum) < 0)
        status = fail(h5, KD_EDATA, "no checksum is kept with", d->member.name, err);
    if (attribute >= 0) H5Aclose(attribute);
    return status;
}

/* Open and describe; the name is borrowed. A length that the file cannot hold is refused here, so
 * that nobody asks for its memory. */
static kd_status open_dataset(dataset *d, const kd_h5 *h5, const char *name, kd_error *err)
{
    kd_status status;
    *d = (dataset){ .type = -1, .member = { .name = name } };
    d->set = H5Dopen2(h5->file, name, H5P_DEFAULT);
    if (d->set < 0) return fail(h5, KD_EDATA, "has no readable dataset", name, err);
    d->type = H5Dget_type(d->set);
    d->member.type = type_of(d->type);
    if (d->member.type == KD_H5_TYPE_COUNT)
        status =
            kd_fail(err, KD_EDATA, "%s: '%s' has a type that is never written", h5->path, name);
    else if ((status = read_shape(h5, d, err)) == KD_OK)
        status = read_checksum(h5, d, err);
    if (status == KD_OK && d->length > h5->length)
        status = kd_fail(err, KD_EDATA, "%s: '%s' claims %zu bytes, more than the file has",
                         h5->path, name, d->length);
    if (status != KD_OK) close_dataset(d);
    return status;
}

static kd_status read_bytes(const kd_h5 *h5, const dataset *d, void *out, kd_error *err)
{
    if (d->length && H5Dread(d->set, d->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0)
        return fail(h5, KD_EDATA, "cannot read", d->member.name, err);
    if (kd_checksum(out, d->length, 0) != d->member.checksum)
        return kd_fail(err, KD_EDATA, "%s: '%s' is damaged: its bytes do not give its checksum",
                       h5->path, d->member.name);
    return KD_OK;
}

kd_status kd_h5_find(kd_h5 *h5, const char *name, kd_h5_member *member, kd_error *err)
{
    dataset   d;
    kd_status status = open_dataset(&d, h5, name, err);
    if (status != KD_OK) return status;
    *member = d.member;
    close_dataset(&d);
    return KD_OK;
}

kd_status kd_h5_get(kd_h5 *h5, const char *name, kd_h5_type type, void *out, size_t rows,
                    size_t cols, kd_error *err)
{
    dataset   d;
    kd_status status = open_dataset(&d, h5, name, err);
    if (status != KD_OK) return status;
    if (d.member.type != type || d.member.rows != rows || d.member.cols != cols)
        status = kd_fail(err, KD_EDATA, "%s: '%s' is %s (%zu,%zu), expected %s (%zu,%zu)", h5->path,
                         name, kd_h5_type_word(d.member.type), d.member.rows, d.member.cols,
                         kd_h5_type_word(type), rows, cols);
    else
        status = read_bytes(h5, &d, out, err);
    close_dataset(&d);
    return status;
}

/* The dataset's bytes in the mapped file, NULL when it lies in its own header, or askew. */
static kd_status map_dataset(kd_h5 *h5, const dataset *d, const char **out, kd_error *err)
{
    haddr_t place = H5Dget_offset(d->set);
    *out = NULL;
    if (place == HADDR_UNDEF || place % ALIGNMENT != 0 || d->length == 0) return KD_OK;
    kd_status status = h5->view.bytes ? KD_OK : kd_fs_map(&h5->view, h5->path, err);
    if (status != KD_OK) return status;
    if (place > h5->view.length || h5->view.length - place < d->length)
        return kd_fail(err, KD_EDATA, "%s: '%s' lies outside of the file", h5->path,
                       d->member.name);
    *out = h5->view.bytes + place;
    if (kd_checksum(*out, d->length, 0) == d->member.checksum) return KD_OK;
    return kd_fail(err, KD_EDATA, "%s: '%s' is damaged: its bytes do not give its checksum",
                   h5->path, d->member.name);
}

static kd_status view_dataset(kd_h5 *h5, const dataset *d, kd_arena *arena, const void **out,
                              kd_error *err)
{
    const char *mapped;
    kd_status   status = map_dataset(h5, d, &mapped, err);
    *out = mapped;
    if (status != KD_OK || mapped) return status;
    void *copy = kd_arena_alloc(arena, d->length + 1, 1);
    *out = copy;
    return read_bytes(h5, d, copy, err);
}

kd_status kd_h5_view(kd_h5 *h5, const char *name, kd_h5_type type, kd_arena *arena,
                     const void **out, size_t *rows, size_t *cols, kd_error *err)
{
    dataset   d;
    kd_status status = open_dataset(&d, h5, name, err);
    if (status != KD_OK) return status;
    *rows = d.member.rows;
    *cols = d.member.cols;
    if (d.member.type != type)
        status = kd_fail(err, KD_EDATA, "%s: '%s' is %s, expected %s", h5->path, name,
                         kd_h5_type_word(d.member.type), kd_h5_type_word(type));
    else
        status = view_dataset(h5, &d, arena, out, err);
    close_dataset(&d);
    return status;
}

/* Open a dataset of this kind and read its bytes into memory that the caller frees. */
static kd_status read_whole(const kd_h5 *h5, const char *name, kd_h5_type type, dataset *d,
                            char **bytes, kd_error *err)
{
    kd_status status = open_dataset(d, h5, name, err);
    if (status != KD_OK) return status;
    if (d->member.type != type) {
        kd_fail(err, KD_EDATA, "%s: '%s' is %s, expected %s", h5->path, name,
                kd_h5_type_word(d->member.type), kd_h5_type_word(type));
        close_dataset(d);
        return KD_EDATA;
    }
    *bytes = kd_alloc(d->length + 1, 1);
    if ((status = read_bytes(h5, d, *bytes, err)) == KD_OK) return KD_OK;
    free(*bytes);
    close_dataset(d);
    return status;
}

kd_status kd_h5_get_text(kd_h5 *h5, const char *name, kd_str *out, kd_error *err)
{
    dataset   d;
    char     *bytes;
    kd_status status = read_whole(h5, name, KD_H5_TEXT, &d, &bytes, err);
    if (status != KD_OK) return status;
    kd_str_reset(out);
    kd_str_add(out, bytes);
    free(bytes);
    close_dataset(&d);
    return KD_OK;
}

kd_status kd_h5_get_pairs(kd_h5 *h5, const char *name, kd_arena *arena, kd_record_setting **rows,
                          size_t *count, kd_error *err)
{
    dataset   d;
    char     *bytes;
    kd_status status = read_whole(h5, name, KD_H5_PAIRS, &d, &bytes, err);
    if (status != KD_OK) return status;
    size_t first = H5Tget_member_offset(d.type, 1), width = H5Tget_size(d.type);
    *count = d.member.rows;
    *rows = kd_arena_alloc(arena, d.member.rows, sizeof **rows);
    for (size_t i = 0; i < d.member.rows; i++) {
        const char *row = bytes + i * width, *value = row + first;
        (*rows)[i].key = kd_arena_strndup(arena, row, strnlen(row, first));
        (*rows)[i].value = kd_arena_strndup(arena, value, strnlen(value, width - first));
    }
    free(bytes);
    close_dataset(&d);
    return KD_OK;
}

kd_status kd_h5_get_numbers(kd_h5 *h5, const char *name, kd_arena *arena, kd_record_metric **rows,
                            size_t *count, kd_error *err)
{
    dataset   d;
    char     *bytes;
    kd_status status = read_whole(h5, name, KD_H5_NUMBERS, &d, &bytes, err);
    if (status != KD_OK) return status;
    size_t first = H5Tget_member_offset(d.type, 1), width = H5Tget_size(d.type);
    *count = d.member.rows;
    *rows = kd_arena_alloc(arena, d.member.rows, sizeof **rows);
    for (size_t i = 0; i < d.member.rows; i++) {
        const char *row = bytes + i * width;
        (*rows)[i].name = kd_arena_strndup(arena, row, strnlen(row, first));
        memcpy(&(*rows)[i].value, row + first, sizeof(double));
    }
    free(bytes);
    close_dataset(&d);
    return KD_OK;
}

/* Read an array of elements a stretch at a time, for its checksum alone. */
static kd_status sum_stretches(const kd_h5 *h5, const dataset *d, uint64_t *sum, kd_error *err)
{
    kd_running_checksum *running = kd_checksum_begin(0);
    kd_status            status = KD_OK;
    hid_t                space = H5Dget_space(d->set);
    size_t               size = H5Tget_size(d->type), width = d->member.cols ? d->member.cols : 1;
    size_t rows = VERIFY_BYTES / (size * width) + 1, elements = d->length / size, count;
    char  *bytes = kd_alloc(rows * width, size);
    for (size_t at = 0; at < elements && status == KD_OK; at += count) {
        count = elements - at < rows * width ? elements - at : rows * width;
        hid_t memory = select_elements(space, &d->member, at, count);
        if (H5Dread(d->set, d->type, memory, space, H5P_DEFAULT, bytes) < 0)
            status = fail(h5, KD_EDATA, "cannot read", d->member.name, err);
        H5Sclose(memory);
        kd_checksum_add(running, bytes, count * size);
    }
    *sum = kd_checksum_end(running);
    free(bytes);
    H5Sclose(space);
    return status;
}

static kd_status verify_stretches(const kd_h5 *h5, const dataset *d, kd_error *err)
{
    uint64_t  sum;
    kd_status status = sum_stretches(h5, d, &sum, err);
    if (status != KD_OK || sum == d->member.checksum) return status;
    return kd_fail(err, KD_EDATA, "%s: '%s' is damaged: its bytes do not give its checksum",
                   h5->path, d->member.name);
}

static kd_status verify_whole(const kd_h5 *h5, const dataset *d, kd_error *err)
{
    char     *bytes = kd_alloc(d->length + 1, 1);
    kd_status status = read_bytes(h5, d, bytes, err);
    free(bytes);
    return status;
}

kd_status kd_h5_verify(kd_h5 *h5, const char *name, kd_error *err)
{
    dataset   d;
    kd_status status = open_dataset(&d, h5, name, err);
    if (status != KD_OK) return status;
    bool is_array = kd_h5_type_bytes(d.member.type) > 0;
    status = is_array && d.length > VERIFY_BYTES ? verify_stretches(h5, &d, err)
                                                 : verify_whole(h5, &d, err);
    close_dataset(&d);
    return status;
}

/* ---- attributes that are read ---- */

kd_status kd_h5_get_mark(kd_h5 *h5, const char *key, kd_str *out, kd_error *err)
{
    kd_status status = KD_OK;
    hid_t     attribute = H5Aopen(h5->file, key, H5P_DEFAULT);
    if (attribute < 0) return fail(h5, KD_EDATA, "has no attribute", key, err);
    hid_t type = H5Aget_type(attribute);
    kd_str_reset(out);
    if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) > 0) {
        status = kd_fail(err, KD_EDATA, "%s: attribute '%s' is no text", h5->path, key);
    } else {
        char *text = kd_alloc(H5Tget_size(type) + 1, 1);
        if (H5Aread(attribute, type, text) < 0)
            status = fail(h5, KD_EDATA, "cannot read", key, err);
        else
            kd_str_add(out, text);
        free(text);
    }
    H5Tclose(type);
    H5Aclose(attribute);
    return status;
}

kd_status kd_h5_get_count(kd_h5 *h5, const char *key, int64_t *out, kd_error *err)
{
    kd_status status = KD_OK;
    hid_t     attribute = H5Aopen(h5->file, key, H5P_DEFAULT);
    if (attribute < 0 || H5Aread(attribute, H5T_STD_I64LE, out) < 0)
        status = fail(h5, KD_EDATA, "has no number", key, err);
    if (attribute >= 0) H5Aclose(attribute);
    return status;
}

/* ---- the list of datasets ---- */

typedef struct {
    kd_h5    *h5;
    kd_status status;
    kd_error *err;
} listing;

static herr_t list_one(hid_t root, const char *name, const H5O_info_t *info, void *user)
{
    (void)root;
    listing *list = user;
    dataset  d;
    if (info->type != H5O_TYPE_DATASET) return 0;
    list->status = open_dataset(&d, list->h5, name, list->err);
    if (list->status != KD_OK) return 1;
    remember(list->h5, &d.member);
    close_dataset(&d);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const kd_h5_member *)a)->name, ((const kd_h5_member *)b)->name);
}

kd_status kd_h5_members(kd_h5 *h5, const kd_h5_member **members, size_t *count, kd_error *err)
{
    listing list = { h5, KD_OK, err };
    if (!h5->draft.path && !h5->is_listed) {
        forget_members(h5);
        herr_t ended =
            H5Ovisit2(h5->file, H5_INDEX_NAME, H5_ITER_NATIVE, list_one, &list, H5O_INFO_BASIC);
        if (list.status != KD_OK) return list.status;
        if (ended < 0) return fail(h5, KD_EDATA, "cannot be listed", NULL, err);
        h5->is_listed = true;
    }
    if (h5->members.count)
        qsort(h5->members.items, h5->members.count, sizeof *h5->members.items, by_name);
    *members = h5->members.items;
    *count = h5->members.count;
    return KD_OK;
}
