/* study_axes.c - axes, zip groups, lists of cells, inclusions and exclusions become dimensions.
 *
 *     axes = ( { key = "student.hidden"; values = [32, 64]; },
 *              { zip = ( { key = "student.kind";   values = ["bilstm", "bert"]; },
 *                        { key = "student.layers"; values = [2, 4]; } ); } );
 *     include = ( { student = { hidden = 312; }; distill = { method = "none"; }; } );
 *     exclude = ( { student = { hidden = [64]; }; distill = { method = "none"; }; } );
 *
 * An included cell is one more cell (for every seed) over the base settings. An exclusion takes
 * out of the product of the axes what has all of its values.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/base/map.h"
#include "harness/config/schema.h"
#include "harness/config/study_internal.h"

/* What a value of an axis belongs to, while dimensions are being made. */
typedef struct {
    kd_study *study;
    kd_map   *axes; /* keys that have an axis already */
} reading;

/* ---- one axis ---- */

static kd_status only_members(const reading *r, const kd_value *group, const char *names,
                              kd_error *err)
{
    kd_status status = kd_study_expect(r->study, group, KD_VALUE_GROUP, err);
    for (const kd_value *m = group->first; m && status == KD_OK; m = m->next)
        if (!kd_list_has(names, m->name))
            status = kd_fail(err, KD_ECONFIG, "%s: unknown key; expected one of: %s",
                             kd_source_place(r->study->source, m, r->study->group), names);
    return status;
}

static kd_status member_of(const reading *r, const kd_value *group, const char *name,
                           kd_value_type type, const kd_value **out, kd_error *err)
{
    *out = kd_value_get(group, name);
    if (*out) return kd_study_expect(r->study, *out, type, err);
    return kd_fail(err, KD_ECONFIG, "%s: there is no `%s`",
                   kd_source_place(r->study->source, group, r->study->group), name);
}

static kd_status refuse_seed(const kd_study *study, const kd_value *value, kd_error *err)
{
    return kd_fail(err, KD_ECONFIG, "%s: seeds are listed in `seeds`, for all cells alike",
                   kd_study_at(study, value, "seed"));
}

/* The text in `value` must be the key of a setting. */
static kd_status read_key(const reading *r, const kd_value *value, int *row, kd_error *err)
{
    *row = kd_schema_find(value->text);
    if (*row < 0) return kd_study_unknown(r->study, value, value->text, "", err);
    if (!strcmp(value->text, "seed")) return refuse_seed(r->study, value, err);
    if (kd_map_get(r->axes, value->text))
        return kd_fail(err, KD_ECONFIG, "%s: has an axis already",
                       kd_study_at(r->study, value, value->text));
    kd_map_put_number(r->axes, value->text, 1);
    return KD_OK;
}

/* A value may stand twice only in a zip group, where the axes beside it differ. */
static kd_status read_values(const reading *r, int row, const kd_value *list, bool may_repeat,
                             kd_grid_column *column, kd_error *err)
{
    const char *key = kd_schema_rows(NULL)[row].key;
    kd_map     *seen = kd_map_create();
    kd_status   status = KD_OK;
    size_t      i = 0;
    column->row = row;
    column->values = kd_arena_zero(r->study->arena, list->count, sizeof *column->values);
    for (const kd_value *m = list->first; m && status == KD_OK; m = m->next, i++) {
        status = kd_study_canonical(r->study, row, m, &column->values[i], err);
        if (status == KD_OK && !may_repeat && kd_map_get(seen, column->values[i]))
            status = kd_fail(err, KD_ECONFIG, "%s: the value %s stands here twice",
                             kd_study_at(r->study, m, key), column->values[i]);
        if (status == KD_OK) kd_map_put_number(seen, column->values[i], 1);
        status = kd_study_note(r->study, status, err);
    }
    kd_map_destroy(seen);
    if (status == KD_OK && list->count == 0)
        status = kd_fail(err, KD_ECONFIG, "%s: expected at least one value",
                         kd_study_at(r->study, list, key));
    return status;
}

/* Values for an axis over `row` that the environment or command line gave win over the file's. */
static const kd_value *stronger_list(const reading *r, int row, const kd_value *list)
{
    const kd_value *other = r->study->lists[row];
    return other && other->origin > list->origin ? other : list;
}

/* One { key, values } into a column. `*length` is set, and left at 0 when the key is fixed by
 * somebody stronger, who then said it for all cells. */
static kd_status read_axis(const reading *r, const kd_value *axis, bool is_zip,
                           kd_grid_column *column, size_t *length, kd_error *err)
{
    const kd_value *key = NULL, *list = NULL;
    int             row = -1;
    kd_status       status = only_members(r, axis, "key values", err);
    *length = 0;
    if (status == KD_OK) status = member_of(r, axis, "key", KD_VALUE_TEXT, &key, err);
    if (status == KD_OK) status = member_of(r, axis, "values", KD_VALUE_LIST, &list, err);
    if (status == KD_OK) status = read_key(r, key, &row, err);
    if (status != KD_OK) return status;
    bool is_fixed = kd_study_is_fixed(r->study, row, list);
    list = stronger_list(r, row, list);
    status = read_values(r, row, list, is_zip, column, err);
    if (status == KD_OK && !is_fixed) *length = list->count;
    return status;
}

static kd_grid_dimension dimension_of(kd_arena *arena, const kd_columns *columns, size_t length)
{
    kd_grid_dimension dim = { .length = length, .column_count = columns->count };
    dim.columns = kd_arena_alloc(arena, columns->count + 1, sizeof *dim.columns);
    if (columns->count) memcpy(dim.columns, columns->items, columns->count * sizeof *dim.columns);
    return dim;
}

static void add_column(kd_study *study, const kd_grid_column *column, size_t length)
{
    kd_columns one = { (kd_grid_column *)column, 1, 1 };
    kd_vec_push(&study->dimensions, dimension_of(study->arena, &one, length));
}

/* Axes that move together: their first values make one position, their second values the next. */
static kd_status read_zip(const reading *r, const kd_value *zip, kd_error *err)
{
    kd_columns columns = KD_VEC_INIT;
    size_t     length = 0;
    kd_status  status = kd_study_expect(r->study, zip, KD_VALUE_LIST, err);
    for (const kd_value *axis = zip->first; axis && status == KD_OK; axis = axis->next) {
        kd_grid_column column;
        size_t         own;
        status = kd_study_note(r->study, read_axis(r, axis, true, &column, &own, err), err);
        if (status != KD_OK || own == 0) continue;
        if (length && own != length)
            status = kd_study_note(
                r->study,
                kd_fail(err, KD_ECONFIG, "%s: expected %zu values as in the axis before, found %zu",
                        kd_source_place(r->study->source, axis, r->study->group), length, own),
                err);
        length = own;
        kd_vec_push(&columns, column);
    }
    if (status == KD_OK && zip->count == 0)
        status = kd_fail(err, KD_ECONFIG, "%s: expected at least one axis",
                         kd_source_place(r->study->source, zip, r->study->group));
    if (status == KD_OK && columns.count)
        kd_vec_push(&r->study->dimensions, dimension_of(r->study->arena, &columns, length));
    kd_vec_fini(&columns);
    return status;
}

static kd_status read_axes(const reading *r, const kd_value *axes, kd_error *err)
{
    kd_status status = kd_study_expect(r->study, axes, KD_VALUE_LIST, err);
    for (const kd_value *axis = axes->first; axis && status == KD_OK; axis = axis->next) {
        const kd_value *zip = axis->type == KD_VALUE_GROUP ? kd_value_get(axis, "zip") : NULL;
        kd_grid_column  column;
        size_t          length;
        if (zip) {
            status = only_members(r, axis, "zip", err);
            if (status == KD_OK) status = read_zip(r, zip, err);
            status = kd_study_note(r->study, status, err);
            continue;
        }
        status = kd_study_note(r->study, read_axis(r, axis, false, &column, &length, err), err);
        if (status == KD_OK && length) add_column(r->study, &column, length);
    }
    return status;
}

/* Lists from the environment and the command line for keys that had no axis. */
static kd_status read_new_axes(const reading *r, kd_error *err)
{
    kd_status status = KD_OK;
    for (size_t row = 0; row < r->study->rows && status == KD_OK; row++) {
        const kd_value *list = r->study->lists[row];
        kd_grid_column  column;
        const char     *key = kd_schema_rows(NULL)[row].key;
        if (!list || !strcmp(key, "seed") || kd_map_get(r->axes, key)) continue;
        status = read_values(r, (int)row, list, false, &column, err);
        if (status == KD_OK) add_column(r->study, &column, list->count);
    }
    return status;
}

/* ---- a list of cells in a file ---- */

static kd_status read_list_of_cells(const reading *r, const kd_value *value, kd_error *err)
{
    kd_columns      columns = KD_VEC_INIT, kept = KD_VEC_INIT;
    size_t          length = 0;
    const kd_value *seeds = kd_value_get(r->study->group, "seeds");
    kd_status       status = kd_study_read_cells(r->study, value, &columns, &length, err);
    for (size_t c = 0; c < columns.count && status == KD_OK; c++) {
        int         row = columns.items[c].row;
        const char *key = kd_schema_rows(NULL)[row].key;
        bool        is_seed = !strcmp(key, "seed") && seeds && seeds->origin > value->origin;
        if (is_seed || r->study->lists[row] || kd_study_is_fixed(r->study, row, value)) continue;
        kd_map_put_number(r->axes, key, 1);
        kd_vec_push(&kept, columns.items[c]);
    }
    if (status == KD_OK)
        kd_vec_push(&r->study->dimensions, dimension_of(r->study->arena, &kept, length));
    kd_vec_fini(&columns);
    kd_vec_fini(&kept);
    return status;
}

/* ---- include ---- */

typedef struct {
    kd_columns columns;
    size_t     position, length;
} inclusion;

static kd_status take_included(kd_study *study, int row, const kd_value *value, void *user,
                               kd_error *err)
{
    inclusion *all = user;
    size_t     c = 0;
    if (!strcmp(kd_schema_rows(NULL)[row].key, "seed")) return refuse_seed(study, value, err);
    if (kd_study_is_fixed(study, row, value)) return KD_OK;
    while (c < all->columns.count && all->columns.items[c].row != row) c++;
    if (c == all->columns.count) {
        const char **values = kd_arena_zero(study->arena, all->length, sizeof *values);
        kd_vec_push(&all->columns, (kd_grid_column){ row, values });
    }
    return kd_study_canonical(study, row, value, &all->columns.items[c].values[all->position], err);
}

static kd_status read_include(const reading *r, const kd_value *include, kd_error *err)
{
    inclusion all = { .length = include->count };
    kd_status status = kd_study_expect(r->study, include, KD_VALUE_LIST, err);
    for (const kd_value *cell = include->first; cell && status == KD_OK; cell = cell->next) {
        status = kd_study_expect(r->study, cell, KD_VALUE_GROUP, err);
        if (status == KD_OK)
            status = kd_study_each_setting(r->study, cell, "", take_included, &all, err);
        status = kd_study_note(r->study, status, err);
        all.position++;
    }
    if (status == KD_OK && all.length)
        kd_vec_push(&r->study->included, dimension_of(r->study->arena, &all.columns, all.length));
    kd_vec_fini(&all.columns);
    return status;
}

/* ---- exclude ---- */

typedef KD_VEC(kd_grid_test) test_vec;

static kd_status take_test(kd_study *study, int row, const kd_value *value, void *user,
                           kd_error *err)
{
    test_vec    *tests = user;
    bool         is_list = value->type == KD_VALUE_LIST;
    size_t       count = is_list ? value->count : 1;
    kd_grid_test test = { row, kd_arena_zero(study->arena, count, sizeof *test.values), 0 };
    kd_status    status = KD_OK;
    for (const kd_value *m = is_list ? value->first : value; m && status == KD_OK;
         m = is_list ? m->next : NULL)
        status = kd_study_canonical(study, row, m, &test.values[test.count++], err);
    kd_vec_push(tests, test);
    return status;
}

static kd_status read_condition(const reading *r, const kd_value *group, kd_error *err)
{
    test_vec  tests = KD_VEC_INIT;
    int       before = r->study->problems->count;
    kd_status status = kd_study_expect(r->study, group, KD_VALUE_GROUP, err);
    if (status == KD_OK)
        status = kd_study_each_setting(r->study, group, "", take_test, &tests, err);
    if (status == KD_OK && tests.count == 0 && r->study->problems->count == before)
        status = kd_fail(err, KD_ECONFIG, "%s: an empty group would leave out every cell",
                         kd_source_place(r->study->source, group, r->study->group));
    kd_grid_condition condition = {
        kd_arena_alloc(r->study->arena, tests.count + 1, sizeof *tests.items), tests.count
    };
    if (tests.count) memcpy(condition.tests, tests.items, tests.count * sizeof *tests.items);
    if (status == KD_OK) kd_vec_push(&r->study->exclude, condition);
    kd_vec_fini(&tests);
    return status;
}

static kd_status read_exclude(const reading *r, const kd_value *exclude, kd_error *err)
{
    kd_status status = kd_study_expect(r->study, exclude, KD_VALUE_LIST, err);
    for (const kd_value *m = exclude->first; m && status == KD_OK; m = m->next)
        status = kd_study_note(r->study, read_condition(r, m, err), err);
    return status;
}

/* ---- seeds ---- */

/* A number in a file may mean a seed or how many of them. On a command line, where people try one seed
 * after another, it is the seed. */
static kd_status check_seeds(const reading *r, const kd_value *seeds, kd_error *err)
{
    const kd_value *seed = r->study->said[kd_schema_find("seed")];
    bool            is_loose = seeds->origin >= KD_ORIGIN_ENVIRONMENT;
    if (seed && seed->origin == seeds->origin)
        return kd_fail(err, KD_ECONFIG, "%s: stands beside `seeds`; a study has one of them",
                       kd_study_at(r->study, seed, "seed"));
    if (seeds->type == KD_VALUE_LIST || is_loose) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "%s: expected a list of seeds, as seeds = [1, 2, 3]; found %s",
                   kd_study_at(r->study, seeds, "seeds"), kd_value_words(r->study->source, seeds));
}

/* The innermost dimension: cells that differ only in their seed stand together. */
static kd_status read_seeds(const reading *r, const kd_value *seeds, kd_error *err)
{
    int             row = kd_schema_find("seed");
    const kd_value *list = r->study->lists[row];
    kd_grid_column  column;
    kd_status       status = seeds ? check_seeds(r, seeds, err) : KD_OK;
    if (status != KD_OK) return status;
    if (kd_map_get(r->axes, "seed")) {
        if (!seeds) return KD_OK;
        return kd_fail(err, KD_ECONFIG, "%s: the list of cells has seeds already",
                       kd_study_at(r->study, seeds, "seeds"));
    }
    if (!list || (seeds && seeds->origin >= list->origin)) list = seeds;
    if (!list || kd_study_is_fixed(r->study, row, list)) return KD_OK;
    kd_value alone = *list, one = *list; /* -D seeds=7 is a list of one */
    alone.next = NULL;
    if (list->type != KD_VALUE_LIST) {
        one.first = &alone;
        one.count = 1;
    }
    status = read_values(r, row, &one, false, &column, err);
    if (status != KD_OK) return status;
    add_column(r->study, &column, one.count);
    if (r->study->included.count)
        kd_vec_push(&r->study->included,
                    r->study->dimensions.items[r->study->dimensions.count - 1]);
    return KD_OK;
}

/* ---- all of it ---- */

static kd_status read_dimensions(const reading *r, const kd_value *group, kd_error *err)
{
    const kd_value *axes = kd_value_get(group, "axes"), *cells = kd_value_get(group, "cells");
    const kd_value *include = kd_value_get(group, "include");
    const kd_value *exclude = kd_value_get(group, "exclude");
    kd_status       status = KD_OK;
    if (axes && cells)
        return kd_fail(err, KD_ECONFIG, "%s: stands beside `axes`; a study has one of them",
                       kd_study_at(r->study, cells, "cells"));
#define THEN(is_there, step) \
    if (status == KD_OK && (is_there)) status = kd_study_note(r->study, step, err)
    THEN(axes, read_axes(r, axes, err));
    THEN(cells, read_list_of_cells(r, cells, err));
    THEN(include, read_include(r, include, err));
    THEN(exclude, read_exclude(r, exclude, err));
    THEN(true, read_new_axes(r, err));
#undef THEN
    if (status == KD_OK) status = read_seeds(r, kd_value_get(group, "seeds"), err);
    return status;
}

/* With inclusions and neither axes nor a list of cells, the inclusions are all there is. */
static kd_status fill_grid(kd_study *study, kd_error *err)
{
    bool has_main = kd_value_get(study->group, "axes") || kd_value_get(study->group, "cells") ||
                    !study->included.count;
    kd_status status = KD_OK;
    if (has_main)
        status = kd_grid_add(study->grid, study->dimensions.items, study->dimensions.count,
                             study->exclude.items, study->exclude.count, err);
    if (status == KD_OK && study->included.count)
        status =
            kd_grid_add(study->grid, study->included.items, study->included.count, NULL, 0, err);
    if (status != KD_OK) return kd_while(err, status, "%s", study->path);
    if (kd_grid_count(study->grid) == 0)
        return kd_fail(err, KD_ECONFIG, "%s: every cell is excluded",
                       kd_study_at(study, kd_value_get(study->group, "exclude"), "exclude"));
    return KD_OK;
}

kd_status kd_study_read_grid(kd_study *study, kd_error *err)
{
    reading   r = { study, kd_map_create() };
    kd_status status = read_dimensions(&r, study->group, err);
    kd_map_destroy(r.axes);
    if (status != KD_OK || study->problems->count) return status;
    study->grid = kd_grid_create(study->base);
    status = fill_grid(study, err);
    if (status == KD_OK) kd_study_follow_folders(study);
    return status;
}
