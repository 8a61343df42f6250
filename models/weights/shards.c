/* shards.c - a checkpoint in several files, and the index that names them:
 *
 *     {"weight_map": {"bert.pooler.dense.bias": "model-00002-of-00002.safetensors", ...}}
 */
#include <stdlib.h>
#include <string.h>

#include "harness/base/json.h"
#include "models/weights/weights_internal.h"

enum { INDEX_MAX = 4 << 20 }; /* bytes; 30,000 tensors */

typedef struct {
    kd_weights *weights;
    const char *path;
    const char *folder;
    kd_map     *files; /* their names, in the order of the index */
    kd_status   status;
    kd_error   *err;
} reader;

static kd_status refuse(reader *r, const char *tensor, const char *why)
{
    r->status = kd_fail(r->err, KD_EDATA, "%s: %s: %s", r->path, tensor, why);
    return r->status;
}

static void note_file(const char *tensor, const kd_json *value, void *user)
{
    reader     *r = user;
    const char *file = kd_json_to_text(value, "");
    if (r->status != KD_OK) return;
    if (!*file || *file == '.' || strchr(file, '/'))
        refuse(r, tensor, "expected the name of a file beside it");
    else
        kd_map_put_number(r->files, file, 1);
}

/* Open the index and note its files. The caller closes both, whatever the answer is. */
static const kd_json *read_index(reader *r, kd_json_document **document)
{
    *document = NULL;
    r->files = kd_map_create();
    r->status = kd_json_open_within(document, r->path, INDEX_MAX, r->err);
    if (r->status != KD_OK) return NULL;
    const kd_json *map = kd_json_get(kd_json_root(*document), "weight_map");
    if (kd_json_type_of(map) == KD_JSON_OBJECT)
        kd_json_each(map, note_file, r);
    else
        r->status = kd_fail(r->err, KD_EDATA, "%s: has no weight_map", r->path);
    return map;
}

static kd_status read_shard(reader *r, const char *file)
{
    char     *path = kd_fs_join(r->folder, file);
    kd_status status = kd_ends_with(file, ".safetensors")
                           ? kd_safetensors_read(r->weights, path, r->err)
                           : kd_torch_read(r->weights, path, r->err);
    free(path);
    return status;
}

static void check_tensor(const char *tensor, const kd_json *value, void *user)
{
    reader *r = user;
    if (r->status == KD_OK && !kd_weights_find(r->weights, tensor))
        r->status = kd_fail(r->err, KD_EDATA, "%s: %s: is not in %s", r->path, tensor,
                            kd_json_to_text(value, ""));
}

kd_status kd_shards_read(kd_weights *weights, const char *path, kd_error *err)
{
    kd_json_document *document;
    char             *folder = kd_fs_folder(path);
    reader            r = { .weights = weights, .path = path, .folder = folder, .err = err };
    const kd_json    *map = read_index(&r, &document);
    for (size_t i = 0; i < kd_map_count(r.files) && r.status == KD_OK; i++)
        r.status = read_shard(&r, kd_map_key(r.files, i));
    if (r.status == KD_OK) kd_json_each(map, check_tensor, &r);
    kd_map_destroy(r.files);
    kd_json_close(document);
    free(folder);
    return r.status;
}

kd_status kd_shards_list(kd_map *names, const char *path, kd_error *err)
{
    kd_json_document *document;
    reader            r = { .path = path, .err = err };
    read_index(&r, &document);
    for (size_t i = 0; i < kd_map_count(r.files) && r.status == KD_OK; i++)
        kd_map_put_number(names, kd_map_key(r.files, i), 1);
    kd_map_destroy(r.files);
    kd_json_close(document);
    return r.status;
}
