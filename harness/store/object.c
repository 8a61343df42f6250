/* object.c - drafts of objects.
 *
 * A draft is built in STORE/work/<id>/, so that what a killed process leaves behind goes with
 * the cell's other files, and objects/ only ever sees a rename.
 */
#include "harness/store/object_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/vec.h"

typedef KD_VEC(kd_record_setting) setting_vec;
typedef KD_VEC(kd_record_metric) metric_vec;

struct kd_object_draft {
    kd_h5          *h5;
    const kd_store *store; /* NULL for a file by itself */
    kd_arena       *arena; /* texts of the tables */
    kd_id           id;
    const char     *kind, *resolved;
    setting_vec     settings, facts;
    metric_vec      metrics, timings;
};

/* ---- begin ---- */

static kd_object_draft *make_draft(kd_h5 *h5, const kd_store *store, kd_id id, const char *kind,
                                   const char *resolved)
{
    kd_object_draft *draft = kd_alloc(1, sizeof *draft);
    draft->h5 = h5;
    draft->store = store;
    draft->arena = kd_arena_create(16384);
    draft->id = id;
    draft->kind = kd_arena_strdup(draft->arena, kind);
    draft->resolved = kd_arena_strdup(draft->arena, resolved);
    return draft;
}

kd_status kd_object_create(kd_object_draft **out, const kd_store *store, kd_id id, const char *kind,
                           const char *resolved, kd_error *err)
{
    char *path = kd_store_whole_path(store, id),
         *beside = kd_store_work_path(store, id, "object.h5");
    kd_h5    *h5 = NULL;
    kd_status status;

    *out = NULL;
    if ((status = kd_store_make_work(store, id, err)) != KD_OK) goto done;
    if ((status = kd_store_make_shard(store, id, err)) != KD_OK) goto done;
    if ((status = kd_h5_create(&h5, path, beside, err)) != KD_OK) goto done;
    *out = make_draft(h5, store, id, kind, resolved);
done:
    free(beside);
    free(path);
    return status;
}

kd_status kd_object_create_file(kd_object_draft **out, const char *path, const char *kind,
                                kd_error *err)
{
    kd_h5    *h5 = NULL;
    kd_status status = kd_h5_create(&h5, path, NULL, err);
    *out = status == KD_OK ? make_draft(h5, NULL, (kd_id){ 0 }, kind, "") : NULL;
    return status;
}

/* ---- put ---- */

kd_status kd_object_put(kd_object_draft *draft, const char *name, kd_h5_type type, const void *data,
                        size_t rows, size_t cols, kd_error *err)
{
    return kd_h5_put(draft->h5, name, type, data, rows, cols, err);
}

kd_status kd_object_begin(kd_h5_stream **out, kd_object_draft *draft, const char *name,
                          kd_h5_type type, size_t rows, size_t cols, kd_error *err)
{
    return kd_h5_begin(out, draft->h5, name, type, rows, cols, err);
}

kd_status kd_object_put_f32(kd_object_draft *draft, const char *name, const float *data,
                            size_t rows, size_t cols, kd_error *err)
{
    return kd_h5_put(draft->h5, name, KD_H5_F32, data, rows, cols, err);
}

kd_status kd_object_put_i32(kd_object_draft *draft, const char *name, const int32_t *data,
                            size_t rows, size_t cols, kd_error *err)
{
    return kd_h5_put(draft->h5, name, KD_H5_I32, data, rows, cols, err);
}

kd_status kd_object_put_text(kd_object_draft *draft, const char *name, const char *text,
                             kd_error *err)
{
    return kd_h5_put_text(draft->h5, name, text, err);
}

kd_status kd_object_put_history(kd_object_draft *draft, const char *column, const double *values,
                                size_t epochs, kd_error *err)
{
    char     *name = kd_sprintf("history/%s", column);
    kd_status status = kd_h5_put(draft->h5, name, KD_H5_F64, values, epochs, 0, err);
    free(name);
    return status;
}

static void push_setting(kd_object_draft *draft, setting_vec *rows, const char *key,
                         const char *value)
{
    kd_vec_push(rows, (kd_record_setting){ kd_arena_strdup(draft->arena, key),
                                           kd_arena_strdup(draft->arena, value) });
}

static void push_metric(kd_object_draft *draft, metric_vec *rows, const char *name, double value)
{
    kd_vec_push(rows, (kd_record_metric){ kd_arena_strdup(draft->arena, name), value });
}

void kd_object_put_setting(kd_object_draft *draft, const char *key, const char *value)
{
    push_setting(draft, &draft->settings, key, value);
}

void kd_object_put_metric(kd_object_draft *draft, const char *name, double value)
{
    push_metric(draft, &draft->metrics, name, value);
}

void kd_object_put_timing(kd_object_draft *draft, const char *name, double seconds)
{
    push_metric(draft, &draft->timings, name, seconds);
}

void kd_object_put_fact(kd_object_draft *draft, const char *key, const char *value)
{
    push_setting(draft, &draft->facts, key, value);
}

static void put_known_fact(kd_object_draft *draft, const char *key, const char *value)
{
    if (value && *value) kd_object_put_fact(draft, key, value);
}

void kd_object_put_provenance(kd_object_draft *draft, const kd_provenance *provenance)
{
    char stamp[32];
    put_known_fact(draft, "program.version", provenance->version);
    put_known_fact(draft, "program.commit", provenance->commit);
    put_known_fact(draft, "program.dirty", provenance->is_dirty ? "true" : "false");
    put_known_fact(draft, "libraries", provenance->libraries);
    put_known_fact(draft, "cpu", provenance->cpu);
    if (provenance->started_s > 0)
        put_known_fact(draft, "started",
                       kd_clock_stamp(stamp, sizeof stamp, provenance->started_s));
}

/* What the draft knows by itself. */
static void put_surroundings(kd_object_draft *draft)
{
    char host[65] = "", stamp[32];
    gethostname(host, sizeof host - 1);
    put_known_fact(draft, "host", host);
    put_known_fact(draft, "slurm.job", getenv("SLURM_JOB_ID"));
    put_known_fact(draft, "committed", kd_clock_stamp(stamp, sizeof stamp, kd_clock_unix_s()));
}

/* ---- commit ---- */

static kd_status write_pairs(kd_h5 *h5, const char *name, setting_vec *rows, kd_error *err)
{
    if (rows->count) qsort(rows->items, rows->count, sizeof *rows->items, kd_object_by_key);
    for (size_t i = 1; i < rows->count; i++)
        KD_CHECK(kd_object_by_key(&rows->items[i - 1], &rows->items[i]) != 0,
                 "object: '%s' is put twice in /%s", rows->items[i].key, name);
    return kd_h5_put_pairs(h5, name, rows->items, rows->count, err);
}

static kd_status write_numbers(kd_h5 *h5, const char *name, metric_vec *rows, kd_error *err)
{
    if (rows->count) qsort(rows->items, rows->count, sizeof *rows->items, kd_object_by_name);
    for (size_t i = 1; i < rows->count; i++)
        KD_CHECK(kd_object_by_name(&rows->items[i - 1], &rows->items[i]) != 0,
                 "object: '%s' is put twice in /%s", rows->items[i].name, name);
    return kd_h5_put_numbers(h5, name, rows->items, rows->count, err);
}

static kd_status write_tables(kd_object_draft *draft, kd_error *err)
{
    kd_status status = kd_h5_put_text(draft->h5, KD_KEY_RESOLVED, draft->resolved, err);
    if (status == KD_OK) status = write_pairs(draft->h5, KD_KEY_SETTINGS, &draft->settings, err);
    if (status == KD_OK) status = write_numbers(draft->h5, KD_KEY_METRICS, &draft->metrics, err);
    if (status == KD_OK) status = write_pairs(draft->h5, KD_OBJECT_FACTS, &draft->facts, err);
    if (status == KD_OK) status = write_numbers(draft->h5, KD_OBJECT_TIMINGS, &draft->timings, err);
    return status;
}

static kd_status write_marks(kd_object_draft *draft, kd_error *err)
{
    kd_id     contents;
    kd_status status = kd_object_digest(&contents, draft->h5, draft->kind, err);
    if (status != KD_OK) return status;
    return kd_object_put_marks(draft->h5, draft->store ? draft->id : contents, draft->kind,
                               contents, err);
}

static void free_draft(kd_object_draft *draft)
{
    kd_vec_fini(&draft->settings);
    kd_vec_fini(&draft->facts);
    kd_vec_fini(&draft->metrics);
    kd_vec_fini(&draft->timings);
    kd_arena_destroy(draft->arena);
    free(draft);
}

/* Two files that were written within one tick of the file system's clock may have equal stamps. */
static kd_status forget_catalogue(const kd_store *store, kd_error *err)
{
    char     *path = kd_fs_join(kd_store_folder(store), "catalogue.h5");
    kd_status status = kd_fs_remove_below(kd_store_folder(store), path, err);
    free(path);
    return status;
}

kd_status kd_object_drop_kept(const kd_store *store, kd_id id, kd_error *err)
{
    char     *path = kd_store_kept_path(store, id);
    kd_status status =
        kd_fs_exists(path) ? kd_fs_remove_below(kd_store_folder(store), path, err) : KD_OK;
    free(path);
    return status;
}

kd_status kd_object_commit(kd_object_draft *draft, kd_error *err)
{
    bool replaces = draft->store && kd_store_shows(draft->store, draft->id);
    put_surroundings(draft);
    kd_status status = write_tables(draft, err);
    if (status == KD_OK) status = write_marks(draft, err);
    if (status == KD_OK)
        status = kd_h5_commit(draft->h5, err);
    else
        kd_h5_discard(draft->h5);
    if (status == KD_OK && replaces) status = kd_object_drop_kept(draft->store, draft->id, err);
    if (status == KD_OK && replaces) status = forget_catalogue(draft->store, err);
    free_draft(draft);
    return status;
}

void kd_object_discard(kd_object_draft *draft)
{
    if (!draft) return;
    kd_h5_discard(draft->h5);
    free_draft(draft);
}
