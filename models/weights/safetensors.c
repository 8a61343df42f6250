/* safetensors.c - reading believes nothing; writing makes what reading accepts.
 *
 * Tensors must lie one after another from the first byte behind the header to the last of the
 * file: neither holes nor overlaps, as the format demands. */
#include "models/weights/safetensors.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/json.h"
#include "models/weights/weights_internal.h"

enum { HEADER_MAX = 4 << 20 }; /* bytes; 30,000 tensors, and a tree of 200 MB at the very worst */

typedef struct {
    kd_weights *weights;
    const char *path;
    const char *data; /* behind the header */
    size_t      length;
    kd_status   status;
    kd_error   *err;
} reader;

/* ---- one entry of the header ---- */

static void refuse(reader *r, const char *name, const char *why)
{
    r->status = kd_fail(r->err, KD_EDATA, "%s: %s: %s", r->path, name, why);
}

/* The format has more types than are read here. */
static void refuse_type(reader *r, const char *name, const kd_json *entry)
{
    kd_str known = KD_STR_INIT;
    for (kd_dtype type = 0; type < KD_DTYPE_COUNT; type++)
        kd_str_addf(&known, " %s", kd_dtype_word(type));
    r->status = kd_fail(r->err, KD_EDATA, "%s: %s: dtype: expected one of:%s; found %s", r->path,
                        name, known.text, kd_json_to_text(kd_json_get(entry, "dtype"), "none"));
    kd_str_fini(&known);
}

static void refuse_place(reader *r, const char *name)
{
    r->status = kd_fail(r->err, KD_EDATA,
                        "%s: %s: data_offsets: expected begin and end within %zu bytes of data",
                        r->path, name, r->length);
}

static bool parse_type(const kd_json *entry, kd_dtype *out)
{
    const char *word = kd_json_to_text(kd_json_get(entry, "dtype"), "");
    for (kd_dtype type = 0; type < KD_DTYPE_COUNT; type++)
        if (strcmp(word, kd_dtype_word(type)) == 0) {
            *out = type;
            return true;
        }
    return false;
}

static bool parse_shape(const kd_json *entry, kd_weight *out)
{
    const kd_json *shape = kd_json_get(entry, "shape");
    if (kd_json_type_of(shape) != KD_JSON_ARRAY || kd_json_count(shape) > KD_WEIGHT_RANK_MAX)
        return false;
    out->rank = (int)kd_json_count(shape);
    for (int i = 0; i < out->rank; i++)
        if ((out->dim[i] = kd_json_to_int(kd_json_at(shape, (size_t)i), -1)) < 0) return false;
    return true;
}

static bool parse_place(const reader *r, const kd_json *entry, kd_weight *out)
{
    const kd_json *offsets = kd_json_get(entry, "data_offsets");
    int64_t        begin = kd_json_to_int(kd_json_at(offsets, 0), -1);
    int64_t        end = kd_json_to_int(kd_json_at(offsets, 1), -1);
    if (kd_json_type_of(offsets) != KD_JSON_ARRAY || kd_json_count(offsets) != 2) return false;
    if (begin < 0 || end < begin || (uint64_t)end > r->length) return false;
    out->bytes = r->data + begin;
    out->length = (size_t)(end - begin);
    return true;
}

static void read_entry(const char *name, const kd_json *entry, void *user)
{
    reader   *r = user;
    kd_weight weight = { .name = name };
    size_t    bytes;
    if (r->status != KD_OK || strcmp(name, "__metadata__") == 0) return;
    if (kd_json_type_of(entry) != KD_JSON_OBJECT)
        refuse(r, name, "expected an object with dtype, shape and data_offsets");
    else if (!parse_type(entry, &weight.type))
        refuse_type(r, name, entry);
    else if (!parse_shape(entry, &weight))
        refuse(r, name, "shape is no list of sizes");
    else if (!kd_weight_measure(&weight, &bytes))
        refuse(r, name, "its sizes overflow");
    else if (!parse_place(r, entry, &weight))
        refuse_place(r, name);
    else if (bytes != weight.length)
        refuse(r, name, "data_offsets and shape disagree");
    else
        r->status = kd_weights_add(r->weights, &weight, r->path, r->err);
}

/* ---- the whole file ---- */

static int by_place(const void *a, const void *b)
{
    const kd_weight *x = a, *y = b;
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? -1 : 1;
    return (x->length > y->length) - (x->length < y->length);
}

static kd_status check_cover(reader *r, size_t first)
{
    size_t      count = r->weights->items.count - first;
    kd_weight  *sorted = kd_alloc(count + 1, sizeof *sorted);
    const char *end = r->data;
    if (count) memcpy(sorted, r->weights->items.items + first, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_place);
    for (size_t i = 0; i < count && r->status == KD_OK; i++) {
        if (sorted[i].bytes < end) refuse(r, sorted[i].name, "overlaps another tensor");
        if (sorted[i].bytes > end) refuse(r, sorted[i].name, "begins behind a hole");
        end = sorted[i].bytes + sorted[i].length;
    }
    if (r->status == KD_OK && end != r->data + r->length)
        r->status = kd_fail(r->err, KD_EDATA, "%s: %zu bytes at the end belong to no tensor",
                            r->path, (size_t)(r->data + r->length - end));
    free(sorted);
    return r->status;
}

static kd_status read_header(reader *r, const char *header, size_t length)
{
    kd_json_document *document;
    size_t            first = r->weights->items.count;
    char             *name = kd_sprintf("%s: header", r->path);
    r->status = kd_json_parse(&document, header, length, name, r->err);
    free(name);
    if (r->status != KD_OK) return r->status;
    const kd_json *root = kd_json_root(document);
    if (kd_json_type_of(root) == KD_JSON_OBJECT)
        kd_json_each(root, read_entry, r);
    else
        r->status = kd_fail(r->err, KD_EDATA, "%s: the header is no object", r->path);
    kd_json_close(document);
    return r->status == KD_OK ? check_cover(r, first) : r->status;
}

kd_status kd_safetensors_read(kd_weights *weights, const char *path, kd_error *err)
{
    kd_fs_view view;
    uint64_t   header;
    kd_status  status = kd_fs_map(&view, path, err);
    if (status != KD_OK) return status;
    kd_vec_push(&weights->views, view);
    if (view.length < sizeof header)
        return kd_fail(err, KD_EDATA, "%s: is cut short: %zu bytes", path, view.length);
    memcpy(&header, view.bytes, sizeof header);
    if (header > view.length - sizeof header)
        return kd_fail(err, KD_EDATA, "%s: claims a header of %llu bytes in a file of %zu", path,
                       (unsigned long long)header, view.length);
    if (header > HEADER_MAX)
        return kd_fail(err, KD_EDATA,
                       "%s: has a header of %llu bytes, more than the %d that are read", path,
                       (unsigned long long)header, HEADER_MAX);
    const char *text = view.bytes + sizeof header;
    reader      r = { .weights = weights,
                      .path = path,
                      .data = text + header,
                      .length = view.length - sizeof header - header,
                      .err = err };
    return read_header(&r, text, header);
}

/* ---- writing ---- */

static void write_numbers(kd_json_writer *w, const char *key, const int64_t *numbers, int count)
{
    kd_json_key(w, key);
    kd_json_begin(w, '[');
    for (int i = 0; i < count; i++) kd_json_int(w, numbers[i]);
    kd_json_end(w, ']');
}

/* The common Python library asks for the format's name in the metadata. */
static void write_header(kd_str *out, const kd_weight *tensors, size_t count)
{
    kd_json_writer w;
    int64_t        place[2] = { 0, 0 };
    kd_json_start(&w, out, 0);
    kd_json_begin(&w, '{');
    kd_json_key(&w, "__metadata__");
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "format", "pt");
    kd_json_end(&w, '}');
    for (size_t i = 0; i < count; i++, place[0] = place[1]) {
        place[1] = place[0] + (int64_t)tensors[i].length;
        kd_json_key(&w, tensors[i].name);
        kd_json_begin(&w, '{');
        kd_json_put_text(&w, "dtype", kd_dtype_word(tensors[i].type));
        write_numbers(&w, "shape", tensors[i].dim, tensors[i].rank);
        write_numbers(&w, "data_offsets", place, 2);
        kd_json_end(&w, '}');
    }
    kd_json_end(&w, '}');
    while (out->length % 8) kd_str_add_char(out, ' '); /* tensors begin aligned */
}

kd_status kd_safetensors_write(const char *path, const kd_weight *tensors, size_t count,
                               kd_error *err)
{
    kd_str header = KD_STR_INIT, file = KD_STR_INIT;
    write_header(&header, tensors, count);
    uint64_t length = header.length;
    kd_str_add_bytes(&file, &length, sizeof length);
    kd_str_add_bytes(&file, header.text, header.length);
    for (size_t i = 0; i < count; i++) kd_str_add_bytes(&file, tensors[i].bytes, tensors[i].length);
    kd_status status = kd_fs_write(path, file.text, file.length, err);
    kd_str_fini(&file);
    kd_str_fini(&header);
    return status;
}
