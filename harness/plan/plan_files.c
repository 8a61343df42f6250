/* plan_files.c - settings that name files, and what is in them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/config/options.h"
#include "harness/plan/plan_internal.h"

/* Of a folder only what its readers open counts. */
static const char *const folder_parts[] = {
    "config.json",  "merges.txt", "model.safetensors", "pytorch_model.bin",
    "spiece.model", "vocab.json", "vocab.txt",
};
#define PARTS (sizeof folder_parts / sizeof *folder_parts)

static kd_status digest_folder(const char *path, kd_plan_file *out, kd_error *err)
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
            out->bytes += kd_fs_size(part);
            found++;
        }
        free(part);
    }
    out->contents = kd_digest_id(digest);
    kd_digest_destroy(digest);
    if (status == KD_OK && !found)
        return kd_fail(err, KD_ENOINPUT, "%s: is a folder without a vocabulary or weights", path);
    return status;
}

/* vocab.json is read together with merges.txt beside it. */
static bool has_merges(const char *path)
{
    return strcmp(kd_fs_name(path), "vocab.json") == 0;
}

static kd_status digest_path(const char *path, kd_plan_file *out, kd_error *err)
{
    if (kd_fs_is_folder(path)) return digest_folder(path, out, err);
    if (has_merges(path)) {
        char     *folder = kd_fs_folder(path);
        kd_status status = digest_folder(folder, out, err);
        free(folder);
        return status;
    }
    out->bytes = kd_fs_size(path);
    return kd_id_of_file(&out->contents, path, err);
}

/* Each path is digested once a plan. */
static kd_status file_at(kd_plan *plan, const char *path, kd_plan_file *out, kd_error *err)
{
    int64_t known = kd_map_number(plan->digests, path, -1);
    if (known < 0) {
        kd_plan_file file = { .path = kd_arena_strdup(plan->arena, path) };
        kd_status    status = digest_path(path, &file, err);
        if (status != KD_OK) return status;
        known = (int64_t)plan->contents.count;
        kd_map_put_number(plan->digests, path, known);
        kd_vec_push(&plan->contents, file);
    }
    const char *role = out->role;
    *out = plan->contents.items[known];
    out->role = role;
    return KD_OK;
}

/* Add the file or folder `name`, joined with `part` unless that is NULL, which `key` named. */
static kd_status add_file(kd_plan *plan, const char *role, const char *key, const char *name,
                          const char *part, kd_plan_files *out, kd_error *err)
{
    char        *joined = part ? kd_fs_join(name, part) : kd_strdup(name);
    char        *found = kd_study_find_file(plan->study, joined);
    char        *real = found ? realpath(found, NULL) : NULL;
    kd_plan_file file = { .role = role };
    kd_status    status;
    if (real)
        status = file_at(plan, real, &file, err);
    else
        status = kd_fail(err, KD_ENOINPUT, "there is no %s", joined);
    if (status == KD_OK)
        out->file[out->count++] = file;
    else
        kd_while(err, status, "%s", kd_study_place(plan->study, key));
    free(real);
    free(found);
    free(joined);
    return status;
}

/* The training file must be there, the others too unless nothing is to be evaluated. */
static kd_status add_split(kd_plan *plan, const char *split, const char *const *values,
                           kd_plan_files *out, kd_error *err)
{
    char        key[32], part[32];
    const char *corpus = kd_plan_value(values, "data.corpus");
    snprintf(key, sizeof key, "data.%s", split);
    snprintf(part, sizeof part, "%s.tsv", split);
    const char *own = kd_plan_value(values, key);
    if (*own) return add_file(plan, split, key, own, NULL, out, err);
    if (strcmp(kd_plan_value(values, "task"), "text") == 0 && strcmp(split, "train") != 0)
        return KD_OK;
    return add_file(plan, split, "data.corpus", corpus, part, out, err);
}

static kd_status add_splits(kd_plan *plan, const char *const *values, kd_plan_files *out,
                            kd_error *err)
{
    static const char *const splits[] = { "train", "devel", "test" };
    static const char *const keys[] = { "data.train", "data.devel", "data.test" };
    bool      is_synth = !strcmp(kd_plan_value(values, "data.corpus"), KD_CORPUS_SYNTH);
    kd_status status = KD_OK;
    for (size_t i = 0; i < 3 && status == KD_OK; i++) {
        if (!is_synth)
            status = add_split(plan, splits[i], values, out, err);
        else if (*kd_plan_value(values, keys[i]))
            status = kd_fail(err, KD_ECONFIG,
                             "%s: a file stands beside an invented corpus; give data.corpus a name",
                             kd_study_place(plan->study, keys[i]));
    }
    return status;
}

kd_status kd_plan_corpus_files(kd_plan *plan, const char *const *values, kd_plan_files *out,
                               kd_error *err)
{
    const char *vocab = kd_plan_value(values, "data.vocab");
    kd_status   status = add_splits(plan, values, out, err);
    if (status == KD_OK && kd_option_is_path(vocab))
        status = add_file(plan, "vocab", "data.vocab", vocab, NULL, out, err);
    return status;
}

kd_status kd_plan_init_file(kd_plan *plan, const char *key, const char *const *values,
                            kd_plan_files *out, kd_error *err)
{
    const char *init = kd_plan_value(values, key);
    if (!kd_option_is_path(init)) return KD_OK;
    return add_file(plan, "init", key, init, NULL, out, err);
}
