/* source_text.c - one walk over each file: texts and comments are copied, all else is looked at. */
#include "harness/config/source_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"

#define WORD_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_*-"

enum {
    INCLUDES_MAX = 10, /* files that include each other end here */
    TEXT_MAX = 4 << 20 /* and those that include others often; a tree takes 100 times its text */
};

typedef struct {
    char        opened; /* '[', '(' or '{' */
    const char *file;
    int         line;
} bracket;

typedef struct {
    kd_source_text *out;
    const char     *folder; /* where included files are looked for, NULL for the current one */
    const char     *file;
    int             line, depth;
    KD_VEC(bracket) open;
    const char *key; /* the word before the last '=' or ':'; not ended by NUL, NULL for none */
    size_t      key_length;
} walk;

/* ---- copying, with every line's place ---- */

static void begin_line(walk *w)
{
    kd_vec_push(&w->out->lines, (kd_source_line){ w->file, w->line });
}

static const char *copy(walk *w, const char *from, const char *to)
{
    kd_str_add_bytes(&w->out->text, from, (size_t)(to - from));
    for (; from < to; from++)
        if (*from == '\n') {
            w->line++;
            begin_line(w);
        }
    return to;
}

/* ---- what is in a file ---- */

static const char *skip_text(const char *at)
{
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1]) at++;
    return *at ? at + 1 : at;
}

static const char *skip_comment(const char *at)
{
    const char *end = at[1] == '*' ? strstr(at + 2, "*/") : strchr(at, '\n');
    if (!end) return at + strlen(at);
    return at[1] == '*' ? end + 2 : end;
}

/* "FILE:LINE: ", or nothing where there is no file: whoever asks then says where the text is from. */
static const char *place(const walk *w)
{
    return *w->file ? kd_arena_sprintf(w->out->arena, "%s:%d: ", w->file, w->line) : "";
}

/* Whether a whole number is more than libconfig keeps of it: 32 bits, or 64 with the suffix L. */
static bool is_too_large(const char *token)
{
    char *end;
    errno = 0;
    long long number = strtoll(token, &end, kd_starts_with(token, "0x") ? 16 : 10);
    if (*end == 'L') return errno == ERANGE;
    return *end == '\0' && (errno == ERANGE || number > INT32_MAX);
}

static kd_status take_number(walk *w, const char **at, kd_error *err)
{
    const char *from = *at;
    size_t      length = strspn(from, WORD_BYTES ".");
    char       *token = kd_strndup(from, length);
    kd_status   status = KD_OK;
    if (is_too_large(token))
        status = kd_fail(err, KD_ECONFIG, "%s%.*s%sthe number %s is too large", place(w),
                         (int)w->key_length, w->key ? w->key : "", w->key ? ": " : "", token);
    free(token);
    *at = copy(w, from, from + length);
    return status;
}

static void take_opening(walk *w, char c)
{
    kd_vec_push(&w->open, (bracket){ c, w->file, w->line });
    kd_str_add_char(&w->out->text, c == '[' ? '(' : c);
}

/* One that nothing opened is libconfig's to refuse. */
static kd_status take_closing(walk *w, char c, kd_error *err)
{
    kd_str_add_char(&w->out->text, c == ']' ? ')' : c);
    if (!w->open.count) return KD_OK;
    bracket last = w->open.items[--w->open.count];
    char    wanted = last.opened == '(' ? ')' : last.opened == '[' ? ']' : '}';
    if (c == wanted) return KD_OK;
    if (!*w->file)
        return kd_fail(err, KD_ECONFIG, "expected '%c', which closes '%c'; found '%c'", wanted,
                       last.opened, c);
    return kd_fail(err, KD_ECONFIG, "%sexpected '%c', which closes '%c' of %s:%d; found '%c'",
                   place(w), wanted, last.opened, last.file, last.line, c);
}

static const char *take_word(walk *w, const char *at)
{
    size_t      length = strspn(at, WORD_BYTES);
    const char *next = at + length + strspn(at + length, " \t");
    if (*next == '=' || *next == ':') {
        w->key = at;
        w->key_length = length;
    }
    return copy(w, at, at + length);
}

static kd_status take_file(walk *w, const char *text, kd_error *err);

/* A file of settings is text, and all of them together are no more than somebody would write. */
static kd_status check_text(const walk *w, const kd_str *text, const char *path, kd_error *err)
{
    if (strlen(text->text) != text->length)
        return kd_fail(err, KD_ECONFIG, "%s: has a byte 0; it is no experiment file", path);
    if (w->out->text.length + text->length > TEXT_MAX)
        return kd_fail(err, KD_ECONFIG, "%s: with this file there are more than %d MB of settings",
                       path, TEXT_MAX >> 20);
    return KD_OK;
}

/* The name in quotes after "@include" when the line that begins at `at` has one, or NULL. */
static const char *included(const char *at, size_t *length)
{
    at += strspn(at, " \t");
    if (strncmp(at, "@include", 8) != 0) return NULL;
    at += 8 + strspn(at + 8, " \t");
    if (*at != '"') return NULL;
    *length = strcspn(at + 1, "\"\n");
    return at[1 + *length] == '"' ? at + 1 : NULL;
}

/* The line on which an included file begins and the one on which it ends have two owners: what
 * is in them is the included file's, what follows is the other's. */
static kd_status take_included(walk *w, const char *name, size_t length, kd_error *err)
{
    walk      outer = *w;
    kd_str    text = KD_STR_INIT;
    char     *bare = kd_strndup(name, length);
    char     *path = bare[0] == '/' || !w->folder ? kd_strdup(bare) : kd_fs_join(w->folder, bare);
    kd_status status = KD_ECONFIG;
    if (w->depth >= INCLUDES_MAX)
        kd_fail(err, status, "%s:%d: files include each other", w->file, w->line);
    else if (kd_fs_read(path, &text, err) != KD_OK || check_text(w, &text, path, err) != KD_OK)
        kd_while(err, status, "%s:%d: @include", w->file, w->line);
    else {
        w->file = kd_arena_strdup(w->out->arena, path);
        w->line = 1;
        w->depth++;
        w->out->lines.items[w->out->lines.count - 1] = (kd_source_line){ w->file, 1 };
        status = take_file(w, text.text, err);
        kd_str_add_char(&w->out->text, '\n'); /* a comment may end the file */
        begin_line(w);
        w->file = outer.file;
        w->line = outer.line;
        w->depth = outer.depth;
        w->key = NULL; /* it was in the text that goes now */
        w->key_length = 0;
        w->out->lines.items[w->out->lines.count - 1] = (kd_source_line){ w->file, w->line };
    }
    free(path);
    free(bare);
    kd_str_fini(&text);
    return status;
}

static kd_status take_line_begin(walk *w, const char **at, kd_error *err)
{
    size_t      length = 0;
    const char *name = included(*at, &length);
    if (!name) return KD_OK;
    *at = name + length + 1;
    return take_included(w, name, length, err);
}

static kd_status take_file(walk *w, const char *text, kd_error *err)
{
    kd_status   status = take_line_begin(w, &text, err);
    const char *at = text;
    while (*at && status == KD_OK) {
        if (*at == '"')
            at = copy(w, at, skip_text(at));
        else if (*at == '#' || (*at == '/' && (at[1] == '/' || at[1] == '*')))
            at = copy(w, at, skip_comment(at));
        else if (isdigit((unsigned char)*at))
            status = take_number(w, &at, err);
        else if (isalpha((unsigned char)*at) || *at == '_' || *at == '*')
            at = take_word(w, at);
        else if (strchr("[({", *at))
            take_opening(w, *at++);
        else if (strchr("])}", *at))
            status = take_closing(w, *at++, err);
        else {
            bool ends = *at == '\n';
            at = copy(w, at, at + 1);
            if (ends) status = take_line_begin(w, &at, err);
        }
    }
    return status;
}

/* ---- from outside ---- */

static kd_status take(kd_source_text *out, const char *text, const char *name, const char *folder,
                      kd_error *err)
{
    walk w = { .out = out, .folder = folder, .line = 1 };
    w.file = kd_arena_strdup(out->arena, name);
    begin_line(&w);
    kd_status status = take_file(&w, text, err);
    kd_vec_fini(&w.open);
    return status;
}

kd_status kd_source_text_take(kd_source_text *out, const char *text, const char *name,
                              kd_arena *arena, kd_error *err)
{
    *out = (kd_source_text){ .arena = arena, .text = KD_STR_INIT };
    return take(out, text, name, NULL, err);
}

kd_status kd_source_text_open(kd_source_text *out, const char *path, kd_arena *arena, kd_error *err)
{
    kd_str text = KD_STR_INIT;
    *out = (kd_source_text){ .arena = arena, .text = KD_STR_INIT };
    if (kd_fs_is_folder(path))
        return kd_fail(err, KD_ENOINPUT, "%s: is a folder, not an experiment file", path);
    kd_status status = kd_fs_read(path, &text, err);
    if (status == KD_OK) status = check_text(&(walk){ .out = out }, &text, path, err);
    if (status == KD_OK) {
        char *folder = kd_fs_folder(path);
        status = take(out, text.text, path, folder, err);
        free(folder);
    }
    kd_str_fini(&text);
    return status;
}

kd_source_line kd_source_text_line(const kd_source_text *text, int number)
{
    int count = (int)text->lines.count;
    return text->lines.items[number < 1 ? 0 : number > count ? count - 1 : number - 1];
}

void kd_source_text_fini(kd_source_text *text)
{
    kd_str_fini(&text->text);
    kd_vec_fini(&text->lines);
}
