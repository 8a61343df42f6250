/* write_markdown.c - Markdown whose columns also line up on a terminal. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "results/table_text.h"
#include "results/writer.h"

/* Whether HTML begins here: a tag, its end, a comment, a named or numbered character. */
static bool is_html(const char *text)
{
    return (*text == '<' && (isalpha((unsigned char)text[1]) || strchr("/!?", text[1]))) ||
           (*text == '&' && (isalpha((unsigned char)text[1]) || text[1] == '#'));
}

/* A bar would end the cell, a line's end the row; HTML would act where Markdown is shown, and control
 * characters on a terminal. */
static void escape(kd_str *out, const char *text)
{
    for (size_t plain; *text != '\0'; text += plain) {
        plain = strcspn(text, "|<&\n");
        kd_str_add_visible(out, text, plain);
        if (plain > 0) continue;
        plain = 1;
        if (*text == '|')
            kd_str_add(out, "\\|");
        else if (is_html(text))
            kd_str_add(out, *text == '<' ? "&lt;" : "&amp;");
        else
            kd_str_add_char(out, *text == '\n' ? ' ' : *text);
    }
}

static void add_entry(const kd_column *column, const kd_entry *entry, kd_str *out)
{
    const char *bold = entry->is_best ? "**" : entry->is_second ? "_" : "";

    kd_str_add(out, bold);
    kd_entry_print(column, entry, " ± ", escape, out);
    kd_str_add(out, bold);
}

/* All cells as text, header first; each is freed with the array. */
static char **print_cells(const kd_table *table)
{
    size_t columns = table->columns.count, rows = kd_table_row_count(table);
    char **cells = kd_alloc((rows + 1) * columns + 1, sizeof *cells);
    kd_str text = KD_STR_INIT;

    for (size_t c = 0; c < columns; c++) {
        escape(&text, table->columns.items[c].title);
        cells[c] = kd_str_take(&text);
    }
    for (size_t i = 0; i < rows * columns; i++) {
        add_entry(&table->columns.items[i % columns], &table->entries.items[i], &text);
        cells[columns + i] = kd_str_take(&text);
    }
    return cells;
}

size_t kd_markdown_width(const kd_table *table, size_t column)
{
    kd_str text = KD_STR_INIT;
    size_t widest = 2;

    for (size_t row = 0; row <= kd_table_row_count(table); row++) {
        kd_str_reset(&text);
        if (row == 0)
            escape(&text, table->columns.items[column].title);
        else
            add_entry(&table->columns.items[column], kd_table_entry(table, row - 1, column), &text);
        if (kd_utf8_width(text.text) > widest) widest = kd_utf8_width(text.text);
    }
    kd_str_fini(&text);
    return widest;
}

static void add_padded(kd_str *out, const char *text, size_t width, bool is_left)
{
    size_t blanks = width - kd_utf8_width(text);

    kd_str_add(out, "| ");
    if (is_left) kd_str_add(out, text);
    while (blanks-- > 0) kd_str_add_char(out, ' ');
    if (!is_left) kd_str_add(out, text);
    kd_str_add_char(out, ' ');
}

/* "| :--- | ---: |": the colon says where the column stands. */
static void add_rule(kd_str *out, const size_t *width, const bool *is_left, size_t columns)
{
    for (size_t c = 0; c < columns; c++) {
        kd_str_add(out, is_left[c] ? "| :" : "| ");
        for (size_t i = 1; i < width[c]; i++) kd_str_add_char(out, '-');
        kd_str_add(out, is_left[c] ? " " : ": ");
    }
    kd_str_add(out, "|\n");
}

static void add_grid(const kd_table *table, char **cells, kd_str *out)
{
    size_t  columns = table->columns.count, count = (kd_table_row_count(table) + 1) * columns;
    size_t *width = kd_alloc(columns + 1, sizeof *width);
    bool   *is_left = kd_alloc(columns + 1, sizeof *is_left);

    for (size_t c = 0; c < columns; c++) {
        is_left[c] = kd_column_is_left(table, c);
        width[c] = 2;
    }
    for (size_t i = 0; i < count; i++) {
        size_t w = kd_utf8_width(cells[i]);
        if (w > width[i % columns]) width[i % columns] = w;
    }
    for (size_t i = 0; i < count; i++) {
        add_padded(out, cells[i], width[i % columns], is_left[i % columns]);
        if (i % columns == columns - 1) kd_str_add(out, "|\n");
        if (i == columns - 1) add_rule(out, width, is_left, columns);
    }
    free(width);
    free(is_left);
}

static void write_markdown(const kd_table *table, kd_str *out)
{
    char **cells = print_cells(table);

    if (table->caption != NULL) {
        escape(out, table->caption);
        kd_str_add(out, "\n\n");
    }
    add_grid(table, cells, out);
    if (table->notes.count > 0) kd_str_add_char(out, '\n');
    for (size_t i = 0; i < table->notes.count; i++) {
        if (table->notes.count > 1) kd_str_add(out, "- ");
        escape(out, table->notes.items[i]);
        kd_str_add_char(out, '\n');
    }
    for (size_t i = 0; i < table->columns.count + table->entries.count; i++) free(cells[i]);
    free(cells);
}

const kd_writer kd_writer_markdown = { "md", ".md", "", "\n", "", false, "", write_markdown };
