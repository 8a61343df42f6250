/* write_csv.c - values separated by commas, quoted as RFC 4180 says.
 *
 * Lines end in one line feed, which every reader of CSV takes and the usual text tools need.
 * Numbers have all their digits, an absent value is empty, and a spread is three fields: the mean
 * under the column's own name, then "<name>.sd" and "<name>.n". Where figures were held against a
 * baseline, "<name>.p" and "<name>.mark" follow; where cells are asked for, "<name>.cells" has them
 * with blanks between. Notes stay behind. */
#include "results/format.h"
#include "results/writer.h"

/* Whether any figure of the column was held against a baseline. */
static bool has_marks(const kd_table *table, size_t column)
{
    for (size_t row = 0; row < kd_table_row_count(table); row++)
        if (kd_table_entry(table, row, column)->mark != NULL) return true;
    return false;
}

static void add_mark(const kd_entry *entry, bool is_raw, kd_str *out)
{
    kd_str_add_char(out, ',');
    if (entry->mark != NULL) kd_format_exact(out, entry->mark->p);
    kd_str_add_char(out, ',');
    if (entry->mark != NULL) kd_format_csv(out, entry->mark->sign, is_raw);
}

/* Whether cells are asked for and any figure of the column has some. */
static bool has_sources(const kd_table *table, size_t column)
{
    for (size_t row = 0; table->names_sources && row < kd_table_row_count(table); row++)
        if (kd_table_entry(table, row, column)->source_count > 0) return true;
    return false;
}

static void add_sources(const kd_entry *entry, kd_str *out)
{
    char id[KD_ID_TEXT];

    kd_str_add_char(out, ',');
    for (size_t i = 0; i < entry->source_count; i++) {
        kd_id_text(id, entry->sources[i]);
        kd_str_addf(out, "%s%s", i > 0 ? " " : "", id);
    }
}

static void add_header(const kd_table *table, bool is_raw, kd_str *out)
{
    kd_str name = KD_STR_INIT;

    for (size_t c = 0; c < table->columns.count; c++) {
        const kd_column *column = &table->columns.items[c];
        if (c > 0) kd_str_add_char(out, ',');
        kd_format_csv(out, column->name, is_raw);
        for (int part = 0; part < 5; part++) {
            static const char *const endings[] = { "sd", "n", "p", "mark", "cells" };
            if (part < 2   ? column->kind != KD_COLUMN_SPREAD
                : part < 4 ? !has_marks(table, c)
                           : !has_sources(table, c))
                continue;
            kd_str_reset(&name);
            kd_str_addf(&name, "%s.%s", column->name, endings[part]);
            kd_str_add_char(out, ',');
            kd_format_csv(out, name.text, is_raw);
        }
    }
    kd_str_add_char(out, '\n');
    kd_str_fini(&name);
}

static void add_entry(const kd_column *column, const kd_entry *entry, bool is_raw, kd_str *out)
{
    if (entry->kind == KD_ENTRY_TEXT)
        kd_format_csv(out, entry->raw != NULL ? entry->raw : entry->text, is_raw);
    else if (entry->kind != KD_ENTRY_ABSENT)
        kd_format_exact(out, entry->value);
    if (column->kind != KD_COLUMN_SPREAD) return;
    kd_str_add_char(out, ',');
    if (entry->kind == KD_ENTRY_SPREAD) kd_format_exact(out, entry->sd);
    kd_str_addf(out, ",%zu", entry->n);
}

static void write_rows(const kd_table *table, bool is_raw, kd_str *out)
{
    add_header(table, is_raw, out);
    for (size_t row = 0; row < kd_table_row_count(table); row++) {
        for (size_t c = 0; c < table->columns.count; c++) {
            if (c > 0) kd_str_add_char(out, ',');
            add_entry(&table->columns.items[c], kd_table_entry(table, row, c), is_raw, out);
            if (has_marks(table, c)) add_mark(kd_table_entry(table, row, c), is_raw, out);
            if (has_sources(table, c)) add_sources(kd_table_entry(table, row, c), out);
        }
        kd_str_add_char(out, '\n');
    }
}

static void write_csv(const kd_table *table, kd_str *out)
{
    write_rows(table, false, out);
}

static void write_csv_raw(const kd_table *table, kd_str *out)
{
    write_rows(table, true, out);
}

const kd_writer kd_writer_csv = { "csv", ".csv", "", "\n", "", false, NULL, write_csv };
const kd_writer kd_writer_csv_raw = { "csv-raw", ".csv", "", "\n", "", false, NULL, write_csv_raw };
