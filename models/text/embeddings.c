/* embeddings.c - one pass over the mapped file; the number of columns of the first row, or the
 * header, settles D for all. */
#include "models/text/embeddings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "models/text/unicode.h"

enum { DIM_MOST = 1 << 14 }; /* no vectors of words have a tenth of it */

struct kd_embeddings {
    kd_map            *rows;    /* word -> its row in `vectors` */
    float             *vectors; /* (wanted, D) */
    kd_embeddings_info info;
};

/* Where reading is. */
typedef struct {
    kd_embeddings *embeddings;
    const kd_map  *wanted;
    const char    *path;
    int            line;
    int64_t        promised; /* rows according to the header, -1 without one */
    size_t         kept;
    kd_str         key;
} reader;

/* ---- columns ---- */

typedef struct {
    const char *text;
    size_t      length;
} slice;

static bool is_gap(char c)
{
    return c == ' ' || c == '\t';
}

/* The last column of `line`, which loses it and the gap before it. Empty when none is left. */
static slice take_last(slice *line)
{
    while (line->length > 0 && is_gap(line->text[line->length - 1])) line->length--;
    size_t end = line->length;
    while (line->length > 0 && !is_gap(line->text[line->length - 1])) line->length--;
    slice column = { line->text + line->length, end - line->length };
    while (line->length > 0 && is_gap(line->text[line->length - 1])) line->length--;
    return column;
}

static int count_columns(slice line)
{
    int columns = 0;
    while (take_last(&line).length > 0) columns++;
    return columns;
}

/* Digits, with a mantissa below 2^53 and a power of ten up to 22: one multiplication or
 * division of two exact doubles, so the result is right (Clinger 1990). Everything else goes
 * the long way through strtod. */
static bool parse_plain(slice column, float *out)
{
    static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    uint64_t            mantissa = 0;
    int                 digits = 0, decimals = 0;
    bool                after_point = false;
    size_t              i = column.length > 0 && column.text[0] == '-';
    for (; i < column.length; i++) {
        char c = column.text[i];
        if (c == '.' && !after_point) {
            after_point = true;
            continue;
        }
        if (c < '0' || c > '9' || ++digits > 15) return false;
        mantissa = mantissa * 10 + (uint64_t)(c - '0');
        decimals += after_point;
    }
    if (digits == 0) return false;
    double value = (double)mantissa / powers[decimals];
    *out = (float)(column.text[0] == '-' ? -value : value);
    return true;
}

static bool parse_number(slice column, float *out)
{
    char   text[64];
    double value;
    if (parse_plain(column, out)) return true;
    if (column.length >= sizeof text) return false;
    for (size_t i = 0; i < column.length; i++) /* strtod knows more, such as 0x10 */
        if (!column.text[i] || !strchr("0123456789+-.eE", column.text[i])) return false;
    memcpy(text, column.text, column.length);
    text[column.length] = 0;
    if (!kd_parse_real(text, &value)) return false;
    *out = (float)value;
    return isfinite(*out);
}

static bool parse_count(slice column, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < column.length; i++) {
        if (column.text[i] < '0' || column.text[i] > '9' || i > 12) return false;
        *out = *out * 10 + (column.text[i] - '0');
    }
    return column.length > 0 && *out > 0;
}

/* ---- rows ---- */

/* Two whole numbers on the first line are a header; anything else is the first row. */
static bool read_header(reader *r, slice line)
{
    int64_t rows, dim;
    if (count_columns(line) != 2) return false;
    slice last = take_last(&line);
    if (!parse_count(last, &dim) || !parse_count(take_last(&line), &rows)) return false;
    r->promised = rows;
    r->embeddings->info.dim = dim > DIM_MOST ? DIM_MOST + 1 : (int)dim;
    r->embeddings->info.has_header = true;
    return true;
}

/* Remember the row at hand if it is wanted. */
static void keep_row(reader *r, slice word)
{
    kd_embeddings *e = r->embeddings;
    size_t         bad_at;
    if (!kd_utf8_check(word.text, word.length, &bad_at)) {
        e->info.not_utf8++;
        return;
    }
    e->info.spaced += memchr(word.text, ' ', word.length) != NULL;
    if (!kd_map_get_n(r->wanted, word.text, word.length)) return;
    if (kd_map_get_n(e->rows, word.text, word.length)) {
        e->info.repeated++;
        return;
    }
    kd_str_reset(&r->key);
    kd_str_add_bytes(&r->key, word.text, word.length);
    kd_map_put_number(e->rows, r->key.text, (int64_t)r->kept++);
}

static kd_status refuse_short(const reader *r, int columns, kd_error *err)
{
    return kd_fail(err, KD_EDATA, "%s:%d: expected a word and %d numbers, found %d columns",
                   r->path, r->line, r->embeddings->info.dim, columns);
}

/* Settle D by the header or by this row. Memory is taken only when the row has that many
 * columns: a header may promise anything. */
static kd_status start_rows(reader *r, slice line, kd_error *err)
{
    kd_embeddings_info *info = &r->embeddings->info;
    int                 columns = count_columns(line);
    size_t              room = kd_map_count(r->wanted) + 1; /* and a row that nobody wants */
    if (!info->has_header) info->dim = columns - 1;
    if (info->dim < 1)
        return kd_fail(err, KD_EDATA, "%s:%d: expected a word and its vector", r->path, r->line);
    if (info->dim > DIM_MOST)
        return kd_fail(err, KD_EDATA, "%s:%d: vectors of more than %d numbers", r->path, r->line,
                       DIM_MOST);
    if (columns <= info->dim) return refuse_short(r, columns, err);
    r->embeddings->vectors = kd_alloc(room * (size_t)info->dim, sizeof(float));
    return KD_OK;
}

static kd_status read_row(reader *r, slice line, kd_error *err)
{
    KD_CHECK(r->embeddings->vectors, "embeddings: a row before the first one");
    int    dim = r->embeddings->info.dim, columns = 0;
    float *vector = r->embeddings->vectors + r->kept * (size_t)dim;
    for (int d = dim - 1; d >= 0; d--) {
        slice column = take_last(&line);
        columns += column.length > 0;
        if (line.length == 0) return refuse_short(r, columns, err);
        if (!parse_number(column, &vector[d]))
            return kd_fail(err, KD_EDATA, "%s:%d: number %d: '%.*s' is none", r->path, r->line,
                           d + 1, column.length > 40 ? 40 : (int)column.length, column.text);
    }
    r->embeddings->info.rows++;
    keep_row(r, line);
    return KD_OK;
}

static kd_status read_line(reader *r, slice line, kd_error *err)
{
    if (memchr(line.text, 0, line.length))
        return kd_fail(err, KD_EDATA, "%s:%d: a NUL byte", r->path, r->line);
    if (r->line == 1 && read_header(r, line)) return KD_OK;
    kd_status status = r->embeddings->vectors ? KD_OK : start_rows(r, line, err);
    return status == KD_OK ? read_row(r, line, err) : status;
}

static kd_status read_lines(reader *r, const kd_fs_view *file, kd_error *err)
{
    const char *at = file->bytes, *end = at + file->length;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        slice       line = { at, (size_t)(stop - at) };
        if (line.length > 0 && stop[-1] == '\r') line.length--;
        r->line++;
        kd_status status = read_line(r, line, err);
        if (status != KD_OK) return status;
        at = newline ? newline + 1 : end;
    }
    const kd_embeddings_info *info = &r->embeddings->info;
    if (info->rows == 0) return kd_fail(err, KD_EDATA, "%s:1: no word vectors", r->path);
    if (r->promised >= 0 && r->promised != info->rows)
        return kd_fail(err, KD_EDATA, "%s:1: the header promises %lld rows, found %lld", r->path,
                       (long long)r->promised, (long long)info->rows);
    return KD_OK;
}

kd_status kd_embeddings_read(kd_embeddings **out, const char *path, const kd_map *wanted,
                             kd_error *err)
{
    kd_fs_view file;
    kd_status  status = kd_fs_map(&file, path, err);
    if (status != KD_OK) return status;

    kd_embeddings *e = kd_alloc(1, sizeof *e);
    e->rows = kd_map_create();
    reader r = {
        .embeddings = e, .wanted = wanted, .path = path, .promised = -1, .key = KD_STR_INIT
    };
    status = read_lines(&r, &file, err);
    kd_str_fini(&r.key);
    kd_fs_unmap(&file);
    if (status != KD_OK) {
        kd_embeddings_destroy(e);
        return status;
    }
    *out = e;
    return KD_OK;
}

void kd_embeddings_destroy(kd_embeddings *embeddings)
{
    if (!embeddings) return;
    kd_map_destroy(embeddings->rows);
    free(embeddings->vectors);
    free(embeddings);
}

/* ---- use ---- */

kd_embeddings_info kd_embeddings_about(const kd_embeddings *embeddings)
{
    return embeddings->info;
}

void kd_embeddings_want(kd_map *wanted, const char *word, size_t length)
{
    kd_str key = KD_STR_INIT;
    kd_str_add_bytes(&key, word, length);
    kd_map_put_number(wanted, key.text, 1);
    kd_str_reset(&key);
    kd_unicode_lower(&key, word, length);
    kd_map_put_number(wanted, key.text, 1);
    kd_str_fini(&key);
}

const float *kd_embeddings_find(const kd_embeddings *e, const char *word, size_t length)
{
    const kd_map_value *row = kd_map_get_n(e->rows, word, length);
    if (!row) {
        kd_str lowered = KD_STR_INIT;
        kd_unicode_lower(&lowered, word, length);
        row = kd_map_get_n(e->rows, lowered.text, lowered.length);
        kd_str_fini(&lowered);
    }
    return row ? e->vectors + (size_t)row->number * (size_t)e->info.dim : NULL;
}

kd_embeddings_hits kd_embeddings_cover(const kd_embeddings *e, const kd_map *counts)
{
    kd_embeddings_hits hits = { 0 };
    for (size_t i = 0; i < kd_map_count(counts); i++) {
        const char *word = kd_map_key(counts, i);
        int64_t     count = kd_map_at(counts, i)->number;
        bool        is_found = kd_embeddings_find(e, word, strlen(word)) != NULL;
        hits.words++;
        hits.words_found += is_found;
        hits.tokens += count;
        hits.tokens_found += is_found ? count : 0;
    }
    return hits;
}
