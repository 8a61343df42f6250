/* study_table_rows.c - the rows of a study's table: what was measured, what others printed, what they are set against. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/store/keys.h"
#include "results/format.h"
#include "results/study_table_internal.h"

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

size_t kd_study_table_find_published(const kd_study_builder *b, const kd_record *cell, size_t m)
{
    for (size_t i = 0; i < b->spec->published_count; i++)
        if (is_of_metric(b, &b->spec->published[i], m) && is_about(b, &b->spec->published[i], cell))
            return i;
    return SIZE_MAX;
}

static void fill_published(kd_study_builder *b, kd_entry *entry, const kd_record *cell, size_t m)
{
    size_t i = kd_study_table_find_published(b, cell, m);

    if (i == SIZE_MAX) return;
    if (b->spec->published[i].is_not_stated) {
        kd_entry_set_text(b->table, entry, KD_PUBLISHED_NOT_STATED);
        return;
    }
    kd_entry_set_number(entry, b->spec->published[i].value);
    entry->text = b->spec->published[i].text;
    b->is_used[i] = true;
}

/* ---- what was measured ---- */

/* Times and sizes are shown by their mean; their spread is the machine's, not the method's. */
kd_column_kind kd_study_table_kind(const kd_metric *metric)
{
    return metric->is_size || kd_metric_is_timing(metric->name) ? KD_COLUMN_NUMBER
                                                                : KD_COLUMN_SPREAD;
}

void kd_study_table_place(kd_study_builder *b, const kd_group *row, const kd_study_slot *s,
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

/* A small model needs a digit more to be told from another. */
static void format_size(kd_study_builder *b, kd_entry *entry, const kd_metric *metric, double mib)
{
    kd_str text = KD_STR_INIT;
    int    decimals = b->spec->size_digits >= 0 ? b->spec->size_digits
                      : mib < 10                ? metric->decimals + 1
                                                : metric->decimals;

    kd_format_size(&text, mib, decimals,
                   b->spec->cuts_sizes ? KD_ROUND_TRUNC : KD_ROUND_HALF_UP_2STAGE);
    entry->text = kd_arena_strdup(b->arena, text.text);
    kd_str_fini(&text);
}

/* What follows from the shape of a network alone is known before it has run; cells of one place have networks of one shape,
 * or their mean is shown as that of what is measured is. */
static void fill_planned(kd_study_builder *b, kd_entry *entry, const kd_cells *cells,
                         const kd_metric *metric)
{
    const double mib = 4.0 / (1 << 20);
    bool         is_training = strcmp(metric->name, KD_KEY_TRAIN_MIB) == 0;
    bool         is_mib = is_training || strcmp(metric->name, KD_KEY_MIB) == 0;
    double       sum = 0, network, beside;

    if (b->source->parameters_of == NULL || cells->count == 0) return;
    if (!is_mib && strcmp(metric->name, KD_KEY_PARAMETERS) != 0) return;
    for (size_t i = 0; i < cells->count; i++) {
        size_t cell = (size_t)(cells->items[i] - b->records);
        if (!b->source->parameters_of(b->source->user, cell, &network, &beside)) return;
        sum += (network + (is_training ? beside : 0)) * (is_mib ? mib : 1);
    }
    kd_entry_set_number(entry, sum / (double)cells->count);
    if (is_mib) format_size(b, entry, metric, entry->value);
    b->has_planned = true;
}

/* The metric over the cells that have it; their ids are what the entry was made from. */
static size_t fill_measured(kd_study_builder *b, kd_entry *entry, const kd_cells *cells,
                            const kd_metric *metric)
{
    double   *numbers = kd_alloc(cells->count + 1, sizeof *numbers);
    kd_id    *ids = kd_arena_alloc(b->arena, cells->count + 1, sizeof *ids);
    kd_sample sample;
    size_t    n = 0;

    for (size_t i = 0; i < cells->count; i++)
        if (kd_metric_read(metric, cells->items[i], &numbers[n])) ids[n++] = cells->items[i]->id;
    sample = kd_stats_describe(numbers, n);
    if (kd_study_table_kind(metric) == KD_COLUMN_SPREAD)
        kd_entry_set_spread(entry, sample.mean, sample.sd, n);
    else
        kd_entry_set_number(entry, sample.mean);
    if (metric->is_size && n > 0) format_size(b, entry, metric, sample.mean);
    entry->sources = ids;
    entry->source_count = n;
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
    kd_entry_set_text(b->table, entry, kd_study_table_label(b, key, value));
    entry->raw = kd_arena_strdup(b->arena, value);
}

/* ---- ratios ---- */

/* The mean of a slot in a row of the table; NaN where there is none. */
static double mean_at(const kd_study_builder *b, size_t row, size_t slot)
{
    const kd_entry *entry = kd_table_entry(b->table, row, b->slots.items[slot].first);

    return entry->kind == KD_ENTRY_NUMBER || entry->kind == KD_ENTRY_SPREAD ? entry->value : NAN;
}

/* Where the reference of a row stands: the row in the table, and the slot. */
static bool find_reference(const kd_study_builder *b, const kd_table_ratio *ratio, size_t row,
                           size_t slot, size_t *ref_row, size_t *ref_slot)
{
    size_t extras = b->spec->extra_count;

    *ref_row = (size_t)ratio->extra;
    *ref_slot = slot;
    if (ratio->extra >= 0) return true;
    if (row < extras)
        return false; /* a teacher has no such settings to put others in the place of */
    if (!kd_study_table_find_place(b, row - extras, slot, ratio->of, ratio->of_count, ref_row,
                                   ref_slot))
        return false;
    *ref_row += extras;
    return true;
}

static void fill_ratio(kd_study_builder *b, const kd_table_ratio *ratio, size_t row, size_t slot,
                       size_t column)
{
    const kd_metric *metric = b->slots.items[slot].metric;
    kd_entry        *entry = &b->table->entries.items[row * b->table->columns.count + column];
    const kd_entry  *own = kd_table_entry(b->table, row, b->slots.items[slot].first);
    size_t           ref_row, ref_slot;
    double           of;

    if (!find_reference(b, ratio, row, slot, &ref_row, &ref_slot)) return;
    of = mean_at(b, ref_row, ref_slot);
    if (!(of != 0)) return;
    kd_entry_set_number(entry, mean_at(b, row, slot) / of -
                                   (kd_study_table_is_change(ratio, metric) ? 1 : 0));
    entry->sources = own->sources;
    entry->source_count = own->source_count;
}

static void fill_ratios(kd_study_builder *b)
{
    for (size_t slot = 0; slot < b->slots.count; slot++) {
        const kd_study_slot *s = &b->slots.items[slot];
        size_t               column = s->first + 1;
        for (size_t i = 0; i < b->spec->ratio_count; i++) {
            const kd_table_ratio *ratio = &b->spec->ratios[i];
            if (strcmp(ratio->metric, b->words.items[s->number]) != 0) continue;
            for (size_t row = 0; row < kd_table_row_count(b->table); row++)
                fill_ratio(b, ratio, row, slot, column);
            column++;
        }
    }
}

/* ---- rows ---- */

static void add_row(kd_study_builder *b, const kd_group *row, kd_cells *cells)
{
    kd_entry *entry = kd_table_add_row(b->table);

    for (size_t k = 0; k < b->spec->row_count; k++)
        fill_label(b, entry++, b->spec->rows[k], row->values[k]);
    for (size_t i = 0; i < b->slots.count; i++) {
        const kd_study_slot *s = &b->slots.items[i];
        size_t               done;
        kd_study_table_place(b, row, s, cells);
        done = fill_measured(b, entry, cells, s->metric);
        if (done == 0) fill_planned(b, entry, cells, s->metric);
        entry += 1 + s->ratio_count;
        if (s->has_published && cells->count > 0)
            fill_published(b, entry, cells->items[0], s->number);
        entry += s->has_published;
        if (s->has_count) fill_count(b, entry++, done, cells->count);
    }
}

/* What students learned from: the label, and what was measured of it beside each column's students. */
static void add_extra_row(kd_study_builder *b, size_t which, kd_cells *cells)
{
    kd_entry *entry = kd_table_add_row(b->table);

    if (b->spec->row_count > 0) kd_entry_set_text(b->table, entry, b->spec->extras[which].label);
    entry += b->spec->row_count;
    for (size_t i = 0; i < b->slots.count; i++) {
        const kd_study_slot *s = &b->slots.items[i];
        size_t               done;
        kd_study_table_extra_cells(b, which, s->column, cells);
        done = fill_measured(b, entry++, cells, s->metric);
        entry += s->ratio_count + s->has_published;
        if (s->has_count) fill_count(b, entry++, done, cells->count);
    }
}

void kd_study_table_add_rows(kd_study_builder *b)
{
    kd_cells cells = KD_VEC_INIT;

    for (size_t i = 0; i < b->spec->extra_count; i++) add_extra_row(b, i, &cells);
    b->table->beside = b->spec->extra_count;
    for (size_t i = 0; i < b->rows.count; i++) add_row(b, &b->rows.groups[i], &cells);
    fill_ratios(b);
    kd_vec_fini(&cells);
}
