/* foreign.c - HDF5 files that others wrote. */
#include "harness/store/foreign.h"

#include <stdlib.h>
#include <string.h>

#include "harness/store/h5_internal.h"

struct kd_foreign {
    kd_h5 *h5;
};

/* No number in a file is wider. */
#define WIDEST 8

kd_status kd_foreign_open(kd_foreign **out, const char *path, kd_error *err)
{
    kd_h5    *h5;
    kd_status status = kd_h5_open(&h5, path, err);
    *out = NULL;
    if (status != KD_OK) return status;
    *out = kd_alloc(1, sizeof **out);
    (*out)->h5 = h5;
    return KD_OK;
}

void kd_foreign_close(kd_foreign *file)
{
    if (!file) return;
    kd_h5_close(file->h5);
    free(file);
}

kd_status kd_foreign_count(kd_foreign *file, const char *group, size_t *count, kd_error *err)
{
    H5G_info_t info;
    kd_status  status = kd_h5_check_way(file->h5, "group", group, err);
    if (status != KD_OK) return status;
    if (H5Gget_info_by_name(file->h5->file, group, &info, H5P_DEFAULT) < 0)
        return kd_h5_fail(file->h5, KD_EDATA, "has no readable group", group, err);
    *count = (size_t)info.nlinks;
    return KD_OK;
}

/* ---- arrays ---- */

static kd_status open_array(kd_h5_value *v, kd_foreign *f, const char *name, kd_error *err)
{
    kd_status status = kd_h5_look(v, f->h5, name, err);
    if (status != KD_OK) return status;
    if (v->rank == 0)
        status = kd_h5_refuse(v, "has neither one dimension nor two", err);
    else if (v->rows > INT32_MAX || v->cols > INT32_MAX)
        status = kd_h5_refuse(v, "is too large", err);
    if (status != KD_OK) kd_h5_close_value(v);
    return status;
}

kd_status kd_foreign_shape(kd_foreign *file, const char *name, size_t *rows, size_t *cols,
                           kd_error *err)
{
    kd_h5_value v;
    kd_status   status = open_array(&v, file, name, err);
    if (status != KD_OK) return status;
    *rows = v.rows;
    *cols = v.cols;
    kd_h5_close_value(&v);
    return KD_OK;
}

static bool is_half(hid_t type, H5T_order_t order)
{
    hid_t half = kd_h5_make_element_type(KD_H5_F16);
    H5Tset_order(half, order);
    bool equal = H5Tequal(type, half) > 0;
    H5Tclose(half);
    return equal;
}

static bool is_float(hid_t type)
{
    return H5Tequal(type, H5T_IEEE_F32LE) > 0 || H5Tequal(type, H5T_IEEE_F64LE) > 0 ||
           H5Tequal(type, H5T_IEEE_F32BE) > 0 || H5Tequal(type, H5T_IEEE_F64BE) > 0 ||
           is_half(type, H5T_ORDER_LE) || is_half(type, H5T_ORDER_BE);
}

static bool is_integer(hid_t type)
{
    const hid_t known[] = {
        H5T_STD_I8LE,  H5T_STD_I16LE, H5T_STD_I32LE, H5T_STD_I64LE, H5T_STD_U8LE,  H5T_STD_U16LE,
        H5T_STD_U32LE, H5T_STD_U64LE, H5T_STD_I8BE,  H5T_STD_I16BE, H5T_STD_I32BE, H5T_STD_I64BE,
        H5T_STD_U8BE,  H5T_STD_U16BE, H5T_STD_U32BE, H5T_STD_U64BE,
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (H5Tequal(type, known[i]) > 0) return true;
    return false;
}

/* All numbers as `wanted`, in memory that the caller frees. They are read as they are and converted
 * afterwards, so that HDF5 is never told of another size than the file's. */
static kd_status read_numbers(const kd_h5_value *v, hid_t wanted, void **out, kd_error *err)
{
    *out = kd_alloc(v->count + 1, WIDEST);
    kd_status status = kd_h5_read(v, v->type, 0, v->count, *out, v->length, err);
    if (status == KD_OK && H5Tconvert(v->type, wanted, v->count, *out, NULL, H5P_DEFAULT) < 0)
        status = kd_h5_fail(v->h5, KD_EDATA, "cannot read", v->name, err);
    if (status != KD_OK) free(*out);
    return status;
}

static kd_status read_floats(const kd_h5_value *v, float *out, kd_error *err)
{
    void *numbers;
    if (!is_float(v->type)) return kd_h5_refuse(v, "does not hold floats", err);
    kd_status status = read_numbers(v, H5T_NATIVE_FLOAT, &numbers, err);
    if (status != KD_OK) return status;
    memcpy(out, numbers, v->count * sizeof *out);
    free(numbers);
    return KD_OK;
}

kd_status kd_foreign_floats(kd_foreign *file, const char *name, float *out, size_t count,
                            kd_error *err)
{
    kd_h5_value v;
    kd_status   status = open_array(&v, file, name, err);
    if (status != KD_OK) return status;
    status = v.count == count ? read_floats(&v, out, err)
                              : kd_h5_refuse(&v, "has another number of elements", err);
    kd_h5_close_value(&v);
    return status;
}

/* Read as 64 bits, so that what does not fit into 32 is seen. */
static kd_status read_ints(const kd_h5_value *v, int32_t *out, kd_error *err)
{
    void *numbers;
    if (!is_integer(v->type)) return kd_h5_refuse(v, "does not hold whole numbers", err);
    kd_status status = read_numbers(v, H5T_NATIVE_INT64, &numbers, err);
    if (status != KD_OK) return status;
    const int64_t *wide = numbers;
    for (size_t i = 0; i < v->count && status == KD_OK; i++) {
        out[i] = (int32_t)wide[i];
        if (out[i] != wide[i]) status = kd_h5_refuse(v, "holds numbers of more than 32 bits", err);
    }
    free(numbers);
    return status;
}

kd_status kd_foreign_ints(kd_foreign *file, const char *name, int32_t *out, size_t count,
                          kd_error *err)
{
    kd_h5_value v;
    kd_status   status = open_array(&v, file, name, err);
    if (status != KD_OK) return status;
    status = v.count == count ? read_ints(&v, out, err)
                              : kd_h5_refuse(&v, "has another number of elements", err);
    kd_h5_close_value(&v);
    return status;
}

/* ---- texts ---- */

kd_status kd_foreign_texts(kd_foreign *file, const char *name, kd_str *lines, kd_error *err)
{
    kd_h5_value v;
    kd_status   status = kd_h5_look(&v, file->h5, name, err);
    if (status != KD_OK) return status;
    kd_str_reset(lines);
    status = kd_h5_read_lines(&v, lines, err);
    kd_h5_close_value(&v);
    return status;
}

kd_status kd_foreign_mark(kd_foreign *file, const char *key, kd_str *out, kd_error *err)
{
    kd_h5_value v;
    kd_str_reset(out);
    htri_t has = H5Aexists(file->h5->file, key);
    if (has < 0) return kd_h5_fail(file->h5, KD_EDATA, "cannot look for attribute", key, err);
    if (!has) return KD_OK;
    kd_status status = kd_h5_look_mark(&v, file->h5, NULL, key, err);
    if (status != KD_OK) return status;
    status = kd_h5_read_text(&v, out, err);
    kd_h5_close_value(&v);
    return status;
}
