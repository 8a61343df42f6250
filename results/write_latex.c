/* write_latex.c - a booktabs table, ready to be \input by a paper.
 *
 * It needs booktabs, and siunitx where its numbers are aligned. Columns of a group stand below one
 * head, and the type is as large as lets the table fit the page.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/chart/tex_words.h"
#include "results/table_text.h"
#include "results/writer.h"

/* ---- entries ---- */

static bool is_aligned(const kd_table *table, size_t column)
{
    kd_column_kind kind = table->columns.items[column].kind;
    return table->is_aligned && (kind == KD_COLUMN_NUMBER || kind == KD_COLUMN_SPREAD);
}

static bool has_sign(const kd_entry *entry)
{
    return entry->mark != NULL && entry->mark->sign[0] != '\0';
}

/* siunitx reads a number with its spread; a cell that is none stands in braces, and so does one that is underlined, and a
 * sign behind a number. */
static void add_aligned(const kd_column *column, const kd_entry *entry, kd_str *out)
{
    bool     is_number = entry->text == NULL && entry->kind != KD_ENTRY_ABSENT;
    kd_entry bare = *entry;

    if (entry->is_best) kd_str_add(out, "\\bfseries ");
    if (is_number && !entry->is_second) {
        bare.mark = NULL;
        kd_entry_print(column, &bare, " \\pm ", kd_tex_add, out);
        if (!has_sign(entry)) return;
        kd_str_add(out, " {");
        kd_tex_add(out, entry->mark->sign);
        kd_str_add(out, "}");
        return;
    }
    kd_str_add(out, entry->is_second ? "{\\underline{" : "{");
    kd_entry_print(column, entry, " $\\pm$ ", kd_tex_add, out);
    kd_str_add(out, entry->is_second ? "}}" : "}");
}

static void add_entry(const kd_column *column, const kd_entry *entry, kd_str *out)
{
    const char *mark = entry->is_best ? "\\textbf{" : entry->is_second ? "\\underline{" : "";

    kd_str_add(out, mark);
    kd_entry_print(column, entry, " $\\pm$ ", kd_tex_add, out);
    if (*mark != '\0') kd_str_add(out, "}");
}

/* ---- the width of a page ---- */

/* Sizes of type, as shares of 10 points, with what stands on either side of a column. An article of
 * 10 points is 345 points wide; there a bold digit takes 5.75 of them, a letter about 4.6. */
static const double page = 345, digit = 5.2, letter = 4.6;
static const struct {
    const char *commands;
    double      share, gap;
} sizes[] = {
    { "", 1, 6 },
    { "  \\small\\setlength{\\tabcolsep}{4pt}\n", 0.92, 4 },
    { "  \\footnotesize\\setlength{\\tabcolsep}{3pt}\n", 0.85, 3 },
    { "  \\scriptsize\\setlength{\\tabcolsep}{2pt}\n", 0.75, 2 },
    { "  \\tiny\\setlength{\\tabcolsep}{3pt}\n", 0.6, 3 },
};

/* In points, at 10 points. */
static double column_width(const kd_table *table, const kd_table_head *heads, size_t c)
{
    kd_str text = KD_STR_INIT;
    double widest = letter * (double)kd_utf8_width(heads[c].bottom);

    for (size_t row = 0; row < kd_table_row_count(table); row++) {
        const kd_entry *entry = kd_table_entry(table, row, c);
        kd_str_reset(&text);
        kd_entry_print(&table->columns.items[c], entry, " ± ", NULL, &text);
        widest =
            fmax(widest, (entry->text != NULL ? letter : digit) * (double)kd_utf8_width(text.text));
    }
    kd_str_fini(&text);
    return widest;
}

/* The largest type in which the table is no wider than the page. */
static const char *fitting_size(const kd_table *table, const kd_table_head *heads)
{
    double width = 0;
    size_t i = 0, last = sizeof sizes / sizeof *sizes - 1;

    for (size_t c = 0; c < table->columns.count; c++) width += column_width(table, heads, c);
    while (i < last &&
           width * sizes[i].share + 2 * sizes[i].gap * (double)table->columns.count > page)
        i++;
    return sizes[i].commands;
}

/* ---- rows ---- */

static void add_row(const kd_table *table, size_t row, kd_str *out)
{
    for (size_t c = 0; c < table->columns.count; c++) {
        const kd_column *column = &table->columns.items[c];
        kd_str_add(out, c == 0 ? "    " : " & ");
        if (is_aligned(table, c))
            add_aligned(column, kd_table_entry(table, row, c), out);
        else
            add_entry(column, kd_table_entry(table, row, c), out);
    }
    kd_str_add(out, " \\\\\n");
}

/* How many digits are before the point, and how many after it. */
static void count_digits(const char *number, size_t *whole, size_t *part)
{
    *whole = strspn(number, "-0123456789");
    *part = number[*whole] == '.' ? strspn(number + *whole + 1, "0123456789") : 0;
}

/* "S[table-format=2.2(3)]": room for the longest whole part, the decimals, the digits of the spread. */
static void add_aligned_column(const kd_table *table, size_t c, kd_str *out)
{
    const kd_column *column = &table->columns.items[c];
    size_t           whole = 1, part = 0, spread = 0;
    bool             has_signs = false;
    kd_str           text = KD_STR_INIT;

    for (size_t row = 0; row < kd_table_row_count(table); row++) {
        const kd_entry *entry = kd_table_entry(table, row, c);
        const char     *behind;
        size_t          before, after;
        if (entry->kind == KD_ENTRY_ABSENT || entry->text != NULL) continue;
        kd_str_reset(&text);
        kd_entry_print(column, entry, " ", NULL, &text);
        count_digits(text.text, &before, &after);
        if (before > whole) whole = before;
        if (after > part) part = after;
        if ((behind = strchr(text.text, ' ')) == NULL) continue;
        count_digits(behind + 1, &before, &after);
        if (before + after > spread) spread = before + after;
    }
    for (size_t row = 0; row < kd_table_row_count(table); row++)
        has_signs |= has_sign(kd_table_entry(table, row, c));
    kd_str_addf(out, "S[table-format=%zu.%zu", whole, part);
    if (spread > 0) kd_str_addf(out, "(%zu)", spread);
    if (has_signs) kd_str_add(out, ",table-space-text-post={$^\\ddagger$}");
    kd_str_add(out, "]");
    kd_str_fini(&text);
}

/* The heads over groups, and the lines below them. */
static void add_tops(const kd_table *table, const kd_table_head *heads, kd_str *out)
{
    for (size_t c = 0; c < table->columns.count; c += heads[c].span) {
        kd_str_add(out, c == 0 ? "    " : " & ");
        if (heads[c].top == NULL) continue;
        kd_str_addf(out, "\\multicolumn{%zu}{c}{", heads[c].span);
        kd_tex_add(out, heads[c].top);
        kd_str_add(out, "}");
    }
    kd_str_add(out, " \\\\\n   ");
    for (size_t c = 0; c < table->columns.count; c += heads[c].span)
        if (heads[c].top != NULL)
            kd_str_addf(out, " \\cmidrule(lr){%zu-%zu}", c + 1, c + heads[c].span);
    kd_str_add(out, "\n");
}

static void add_header(const kd_table *table, const kd_table_head *heads, bool has_tops,
                       kd_str *out)
{
    kd_str_add(out, "  \\begin{tabular}{");
    for (size_t c = 0; c < table->columns.count; c++)
        if (is_aligned(table, c))
            add_aligned_column(table, c, out);
        else
            kd_str_add_char(out, kd_column_is_left(table, c) ? 'l' : 'r');
    kd_str_add(out, "}\n    \\toprule\n");
    if (has_tops) add_tops(table, heads, out);
    for (size_t c = 0; c < table->columns.count; c++) {
        bool is_braced = is_aligned(table, c);
        kd_str_add(out, c == 0 ? "    " : " & ");
        if (is_braced) kd_str_add(out, "{");
        kd_tex_add(out, heads[c].bottom);
        if (is_braced) kd_str_add(out, "}");
    }
    kd_str_add(out, " \\\\\n    \\midrule\n");
}

static void add_text(const char *command, const char *text, kd_str *out)
{
    if (text == NULL) return;
    kd_str_addf(out, "  \\%s{", command);
    kd_tex_add(out, text);
    kd_str_add(out, "}\n");
}

static void write_latex(const kd_table *table, kd_str *out)
{
    kd_table_head *heads = kd_alloc(table->columns.count + 1, sizeof *heads);
    bool           has_tops = kd_table_heads(table, heads);

    kd_str_add(out, "\\begin{table}\n  \\centering\n");
    if (table->is_aligned) kd_str_add(out, "  \\sisetup{detect-weight,separate-uncertainty}\n");
    add_text("caption", table->caption, out);
    if (table->label != NULL) kd_str_addf(out, "  \\label{%s}\n", table->label);
    kd_str_add(out, fitting_size(table, heads));
    add_header(table, heads, has_tops, out);
    for (size_t row = 0; row < kd_table_row_count(table); row++) add_row(table, row, out);
    kd_str_add(out, "    \\bottomrule\n  \\end{tabular}\n");
    for (size_t i = 0; i < table->notes.count; i++) {
        kd_str_add(out, "  \\par{\\footnotesize\\raggedright ");
        kd_tex_add(out, table->notes.items[i]);
        kd_str_add(out, "\\par}\n");
    }
    kd_str_add(out, "\\end{table}\n");
    free(heads);
}

const kd_writer kd_writer_latex = { "tex", ".tex", "", "\n", "", true, "% ", write_latex };
