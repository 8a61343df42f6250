/* write_html.c - a table as a piece of HTML, for a page or a slide.
 *
 *     <table class="kd-table"> <caption> <thead> one or two rows of heads </thead> <tbody>
 *     <tr><th scope="row">hidden</th><td><strong>0.81</strong></td></tr> ... </table>
 *     <ul class="kd-notes"> <li>...</li> </ul>
 *
 * It brings no style and no script, and each row is a line, so that two versions can be compared. Where sources are
 * asked for, a figure names its cells in `data-cells`.
 */
#include <stdlib.h>

#include "results/chart/markup.h"
#include "results/table_text.h"
#include "results/writer.h"

static void add_sources(const kd_entry *entry, kd_str *out)
{
    char id[KD_ID_TEXT];

    kd_str_add(out, " data-cells=\"");
    for (size_t i = 0; i < entry->source_count; i++) {
        kd_id_text(id, entry->sources[i]);
        kd_str_addf(out, "%s%s", i > 0 ? " " : "", id);
    }
    kd_str_add(out, "\"");
}

static void add_entry(const kd_table *table, size_t row, size_t c, kd_str *out)
{
    const kd_entry  *entry = kd_table_entry(table, row, c);
    const kd_column *column = &table->columns.items[c];
    bool             is_label = column->kind == KD_COLUMN_LABEL;
    const char      *mark = entry->is_best ? "strong" : entry->is_second ? "u" : NULL;

    kd_str_add(out, is_label ? "<th scope=\"row\"" : "<td");
    if (table->names_sources && entry->source_count > 0) add_sources(entry, out);
    kd_str_add(out, ">");
    if (mark != NULL) kd_str_addf(out, "<%s>", mark);
    kd_entry_print(column, entry, " ± ", kd_markup_add_line, out);
    if (mark != NULL) kd_str_addf(out, "</%s>", mark);
    kd_str_add(out, is_label ? "</th>" : "</td>");
}

static void add_tops(const kd_table *table, const kd_table_head *heads, kd_str *out)
{
    kd_str_add(out, "<tr>");
    for (size_t c = 0; c < table->columns.count; c += heads[c].span) {
        if (heads[c].top == NULL) {
            kd_str_add(out, "<th></th>");
            continue;
        }
        kd_str_addf(out, "<th colspan=\"%zu\" scope=\"colgroup\">", heads[c].span);
        kd_markup_add_line(out, heads[c].top);
        kd_str_add(out, "</th>");
    }
    kd_str_add(out, "</tr>\n");
}

static void add_head(const kd_table *table, kd_str *out)
{
    kd_table_head *heads = kd_alloc(table->columns.count + 1, sizeof *heads);

    kd_str_add(out, "<thead>\n");
    if (kd_table_heads(table, heads)) add_tops(table, heads, out);
    kd_str_add(out, "<tr>");
    for (size_t c = 0; c < table->columns.count; c++)
        kd_markup_add_element(out, "th scope=\"col\"", heads[c].bottom);
    kd_str_add(out, "</tr>\n</thead>\n");
    free(heads);
}

static void add_notes(const kd_table *table, kd_str *out)
{
    if (table->notes.count == 0) return;
    kd_str_add(out, "<ul class=\"kd-notes\">\n");
    for (size_t i = 0; i < table->notes.count; i++) {
        kd_markup_add_element(out, "li", table->notes.items[i]);
        kd_str_add_char(out, '\n');
    }
    kd_str_add(out, "</ul>\n");
}

static void write_html(const kd_table *table, kd_str *out)
{
    kd_str_add(out, "<table class=\"kd-table\"");
    if (table->label != NULL) kd_str_addf(out, " id=\"%s\"", table->label);
    kd_str_add(out, ">\n");
    if (table->caption != NULL) {
        kd_markup_add_element(out, "caption", table->caption);
        kd_str_add_char(out, '\n');
    }
    add_head(table, out);
    kd_str_add(out, "<tbody>\n");
    for (size_t row = 0; row < kd_table_row_count(table); row++) {
        kd_str_add(out, "<tr>");
        for (size_t c = 0; c < table->columns.count; c++) add_entry(table, row, c, out);
        kd_str_add(out, "</tr>\n");
    }
    kd_str_add(out, "</tbody>\n</table>\n");
    add_notes(table, out);
}

const kd_writer kd_writer_html = { "html", ".html", "", "\n", "", true, NULL, write_html };
