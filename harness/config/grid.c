/* grid.c - digits of a mixed radix, and what stands at them. */
#include "harness/config/grid.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/vec.h"
#include "harness/config/schema.h"

#define CELLS_MAX ((uint64_t)1 << 31)

typedef struct {
    const kd_grid_dimension *dimensions;
    size_t                   count;
    size_t                   first; /* number of its first cell */
    size_t                   cells; /* that are left after the exclusions */
    uint32_t                *kept;  /* their numbers in the whole product; NULL when all are */
} block;

struct kd_grid {
    const char *const *base;
    size_t             rows;
    KD_VEC(block) blocks;
    KD_VEC(kd_grid_rule) rules;
    KD_VEC(int) varying;
    KD_VEC(const char *) names; /* what labels call the varying rows */
    size_t cells;
};

kd_grid *kd_grid_create(const char *const *base)
{
    kd_grid *grid = kd_alloc(1, sizeof *grid);
    grid->base = base;
    kd_schema_rows(&grid->rows);
    return grid;
}

static void put_digits(const block *b, uint64_t number, const char **values)
{
    for (size_t d = b->count; d-- > 0;) {
        const kd_grid_dimension *dim = &b->dimensions[d];
        size_t                   at = (size_t)(number % dim->length);
        number /= dim->length;
        for (size_t c = 0; c < dim->column_count; c++) {
            const kd_grid_column *column = &dim->columns[c];
            if (column->values[at]) values[column->row] = column->values[at];
        }
    }
}

/* ---- exclusion ---- */

static bool passes(const kd_grid_test *test, const char *value)
{
    for (size_t i = 0; i < test->count; i++)
        if (strcmp(test->values[i], value) == 0) return true;
    return false;
}

static bool matches(const kd_grid_condition *condition, const char *const *values)
{
    for (size_t i = 0; i < condition->count; i++)
        if (!passes(&condition->tests[i], values[condition->tests[i].row])) return false;
    return true;
}

static void keep_what_no_condition_matches(const kd_grid *grid, block *b,
                                           const kd_grid_condition *exclude, size_t exclude_count)
{
    const char **values = kd_alloc(grid->rows, sizeof *values);
    size_t       whole = b->cells;
    b->kept = kd_alloc(whole, sizeof *b->kept);
    b->cells = 0;
    for (size_t i = 0; i < whole; i++) {
        memcpy(values, grid->base, grid->rows * sizeof *values);
        put_digits(b, i, values);
        bool is_out = false;
        for (size_t e = 0; e < exclude_count && !is_out; e++) is_out = matches(&exclude[e], values);
        if (!is_out) b->kept[b->cells++] = (uint32_t)i;
    }
    free(values);
}

/* ---- blocks ---- */

static bool is_known(const kd_grid *grid, int row)
{
    for (size_t i = 0; i < grid->varying.count; i++)
        if (grid->varying.items[i] == row) return true;
    return false;
}

/* A row varies when some cell's text for it differs from some other's. */
static bool varies(const kd_grid *grid, const kd_grid_column *column, size_t length, bool is_first)
{
    const char *reference = is_first ? column->values[0] : NULL;
    if (!reference) reference = grid->base[column->row];
    for (size_t i = 0; i < length; i++)
        if (strcmp(column->values[i] ? column->values[i] : grid->base[column->row], reference) != 0)
            return true;
    return false;
}

static void note_varying(kd_grid *grid, const block *b)
{
    for (size_t d = 0; d < b->count; d++)
        for (size_t c = 0; c < b->dimensions[d].column_count; c++) {
            const kd_grid_column *column = &b->dimensions[d].columns[c];
            if (!is_known(grid, column->row) &&
                varies(grid, column, b->dimensions[d].length, grid->blocks.count == 0))
                kd_vec_push(&grid->varying, column->row);
        }
}

/* The last part of a key; all of it when another varying row ends alike, or it is not about the student itself. */
static const char *name_of(const kd_grid *grid, int row)
{
    const kd_schema_row *rows = kd_schema_rows(NULL);
    const char          *name = rows[row].setting->key;
    if (kd_starts_with(rows[row].key, "teacher.") || kd_starts_with(rows[row].key, "finetune."))
        return rows[row].key;
    for (size_t i = 0; i < grid->varying.count; i++) {
        int other = grid->varying.items[i];
        if (other != row && strcmp(rows[other].setting->key, name) == 0) return rows[row].key;
    }
    return name;
}

static void name_varying(kd_grid *grid)
{
    kd_vec_reset(&grid->names);
    for (size_t i = 0; i < grid->varying.count; i++)
        kd_vec_push(&grid->names, name_of(grid, grid->varying.items[i]));
}

kd_status kd_grid_add(kd_grid *grid, const kd_grid_dimension *dimensions, size_t count,
                      const kd_grid_condition *exclude, size_t exclude_count, kd_error *err)
{
    block    b = { .dimensions = dimensions, .count = count, .first = grid->cells };
    uint64_t cells = 1;
    for (size_t d = 0; d < count; d++) {
        cells *= dimensions[d].length;
        if (cells + grid->cells > CELLS_MAX)
            return kd_fail(err, KD_ECONFIG, "more than %llu cells", (unsigned long long)CELLS_MAX);
    }
    b.cells = (size_t)cells;
    if (exclude_count) keep_what_no_condition_matches(grid, &b, exclude, exclude_count);
    note_varying(grid, &b);
    name_varying(grid);
    grid->cells += b.cells;
    kd_vec_push(&grid->blocks, b);
    return KD_OK;
}

/* ---- cells ---- */

void kd_grid_follow(kd_grid *grid, const kd_grid_rule *rule)
{
    kd_vec_push(&grid->rules, *rule);
}

/* What nobody said is the built-in default itself, and no text that is equal to it. */
static void obey_rules(const kd_grid *grid, const char **values)
{
    const char *const *builtin = kd_schema_defaults();
    for (size_t i = 0; i < grid->rules.count; i++) {
        const kd_grid_rule *r = &grid->rules.items[i];
        if (values[r->row] == builtin[r->row] && matches(&r->when, values))
            values[r->row] = r->value;
    }
}

size_t kd_grid_count(const kd_grid *grid)
{
    return grid->cells;
}

static const block *block_of(const kd_grid *grid, size_t i)
{
    KD_CHECK(i < grid->cells, "grid: cell %zu of %zu", i, grid->cells);
    const block *b = grid->blocks.items;
    while (i >= b->first + b->cells) b++;
    return b;
}

void kd_grid_cell(const kd_grid *grid, size_t i, const char **values)
{
    const block *b = block_of(grid, i);
    memcpy(values, grid->base, grid->rows * sizeof *values);
    put_digits(b, b->kept ? b->kept[i - b->first] : i - b->first, values);
    obey_rules(grid, values);
    kd_schema_complete(values);
}

const char *kd_grid_value(const kd_grid *grid, size_t i, const char *key)
{
    int row = kd_schema_find(key);
    if (row < 0) return NULL;
    const char **values = kd_alloc(grid->rows, sizeof *values);
    kd_grid_cell(grid, i, values);
    const char *value = values[row];
    free(values);
    return value;
}

const int *kd_grid_varying(const kd_grid *grid, size_t *count)
{
    *count = grid->varying.count;
    return grid->varying.items;
}

const char *const *kd_grid_names(const kd_grid *grid)
{
    return grid->names.items;
}

void kd_grid_label(const kd_grid *grid, size_t i, kd_str *out)
{
    const char **values = kd_alloc(grid->rows, sizeof *values);
    kd_grid_cell(grid, i, values);
    for (size_t v = 0; v < grid->varying.count; v++) {
        if (v) kd_str_add_char(out, ' ');
        kd_str_add(out, grid->names.items[v]);
        kd_str_add_char(out, '=');
        kd_str_add(out, values[grid->varying.items[v]]);
    }
    free(values);
}

void kd_grid_destroy(kd_grid *grid)
{
    if (!grid) return;
    for (size_t i = 0; i < grid->blocks.count; i++) free(grid->blocks.items[i].kept);
    kd_vec_fini(&grid->blocks);
    kd_vec_fini(&grid->rules);
    kd_vec_fini(&grid->varying);
    kd_vec_fini(&grid->names);
    free(grid);
}
