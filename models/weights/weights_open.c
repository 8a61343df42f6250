/* weights_open.c - the forms that weights are published in: how their files end, what a folder
 * calls them, and who reads them. */
#include <stdlib.h>

#include "models/weights/weights_internal.h"

/* A longer ending stands before a shorter one that it ends with. */
static const struct {
    const char *ending;
    kd_status (*read)(kd_weights *weights, const char *path, kd_error *err);
} forms[] = {
    { ".safetensors", kd_safetensors_read },
    { ".index.json", kd_shards_read },
    { ".bin", kd_torch_read },
    { ".pt", kd_torch_read },
};

/* In a folder the first that is there is opened. */
static const struct {
    const char *name;
    bool        is_index;
} usual[] = {
    { KD_WEIGHTS_FILE, false },
    { KD_WEIGHTS_FILE ".index.json", true },
    { "pytorch_model.bin", false },
    { "pytorch_model.bin.index.json", true },
};
enum { USUAL = sizeof usual / sizeof *usual };

static bool has_file(const char *folder, const char *name)
{
    char *path = kd_fs_join(folder, name);
    bool  is_there = kd_fs_exists(path);
    free(path);
    return is_there;
}

/* ---- opening ---- */

static kd_status read_form(kd_weights *weights, const char *path, kd_error *err)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (kd_ends_with(path, forms[i].ending)) return forms[i].read(weights, path, err);
    return kd_fail(err, KD_EUSAGE,
                   "%s: weights are in .safetensors, .safetensors.index.json, .bin or .pt", path);
}

static kd_status read_file(kd_weights *weights, const char *path, kd_error *err)
{
    kd_status status = read_form(weights, path, err);
    if (status == KD_OK && kd_weights_count(weights) == 0)
        status = kd_fail(err, KD_EDATA, "%s: holds no tensor", path);
    return status;
}

static kd_status read_folder(kd_weights *weights, const char *folder, kd_error *err)
{
    int i = 0;
    while (i < USUAL && !has_file(folder, usual[i].name)) i++;
    if (i == USUAL)
        return kd_fail(err, KD_ENOINPUT,
                       "%s: no " KD_WEIGHTS_FILE ", no pytorch_model.bin, no index of shards",
                       folder);
    char     *path = kd_fs_join(folder, usual[i].name);
    kd_status status = read_file(weights, path, err);
    free(path);
    return status;
}

kd_status kd_weights_open(kd_weights **out, const char *path, kd_error *err)
{
    kd_weights *weights = kd_weights_create();
    kd_status   status =
        kd_fs_is_folder(path) ? read_folder(weights, path, err) : read_file(weights, path, err);
    if (status == KD_OK)
        *out = weights;
    else
        kd_weights_close(weights);
    return status;
}

/* ---- listing ---- */

static kd_status list_index(kd_map *out, const char *folder, const char *name, kd_error *err)
{
    char     *path = kd_fs_join(folder, name);
    kd_status status = kd_shards_list(out, path, err);
    free(path);
    return status;
}

/* A second form of one file is listed although the first is opened: ids of cells have counted it
 * since there are any. An index behind another form never counted, and does not. */
kd_status kd_weights_list(kd_map *out, const char *folder, kd_error *err)
{
    kd_status status = KD_OK;
    bool      is_opened = true; /* the next one that is there */
    for (int i = 0; i < USUAL && status == KD_OK; i++) {
        if (!has_file(folder, usual[i].name) || (usual[i].is_index && !is_opened)) continue;
        kd_map_put_number(out, usual[i].name, 1);
        if (usual[i].is_index) status = list_index(out, folder, usual[i].name, err);
        is_opened = false;
    }
    return status;
}
