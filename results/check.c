/* check.c - rows are found by their labels and compared by their numbers. */
#include "results/check.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"
#include "results/table_text.h"

/* A line of the file that may be a row of a table: its cells without markup. */
typedef struct {
    size_t       line;
    const char **cells;
    size_t       count;
} file_row;

typedef KD_VEC(file_row) file_rows;

/* ---- the file ---- */

static bool skip(const char **at, const char *end, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(end - *at) < length || strncmp(*at, word, length) != 0) return false;
    *at += length;
    return true;
}

/* A cell as its bare text: no bold, no braces, no blanks, one sign for plus-minus. */
static char *bare_text(kd_arena *arena, const char *from, const char *end)
{
    kd_str out = KD_STR_INIT;
    char  *kept;

    while (from < end) {
        if (skip(&from, end, "\\textbf") || skip(&from, end, "\\mathbf") ||
            skip(&from, end, "\\underline") || skip(&from, end, "\\bfseries"))
            continue;
        if (skip(&from, end, "\\pm"))
            kd_str_add(&out, "±");
        else if (skip(&from, end, "\\dagger"))
            kd_str_add(&out, "†");
        else if (skip(&from, end, "\\ddagger"))
            kd_str_add(&out, "‡");
        else if (strchr("*{}$^\\ \t\r", *from) != NULL)
            from++;
        else
            kd_str_add_char(&out, *from++);
    }
    kept = kd_arena_strdup(arena, out.text);
    kd_str_fini(&out);
    return kept;
}

/* Where the cell that begins at `from` ends: at a separator with no backslash before it. */
static const char *cell_end(const char *from, const char *end, char separator)
{
    while (from < end && *from != separator) from += *from == '\\' && from + 1 < end ? 2 : 1;
    return from;
}

/* Markdown rows begin and end with their separator; LaTeX rows end with two backslashes. */
static void trim_row(const char **from, const char **end, char separator)
{
    while (*from < *end && isspace((unsigned char)**from)) ++*from;
    while (*end > *from && isspace((unsigned char)(*end)[-1])) --*end;
    if (separator == '&') {
        const char *stop = memmem(*from, (size_t)(*end - *from), "\\\\", 2);
        if (stop != NULL) *end = stop;
    } else {
        if (*from < *end && **from == separator) ++*from;
        if (*end > *from && (*end)[-1] == separator) --*end;
    }
}

static void add_line(file_rows *rows, kd_arena *arena, const char *from, const char *end,
                     char separator, size_t line)
{
    KD_VEC(const char *) cells = KD_VEC_INIT;
    file_row row = { line, NULL, 0 };

    if (memchr(from, separator, (size_t)(end - from)) == NULL) return;
    trim_row(&from, &end, separator);
    for (;;) {
        const char *stop = cell_end(from, end, separator);
        kd_vec_push(&cells, bare_text(arena, from, stop));
        if (stop >= end) break;
        from = stop + 1;
    }
    row.count = cells.count;
    row.cells = kd_arena_alloc(arena, cells.count, sizeof *row.cells);
    memcpy(row.cells, cells.items, cells.count * sizeof *row.cells);
    kd_vec_fini(&cells);
    kd_vec_push(rows, row);
}

/* Add the text that stands between tags and for entities. */
static void add_plain(kd_str *out, const char *from, const char *end)
{
    static const struct {
        const char *from, *to;
    } entities[] = { { "&lt;", "<" },     { "&gt;", ">" },   { "&quot;", "\"" }, { "&#39;", "'" },
                     { "&plusmn;", "±" }, { "&nbsp;", " " }, { "&amp;", "&" } };
    while (from < end) {
        size_t i = 0, count = sizeof entities / sizeof *entities;
        while (i < count && !skip(&from, end, entities[i].from)) i++;
        if (i < count)
            kd_str_add(out, entities[i].to);
        else if (*from == '<')
            while (from < end && *from++ != '>') continue;
        else
            kd_str_add_char(out, *from++);
    }
}

/* Rows of HTML, wherever their lines end. */
static void read_html(file_rows *rows, kd_arena *arena, const char *text)
{
    const char *begin = text, *from, *end;
    kd_str      plain = KD_STR_INIT;

    while ((from = strstr(begin, "<tr")) != NULL && (end = strstr(from, "</tr")) != NULL) {
        KD_VEC(const char *) cells = KD_VEC_INIT;
        file_row row = { 1, NULL, 0 };
        for (const char *c = text; c < from; c++) row.line += *c == '\n';
        begin = end;
        for (const char *stop; (stop = memmem(from, (size_t)(end - from), "</t", 3)) != NULL;
             from = stop + 3) {
            if (from[0] == 'd' || from[0] == 'h') from += 2; /* what is left of the tag before */
            kd_str_reset(&plain);
            add_plain(&plain, from, stop);
            kd_vec_push(&cells, bare_text(arena, plain.text, plain.text + plain.length));
        }
        row.count = cells.count;
        row.cells = kd_arena_alloc(arena, cells.count + 1, sizeof *row.cells);
        if (cells.count > 0) memcpy(row.cells, cells.items, cells.count * sizeof *row.cells);
        kd_vec_fini(&cells);
        kd_vec_push(rows, row);
    }
    kd_str_fini(&plain);
}

static void read_rows(file_rows *rows, kd_arena *arena, const char *text, char separator)
{
    for (size_t line = 1; *text != '\0'; line++) {
        const char *end = strchrnul(text, '\n');
        add_line(rows, arena, text, end, separator, line);
        text = *end == '\n' ? end + 1 : end;
    }
}

/* ---- one cell ---- */

/* The next number in `text`, and half a unit of its last printed digit; NULL when there is none. */
static const char *next_number(const char *text, double *number, double *slack)
{
    char *end;

    while (*text != '\0' && !isdigit((unsigned char)*text)) text++;
    if (*text == '\0') return NULL;
    *number = strtod(text, &end);
    *slack = 0.5;
    for (const char *point = memchr(text, '.', (size_t)(end - text));
         point != NULL && point + 1 < end && isdigit((unsigned char)point[1]); point++)
        *slack /= 10;
    if (text[-1] == '-') *number = -*number;
    return end;
}

/* Whether the text shows the wanted numbers, one after another, and no other. `text` has a byte
 * before it. */
static bool shows_numbers(const char *text, const double *want, size_t count)
{
    double number, slack;

    for (size_t i = 0; i < count; i++) {
        text = next_number(text, &number, &slack);
        if (text == NULL || !(fabs(number - want[i]) <= slack * (1 + 1e-9))) return false;
    }
    return next_number(text, &number, &slack) == NULL;
}

/* The entry as our writers would show it, bare. */
static char *entry_text(kd_arena *arena, const kd_table *table, size_t row, size_t column)
{
    kd_str out = KD_STR_INIT;
    char  *kept;

    kd_entry_print(&table->columns.items[column], kd_table_entry(table, row, column), " ± ", NULL,
                   &out);
    kept = bare_text(arena, out.text, out.text + out.length);
    kd_str_fini(&out);
    return kept;
}

/* Whether a cell has the sign of its mark, and no other. */
static bool has_same_sign(const kd_entry *entry, const char *cell)
{
    static const char *const signs[] = { "†", "‡" };
    const char              *own = entry->mark != NULL ? entry->mark->sign : "";

    for (size_t i = 0; i < 2; i++)
        if ((strstr(cell, signs[i]) != NULL) != (strcmp(own, signs[i]) == 0)) return false;
    return true;
}

static bool agrees(kd_arena *arena, const kd_table *table, size_t row, size_t column,
                   const char *cell)
{
    const kd_entry *entry = kd_table_entry(table, row, column);
    double          scale = table->columns.items[column].scale;
    double          want[2] = { entry->value * scale, entry->sd * scale };
    bool            has_sd = entry->kind == KD_ENTRY_SPREAD && !isnan(entry->sd);

    const char *ours = entry_text(arena, table, row, column);
    if (strcmp(cell, ours) == 0) return true;
    if (strlen(cell) == strlen(ours)) return false; /* the same digits are the same text */
    if (!has_same_sign(entry, cell)) return false;
    if (entry->kind == KD_ENTRY_ABSENT || entry->text != NULL) return false;
    return shows_numbers(kd_arena_sprintf(arena, " %s", cell) + 1, want, has_sd ? 2 : 1);
}

/* ---- one row ---- */

static bool is_label(const kd_table *table, size_t column)
{
    return table->columns.items[column].kind == KD_COLUMN_LABEL;
}

static bool has_labels(kd_arena *arena, const kd_table *table, size_t row, const file_row *found)
{
    if (found->count != table->columns.count) return false;
    for (size_t c = 0; c < found->count; c++)
        if (is_label(table, c) && strcmp(found->cells[c], entry_text(arena, table, row, c)) != 0)
            return false;
    return true;
}

static size_t count_drift(kd_arena *arena, const kd_table *table, size_t row, const file_row *found)
{
    size_t count = 0;

    for (size_t c = 0; c < found->count; c++)
        count += !is_label(table, c) && !agrees(arena, table, row, c, found->cells[c]);
    return count;
}

static void add_drift(kd_arena *arena, const kd_table *table, size_t row, const file_row *found,
                      const char *path, kd_str *drift)
{
    for (size_t c = 0; c < found->count; c++) {
        if (is_label(table, c) || agrees(arena, table, row, c, found->cells[c])) continue;
        kd_str_addf(drift, "%s:%zu: ", path, found->line);
        kd_table_add_row_words(drift, table, row);
        kd_str_addf(drift, ": %s is %s here, ", table->columns.items[c].title, found->cells[c]);
        kd_entry_print(&table->columns.items[c], kd_table_entry(table, row, c), " ± ", NULL, drift);
        kd_str_add(drift, " in the store\n");
    }
}

/* A file may hold several tables with the same labels: the row that agrees best is meant. */
static size_t check_row(kd_arena *arena, const kd_table *table, size_t row, const file_rows *rows,
                        const char *path, kd_str *drift)
{
    const file_row *best = NULL;
    size_t          least = SIZE_MAX;

    for (size_t i = 0; i < rows->count && least > 0; i++) {
        size_t count;
        if (!has_labels(arena, table, row, &rows->items[i])) continue;
        count = count_drift(arena, table, row, &rows->items[i]);
        if (count >= least) continue;
        least = count;
        best = &rows->items[i];
    }
    if (best != NULL) {
        add_drift(arena, table, row, best, path, drift);
        return least;
    }
    kd_str_addf(drift, "%s: no row for ", path);
    kd_table_add_row_words(drift, table, row);
    kd_str_add_char(drift, '\n');
    return 1;
}

/* ---- the whole table ---- */

/* Where one n stands for all, it stands in the caption: behind the words that we would write there when
 * the file has them, else anywhere. `want` is the table as it would be written. */
static size_t check_count(kd_arena *arena, const kd_table *table, const char *want,
                          const char *path, const char *text, kd_str *drift)
{
    const char *count = kd_arena_sprintf(arena, "(n = %.0f)", table->folded_n);
    const char *at = strstr(want, count), *from = at;
    const char *words, *line;

    while (from > want && from[-1] != '\n') from--;
    words = kd_arena_sprintf(arena, "%.*s(n = ", (int)(at - from), from);
    line = kd_arena_sprintf(arena, "%.*s%s", (int)(at - from), from, count);
    if (strstr(text, strstr(text, words) != NULL ? line : count) != NULL) return 0;
    kd_str_addf(drift, "%s: nowhere %s, the runs behind each figure\n", path, count);
    return 1;
}

/* ---- captions, heads and notes ---- */

/* A line of words with its digits as they are, or all as '#'; without blanks and the strokes of a rule, which editors
 * set as they like. In the arena. */
static char *squeeze(kd_arena *arena, const char *line, size_t length, bool is_masked)
{
    char  *out = kd_arena_alloc(arena, length + 1, 1);
    size_t at = 0;

    for (size_t i = 0; i < length; i++) {
        bool is_digit = isdigit((unsigned char)line[i]);
        if (isspace((unsigned char)line[i])) continue;
        out[at++] = is_masked && is_digit ? '#' : line[i];
    }
    out[at] = '\0';
    return out;
}

static bool has_digit(const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (isdigit((unsigned char)line[i])) return true;
    return false;
}

/* Whether a line that a writer wrote is of words and none of layout: rows of figures are looked at one by one. */
static bool is_of_words(const kd_writer *form, const char *line, size_t length, bool *in_body)
{
    static const char *const layout[] = { "\\begin{tabular}", "\\cmidrule", "\\setlength" };
    bool                     was_in_body = *in_body;

    if (memmem(line, length, "\\midrule", 8) || memmem(line, length, "<tbody>", 7) ||
        (form == &kd_writer_markdown && length > 3 && line[0] == '|' &&
         strspn(line, "|:- ") >= length))
        *in_body = true;
    else if (memmem(line, length, "\\bottomrule", 12) || memmem(line, length, "</tbody>", 8) ||
             (form == &kd_writer_markdown && line[0] != '|'))
        *in_body = false;
    for (size_t i = 0; i < sizeof layout / sizeof *layout; i++)
        if (memmem(line, length, layout[i], strlen(layout[i]))) return false;
    return !was_in_body && !*in_body && has_digit(line, length);
}

/* Lines of a file, squeezed. */
typedef KD_VEC(char *) squeezed;

static bool has_line(const squeezed *lines, const char *line)
{
    for (size_t i = 0; i < lines->count; i++)
        if (strcmp(lines->items[i], line) == 0) return true;
    return false;
}

/* A line of words that the file has with other digits has drifted; one that it does not have was put otherwise by an
 * author, who may. */
static size_t check_words(kd_arena *arena, const kd_writer *form, const char *want,
                          const char *path, const char *text, kd_str *drift)
{
    squeezed exact = KD_VEC_INIT, masked = KD_VEC_INIT;
    size_t   count = 0;
    bool     in_body = false;

    for (const char *line = text; *line != '\0';
         line += strcspn(line, "\n"), line += *line != '\0') {
        kd_vec_push(&exact, squeeze(arena, line, strcspn(line, "\n"), false));
        kd_vec_push(&masked, squeeze(arena, line, strcspn(line, "\n"), true));
    }
    for (const char *line = want; *line != '\0';
         line += strcspn(line, "\n"), line += *line != '\0') {
        size_t length = strcspn(line, "\n");
        if (!is_of_words(form, line, length, &in_body)) continue;
        if (has_line(&exact, squeeze(arena, line, length, false))) continue;
        if (!has_line(&masked, squeeze(arena, line, length, true))) continue;
        kd_str_addf(drift, "%s: other digits than in the store's line: %.*s\n", path, (int)length,
                    line);
        count++;
    }
    kd_vec_fini(&exact);
    kd_vec_fini(&masked);
    return count;
}

/* For CSV and JSON, which no one rewrites by hand: each line that the file does not have. */
static size_t check_lines(const char *want, const char *path, const char *text, kd_str *drift)
{
    size_t count = 0;

    while (*want != '\0') {
        size_t length = strcspn(want, "\n");
        char  *line = kd_strndup(want, length);
        if (strstr(text, line) == NULL) {
            kd_str_addf(drift, "%s: no line %s\n", path, line);
            count++;
        }
        free(line);
        want += length + (want[length] == '\n');
    }
    return count;
}

size_t kd_table_check(const kd_table *table, const kd_writer *form, const char *path,
                      const char *text, kd_str *drift)
{
    kd_arena *arena = kd_arena_create(0);
    file_rows rows = KD_VEC_INIT;
    kd_str    want = KD_STR_INIT;
    size_t    count = 0;

    form->write(table, &want);
    if (strstr(text, want.text) != NULL) goto done;
    if (form != &kd_writer_markdown && form != &kd_writer_latex && form != &kd_writer_html) {
        count = check_lines(want.text, path, text, drift);
        goto done;
    }
    if (form == &kd_writer_html)
        read_html(&rows, arena, text);
    else
        read_rows(&rows, arena, text, form == &kd_writer_latex ? '&' : '|');
    count += check_words(arena, form, want.text, path, text, drift);
    if (count == 0 && table->folded_n > 0)
        count += check_count(arena, table, want.text, path, text, drift);
    for (size_t row = 0; row < kd_table_row_count(table); row++)
        count += check_row(arena, table, row, &rows, path, drift);
done:
    kd_vec_fini(&rows);
    kd_str_fini(&want);
    kd_arena_destroy(arena);
    return count;
}
