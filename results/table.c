/* table.c - rows of entries, row by row in one array. */
#include "results/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"

kd_table *kd_table_create(const char *caption)
{
    kd_table *table = kd_alloc(1, sizeof *table);

    table->arena = kd_arena_create(1 << 14);
    table->title = table->caption = caption != NULL ? kd_arena_strdup(table->arena, caption) : NULL;
    return table;
}

size_t kd_table_add_column(kd_table *table, kd_column_kind kind, const char *name,
                           const char *title, int decimals)
{
    KD_CHECK(table->entries.count == 0, "table: column %s comes after a row", name);
    kd_vec_push(&table->columns, (kd_column){ .title = kd_arena_strdup(table->arena, title),
                                              .name = kd_arena_strdup(table->arena, name),
                                              .kind = kind,
                                              .decimals = decimals,
                                              .scale = 1 });
    return table->columns.count - 1;
}

kd_entry *kd_table_add_row(kd_table *table)
{
    kd_entry *row;

    kd_vec_reserve(&table->entries, table->columns.count);
    row = table->entries.items + table->entries.count;
    memset(row, 0, table->columns.count * sizeof *row);
    table->entries.count += table->columns.count;
    return row;
}

void kd_entry_set_text(kd_table *table, kd_entry *entry, const char *text)
{
    entry->kind = KD_ENTRY_TEXT;
    entry->text = kd_arena_strdup(table->arena, text);
}

void kd_entry_set_number(kd_entry *entry, double value)
{
    entry->kind = isnan(value) ? KD_ENTRY_ABSENT : KD_ENTRY_NUMBER;
    entry->value = value;
}

void kd_entry_set_p(kd_entry *entry, double p)
{
    kd_entry_set_number(entry, p);
    if (p < 0.0001) entry->text = "< 0.0001";
}

void kd_entry_set_spread(kd_entry *entry, double mean, double sd, size_t n)
{
    entry->kind = n > 0 ? KD_ENTRY_SPREAD : KD_ENTRY_ABSENT;
    entry->value = mean;
    entry->sd = sd;
    entry->n = n;
}

/* The value as a reader sees it, so that 0.81234 and 0.81236 are both best at four decimals. */
static double shown_value(const kd_entry *entry, const kd_column *column)
{
    double value = entry->value * column->scale;

    return column->decimals < 0 ? value : nearbyint(value * pow(10.0, column->decimals));
}

static bool is_number(const kd_entry *entry)
{
    return entry->kind == KD_ENTRY_NUMBER || entry->kind == KD_ENTRY_SPREAD;
}

void kd_table_mark_among(kd_table *table, const size_t *entries, size_t count, int better,
                         bool marks_second)
{
    double best = -INFINITY, second = -INFINITY;

    for (size_t i = 0; i < count; i++) {
        const kd_entry  *entry = &table->entries.items[entries[i]];
        const kd_column *column = &table->columns.items[entries[i] % table->columns.count];
        double           value = better * shown_value(entry, column);
        if (!is_number(entry)) continue;
        if (value > best)
            second = best, best = value;
        else if (value < best)
            second = fmax(second, value);
    }
    if (isinf(second) || better == 0) return; /* of one, and of equal ones, none is the best */
    for (size_t i = 0; i < count; i++) {
        kd_entry        *entry = &table->entries.items[entries[i]];
        const kd_column *column = &table->columns.items[entries[i] % table->columns.count];
        double           value = better * shown_value(entry, column);
        entry->is_best = is_number(entry) && value == best;
        entry->is_second = marks_second && is_number(entry) && value == second;
    }
}

void kd_table_mark_best(kd_table *table, size_t column, int better)
{
    size_t  rows = kd_table_row_count(table);
    size_t *entries = kd_alloc(rows + 1, sizeof *entries);

    for (size_t row = 0; row < rows; row++) entries[row] = row * table->columns.count + column;
    kd_table_mark_among(table, entries, rows, better, false);
    free(entries);
}

/* "Students (n = 3). † better than none at 5 %, by ..." */
static void compose_caption(kd_table *table)
{
    kd_str text = KD_STR_INIT;

    kd_str_add(&text, table->title != NULL ? table->title : "");
    if (table->folded_n > 0) kd_str_addf(&text, " (n = %.0f)", table->folded_n);
    if (table->tests != NULL) kd_str_addf(&text, ". %s", table->tests);
    table->caption = kd_arena_strdup(table->arena, text.text);
    kd_str_fini(&text);
}

void kd_table_set_caption(kd_table *table, const char *title)
{
    table->title = kd_arena_strdup(table->arena, title);
    compose_caption(table);
}

void kd_table_explain_marks(kd_table *table, const char *words)
{
    table->tests = kd_arena_strdup(table->arena, words);
    compose_caption(table);
}

/* The one number that all counts of some rows are; 0 when there are several, or none. */
static double only_count(const kd_table *table, size_t from_row, size_t to_row)
{
    size_t columns = table->columns.count;
    double only = 0;

    for (size_t i = from_row * columns; i < to_row * columns; i++) {
        const kd_entry *entry = &table->entries.items[i];
        if (!table->columns.items[i % columns].is_count) continue;
        if (entry->kind == KD_ENTRY_ABSENT) continue;
        if (entry->text != NULL || (only > 0 && entry->value != only)) return 0;
        only = entry->value;
    }
    return only;
}

/* Whether each row that others are set beside has one number of its own, or none at all. */
static bool can_say_beside(const kd_table *table)
{
    for (size_t row = 0; row < table->beside; row++) {
        bool has_any = false;
        for (size_t c = 0; c < table->columns.count; c++)
            has_any |= table->columns.items[c].is_count &&
                       kd_table_entry(table, row, c)->kind != KD_ENTRY_ABSENT;
        if (has_any && only_count(table, row, row + 1) == 0) return false;
    }
    return true;
}

/* "a teacher (n = 1)" where the caption says another number. */
static void say_beside(kd_table *table, double n)
{
    for (size_t row = 0; row < table->beside; row++) {
        kd_entry *label = &table->entries.items[row * table->columns.count];
        double    own = only_count(table, row, row + 1);
        if (own > 0 && own != n && label->kind == KD_ENTRY_TEXT)
            label->text = kd_arena_sprintf(table->arena, "%s (n = %.0f)", label->text, own);
    }
}

void kd_table_keep_columns(kd_table *table, const bool *keep)
{
    size_t columns = 0, entries = 0, all = table->columns.count;

    for (size_t i = 0; i < table->entries.count; i++)
        if (keep[i % all]) table->entries.items[entries++] = table->entries.items[i];
    for (size_t c = 0; c < all; c++)
        if (keep[c]) table->columns.items[columns++] = table->columns.items[c];
    table->entries.count = entries;
    table->columns.count = columns;
}

void kd_table_fold_counts(kd_table *table)
{
    double n = only_count(table, table->beside, kd_table_row_count(table));
    bool  *keep;

    if (n <= 0 || !can_say_beside(table)) return;
    say_beside(table, n);
    keep = kd_alloc(table->columns.count + 1, sizeof *keep);
    for (size_t c = 0; c < table->columns.count; c++) keep[c] = !table->columns.items[c].is_count;
    kd_table_keep_columns(table, keep);
    free(keep);
    table->folded_n = n;
    compose_caption(table);
}

void kd_table_note(kd_table *table, const char *fmt, ...)
{
    kd_str  note = KD_STR_INIT;
    va_list args;

    va_start(args, fmt);
    kd_str_addv(&note, fmt, args);
    va_end(args);
    for (size_t i = 0; i < table->notes.count; i++)
        if (strcmp(table->notes.items[i], note.text) == 0) goto done;
    kd_vec_push(&table->notes, kd_arena_strdup(table->arena, note.text));
done:
    kd_str_fini(&note);
}

size_t kd_table_row_count(const kd_table *table)
{
    return table->columns.count > 0 ? table->entries.count / table->columns.count : 0;
}

const kd_entry *kd_table_entry(const kd_table *table, size_t row, size_t column)
{
    return &table->entries.items[row * table->columns.count + column];
}

void kd_table_add_row_words(kd_str *out, const kd_table *table, size_t row)
{
    const char *comma = "";

    for (size_t c = 0; c < table->columns.count; c++) {
        const kd_entry *entry = kd_table_entry(table, row, c);
        if (table->columns.items[c].kind != KD_COLUMN_LABEL) continue;
        kd_str_addf(out, "%s%s %s", comma, table->columns.items[c].title,
                    entry->kind == KD_ENTRY_TEXT ? entry->text : "-");
        comma = ", ";
    }
}

void kd_table_destroy(kd_table *table)
{
    if (table == NULL) return;
    kd_vec_fini(&table->columns);
    kd_vec_fini(&table->entries);
    kd_vec_fini(&table->notes);
    kd_arena_destroy(table->arena);
    free(table);
}
