/* h5_value.c - a dataset or an attribute, understood before a byte of it is read.
 *
 * A file may come from anybody. HDF5 would follow it to other files, run filters over it, give it
 * the memory it asks for and write as many elements as it says; so each value is held against what
 * this program writes itself, from the outside inwards: the way to it, where its bytes are, its
 * type, its shape, its size.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/store/h5_internal.h"

/* The descriptor of one variable text in the file: length, address, index. */
#define DESCRIPTOR 16

kd_status kd_h5_refuse(const kd_h5_value *v, const char *why, kd_error *err)
{
    if (v->owner)
        return kd_fail(err, KD_EDATA, "%s: attribute '%s' of '%s' %s", v->h5->path, v->name,
                       v->owner, why);
    return kd_fail(err, KD_EDATA, "%s: %s'%s' %s", v->h5->path, v->is_mark ? "attribute " : "",
                   v->name, why);
}

/* ---- the way to it ---- */

/* HDF5 has no call that refuses links, so each part of the way is asked for by itself. */
static H5L_type_t type_of_way(const kd_h5 *h5, const char *name)
{
    char      *way = kd_strdup(name), *part = way;
    H5L_info_t link = { .type = H5L_TYPE_HARD };
    while (part && link.type == H5L_TYPE_HARD) {
        char *end = strchr(part, '/');
        if (end) *end = 0;
        if (!*part || H5Lget_info(h5->file, way, &link, H5P_DEFAULT) < 0)
            link.type = H5L_TYPE_ERROR;
        if (end) *end = '/';
        part = end ? end + 1 : NULL;
    }
    free(way);
    return link.type;
}

kd_status kd_h5_check_way(const kd_h5 *h5, const char *what, const char *name, kd_error *err)
{
    H5L_type_t type = type_of_way(h5, name);
    if (type == H5L_TYPE_HARD) return KD_OK;
    int failed = type == H5L_TYPE_ERROR ? kd_h5_errno() : 0;
    if (failed) return kd_fail_errno(err, failed, "%s: cannot look for '%s'", h5->path, name);
    if (type == H5L_TYPE_ERROR)
        return kd_fail(err, KD_EDATA, "%s: has no readable %s '%s'", h5->path, what, name);
    return kd_fail(err, KD_EDATA, "%s: '%s' is behind a link, and no link is ever followed",
                   h5->path, name);
}

/* ---- where its bytes are ---- */

static const char *what_is_strange(H5D_layout_t layout, int externals, int filters)
{
    if (layout == H5D_VIRTUAL) return "is put together from other datasets, which are never read";
    if (externals != 0) return "keeps its bytes in other files, which are never read";
    if (filters != 0) return "is compressed or filtered; only plain datasets are read";
    if (layout == H5D_CONTIGUOUS || layout == H5D_COMPACT) return NULL;
    return "is stored in chunks; only plain datasets are read";
}

/* Before anything else is asked of the dataset: even its shape could open other files. */
static kd_status check_storage(const kd_h5_value *v, kd_error *err)
{
    hid_t how = H5Dget_create_plist(v->id);
    if (how < 0) return kd_h5_refuse(v, "does not say how it is stored", err);
    const char *strange =
        what_is_strange(H5Pget_layout(how), H5Pget_external_count(how), H5Pget_nfilters(how));
    H5Pclose(how);
    return strange ? kd_h5_refuse(v, strange, err) : KD_OK;
}

/* ---- type, shape and size ---- */

static kd_status look_at_type(kd_h5_value *v, hid_t type, kd_error *err)
{
    v->type = type;
    if (type < 0 || H5Tcommitted(type) > 0) return kd_h5_refuse(v, "has a strange type", err);
    v->is_variable = H5Tis_variable_str(type) > 0;
    v->width = v->is_variable ? DESCRIPTOR : H5Tget_size(type);
    return v->width ? KD_OK : kd_h5_refuse(v, "has a strange type", err);
}

/* Takes the space. */
static kd_status look_at_shape(kd_h5_value *v, hid_t space, kd_error *err)
{
    hsize_t dims[2] = { 1, 0 };
    H5S_class_t class = H5Sget_simple_extent_type(space);
    v->rank = H5Sget_simple_extent_ndims(space);
    bool is_shaped = (class == H5S_SCALAR && v->rank == 0) ||
                     (class == H5S_SIMPLE && (v->rank == 1 || v->rank == 2));
    if (is_shaped && v->rank) H5Sget_simple_extent_dims(space, dims, NULL);
    if (space >= 0) H5Sclose(space);
    if (!is_shaped || (v->rank == 2 && dims[1] == 0))
        return kd_h5_refuse(v, "has a shape that is never written", err);
    v->rows = dims[0];
    v->cols = dims[1];
    return KD_OK;
}

/* Nobody asks for memory before this. An empty array has no bytes that would bound its other
 * dimension. */
static kd_status look_at_size(kd_h5_value *v, kd_error *err)
{
    if ((v->rows == 0 && v->cols > INT32_MAX) ||
        __builtin_mul_overflow(v->rows, v->cols ? v->cols : 1, &v->count) ||
        __builtin_mul_overflow(v->count, v->width, &v->length) || v->length > v->h5->length)
        return kd_h5_refuse(v, "claims more bytes than the file has", err);
    return KD_OK;
}

/* What the file keeps for a dataset is exactly its elements, and lies inside of the file. */
static kd_status check_place(const kd_h5_value *v, kd_error *err)
{
    haddr_t place = H5Dget_offset(v->id);
    if (H5Dget_storage_size(v->id) != v->length)
        return kd_h5_refuse(v, "has another number of bytes than its shape asks for", err);
    if (v->length && place != HADDR_UNDEF &&
        (place > v->h5->length || v->h5->length - place < v->length))
        return kd_h5_refuse(v, "lies outside of the file", err);
    return KD_OK;
}

/* ---- look ---- */

kd_status kd_h5_look(kd_h5_value *v, kd_h5 *h5, const char *name, kd_error *err)
{
    *v = (kd_h5_value){ .h5 = h5, .name = name, .id = -1, .type = -1 };
    kd_status status = kd_h5_check_way(h5, "dataset", name, err);
    if (status != KD_OK) return status;
    v->id = H5Dopen2(h5->file, name, H5P_DEFAULT);
    if (v->id < 0) return kd_h5_fail(h5, KD_EDATA, "has no readable dataset", name, err);
    status = check_storage(v, err);
    if (status == KD_OK) status = look_at_type(v, H5Dget_type(v->id), err);
    if (status == KD_OK) status = look_at_shape(v, H5Dget_space(v->id), err);
    if (status == KD_OK) status = look_at_size(v, err);
    if (status == KD_OK) status = check_place(v, err);
    if (status != KD_OK) kd_h5_close_value(v);
    return status;
}

kd_status kd_h5_look_mark(kd_h5_value *v, kd_h5 *h5, const kd_h5_value *set, const char *key,
                          kd_error *err)
{
    *v = (kd_h5_value){ .h5 = h5,
                        .name = key,
                        .owner = set ? set->name : NULL,
                        .id = -1,
                        .type = -1,
                        .is_mark = true };
    v->id = H5Aopen(set ? set->id : h5->file, key, H5P_DEFAULT);
    if (v->id < 0) return kd_h5_fail(h5, KD_EDATA, "has no attribute", key, err);
    kd_status status = look_at_type(v, H5Aget_type(v->id), err);
    if (status == KD_OK) status = look_at_shape(v, H5Aget_space(v->id), err);
    if (status == KD_OK) status = look_at_size(v, err);
    if (status != KD_OK) kd_h5_close_value(v);
    return status;
}

void kd_h5_close_value(kd_h5_value *v)
{
    if (v->type >= 0) H5Tclose(v->type);
    if (v->id >= 0) v->is_mark ? H5Aclose(v->id) : H5Dclose(v->id);
    v->type = v->id = -1;
}

/* ---- read ---- */

static herr_t read_part(const kd_h5_value *v, hid_t type, size_t first, size_t count, void *out)
{
    hid_t  space = H5Dget_space(v->id), memory = kd_h5_select(space, v->cols, first, count);
    herr_t done = H5Dread(v->id, type, memory, space, H5P_DEFAULT, out);
    H5Sclose(memory);
    H5Sclose(space);
    return done;
}

kd_status kd_h5_read(const kd_h5_value *v, hid_t type, size_t first, size_t count, void *out,
                     size_t room, kd_error *err)
{
    bool   is_whole = first == 0 && count == v->count;
    herr_t done;
    KD_CHECK(first <= v->count && count <= v->count - first, "h5: elements %zu to %zu of %zu",
             first, first + count, v->count);
    KD_CHECK(room == count * v->width, "h5: '%s' has %zu bytes, there is room for %zu", v->name,
             count * v->width, room);
    KD_CHECK(is_whole || !v->is_mark, "h5: the attribute '%s' is read whole", v->name);
    KD_CHECK(H5Tget_size(type) == v->width, "h5: '%s' is read as another type", v->name);
    if (!v->is_variable && H5Tequal(v->type, type) <= 0)
        return kd_h5_refuse(v, "has another type than is read here", err);
    if (count == 0) return KD_OK;
    if (v->is_mark)
        done = H5Aread(v->id, type, out);
    else if (is_whole)
        done = H5Dread(v->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
    else
        done = read_part(v, type, first, count, out);
    return done >= 0 ? KD_OK : kd_h5_fail(v->h5, KD_EDATA, "cannot read", v->name, err);
}
