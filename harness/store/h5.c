/* h5.c - types, properties and handles of HDF5 files.
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/fault.h"
#include "harness/base/guard.h"
#include "harness/store/h5_internal.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a store holds little-endian numbers");

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

static hid_t make_dataset_properties(H5D_layout_t layout)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_layout(list, layout);
    H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
    H5Pset_obj_track_times(list, false);
    return list;
}

/* No file makes this process load code, or open another file. */
static void forbid_what_is_never_written(void)
{
    H5PLset_loading_state(0);
    H5Lunregister(H5L_TYPE_EXTERNAL);
}

/* HDF5 1.10 does not look whether it was given the megabyte in which it keeps what an open file has, and
 * calls a whole file damaged when it was refused less. So it only begins where there is room. */
void kd_h5_expect_room(void)
{
    static const size_t room = (size_t)4 << 20;
    void               *bytes = mmap(NULL, room, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED) kd_out_of_memory("%zu bytes for an HDF5 file", room);
    munmap(bytes, room);
}

const kd_h5_properties *kd_h5_prepare(void)
{
    static kd_h5_properties shared;
    if (shared.is_ready) return &shared;
    kd_h5_expect_room();
    H5dont_atexit();
    KD_CHECK(H5open() >= 0, "HDF5 does not start");
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    forbid_what_is_never_written();
    shared.access = H5Pcreate(H5P_FILE_ACCESS);
    if (kd_fault_is_asked()) kd_h5_set_faulty(shared.access);
    H5Pset_libver_bounds(shared.access, H5F_LIBVER_V18, H5F_LIBVER_V18);
    H5Pset_file_locking(shared.access, false, true);
    H5Pset_alignment(shared.access, KD_H5_COMPACT_BYTES, KD_H5_ALIGNMENT);
    H5Pset_fclose_degree(shared.access, H5F_CLOSE_STRONG);
    shared.creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_obj_track_times(shared.creation, false);
    shared.links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(shared.links, 1);
    shared.plain = make_dataset_properties(H5D_CONTIGUOUS);
    shared.compact = make_dataset_properties(H5D_COMPACT);
    shared.is_ready = true;
    return &shared;
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

static cause find_cause(void)
{
    cause why = { 0, "HDF5 gives no reason" };
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, note_innermost, &why);
    return why;
}

int kd_h5_errno(void)
{
    return find_cause().number;
}

kd_status kd_h5_fail(const kd_h5 *h5, kd_status otherwise, const char *what, const char *name,
                     kd_error *err)
{
    cause       why = find_cause();
    const char *before = name ? " '" : "", *after = name ? "'" : "";
    if (!name) name = "";
    if (why.number)
        return kd_fail_errno(err, why.number, "%s: %s%s%s%s", h5->path, what, before, name, after);
    return kd_fail(err, otherwise, "%s: %s%s%s%s: %s", h5->path, what, before, name, after,
                   why.text);
}

/* ---- types and spaces; the caller closes what these return ---- */

hid_t kd_h5_make_text_type(size_t size)
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

hid_t kd_h5_make_element_type(kd_h5_type type)
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

hid_t kd_h5_make_row_type(kd_h5_type type, size_t first, size_t second)
{
    hid_t row = H5Tcreate(H5T_COMPOUND, first + second);
    hid_t key = kd_h5_make_text_type(first);
    hid_t value = type == KD_H5_PAIRS ? kd_h5_make_text_type(second) : H5Tcopy(H5T_IEEE_F64LE);
    H5Tinsert(row, type == KD_H5_PAIRS ? "key" : "name", 0, key);
    H5Tinsert(row, "value", first, value);
    H5Tclose(key);
    H5Tclose(value);
    return row;
}

static bool is_equal(hid_t type, hid_t made)
{
    bool equal = H5Tequal(type, made) > 0;
    H5Tclose(made);
    return equal;
}

static kd_h5_type type_of_float(hid_t type)
{
    size_t size = H5Tget_size(type);
    return size == 2 ? KD_H5_F16 : size == 4 ? KD_H5_F32 : size == 8 ? KD_H5_F64 : KD_H5_TYPE_COUNT;
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

static kd_h5_type type_of_text(hid_t type)
{
    bool is_ours =
        H5Tis_variable_str(type) == 0 && is_equal(type, kd_h5_make_text_type(H5Tget_size(type)));
    return is_ours ? KD_H5_TEXT : KD_H5_TYPE_COUNT;
}

static size_t size_of_column(hid_t row, unsigned column)
{
    hid_t  type = H5Tget_member_type(row, column);
    size_t size = H5Tget_size(type);
    H5Tclose(type);
    return size;
}

static kd_h5_type type_of_table(hid_t type)
{
    if (H5Tget_nmembers(type) != 2) return KD_H5_TYPE_COUNT;
    kd_h5_type table = H5Tget_member_class(type, 1) == H5T_STRING ? KD_H5_PAIRS : KD_H5_NUMBERS;
    size_t     first = size_of_column(type, 0), second = size_of_column(type, 1);
    if (table == KD_H5_NUMBERS && second != sizeof(double)) return KD_H5_TYPE_COUNT;
    return is_equal(type, kd_h5_make_row_type(table, first, second)) ? table : KD_H5_TYPE_COUNT;
}

/* Class and size say which one it could be; all the rest of it (order and place of the bits, names
 * of columns, padding) must be as well what is written. */
kd_h5_type kd_h5_type_of(hid_t type)
{
    kd_h5_type found = KD_H5_TYPE_COUNT;
    switch (H5Tget_class(type)) {
    case H5T_FLOAT:
        found = type_of_float(type);
        break;
    case H5T_INTEGER:
        found = type_of_integer(type);
        break;
    case H5T_STRING:
        return type_of_text(type);
    case H5T_COMPOUND:
        return type_of_table(type);
    default:
        return KD_H5_TYPE_COUNT;
    }
    bool is_ours = found != KD_H5_TYPE_COUNT && is_equal(type, kd_h5_make_element_type(found));
    return is_ours ? found : KD_H5_TYPE_COUNT;
}

hid_t kd_h5_select(hid_t space, size_t cols, size_t first, size_t count)
{
    size_t  width = cols ? cols : 1;
    hsize_t start[2] = { first / width, 0 }, size[2] = { count / width, width }, all = count;
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL);
    return H5Screate_simple(1, &all, NULL);
}

/* ---- the handle ---- */

void kd_h5_remember(kd_h5 *h5, const kd_h5_member *member)
{
    kd_vec_push(&h5->members, *member);
    h5->members.items[h5->members.count - 1].name = kd_strdup(member->name);
}

void kd_h5_forget_members(kd_h5 *h5)
{
    for (size_t i = 0; i < h5->members.count; i++)
        free((char *)(uintptr_t)h5->members.items[i].name);
    kd_vec_fini(&h5->members);
}

void kd_h5_free(kd_h5 *h5)
{
    kd_h5_forget_members(h5);
    free(h5->path);
    free(h5);
}

/* HDF5 opens by a name, so it gets that of the descriptor: the path could lead elsewhere by then. */
kd_status kd_h5_open(kd_h5 **out, const char *path, kd_error *err)
{
    const kd_h5_properties *shared = kd_h5_prepare();
    struct stat             found;
    char                    name[32];
    int                     fd;
    *out = NULL;
    kd_status status = kd_fs_open(&fd, path, err);
    if (status != KD_OK) return status;
    kd_h5 *h5 = kd_alloc(1, sizeof *h5);
    h5->path = kd_strdup(path);
    h5->draft.fd = -1;
    h5->length = fstat(fd, &found) == 0 ? (size_t)found.st_size : 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    kd_h5_expect_room();
    kd_guard_reading(path);
    h5->file = H5Fopen(name, H5F_ACC_RDONLY, shared->access);
    if (h5->file >= 0) {
        *out = h5;
    } else {
        kd_guard_done(path);
        status = kd_h5_fail(h5, KD_EDATA, "is not a whole HDF5 file", NULL, err);
        kd_h5_free(h5);
    }
    close(fd);
    return status;
}

/* By HDF5's own descriptor, for another file may have this name by now. */
kd_status kd_h5_map(kd_h5 *h5, kd_error *err)
{
    char name[32];
    int *fd;
    if (h5->view.bytes) return KD_OK;
    if (H5Fget_vfd_handle(h5->file, H5P_DEFAULT, (void **)&fd) < 0)
        return kd_h5_fail(h5, KD_EIO, "has no descriptor", NULL, err);
    snprintf(name, sizeof name, "/proc/self/fd/%d", *fd);
    return kd_fs_map_as(&h5->view, name, h5->path, err);
}

void kd_h5_close(kd_h5 *h5)
{
    if (!h5) return;
    H5Fclose(h5->file);
    kd_guard_done(h5->path);
    if (h5->view.bytes) kd_fs_unmap(&h5->view);
    kd_h5_free(h5);
}
