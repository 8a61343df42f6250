/* object.c - drafts of objects, and objects that are read back.
 *
 * A draft is built in STORE/work/<id>/, so that what a killed process leaves behind goes with
 * the cell's other files, and objects/ only ever sees a rename.
 */
#include "harness/store/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fs.h"
#include "harness/base/vec.h"
#include "harness/store/keys.h"

#define FORMAT  "kdgrid object"
#define FACTS   KD_KEY_PROVENANCE "facts"
#define TIMINGS KD_KEY_PROVENANCE "timings"

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

struct kd_object {
    kd_h5 *h5;
    kd_id  id, contents;
    kd_str kind;
    char  *store;    /* its folder, "" for a file by itself */
    kd_str left_out; /* of one that was kept */
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

static int by_key(const void *a, const void *b)
{
    return strcmp(((const kd_record_setting *)a)->key, ((const kd_record_setting *)b)->key);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const kd_record_metric *)a)->name, ((const kd_record_metric *)b)->name);
}

static kd_status write_pairs(kd_h5 *h5, const char *name, setting_vec *rows, kd_error *err)
{
    if (rows->count) qsort(rows->items, rows->count, sizeof *rows->items, by_key);
    for (size_t i = 1; i < rows->count; i++)
        KD_CHECK(by_key(&rows->items[i - 1], &rows->items[i]) != 0,
                 "object: '%s' is put twice in /%s", rows->items[i].key, name);
    return kd_h5_put_pairs(h5, name, rows->items, rows->count, err);
}

static kd_status write_numbers(kd_h5 *h5, const char *name, metric_vec *rows, kd_error *err)
{
    if (rows->count) qsort(rows->items, rows->count, sizeof *rows->items, by_name);
    for (size_t i = 1; i < rows->count; i++)
        KD_CHECK(by_name(&rows->items[i - 1], &rows->items[i]) != 0,
                 "object: '%s' is put twice in /%s", rows->items[i].name, name);
    return kd_h5_put_numbers(h5, name, rows->items, rows->count, err);
}

static kd_status write_tables(kd_object_draft *draft, kd_error *err)
{
    kd_status status = kd_h5_put_text(draft->h5, KD_KEY_RESOLVED, draft->resolved, err);
    if (status == KD_OK) status = write_pairs(draft->h5, KD_KEY_SETTINGS, &draft->settings, err);
    if (status == KD_OK) status = write_numbers(draft->h5, KD_KEY_METRICS, &draft->metrics, err);
    if (status == KD_OK) status = write_pairs(draft->h5, FACTS, &draft->facts, err);
    if (status == KD_OK) status = write_numbers(draft->h5, TIMINGS, &draft->timings, err);
    return status;
}

bool kd_object_is_computed(const char *name)
{
    return strcmp(name, KD_KEY_RESOLVED) != 0 && strcmp(name, KD_KEY_SETTINGS) != 0 &&
           strcmp(name, KD_KEY_LEFT_OUT) != 0 && !kd_starts_with(name, KD_KEY_PROVENANCE);
}

/* ---- what is left out ---- */

typedef KD_VEC(kd_h5_member) member_vec;

static bool stays(const char *name)
{
    return !kd_object_is_computed(name) || strcmp(name, KD_KEY_METRICS) == 0 ||
           strcmp(name, KD_KEY_ARCH) == 0 || strcmp(name, KD_KEY_LABELS) == 0 ||
           kd_starts_with(name, KD_KEY_HISTORY) || kd_starts_with(name, KD_KEY_COUNTS) ||
           kd_starts_with(name, KD_KEY_CLASSES);
}

/* "f32 300 32 3f0c... weights/x" */
static void print_left_out(const kd_h5_member *m, kd_str *out)
{
    kd_str_addf(out, "%s %zu %zu %016llx %s\n", kd_h5_type_word(m->type), m->rows, m->cols,
                (unsigned long long)m->checksum, m->name);
}

static bool parse_left_out(kd_h5_member *out, char *line)
{
    char               word[16];
    unsigned long long checksum;
    int                name = 0;
    if (sscanf(line, "%15s %zu %zu %llx %n", word, &out->rows, &out->cols, &checksum, &name) != 4 ||
        name == 0 || !line[name])
        return false;
    out->checksum = checksum;
    out->name = line + name;
    for (int t = 0; t < KD_H5_TYPE_COUNT; t++)
        if (strcmp(kd_h5_type_word((kd_h5_type)t), word) == 0) {
            out->type = (kd_h5_type)t;
            return true;
        }
    return false;
}

/* By name, as members are. */
static kd_status read_left_out(member_vec *out, kd_h5 *h5, kd_arena *arena, kd_error *err)
{
    kd_str    text = KD_STR_INIT;
    kd_status status = kd_h5_get_text(h5, KD_KEY_LEFT_OUT, &text, err);
    char     *rest = kd_arena_strdup(arena, text.text), *line;
    kd_str_fini(&text);
    while (status == KD_OK && (line = strsep(&rest, "\n"))) {
        kd_h5_member member;
        if (!*line) continue;
        if (!parse_left_out(&member, line))
            status = kd_fail(err, KD_EDATA, "%s: %s: no array is told by '%s'", kd_h5_path(h5),
                             KD_KEY_LEFT_OUT, line);
        else
            kd_vec_push(out, member);
    }
    return status;
}

static void add_to_digest(kd_digest *digest, const kd_h5_member *m)
{
    const uint64_t facts[] = { m->rows, m->cols, m->checksum };
    kd_digest_add_text(digest, m->name);
    kd_digest_add_text(digest, kd_h5_type_word(m->type));
    kd_digest_add_bytes(digest, facts, sizeof facts);
}

/* The digest of all that was computed, by name: names, types, shapes, checksums; also of what was left out. */
static kd_status digest_contents(kd_id *out, kd_h5 *h5, const char *kind, kd_error *err)
{
    const kd_h5_member *members;
    member_vec          left_out = KD_VEC_INIT;
    size_t              count = 0, k = 0;
    kd_arena           *arena = kd_arena_create(0);
    kd_status           status = kd_h5_members(h5, &members, &count, err);
    for (size_t i = 0; i < count && status == KD_OK; i++)
        if (strcmp(members[i].name, KD_KEY_LEFT_OUT) == 0)
            status = read_left_out(&left_out, h5, arena, err);
    kd_digest *digest = kd_digest_create();
    kd_digest_add_text(digest, kind);
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        if (!kd_object_is_computed(members[i].name)) continue;
        for (; k < left_out.count && strcmp(left_out.items[k].name, members[i].name) < 0; k++)
            add_to_digest(digest, &left_out.items[k]);
        add_to_digest(digest, &members[i]);
    }
    for (; k < left_out.count; k++) add_to_digest(digest, &left_out.items[k]);
    *out = kd_digest_id(digest);
    kd_digest_destroy(digest);
    kd_vec_fini(&left_out);
    kd_arena_destroy(arena);
    return status;
}

static kd_status put_marks(kd_h5 *h5, kd_id id, const char *kind, kd_id contents, kd_error *err)
{
    char digits[KD_ID_TEXT], digest[KD_ID_TEXT];
    kd_id_text(digits, id);
    kd_id_text(digest, contents);
    kd_status status = kd_h5_put_mark(h5, "format", FORMAT, err);
    if (status == KD_OK) status = kd_h5_put_count(h5, "version", KD_OBJECT_VERSION, err);
    if (status == KD_OK) status = kd_h5_put_mark(h5, "id", digits, err);
    if (status == KD_OK) status = kd_h5_put_mark(h5, "kind", kind, err);
    if (status == KD_OK) status = kd_h5_put_mark(h5, "contents", digest, err);
    return status;
}

static kd_status write_marks(kd_object_draft *draft, kd_error *err)
{
    kd_id     contents;
    kd_status status = digest_contents(&contents, draft->h5, draft->kind, err);
    if (status != KD_OK) return status;
    return put_marks(draft->h5, draft->store ? draft->id : contents, draft->kind, contents, err);
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
    if (status == KD_OK && strcmp(format.text, FORMAT) != 0)
        status = kd_fail(err, KD_EDATA, "%s: is a '%s', not a '%s'", kd_h5_path(h5), format.text,
                         FORMAT);
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
        status = kd_h5_get_numbers(object->h5, TIMINGS, arena, &timings, &timing_count, err);
    if (status != KD_OK) return status;
    *count = metric_count + timing_count;
    *rows = kd_arena_alloc(arena, *count, sizeof **rows);
    memcpy(*rows, metrics, metric_count * sizeof **rows);
    for (size_t i = 0; i < timing_count; i++)
        (*rows)[metric_count + i] =
            (kd_record_metric){ kd_arena_sprintf(arena, KD_KEY_TIME "%s", timings[i].name),
                                timings[i].value };
    if (*count) qsort(*rows, *count, sizeof **rows, by_name);
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
    qsort(all, *count, sizeof *all, by_key);
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
    return kd_h5_get_pairs(object->h5, FACTS, arena, facts, count, err);
}

kd_status kd_object_verify(kd_object *object, kd_error *err)
{
    const kd_h5_member *members;
    size_t              count = 0;
    kd_id               contents;
    kd_status           status = kd_h5_members(object->h5, &members, &count, err);
    for (size_t i = 0; i < count && status == KD_OK; i++)
        status = kd_h5_verify(object->h5, members[i].name, err);
    if (status == KD_OK) status = digest_contents(&contents, object->h5, object->kind.text, err);
    if (status == KD_OK && !kd_id_equal(contents, object->contents))
        status = kd_fail(err, KD_EDATA, "%s: its datasets do not give the digest of its contents",
                         kd_h5_path(object->h5));
    return status;
}

/* ---- keep ---- */

static kd_status copy_array(kd_object *object, kd_h5 *to, const kd_h5_member *m, kd_error *err)
{
    kd_arena *arena = kd_arena_create(0);
    void     *data;
    size_t    rows, cols;
    kd_status status = kd_object_take(object, m->name, m->type, arena, &data, &rows, &cols, err);
    if (status == KD_OK) status = kd_h5_put(to, m->name, m->type, data, rows, cols, err);
    kd_arena_destroy(arena);
    return status;
}

/* A path from the root that ends a line gives way to its last name: where somebody's files lie is nobody else's. */
static void add_without_folders(kd_str *out, const char *text)
{
    while (*text) {
        size_t      length = strcspn(text, "\n");
        const char *path = memmem(text, length, " /", 2), *end = text + length;
        if (path) {
            kd_str_add_bytes(out, text, (size_t)(path + 1 - text));
            text = (const char *)memrchr(text, '/', length) + 1;
        }
        kd_str_add_bytes(out, text, (size_t)(end - text));
        if (*end) kd_str_add_char(out, '\n');
        text = *end ? end + 1 : end;
    }
}

static kd_status copy_text(kd_object *object, kd_h5 *to, const char *name, kd_error *err)
{
    kd_str    text = KD_STR_INIT, kept = KD_STR_INIT;
    bool      is_asked = strcmp(name, KD_KEY_RESOLVED) == 0;
    kd_status status = kd_object_get_text(object, name, &text, err);
    if (status == KD_OK && is_asked) add_without_folders(&kept, text.text);
    if (status == KD_OK) status = kd_h5_put_text(to, name, (is_asked ? &kept : &text)->text, err);
    kd_str_fini(&text);
    kd_str_fini(&kept);
    return status;
}

/* All facts of a run but on which host it was. */
static size_t leave_host_out(kd_record_setting *facts, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(facts[i].key, "host") != 0) facts[kept++] = facts[i];
    return kept;
}

static kd_status copy_table(kd_object *object, kd_h5 *to, const kd_h5_member *m, kd_error *err)
{
    kd_arena          *arena = kd_arena_create(0);
    kd_record_setting *pairs;
    kd_record_metric  *numbers;
    size_t             count;
    kd_status          status;
    if (m->type == KD_H5_PAIRS) {
        status = kd_h5_get_pairs(object->h5, m->name, arena, &pairs, &count, err);
        if (status == KD_OK && kd_starts_with(m->name, KD_KEY_PROVENANCE))
            count = leave_host_out(pairs, count);
        if (status == KD_OK) status = kd_h5_put_pairs(to, m->name, pairs, count, err);
    } else {
        status = kd_h5_get_numbers(object->h5, m->name, arena, &numbers, &count, err);
        if (status == KD_OK) status = kd_h5_put_numbers(to, m->name, numbers, count, err);
    }
    kd_arena_destroy(arena);
    return status;
}

static kd_status copy_member(kd_object *object, kd_h5 *to, const kd_h5_member *m, kd_error *err)
{
    if (m->type == KD_H5_TEXT) return copy_text(object, to, m->name, err);
    bool is_table = m->type == KD_H5_PAIRS || m->type == KD_H5_NUMBERS;
    return is_table ? copy_table(object, to, m, err) : copy_array(object, to, m, err);
}

static kd_status copy_what_stays(kd_object *object, kd_h5 *to, kd_error *err)
{
    const kd_h5_member *members;
    size_t              count = 0;
    kd_str              left_out = KD_STR_INIT;
    kd_status           status = kd_h5_members(object->h5, &members, &count, err);
    for (size_t i = 0; i < count && status == KD_OK; i++) {
        if (stays(members[i].name))
            status = copy_member(object, to, &members[i], err);
        else
            print_left_out(&members[i], &left_out);
    }
    if (status == KD_OK) status = kd_h5_put_text(to, KD_KEY_LEFT_OUT, left_out.text, err);
    kd_str_fini(&left_out);
    return status;
}

kd_status kd_object_keep(kd_object *object, const kd_store *store, kd_error *err)
{
    char     *path = kd_store_kept_path(store, object->id);
    kd_h5    *to = NULL;
    kd_status status = kd_store_make_shard(store, object->id, err);
    if (status == KD_OK) status = kd_h5_create(&to, path, NULL, err);
    if (status == KD_OK) status = copy_what_stays(object, to, err);
    if (status == KD_OK)
        status = put_marks(to, object->id, object->kind.text, object->contents, err);
    if (status == KD_OK)
        status = kd_h5_commit(to, err);
    else
        kd_h5_discard(to);
    free(path);
    return status;
}
