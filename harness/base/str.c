/* str.c - growing text, numbers from text, near words. */
#include "harness/base/str.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"

char kd_str_empty[1];

void kd_str_init(kd_str *str)
{
    *str = (kd_str)KD_STR_INIT;
}

void kd_str_fini(kd_str *str)
{
    if (str->capacity) free(str->text);
    kd_str_init(str);
}

void kd_str_reset(kd_str *str)
{
    kd_str_cut(str, 0);
}

void kd_str_cut(kd_str *str, size_t length)
{
    KD_CHECK(length <= str->length, "str: cannot cut %zu bytes to %zu", str->length, length);
    str->length = length;
    if (str->capacity) str->text[length] = 0;
}

void kd_str_reserve(kd_str *str, size_t extra)
{
    size_t need = str->length + extra + 1;
    if (need <= str->capacity) return;
    size_t capacity = str->capacity ? 2 * str->capacity : 64;
    if (capacity < need) capacity = need;
    str->text = kd_realloc(str->capacity ? str->text : NULL, capacity, 1);
    str->capacity = capacity;
    str->text[str->length] = 0;
}

void kd_str_add_bytes(kd_str *str, const void *bytes, size_t length)
{
    if (!length) return;
    kd_str_reserve(str, length);
    memcpy(str->text + str->length, bytes, length);
    str->length += length;
    str->text[str->length] = 0;
}

void kd_str_add(kd_str *str, const char *text)
{
    kd_str_add_bytes(str, text, strlen(text));
}

void kd_str_add_char(kd_str *str, char c)
{
    kd_str_add_bytes(str, &c, 1);
}

void kd_str_addv(kd_str *str, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, fmt, args);
    KD_CHECK(length >= 0, "str: a format that cannot be printed");
    kd_str_reserve(str, (size_t)length);
    vsnprintf(str->text + str->length, (size_t)length + 1, fmt, again);
    str->length += (size_t)length;
    va_end(again);
}

void kd_str_addf(kd_str *str, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    kd_str_addv(str, fmt, args);
    va_end(args);
}

/* No UTF-8 are a lone byte, a form that is too long, half of a pair of UTF-16. */
size_t kd_utf8_first(const char *from, size_t length, unsigned *out)
{
    const unsigned char  *text = (const unsigned char *)from;
    static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t count = *text < 0x80 ? 1 : *text < 0xC2 ? 0 : *text < 0xE0 ? 2 : *text < 0xF0 ? 3 : 4;
    if (count == 0 || count > length || *text > 0xF4) return 0;
    *out = count == 1 ? *text : *text & (0xFFu >> (count + 1));
    for (size_t i = 1; i < count; i++) {
        if ((text[i] & 0xC0) != 0x80) return 0;
        *out = *out << 6 | (text[i] & 0x3F);
    }
    bool is_good = *out >= least[count] && *out <= 0x10FFFF && (*out < 0xD800 || *out > 0xDFFF);
    return is_good ? count : 0;
}

/* Controls: C0, C1, directions of writing, line and paragraph ends, what has no width. */
bool kd_utf8_acts(unsigned code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x2069) ||
           code == 0x61C || code == 0xFEFF;
}

size_t kd_utf8_width(const char *text)
{
    size_t width = 0;
    for (; *text; text++) width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

void kd_str_add_filled(kd_str *str, const char *name, int at, int from, const char *text)
{
    int column = from;
    kd_str_addf(str, "%-*s", from - at, name);
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (column > from && column + 1 + length > KD_PAGE_WIDTH) {
            kd_str_addf(str, "\n%*s", from, "");
            column = from;
        } else if (column > from) {
            kd_str_add_char(str, ' ');
            column++;
        }
        kd_str_add_bytes(str, text, (size_t)length);
        column += length;
        text += length;
        text += strspn(text, " ");
    }
    kd_str_add_char(str, '\n');
}

void kd_str_add_visible(kd_str *str, const char *text, size_t length)
{
    for (size_t used; length > 0; text += used, length -= used) {
        unsigned code = 0;
        used = kd_utf8_first(text, length, &code);
        if (used > 0 && !kd_utf8_acts(code))
            kd_str_add_bytes(str, text, used);
        else if (used > 1)
            kd_str_addf(str, "\\u%04x", code);
        else if (*text == '\n' || *text == '\t')
            kd_str_add(str, *text == '\n' ? "\\n" : "\\t");
        else
            kd_str_addf(str, "\\x%02x", (unsigned char)*text);
        if (used == 0) used = 1;
    }
}

void kd_str_add_plain(kd_str *out, const char *text, size_t length)
{
    for (size_t at = 0, end; at < length; at = end + 1) {
        for (end = at; end < length && (unsigned char)text[end] >= ' '; end++) {
        }
        kd_str_add_bytes(out, text + at, end - at);
        if (end < length) kd_str_add_char(out, ' ');
    }
}

static bool is_safe(const char *text)
{
    if (*text == '\0') return false;
    for (; *text != '\0'; text++)
        if (!isalnum((unsigned char)*text) && strchr("_-+=./:,@%", *text) == NULL) return false;
    return true;
}

void kd_str_add_shell(kd_str *out, const char *text)
{
    if (is_safe(text)) {
        kd_str_add(out, text);
        return;
    }
    kd_str_add_char(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            kd_str_add(out, "'\\''");
        else
            kd_str_add_char(out, *text);
    }
    kd_str_add_char(out, '\'');
}

char *kd_str_take(kd_str *str)
{
    char *text = str->capacity ? str->text : kd_strdup("");
    kd_str_init(str);
    return text;
}

bool kd_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool kd_ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text), tail = strlen(suffix);
    return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

static bool begins_a_number(const char *text)
{
    return *text == '-' || *text == '+' || *text == '.' || (*text >= '0' && *text <= '9');
}

bool kd_parse_int(const char *text, long long *out)
{
    if (!begins_a_number(text)) return false; /* strtoll would skip blanks */
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end) return false;
    *out = value;
    return true;
}

bool kd_parse_real(const char *text, double *out)
{
    if (!begins_a_number(text)) return false;
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value)) return false;
    *out = value;
    return true;
}

bool kd_parse_bool(const char *text, bool *out)
{
    *out = strcmp(text, "true") == 0;
    return *out || strcmp(text, "false") == 0;
}

/* Levenshtein's distance by one row of its table. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[64], columns = strlen(b);
    if (columns >= 64 || strlen(a) >= 64) return 64;
    for (size_t j = 0; j <= columns; j++) row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t corner = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < columns; j++) {
            size_t best = corner + (a[i] != b[j]);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j + 1] + 1 < best) best = row[j + 1] + 1;
            corner = row[j + 1];
            row[j + 1] = best;
        }
    }
    return row[columns];
}

const char *kd_nearest(const char *word, const char *const *candidates, size_t count)
{
    const char *best = NULL;
    size_t      least = strlen(word) / 3 + 2; /* one slip in three letters is still meant */
    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(word, candidates[i]);
        if (distance < least && distance < strlen(candidates[i])) {
            least = distance;
            best = candidates[i];
        }
    }
    return best;
}
