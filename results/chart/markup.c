/* markup.c - escapes, and widths from a coarse table of letters. */
#include "results/chart/markup.h"

#include <string.h>

static void add_plain(kd_str *out, const char *text)
{
    for (; *text != '\0'; text++) switch (*text) {
        case '&':
            kd_str_add(out, "&amp;");
            break;
        case '<':
            kd_str_add(out, "&lt;");
            break;
        case '>':
            kd_str_add(out, "&gt;");
            break;
        case '"':
            kd_str_add(out, "&quot;");
            break;
        case '\'':
            kd_str_add(out, "&#39;");
            break;
        default:
            kd_str_add_char(out, *text);
        }
}

/* U+FFFE and U+FFFF are UTF-8 and no characters of XML. */
static bool is_no_character(const char *text)
{
    return memcmp(text, "\xef\xbf\xbe", 3) == 0 || memcmp(text, "\xef\xbf\xbf", 3) == 0;
}

void kd_markup_add(kd_str *out, const char *text)
{
    kd_str shown = KD_STR_INIT;

    while (*text != '\0') {
        size_t length = strcspn(text, "\n\xef");
        kd_str_add_visible(&shown, text, length);
        text += length;
        if (*text == '\n') {
            kd_str_add_char(&shown, *text++);
        } else if (*text != '\0' && strlen(text) >= 3 && is_no_character(text)) {
            kd_str_add(&shown, text[2] == '\xbe' ? "\\ufffe" : "\\uffff");
            text += 3;
        } else if (*text != '\0') {
            unsigned code;
            size_t   bytes = kd_utf8_first(text, strlen(text), &code);
            kd_str_add_visible(&shown, text, bytes > 0 ? bytes : 1);
            text += bytes > 0 ? bytes : 1;
        }
    }
    add_plain(out, shown.text);
    kd_str_fini(&shown);
}

void kd_markup_add_line(kd_str *out, const char *text)
{
    size_t from = out->length;

    kd_markup_add(out, text);
    for (size_t i = from; i < out->length; i++)
        if (out->text[i] == '\n') out->text[i] = ' ';
}

void kd_markup_add_element(kd_str *out, const char *tag, const char *words)
{
    kd_str_addf(out, "<%s>", tag);
    kd_markup_add_line(out, words);
    kd_str_addf(out, "</%.*s>", (int)strcspn(tag, " "), tag);
}

/* Of one character, in parts of the type's size. */
static double width_of(unsigned code)
{
    if (code >= 0x2e80) return 1.0; /* ideographs and what is as wide */
    if (code >= 0x80) return 0.66;
    if (strchr("iljtfr.,:;'|!()[] ", (int)code) != NULL) return 0.4;
    if (strchr("mwMW@%", (int)code) != NULL) return 0.97;
    return code >= 'A' && code <= 'Z' ? 0.74 : 0.63;
}

double kd_markup_width(const char *text, double size)
{
    double sum = 0;
    size_t left = strlen(text);

    while (left > 0) {
        unsigned code;
        size_t   bytes = kd_utf8_first(text, left, &code);
        sum += bytes > 0 && !kd_utf8_acts(code) ? width_of(code) : 4 * 0.63;
        bytes = bytes > 0 ? bytes : 1;
        text += bytes;
        left -= bytes;
    }
    return sum * size;
}

void kd_markup_fit(kd_str *out, const char *text, double size, double width)
{
    kd_str cut = KD_STR_INIT;
    size_t left = strlen(text);

    if (kd_markup_width(text, size) <= width) {
        kd_str_add(out, text);
        return;
    }
    for (size_t bytes; left > 0; text += bytes, left -= bytes) {
        unsigned code;
        size_t   before = cut.length;
        bytes = kd_utf8_first(text, left, &code);
        if (bytes == 0) bytes = 1;
        kd_str_add_bytes(&cut, text, bytes);
        if (kd_markup_width(cut.text, size) + 0.9 * size <= width) continue;
        kd_str_cut(&cut, before);
        break;
    }
    kd_str_add(out, cut.text);
    kd_str_add(out, "…");
    kd_str_fini(&cut);
}
