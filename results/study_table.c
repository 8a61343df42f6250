/* study_table.c - a kd_study_table and a grid to a kd_table.
 *
 * Every cell of the grid becomes a record that has the settings that the table speaks of, from
 * the grid, and the metrics, from the store when the cell is there. Rows are the groups of
 * these records by the row keys, and the columns of one metric are the groups by the column keys.
 * A setting that the cell does not read (a temperature where nothing is distilled) is "-" there.
 */
#include "results/study_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distill/method.h"
#include "distill/score.h"
#include "harness/base/map.h"
#include "harness/config/schema.h"
#include "results/aggregate.h"
#include "results/format.h"

/* The columns of one metric over the cells of one column group. */
typedef struct {
    const kd_metric *metric;
    const kd_group  *column;
    size_t           number; /* of the metric */
    bool             has_published, has_count;
} slot;

/* One table in the making. */
typedef struct {
    const kd_table_source *source;
    const kd_study_table  *spec;
    kd_arena              *arena; /* the table's own */
    kd_table              *table;
    kd_record             *records; /* one for each cell of the grid */
    const char           **values;  /* of all settings of the cell in hand */
    size_t                *object;  /* of each cell: the first cell with the same id */
    size_t                *counted; /* of each object: the last place that it was counted for */
    size_t                 place;
    kd_cells               cells; /* those that `where` keeps */
    kd_metric             *metrics;
    kd_groups              rows, columns;
    KD_VEC(slot) slots;
    bool *is_used; /* published figures that found their place */
} builder;

/* ---- the cells ---- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys that the table speaks of, each once, sorted as a record needs them. */
static const char **collect_keys(const builder *b, size_t *count)
{
    const kd_study_table *s = b->spec;
    KD_VEC(const char *) keys = KD_VEC_INIT;
    const char **kept;

    for (size_t i = 0; i < s->row_count; i++) kd_vec_push(&keys, s->rows[i]);
    for (size_t i = 0; i < s->column_count; i++) kd_vec_push(&keys, s->columns[i]);
    for (size_t i = 0; i < s->where_count; i++) kd_vec_push(&keys, s->where[i].key);
    for (size_t i = 0; i < s->published_count; i++)
        for (size_t k = 0; k < s->published[i].match_count; k++)
            kd_vec_push(&keys, s->published[i].match[k].key);
    if (keys.count) qsort(keys.items, keys.count, sizeof *keys.items, compare_texts);
    kept = kd_arena_alloc(b->arena, keys.count + 1, sizeof *kept);
    *count = 0;
    for (size_t i = 0; i < keys.count; i++)
        if (i == 0 || strcmp(keys.items[i - 1], keys.items[i]) != 0)
            kept[(*count)++] = keys.items[i];
    kd_vec_fini(&keys);
    return kept;
}

/* Whether a cell with these values reads the key, as far as that follows from its own kind and
 * method. */
static bool is_read(const char *key, const char *const *values)
{
    const unsigned       own = KD_READ_CORPUS | KD_READ_STUDENT;
    int                  row = kd_schema_find(key);
    const kd_schema_row *schema = kd_schema_rows(NULL);

    return !(schema[row].readers & own) || kd_schema_reads(row, own, values);
}

/* What the file says of a cell, read or not. */
static const char *grid_value(const builder *b, const kd_record *cell, const char *key)
{
    return kd_grid_value(kd_study_grid(b->source->study), (size_t)(cell - b->records), key);
}

static void make_record(builder *b, size_t cell, const char **keys, size_t key_count)
{
    const kd_grid     *grid = kd_study_grid(b->source->study);
    kd_record_setting *settings = kd_arena_alloc(b->arena, key_count + 1, sizeof *settings);
    kd_record         *record = &b->records[cell];
    const kd_record   *stored = NULL;

    kd_grid_cell(grid, cell, b->values);
    for (size_t k = 0; k < key_count; k++) {
        const char *value = is_read(keys[k], b->values) ? kd_grid_value(grid, cell, keys[k]) : NULL;
        settings[k] = (kd_record_setting){ keys[k], value };
    }
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
static void find_objects(builder *b, size_t count)
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

/* Whether the cell's object has not been counted for the present place; it now has. */
static bool is_first_here(builder *b, const kd_record *cell)
{
    size_t object = b->object[cell - b->records];
    bool   is_first = b->counted[object] != b->place;

    b->counted[object] = b->place;
    return is_first;
}

static bool is_kept(const builder *b, const kd_record *record)
{
    for (size_t i = 0; i < b->spec->where_count; i++) {
        const kd_table_match *match = &b->spec->where[i];
        if (kd_value_compare(grid_value(b, record, match->key), match->value) != 0) return false;
    }
    return true;
}

static void collect_cells(builder *b)
{
    size_t       count = kd_grid_count(kd_study_grid(b->source->study)), key_count, rows;
    const char **keys = collect_keys(b, &key_count);

    kd_schema_rows(&rows);
    b->values = kd_arena_alloc(b->arena, rows, sizeof *b->values);
    b->records = kd_arena_zero(b->arena, count + 1, sizeof *b->records);
    for (size_t i = 0; i < count; i++) {
        make_record(b, i, keys, key_count);
        if (is_kept(b, &b->records[i])) kd_vec_push(&b->cells, &b->records[i]);
    }
    find_objects(b, count);
    kd_cells_group(&b->cells, b->spec->rows, b->spec->row_count, KD_ORDER_OF_CELLS, b->arena,
                   &b->rows);
    kd_cells_group(&b->cells, b->spec->columns, b->spec->column_count, KD_ORDER_OF_CELLS, b->arena,
                   &b->columns);
}

static kd_status resolve_metrics(builder *b, kd_error *err)
{
    kd_cells  done = KD_VEC_INIT;
    kd_status status = KD_OK;

    b->metrics = kd_arena_alloc(b->arena, b->spec->metric_count, sizeof *b->metrics);
    for (size_t i = 0; i < b->cells.count; i++)
        if (b->cells.items[i]->metric_count > 0) kd_vec_push(&done, b->cells.items[i]);
    for (size_t m = 0; status == KD_OK && m < b->spec->metric_count; m++)
        status = kd_metric_resolve(&b->metrics[m], &done, b->spec->metrics[m], b->spec->split, err);
    kd_vec_fini(&done);
    if (status == KD_OK) return KD_OK;
    return kd_while(err, KD_ECONFIG, "%s: table %s", kd_study_path(b->source->study),
                    b->spec->name);
}

/* ---- words ---- */

/* What a key (value NULL) or a value is called; the fallback when the file does not say. */
static const char *label_of(const builder *b, const char *key, const char *value,
                            const char *fallback)
{
    for (size_t i = 0; i < b->spec->label_count; i++) {
        const kd_table_label *label = &b->spec->labels[i];
        if (strcmp(label->key, key) != 0) continue;
        if (value == NULL ? label->value == NULL
                          : label->value != NULL && strcmp(label->value, value) == 0)
            return label->label;
    }
    return fallback;
}

static const char *value_label(const builder *b, const char *key, const char *value)
{
    return value != NULL ? label_of(b, key, value, value) : "-";
}

/* What tells one column group from the others: "logit-mse, " for readers, and for programs
 * "distill.method=logit-mse:". */
static void add_column_words(const builder *b, const kd_group *column, bool for_readers,
                             kd_str *out)
{
    for (size_t k = 0; k < b->spec->column_count; k++) {
        const char *key = b->spec->columns[k], *value = column->values[k];
        if (for_readers)
            kd_str_addf(out, "%s, ", value_label(b, key, value));
        else
            kd_str_addf(out, "%s=%s:", key, value != NULL ? value : "");
    }
}

/* Add the column `what` ("published ", "n", or NULL for the metric itself) of a slot. */
static void add_column(builder *b, const slot *s, kd_column_kind kind, const char *what,
                       int decimals)
{
    const kd_metric *metric = s->metric;
    bool             is_count = what != NULL && strcmp(what, "n") == 0;
    kd_str           name = KD_STR_INIT, title = KD_STR_INIT;

    add_column_words(b, s->column, false, &name);
    add_column_words(b, s->column, true, &title);
    if (what != NULL) {
        kd_str_add(&name, is_count ? "n" : "published:");
        kd_str_add(&title, what);
    }
    if (!is_count) {
        kd_str_add(&name, metric->name);
        kd_str_add(&title, metric->title);
        if (metric->unit[0] != '\0') kd_str_addf(&title, ", %s", metric->unit);
    }
    kd_table_add_column(b->table, kind, name.text, title.text, decimals);
    kd_str_fini(&name);
    kd_str_fini(&title);
}

/* ---- figures that others printed ---- */

/* Whether a published figure is about this row and column; what it leaves open fits all. */
static bool is_about(const builder *b, const kd_table_published *p, const kd_record *cell)
{
    for (size_t i = 0; i < p->match_count; i++)
        if (kd_value_compare(grid_value(b, cell, p->match[i].key), p->match[i].value) != 0)
            return false;
    return true;
}

static bool is_of_metric(const builder *b, const kd_table_published *p, size_t m)
{
    return p->metric == NULL ? m == 0 : strcmp(p->metric, b->spec->metrics[m]) == 0;
}

/* The figure for a metric of some cells, or SIZE_MAX. */
static size_t find_published(const builder *b, const kd_record *cell, size_t m)
{
    for (size_t i = 0; i < b->spec->published_count; i++)
        if (is_of_metric(b, &b->spec->published[i], m) && is_about(b, &b->spec->published[i], cell))
            return i;
    return SIZE_MAX;
}

static bool has_published(const builder *b, const kd_group *column, size_t m)
{
    for (size_t i = 0; i < column->count; i++)
        if (find_published(b, column->cells[i], m) != SIZE_MAX) return true;
    return false;
}

static void fill_published(builder *b, kd_entry *entry, const kd_record *cell, size_t m)
{
    size_t i = find_published(b, cell, m);

    if (i == SIZE_MAX) return;
    kd_entry_set_number(entry, b->spec->published[i].value);
    entry->text = b->spec->published[i].text;
    b->is_used[i] = true;
}

/* ---- columns ---- */

/* Times and sizes are shown by their mean; their spread is the machine's, not the method's. */
static kd_column_kind kind_of(const kd_metric *metric)
{
    return metric->is_size || kd_metric_is_timing(metric->name) ? KD_COLUMN_NUMBER
                                                                : KD_COLUMN_SPREAD;
}

static void add_slot_columns(builder *b, const slot *s)
{
    add_column(b, s, kind_of(s->metric), NULL, s->metric->decimals);
    if (s->has_published) add_column(b, s, KD_COLUMN_NUMBER, "published ", s->metric->decimals);
    if (s->has_count) add_column(b, s, KD_COLUMN_NUMBER, "n", 0);
}

/* The keys of the rows, then for each metric a slot for each column group. */
static void add_columns(builder *b)
{
    const kd_study_table *spec = b->spec;

    for (size_t k = 0; k < spec->row_count; k++) {
        const char *key = spec->rows[k], *dot = strrchr(key, '.');
        kd_table_add_column(b->table, KD_COLUMN_LABEL, key,
                            label_of(b, key, NULL, dot != NULL ? dot + 1 : key), -1);
    }
    for (size_t m = 0; m < spec->metric_count; m++)
        for (size_t c = 0; c < b->columns.count; c++) {
            const kd_group *column = &b->columns.groups[c];
            kd_vec_push(&b->slots,
                        (slot){ &b->metrics[m], column, m, has_published(b, column, m), m == 0 });
            add_slot_columns(b, &b->slots.items[b->slots.count - 1]);
        }
}

/* ---- rows ---- */

/* The cells of a row that are also in the slot's column group, each object once. */
static void intersect(builder *b, const kd_group *row, const slot *s, kd_cells *out)
{
    kd_vec_reset(out);
    b->place++;
    for (size_t i = 0; i < row->count; i++) {
        bool is_in = true;
        for (size_t k = 0; is_in && k < b->spec->column_count; k++)
            is_in = kd_value_compare(kd_record_value(row->cells[i], b->spec->columns[k]),
                                     s->column->values[k]) == 0;
        if (is_in && is_first_here(b, row->cells[i])) kd_vec_push(out, row->cells[i]);
    }
}

/* The metric over the cells that have it; their ids are what the entry was made from. */
static size_t fill_measured(builder *b, kd_entry *entry, const kd_cells *cells,
                            const kd_metric *metric)
{
    double   *numbers = kd_alloc(cells->count + 1, sizeof *numbers);
    kd_id    *ids = kd_arena_alloc(b->arena, cells->count + 1, sizeof *ids);
    kd_str    text = KD_STR_INIT;
    kd_sample sample;
    size_t    n = 0;

    for (size_t i = 0; i < cells->count; i++)
        if (kd_metric_read(metric, cells->items[i], &numbers[n])) ids[n++] = cells->items[i]->id;
    sample = kd_stats_describe(numbers, n);
    if (kind_of(metric) == KD_COLUMN_SPREAD)
        kd_entry_set_spread(entry, sample.mean, sample.sd, n);
    else
        kd_entry_set_number(entry, sample.mean);
    if (metric->is_size && n > 0) { /* a small model needs a digit more to be told from another */
        int decimals = sample.mean < 10 ? metric->decimals + 1 : metric->decimals;
        kd_format_size(&text, sample.mean, decimals, KD_ROUND_HALF_UP_2STAGE);
        entry->text = kd_arena_strdup(b->arena, text.text);
    }
    entry->sources = ids;
    entry->source_count = n;
    kd_str_fini(&text);
    free(numbers);
    return n;
}

/* n, or "2 of 3" where runs are missing. */
static void fill_count(builder *b, kd_entry *entry, size_t done, size_t all)
{
    if (all == 0) return;
    kd_entry_set_number(entry, (double)done);
    if (done < all) entry->text = kd_arena_sprintf(b->arena, "%zu of %zu", done, all);
}

/* Readers see what the file calls a value, programs the value. */
static void fill_label(builder *b, kd_entry *entry, const char *key, const char *value)
{
    if (value == NULL) return;
    kd_entry_set_text(b->table, entry, value_label(b, key, value));
    entry->raw = kd_arena_strdup(b->arena, value);
}

static void add_row(builder *b, const kd_group *row, kd_cells *cells)
{
    kd_entry *entry = kd_table_add_row(b->table);

    for (size_t k = 0; k < b->spec->row_count; k++)
        fill_label(b, entry++, b->spec->rows[k], row->values[k]);
    for (size_t i = 0; i < b->slots.count; i++) {
        const slot *s = &b->slots.items[i];
        size_t      done;
        intersect(b, row, s, cells);
        done = fill_measured(b, entry++, cells, s->metric);
        if (s->has_published && cells->count > 0)
            fill_published(b, entry, cells->items[0], s->number);
        entry += s->has_published;
        if (s->has_count) fill_count(b, entry++, done, cells->count);
    }
}

static void mark_best(builder *b)
{
    size_t column = b->spec->row_count;

    for (size_t i = 0; i < b->slots.count; i++) {
        const slot *s = &b->slots.items[i];
        if (s->metric->better > 0) kd_table_mark_best(b->table, column, s->metric->better);
        column += 1 + (size_t)s->has_published + (size_t)s->has_count;
    }
}

/* ---- notes ---- */

static void add_lost_note(builder *b, const kd_missing_counts *lost)
{
    kd_str words = KD_STR_INIT;

    kd_missing_add_words(&words, lost);
    kd_table_note(b->table, "Of these, made before and missing now: %s.", words.text);
    kd_str_fini(&words);
}

static void add_missing_note(builder *b)
{
    size_t            missing = 0, all = 0;
    kd_missing_counts lost = { 0 };

    b->place++;
    for (size_t i = 0; i < b->cells.count; i++) {
        const kd_record         *cell = b->cells.items[i];
        const kd_missing_object *object = NULL;
        if (!is_first_here(b, cell)) continue;
        all++;
        if (cell->metric_count > 0) continue;
        missing++;
        if (b->source->missing != NULL) object = kd_missing_get(b->source->missing, cell->id);
        if (object != NULL) kd_missing_count(&lost, object->why);
    }
    if (missing > 0)
        kd_table_note(b->table, "%zu of %zu cells are not in the store yet.", missing, all);
    if (lost.total > 0) add_lost_note(b, &lost);
}

static void add_published_notes(builder *b)
{
    for (size_t i = 0; i < b->spec->published_count; i++) {
        const kd_table_published *p = &b->spec->published[i];
        if (b->is_used[i] && p->source != NULL)
            kd_table_note(b->table, "Published: %s.", p->source);
        if (!b->is_used[i])
            kd_table_note(b->table, "A published figure, %g, belongs to no row.", p->value);
    }
}

/* A method that its source does not fully describe says so below every table it is in. */
static void add_method_notes(builder *b)
{
    const kd_grid *grid = kd_study_grid(b->source->study);
    const char    *before = NULL;

    for (size_t i = 0; i < kd_grid_count(grid); i++) {
        const char *name = kd_grid_value(grid, i, "distill.method");
        if (name == before) continue; /* equal values of a grid are one text */
        const kd_method *method = kd_method_find(name);
        if (method && method->label)
            kd_table_note(b->table, "distill.method = %s is a %s.", name, method->label);
        before = name;
    }
}

/* ---- the table of a study that asks for none ---- */

/* The keys along which cells differ, seeds aside, and what every study wants to know. */
static void make_default(kd_study_table *spec, const kd_study *study, kd_arena *arena)
{
    static const char *const metrics[] = { "f1", "train_s", "size_mib" };
    const kd_grid           *grid = kd_study_grid(study);
    const kd_schema_row     *schema;
    const char             **rows, *split = NULL;
    const int               *varying;
    size_t                   count, schema_count, n = 0;

    schema = kd_schema_rows(&schema_count);
    varying = kd_grid_varying(grid, &count);
    rows = kd_arena_alloc(arena, count + 1, sizeof *rows);
    for (size_t i = 0; i < count; i++)
        if (strcmp(schema[varying[i]].key, "seed") != 0) rows[n++] = schema[varying[i]].key;
    if (n == 0) rows[n++] = "student.kind"; /* a study of one setting still has a row */
    if (kd_grid_count(grid) > 0) split = kd_grid_value(grid, 0, "data.report");
    *spec = (kd_study_table){ .name = kd_study_name(study),
                              .split = split != NULL ? split : "test",
                              .rows = rows,
                              .row_count = n,
                              .metrics = metrics,
                              .metric_count = 3 };
}

/* ---- in and out ---- */

size_t kd_study_table_count(const kd_study *study)
{
    size_t count;

    kd_study_tables(study, &count);
    return count > 0 ? count : 1;
}

kd_status kd_study_table_create(kd_table **out, const kd_table_source *source, size_t which,
                                kd_error *err)
{
    size_t                count;
    const kd_study_table *tables = kd_study_tables(source->study, &count);
    kd_study_table        spec;
    kd_cells              cells = KD_VEC_INIT;
    builder               b = { .source = source, .spec = &spec };
    kd_status             status;

    b.table = kd_table_create(NULL);
    b.arena = b.table->arena;
    if (count > 0)
        spec = tables[which];
    else
        make_default(&spec, source->study, b.arena);
    b.table->caption = spec.title != NULL ? spec.title : spec.name;
    b.is_used = kd_arena_zero(b.arena, spec.published_count + 1, sizeof *b.is_used);
    collect_cells(&b);
    if ((status = resolve_metrics(&b, err)) != KD_OK) goto done;
    add_columns(&b);
    for (size_t i = 0; i < b.rows.count; i++) add_row(&b, &b.rows.groups[i], &cells);
    mark_best(&b);
    add_missing_note(&b);
    add_published_notes(&b);
    add_method_notes(&b);
    *out = b.table;
done:
    if (status != KD_OK) kd_table_destroy(b.table);
    kd_vec_fini(&cells);
    kd_vec_fini(&b.cells);
    kd_vec_fini(&b.slots);
    return status;
}

kd_status kd_table_print_study(kd_str *out, const kd_table_source *source, const kd_writer *writer,
                               kd_error *err)
{
    for (size_t i = 0; i < kd_study_table_count(source->study); i++) {
        kd_table *table;
        kd_status status = kd_study_table_create(&table, source, i, err);
        if (status != KD_OK) return status;
        kd_str_add(out, i == 0 ? writer->first : writer->between);
        writer->write(table, out);
        kd_table_destroy(table);
    }
    kd_str_add(out, writer->last);
    return KD_OK;
}

void kd_table_print_sources(kd_str *out, const kd_table *table)
{
    char id[KD_ID_TEXT];

    for (size_t row = 0; row < kd_table_row_count(table); row++)
        for (size_t c = 0; c < table->columns.count; c++) {
            const kd_entry *entry = kd_table_entry(table, row, c);
            if (entry->source_count == 0) continue;
            kd_table_add_row_words(out, table, row);
            kd_str_addf(out, ", %s:", table->columns.items[c].name);
            for (size_t i = 0; i < entry->source_count; i++) {
                kd_id_text(id, entry->sources[i]);
                kd_str_addf(out, " %s", id);
            }
            kd_str_add_char(out, '\n');
        }
}

/* ---- before there are results ---- */

/* Whether a cell of this task will have the number; true for what is no measure of a split. */
static bool may_have(kd_task task, const char *word)
{
    static const char *const splits[] = { "devel", "test" };
    const char              *dot = strchr(word, '.');
    bool                     is_of_split = false;
    if (!dot) return kd_metric_is_alias(word);
    for (int s = 0; s < 2; s++)
        is_of_split |= strlen(splits[s]) == (size_t)(dot - word) &&
                       strncmp(word, splits[s], (size_t)(dot - word)) == 0;
    return !is_of_split || kd_metric_is_alias(word) || kd_score_has(task, dot + 1);
}

/* The tasks of all cells, as bits; a study nearly always has one. */
static unsigned tasks_of(const kd_study *study)
{
    const kd_grid *grid = kd_study_grid(study);
    size_t         count, cells = kd_grid_count(grid);
    const int     *varying = kd_grid_varying(grid, &count);
    bool           varies = false;
    unsigned       tasks = 0;
    kd_task        task;
    for (size_t i = 0; i < count; i++) varies |= varying[i] == kd_schema_find("task");
    for (size_t i = 0; i < (varies ? cells : cells > 0); i++)
        if (kd_task_parse(&task, kd_grid_value(grid, i, "task"))) tasks |= 1u << task;
    return tasks;
}

static kd_status refuse_metric(const kd_study *study, const kd_study_table *table, const char *word,
                               unsigned tasks, kd_error *err)
{
    kd_str names = KD_STR_INIT;
    for (kd_task task = KD_TASK_NER; task <= KD_TASK_TEXT; task++)
        if (tasks & 1u << task && task != KD_TASK_TEXT) {
            if (names.length) kd_str_add_char(&names, ' ');
            kd_score_names(task, &names);
        }
    kd_fail(
        err, KD_ECONFIG,
        "%s: table %s: no cell will have the metric %s; expected f1, train_s, size_mib or, after "
        "a split and a dot, one of: %s",
        kd_study_path(study), table->name, word, names.text);
    kd_str_fini(&names);
    return KD_ECONFIG;
}

kd_status kd_study_tables_check(const kd_study *study, kd_error *err)
{
    size_t                count;
    const kd_study_table *tables = kd_study_tables(study, &count);
    unsigned              tasks = tasks_of(study);
    for (size_t t = 0; t < count; t++)
        for (size_t m = 0; m < tables[t].metric_count; m++) {
            bool has = tasks == 0;
            for (kd_task task = KD_TASK_NER; task <= KD_TASK_TEXT; task++)
                has |= tasks & 1u << task && may_have(task, tables[t].metrics[m]);
            if (!has) return refuse_metric(study, &tables[t], tables[t].metrics[m], tasks, err);
        }
    return KD_OK;
}
