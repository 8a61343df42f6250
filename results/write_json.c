/* write_json.c - the whole table for programs: full doubles, and the cells behind each number.
 *
 *     { "caption": ..., "columns": [ { "name", "title" } ],
 *       "rows": [ { "student.hidden": 16, "test.entity_strict.f1": { "mean", "sd", "n", ... } } ],
 *       "notes": [ ... ] }
 */
#include "harness/base/json.h"
#include "results/writer.h"

/* A label that is a number is written as one. */
static void write_text(kd_json_writer *w, const char *text)
{
    long long whole;
    double    real;

    if (kd_parse_int(text, &whole))
        kd_json_int(w, whole);
    else if (kd_parse_real(text, &real))
        kd_json_real(w, real);
    else
        kd_json_text(w, text);
}

/* What a test against the baseline says: "p", "test", and "mark" where it shows a difference. */
static void write_mark(kd_json_writer *w, const kd_entry *entry)
{
    if (entry->mark == NULL) return;
    kd_json_put_real(w, "p", entry->mark->p);
    kd_json_put_text(w, "test", entry->mark->test);
    kd_json_put_text(w, "mark", entry->mark->sign[0] != '\0' ? entry->mark->sign : NULL);
}

static void write_sources(kd_json_writer *w, const kd_entry *entry)
{
    char id[KD_ID_TEXT];

    if (entry->source_count == 0) return;
    kd_json_key(w, "cells");
    kd_json_begin(w, '[');
    for (size_t i = 0; i < entry->source_count; i++) {
        kd_id_text(id, entry->sources[i]);
        kd_json_text(w, id);
    }
    kd_json_end(w, ']');
}

static void write_spread(kd_json_writer *w, const kd_entry *entry)
{
    kd_json_begin(w, '{');
    kd_json_put_real(w, "mean", entry->value);
    kd_json_put_real(w, "sd", entry->sd);
    kd_json_put_int(w, "n", (int64_t)entry->n);
    if (entry->is_best) {
        kd_json_put_bool(w, "best", true);
    }
    write_mark(w, entry);
    write_sources(w, entry);
    kd_json_end(w, '}');
}

/* A bare number, but where its cells are asked for. */
static void write_number(kd_json_writer *w, const kd_entry *entry, bool names_sources)
{
    if (!names_sources || entry->source_count == 0) {
        kd_json_real(w, entry->value);
        return;
    }
    kd_json_begin(w, '{');
    kd_json_put_real(w, "value", entry->value);
    write_sources(w, entry);
    kd_json_end(w, '}');
}

static void write_entry(kd_json_writer *w, const kd_entry *entry, bool names_sources)
{
    switch (entry->kind) {
    case KD_ENTRY_ABSENT:
        kd_json_null(w);
        break;
    case KD_ENTRY_TEXT:
        write_text(w, entry->raw != NULL ? entry->raw : entry->text);
        break;
    case KD_ENTRY_NUMBER:
        write_number(w, entry, names_sources);
        break;
    case KD_ENTRY_SPREAD:
        write_spread(w, entry);
        break;
    }
}

static void write_columns(kd_json_writer *w, const kd_table *table)
{
    kd_json_begin(w, '[');
    for (size_t c = 0; c < table->columns.count; c++) {
        kd_json_begin(w, '{');
        kd_json_put_text(w, "name", table->columns.items[c].name);
        kd_json_put_text(w, "title", table->columns.items[c].title);
        kd_json_end(w, '}');
    }
    kd_json_end(w, ']');
}

static void write_rows(kd_json_writer *w, const kd_table *table)
{
    kd_json_begin(w, '[');
    for (size_t row = 0; row < kd_table_row_count(table); row++) {
        kd_json_begin(w, '{');
        for (size_t c = 0; c < table->columns.count; c++) {
            kd_json_key(w, table->columns.items[c].name);
            write_entry(w, kd_table_entry(table, row, c), table->names_sources);
        }
        kd_json_end(w, '}');
    }
    kd_json_end(w, ']');
}

static void write_json(const kd_table *table, kd_str *out)
{
    kd_json_writer w;

    kd_json_start(&w, out, 2);
    kd_json_begin(&w, '{');
    kd_json_put_text(&w, "caption", table->caption);
    kd_json_key(&w, "columns");
    write_columns(&w, table);
    kd_json_key(&w, "rows");
    write_rows(&w, table);
    kd_json_key(&w, "notes");
    kd_json_begin(&w, '[');
    for (size_t i = 0; i < table->notes.count; i++) kd_json_text(&w, table->notes.items[i]);
    kd_json_end(&w, ']');
    kd_json_end(&w, '}');
    kd_str_add_char(out, '\n');
}

const kd_writer kd_writer_json = { "json", ".json", "[\n", ",\n", "]\n", false, NULL, write_json };
