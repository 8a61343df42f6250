/* brat.c - lines of standoff, read with the text beside them. */
#include "models/text/brat.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/text/unicode.h"

#define PLACE_MOST 4000000000u

/* Where each character of a text begins, and its end behind the last one. */
typedef KD_VEC(uint32_t) places;

static void find_places(places *out, const char *text, size_t length)
{
    KD_CHECK(length < PLACE_MOST, "brat: a text of %zu bytes", length);
    kd_vec_reserve(out, length + 1);
    for (size_t at = 0; at < length;) {
        kd_vec_push(out, (uint32_t)at);
        kd_utf8_next(text, length, &at);
    }
    kd_vec_push(out, (uint32_t)length);
}

typedef struct {
    const char *text;
    size_t      length;
} slice;

typedef struct {
    slice    parts; /* "15 19;20 28" */
    slice    words; /* as the file repeats them */
    uint32_t last_end;
} entry;

/* The column up to the next tab, which is taken off the line. */
static slice next_column(slice *line)
{
    const char *tab = memchr(line->text, '\t', line->length);
    slice       column = { line->text, tab ? (size_t)(tab - line->text) : line->length };
    size_t      used = column.length + (tab != NULL);
    *line = (slice){ line->text + used, line->length - used };
    return column;
}

static bool read_number(slice *from, uint32_t *out)
{
    uint64_t number = 0;
    size_t   i = 0;
    for (; i < from->length && from->text[i] >= '0' && from->text[i] <= '9'; i++) {
        number = 10 * number + (uint64_t)(from->text[i] - '0');
        if (number > PLACE_MOST) return false;
    }
    *from = (slice){ from->text + i, from->length - i };
    *out = (uint32_t)number;
    return i > 0;
}

static bool skip(slice *from, char c)
{
    if (from->length == 0 || from->text[0] != c) return false;
    *from = (slice){ from->text + 1, from->length - 1 };
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Take what the part holds off the words that the file repeats. */
static bool repeats(slice *words, const char *text, size_t length)
{
    if (length > words->length) return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] != words->text[i] && !(is_blank(text[i]) && is_blank(words->text[i])))
            return false;
    *words = (slice){ words->text + length, words->length - length };
    return true;
}

/* One part: its places lie in the text and behind the part before, and its words are there. */
static kd_status read_part(entry *e, kd_mention *mention, const places *at, const char *text,
                           kd_error *err)
{
    uint32_t begin, end, most = (uint32_t)at->count - 1;
    if (!read_number(&e->parts, &begin) || !skip(&e->parts, ' ') || !read_number(&e->parts, &end))
        return kd_fail(err, KD_EDATA, "expected a type and two places");
    if (begin >= end || end > most || begin < e->last_end)
        return kd_fail(err, KD_EDATA, "places %u to %u in a text of %u characters", begin, end,
                       most);
    if (e->last_end > 0) skip(&e->words, ' ');
    if (!repeats(&e->words, text + at->items[begin], at->items[end] - at->items[begin]))
        return kd_fail(err, KD_EDATA, "the text has other words from %u to %u", begin, end);
    if (e->last_end == 0) mention->begin = begin;
    mention->end = e->last_end = end;
    return KD_OK;
}

static kd_status read_mention(kd_mention *out, slice line, const places *at, const char *text,
                              kd_error *err)
{
    next_column(&line); /* T1 */
    entry       e = { .parts = next_column(&line), .words = line };
    const char *blank = memchr(e.parts.text, ' ', e.parts.length);
    size_t      type = blank ? (size_t)(blank - e.parts.text) : 0;
    if (type == 0) return kd_fail(err, KD_EDATA, "expected a type and two places");
    slice name = { e.parts.text, type };
    e.parts = (slice){ e.parts.text + type + 1, e.parts.length - type - 1 };

    kd_status status = read_part(&e, out, at, text, err);
    while (status == KD_OK && skip(&e.parts, ';')) {
        out->has_parts = true;
        status = read_part(&e, out, at, text, err);
    }
    if (status != KD_OK) return status;
    if (e.parts.length > 0 || e.words.length > 0)
        return kd_fail(err, KD_EDATA, "more than its places and words");
    out->type = kd_strndup(name.text, name.length);
    return KD_OK;
}

static kd_status read_lines(kd_mentions *out, int64_t *others, const kd_fs_view *file,
                            const places *at, const char *text, const char *path, kd_error *err)
{
    const char *here = file->bytes, *end = here + file->length;
    for (int32_t number = 1; here < end; number++) {
        const char *newline = memchr(here, '\n', (size_t)(end - here));
        slice       line = { here, (size_t)((newline ? newline : end) - here) };
        here = newline ? newline + 1 : end;
        if (line.length > 0 && line.text[line.length - 1] == '\r') line.length--;
        if (line.length == 0) continue;
        if (line.text[0] != 'T') {
            ++*others;
            continue;
        }
        kd_mention mention = { .line = number };
        kd_status  status = read_mention(&mention, line, at, text, err);
        if (status != KD_OK) return kd_while(err, status, "%s:%d", path, number);
        kd_vec_push(out, mention);
    }
    return KD_OK;
}

kd_status kd_brat_read(kd_mentions *out, int64_t *others, const char *path, const char *text,
                       size_t length, kd_error *err)
{
    kd_fs_view file;
    places     at = KD_VEC_INIT;
    size_t     bad_at;
    kd_status  status = kd_fs_map(&file, path, err);
    if (status != KD_OK) return status;
    find_places(&at, text, length);
    if (memchr(file.bytes, 0, file.length))
        status = kd_fail(err, KD_EDATA, "%s: a NUL byte", path);
    else if (!kd_utf8_check(file.bytes, file.length, &bad_at))
        status = kd_fail(err, KD_EDATA, "%s: byte %zu is not UTF-8", path, bad_at + 1);
    else
        status = read_lines(out, others, &file, &at, text, path, err);
    kd_vec_fini(&at);
    kd_fs_unmap(&file);
    return status;
}

void kd_mentions_fini(kd_mentions *mentions)
{
    for (size_t i = 0; i < mentions->count; i++) free(mentions->items[i].type);
    kd_vec_fini(mentions);
}
