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
    kd_map     *storages; /* key -> storage, in the arena */
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

static kd_status add_tensor(const kd_pickled *t, void *user, kd_error *err)
{
    reader   *r = user;
    storage  *s;
    size_t    first, size = kd_dtype_size(t->type);
    kd_weight weight = { .name = t->name, .type = t->type, .rank = t->rank };
    memcpy(weight.dim, t->dim, sizeof weight.dim);
    if (!kd_weight_measure(&weight, &weight.length) ||
        __builtin_mul_overflow((size_t)t->offset, size, &first))
        return kd_fail(err, KD_EDATA, "%s: its sizes overflow", t->name);
    if (weight.length && !is_dense(t))
        return kd_fail(err, KD_EDATA, "%s: is not stored row by row", t->name);
    kd_status status = find_storage(&s, r, t, err);
    if (status != KD_OK) return kd_while(err, status, "%s", t->name);
    if (first > s->length || weight.length > s->length - first)
        return kd_fail(err, KD_EDATA, "%s: reaches past the end of its storage %s", t->name,
                       t->storage);
    weight.bytes = s->bytes + first;
    return kd_weights_add(r->weights, &weight, r->path, err);
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
    return status == KD_OK ? kd_pickle_read(bytes, length, arena, add_tensor, r, err) : status;
}

kd_status kd_torch_read(kd_weights *weights, const char *path, kd_error *err)
{
    reader    r = { .weights = weights, .path = path };
    kd_status status = kd_zip_open(&r.zip, path, err);
    if (status != KD_OK) return status;
    r.storages = kd_map_create();
    if ((status = read_pickle(&r, err)) != KD_OK) kd_while(err, status, "%s", path);
    kd_map_destroy(r.storages);
    kd_zip_close(r.zip);
    return status;
}
