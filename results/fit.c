/* fit.c - widths, then what goes, then lines. */
#include "results/fit.h"

#include <stdlib.h>
#include <string.h>

#include "results/writer.h"

/* Of the columns that are kept: "| " before each, " " behind it, and a last bar. */
static size_t total_width(const size_t *width, const bool *keep, size_t count)
{
    size_t total = 1;

    for (size_t c = 0; c < count; c++)
        if (keep[c]) total += width[c] + 3;
    return total;
}

/* Leave out those of the largest spare number, which go together; false when none is left that may. */
static bool leave_out(const kd_table *table, bool *keep)
{
    int largest = 0;

    for (size_t c = 0; c < table->columns.count; c++)
        if (keep[c] && table->columns.items[c].spare > largest)
            largest = table->columns.items[c].spare;
    for (size_t c = 0; largest > 0 && c < table->columns.count; c++)
        keep[c] &= table->columns.items[c].spare != largest;
    return largest > 0;
}

size_t kd_table_fit(kd_table *table, size_t width, kd_str *left_out)
{
    size_t  count = table->columns.count, gone = 0;
    size_t *widths = kd_alloc(count + 1, sizeof *widths);
    bool   *keep = kd_alloc(count + 1, sizeof *keep);

    for (size_t c = 0; c < count; c++) {
        widths[c] = kd_markdown_width(table, c);
        keep[c] = true;
    }
    while (total_width(widths, keep, count) > width && leave_out(table, keep)) continue;
    for (size_t c = 0; c < count; c++)
        if (!keep[c])
            kd_str_addf(left_out, "%s%s", gone++ > 0 ? ", " : "", table->columns.items[c].title);
    if (gone > 0) kd_table_keep_columns(table, keep);
    free(widths);
    free(keep);
    return gone;
}

/* ---- lines of words ---- */

/* The bytes of `line` that fit: up to the last blank within `width` characters, or to the first behind it. */
static size_t fitting_bytes(const char *line, size_t length, size_t width)
{
    size_t last = 0;

    for (size_t i = 0, at = 0; i < length; i++) {
        if (((unsigned char)line[i] & 0xC0) != 0x80) at++;
        if (line[i] != ' ') continue;
        if (at - 1 > width && last > 0) return last;
        last = i;
        if (at - 1 > width) return last;
    }
    return last > 0 ? last : length;
}

static size_t width_of(const char *line, size_t length)
{
    size_t width = 0;

    for (size_t i = 0; i < length; i++) width += ((unsigned char)line[i] & 0xC0) != 0x80;
    return width;
}

void kd_fit_words(kd_str *out, const char *line, size_t length, size_t width)
{
    const char *indent = length > 1 && line[0] == '-' && line[1] == ' ' ? "  " : "";
    size_t      room = width;
    const char *mark = "";

    while (width_of(line, length) > room) {
        size_t fit = *mark == '\0' && *indent != '\0'
                         ? 2 + fitting_bytes(line + 2, length - 2, room - 2)
                         : fitting_bytes(line, length, room);
        if (fit >= length) break;
        kd_str_add(out, mark);
        kd_str_add_bytes(out, line, fit);
        kd_str_add_char(out, '\n');
        line += fit + 1;
        length -= fit + 1;
        mark = indent;
        room = width - strlen(indent);
    }
    kd_str_add(out, mark);
    kd_str_add_bytes(out, line, length);
    kd_str_add_char(out, '\n');
}

void kd_table_write_fitting(const kd_table *table, size_t width, kd_str *out)
{
    kd_str text = KD_STR_INIT;

    kd_writer_markdown.write(table, &text);
    for (const char *line = text.text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (line[0] == '|') {
            kd_str_add_bytes(out, line, length);
            kd_str_add_char(out, '\n');
        } else {
            kd_fit_words(out, line, length, width);
        }
        line += length + (line[length] == '\n');
    }
    kd_str_fini(&text);
}
