/* h5_read.c - files that are read, every dataset against its checksum. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/digest.h"
#include "harness/store/h5_internal.h"

/* An array larger than this is verified so many bytes at a time. */
#define VERIFY_BYTES ((size_t)4 << 20)

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
        status = kd_h5_fail(h5, KD_EDATA, "no checksum is kept with", d->member.name, err);
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
    if (d->set < 0) return kd_h5_fail(h5, KD_EDATA, "has no readable dataset", name, err);
    d->type = H5Dget_type(d->set);
    d->member.type = kd_h5_type_of(d->type);
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
        return kd_h5_fail(h5, KD_EDATA, "cannot read", d->member.name, err);
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
    if (place == HADDR_UNDEF || place % KD_H5_ALIGNMENT != 0 || d->length == 0) return KD_OK;
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
        hid_t memory = kd_h5_select(space, &d->member, at, count);
        if (H5Dread(d->set, d->type, memory, space, H5P_DEFAULT, bytes) < 0)
            status = kd_h5_fail(h5, KD_EDATA, "cannot read", d->member.name, err);
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
    if (attribute < 0) return kd_h5_fail(h5, KD_EDATA, "has no attribute", key, err);
    hid_t type = H5Aget_type(attribute);
    kd_str_reset(out);
    if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) > 0) {
        status = kd_fail(err, KD_EDATA, "%s: attribute '%s' is no text", h5->path, key);
    } else {
        char *text = kd_alloc(H5Tget_size(type) + 1, 1);
        if (H5Aread(attribute, type, text) < 0)
            status = kd_h5_fail(h5, KD_EDATA, "cannot read", key, err);
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
        status = kd_h5_fail(h5, KD_EDATA, "has no number", key, err);
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
    kd_h5_remember(list->h5, &d.member);
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
    if (!h5->temporary && !h5->is_listed) {
        kd_h5_forget_members(h5);
        herr_t ended =
            H5Ovisit2(h5->file, H5_INDEX_NAME, H5_ITER_NATIVE, list_one, &list, H5O_INFO_BASIC);
        if (list.status != KD_OK) return list.status;
        if (ended < 0) return kd_h5_fail(h5, KD_EDATA, "cannot be listed", NULL, err);
        h5->is_listed = true;
    }
    if (h5->members.count)
        qsort(h5->members.items, h5->members.count, sizeof *h5->members.items, by_name);
    *members = h5->members.items;
    *count = h5->members.count;
    return KD_OK;
}
