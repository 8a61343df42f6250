/* basic.c - one pass over the text collects a run of what stands between white space; a full
 * run is normalised and split at its punctuation.
 *
 * Unicode categories relied on: C* (dropped), Z* (separate), Mn (accents), P* (punctuation).
 */
#include "models/text/basic.h"

#include "models/text/unicode.h"

void kd_basic_fini(kd_basic *basic)
{
    kd_str_fini(&basic->run);
    kd_str_fini(&basic->lowered);
    kd_str_fini(&basic->stripped);
}

typedef enum { WORD, SPACE, DROPPED, IDEOGRAPH, PUNCTUATION } class;

static class class_of_ascii(int32_t c)
{
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') return SPACE;
    if (c < 32 || c == 127) return DROPPED;
    bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return is_plain ? WORD : PUNCTUATION;
}

/* The blocks that BERT's authors chose: ideographs, not kana or hangul. */
bool kd_basic_is_ideograph(int32_t c)
{
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
           (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B820 && c <= 0x2CEAF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

static class class_of(int32_t c)
{
    if (c < 0x80) return class_of_ascii(c);
    if (c == KD_UNICODE_BAD || kd_unicode_is_other(c)) return DROPPED;
    if (kd_unicode_is_separator(c)) return SPACE;
    if (kd_basic_is_ideograph(c)) return IDEOGRAPH;
    return kd_unicode_is_punctuation(c) ? PUNCTUATION : WORD;
}

bool kd_basic_is_punctuation(int32_t c)
{
    return c < 0x80 ? class_of_ascii(c) == PUNCTUATION : kd_unicode_is_punctuation(c);
}

/* The run without case and accents; plain ASCII is lowered where it stands. */
static const kd_str *strip_run(kd_basic *basic)
{
    kd_str *run = &basic->run;
    if (kd_is_ascii(run->text, run->length)) {
        for (size_t i = 0; i < run->length; i++)
            if (run->text[i] >= 'A' && run->text[i] <= 'Z') run->text[i] += 32;
        return run;
    }
    kd_str_reset(&basic->lowered);
    kd_str_reset(&basic->stripped);
    kd_unicode_lower(&basic->lowered, run->text, run->length);
    kd_unicode_strip(&basic->stripped, basic->lowered.text, basic->lowered.length, false);
    return &basic->stripped;
}

static void finish_run(kd_basic *basic, bool is_uncased, kd_basic_visit visit, void *user)
{
    if (basic->run.length == 0) return;
    const kd_str *run = is_uncased ? strip_run(basic) : &basic->run;
    size_t        begin = 0;
    for (size_t at = 0; at < run->length;) {
        size_t  here = at;
        int32_t c = kd_utf8_next(run->text, run->length, &at);
        if (class_of(c) != PUNCTUATION) continue;
        if (here > begin) visit(run->text + begin, here - begin, user);
        visit(run->text + here, at - here, user);
        begin = at;
    }
    if (run->length > begin) visit(run->text + begin, run->length - begin, user);
    kd_str_reset(&basic->run);
}

void kd_basic_split(kd_basic *basic, const char *text, size_t length, bool is_uncased,
                    kd_basic_visit visit, void *user)
{
    kd_str_reset(&basic->run);
    for (size_t at = 0; at < length;) {
        size_t  here = at;
        int32_t c = kd_utf8_next(text, length, &at);
        class kind = class_of(c);
        if (kind == DROPPED) continue;
        if (kind == SPACE || kind == IDEOGRAPH) finish_run(basic, is_uncased, visit, user);
        if (kind != SPACE) kd_str_add_bytes(&basic->run, text + here, at - here);
        if (kind == IDEOGRAPH) finish_run(basic, is_uncased, visit, user);
    }
    finish_run(basic, is_uncased, visit, user);
}

static void count_word(const char *word, size_t length, void *user)
{
    kd_map       *counts = user;
    kd_map_value *count = kd_map_get_n(counts, word, length);
    if (count) {
        count->number++;
        return;
    }
    kd_str key = KD_STR_INIT;
    kd_str_add_bytes(&key, word, length);
    kd_map_put_number(counts, key.text, 1);
    kd_str_fini(&key);
}

void kd_basic_count(kd_basic *basic, const char *text, size_t length, bool is_uncased,
                    kd_map *counts)
{
    kd_basic_split(basic, text, length, is_uncased, count_word, counts);
}
