/* object_read.c - objects that are read back. */
#include "harness/store/object_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- open ---- */

static kd_status read_id(kd_id *out, kd_h5 *h5, const char *key, kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    kd_status status = kd_h5_get_mark(h5, key, &text, err);
    if (status == KD_OK && !kd_id_parse(out, text.text))
        status = kd_fail(err, KD_EDATA, "%s: attribute '%s' is no digest", kd_h5_path(h5), key);
    kd_str_fini(&text);
    return status;
}

static kd_status check_format(kd_h5 *h5, kd_error *err)
{
    kd_str    format = KD_STR_INIT;
    int64_t   version = 0;
    kd_status status = kd_h5_get_mark(h5, "format", &format, err);
    if (status == KD_OK && strcmp(format.text, KD_OBJECT_FORMAT) != 0)
        status = kd_fail(err, KD_EDATA, "%s: is a '%s', not a '%s'", kd_h5_path(h5), format.text,
                         KD_OBJECT_FORMAT);
    if (status == KD_OK) status = kd_h5_get_count(h5, "version", &version, err);
    if (status == KD_OK && version != KD_OBJECT_VERSION)
        status = kd_fail(err, KD_EDATA, "%s: is of version %lld, this program reads version %d",
                         kd_h5_path(h5), (long long)version, KD_OBJECT_VERSION);
    kd_str_fini(&format);
    return status;
}

static kd_status note_left_out(kd_object *object, kd_error *err)
{
    bool      has = false;
    kd_status status = kd_h5_has(object->h5, KD_KEY_LEFT_OUT, &has, err);
    if (status != KD_OK || !has) return status;
    return kd_h5_get_text(object->h5, KD_KEY_LEFT_OUT, &object->left_out, err);
}

kd_status kd_object_open_file(kd_object **out, const char *path, kd_error *err)
{
    kd_object *object = kd_alloc(1, sizeof *object);
    kd_str_init(&object->kind);
    kd_str_init(&object->left_out);
    object->store = kd_strdup("");
    *out = NULL;
    kd_status status = kd_h5_open(&object->h5, path, err);
    if (status == KD_OK) status = check_format(object->h5, err);
    if (status == KD_OK) status = read_id(&object->id, object->h5, "id", err);
    if (status == KD_OK) status = read_id(&object->contents, object->h5, "contents", err);
    if (status == KD_OK) status = kd_h5_get_mark(object->h5, "kind", &object->kind, err);
    if (status == KD_OK) status = note_left_out(object, err);
    if (status == KD_OK)
        *out = object;
    else
        kd_object_close(object);
    return status;
}

kd_status kd_object_open(kd_object **out, const kd_store *store, kd_id id, kd_error *err)
{
    char     *path = kd_store_object_path(store, id);
    kd_status status = kd_object_open_file(out, path, err);
    if (status == KD_OK) {
        free((*out)->store);
        (*out)->store = kd_strdup(kd_store_folder(store));
    }
    if (status == KD_OK && !kd_id_equal((*out)->id, id)) {
        char found[KD_ID_TEXT];
        kd_id_text(found, (*out)->id);
        status =
            kd_fail(err, KD_EDATA, "%s: holds the object %s, not the one of its name", path, found);
        kd_object_close(*out);
        *out = NULL;
    }
    free(path);
    return status;
}

kd_id kd_object_id(const kd_object *object)
{
    return object->id;
}

kd_id kd_object_contents(const kd_object *object)
{
    return object->contents;
}

const char *kd_object_kind(const kd_object *object)
{
    return object->kind.text;
}

void kd_object_close(kd_object *object)
{
    if (!object) return;
    kd_h5_close(object->h5);
    kd_str_fini(&object->kind);
    kd_str_fini(&object->left_out);
    free(object->store);
    free(object);
}

bool kd_object_is_kept(const kd_object *object)
{
    return object->left_out.length > 0;
}

/* ---- get ---- */

/* What is absent because it was left out is told so. */
static kd_status explain(const kd_object *object, const char *name, kd_status status, kd_error *err)
{
    char *line = kd_sprintf(" %s\n", name);
    bool  was_there = status != KD_OK && strstr(object->left_out.text, line);
    free(line);
    if (!was_there) return status;
    return kd_fail(err, KD_EDATA,
                   "%s: %s was left out when it was kept (merge --without-weights); `kdgrid run` "
                   "makes it again",
                   kd_h5_path(object->h5), name);
}

kd_status kd_object_has(kd_object *object, const char *name, bool *has, kd_error *err)
{
    return kd_h5_has(object->h5, name, has, err);
}

kd_status kd_object_find(kd_object *object, const char *name, kd_h5_member *member, kd_error *err)
{
    return explain(object, name, kd_h5_find(object->h5, name, member, err), err);
}

kd_status kd_object_get(kd_object *object, const char *name, kd_h5_type type, void *out,
                        size_t rows, size_t cols, kd_error *err)
{
    return explain(object, name, kd_h5_get(object->h5, name, type, out, rows, cols, err), err);
}

kd_status kd_object_take(kd_object *object, const char *name, kd_h5_type type, kd_arena *arena,
                         void **out, size_t *rows, size_t *cols, kd_error *err)
{
    kd_h5_member member;
    kd_status    status = kd_object_find(object, name, &member, err);
    if (status != KD_OK) return status;
    *rows = member.rows;
    *cols = member.cols;
    *out = kd_arena_alloc(arena, member.rows * (member.cols ? member.cols : 1),
                          kd_h5_type_bytes(type));
    return kd_h5_get(object->h5, name, type, *out, member.rows, member.cols, err);
}

kd_status kd_object_view(kd_object *object, const char *name, kd_h5_type type, kd_arena *arena,
                         const void **out, size_t *rows, size_t *cols, kd_error *err)
{
    return explain(object, name, kd_h5_view(object->h5, name, type, arena, out, rows, cols, err),
                   err);
}

kd_status kd_object_get_text(kd_object *object, const char *name, kd_str *out, kd_error *err)
{
    return explain(object, name, kd_h5_get_text(object->h5, name, out, err), err);
}

kd_status kd_object_members(kd_object *object, const kd_h5_member **members, size_t *count,
                            kd_error *err)
{
    return kd_h5_members(object->h5, members, count, err);
}

/* Metrics, with the timings among them as "time.<name>", sorted. */
static kd_status read_metrics(kd_object *object, kd_arena *arena, kd_record_metric **rows,
                              size_t *count, kd_error *err)
{
    kd_record_metric *metrics, *timings;
    size_t            metric_count, timing_count;
    kd_status         status;

    status = kd_h5_get_numbers(object->h5, KD_KEY_METRICS, arena, &metrics, &metric_count, err);
    if (status == KD_OK)
        status =
            kd_h5_get_numbers(object->h5, KD_OBJECT_TIMINGS, arena, &timings, &timing_count, err);
    if (status != KD_OK) return status;
    *count = metric_count + timing_count;
    *rows = kd_arena_alloc(arena, *count, sizeof **rows);
    memcpy(*rows, metrics, metric_count * sizeof **rows);
    for (size_t i = 0; i < timing_count; i++)
        (*rows)[metric_count + i] =
            (kd_record_metric){ kd_arena_sprintf(arena, KD_KEY_TIME "%s", timings[i].name),
                                timings[i].value };
    if (*count) qsort(*rows, *count, sizeof **rows, kd_object_by_name);
    return KD_OK;
}

/* Under which versions it was made is a setting like any other to those who compare. */
static kd_status add_versions(kd_object *object, kd_arena *arena, kd_record_setting **settings,
                              size_t *count, kd_error *err)
{
    static const struct {
        const char *fact, *key;
    } versions[] = { { "numerics", KD_RECORD_NUMERICS }, { "schema", KD_RECORD_SCHEMA } };
    kd_record_setting *facts, *all;
    size_t             fact_count;
    kd_status          status = kd_object_facts(object, arena, &facts, &fact_count, err);
    if (status != KD_OK) return status;
    all = kd_arena_alloc(arena, *count + fact_count + 1, sizeof *all);
    if (*count) memcpy(all, *settings, *count * sizeof *all);
    for (size_t f = 0; f < fact_count; f++)
        for (size_t v = 0; v < sizeof versions / sizeof *versions; v++)
            if (strcmp(facts[f].key, versions[v].fact) == 0)
                all[(*count)++] = (kd_record_setting){ versions[v].key, facts[f].value };
    qsort(all, *count, sizeof *all, kd_object_by_key);
    *settings = all;
    return KD_OK;
}

kd_status kd_object_record(kd_object *object, kd_arena *arena, kd_record *record, kd_error *err)
{
    kd_record_setting *settings;
    kd_record_metric  *metrics;
    size_t             setting_count, metric_count;
    kd_status          status =
        kd_h5_get_pairs(object->h5, KD_KEY_SETTINGS, arena, &settings, &setting_count, err);
    if (status == KD_OK) status = add_versions(object, arena, &settings, &setting_count, err);
    if (status == KD_OK) status = read_metrics(object, arena, &metrics, &metric_count, err);
    if (status != KD_OK) return status;
    *record = (kd_record){
        .id = object->id,
        .kind = kd_arena_strdup(arena, object->kind.text),
        .store = kd_arena_strdup(arena, object->store),
        .settings = settings,
        .setting_count = setting_count,
        .metrics = metrics,
        .metric_count = metric_count,
    };
    return KD_OK;
}

kd_status kd_object_facts(kd_object *object, kd_arena *arena, kd_record_setting **facts,
                          size_t *count, kd_error *err)
{
    return kd_h5_get_pairs(object->h5, KD_OBJECT_FACTS, arena, facts, count, err);
}

kd_status kd_object_verify(kd_object *object, kd_error *err)
{
    const kd_h5_member *members;
    size_t              count = 0;
    kd_id               contents;
    kd_status           status = kd_h5_members(object->h5, &members, &count, err);
    for (size_t i = 0; i < count && status == KD_OK; i++)
        status = kd_h5_verify(object->h5, members[i].name, err);
    if (status == KD_OK) status = kd_object_digest(&contents, object->h5, object->kind.text, err);
    if (status == KD_OK && !kd_id_equal(contents, object->contents))
        status = kd_fail(err, KD_EDATA, "%s: its datasets do not give the digest of its contents",
                         kd_h5_path(object->h5));
    return status;
}
