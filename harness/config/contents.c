/* contents.c - what is in a file that a study names, as a digest. */
#include "harness/config/contents.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/text/text_files.h"
#include "models/text/tokenizer.h"
#include "models/weights/folder.h"

/* Several files as one: each with the name that it has for its reader. */
typedef struct {
    kd_digest *digest;
    int64_t    bytes;
} sum;

static kd_status add_file(sum *s, const char *name, const char *path, kd_error *err)
{
    kd_id     id;
    kd_status status = kd_id_of_file(&id, path, err);
    if (status != KD_OK) return status;
    kd_digest_add_text(s->digest, name);
    kd_digest_add_bytes(s->digest, &id, sizeof id);
    s->bytes += kd_fs_size(path);
    return KD_OK;
}

static kd_id finish(sum *s, int64_t *bytes)
{
    kd_id id = kd_digest_id(s->digest);
    kd_digest_destroy(s->digest);
    *bytes = s->bytes;
    return id;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In the order of names, which is no reader's. */
static kd_status add_files(sum *s, const char *folder, const kd_map *names, kd_error *err)
{
    size_t       count = kd_map_count(names);
    const char **sorted = kd_alloc(count, sizeof *sorted);
    kd_status    status = KD_OK;
    for (size_t i = 0; i < count; i++) sorted[i] = kd_map_key(names, i);
    qsort(sorted, count, sizeof *sorted, by_name);
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        char *path = kd_fs_join(folder, sorted[i]);
        status = add_file(s, sorted[i], path, err);
        free(path);
    }
    free(sorted);
    return status;
}

/* What is opened of a folder: a vocabulary and weights, or, where there is neither, the texts. */
static kd_status list_folder(kd_map *names, const char *folder, kd_error *err)
{
    kd_status status = kd_folder_list(names, folder, err);
    if (status == KD_OK && kd_map_count(names) == 0)
        status = kd_text_files_list(names, folder, err);
    if (status == KD_OK && kd_map_count(names) == 0)
        status =
            kd_fail(err, KD_ENOINPUT,
                    "%s: is a folder without a vocabulary or weights, and without texts", folder);
    return status;
}

static kd_status digest_folder(kd_id *out, int64_t *bytes, const char *folder, kd_error *err)
{
    sum       s = { kd_digest_create(), 0 };
    kd_map   *names = kd_map_create();
    kd_status status = list_folder(names, folder, err);
    if (status == KD_OK) status = add_files(&s, folder, names, err);
    kd_map_destroy(names);
    *out = finish(&s, bytes);
    return status;
}

static bool is_usual_name(const char *name)
{
    const char *usual;
    for (int i = 0; (usual = kd_tokenizer_file(i)); i++)
        if (strcmp(name, usual) == 0) return true;
    return false;
}

/* A vocabulary of two files; under their usual names it has always counted as its folder. */
static kd_status digest_both(kd_id *out, int64_t *bytes, const char *path, const char *beside,
                             kd_error *err)
{
    if (is_usual_name(kd_fs_name(path))) {
        char     *folder = kd_fs_folder(path);
        kd_status status = digest_folder(out, bytes, folder, err);
        free(folder);
        return status;
    }
    sum       s = { kd_digest_create(), 0 };
    kd_status status = add_file(&s, "", path, err);
    if (status == KD_OK) status = add_file(&s, "", beside, err);
    *out = finish(&s, bytes);
    return status;
}

kd_status kd_contents_of(kd_id *out, int64_t *bytes, const char *path, kd_error *err)
{
    if (kd_fs_is_folder(path)) return digest_folder(out, bytes, path, err);
    char     *beside = kd_tokenizer_beside(path);
    kd_status status =
        beside ? digest_both(out, bytes, path, beside, err) : kd_id_of_file(out, path, err);
    if (!beside) *bytes = kd_fs_size(path);
    free(beside);
    return status;
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
