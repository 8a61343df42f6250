/* study_table.c - a kd_study_table and a grid to a kd_table.
 *
 * Rows are the groups of the grid's records (study_table_cells.c) by the row keys, and the columns
 * of one metric are the groups by the column keys.
 */
#include "results/study_table.h"

#include <stdlib.h>
#include <string.h>

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

/* What tells one column group from the others: "logit-mse, " for readers, and for programs
 * "distill.method=logit-mse:". */
static void add_column_words(const kd_study_builder *b, const kd_group *column, bool for_readers,
                             kd_str *out)
{
    for (size_t k = 0; k < b->spec->column_count; k++) {
        const char *key = b->spec->columns[k], *value = column->values[k];
        if (for_readers)
            kd_str_addf(out, "%s, ", kd_study_table_label(b, key, value));
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

/* What a ratio is set against, as readers call it. */
static void add_reference(const kd_study_builder *b, const kd_table_ratio *ratio, kd_str *out)
{
    if (ratio->extra >= 0) kd_str_add(out, b->spec->extras[ratio->extra].label);
    for (size_t i = 0; i < ratio->of_count; i++)
        kd_str_addf(out, "%s%s", i > 0 ? ", " : "",
                    kd_study_table_label(b, ratio->of[i].key, ratio->of[i].value));
}

/* Add the column of a ratio: "size, % of BioBERT", "size, vs BioBERT, %"; below a head without the metric, beside which it
 * stands. */
static void add_ratio_column(kd_study_builder *b, const kd_study_slot *s,
                             const kd_table_ratio *ratio)
{
    bool       is_change = kd_study_table_is_change(ratio, s->metric);
    kd_str     name = KD_STR_INIT, title = KD_STR_INIT;
    size_t     from, number;
    kd_column *column;

    add_column_words(b, s->column, false, &name);
    add_column_words(b, s->column, true, &title);
    kd_str_addf(&name, "%s:%s", is_change ? "change" : "ratio", s->metric->name);
    kd_str_addf(&title, "%s, ", s->metric->title);
    from = title.length;
    kd_str_add(&title, is_change ? "vs " : "% of ");
    add_reference(b, ratio, &title);
    if (is_change) kd_str_add(&title, ", %");
    number = kd_table_add_column(b->table, KD_COLUMN_NUMBER, name.text, title.text, ratio->digits);
    column = &b->table->columns.items[number];
    column->group = group_words(b, s->column);
    column->head = column->title + from;
    column->scale = 100;
    kd_str_fini(&name);
    kd_str_fini(&title);
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

/* ---- columns ---- */

static bool has_published(const kd_study_builder *b, const kd_group *column, size_t m)
{
    for (size_t i = 0; i < column->count; i++)
        if (kd_study_table_find_published(b, column->cells[i], m) != SIZE_MAX) return true;
    return false;
}

static void add_slot_columns(kd_study_builder *b, kd_study_slot *s)
{
    s->first = b->table->columns.count;
    add_column(b, s, kd_study_table_kind(s->metric), NULL, decimals_of(b, s->metric));
    for (size_t i = 0; i < b->spec->ratio_count; i++) {
        if (strcmp(b->spec->ratios[i].metric, b->words.items[s->number]) != 0) continue;
        add_ratio_column(b, s, &b->spec->ratios[i]);
        s->ratio_count++;
    }
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
                            kd_study_table_key_label(b, key, dot != NULL ? dot + 1 : key), -1);
    }
    for (size_t m = 0; m < b->metrics.count; m++)
        for (size_t c = 0; c < b->columns.count; c++) {
            const kd_group *column = &b->columns.groups[c];
            kd_vec_push(&b->slots, (kd_study_slot){ .metric = &b->metrics.items[m],
                                                    .column = column,
                                                    .number = m,
                                                    .has_published = has_published(b, column, m),
                                                    .has_count = m == 0 });
            add_slot_columns(b, &b->slots.items[b->slots.count - 1]);
        }
}

/* ---- the table of a study that asks for none ---- */

void kd_study_table_default(kd_study_table *spec, const kd_study *study, kd_arena *arena)
{
    static const char *const metrics[] = { "f1", "train_s", "size_mib" };
    kd_expected             *expected = kd_expected_create(study);
    const char             **rows, *split = NULL;
    const char *const       *varying;
    size_t                   count, n = 0;

    varying = kd_expected_varying(expected, &count);
    rows = kd_arena_alloc(arena, count + 1, sizeof *rows);
    for (size_t i = 0; i < count; i++)
        if (strcmp(varying[i], "seed") != 0) rows[n++] = varying[i];
    if (n == 0) rows[n++] = "student.kind"; /* a study of one setting still has a row */
    if (kd_expected_count(expected) > 0) {
        kd_expected_take(expected, 0);
        split = kd_expected_said(expected, "data.report");
    }
    *spec = (kd_study_table){ .name = kd_study_name(study),
                              .split = split != NULL ? split : "test",
                              .rows = rows,
                              .row_count = n,
                              .metrics = metrics,
                              .metric_count = 3,
                              .size_digits = -1 };
    kd_expected_destroy(expected);
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
    kd_study_builder      b = { .source = source, .spec = &spec };
    kd_status             status;

    b.table = kd_table_create(NULL);
    b.arena = b.table->arena;
    b.expected = kd_expected_create(source->study);
    if (source->asked != NULL)
        spec = *source->asked;
    else if (count > 0)
        spec = tables[which];
    else
        kd_study_table_default(&spec, source->study, b.arena);
    kd_table_set_caption(b.table, spec.title != NULL ? spec.title : spec.name);
    b.table->label = spec.label;
    b.table->is_aligned = spec.is_aligned;
    b.table->names_sources = source->names_sources;
    b.is_used = kd_arena_zero(b.arena, spec.published_count + 1, sizeof *b.is_used);
    kd_study_table_plan_choices(&b);
    if ((status = kd_study_table_check_references(&b, err)) != KD_OK) goto done;
    if ((status = kd_study_table_collect(&b, err)) != KD_OK) goto done;
    if ((status = resolve_metrics(&b, err)) != KD_OK) goto done;
    add_columns(&b);
    kd_study_table_add_rows(&b);
    kd_study_table_mark_best(&b);
    if ((status = kd_study_table_mark_tested(&b, err)) != KD_OK) goto done;
    kd_study_table_add_notes(&b);
    *out = b.table;
done:
    if (status != KD_OK) kd_table_destroy(b.table);
    kd_expected_destroy(b.expected);
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
