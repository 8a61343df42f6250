/* corpus_lines.c - lines and columns of a mapped file: what every reader sees of it.
 *
 * UTF-8 is checked here, once, byte order marks and carriage returns are taken off and counted, so that a
 * reader sees only lines that are text. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "models/text/corpus_internal.h"
#include "models/text/unicode.h"

static bool begins_with(const kd_lines *lines, const char *bytes, size_t length)
{
    return (size_t)(lines->end - lines->at) >= length && memcmp(lines->at, bytes, length) == 0;
}

void kd_corpus_note(kd_corpus *corpus, kd_note note, int32_t line)
{
    kd_note_place *place = &corpus->notes[note];

    if (place->count < KD_NOTE_PLACES) place->lines[place->count] = line;
    place->count++;
}

kd_status kd_lines_open(kd_lines *out, kd_corpus *corpus, kd_error *err)
{
    *out = (kd_lines){ .corpus = corpus,
                       .at = corpus->map.bytes,
                       .end = corpus->map.bytes + corpus->map.length,
                       .number = 1 };
    if (begins_with(out, "\xff\xfe", 2) || begins_with(out, "\xfe\xff", 2))
        return kd_lines_fail(out, err, "UTF-16 text, expected UTF-8");
    for (; begins_with(out, "\xef\xbb\xbf", 3); out->at += 3)
        kd_corpus_note(corpus, KD_NOTE_BOM, 1);
    out->number = 0;
    return KD_OK;
}

kd_status kd_lines_fail(const kd_lines *lines, kd_error *err, const char *fmt, ...)
{
    char    text[400];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return kd_fail(err, KD_EDATA, "%s:%d: %s", lines->corpus->name, lines->number, text);
}

static kd_status check_line(const kd_lines *lines, kd_error *err)
{
    kd_slice line = lines->line;
    size_t   bad_at;

    if (line.length >= KD_LINE_LIMIT)
        return kd_lines_fail(lines, err, "a line of %zu bytes, the limit is %d", line.length,
                             KD_LINE_LIMIT - 1);
    if (memchr(line.text, 0, line.length) != NULL)
        return kd_lines_fail(lines, err, "a NUL byte (is this UTF-16 or binary?)");
    if (!kd_utf8_check(line.text, line.length, &bad_at))
        return kd_lines_fail(lines, err, "byte %zu is 0x%02x, which is not UTF-8", bad_at + 1,
                             (unsigned char)line.text[bad_at]);
    return KD_OK;
}

kd_status kd_lines_next(kd_lines *lines, bool *more, kd_error *err)
{
    const char *newline;

    *more = lines->at < lines->end;
    if (!*more) return KD_OK;
    newline = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
    if (newline == NULL) newline = lines->end;
    lines->number++;
    lines->line = (kd_slice){ lines->at, (size_t)(newline - lines->at) };
    lines->at = newline < lines->end ? newline + 1 : newline;
    if (lines->line.length > 0 && newline[-1] == '\r') {
        kd_corpus_note(lines->corpus, KD_NOTE_CRLF, lines->number);
        while (lines->line.length > 0 && lines->line.text[lines->line.length - 1] == '\r')
            lines->line.length--;
    }
    return check_line(lines, err);
}

int kd_lines_columns(const kd_lines *lines, kd_slice columns[KD_COLUMNS_MOST])
{
    const char *at = lines->line.text, *end = at + lines->line.length;
    int         count = 0;

    for (;;) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));

        if (tab == NULL || count + 1 == KD_COLUMNS_MOST) tab = end;
        columns[count++] = (kd_slice){ at, (size_t)(tab - at) };
        if (tab == end) return count;
        at = tab + 1;
    }
}

int kd_lines_find_column(const kd_lines *lines, const char *names)
{
    kd_slice columns[KD_COLUMNS_MOST];
    int      count = kd_lines_columns(lines, columns);

    for (int i = 0; i < count; i++) {
        char name[16];

        if (columns[i].length >= sizeof name) continue;
        memcpy(name, columns[i].text, columns[i].length);
        name[columns[i].length] = 0;
        if (*name && kd_list_has(names, name)) return i;
    }
    return -1;
}

kd_status kd_lines_read_table(kd_lines *lines,
                              kd_status (*first)(void *user, bool *is_header, kd_error *err),
                              kd_status (*row)(void *user, kd_error *err), void *user,
                              kd_error *err)
{
    kd_status status;
    bool      more, is_header;

    if ((status = kd_lines_next(lines, &more, err)) != KD_OK || !more) return status;
    if ((status = first(user, &is_header, err)) != KD_OK) return status;
    lines->corpus->has_header = is_header;
    if (!is_header && (status = row(user, err)) != KD_OK) return status;
    while ((status = kd_lines_next(lines, &more, err)) == KD_OK && more)
        if (lines->line.length > 0 && (status = row(user, err)) != KD_OK) break;
    return status;
}

bool kd_lines_name_pairs(const kd_lines *lines)
{
    return kd_lines_find_column(lines, KD_PAIR_FIRST) >= 0 &&
           kd_lines_find_column(lines, KD_PAIR_SECOND) >= 0 &&
           kd_lines_find_column(lines, KD_PAIR_LABEL) >= 0;
}

bool kd_slice_is(kd_slice slice, const char *text)
{
    return slice.length == strlen(text) && memcmp(slice.text, text, slice.length) == 0;
}

bool kd_slice_is_blank(kd_slice slice)
{
    for (size_t i = 0; i < slice.length; i++)
        if (slice.text[i] != ' ') return false;
    return true;
}
