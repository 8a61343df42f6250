/* write_latex.c - a booktabs table, ready to be \input by a paper. */
#include <string.h>

#include "results/writer.h"

/* What TeX would read as a command, and characters of UTF-8 that tables of ours contain. */
static const struct {
    const char *from, *to;
} escapes[] = {
    { "\\", "\\textbackslash{}" },
    { "{", "\\{" },
    { "}", "\\}" },
    { "$", "\\$" },
    { "&", "\\&" },
    { "#", "\\#" },
    { "%", "\\%" },
    { "_", "\\_" },
    { "~", "\\textasciitilde{}" },
    { "^", "\\textasciicircum{}" },
    { "<", "\\textless{}" },
    { ">", "\\textgreater{}" },
    { "±", "$\\pm$" },
    { "×", "$\\times$" },
    { "−", "$-$" },
};

/* The row that `text` begins with, or NULL. */
static const char *escape_at(const char *text, size_t *length)
{
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        *length = strlen(escapes[i].from);
        if (strncmp(text, escapes[i].from, *length) == 0) return escapes[i].to;
    }
    return NULL;
}

/* The character that `text` begins with; one that would act, and TeX stops at, as words about it. */
static size_t add_shown(kd_str *out, const char *text)
{
    unsigned code;
    size_t   length = kd_utf8_first(text, strlen(text), &code);
    if (length > 0 && !kd_utf8_acts(code))
        kd_str_add_bytes(out, text, length);
    else if (length > 0)
        kd_str_addf(out, "\\textbackslash{}u%04x", code);
    else
        kd_str_addf(out, "\\textbackslash{}x%02x", (unsigned char)*text);
    return length > 0 ? length : 1;
}

static void escape(kd_str *out, const char *text)
{
    while (*text != '\0') {
        size_t      length;
        const char *to = escape_at(text, &length);
        if (to != NULL)
            kd_str_add(out, to);
        else
            length = add_shown(out, text);
        text += length;
    }
}

static void add_row(const kd_table *table, size_t row, kd_str *out)
{
    for (size_t c = 0; c < table->columns.count; c++) {
        const kd_entry *entry = kd_table_entry(table, row, c);
        kd_str_add(out, c == 0 ? "    " : " & ");
        if (entry->is_best) kd_str_add(out, "\\textbf{");
        kd_entry_print(&table->columns.items[c], entry, " $\\pm$ ", escape, out);
        if (entry->is_best) kd_str_add(out, "}");
    }
    kd_str_add(out, " \\\\\n");
}

static void add_header(const kd_table *table, kd_str *out)
{
    kd_str_add(out, "  \\begin{tabular}{");
    for (size_t c = 0; c < table->columns.count; c++)
        kd_str_add_char(out, kd_column_is_left(table, c) ? 'l' : 'r');
    kd_str_add(out, "}\n    \\toprule\n");
    for (size_t c = 0; c < table->columns.count; c++) {
        kd_str_add(out, c == 0 ? "    " : " & ");
        escape(out, table->columns.items[c].title);
    }
    kd_str_add(out, " \\\\\n    \\midrule\n");
}

static void write_latex(const kd_table *table, kd_str *out)
{
    kd_str_add(out, "\\begin{table}\n  \\centering\n");
    if (table->caption != NULL) {
        kd_str_add(out, "  \\caption{");
        escape(out, table->caption);
        kd_str_add(out, "}\n");
    }
    add_header(table, out);
    for (size_t row = 0; row < kd_table_row_count(table); row++) add_row(table, row, out);
    kd_str_add(out, "    \\bottomrule\n  \\end{tabular}\n");
    for (size_t i = 0; i < table->notes.count; i++) {
        kd_str_add(out, "  \\\\ {\\footnotesize ");
        escape(out, table->notes.items[i]);
        kd_str_add(out, "}\n");
    }
    kd_str_add(out, "\\end{table}\n");
}

const kd_writer kd_writer_latex = { "tex", ".tex", "", "\n", "", write_latex };
