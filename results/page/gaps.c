/* gaps.c - among's table, row by row. */
#include "results/page/gaps.h"

#include <math.h>
#include <string.h>

#include "results/among.h"

/* Above this many values each pair would be a page of its own: all are held against a baseline. */
enum { VALUES_MOST = 5, NOTES_MOST = 60 };

static const kd_entry *entry_of(const kd_table *table, size_t row, const char *column)
{
    for (size_t c = 0; c < table->columns.count; c++)
        if (strcmp(table->columns.items[c].name, column) == 0) return kd_table_entry(table, row, c);
    return NULL;
}

static double number_of(const kd_table *table, size_t row, const char *column)
{
    const kd_entry *entry = entry_of(table, row, column);
    return entry != NULL && entry->kind == KD_ENTRY_NUMBER ? entry->value : NAN;
}

static const char *word_of(const kd_table *table, size_t row, const char *column)
{
    const kd_entry *entry = entry_of(table, row, column);
    return entry != NULL && entry->kind == KD_ENTRY_TEXT && entry->text != NULL ? entry->text : "";
}

static const char *name_side(const kd_report *r, const kd_table *table, size_t row,
                             const char *side)
{
    const char *value = word_of(table, row, side);

    return kd_report_value_name(r, *value != '\0' ? value : NULL);
}

/* "hidden 16: logit-mse - none". */
static const char *name_pair(const kd_report *r, const kd_table *table, size_t row)
{
    kd_str      name = KD_STR_INIT;
    const char *kept;

    for (size_t k = 0; k < r->key_count; k++) {
        const char *dot = strrchr(r->keys[k], '.'), *key = dot ? dot + 1 : r->keys[k];
        const char *value = word_of(table, row, r->keys[k]);
        if (k == r->among) continue;
        kd_str_add(&name, name.length > 0 ? ", " : "");
        kd_str_addf(&name, *value != '\0' ? "%s %s" : "no %s", key, value);
    }
    kd_str_addf(&name, "%s%s − %s", name.length > 0 ? ": " : "", name_side(r, table, row, "a"),
                name_side(r, table, row, "b"));
    kept = kd_arena_strdup(r->arena, name.text);
    kd_str_fini(&name);
    return kept;
}

static const char *say_pair(const kd_report *r, const kd_table *table, size_t row)
{
    const kd_entry *a = entry_of(table, row, "a.mean"), *b = entry_of(table, row, "b.mean");
    kd_str          hover = KD_STR_INIT;
    const char     *kept;

    kd_str_addf(&hover, "%s\n", word_of(table, row, "verdict"));
    if (a != NULL) kd_report_add_cells(&hover, a->sources, a->source_count);
    kd_str_add(&hover, "\n");
    if (b != NULL) kd_report_add_cells(&hover, b->sources, b->source_count);
    kept = kd_arena_strdup(r->arena, hover.text);
    kd_str_fini(&hover);
    return kept;
}

static kd_chart_gap make_gap(const kd_report *r, const kd_table *table, size_t row)
{
    double       p = number_of(table, row, "p.holm");
    kd_chart_gap gap = { .value = number_of(table, row, "difference"),
                         .low = number_of(table, row, "low"),
                         .high = number_of(table, row, "high"),
                         .is_clear = p < 0.05 };

    gap.name = name_pair(r, table, row);
    gap.hover = say_pair(r, table, row);
    gap.figures = kd_arena_sprintf(r->arena, "%+.*f, Holm p %s%.3f", r->score.decimals, gap.value,
                                   p < 0.001 ? "< " : "", p < 0.001 ? 0.001 : p);
    if (isnan(p)) gap.figures = kd_arena_sprintf(r->arena, "%+.*f", r->score.decimals, gap.value);
    return gap;
}

/* "none" where it is a value, or to have none, else the first. NULL for each with each. */
static const char *choose_baseline(const kd_report *r)
{
    for (size_t v = 0; v < r->value_count; v++)
        if (r->values[v] == NULL || strcmp(r->values[v], "none") == 0)
            return r->values[v] != NULL ? r->values[v] : "";
    return r->value_count > VALUES_MOST ? r->values[0] : NULL;
}

static void take_table(kd_gaps *out, const kd_report *r, const kd_table *table)
{
    kd_str notes = KD_STR_INIT;

    out->count = kd_table_row_count(table);
    out->gaps = kd_arena_alloc(r->arena, out->count + 1, sizeof *out->gaps);
    out->verdicts = kd_arena_alloc(r->arena, out->count + 1, sizeof *out->verdicts);
    for (size_t i = 0; i < out->count; i++) {
        out->gaps[i] = make_gap(r, table, i);
        out->verdicts[i] = kd_arena_strdup(r->arena, word_of(table, i, "verdict"));
    }
    for (size_t i = 0; i < table->notes.count && i < NOTES_MOST; i++)
        kd_str_addf(&notes, "%s\n", table->notes.items[i]);
    out->notes = kd_arena_strdup(r->arena, notes.text);
    kd_str_fini(&notes);
}

kd_status kd_gaps_among(kd_gaps *out, const kd_report *r, const kd_cells *cells, kd_error *err)
{
    const char   **by = kd_arena_alloc(r->arena, r->key_count + 1, sizeof *by);
    kd_among_query query = { .by = by, .role = "student", .split = "test", .has_verdicts = true };
    kd_stores      stores = r->stores; /* with these cells; all else is borrowed */
    kd_table      *table;
    kd_status      status;

    *out = (kd_gaps){ .notes = "" };
    if (!r->has_score || r->value_count < 2 || cells->count == 0) return KD_OK;
    for (size_t k = 0; k < r->key_count; k++)
        if (k != r->among) by[query.by_count++] = r->keys[k];
    query.among = r->keys[r->among];
    query.baseline = choose_baseline(r);
    query.metric = r->score.name;
    stores.cells = *cells;
    status = kd_among_table(&table, &stores, &query, r->arena, err);
    if (status == KD_EUSAGE) { /* no two values beside each other in any group */
        out->notes = kd_arena_sprintf(r->arena, "%s\n", err->text);
        return KD_OK;
    }
    if (status != KD_OK) return status;
    take_table(out, r, table);
    kd_table_destroy(table);
    return KD_OK;
}

kd_status kd_gaps_of(const kd_gaps **out, const kd_report *r, kd_error *err)
{
    if (*r->gaps == NULL) {
        kd_gaps  *gaps = kd_arena_alloc(r->arena, 1, sizeof *gaps);
        kd_status status = kd_gaps_among(gaps, r, &r->stores.cells, err);
        if (status != KD_OK) return status;
        *r->gaps = gaps;
    }
    *out = *r->gaps;
    return KD_OK;
}
