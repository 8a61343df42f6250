/* h5_read.c - files that are read, every dataset against its checksum. */
#include <stdlib.h>
#include <string.h>

#include "harness/base/digest.h"
#include "harness/store/h5_internal.h"

/* An array larger than this is verified so many bytes at a time. */
#define VERIFY_BYTES ((size_t)4 << 20)

/* How deep groups are nested at most; ours are two deep. */
#define DEPTH_MAX 8

/* No name takes fewer bytes of a file. */
#define NAME_BYTES 16

/* ---- datasets that are read ---- */

/* A dataset of a type that we write, with its checksum. */
typedef struct {
    kd_h5_value  value;
    kd_h5_member member;
} dataset;

static void close_dataset(dataset *d)
{
    kd_h5_close_value(&d->value);
}

/* Read the attribute, which is one element of exactly this type. */
static kd_status read_single(const kd_h5_value *mark, hid_t type, void *out, size_t size,
                             kd_error *err)
{
    if (mark->rank != 0 || mark->is_variable || H5Tequal(mark->type, type) <= 0)
        return kd_h5_refuse(mark, "is no single 64-bit number of its kind", err);
    return kd_h5_read(mark, type, 0, 1, out, size, err);
}

static kd_status read_checksum(dataset *d, kd_error *err)
{
    kd_h5_value mark;
    kd_status   status = kd_h5_look_mark(&mark, d->value.h5, &d->value, "checksum", err);
    if (status != KD_OK) return status;
    status = read_single(&mark, H5T_STD_U64LE, &d->member.checksum, sizeof d->member.checksum, err);
    kd_h5_close_value(&mark);
    return status;
}

/* A text has no dimension, a table one, an array one or two. */
static bool has_shape_of(const kd_h5_value *v, kd_h5_type type)
{
    if (type == KD_H5_TEXT) return v->rank == 0;
    return v->rank == 1 || (v->rank == 2 && kd_h5_type_bytes(type) > 0);
}

/* Open and describe; the name is borrowed. */
static kd_status open_dataset(dataset *d, kd_h5 *h5, const char *name, kd_error *err)
{
    kd_status status = kd_h5_look(&d->value, h5, name, err);
    if (status != KD_OK) return status;
    kd_h5_type type = kd_h5_type_of(d->value.type);
    d->member = (kd_h5_member){ name, type, d->value.rows, d->value.cols, 0 };
    if (type == KD_H5_TYPE_COUNT)
        status = kd_h5_refuse(&d->value, "has a type that is never written", err);
    else if (!has_shape_of(&d->value, type))
        status = kd_h5_refuse(&d->value, "has a shape that is never written", err);
    else
        status = read_checksum(d, err);
    if (status != KD_OK) close_dataset(d);
    return status;
}

static kd_status read_bytes(const kd_h5 *h5, const dataset *d, void *out, kd_error *err)
{
    const kd_h5_value *v = &d->value;
    kd_status          status = kd_h5_read(v, v->type, 0, v->count, out, v->length, err);
    if (status != KD_OK || kd_checksum(out, v->length, 0) == d->member.checksum) return status;
    return kd_fail(err, KD_EDATA, "%s: '%s' is damaged: its bytes do not give its checksum",
                   h5->path, d->member.name);
}

/* Part by part, for HDF5 fails where it asks for what is below nothing. */
kd_status kd_h5_has(kd_h5 *h5, const char *name, bool *has, kd_error *err)
{
    char  *way = kd_strdup(name);
    htri_t found = 1;
    for (char *part = way; part && found > 0;) {
        char *end = strchr(part, '/');
        if (end) *end = 0;
        found = H5Lexists(h5->file, way, H5P_DEFAULT);
        if (end) *end = '/';
        part = end ? end + 1 : NULL;
    }
    free(way);
    *has = found > 0;
    return found >= 0 ? KD_OK : kd_h5_fail(h5, KD_EDATA, "cannot look for", name, err);
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
    size_t  length = d->value.length;
    haddr_t place = H5Dget_offset(d->value.id);
    *out = NULL;
    if (place == HADDR_UNDEF || place % KD_H5_ALIGNMENT != 0 || length == 0) return KD_OK;
    kd_status status = kd_h5_map(h5, err);
    if (status != KD_OK) return status;
    if (place > h5->view.length || h5->view.length - place < length)
        return kd_fail(err, KD_EDATA, "%s: '%s' lies outside of the file", h5->path,
                       d->member.name);
    *out = h5->view.bytes + place;
    if (kd_checksum(*out, length, 0) == d->member.checksum) return KD_OK;
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
    void *copy = kd_arena_alloc(arena, d->value.length + 1, 1);
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
static kd_status read_whole(kd_h5 *h5, const char *name, kd_h5_type type, dataset *d, char **bytes,
                            kd_error *err)
{
    kd_status status = open_dataset(d, h5, name, err);
    if (status != KD_OK) return status;
    if (d->member.type != type) {
        kd_fail(err, KD_EDATA, "%s: '%s' is %s, expected %s", h5->path, name,
                kd_h5_type_word(d->member.type), kd_h5_type_word(type));
        close_dataset(d);
        return KD_EDATA;
    }
    *bytes = kd_alloc(d->value.length + 1, 1);
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

/* A table of two columns, read whole: its rows lie `width` bytes apart, the second column `first` bytes
 * into each. */
typedef struct {
    dataset d;
    char   *bytes;
    size_t  first, width;
} two_columns;

static kd_status read_columns(two_columns *out, kd_h5 *h5, const char *name, kd_h5_type type,
                              kd_error *err)
{
    kd_status status = read_whole(h5, name, type, &out->d, &out->bytes, err);
    if (status != KD_OK) return status;
    out->first = H5Tget_member_offset(out->d.value.type, 1);
    out->width = out->d.value.width;
    return KD_OK;
}

static void drop_columns(two_columns *t)
{
    free(t->bytes);
    close_dataset(&t->d);
}

kd_status kd_h5_get_pairs(kd_h5 *h5, const char *name, kd_arena *arena, kd_record_setting **rows,
                          size_t *count, kd_error *err)
{
    two_columns t;
    kd_status   status = read_columns(&t, h5, name, KD_H5_PAIRS, err);
    if (status != KD_OK) return status;
    *count = t.d.member.rows;
    *rows = kd_arena_alloc(arena, *count, sizeof **rows);
    for (size_t i = 0; i < *count; i++) {
        const char *row = t.bytes + i * t.width, *value = row + t.first;
        (*rows)[i].key = kd_arena_strndup(arena, row, strnlen(row, t.first));
        (*rows)[i].value = kd_arena_strndup(arena, value, strnlen(value, t.width - t.first));
    }
    drop_columns(&t);
    return KD_OK;
}

kd_status kd_h5_get_numbers(kd_h5 *h5, const char *name, kd_arena *arena, kd_record_metric **rows,
                            size_t *count, kd_error *err)
{
    two_columns t;
    kd_status   status = read_columns(&t, h5, name, KD_H5_NUMBERS, err);
    if (status != KD_OK) return status;
    *count = t.d.member.rows;
    *rows = kd_arena_alloc(arena, *count, sizeof **rows);
    for (size_t i = 0; i < *count; i++) {
        const char *row = t.bytes + i * t.width;
        (*rows)[i].name = kd_arena_strndup(arena, row, strnlen(row, t.first));
        memcpy(&(*rows)[i].value, row + t.first, sizeof(double));
    }
    drop_columns(&t);
    return KD_OK;
}

/* Read an array of elements a stretch at a time, for its checksum alone. */
static kd_status sum_stretches(const dataset *d, uint64_t *sum, kd_error *err)
{
    const kd_h5_value   *v = &d->value;
    kd_running_checksum *running = kd_checksum_begin(0);
    kd_status            status = KD_OK;
    size_t               row = (v->cols ? v->cols : 1), count;
    size_t               most = (VERIFY_BYTES / (v->width * row) + 1) * row;
    char                *bytes = kd_alloc(most, v->width);
    for (size_t at = 0; at < v->count && status == KD_OK; at += count) {
        count = v->count - at < most ? v->count - at : most;
        status = kd_h5_read(v, v->type, at, count, bytes, count * v->width, err);
        kd_checksum_add(running, bytes, count * v->width);
    }
    *sum = kd_checksum_end(running);
    free(bytes);
    return status;
}

static kd_status verify_stretches(const kd_h5 *h5, const dataset *d, kd_error *err)
{
    uint64_t  sum;
    kd_status status = sum_stretches(d, &sum, err);
    if (status != KD_OK || sum == d->member.checksum) return status;
    return kd_fail(err, KD_EDATA, "%s: '%s' is damaged: its bytes do not give its checksum",
                   h5->path, d->member.name);
}

static kd_status verify_whole(const kd_h5 *h5, const dataset *d, kd_error *err)
{
    char     *bytes = kd_alloc(d->value.length + 1, 1);
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
    status = is_array && d.value.length > VERIFY_BYTES ? verify_stretches(h5, &d, err)
                                                       : verify_whole(h5, &d, err);
    close_dataset(&d);
    return status;
}

/* ---- attributes that are read ---- */

kd_status kd_h5_get_mark(kd_h5 *h5, const char *key, kd_str *out, kd_error *err)
{
    kd_h5_value mark;
    kd_status   status = kd_h5_look_mark(&mark, h5, NULL, key, err);
    if (status != KD_OK) return status;
    kd_str_reset(out);
    status = kd_h5_type_of(mark.type) == KD_H5_TEXT ? kd_h5_read_text(&mark, out, err)
                                                    : kd_h5_refuse(&mark, "is no text", err);
    kd_h5_close_value(&mark);
    return status;
}

kd_status kd_h5_get_count(kd_h5 *h5, const char *key, int64_t *out, kd_error *err)
{
    kd_h5_value mark;
    kd_status   status = kd_h5_look_mark(&mark, h5, NULL, key, err);
    if (status != KD_OK) return status;
    status = read_single(&mark, H5T_STD_I64LE, out, sizeof *out, err);
    kd_h5_close_value(&mark);
    return status;
}

/* ---- the list of datasets ---- */

typedef struct {
    kd_h5    *h5;
    kd_str    name; /* of the group or dataset at hand */
    int       depth;
    size_t    room; /* how many more names the file can have */
    kd_status status;
    kd_error *err;
} listing;

static kd_status list_group(listing *list, hid_t group);

static kd_status refuse_name(const listing *list, const char *why)
{
    return kd_fail(list->err, KD_EDATA, "%s: '%s' %s", list->h5->path, list->name.text, why);
}

static kd_status list_dataset(const listing *list)
{
    dataset   d;
    kd_status status = open_dataset(&d, list->h5, list->name.text, list->err);
    if (status != KD_OK) return status;
    kd_h5_remember(list->h5, &d.member);
    close_dataset(&d);
    return KD_OK;
}

static kd_status list_inside(listing *list, hid_t parent, const char *name)
{
    if (list->depth == DEPTH_MAX) return refuse_name(list, "lies deeper than groups are nested");
    hid_t group = H5Gopen2(parent, name, H5P_DEFAULT);
    if (group < 0) return kd_h5_fail(list->h5, KD_EDATA, "cannot read", list->name.text, list->err);
    list->depth++;
    kd_status status = list_group(list, group);
    list->depth--;
    H5Gclose(group);
    return status;
}

/* One name for one thing: a second one could make a circle. */
static kd_status list_one(listing *list, hid_t group, const char *name, const H5L_info_t *link)
{
    H5O_info_t info;
    if (list->room-- == 0) return refuse_name(list, "is one name more than a file of its size has");
    if (!*name || strchr(name, '/') || strcmp(name, ".") == 0)
        return refuse_name(list, "is no name");
    if (link->type != H5L_TYPE_HARD)
        return refuse_name(list, "is behind a link, and no link is ever followed");
    if (H5Oget_info_by_name2(group, name, &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
        return kd_h5_fail(list->h5, KD_EDATA, "cannot read", list->name.text, list->err);
    if (info.rc != 1) return refuse_name(list, "has more than one name");
    if (info.type == H5O_TYPE_DATASET) return list_dataset(list);
    if (info.type == H5O_TYPE_GROUP) return list_inside(list, group, name);
    return refuse_name(list, "is neither group nor dataset");
}

static herr_t list_link(hid_t group, const char *name, const H5L_info_t *link, void *user)
{
    listing *list = user;
    size_t   length = list->name.length;
    if (length) kd_str_add_char(&list->name, '/');
    kd_str_add(&list->name, name);
    list->status = list_one(list, group, name, link);
    kd_str_cut(&list->name, length);
    return list->status == KD_OK ? 0 : 1;
}

static kd_status list_group(listing *list, hid_t group)
{
    herr_t ended = H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, list_link, list);
    if (list->status != KD_OK || ended >= 0) return list->status;
    return kd_h5_fail(list->h5, KD_EDATA, "cannot be listed", NULL, list->err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const kd_h5_member *)a)->name, ((const kd_h5_member *)b)->name);
}

kd_status kd_h5_members(kd_h5 *h5, const kd_h5_member **members, size_t *count, kd_error *err)
{
    if (!h5->draft.path && !h5->is_listed) {
        listing list = { .h5 = h5, .room = h5->length / NAME_BYTES, .err = err };
        kd_h5_forget_members(h5);
        kd_str_init(&list.name);
        kd_status status = list_group(&list, h5->file);
        kd_str_fini(&list.name);
        if (status != KD_OK) return status;
        h5->is_listed = true;
    }
    if (h5->members.count)
        qsort(h5->members.items, h5->members.count, sizeof *h5->members.items, by_name);
    *members = h5->members.items;
    *count = h5->members.count;
    return KD_OK;
}
