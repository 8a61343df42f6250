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
    char       *folder;
    kd_map     *files; /* those that were read */
    kd_status   status;
    kd_error   *err;
} reader;

static kd_status read_shard(reader *r, const char *file)
{
    char     *path = kd_fs_join(r->folder, file);
    kd_status status = kd_ends_with(file, ".safetensors")
                           ? kd_safetensors_read(r->weights, path, r->err)
                           : kd_torch_read(r->weights, path, r->err);
    free(path);
    kd_map_put_number(r->files, file, 1);
    return status;
}

static void open_shard(const char *tensor, const kd_json *value, void *user)
{
    reader     *r = user;
    const char *file = kd_json_to_text(value, "");
    if (r->status != KD_OK || kd_map_get(r->files, file)) return;
    if (!*file || *file == '.' || strchr(file, '/'))
        r->status = kd_fail(r->err, KD_EDATA, "%s: %s: expected the name of a file beside it",
                            r->path, tensor);
    else
        r->status = read_shard(r, file);
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
    kd_status         status = kd_json_open_within(&document, path, INDEX_MAX, err);
    if (status != KD_OK) return status;
    reader         r = { .weights = weights, .path = path, .err = err };
    const kd_json *map = kd_json_get(kd_json_root(document), "weight_map");
    r.folder = kd_fs_folder(path);
    r.files = kd_map_create();
    if (kd_json_type_of(map) == KD_JSON_OBJECT) {
        kd_json_each(map, open_shard, &r);
        kd_json_each(map, check_tensor, &r);
    } else {
        r.status = kd_fail(err, KD_EDATA, "%s: has no weight_map", path);
    }
    kd_map_destroy(r.files);
    free(r.folder);
    kd_json_close(document);
    return r.status;
}
