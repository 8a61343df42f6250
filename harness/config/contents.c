/* contents.c - what is in a file that a study names, as a digest. */
#include "harness/config/contents.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"

/* Of a folder only what its readers open counts. */
static const char *const folder_parts[] = {
    "config.json",  "merges.txt", "model.safetensors", "pytorch_model.bin",
    "spiece.model", "vocab.json", "vocab.txt",
};
#define PARTS (sizeof folder_parts / sizeof *folder_parts)

static kd_status digest_folder(kd_id *out, int64_t *bytes, const char *path, kd_error *err)
{
    kd_digest *digest = kd_digest_create();
    kd_status  status = KD_OK;
    size_t     found = 0;
    for (size_t i = 0; i < PARTS && status == KD_OK; i++) {
        char *part = kd_fs_join(path, folder_parts[i]);
        if (kd_fs_exists(part)) {
            kd_id id;
            status = kd_id_of_file(&id, part, err);
            kd_digest_add_text(digest, folder_parts[i]);
            kd_digest_add_bytes(digest, &id, sizeof id);
            *bytes += kd_fs_size(part);
            found++;
        }
        free(part);
    }
    *out = kd_digest_id(digest);
    kd_digest_destroy(digest);
    if (status == KD_OK && !found)
        return kd_fail(err, KD_ENOINPUT, "%s: is a folder without a vocabulary or weights", path);
    return status;
}

kd_status kd_contents_of(kd_id *out, int64_t *bytes, const char *path, kd_error *err)
{
    *bytes = 0;
    if (kd_fs_is_folder(path)) return digest_folder(out, bytes, path, err);
    if (strcmp(kd_fs_name(path), "vocab.json") == 0) {
        char     *folder = kd_fs_folder(path);
        kd_status status = digest_folder(out, bytes, folder, err);
        free(folder);
        return status;
    }
    *bytes = kd_fs_size(path);
    return kd_id_of_file(out, path, err);
}

kd_status kd_contents_check(const char *path, kd_id contents, kd_error *err)
{
    kd_id     now;
    int64_t   bytes;
    kd_status status = kd_contents_of(&now, &bytes, path, err);
    if (status == KD_OK && !kd_id_equal(now, contents))
        return kd_fail(err, KD_EDATA, "%s: has changed since the study was planned; run it again",
                       path);
    return status;
}
