/* stores.c - open, collect, merge, remember what was odd. */
#include "results/stores.h"

#include <string.h>

#include "harness/store/keys.h"
#include "harness/store/object.h"

static kd_status open_one(kd_stores *stores, const char *folder, kd_error *err)
{
    kd_store     *store;
    kd_catalogue *catalogue;
    kd_str        notice = KD_STR_INIT;
    kd_status     status = kd_store_open(&store, folder, KD_STORE_READ, err);

    if (status != KD_OK) return status;
    kd_vec_push(&stores->stores, store);
    status = kd_catalogue_open(&catalogue, store, &notice, err);
    if (status == KD_OK) kd_vec_push(&stores->catalogues, catalogue);
    kd_str_add(&stores->notice, notice.text);
    kd_str_fini(&notice);
    return status;
}

static void note_conflict(kd_stores *stores, const kd_conflict *conflict)
{
    char id[KD_ID_TEXT];

    kd_id_text(id, conflict->kept->id);
    kd_str_addf(&stores->notice, "cell %s has other numbers in %s than in %s, which counts\n", id,
                conflict->other->store, conflict->kept->store);
}

static void merge_records(kd_stores *stores)
{
    KD_VEC(const kd_record *) records = KD_VEC_INIT;
    kd_conflicts conflicts = KD_VEC_INIT;

    for (size_t i = 0; i < stores->catalogues.count; i++) {
        size_t           count;
        const kd_record *record = kd_catalogue_records(stores->catalogues.items[i], &count);
        for (size_t r = 0; r < count; r++) kd_vec_push(&records, &record[r]);
    }
    kd_cells_merge(&stores->cells, records.items, records.count, &conflicts);
    for (size_t i = 0; i < conflicts.count; i++) note_conflict(stores, &conflicts.items[i]);
    kd_vec_fini(&records);
    kd_vec_fini(&conflicts);
}

/* ---- what is missing ---- */

/* A store whose journals cannot be read still has its figures. */
static void find_missing(kd_stores *stores)
{
    for (size_t i = 0; i < stores->stores.count; i++) {
        kd_missing missing;
        kd_error   why;
        if (kd_missing_find(&missing, stores->stores.items[i], stores->catalogues.items[i], &why) !=
            KD_OK)
            kd_str_addf(&stores->notice, "%s; what is missing there is not counted\n", why.text);
        kd_vec_push(&stores->lacks, missing);
    }
}

/* Whether a store has what store number `which` lacks, or one before it lacks it too. */
static bool is_told_elsewhere(const kd_stores *stores, size_t which, kd_id id)
{
    for (size_t i = 0; i < stores->stores.count; i++)
        if (kd_catalogue_find(stores->catalogues.items[i], id) ||
            (i < which && kd_missing_get(&stores->lacks.items[i], id)))
            return true;
    return false;
}

static void note_missing(kd_stores *stores)
{
    find_missing(stores);
    for (size_t i = 0; i < stores->lacks.count; i++)
        for (size_t k = 0; k < stores->lacks.items[i].count; k++) {
            const kd_missing_object *object = &stores->lacks.items[i].items[k];
            if (!is_told_elsewhere(stores, i, object->id))
                kd_missing_count(&stores->missing, object->why);
        }
    if (stores->missing.total == 0) return;
    kd_str_add(&stores->notice, "missing objects, which are in no figure: ");
    kd_missing_add_words(&stores->notice, &stores->missing);
    kd_str_add_char(&stores->notice, '\n');
}

/* ---- versions ---- */

typedef struct {
    const char *schema, *numerics;
    size_t      cells;
} version;
typedef KD_VEC(version) versions;

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void count_version(versions *known, const kd_record *cell)
{
    const char *schema = kd_record_value(cell, KD_RECORD_SCHEMA),
               *numerics = kd_record_value(cell, KD_RECORD_NUMERICS);
    for (size_t i = 0; i < known->count; i++) {
        version *v = &known->items[i];
        if (!is_same(v->schema, schema) || !is_same(v->numerics, numerics)) continue;
        v->cells++;
        return;
    }
    kd_vec_push(known, (version){ schema, numerics, 1 });
}

/* The same settings may mean something else in cells of another version, and the same cell may be
 * there twice. */
static void note_versions(kd_stores *stores)
{
    versions known = KD_VEC_INIT;

    for (size_t i = 0; i < stores->cells.count; i++) count_version(&known, stores->cells.items[i]);
    for (size_t i = 0; i < known.count && known.count > 1; i++) {
        const version *v = &known.items[i];
        kd_str_addf(
            &stores->notice, "%s%zu cells with " KD_RECORD_SCHEMA "=%s, " KD_RECORD_NUMERICS "=%s",
            i ? "; " : "cells of several versions, which need not mean the same: ", v->cells,
            v->schema ? v->schema : "(none)", v->numerics ? v->numerics : "(none)");
    }
    if (known.count > 1)
        kd_str_add(&stores->notice, "; --where and --by tell them apart by these\n");
    kd_vec_fini(&known);
}

kd_status kd_stores_open(kd_stores *out, const char *const *folders, size_t count, kd_error *err)
{
    kd_status status = KD_OK;

    *out = (kd_stores){ .notice = KD_STR_INIT };
    for (size_t i = 0; status == KD_OK && i < count; i++) status = open_one(out, folders[i], err);
    if (status == KD_OK) merge_records(out);
    if (status == KD_OK) note_missing(out);
    if (status == KD_OK) note_versions(out);
    return status;
}

static const kd_store *find_store(const kd_stores *stores, const char *folder)
{
    for (size_t i = 0; i < stores->stores.count; i++)
        if (strcmp(kd_store_folder(stores->stores.items[i]), folder) == 0)
            return stores->stores.items[i];
    return NULL;
}

kd_counted kd_counted_of(const kd_metric *metric, kd_arena *arena)
{
    static const char *const added_up[] = { ".entity_strict.f1", ".relation.f1", ".f1" };
    const char              *dot = strchr(metric->name, '.');
    kd_counted               what = { NULL, false };

    if (dot == NULL) return what;
    what.by_class = strcmp(dot, ".pair.macro.f1") == 0;
    bool is_counted = what.by_class;
    for (size_t i = 0; i < sizeof added_up / sizeof *added_up; i++)
        is_counted |= strcmp(dot, added_up[i]) == 0;
    if (is_counted)
        what.split = kd_arena_strndup(arena, metric->name, (size_t)(dot - metric->name));
    return what;
}

/* The fact "gold.<split>", or NULL. */
static kd_status read_gold(kd_object *object, const char *split, kd_arena *arena, const char **gold,
                           kd_error *err)
{
    char              *key = kd_arena_sprintf(arena, KD_KEY_GOLD "%s", split);
    kd_record_setting *facts;
    size_t             count;
    kd_status          status = kd_object_facts(object, arena, &facts, &count, err);

    for (size_t i = 0; status == KD_OK && i < count; i++)
        if (strcmp(facts[i].key, key) == 0) *gold = facts[i].value;
    return status;
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text; text++) lines += *text == '\n';
    return lines;
}

/* A pair is one right, predicted or gold of its two classes. */
static kd_status spread_classes(kd_object *object, const int32_t *classes, kd_arena *arena,
                                kd_split_counts *out, kd_error *err)
{
    kd_str    labels = KD_STR_INIT;
    kd_status status = kd_object_get_text(object, KD_KEY_LABELS, &labels, err);

    out->parts = count_lines(labels.text);
    kd_str_fini(&labels);
    if (status != KD_OK) return status;
    out->counts = kd_arena_zero(arena, out->n * out->parts + 1, sizeof *out->counts);
    for (size_t i = 0; i < out->n; i++) {
        size_t     gold = (size_t)classes[2 * i], said = (size_t)classes[2 * i + 1];
        kd_counts *row = out->counts + i * out->parts;
        if (gold >= out->parts || said >= out->parts)
            return kd_fail(err, KD_EDATA, KD_KEY_CLASSES ": pair %zu has a class that is none", i);
        row[gold].gold++;
        row[said].predicted++;
        row[said].tp += gold == said;
    }
    return KD_OK;
}

static kd_status read_counts(kd_object *object, kd_counted what, kd_arena *arena,
                             kd_split_counts *out, kd_error *err)
{
    size_t columns, wanted = what.by_class ? 2 : 3;
    char  *name =
        kd_arena_sprintf(arena, "%s%s", what.by_class ? KD_KEY_CLASSES : KD_KEY_COUNTS, what.split);
    void     *rows;
    bool      has;
    kd_status status = kd_object_has(object, name, &has, err);

    if (status != KD_OK || !has) return status;
    if ((status = kd_object_take(object, name, KD_H5_I32, arena, &rows, &out->n, &columns, err)) !=
        KD_OK)
        return status;
    if (columns != wanted)
        return kd_fail(err, KD_EDATA, "%s: expected %zu columns, found %zu", name, wanted, columns);
    if (what.by_class && (status = spread_classes(object, rows, arena, out, err)) != KD_OK)
        return status;
    if (!what.by_class) out->counts = rows;
    return read_gold(object, what.split, arena, &out->gold, err);
}

kd_status kd_split_counts_read(const kd_store *store, kd_id id, kd_counted what, kd_arena *arena,
                               kd_split_counts *out, kd_error *err)
{
    kd_object *object;
    kd_status  status;

    *out = (kd_split_counts){ .parts = 1 };
    if ((status = kd_object_open(&object, store, id, err)) != KD_OK) return status;
    status = read_counts(object, what, arena, out, err);
    kd_object_close(object);
    return status;
}

kd_status kd_stores_counts(const kd_stores *stores, const kd_record *cell, kd_counted what,
                           kd_arena *arena, kd_split_counts *out, kd_error *err)
{
    const kd_store *store = find_store(stores, cell->store);

    KD_CHECK(store != NULL, "stores: a cell of %s, which is not open", cell->store);
    return kd_split_counts_read(store, cell->id, what, arena, out, err);
}

bool kd_split_counts_agree(const kd_split_counts *a, const kd_split_counts *b)
{
    if (a->n != b->n || a->parts != b->parts) return false;
    if (a->gold != NULL && b->gold != NULL) return strcmp(a->gold, b->gold) == 0;
    for (size_t i = 0; i < a->n * a->parts; i++)
        if (a->counts[i].gold != b->counts[i].gold) return false;
    return true;
}

void kd_stores_close(kd_stores *stores)
{
    for (size_t i = 0; i < stores->catalogues.count; i++)
        kd_catalogue_close(stores->catalogues.items[i]);
    for (size_t i = 0; i < stores->stores.count; i++) kd_store_close(stores->stores.items[i]);
    for (size_t i = 0; i < stores->lacks.count; i++) kd_vec_fini(&stores->lacks.items[i]);
    kd_vec_fini(&stores->lacks);
    kd_vec_fini(&stores->catalogues);
    kd_vec_fini(&stores->stores);
    kd_vec_fini(&stores->cells);
    kd_str_fini(&stores->notice);
}
