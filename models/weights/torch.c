/* torch.c - PyTorch's zip form: <folder>/data.pkl says what there is, <folder>/data/<key> holds the
 * numbers of one storage. Tensors that share a storage share its bytes. */
#include <stdlib.h>
#include <string.h>

#include "models/weights/pickle.h"
#include "models/weights/weights_internal.h"
#include "models/weights/zip.h"

typedef struct {
    const char *bytes;
    size_t      length;
} storage;

typedef struct {
    kd_weights *weights;
    const char *path, *folder;
    kd_zip     *zip;
    kd_map     *storages;  /* key -> storage, in the arena */
    size_t      copy_left; /* bytes that copies may still take: together no more than the file */
} reader;

static kd_status find_storage(storage **out, reader *r, const kd_pickled *t, kd_error *err)
{
    kd_arena *arena = r->weights->arena;
    *out = kd_map_pointer(r->storages, t->storage);
    if (*out) return KD_OK;
    *out = kd_arena_zero(arena, 1, sizeof **out);
    char     *member = kd_sprintf("%sdata/%s", r->folder, t->storage);
    kd_status status = kd_zip_read(r->zip, member, arena, &(*out)->bytes, &(*out)->length, err);
    free(member);
    if (status == KD_OK) kd_map_put_pointer(r->storages, t->storage, *out);
    return status;
}

/* Row by row without gaps; the stride of a dimension of 1 means nothing. */
static bool is_dense(const kd_pickled *t)
{
    uint64_t step = 1;
    for (int i = t->rank - 1; i >= 0; step *= (uint64_t)t->dim[i--])
        if (t->dim[i] > 1 && (uint64_t)t->stride[i] != step) return false;
    return true;
}

/* Place of the tensor's last element in its storage; false when it overflows. */
static bool find_last(const kd_pickled *t, size_t *out)
{
    *out = (size_t)t->offset;
    for (int i = 0; i < t->rank; i++) {
        size_t step;
        if (__builtin_mul_overflow((size_t)t->dim[i] - 1, (size_t)t->stride[i], &step) ||
            __builtin_add_overflow(*out, step, out))
            return false;
    }
    return true;
}

static void gather(char *out, const char *bytes, const kd_pickled *t, size_t size, size_t count)
{
    int64_t at[KD_WEIGHT_RANK_MAX] = { 0 };
    for (size_t n = 0; n < count; n++) {
        size_t place = (size_t)t->offset;
        for (int i = 0; i < t->rank; i++) place += (size_t)(at[i] * t->stride[i]);
        memcpy(out + n * size, bytes + place * size, size);
        for (int i = t->rank - 1; i >= 0 && ++at[i] == t->dim[i]; i--) at[i] = 0;
    }
}

/* Matrices that were turned before they were saved, as converters of other formats do, lie column
 * by column: they are copied. */
static kd_status copy_tensor(reader *r, const kd_pickled *t, const storage *s, kd_weight *weight,
                             kd_error *err)
{
    size_t size = kd_dtype_size(t->type);
    if (weight->length > s->length || weight->length > r->copy_left)
        return kd_fail(err, KD_EDATA, "%s: is larger than what is stored of it", t->name);
    r->copy_left -= weight->length;
    char *copy = kd_arena_alloc(r->weights->arena, weight->length, 1);
    gather(copy, s->bytes, t, size, weight->length / size);
    weight->bytes = copy;
    return KD_OK;
}

static kd_status place_tensor(reader *r, const kd_pickled *t, const storage *s, kd_weight *weight,
                              kd_error *err)
{
    size_t last, size = kd_dtype_size(t->type), whole = s->length / size;
    if ((uint64_t)t->elements != whole || s->length % size)
        return kd_fail(err, KD_EDATA, "%s: its storage %s has %zu bytes, not %lld elements",
                       t->name, t->storage, s->length, (long long)t->elements);
    weight->bytes = s->bytes;
    if (!weight->length) return KD_OK;
    if (!find_last(t, &last) || last >= whole)
        return kd_fail(err, KD_EDATA, "%s: reaches past the end of its storage %s", t->name,
                       t->storage);
    if (!is_dense(t)) return copy_tensor(r, t, s, weight, err);
    weight->bytes += (size_t)t->offset * size;
    return KD_OK;
}

static kd_status add_tensor(const kd_pickled *t, void *user, kd_error *err)
{
    reader   *r = user;
    storage  *s;
    kd_weight weight = { .name = t->name, .type = t->type, .rank = t->rank };
    memcpy(weight.dim, t->dim, sizeof weight.dim);
    if (!kd_weight_measure(&weight, &weight.length))
        return kd_fail(err, KD_EDATA, "%s: its sizes overflow", t->name);
    kd_status status = find_storage(&s, r, t, err);
    if (status != KD_OK) return kd_while(err, status, "%s", t->name);
    status = place_tensor(r, t, s, &weight, err);
    return status == KD_OK ? kd_weights_add(r->weights, &weight, r->path, err) : status;
}

/* Newer files say in which order the bytes of a number are. */
static kd_status check_order(reader *r, kd_error *err)
{
    const char *word;
    size_t      length;
    char       *member = kd_sprintf("%sbyteorder", r->folder);
    kd_status   status = KD_OK;
    if (kd_zip_has(r->zip, member)) {
        status = kd_zip_read(r->zip, member, r->weights->arena, &word, &length, err);
        if (status == KD_OK && (length != 6 || memcmp(word, "little", 6) != 0))
            status = kd_fail(err, KD_EDATA, "byteorder: numbers are not little-endian");
    }
    free(member);
    return status;
}

static kd_status read_pickle(reader *r, kd_error *err)
{
    kd_arena   *arena = r->weights->arena;
    const char *bytes;
    size_t      length;
    r->folder = kd_zip_folder_of(r->zip, "data.pkl", arena);
    if (!r->folder) return kd_fail(err, KD_EDATA, "has no member data.pkl");
    char     *member = kd_sprintf("%sdata.pkl", r->folder);
    kd_status status = kd_zip_read(r->zip, member, arena, &bytes, &length, err);
    free(member);
    if (status == KD_OK) status = check_order(r, err);
    return status == KD_OK ? kd_pickle_read(bytes, length, arena, add_tensor, r, err) : status;
}

/* Before 1.6 a file was a row of pickles, the first of them a magic number. */
static kd_status check_age(const char *path, kd_error *err)
{
    static const char old[] = { '\x80', 2, '\x8a', 10, 'l', '\xfc' };
    kd_fs_view        view;
    kd_status         status = kd_fs_map(&view, path, err);
    if (status != KD_OK) return status;
    if (view.length >= sizeof old && memcmp(view.bytes, old, sizeof old) == 0)
        status = kd_fail(err, KD_EDATA,
                         "%s: is in PyTorch's form before 1.6; torch.save(torch.load(...)) of a "
                         "newer one makes the zip form that is read here",
                         path);
    kd_fs_unmap(&view);
    return status;
}

kd_status kd_torch_read(kd_weights *weights, const char *path, kd_error *err)
{
    reader    r = { .weights = weights, .path = path };
    kd_status status = check_age(path, err);
    if (status == KD_OK) status = kd_zip_open(&r.zip, path, err);
    if (status != KD_OK) return status;
    r.copy_left = (size_t)kd_fs_size(path);
    r.storages = kd_map_create();
    if ((status = read_pickle(&r, err)) != KD_OK) kd_while(err, status, "%s", path);
    kd_map_destroy(r.storages);
    kd_zip_close(r.zip);
    return status;
}
