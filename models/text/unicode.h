/* unicode.h - code points in UTF-8: what they are, lower case, decomposition.
 *
 * The tables are those of utf8proc. Where the reference tokenizers lean on Python's `str`, the
 * rules here are Python's: full lower-casing with its two special cases (U+0130 becomes
 * i + U+0307; a capital sigma at the end of a word becomes the final one).
 *
 * All functions take bytes and a length; a byte that starts no valid sequence reads as U+FFFD.
 */
#ifndef KD_TEXT_UNICODE_H
#define KD_TEXT_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/str.h"

#define KD_UNICODE_BAD 0xFFFD /* stands for a byte that is not UTF-8 */

/* The general categories by their first letter, and those that are asked for one by one. */
bool kd_unicode_is_letter(int32_t c);      /* L* */
bool kd_unicode_is_number(int32_t c);      /* N* */
bool kd_unicode_is_punctuation(int32_t c); /* P* */
bool kd_unicode_is_other(int32_t c);       /* C*: control, format, private, unassigned */
bool kd_unicode_is_capital(int32_t c);     /* has another form in lower case */
bool kd_unicode_is_small(int32_t c);       /* Ll */
bool kd_unicode_is_control(int32_t c);     /* Cc */
bool kd_unicode_is_extender(int32_t c);    /* M* and Cf: belongs to what is before it */
bool kd_unicode_is_mark(int32_t c);        /* Mn: accents that take no room of their own */
bool kd_unicode_is_separator(int32_t c);   /* Z*, without TAB, LF and their like, which are Cc */

/* What \w takes: L*, M*, Nd, Nl, Pc. */
bool kd_unicode_is_word(int32_t c);

/* The property White_Space: Z*, TAB to CR, and U+0085. */
bool kd_unicode_is_space(int32_t c);

/* The code point at text[*at], which moves behind it; *at must be below `length`. */
int32_t kd_utf8_next(const char *text, size_t length, size_t *at);

/* Append a code point. */
void kd_utf8_add(kd_str *out, int32_t c);

/* True when all of it is UTF-8 (no surrogates, nothing overlong); else *bad_at is where not. */
bool kd_utf8_check(const char *text, size_t length, size_t *bad_at);

/* How many code points. */
size_t kd_utf8_count(const char *text, size_t length);

bool kd_is_ascii(const char *text, size_t length);

/* Append the text in lower case; append it decomposed and without accents: NFD without marks of
 * category Mn, as BERT does it, or `compatibly`, NFKD without characters that have a combining
 * class, as ALBERT does it. */
void kd_unicode_lower(kd_str *out, const char *text, size_t length);
void kd_unicode_strip(kd_str *out, const char *text, size_t length, bool compatibly);

/* Append a normal form: NFD; `composed` NFC; `compatible` NFKD, with both NFKC. */
void kd_unicode_normalise(kd_str *out, const char *text, size_t length, bool composed,
                          bool compatible);

#endif
