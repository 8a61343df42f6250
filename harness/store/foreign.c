/* foreign.c - HDF5 files that others wrote. */
#include "harness/store/foreign.h"

#include <errno.h>
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/fs.h"

struct kd_foreign {
    hid_t file;
    char *path;
};

/* An open dataset and its shape. */
typedef struct {
    hid_t set;
    H5T_class_t class;
    size_t rows, cols; /* cols is 0 for one dimension */
} array;

static kd_status fail(const kd_foreign *f, const char *name, const char *why, kd_error *err)
{
    return kd_fail(err, KD_EDATA, "%s: '%s' %s", f->path, name, why);
}

kd_status kd_foreign_open(kd_foreign **out, const char *path, kd_error *err)
{
    *out = NULL;
    kd_status status = kd_fs_check(path, err);
    if (status != KD_OK) return status;
    H5dont_atexit();
    KD_CHECK(H5open() >= 0, "HDF5 does not start");
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t access_list = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access_list, false, true);
    H5Pset_fclose_degree(access_list, H5F_CLOSE_STRONG);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access_list);
    H5Pclose(access_list);
    if (file < 0) return kd_fail(err, KD_EDATA, "%s: is not a whole HDF5 file", path);
    *out = kd_alloc(1, sizeof **out);
    **out = (kd_foreign){ file, kd_strdup(path) };
    return KD_OK;
}

void kd_foreign_close(kd_foreign *file)
{
    if (!file) return;
    H5Fclose(file->file);
    free(file->path);
    free(file);
}

kd_status kd_foreign_count(kd_foreign *file, const char *group, size_t *count, kd_error *err)
{
    H5G_info_t info;
    if (H5Gget_info_by_name(file->file, group, &info, H5P_DEFAULT) < 0)
        return fail(file, group, "is no group of it", err);
    *count = (size_t)info.nlinks;
    return KD_OK;
}

/* ---- arrays ---- */

static kd_status read_shape(const kd_foreign *f, const char *name, array *a, kd_error *err)
{
    hsize_t dims[2] = { 0, 0 };
    hid_t   space = H5Dget_space(a->set);
    int     rank = H5Sget_simple_extent_ndims(space);
    if (rank == 1 || rank == 2) H5Sget_simple_extent_dims(space, dims, NULL);
    H5Sclose(space);
    if (rank != 1 && rank != 2) return fail(f, name, "has neither one dimension nor two", err);
    if (dims[0] > INT32_MAX || dims[1] > INT32_MAX) return fail(f, name, "is too large", err);
    a->rows = (size_t)dims[0];
    a->cols = (size_t)dims[1];
    return KD_OK;
}

static kd_status open_array(array *a, const kd_foreign *f, const char *name, kd_error *err)
{
    *a = (array){ .set = H5Dopen2(f->file, name, H5P_DEFAULT) };
    if (a->set < 0) return fail(f, name, "is missing", err);
    hid_t type = H5Dget_type(a->set);
    a->class = H5Tget_class(type);
    H5Tclose(type);
    kd_status status = read_shape(f, name, a, err);
    if (status != KD_OK) H5Dclose(a->set);
    return status;
}

kd_status kd_foreign_shape(kd_foreign *file, const char *name, size_t *rows, size_t *cols,
                           kd_error *err)
{
    array     a;
    kd_status status = open_array(&a, file, name, err);
    if (status != KD_OK) return status;
    *rows = a.rows;
    *cols = a.cols;
    H5Dclose(a.set);
    return KD_OK;
}

static kd_status read_all(const kd_foreign *f, const char *name, const array *a, hid_t as,
                          void *out, kd_error *err)
{
    if (a->rows == 0 || H5Dread(a->set, as, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) >= 0) return KD_OK;
    return fail(f, name, "cannot be read", err);
}

kd_status kd_foreign_floats(kd_foreign *file, const char *name, float *out, kd_error *err)
{
    array     a;
    kd_status status = open_array(&a, file, name, err);
    if (status != KD_OK) return status;
    status = a.class == H5T_FLOAT ? read_all(file, name, &a, H5T_NATIVE_FLOAT, out, err)
                                  : fail(file, name, "does not hold floats", err);
    H5Dclose(a.set);
    return status;
}

/* Read as 64 bits, so that what does not fit into 32 is seen. */
static kd_status read_ints(const kd_foreign *f, const char *name, const array *a, int32_t *out,
                           kd_error *err)
{
    size_t    count = a->rows * (a->cols ? a->cols : 1);
    int64_t  *wide = kd_alloc(count + 1, sizeof *wide);
    kd_status status = read_all(f, name, a, H5T_NATIVE_INT64, wide, err);
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        out[i] = (int32_t)wide[i];
        if (out[i] != wide[i]) status = fail(f, name, "holds numbers of more than 32 bits", err);
    }
    free(wide);
    return status;
}

kd_status kd_foreign_ints(kd_foreign *file, const char *name, int32_t *out, kd_error *err)
{
    array     a;
    kd_status status = open_array(&a, file, name, err);
    if (status != KD_OK) return status;
    status = a.class == H5T_INTEGER ? read_ints(file, name, &a, out, err)
                                    : fail(file, name, "does not hold whole numbers", err);
    H5Dclose(a.set);
    return status;
}

/* ---- texts ---- */

static void add_line(kd_str *lines, const char *text, size_t most)
{
    kd_str_add_bytes(lines, text, strnlen(text, most));
    kd_str_add_char(lines, '\n');
}

static kd_status read_variable(const kd_foreign *f, const char *name, const array *a, hid_t type,
                               kd_str *lines, kd_error *err)
{
    char    **texts = kd_alloc(a->rows + 1, sizeof *texts);
    kd_status status = read_all(f, name, a, type, texts, err);
    for (size_t i = 0; i < a->rows && status == KD_OK; i++)
        add_line(lines, texts[i] ? texts[i] : "", PTRDIFF_MAX);
    for (size_t i = 0; i < a->rows; i++) H5free_memory(texts[i]);
    free(texts);
    return status;
}

static kd_status read_fixed(const kd_foreign *f, const char *name, const array *a, hid_t type,
                            kd_str *lines, kd_error *err)
{
    size_t    width = H5Tget_size(type);
    char     *bytes = kd_alloc(a->rows + 1, width);
    kd_status status = read_all(f, name, a, type, bytes, err);
    for (size_t i = 0; i < a->rows && status == KD_OK; i++)
        add_line(lines, bytes + i * width, width);
    free(bytes);
    return status;
}

kd_status kd_foreign_texts(kd_foreign *file, const char *name, kd_str *lines, kd_error *err)
{
    array     a;
    kd_status status = open_array(&a, file, name, err);
    if (status != KD_OK) return status;
    hid_t type = H5Dget_type(a.set);
    kd_str_reset(lines);
    if (a.class != H5T_STRING || a.cols != 0)
        status = fail(file, name, "is no list of texts", err);
    else if (H5Tis_variable_str(type) > 0)
        status = read_variable(file, name, &a, type, lines, err);
    else
        status = read_fixed(file, name, &a, type, lines, err);
    H5Tclose(type);
    H5Dclose(a.set);
    return status;
}

bool kd_foreign_mark(kd_foreign *file, const char *key, kd_str *out)
{
    hid_t mark = H5Aopen(file->file, key, H5P_DEFAULT);
    if (mark < 0) return false;
    hid_t type = H5Aget_type(mark);
    bool  is_text = H5Tget_class(type) == H5T_STRING;
    if (is_text && H5Tis_variable_str(type) > 0) {
        char *text = NULL;
        is_text = H5Aread(mark, type, &text) >= 0 && text;
        if (is_text) kd_str_add(out, text);
        H5free_memory(text);
    } else if (is_text) {
        char *text = kd_alloc(H5Tget_size(type) + 1, 1);
        is_text = H5Aread(mark, type, text) >= 0;
        if (is_text) kd_str_add(out, text);
        free(text);
    }
    H5Tclose(type);
    H5Aclose(mark);
    return is_text;
}
