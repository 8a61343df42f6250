/* kept.c - what a study was opened with, as JSON and back. */
#include "harness/config/kept.h"

#include <stdlib.h>

#include "harness/base/arena.h"
#include "harness/base/fs.h"
#include "harness/config/study_internal.h"

enum {
    FORM = 1,
    LONGEST = 256 << 20 /* bytes of a text: the ids of seven million cells */
};

/* ---- to a text ---- */

static void put_list(kd_json_writer *w, const char *key, const char *const *texts)
{
    kd_json_key(w, key);
    kd_json_begin(w, '[');
    for (; *texts; texts++) kd_json_text(w, *texts);
    kd_json_end(w, ']');
}

static void put_files(kd_json_writer *w, const kd_study *study)
{
    kd_json_key(w, "files");
    kd_json_begin(w, '[');
    for (size_t i = 0; i < study->files.count; i++) {
        kd_json_begin(w, '{');
        kd_json_put_text(w, "name", study->files.items[i].name);
        kd_json_put_text(w, "text", study->files.items[i].text);
        kd_json_end(w, '}');
    }
    kd_json_end(w, ']');
}

static void put_ids(kd_json_writer *w, const kd_id *ids, size_t count)
{
    char text[KD_ID_TEXT];
    kd_json_key(w, "cells");
    kd_json_begin(w, '[');
    for (size_t i = 0; i < count; i++) {
        kd_id_text(text, ids[i]);
        kd_json_text(w, text);
    }
    kd_json_end(w, ']');
}

void kd_kept_write(kd_str *out, const kd_study *study, const kd_id *ids)
{
    kd_json_writer w;
    kd_json_start(&w, out, 1);
    kd_json_begin(&w, '{');
    kd_json_put_int(&w, "form", FORM);
    kd_json_put_text(&w, "name", study->name);
    kd_json_put_text(&w, "file", kd_fs_name(study->path));
    kd_json_put_text(&w, "text", kd_source_said(study->source));
    kd_json_put_text(&w, "profile", study->profile);
    put_list(&w, "define", study->overrides);
    put_list(&w, "environment", study->environment);
    put_files(&w, study);
    put_ids(&w, ids, kd_grid_count(study->grid));
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

/* ---- and back ---- */

/* The texts of a list, and NULL. */
static const char **read_list(kd_arena *arena, const kd_json *list)
{
    size_t       count = list ? kd_json_count(list) : 0;
    const char **texts = kd_arena_zero(arena, count + 1, sizeof *texts);
    for (size_t i = 0; i < count; i++) texts[i] = kd_json_to_text(kd_json_at(list, i), "");
    return texts;
}

static const kd_study_file *read_files(kd_arena *arena, const kd_json *list, size_t *count)
{
    *count = list ? kd_json_count(list) : 0;
    kd_study_file *files = kd_arena_zero(arena, *count + 1, sizeof *files);
    for (size_t i = 0; i < *count; i++) {
        const kd_json *file = kd_json_at(list, i);
        files[i] = (kd_study_file){ kd_json_to_text(kd_json_get(file, "name"), ""),
                                    kd_json_to_text(kd_json_get(file, "text"), "") };
    }
    return files;
}

static kd_status open_study(kd_study **out, const kd_json *root, kd_arena *arena, kd_error *err)
{
    kd_study_options options = { .text = kd_json_to_text(kd_json_get(root, "text"), NULL),
                                 .profile = kd_json_to_text(kd_json_get(root, "profile"), NULL) };
    if (!options.text || kd_json_to_int(kd_json_get(root, "form"), 0) != FORM)
        return kd_fail(err, KD_EDATA, "is no study of form %d", FORM);
    options.environment = read_list(arena, kd_json_get(root, "environment"));
    options.overrides.items = read_list(arena, kd_json_get(root, "define"));
    while (options.overrides.items[options.overrides.count]) options.overrides.count++;
    options.files = read_files(arena, kd_json_get(root, "files"), &options.file_count);
    return kd_study_open(out, kd_json_to_text(kd_json_get(root, "file"), "study"), &options, err);
}

static kd_status read_ids(kd_kept_study *kept, const kd_json *list, kd_error *err)
{
    size_t cells = kd_grid_count(kd_study_grid(kept->study)),
           count = list ? kd_json_count(list) : 0;
    if (count != cells)
        return kd_fail(err, KD_ECONFIG,
                       "has %zu cells as this version reads it and %zu ids: another one kept it",
                       cells, count);
    kept->ids = kd_alloc(count + 1, sizeof *kept->ids);
    for (size_t i = 0; i < count; i++)
        if (!kd_id_parse(&kept->ids[i], kd_json_to_text(kd_json_at(list, i), "")))
            return kd_fail(err, KD_EDATA, "cell %zu has no id", i);
    return KD_OK;
}

kd_status kd_kept_open(kd_kept_study *out, const char *path, kd_error *err)
{
    kd_json_document *document;
    *out = (kd_kept_study){ NULL, NULL };
    kd_status status = kd_json_open_within(&document, path, LONGEST, err);
    if (status != KD_OK) return status;
    kd_arena      *arena = kd_arena_create(0);
    const kd_json *root = kd_json_root(document);
    status = open_study(&out->study, root, arena, err);
    if (status == KD_OK) status = read_ids(out, kd_json_get(root, "cells"), err);
    kd_arena_destroy(arena);
    kd_json_close(document);
    return status == KD_OK ? KD_OK : kd_while(err, status, "%s", path);
}

void kd_kept_close(kd_kept_study *kept)
{
    kd_study_close(kept->study);
    free(kept->ids);
    *kept = (kd_kept_study){ NULL, NULL };
}
