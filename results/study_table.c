/* study_table.c - a kd_study_table and a grid to a kd_table.
 *
 * Rows are the groups of the grid's records (study_table_cells.c) by the row keys, and the columns
 * of one metric are the groups by the column keys.
 */
#include "results/study_table.h"

#include <stdlib.h>
#include <string.h>

#include "harness/config/schema.h"
#include "results/format.h"
#include "results/study_table_internal.h"

static bool is_there(const kd_study_builder *b, const kd_metric *metric)
{
    for (size_t i = 0; i < b->metrics.count; i++)
        if (strcmp(b->metrics.items[i].name, metric->name) == 0) return true;
    return false;
}

/* A word may be a pattern, and then is several metrics. */
static kd_status resolve_word(kd_study_builder *b, const kd_cells *done, const char *word,
                              kd_error *err)
{
    kd_metrics found = KD_VEC_INIT;
    kd_status  status = kd_metrics_resolve(&found, done, &word, 1, b->spec->split, err);

    for (size_t i = 0; status == KD_OK && i < found.count; i++) {
        if (is_there(b, &found.items[i])) continue;
        kd_vec_push(&b->metrics, found.items[i]);
        kd_vec_push(&b->words, word);
    }
    kd_vec_fini(&found);
    return status;
}

static kd_status resolve_metrics(kd_study_builder *b, kd_error *err)
{
    kd_cells  done = KD_VEC_INIT;
    kd_status status = KD_OK;

    for (size_t i = 0; i < b->cells.count; i++)
        if (b->cells.items[i]->metric_count > 0) kd_vec_push(&done, b->cells.items[i]);
    for (size_t m = 0; status == KD_OK && m < b->spec->metric_count; m++)
        status = resolve_word(b, &done, b->spec->metrics[m], err);
    kd_vec_fini(&done);
    if (status == KD_OK || b->source->asked != NULL) return status;
    return kd_while(err, KD_ECONFIG, "%s: table %s", kd_study_path(b->source->study),
                    b->spec->name);
}

/* ---- words ---- */

/* What a key (value NULL) or a value is called; the fallback when the file does not say. */
static const char *label_of(const kd_study_builder *b, const char *key, const char *value,
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

static const char *value_label(const kd_study_builder *b, const char *key, const char *value)
{
    return value != NULL ? label_of(b, key, value, value) : "-";
}

/* What tells one column group from the others: "logit-mse, " for readers, and for programs
 * "distill.method=logit-mse:". */
static void add_column_words(const kd_study_builder *b, const kd_group *column, bool for_readers,
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

static int decimals_of(const kd_study_builder *b, const kd_metric *metric)
{
    if (!kd_metric_is_score(metric)) return metric->decimals;
    if (b->spec->has_digits) return b->spec->digits;
    return b->spec->is_percent && metric->decimals >= 2 ? metric->decimals - 2 : metric->decimals;
}

/* What the column group is called, for a head over its columns; NULL where there is but one. */
static const char *group_words(const kd_study_builder *b, const kd_group *column)
{
    kd_str      words = KD_STR_INIT;
    const char *kept = NULL;

    add_column_words(b, column, true, &words);
    if (words.length > 2) kept = kd_arena_strndup(b->arena, words.text, words.length - 2);
    kd_str_fini(&words);
    return kept;
}

/* Add the column `what` ("published ", "n", or NULL for the metric itself) of a slot. */
static void add_column(kd_study_builder *b, const kd_study_slot *s, kd_column_kind kind,
                       const char *what, int decimals)
{
    const kd_metric *metric = s->metric;
    bool             is_count = what != NULL && strcmp(what, "n") == 0;
    bool             is_percent = b->spec->is_percent && kd_metric_is_score(metric) && !is_count;
    const char      *unit = is_percent ? "%" : metric->unit;
    kd_str           name = KD_STR_INIT, title = KD_STR_INIT;
    size_t           from, number;
    kd_column       *column;

    add_column_words(b, s->column, false, &name);
    add_column_words(b, s->column, true, &title);
    from = title.length;
    if (what != NULL) {
        kd_str_add(&name, is_count ? "n" : "published:");
        kd_str_add(&title, what);
    }
    if (!is_count) {
        kd_str_add(&name, metric->name);
        kd_str_add(&title, metric->title);
        if (unit[0] != '\0') kd_str_addf(&title, ", %s", unit);
    }
    number = kd_table_add_column(b->table, kind, name.text, title.text, decimals);
    column = &b->table->columns.items[number];
    column->group = group_words(b, s->column);
    column->head = column->title + from;
    if (what != NULL && !is_count && b->metrics.count == 1) column->head = "published";
    column->is_count = is_count;
    if (is_percent) column->scale = 100;
    kd_str_fini(&name);
    kd_str_fini(&title);
}

/* ---- figures that others printed ---- */

/* Whether a published figure is about this row and column; what it leaves open fits all. */
static bool is_about(const kd_study_builder *b, const kd_table_published *p, const kd_record *cell)
{
    for (size_t i = 0; i < p->match_count; i++)
        if (kd_value_compare(kd_study_table_value(b, cell, p->match[i].key), p->match[i].value) !=
            0)
            return false;
    return true;
}

static bool is_of_metric(const kd_study_builder *b, const kd_table_published *p, size_t m)
{
    return p->metric == NULL ? m == 0 : strcmp(p->metric, b->words.items[m]) == 0;
}

/* The figure for a metric of some cells, or SIZE_MAX. */
static size_t find_published(const kd_study_builder *b, const kd_record *cell, size_t m)
{
    for (size_t i = 0; i < b->spec->published_count; i++)
        if (is_of_metric(b, &b->spec->published[i], m) && is_about(b, &b->spec->published[i], cell))
            return i;
    return SIZE_MAX;
}

static bool has_published(const kd_study_builder *b, const kd_group *column, size_t m)
{
    for (size_t i = 0; i < column->count; i++)
        if (find_published(b, column->cells[i], m) != SIZE_MAX) return true;
    return false;
}

static void fill_published(kd_study_builder *b, kd_entry *entry, const kd_record *cell, size_t m)
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

static void add_slot_columns(kd_study_builder *b, const kd_study_slot *s)
{
    add_column(b, s, kind_of(s->metric), NULL, decimals_of(b, s->metric));
    if (s->has_published)
        add_column(b, s, KD_COLUMN_NUMBER, "published ", decimals_of(b, s->metric));
    if (s->has_count) add_column(b, s, KD_COLUMN_NUMBER, "n", 0);
}

/* The keys of the rows, then for each metric a slot for each column group. */
static void add_columns(kd_study_builder *b)
{
    const kd_study_table *spec = b->spec;

    for (size_t k = 0; k < spec->row_count; k++) {
        const char *key = spec->rows[k], *dot = strrchr(key, '.');
        kd_table_add_column(b->table, KD_COLUMN_LABEL, key,
                            label_of(b, key, NULL, dot != NULL ? dot + 1 : key), -1);
    }
    for (size_t m = 0; m < b->metrics.count; m++)
        for (size_t c = 0; c < b->columns.count; c++) {
            const kd_group *column = &b->columns.groups[c];
            kd_vec_push(&b->slots, (kd_study_slot){ &b->metrics.items[m], column, m,
                                                    has_published(b, column, m), m == 0 });
            add_slot_columns(b, &b->slots.items[b->slots.count - 1]);
        }
}

/* ---- rows ---- */

/* The cells of a row that are also in the slot's column group, each object once. */
static void intersect(kd_study_builder *b, const kd_group *row, const kd_study_slot *s,
                      kd_cells *out)
{
    kd_vec_reset(out);
    kd_study_table_count_anew(b);
    for (size_t i = 0; i < row->count; i++) {
        bool is_in = true;
        for (size_t k = 0; is_in && k < b->spec->column_count; k++)
            is_in = kd_value_compare(kd_record_value(row->cells[i], b->spec->columns[k]),
                                     s->column->values[k]) == 0;
        if (is_in && kd_study_table_is_first(b, row->cells[i])) kd_vec_push(out, row->cells[i]);
    }
}

/* The metric over the cells that have it; their ids are what the entry was made from. */
static size_t fill_measured(kd_study_builder *b, kd_entry *entry, const kd_cells *cells,
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
        int decimals = b->spec->size_digits >= 0 ? b->spec->size_digits
                       : sample.mean < 10        ? metric->decimals + 1
                                                 : metric->decimals;
        kd_format_size(&text, sample.mean, decimals,
                       b->spec->cuts_sizes ? KD_ROUND_TRUNC : KD_ROUND_HALF_UP_2STAGE);
        entry->text = kd_arena_strdup(b->arena, text.text);
    }
    entry->sources = ids;
    entry->source_count = n;
    kd_str_fini(&text);
    free(numbers);
    return n;
}

/* n, or "2 of 3" where runs are missing. */
static void fill_count(kd_study_builder *b, kd_entry *entry, size_t done, size_t all)
{
    if (all == 0) return;
    kd_entry_set_number(entry, (double)done);
    if (done < all) entry->text = kd_arena_sprintf(b->arena, "%zu of %zu", done, all);
}

/* Readers see what the file calls a value, programs the value. */
static void fill_label(kd_study_builder *b, kd_entry *entry, const char *key, const char *value)
{
    if (value == NULL) return;
    kd_entry_set_text(b->table, entry, value_label(b, key, value));
    entry->raw = kd_arena_strdup(b->arena, value);
}

static void add_row(kd_study_builder *b, const kd_group *row, kd_cells *cells)
{
    kd_entry *entry = kd_table_add_row(b->table);

    for (size_t k = 0; k < b->spec->row_count; k++)
        fill_label(b, entry++, b->spec->rows[k], row->values[k]);
    for (size_t i = 0; i < b->slots.count; i++) {
        const kd_study_slot *s = &b->slots.items[i];
        size_t               done;
        intersect(b, row, s, cells);
        done = fill_measured(b, entry++, cells, s->metric);
        if (s->has_published && cells->count > 0)
            fill_published(b, entry, cells->items[0], s->number);
        entry += s->has_published;
        if (s->has_count) fill_count(b, entry++, done, cells->count);
    }
}

/* Mark the best among one metric's figures in these rows and columns. */
static void mark_part(kd_study_builder *b, const size_t *columns, size_t column_count,
                      size_t first_row, size_t row_count, int better)
{
    size_t *entries = kd_alloc(column_count * row_count + 1, sizeof *entries), count = 0;

    for (size_t row = first_row; row < first_row + row_count; row++)
        for (size_t c = 0; c < column_count; c++)
            entries[count++] = row * b->table->columns.count + columns[c];
    kd_table_mark_among(b->table, entries, count, better, b->spec->marks_second);
    free(entries);
}

static void mark_metric(kd_study_builder *b, const size_t *columns, size_t count, int better)
{
    size_t rows = kd_table_row_count(b->table);

    if (b->spec->best == KD_BEST_OF_BLOCK) mark_part(b, columns, count, 0, rows, better);
    for (size_t c = 0; c < count && b->spec->best == KD_BEST_OF_COLUMN; c++)
        mark_part(b, &columns[c], 1, 0, rows, better);
    for (size_t row = 0; row < rows && b->spec->best == KD_BEST_OF_ROW; row++)
        mark_part(b, columns, count, row, 1, better);
}

static void mark_best(kd_study_builder *b)
{
    size_t *columns = kd_alloc(b->slots.count + 1, sizeof *columns);
    size_t  column = b->spec->row_count, count = 0;

    for (size_t i = 0; i < b->slots.count; i++) {
        const kd_study_slot *s = &b->slots.items[i];
        columns[count++] = column;
        column += 1 + (size_t)s->has_published + (size_t)s->has_count;
        if (i + 1 < b->slots.count && b->slots.items[i + 1].metric == s->metric) continue;
        if (s->metric->better > 0) mark_metric(b, columns, count, s->metric->better);
        count = 0;
    }
    free(columns);
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
                              .metric_count = 3,
                              .size_digits = -1 };
}

/* ---- the table that somebody asks for ---- */

/* Whether devel chooses the key in this study, so that it is no row unless somebody says so. */
static bool is_tuned(const kd_study *study, const char *key)
{
    size_t               count;
    const kd_study_tune *tunes = kd_study_tunes(study, &count);

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < tunes[i].key_count; k++)
            if (strcmp(tunes[i].keys[k], key) == 0) return true;
    return false;
}

static bool is_among(const char *const *keys, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i], key) == 0) return true;
    return false;
}

static kd_status check_keys(const char *option, const char *const *keys, size_t count,
                            kd_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const char *nearest;
        if (kd_schema_find(keys[i]) >= 0) continue;
        nearest = kd_schema_nearest(keys[i]);
        return kd_fail(err, KD_EUSAGE, "%s: no setting is called %s%s%s%s", option, keys[i],
                       nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                       nearest != NULL ? "?" : "");
    }
    return KD_OK;
}

kd_status kd_study_table_ask(kd_study_table *out, const kd_study *study, const kd_table_wish *wish,
                             kd_arena *arena, kd_error *err)
{
    size_t                count, n = 0;
    const kd_study_table *tables = kd_study_tables(study, &count);
    const char          **rows;
    kd_status             status = check_keys("--rows", wish->rows, wish->row_count, err);

    if (status == KD_OK) status = check_keys("--columns", wish->columns, wish->column_count, err);
    if (status != KD_OK) return status;
    make_default(out, study, arena);
    rows = kd_arena_alloc(arena, out->row_count + 1, sizeof *rows);
    for (size_t i = 0; i < out->row_count; i++)
        if (!is_among(wish->columns, wish->column_count, out->rows[i]) &&
            !is_tuned(study, out->rows[i]))
            rows[n++] = out->rows[i];
    out->rows = wish->row_count > 0 ? wish->rows : rows;
    out->row_count = wish->row_count > 0 ? wish->row_count : n;
    out->columns = wish->columns;
    out->column_count = wish->column_count;
    if (wish->metric_count > 0) {
        out->metrics = wish->metrics;
        out->metric_count = wish->metric_count;
    }
    if (count > 0) {
        out->labels = tables[0].labels;
        out->label_count = tables[0].label_count;
    }
    return KD_OK;
}

/* ---- in and out ---- */

size_t kd_study_table_count(const kd_study *study)
{
    size_t count;

    kd_study_tables(study, &count);
    return count > 0 ? count : 1;
}

size_t kd_table_source_count(const kd_table_source *source)
{
    return source->asked != NULL ? 1 : kd_study_table_count(source->study);
}

kd_status kd_study_table_create(kd_table **out, const kd_table_source *source, size_t which,
                                kd_error *err)
{
    size_t                count;
    const kd_study_table *tables = kd_study_tables(source->study, &count);
    kd_study_table        spec;
    kd_cells              cells = KD_VEC_INIT;
    kd_study_builder      b = { .source = source, .spec = &spec };
    kd_status             status;

    b.table = kd_table_create(NULL);
    b.arena = b.table->arena;
    if (source->asked != NULL)
        spec = *source->asked;
    else if (count > 0)
        spec = tables[which];
    else
        make_default(&spec, source->study, b.arena);
    b.table->caption = spec.title != NULL ? spec.title : spec.name;
    b.table->label = spec.label;
    b.table->is_aligned = spec.is_aligned;
    b.table->names_sources = source->names_sources;
    b.is_used = kd_arena_zero(b.arena, spec.published_count + 1, sizeof *b.is_used);
    kd_study_table_plan_choices(&b);
    if ((status = kd_study_table_collect(&b, err)) != KD_OK) goto done;
    if ((status = resolve_metrics(&b, err)) != KD_OK) goto done;
    add_columns(&b);
    for (size_t i = 0; i < b.rows.count; i++) add_row(&b, &b.rows.groups[i], &cells);
    mark_best(&b);
    kd_study_table_add_notes(&b);
    *out = b.table;
done:
    if (status != KD_OK) kd_table_destroy(b.table);
    kd_vec_fini(&cells);
    kd_vec_fini(&b.cells);
    kd_vec_fini(&b.shown);
    kd_vec_fini(&b.slots);
    kd_vec_fini(&b.metrics);
    kd_vec_fini(&b.words);
    return status;
}

kd_status kd_table_print_studies(kd_str *out, const kd_table_source *const *sources, size_t count,
                                 const kd_writer *writer, kd_error *err)
{
    const char *before = writer->first;

    for (size_t s = 0; s < count; s++)
        for (size_t i = 0; i < kd_table_source_count(sources[s]); i++) {
            kd_table *table;
            kd_status status = kd_study_table_create(&table, sources[s], i, err);
            if (status != KD_OK) return status;
            kd_str_add(out, before);
            if (writer->folds_counts) kd_table_fold_counts(table);
            writer->write(table, out);
            kd_table_destroy(table);
            before = writer->between;
        }
    kd_str_add(out, writer->last);
    return KD_OK;
}

kd_status kd_table_print_study(kd_str *out, const kd_table_source *source, const kd_writer *writer,
                               kd_error *err)
{
    return kd_table_print_studies(out, &source, 1, writer, err);
}

void kd_table_print_sources(kd_str *out, const kd_table *table, const char *prefix)
{
    char id[KD_ID_TEXT];

    for (size_t row = 0; row < kd_table_row_count(table); row++)
        for (size_t c = 0; c < table->columns.count; c++) {
            const kd_entry *entry = kd_table_entry(table, row, c);
            if (entry->source_count == 0) continue;
            kd_str_add(out, prefix);
            kd_table_add_row_words(out, table, row);
            kd_str_addf(out, ", %s:", table->columns.items[c].name);
            for (size_t i = 0; i < entry->source_count; i++) {
                kd_id_text(id, entry->sources[i]);
                kd_str_addf(out, " %s", id);
            }
            kd_str_add_char(out, '\n');
        }
}
