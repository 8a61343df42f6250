/* study_cells.c - a list of cells in a file, in place of axes.
 *
 *     cells.tsv     student.hidden <TAB> distill.method     a header of keys,
 *                   32 <TAB> none                           then one cell a line
 *     cells.jsonl   {"student.hidden": 32, "distill": {"method": "none"}}
 *
 * A key that a line does not have keeps the study's value. Empty lines count for nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/json.h"
#include "harness/base/map.h"
#include "harness/config/schema.h"
#include "harness/config/study_internal.h"

typedef struct {
    kd_study   *study;
    const char *path;
    kd_columns *columns;
    KD_VEC(kd_map *) known; /* for each column: a text to its canonical form */
    size_t    capacity;     /* lines of the file */
    size_t    cells;
    int       line;
    kd_status status;
    kd_error *err;
} listing;

/* What a line says, as a value of the tree. It has no types of its own, as the command line has
 * none: every text may be a number. */
static kd_value said_here(const listing *l, const char *text)
{
    return (kd_value){ .type = KD_VALUE_TEXT,
                       .origin = KD_ORIGIN_ENVIRONMENT,
                       .text = text,
                       .where = l->path,
                       .line = l->line };
}

/* The column of `key`, which is made when it is new. */
static kd_status column_for(listing *l, const char *key, size_t *out)
{
    int row = kd_schema_find(key);
    if (row < 0) {
        kd_value value = said_here(l, key);
        return kd_study_unknown(l->study, &value, key, "", l->err);
    }
    for (*out = 0; *out < l->columns->count; ++*out)
        if (l->columns->items[*out].row == row) return KD_OK;
    const char **values = kd_arena_zero(l->study->arena, l->capacity, sizeof *values);
    kd_vec_push(l->columns, (kd_grid_column){ row, values });
    kd_vec_push(&l->known, kd_map_create());
    return KD_OK;
}

static kd_status put_text(listing *l, size_t column, const char *text)
{
    kd_grid_column *c = &l->columns->items[column];
    const char     *canonical = kd_map_pointer(l->known.items[column], text);
    if (!canonical) {
        kd_value  value = said_here(l, text);
        kd_status status = kd_study_canonical(l->study, c->row, &value, &canonical, l->err);
        if (status != KD_OK) return status;
        kd_map_put_pointer(l->known.items[column], text, (void *)canonical);
    }
    c->values[l->cells] = canonical;
    return KD_OK;
}

/* ---- TSV ---- */

static kd_status read_header(listing *l, char *line)
{
    for (char *field; (field = strsep(&line, "\t"));) {
        size_t    column, before = l->columns->count;
        kd_status status = column_for(l, field, &column);
        if (status != KD_OK) return status;
        if (column < before)
            return kd_fail(l->err, KD_ECONFIG, "%s:%d: %s: stands here twice", l->path, l->line,
                           field);
    }
    return KD_OK;
}

static kd_status read_row(listing *l, char *line)
{
    size_t column = 0;
    for (char *field; (field = strsep(&line, "\t")); column++) {
        kd_status status = column < l->columns->count ? put_text(l, column, field) : KD_OK;
        if (status != KD_OK) return status;
    }
    if (column != l->columns->count)
        return kd_fail(l->err, KD_ECONFIG, "%s:%d: expected %zu columns, found %zu", l->path,
                       l->line, l->columns->count, column);
    l->cells++;
    return KD_OK;
}

static kd_status read_tsv_line(listing *l, char *line)
{
    return l->columns->count ? read_row(l, line) : read_header(l, line);
}

/* ---- JSON lines ---- */

typedef struct {
    listing    *l;
    const char *prefix;
} visit;

static const char *text_of(listing *l, const kd_json *value)
{
    kd_str         text = KD_STR_INIT;
    kd_json_writer w;
    if (kd_json_type_of(value) == KD_JSON_TEXT) return kd_json_to_text(value, "");
    kd_json_start(&w, &text, 0);
    switch (kd_json_type_of(value)) {
    case KD_JSON_BOOL:
        kd_json_bool(&w, kd_json_to_bool(value, false));
        break;
    case KD_JSON_INT:
        kd_json_int(&w, kd_json_to_int(value, 0));
        break;
    case KD_JSON_REAL:
        kd_json_real(&w, kd_json_to_real(value, 0));
        break;
    default:
        kd_str_add(&text, "a list or null");
        break; /* which no setting accepts */
    }
    const char *kept = kd_arena_strdup(l->study->arena, text.text);
    kd_str_fini(&text);
    return kept;
}

static void take_member(const char *name, const kd_json *value, void *user)
{
    visit   *v = user;
    listing *l = v->l;
    if (l->status != KD_OK) return;
    char *key = kd_sprintf("%s%s", v->prefix, name);
    if (kd_json_type_of(value) == KD_JSON_OBJECT) {
        char *prefix = kd_sprintf("%s.", key);
        kd_json_each(value, take_member, &(visit){ l, prefix });
        free(prefix);
    } else {
        size_t column;
        l->status = column_for(l, key, &column);
        if (l->status == KD_OK) l->status = put_text(l, column, text_of(l, value));
    }
    free(key);
}

static kd_status read_json_line(listing *l, char *line)
{
    kd_json_document *document;
    char             *name = kd_sprintf("%s:%d", l->path, l->line);
    kd_status         status = kd_json_parse(&document, line, strlen(line), name, l->err);
    free(name);
    if (status != KD_OK) return KD_ECONFIG;
    const kd_json *root = kd_json_root(document);
    if (kd_json_type_of(root) != KD_JSON_OBJECT)
        l->status =
            kd_fail(l->err, KD_ECONFIG, "%s:%d: expected an object { ... }", l->path, l->line);
    else
        kd_json_each(root, take_member, &(visit){ l, "" });
    kd_json_close(document);
    l->cells++;
    return l->status;
}

/* ---- both ---- */

static size_t count_lines(const kd_str *text)
{
    size_t lines = 1;
    for (const char *c = text->text; (c = strchr(c, '\n')); c++) lines++;
    return lines;
}

static kd_status read_lines(listing *l, kd_str *text)
{
    bool      is_json = kd_ends_with(l->path, ".jsonl");
    char     *rest = text->text, *line;
    kd_status status = KD_OK;
    while (status == KD_OK && (line = strsep(&rest, "\n"))) {
        size_t length = strlen(line);
        l->line++;
        if (length && line[length - 1] == '\r') line[--length] = 0;
        if (length) status = is_json ? read_json_line(l, line) : read_tsv_line(l, line);
    }
    if (status == KD_OK && l->cells == 0)
        status = kd_fail(l->err, KD_ECONFIG, "%s:%d: there are no cells", l->path, l->line);
    return status;
}

/* From the disk, or from who opened the study; kept for who keeps it. */
static kd_status read_file(kd_study *study, const kd_value *value, const char **path, kd_str *text,
                           kd_error *err)
{
    const kd_study_options *options = study->options;
    const char             *at = kd_study_at(study, value, "cells");
    char                   *found;
    kd_status               status = KD_OK;
    *path = value->text;
    for (size_t i = 0; i < options->file_count; i++)
        if (strcmp(options->files[i].name, value->text) == 0) {
            kd_str_add(text, options->files[i].text);
            goto kept;
        }
    found = kd_study_find_file(study, value->text);
    if (!found)
        return kd_fail(err, KD_ENOINPUT, "%s: there is no file %s%s", at, value->text,
                       kd_study_searched(study, value->text));
    *path = kd_arena_strdup(study->arena, found);
    free(found);
    if ((status = kd_fs_read(*path, text, err)) != KD_OK) return status;
kept:
    kd_vec_push(&study->files,
                (kd_study_file){ value->text, kd_arena_strdup(study->arena, text->text) });
    return KD_OK;
}

kd_status kd_study_read_cells(kd_study *study, const kd_value *value, kd_columns *columns,
                              size_t *length, kd_error *err)
{
    const char *at = kd_study_at(study, value, "cells");
    kd_status   status = kd_study_expect(study, value, KD_VALUE_TEXT, err);
    if (status != KD_OK) return status;
    if (!kd_ends_with(value->text, ".tsv") && !kd_ends_with(value->text, ".jsonl"))
        return kd_fail(err, KD_ECONFIG, "%s: expected a file .tsv or .jsonl, found %s", at,
                       value->text);

    kd_str  text = KD_STR_INIT;
    listing l = { .study = study, .columns = columns, .err = err };
    status = read_file(study, value, &l.path, &text, err);
    l.capacity = count_lines(&text);
    if (status == KD_OK) status = read_lines(&l, &text);
    *length = l.cells;
    for (size_t i = 0; i < l.known.count; i++) kd_map_destroy(l.known.items[i]);
    kd_vec_fini(&l.known);
    kd_str_fini(&text);
    return status;
}
