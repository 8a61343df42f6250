/* bpe_chunk.c - the pattern, by classes of characters. */
#include "models/text/bpe_chunk.h"

#include <string.h>

#include "models/text/unicode.h"

typedef enum { LETTER, NUMBER, BLANK, OTHER } class;

static class class_of(int32_t c)
{
    if (c < 0x80) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return LETTER;
        if (c >= '0' && c <= '9') return NUMBER;
        return kd_unicode_is_space(c) ? BLANK : OTHER;
    }
    if (kd_unicode_is_letter(c)) return LETTER;
    if (kd_unicode_is_number(c)) return NUMBER;
    return kd_unicode_is_space(c) ? BLANK : OTHER;
}

/* Where the run of characters of one class that begins at `at` ends. */
static size_t end_of_run(const char *text, size_t length, size_t at, class kind, size_t *last)
{
    while (at < length) {
        size_t next = at;
        if (class_of(kd_utf8_next(text, length, &next)) != kind) break;
        *last = at;
        at = next;
    }
    return at;
}

/* Length of a contraction ('s, 'll) at the beginning of `text`, or 0. */
static size_t contraction(const char *text, size_t length)
{
    static const char *const endings[] = { "s", "t", "re", "ve", "m", "ll", "d" };
    if (text[0] != '\'') return 0;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && memcmp(text + 1, endings[i], ending) == 0) return ending + 1;
    }
    return 0;
}

/* Length of the next chunk. White space before a word leaves its last character to that word,
 * which takes it along when it is a blank. */
size_t kd_bpe_chunk(const char *text, size_t length)
{
    size_t size = contraction(text, length);
    if (size > 0) return size;

    size_t at = text[0] == ' ' && length > 1 ? 1 : 0, last = 0, next = at;
    class kind = class_of(kd_utf8_next(text, length, &next));
    if (kind != BLANK) return end_of_run(text, length, at, kind, &last);
    size = end_of_run(text, length, 0, BLANK, &last);
    return size < length && last > 0 ? last : size;
}
