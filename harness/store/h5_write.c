/* h5_write.c - files that are made: under another name, each dataset with its checksum. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/digest.h"
#include "harness/base/fault.h"
#include "harness/store/h5_internal.h"

/* ---- create ---- */

/* HDF5 gets the draft by its descriptor: a name could lead to another file by then, which HDF5
 * would empty. */
kd_status kd_h5_create(kd_h5 **out, const char *path, const char *beside, kd_error *err)
{
    const kd_h5_properties *shared = kd_h5_prepare();
    char                    name[32];
    kd_fs_draft             draft;
    *out = NULL;
    if (kd_fs_draft_open(&draft, beside ? beside : path, err) != KD_OK) return KD_ECREATE;
    kd_h5 *h5 = kd_alloc(1, sizeof *h5);
    h5->path = kd_strdup(path);
    h5->draft = draft;
    snprintf(name, sizeof name, "/proc/self/fd/%d", draft.fd);
    kd_h5_expect_room();
    h5->file = H5Fcreate(name, H5F_ACC_TRUNC, shared->creation, shared->access);
    *out = h5;
    if (h5->file >= 0) return KD_OK;
    kd_status status = kd_h5_fail(h5, KD_ECREATE, "cannot create", NULL, err);
    kd_h5_discard(h5);
    *out = NULL;
    return status == KD_ENOINPUT ? KD_ECREATE : status;
}

static hid_t make_space(const kd_h5_member *member)
{
    hsize_t dims[2] = { member->rows, member->cols };
    if (member->type == KD_H5_TEXT) return H5Screate(H5S_SCALAR);
    return H5Screate_simple(member->cols ? 2 : 1, dims, NULL);
}

static kd_status write_attribute(const kd_h5 *h5, hid_t object, const char *name, const char *key,
                                 hid_t type, const void *value, kd_error *err)
{
    kd_status status = KD_OK;
    hid_t     space = H5Screate(H5S_SCALAR);
    hid_t     attribute = H5Acreate2(object, key, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, type, value) < 0)
        status = kd_h5_fail(h5, KD_EIO, "cannot write an attribute of", name, err);
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
    return status;
}

static hid_t create_dataset(const kd_h5 *h5, const char *name, hid_t type, hid_t space,
                            size_t length)
{
    const kd_h5_properties *shared = kd_h5_prepare();
    hid_t layout = length <= KD_H5_COMPACT_BYTES ? shared->compact : shared->plain;
    return H5Dcreate2(h5->file, name, type, space, shared->links, layout, H5P_DEFAULT);
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
        status = kd_h5_fail(h5, KD_EIO, "cannot create the dataset", member.name, err);
    else if (length && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0)
        status = kd_h5_fail(h5, KD_EIO, "cannot write", member.name, err);
    else
        status =
            write_attribute(h5, set, member.name, "checksum", H5T_STD_U64LE, &member.checksum, err);
    if (set >= 0 && H5Dclose(set) < 0 && status == KD_OK)
        status = kd_h5_fail(h5, KD_EIO, "cannot write", member.name, err);
    H5Sclose(space);
    if (status == KD_OK) kd_h5_remember(h5, &member);
    return status;
}

kd_status kd_h5_put(kd_h5 *h5, const char *name, kd_h5_type type, const void *data, size_t rows,
                    size_t cols, kd_error *err)
{
    hid_t     element = kd_h5_make_element_type(type);
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
                              .type = kd_h5_make_element_type(type),
                              .elements = rows * (cols ? cols : 1),
                              .sum = kd_checksum_begin(0) };
    stream->space = make_space(&stream->member);
    stream->set = create_dataset(h5, name, stream->type, stream->space,
                                 stream->elements * kd_h5_type_bytes(type));
    *out = stream;
    if (stream->set >= 0) return KD_OK;
    kd_status status = kd_h5_fail(h5, KD_EIO, "cannot create the dataset", name, err);
    close_stream(stream);
    *out = NULL;
    return status;
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
    hid_t     memory = kd_h5_select(stream->space, member->cols, stream->written, elements);
    kd_status status = KD_OK;
    if (H5Dwrite(stream->set, stream->type, memory, stream->space, H5P_DEFAULT, data) < 0)
        status = kd_h5_fail(stream->h5, KD_EIO, "cannot write", member->name, err);
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
        status = kd_h5_fail(h5, KD_EIO, "cannot write", member->name, err);
    stream->set = -1;
    if (status == KD_OK) kd_h5_remember(h5, member);
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
    hid_t     type = kd_h5_make_text_type(length);
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
    hid_t     type = kd_h5_make_row_type(KD_H5_PAIRS, first, second);
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
    hid_t     type = kd_h5_make_row_type(KD_H5_NUMBERS, first, second);
    kd_status status = write_dataset(h5, (kd_h5_member){ name, KD_H5_NUMBERS, count, 0, 0 }, type,
                                     bytes, count * (first + second), err);
    H5Tclose(type);
    free(bytes);
    return status;
}

kd_status kd_h5_put_mark(kd_h5 *h5, const char *key, const char *text, kd_error *err)
{
    hid_t     type = kd_h5_make_text_type(strlen(text));
    kd_status status = write_attribute(h5, h5->file, key, key, type, text, err);
    H5Tclose(type);
    return status;
}

kd_status kd_h5_put_count(kd_h5 *h5, const char *key, int64_t number, kd_error *err)
{
    return write_attribute(h5, h5->file, key, key, H5T_STD_I64LE, &number, err);
}

kd_status kd_h5_commit(kd_h5 *h5, kd_error *err)
{
    kd_status status = kd_fs_maps_check(err); /* what it was computed from */
    if (H5Fclose(h5->file) < 0 && status == KD_OK)
        status = kd_h5_fail(h5, KD_EIO, "cannot write", NULL, err);
    if (status == KD_OK)
        status = kd_fs_draft_commit(&h5->draft, h5->path, err);
    else
        kd_fs_draft_discard(&h5->draft);
    kd_h5_free(h5);
    return status;
}

void kd_h5_discard(kd_h5 *h5)
{
    if (!h5) return;
    if (h5->file >= 0) H5Fclose(h5->file);
    kd_fs_draft_discard(&h5->draft);
    kd_h5_free(h5);
}
