/* text_files.c - lines of streams, file after file. */
#include "models/text/text_files.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/stream.h"
#include "harness/base/vec.h"
#include "models/text/corpus.h"
#include "models/text/unicode.h"

enum { DEPTH = 8, WINDOW = 1 << 18 };

struct kd_text_files {
    char     **paths;
    size_t     count, at; /* of the next file */
    kd_stream *stream;    /* of the one before; NULL between files */
    int64_t    line;
    bool       is_over;          /* its stream has given all */
    size_t     begin, end, room; /* of what was read and not handed out yet, in bytes of `text` */
    char      *text;
};

/* ---- which files ---- */

static bool is_text(const char *name)
{
    return kd_ends_with(name, ".txt") || kd_ends_with(name, ".txt.gz") ||
           kd_ends_with(name, ".txt.zst");
}

static kd_status list_below(kd_map *names, const char *folder, const char *below, int depth,
                            kd_error *err)
{
    char    **found = NULL;
    size_t    count = 0;
    char     *whole = *below ? kd_fs_join(folder, below) : kd_strdup(folder);
    kd_status status = kd_fs_list(whole, &found, &count, err);
    for (size_t i = 0; status == KD_OK && i < count; i++) {
        char *path = kd_fs_join(whole, found[i]);
        char *name = *below ? kd_fs_join(below, found[i]) : kd_strdup(found[i]);
        if (kd_fs_is_folder(path) && depth < DEPTH)
            status = list_below(names, folder, name, depth + 1, err);
        else if (is_text(name))
            kd_map_put_number(names, name, 1);
        free(name);
        free(path);
    }
    kd_fs_free_names(found, count);
    free(whole);
    return status;
}

kd_status kd_text_files_list(kd_map *names, const char *folder, kd_error *err)
{
    return list_below(names, folder, "", 0, err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static kd_status find_paths(kd_text_files *f, const char *path, kd_error *err)
{
    if (!kd_fs_is_folder(path)) {
        f->paths = kd_alloc(1, sizeof *f->paths);
        f->paths[f->count++] = kd_strdup(path);
        return KD_OK;
    }
    kd_map   *names = kd_map_create();
    kd_status status = kd_text_files_list(names, path, err);
    f->paths = kd_alloc(kd_map_count(names) + 1, sizeof *f->paths);
    for (size_t i = 0; i < kd_map_count(names); i++)
        f->paths[f->count++] = kd_fs_join(path, kd_map_key(names, i));
    qsort(f->paths, f->count, sizeof *f->paths, by_name);
    kd_map_destroy(names);
    if (status == KD_OK && f->count == 0)
        return kd_fail(err, KD_ENOINPUT, "%s: is a folder without *.txt, *.txt.gz or *.txt.zst",
                       path);
    return status;
}

kd_status kd_text_files_open(kd_text_files **out, const char *path, kd_error *err)
{
    kd_text_files *f = kd_alloc(1, sizeof *f);
    kd_status      status = find_paths(f, path, err);
    f->room = WINDOW;
    f->text = kd_alloc(f->room, 1);
    if (status == KD_OK)
        *out = f;
    else
        kd_text_files_close(f);
    return status;
}

void kd_text_files_close(kd_text_files *f)
{
    if (!f) return;
    kd_stream_close(f->stream);
    for (size_t i = 0; i < f->count; i++) free(f->paths[i]);
    free(f->paths);
    free(f->text);
    free(f);
}

/* ---- lines ---- */

static const char *name_of(const kd_text_files *f)
{
    return f->paths[f->at - 1];
}

/* What is left goes to the front, and what comes next behind it; a line longer than the room makes it larger. */
static kd_status read_more(kd_text_files *f, kd_error *err)
{
    size_t got;
    memmove(f->text, f->text + f->begin, f->end - f->begin);
    f->end -= f->begin;
    f->begin = 0;
    if (f->end == f->room) {
        if (f->room > KD_LINE_LIMIT)
            return kd_fail(err, KD_EDATA, "%s:%lld: a line of more than %d bytes", name_of(f),
                           (long long)f->line + 1, KD_LINE_LIMIT - 1);
        f->room *= 2;
        f->text = kd_realloc(f->text, f->room, 1);
    }
    kd_status status = kd_stream_read(f->stream, f->text + f->end, f->room - f->end, &got, err);
    f->end += got;
    f->is_over = status == KD_OK && got == 0;
    return status;
}

static kd_status next_file(kd_text_files *f, bool *more, kd_error *err)
{
    kd_stream_close(f->stream);
    f->stream = NULL;
    f->begin = f->end = 0;
    f->line = 0;
    f->is_over = false;
    *more = f->at < f->count;
    return *more ? kd_stream_open(&f->stream, f->paths[f->at++], err) : KD_OK;
}

/* The next line of the file at hand, without its end; *found is false behind the last. */
static kd_status next_line(kd_text_files *f, const char **line, size_t *length, bool *found,
                           kd_error *err)
{
    size_t seen = 0;
    char  *end = NULL;
    for (;;) {
        end = memchr(f->text + f->begin + seen, '\n', f->end - f->begin - seen);
        if (end || f->is_over) break;
        seen = f->end - f->begin;
        kd_status status = read_more(f, err);
        if (status != KD_OK) return status;
    }
    *found = end || f->begin < f->end;
    *line = f->text + f->begin;
    *length = end ? (size_t)(end - *line) : f->end - f->begin;
    f->begin += *length + (end != NULL);
    f->line += *found;
    return KD_OK;
}

static void trim(const kd_text_files *f, const char **line, size_t *length)
{
    if (f->line == 1 && *length >= 3 && memcmp(*line, "\xef\xbb\xbf", 3) == 0) {
        *line += 3;
        *length -= 3;
    }
    while (*length > 0 && strchr(" \t\r", (*line)[*length - 1])) --*length;
    while (*length > 0 && strchr(" \t", **line)) {
        ++*line;
        --*length;
    }
}

static kd_status check(const kd_text_files *f, const char *line, size_t length, kd_error *err)
{
    size_t bad_at;
    if (memchr(line, 0, length))
        return kd_fail(err, KD_EDATA, "%s:%lld: a NUL byte (is this UTF-16 or binary?)", name_of(f),
                       (long long)f->line);
    if (length >= KD_LINE_LIMIT)
        return kd_fail(err, KD_EDATA, "%s:%lld: a line of more than %d bytes", name_of(f),
                       (long long)f->line, KD_LINE_LIMIT - 1);
    if (!kd_utf8_check(line, length, &bad_at))
        return kd_fail(err, KD_EDATA, "%s:%lld: byte %zu is 0x%02x, which is not UTF-8", name_of(f),
                       (long long)f->line, bad_at + 1, (unsigned char)line[bad_at]);
    return KD_OK;
}

kd_status kd_text_files_next(kd_text_files *f, const char **text, size_t *length, bool *more,
                             kd_error *err)
{
    kd_status status = KD_OK;
    bool      found = false;
    for (*more = true; status == KD_OK && *more;) {
        if (f->stream && (status = next_line(f, text, length, &found, err)) != KD_OK) break;
        if (!f->stream || !found) {
            status = next_file(f, more, err);
            continue;
        }
        if ((status = check(f, *text, *length, err)) != KD_OK) break;
        trim(f, text, length);
        if (*length > 0) return KD_OK;
    }
    return status;
}

const char *kd_text_files_place(const kd_text_files *f, int64_t *line)
{
    *line = f->line;
    return name_of(f);
}
