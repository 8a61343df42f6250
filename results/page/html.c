/* html.c - what a script needs stands in data attributes: data-v is what an entry is sorted by. */
#include "results/page/html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/chart/markup.h"
#include "results/chart/svg.h"
#include "results/page/figures.h"
#include "results/table_text.h"

enum { LINES_OPEN = 12 };

void kd_html_say(kd_str *out, const char *fmt, ...)
{
    kd_str  text = KD_STR_INIT;
    va_list args;

    va_start(args, fmt);
    kd_str_addv(&text, fmt, args);
    va_end(args);
    kd_markup_add_element(out, "p", text.text);
    kd_str_add_char(out, '\n');
    kd_str_fini(&text);
}

static void add_line(kd_str *out, const char *line, size_t length)
{
    kd_str copy = KD_STR_INIT;

    kd_str_add_bytes(&copy, line, length);
    kd_markup_add_element(out, "li", copy.text);
    kd_str_add_char(out, '\n');
    kd_str_fini(&copy);
}

void kd_html_lines(kd_str *out, const char *lines)
{
    size_t count = 0;

    for (const char *c = lines; *c != '\0'; c++) count += *c == '\n';
    if (*lines == '\0') return;
    if (count > LINES_OPEN) kd_str_addf(out, "<details><summary>%zu notes</summary>\n", count);
    kd_str_add(out, "<ul class=\"notes\">\n");
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        if (length > 0) add_line(out, lines, length);
        lines += length + (lines[length] != '\0');
    }
    kd_str_add(out, "</ul>\n");
    if (count > LINES_OPEN) kd_str_add(out, "</details>\n");
}

/* What is shown does where it is the number itself: a thousand rows are the most of a page. */
static void add_value(kd_str *out, const kd_entry *entry, const char *shown)
{
    double number;

    if (entry->kind != KD_ENTRY_NUMBER && entry->kind != KD_ENTRY_SPREAD) return;
    if (kd_parse_real(shown, &number) && fabs(number - entry->value) <= 1e-9 * fabs(number)) return;
    kd_str_addf(out, " data-v=\"%.9g\"", entry->value);
}

static void add_entry(kd_str *out, const kd_column *column, const kd_entry *entry, bool is_left)
{
    kd_str shown = KD_STR_INIT;

    kd_str_add(out, column->kind == KD_COLUMN_TEXT ? "<td class=\"t\""
                    : is_left                      ? "<td"
                    : entry->is_best               ? "<td class=\"n b\""
                                                   : "<td class=\"n\"");
    kd_entry_print(column, entry, " ± ", kd_markup_add, &shown);
    add_value(out, entry, shown.text);
    if (entry->source_count > 0) {
        kd_str_add(out, " title=\"");
        kd_report_add_cells(out, entry->sources, entry->source_count);
        kd_str_add_char(out, '"');
    }
    kd_str_add_char(out, '>');
    kd_str_add(out, shown.text);
    kd_str_add(out, "</td>");
    kd_str_fini(&shown);
}

static void add_head(kd_str *out, const kd_table *table, const bool *is_left)
{
    kd_str_add(out, "<thead><tr>");
    for (size_t c = 0; c < table->columns.count; c++) {
        kd_str_addf(out, "<th scope=\"col\"%s title=\"", is_left[c] ? "" : " class=\"n\"");
        kd_markup_add(out, table->columns.items[c].name);
        kd_str_add(out, "\">");
        kd_markup_add(out, table->columns.items[c].title);
        kd_str_add(out, "</th>");
    }
    kd_str_add(out, "</tr></thead>\n<tbody>\n");
}

void kd_html_table(kd_str *out, const kd_table *table, bool is_long)
{
    bool  *is_left = kd_alloc(table->columns.count + 1, sizeof *is_left);
    kd_str notes = KD_STR_INIT;

    for (size_t c = 0; c < table->columns.count; c++) is_left[c] = kd_column_is_left(table, c);
    if (table->caption != NULL) { /* not in the table, which may be wider than the screen */
        kd_markup_add_element(out, "p class=\"caption\"", table->caption);
        kd_str_add_char(out, '\n');
    }
    kd_str_addf(out, "<div class=\"scroll%s\" tabindex=\"0\"><table", is_long ? " long" : "");
    if (table->caption != NULL) {
        kd_str_add(out, " aria-label=\"");
        kd_markup_add(out, table->caption);
        kd_str_add_char(out, '"');
    }
    kd_str_add_char(out, '>');
    add_head(out, table, is_left);
    for (size_t row = 0; row < kd_table_row_count(table); row++) {
        kd_str_add(out, "<tr>");
        for (size_t c = 0; c < table->columns.count; c++)
            add_entry(out, &table->columns.items[c], kd_table_entry(table, row, c), is_left[c]);
        kd_str_add(out, "</tr>\n");
    }
    kd_str_add(out, "</tbody></table></div>\n");
    free(is_left);
    for (size_t i = 0; i < table->notes.count; i++)
        kd_str_addf(&notes, "%s\n", table->notes.items[i]);
    kd_html_lines(out, notes.text);
    kd_str_fini(&notes);
}

/* The picture, and its numbers for who cannot see it or goes on with them. */
static void add_figure(kd_str *out, const kd_chart *chart)
{
    kd_str numbers = KD_STR_INIT;

    kd_figure_csv(&numbers, chart);
    kd_str_add(out, "<figure>");
    kd_svg_add(out, chart);
    kd_str_add(out, "<details class=\"data\"><summary aria-label=\"numbers of ");
    kd_markup_add(out, chart->words.title);
    kd_str_add(out, "\">numbers</summary><pre tabindex=\"0\">");
    kd_markup_add(out, numbers.text);
    kd_str_add(out, "</pre></details></figure>\n");
    kd_str_fini(&numbers);
}

void kd_html_figures(kd_str *out, const kd_charts *charts)
{
    if (charts->count == 0) return;
    kd_str_add(out, "<div class=\"figures\">\n");
    for (size_t i = 0; i < charts->count; i++) add_figure(out, &charts->items[i]);
    kd_str_add(out, "</div>\n");
}
