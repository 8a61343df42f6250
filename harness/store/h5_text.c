/* h5_text.c - texts that other programs wrote, above all those of variable length.
 *
 * HDF5 keeps a variable text in a heap of the file and, in its place, a descriptor:
 *
 *     length (4)   address of a collection (8)   index in it (4)
 *
 *     "GCOL"  version (1)  zeros (3)  size of the collection (8)   then its objects:
 *     index (2)  count of uses (2)  zeros (4)  size (8)  bytes, filled up to a multiple of 8
 *
 * (HDF5 File Format Specification, version 3.0, III.E.) The library copies as many bytes as the
 * object has into a buffer as large as the descriptor says, so it is asked for the descriptor alone
 * and the text is looked up here, inside the mapped file.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/store/h5_internal.h"

typedef struct {
    uint32_t length;
    uint64_t address;
    uint32_t index;
} __attribute__((packed)) descriptor;

typedef struct {
    char     magic[4];
    uint8_t  version, zeros[3];
    uint64_t size; /* with this header */
} collection;

typedef struct {
    uint16_t index, uses;
    uint32_t zeros;
    uint64_t size; /* without this header */
} object;

_Static_assert(sizeof(descriptor) == 16, "a descriptor has 16 bytes in the file");
_Static_assert(sizeof(collection) == 16 && sizeof(object) == 16, "headers have 16 bytes");

/* HDF5 asks what can be done about a variable text that is wanted as opaque bytes: nothing. */
static herr_t leave_as_it_is(hid_t from, hid_t to, H5T_cdata_t *data, size_t count, size_t stride,
                             size_t background_stride, void *bytes, void *background, hid_t list)
{
    (void)count, (void)stride, (void)background_stride, (void)bytes, (void)background, (void)list;
    if (data->command != H5T_CONV_INIT) return 0;
    return H5Tget_size(to) == sizeof(descriptor) && H5Tget_class(from) >= 0 ? 0 : -1;
}

/* The type as which a variable text is read: made, and made known to HDF5, for the first one. */
static hid_t descriptor_type(void)
{
    static hid_t type;
    if (type > 0) return type;
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, H5T_VARIABLE);
    type = H5Tcreate(H5T_OPAQUE, sizeof(descriptor));
    KD_CHECK(H5Tregister(H5T_PERS_SOFT, "descriptor", text, type, leave_as_it_is) >= 0,
             "HDF5 takes no conversion");
    H5Tclose(text);
    return type;
}

/* ---- the heap ---- */

/* The `size` bytes of the file from `at` on, or NULL when it ends before. */
static const char *bytes_at(const kd_fs_view *view, uint64_t at, uint64_t size)
{
    return at <= view->length && size <= view->length - at ? view->bytes + at : NULL;
}

/* The text of a descriptor; NULL when it points to none. */
static const char *find_text(const kd_fs_view *view, const descriptor *d, uint64_t base)
{
    collection  heap;
    object      found;
    uint64_t    start = d->address + base, at = start + sizeof heap;
    const char *header = bytes_at(view, start, sizeof heap);
    if (!header || start < base) return NULL;
    memcpy(&heap, header, sizeof heap);
    if (memcmp(heap.magic, "GCOL", 4) != 0 || heap.version != 1) return NULL;
    if (heap.size < sizeof heap || !bytes_at(view, start, heap.size)) return NULL;
    for (uint64_t end = start + heap.size; end - at >= sizeof found;) {
        memcpy(&found, view->bytes + at, sizeof found);
        at += sizeof found;
        if (found.index == 0 || found.size > end - at) return NULL; /* the free rest */
        if (found.index == d->index) return found.size >= d->length ? view->bytes + at : NULL;
        uint64_t filled = (found.size + 7) / 8 * 8;
        if (filled > end - at) return NULL;
        at += filled;
    }
    return NULL;
}

static uint64_t base_of(const kd_h5 *h5)
{
    hsize_t before = 0;
    hid_t   how = H5Fget_create_plist(h5->file);
    H5Pget_userblock(how, &before);
    H5Pclose(how);
    return before;
}

/* ---- read ---- */

static void add_text(kd_str *out, const char *text, size_t most, const char *after)
{
    kd_str_add_bytes(out, text, strnlen(text, most));
    kd_str_add(out, after);
}

/* Many descriptors may point to one text, so what they add up to is bounded by itself. */
static kd_status add_variable(const kd_h5_value *v, const descriptor *texts, kd_str *out,
                              const char *after, kd_error *err)
{
    uint64_t  base = base_of(v->h5), room = v->h5->length;
    kd_status status = kd_h5_map(v->h5, err);
    for (size_t i = 0; i < v->count && status == KD_OK; i++) {
        const descriptor *d = &texts[i];
        const char       *text = d->length ? find_text(&v->h5->view, d, base) : "";
        if (!text || d->length > room)
            return kd_h5_refuse(v, "has a text that lies nowhere in the file", err);
        room -= d->length;
        add_text(out, text, d->length, after);
    }
    return status;
}

static kd_status add_all(const kd_h5_value *v, kd_str *out, const char *after, kd_error *err)
{
    if (H5Tget_class(v->type) != H5T_STRING) return kd_h5_refuse(v, "is no text", err);
    hid_t     type = v->is_variable ? descriptor_type() : v->type;
    char     *bytes = kd_alloc(v->length + 1, 1);
    kd_status status = kd_h5_read(v, type, 0, v->count, bytes, v->length, err);
    if (status == KD_OK && v->is_variable)
        status = add_variable(v, (const descriptor *)bytes, out, after, err);
    else if (status == KD_OK)
        for (size_t i = 0; i < v->count; i++) add_text(out, bytes + i * v->width, v->width, after);
    free(bytes);
    return status;
}

kd_status kd_h5_read_text(const kd_h5_value *v, kd_str *out, kd_error *err)
{
    if (v->rank != 0) return kd_h5_refuse(v, "is a list, expected one text", err);
    return add_all(v, out, "", err);
}

kd_status kd_h5_read_lines(const kd_h5_value *v, kd_str *out, kd_error *err)
{
    if (v->rank != 1) return kd_h5_refuse(v, "is no list of texts", err);
    return add_all(v, out, "\n", err);
}
