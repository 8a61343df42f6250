/* unicode.c - the only door to utf8proc.
 *
 * ASCII, which biomedical text mostly is, never reaches the library's tables.
 */
#include "models/text/unicode.h"

#include <string.h>

#include <utf8proc.h>

#include "harness/base/status.h"
#include "harness/base/vec.h"

#define SIGMA       0x3A3 /* capital sigma */
#define SMALL_SIGMA 0x3C3
#define FINAL_SIGMA 0x3C2
#define I_WITH_DOT  0x130 /* capital i with a dot above */
#define DOT_ABOVE   0x307

/* One bit for each general category, so that a question is one AND. */
#define BIT(category) (1u << UTF8PROC_CATEGORY_##category)

static unsigned bit_of(int32_t c)
{
    return 1u << utf8proc_category(c);
}

bool kd_unicode_is_letter(int32_t c)
{
    return (bit_of(c) & (BIT(LU) | BIT(LL) | BIT(LT) | BIT(LM) | BIT(LO))) != 0;
}

bool kd_unicode_is_number(int32_t c)
{
    return (bit_of(c) & (BIT(ND) | BIT(NL) | BIT(NO))) != 0;
}

bool kd_unicode_is_punctuation(int32_t c)
{
    return (bit_of(c) & (BIT(PC) | BIT(PD) | BIT(PS) | BIT(PE) | BIT(PI) | BIT(PF) | BIT(PO))) != 0;
}

bool kd_unicode_is_other(int32_t c)
{
    return (bit_of(c) & (BIT(CC) | BIT(CF) | BIT(CS) | BIT(CO) | BIT(CN))) != 0;
}

bool kd_unicode_is_capital(int32_t c)
{
    return utf8proc_tolower(c) != c;
}

bool kd_unicode_is_small(int32_t c)
{
    return bit_of(c) == BIT(LL);
}

bool kd_unicode_is_control(int32_t c)
{
    return bit_of(c) == BIT(CC);
}

bool kd_unicode_is_extender(int32_t c)
{
    return (bit_of(c) & (BIT(MN) | BIT(MC) | BIT(ME) | BIT(CF))) != 0;
}

bool kd_unicode_is_mark(int32_t c)
{
    return bit_of(c) == BIT(MN);
}

bool kd_unicode_is_word(int32_t c)
{
    return (bit_of(c) & (BIT(LU) | BIT(LL) | BIT(LT) | BIT(LM) | BIT(LO) | BIT(MN) | BIT(MC) |
                         BIT(ME) | BIT(ND) | BIT(NL) | BIT(PC))) != 0;
}

bool kd_unicode_is_separator(int32_t c)
{
    return (bit_of(c) & (BIT(ZS) | BIT(ZL) | BIT(ZP))) != 0;
}

bool kd_unicode_is_space(int32_t c)
{
    if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D);
    return c == 0x85 || kd_unicode_is_separator(c);
}

/* ---- UTF-8 ---- */

/* Bytes of the sequence at text[at] and its code point, or 0 when it is none. */
static size_t read_sequence(const char *text, size_t length, size_t at, int32_t *c)
{
    utf8proc_ssize_t left = (utf8proc_ssize_t)(length - at);
    utf8proc_ssize_t used =
        utf8proc_iterate((const utf8proc_uint8_t *)text + at, left < 4 ? left : 4, c);
    return used > 0 ? (size_t)used : 0;
}

int32_t kd_utf8_next(const char *text, size_t length, size_t *at)
{
    unsigned char first = (unsigned char)text[*at];
    if (first < 0x80) {
        *at += 1;
        return first;
    }
    int32_t c;
    size_t  used = read_sequence(text, length, *at, &c);
    *at += used ? used : 1;
    return used ? c : KD_UNICODE_BAD;
}

void kd_utf8_add(kd_str *out, int32_t c)
{
    if (c < 0x80) {
        kd_str_add_char(out, (char)c);
        return;
    }
    utf8proc_uint8_t bytes[4];
    kd_str_add_bytes(out, bytes, (size_t)utf8proc_encode_char(c, bytes));
}

bool kd_utf8_check(const char *text, size_t length, size_t *bad_at)
{
    for (size_t at = 0; at < length;) {
        int32_t c;
        size_t  used = (unsigned char)text[at] < 0x80 ? 1 : read_sequence(text, length, at, &c);
        if (used == 0) {
            *bad_at = at;
            return false;
        }
        at += used;
    }
    return true;
}

size_t kd_utf8_count(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t at = 0; at < length; count++) kd_utf8_next(text, length, &at);
    return count;
}

bool kd_is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] >= 0x80) return false;
    return true;
}

/* ---- lower case ---- */

typedef struct {
    int32_t first, last;
} range;

static bool is_in(const range *ranges, size_t count, int32_t c)
{
    for (size_t i = 0; i < count; i++)
        if (c >= ranges[i].first && c <= ranges[i].last) return true;
    return false;
}
#define IS_IN(ranges, c) is_in(ranges, sizeof(ranges) / sizeof *(ranges), c)

/* Characters that have case without being Lu, Ll or Lt (Other_Lowercase and Other_Uppercase of
 * Unicode 14, PropList.txt). */
static bool is_cased(int32_t c)
{
    static const range others[] = {
        { 0xAA, 0xAA },       { 0xBA, 0xBA },       { 0x2B0, 0x2B8 },     { 0x2C0, 0x2C1 },
        { 0x2E0, 0x2E4 },     { 0x345, 0x345 },     { 0x37A, 0x37A },     { 0x1D2C, 0x1D6A },
        { 0x1D78, 0x1D78 },   { 0x1D9B, 0x1DBF },   { 0x2071, 0x2071 },   { 0x207F, 0x207F },
        { 0x2090, 0x209C },   { 0x2160, 0x217F },   { 0x24B6, 0x24E9 },   { 0x2C7C, 0x2C7D },
        { 0xA69C, 0xA69D },   { 0xA770, 0xA770 },   { 0xA7F8, 0xA7F9 },   { 0xAB5C, 0xAB5F },
        { 0x10780, 0x10780 }, { 0x10783, 0x10785 }, { 0x10787, 0x107B0 }, { 0x107B2, 0x107BA },
        { 0x1F130, 0x1F149 }, { 0x1F150, 0x1F169 }, { 0x1F170, 0x1F189 },
    };
    return (bit_of(c) & (BIT(LU) | BIT(LL) | BIT(LT))) != 0 || IS_IN(others, c);
}

/* Characters that the search for a neighbouring letter passes over (Case_Ignorable, UAX 44):
 * marks, formats, modifiers, and the punctuation that stands inside words. */
static bool is_case_ignorable(int32_t c)
{
    static const range inside[] = {
        { 0x27, 0x27 },     { 0x2E, 0x2E },     { 0x3A, 0x3A },     { 0xB7, 0xB7 },
        { 0x387, 0x387 },   { 0x55F, 0x55F },   { 0x5F4, 0x5F4 },   { 0x2018, 0x2019 },
        { 0x2024, 0x2024 }, { 0x2027, 0x2027 }, { 0xFE13, 0xFE13 }, { 0xFE52, 0xFE52 },
        { 0xFE55, 0xFE55 }, { 0xFF07, 0xFF07 }, { 0xFF0E, 0xFF0E }, { 0xFF1A, 0xFF1A },
    };
    return (bit_of(c) & (BIT(MN) | BIT(ME) | BIT(CF) | BIT(LM) | BIT(SK))) != 0 || IS_IN(inside, c);
}

/* Whether a letter stands after `at`, with nothing but ignorable characters between. */
static bool letter_follows(const char *text, size_t length, size_t at)
{
    while (at < length) {
        int32_t c = kd_utf8_next(text, length, &at);
        if (!is_case_ignorable(c)) return is_cased(c);
    }
    return false;
}

/* The Final_Sigma rule looks back as well: `has_letter` says that the nearest character that is
 * not ignorable has case. It is carried along, so the whole text costs one pass, except for
 * runs of ignorable characters behind a sigma. */
void kd_unicode_lower(kd_str *out, const char *text, size_t length)
{
    bool has_letter = false;
    kd_str_reserve(out, length + 1);
    for (size_t at = 0; at < length;) {
        int32_t c = kd_utf8_next(text, length, &at);
        if (c < 0x80) {
            kd_str_add_char(out, c >= 'A' && c <= 'Z' ? (char)(c + 32) : (char)c);
        } else if (c == SIGMA) {
            bool is_final = has_letter && !letter_follows(text, length, at);
            kd_utf8_add(out, is_final ? FINAL_SIGMA : SMALL_SIGMA);
        } else if (c == I_WITH_DOT) {
            kd_str_add_char(out, 'i');
            kd_utf8_add(out, DOT_ABOVE);
        } else {
            kd_utf8_add(out, utf8proc_tolower(c));
        }
        if (!is_case_ignorable(c)) has_letter = is_cased(c);
    }
}

/* ---- decomposition ---- */

/* The longest that one code point becomes is 18 (U+FDFA under NFKD). */
#define DECOMPOSED_MAX 18

/* What the two references take for an accent: BERT's a mark of category Mn, ALBERT's whatever
 * has a combining class, so that signs such as the vowels of Devanagari stay. */
static bool is_accent(int32_t c, bool compatibly)
{
    return compatibly ? utf8proc_get_property(c)->combining_class != 0 : kd_unicode_is_mark(c);
}

/* Normal forms also sort the marks that follow a letter by their class. Those with a class are
 * dropped, so the order is left as it is: one pass, however many marks a letter carries. */
void kd_unicode_strip(kd_str *out, const char *text, size_t length, bool compatibly)
{
    utf8proc_option_t how = UTF8PROC_DECOMPOSE | (compatibly ? UTF8PROC_COMPAT : 0);
    kd_str_reserve(out, length + 1);
    for (size_t at = 0; at < length;) {
        int32_t c = kd_utf8_next(text, length, &at);
        if (c < 0x80) {
            kd_str_add_char(out, (char)c);
            continue;
        }
        utf8proc_int32_t parts[DECOMPOSED_MAX];
        int              boundary = 0; /* of graphemes; only asked for by another option */
        utf8proc_ssize_t count = utf8proc_decompose_char(c, parts, DECOMPOSED_MAX, how, &boundary);
        KD_CHECK(count >= 0 && count <= DECOMPOSED_MAX, "unicode: U+%04X has %td parts",
                 (unsigned)c, count);
        for (utf8proc_ssize_t i = 0; i < count; i++)
            if (!is_accent(parts[i], compatibly)) kd_utf8_add(out, parts[i]);
    }
}

/* ---- normal forms ---- */

typedef KD_VEC(int32_t) points;

static int class_of(int32_t c)
{
    return c < 0x80 ? 0 : (int)utf8proc_get_property(c)->combining_class;
}

/* Sort the marks of a run by class, those of one class as they came. A counting sort, because
 * a text may be nothing but marks. */
static void sort_marks(int32_t *marks, size_t count, points *room)
{
    size_t before[257] = { 0 };
    if (count < 2) return;
    room->count = 0;
    kd_vec_reserve(room, count);
    for (size_t i = 0; i < count; i++) before[class_of(marks[i]) + 1]++;
    for (int class = 1; class < 257; class ++) before[class] += before[class - 1];
    for (size_t i = 0; i < count; i++) room->items[before[class_of(marks[i])]++] = marks[i];
    memcpy(marks, room->items, count * sizeof *marks);
}

static void sort_all_marks(points *text)
{
    points room = KD_VEC_INIT;
    for (size_t at = 0, begin; at < text->count; at++) {
        for (begin = at; at < text->count && class_of(text->items[at]) > 0; at++) continue;
        sort_marks(text->items + begin, at - begin, &room);
    }
    kd_vec_fini(&room);
}

static void decompose(points *out, const char *text, size_t length, bool compatible)
{
    utf8proc_option_t how = UTF8PROC_DECOMPOSE | (compatible ? UTF8PROC_COMPAT : 0);
    for (size_t at = 0; at < length;) {
        int32_t c = kd_utf8_next(text, length, &at);
        int     boundary = 0;
        kd_vec_reserve(out, DECOMPOSED_MAX);
        utf8proc_ssize_t count =
            utf8proc_decompose_char(c, out->items + out->count, DECOMPOSED_MAX, how, &boundary);
        KD_CHECK(count >= 0 && count <= DECOMPOSED_MAX, "unicode: U+%04X has %td parts",
                 (unsigned)c, count);
        out->count += (size_t)count;
    }
}

void kd_unicode_normalise(kd_str *out, const char *text, size_t length, bool composed,
                          bool compatible)
{
    points all = KD_VEC_INIT;
    if (kd_is_ascii(text, length)) {
        kd_str_add_bytes(out, text, length);
        return;
    }
    decompose(&all, text, length, compatible);
    sort_all_marks(&all);
    if (composed) {
        utf8proc_ssize_t left = utf8proc_normalize_utf32(all.items, (utf8proc_ssize_t)all.count,
                                                         UTF8PROC_COMPOSE | UTF8PROC_STABLE);
        KD_CHECK(left >= 0, "unicode: composing fails: %s", utf8proc_errmsg(left));
        all.count = (size_t)left;
    }
    for (size_t i = 0; i < all.count; i++) kd_utf8_add(out, all.items[i]);
    kd_vec_fini(&all);
}
