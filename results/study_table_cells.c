/* study_table_cells.c - the cells of a grid as records.
 *
 * Every cell becomes a record that has the settings that the table speaks of, from the grid, and
 * the metrics, from the store when the cell is there. A setting that the cell does not read (a
 * temperature where nothing is distilled) is "-" there.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/base/map.h"
#include "harness/base/str.h"
#include "results/study_table_internal.h"

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of the conditions that somebody put besides the file's; KD_EUSAGE for one that is no setting. */
static kd_status read_conditions(kd_study_builder *b, kd_error *err)
{
    size_t count = b->source->where.count;

    b->condition_keys = kd_arena_alloc(b->arena, count + 1, sizeof *b->condition_keys);
    for (size_t i = 0; i < count; i++) {
        const char *condition = b->source->where.items[i];
        const char *key = kd_arena_strndup(b->arena, condition, strcspn(condition, "="));
        kd_status   status = kd_expected_check_setting(key, "--where", err);
        if (status != KD_OK) return status;
        b->condition_keys[i] = key;
    }
    return KD_OK;
}

/* The keys that the table speaks of, each once, sorted as a record needs them. */
static const char **collect_keys(const kd_study_builder *b, size_t *count)
{
    const kd_study_table *s = b->spec;
    KD_VEC(const char *) keys = KD_VEC_INIT;
    const char       **kept;
    const char *const *varying;
    size_t             varying_count;

    for (size_t i = 0; i < s->row_count; i++) kd_vec_push(&keys, s->rows[i]);
    for (size_t i = 0; i < s->column_count; i++) kd_vec_push(&keys, s->columns[i]);
    for (size_t i = 0; i < s->where_count; i++) kd_vec_push(&keys, s->where[i].key);
    for (size_t i = 0; i < b->choice_count; i++)
        for (size_t k = 0; k < b->choices[i].key_count; k++)
            kd_vec_push(&keys, b->choices[i].keys[k]);
    for (size_t i = 0; i < b->source->where.count; i++) kd_vec_push(&keys, b->condition_keys[i]);
    varying = kd_expected_varying(b->expected, &varying_count);
    for (size_t i = 0; i < varying_count; i++) kd_vec_push(&keys, varying[i]);
    for (size_t i = 0; i < s->published_count; i++)
        for (size_t k = 0; k < s->published[i].match_count; k++)
            kd_vec_push(&keys, s->published[i].match[k].key);
    if (keys.count > 0) qsort(keys.items, keys.count, sizeof *keys.items, compare_texts);
    kept = kd_arena_alloc(b->arena, keys.count + 1, sizeof *kept);
    *count = 0;
    for (size_t i = 0; i < keys.count; i++)
        if (i == 0 || strcmp(keys.items[i - 1], keys.items[i]) != 0)
            kept[(*count)++] = keys.items[i];
    kd_vec_fini(&keys);
    return kept;
}

const char *kd_study_table_value(const kd_study_builder *b, const kd_record *cell, const char *key)
{
    kd_expected_take(b->expected, (size_t)(cell - b->records));
    return kd_expected_said(b->expected, key);
}

static void make_record(kd_study_builder *b, size_t cell, const char **keys, size_t key_count)
{
    kd_record_setting *settings = kd_arena_alloc(b->arena, key_count + 1, sizeof *settings);
    kd_record         *record = &b->records[cell];
    const kd_record   *stored = NULL;

    kd_expected_take(b->expected, cell);
    for (size_t k = 0; k < key_count; k++)
        settings[k] = (kd_record_setting){ keys[k], kd_expected_read(b->expected, keys[k]) };
    if (b->source->catalogue != NULL)
        stored = kd_catalogue_find(b->source->catalogue, b->source->ids[cell]);
    record->id = b->source->ids[cell];
    record->kind = "model";
    record->settings = settings;
    record->setting_count = key_count;
    if (stored == NULL) return;
    record->metrics = stored->metrics;
    record->metric_count = stored->metric_count;
}

/* Cells that differ only in settings that nobody reads (a temperature where nothing is distilled)
 * are one object, and count once. */
static void find_objects(kd_study_builder *b, size_t count)
{
    kd_map *seen = kd_map_create();
    char    id[KD_ID_TEXT];

    b->object = kd_arena_alloc(b->arena, count + 1, sizeof *b->object);
    b->counted = kd_arena_zero(b->arena, count + 1, sizeof *b->counted);
    for (size_t i = 0; i < count; i++) {
        kd_id_text(id, b->records[i].id);
        b->object[i] = (size_t)kd_map_number(seen, id, (int64_t)i);
        if (b->object[i] == i) kd_map_put_number(seen, id, (int64_t)i);
    }
    kd_map_destroy(seen);
}

void kd_study_table_count_anew(kd_study_builder *b)
{
    b->place++;
}

bool kd_study_table_is_first(kd_study_builder *b, const kd_record *cell)
{
    size_t object = b->object[cell - b->records];
    bool   is_first = b->counted[object] != b->place;

    b->counted[object] = b->place;
    return is_first;
}

bool kd_study_table_has(const kd_study_builder *b, const kd_record *cell,
                        const kd_table_match *where, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (kd_value_compare(kd_study_table_value(b, cell, where[i].key), where[i].value) != 0)
            return false;
    return true;
}

/* Some cell of the study has to meet each; a setting that a cell does not read is no value of it. */
static kd_status check_conditions(const kd_study_builder *b, size_t count, kd_error *err)
{
    kd_cells  all = KD_VEC_INIT;
    kd_status status = KD_OK;

    for (size_t i = 0; i < count; i++) kd_vec_push(&all, &b->records[i]);
    for (size_t i = 0; status == KD_OK && i < b->source->where.count; i++) {
        const char *condition = b->source->where.items[i], *key = b->condition_keys[i];
        bool        is_read_by_any = false;
        for (size_t c = 0; c < all.count; c++)
            is_read_by_any |= kd_record_value(all.items[c], key) != NULL;
        status = is_read_by_any
                     ? kd_cells_keep(&all, condition, err)
                     : kd_fail(err, KD_EUSAGE, "%s: no cell of the study reads %s", condition, key);
        if (status != KD_OK) kd_while(err, status, "--where");
    }
    kd_vec_fini(&all);
    return status;
}

static bool meets_conditions(const kd_study_builder *b, const kd_record *record)
{
    for (size_t i = 0; i < b->source->where.count; i++) {
        const char *key = b->condition_keys[i];
        if (!kd_record_meets(record, key, b->source->where.items[i] + strlen(key) + 1))
            return false;
    }
    return true;
}

kd_status kd_study_table_collect(kd_study_builder *b, kd_error *err)
{
    size_t       count = kd_expected_count(b->expected), key_count;
    const char **keys;
    kd_status    status = read_conditions(b, err);

    if (status != KD_OK) return status;
    keys = collect_keys(b, &key_count);
    b->records = kd_arena_zero(b->arena, count + 1, sizeof *b->records);
    for (size_t i = 0; i < count; i++) make_record(b, i, keys, key_count);
    if ((status = check_conditions(b, count, err)) != KD_OK) return status;
    for (size_t i = 0; i < count; i++)
        if (kd_study_table_has(b, &b->records[i], b->spec->where, b->spec->where_count) &&
            meets_conditions(b, &b->records[i]))
            kd_vec_push(&b->cells, &b->records[i]);
    find_objects(b, count);
    if ((status = kd_study_table_choose(b, err)) != KD_OK) return status;
    kd_cells_group(&b->shown, b->spec->rows, b->spec->row_count, KD_ORDER_OF_CELLS, b->arena,
                   &b->rows);
    kd_cells_group(&b->shown, b->spec->columns, b->spec->column_count, KD_ORDER_OF_CELLS, b->arena,
                   &b->columns);
    return KD_OK;
}
