/* source_text.c - one walk over each file: texts and comments are copied, all else is looked at. */
#include "harness/config/source_text.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"

#define WORD_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_*-"

enum { INCLUDES_MAX = 10 }; /* files that include each other end here */

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

static kd_status take_number(walk *w, const char **at, kd_error *err)
{
    const char *from = *at;
    size_t      length = strspn(from, WORD_BYTES ".");
    char       *token = kd_strndup(from, length);
    long long   number = 0;
    bool        is_short = kd_parse_int(token, &number) && number <= INT32_MAX;
    bool        is_long = length > 9 && strspn(token, "0123456789") == length && !is_short;
    kd_status   status = KD_OK;
    if (is_long)
        status =
            kd_fail(err, KD_ECONFIG, "%s:%d: the number %s is too large", w->file, w->line, token);
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
    return kd_fail(err, KD_ECONFIG, "%s:%d: expected '%c', which closes '%c' of %s:%d; found '%c'",
                   w->file, w->line, wanted, last.opened, last.file, last.line, c);
}

static kd_status take_file(walk *w, const char *text, kd_error *err);

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
    else if (kd_fs_read(path, &text, err) != KD_OK)
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
            at = copy(w, at, at + strspn(at, WORD_BYTES));
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
    if (status == KD_OK && strlen(text.text) != text.length)
        status = kd_fail(err, KD_ECONFIG, "%s: has a byte 0; it is no experiment file", path);
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
