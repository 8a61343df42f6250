/* str.h - text that grows.
 *
 * A kd_str always holds a valid C string: `text` is never NULL and text[length] is 0,
 * also right after kd_str_init and KD_STR_INIT. Bytes may include NUL.
 */
#ifndef KD_BASE_STR_H
#define KD_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
    char  *text; /* borrowed until the next call that grows it */
    size_t length;
    size_t capacity; /* private: 0 while `text` is the shared empty string */
} kd_str;

extern char kd_str_empty[1];
/* clang-format off */
#define KD_STR_INIT { kd_str_empty, 0, 0 }
/* clang-format on */

void kd_str_init(kd_str *str);
void kd_str_fini(kd_str *str);  /* frees the text; the kd_str is as after kd_str_init */
void kd_str_reset(kd_str *str); /* empties and keeps the memory */

void kd_str_add(kd_str *str, const char *text);
void kd_str_add_char(kd_str *str, char c);
void kd_str_add_bytes(kd_str *str, const void *bytes, size_t length);
__attribute__((format(printf, 2, 3))) void kd_str_addf(kd_str *str, const char *fmt, ...);
void                                       kd_str_addv(kd_str *str, const char *fmt, va_list args);

/* Make room for `extra` more bytes; cut to `length`. */
void kd_str_reserve(kd_str *str, size_t extra);
void kd_str_cut(kd_str *str, size_t length);

/* Add words that came from outside (a corpus, a tensor's name, a file's) so that they are seen and do
 * nothing: control characters as "\\x1b" or "\\n", those that turn the direction of writing or are
 * unseen as "\\u202e", bytes that are no UTF-8 as "\\xff". All else, other scripts too, stays. */
void kd_str_add_visible(kd_str *str, const char *text, size_t length);

/* Add text that has to stay in its line and column: a control character, line ends and tabs among them, is a blank. */
void kd_str_add_plain(kd_str *str, const char *text, size_t length);

/* Add text as one word of a shell: bare when that is safe, else in single quotes. */
void kd_str_add_shell(kd_str *str, const char *text);

/* The character that `text` begins with: its bytes, and its number in *code; 0 bytes for what is no
 * UTF-8. Whether it acts on who shows it, instead of being seen: control characters, directions of
 * writing, what has no width. */
size_t kd_utf8_first(const char *text, size_t length, unsigned *code);
bool   kd_utf8_acts(unsigned code);

/* Columns of a terminal, one for each code point: no label of ours is wider. */
size_t kd_utf8_width(const char *text);

#define KD_PAGE_WIDTH 80 /* columns of a page for a terminal */

/* Add "name      text" from column `at` on, the text from column `from` and broken between words before the page ends. */
void kd_str_add_filled(kd_str *str, const char *name, int at, int from, const char *text);

/* Hand the text to the caller, who frees it; the kd_str is empty again. */
char *kd_str_take(kd_str *str);

/* Small questions about plain strings. */
bool kd_starts_with(const char *text, const char *prefix);
bool kd_ends_with(const char *text, const char *suffix);

/* Numbers from text: the whole text must be one number that fits, else false. Reals must be
 * finite. The caller says what was expected. */
bool kd_parse_int(const char *text, long long *out);
bool kd_parse_real(const char *text, double *out);
bool kd_parse_bool(const char *text, bool *out); /* true, false */

/* The candidate closest to `word` by edit distance, or NULL when none is near enough to be
 * what a person meant. For "unknown key 'hiden', did you mean 'hidden'?". */
const char *kd_nearest(const char *word, const char *const *candidates, size_t count);

#endif
