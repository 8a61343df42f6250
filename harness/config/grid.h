/* grid.h - a study's cells, counted and never stored.
 *
 *     block 0: axes          block 1: included cells
 *     dim 0 | dim 1 | seeds    dim 0 | seeds          cell i -> block -> digits of a mixed radix
 *       a b     c     s          r     s              the last dimension runs fastest
 *
 * A dimension has positions, and at each one a value for one row of the schema or (a zip
 * group, a list of cells) several. A cell is the study's base values with those put over
 * them. Excluded combinations are left out of the numbering.
 */
#ifndef KD_CONFIG_GRID_H
#define KD_CONFIG_GRID_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/arena.h"
#include "harness/base/status.h"
#include "harness/base/str.h"

typedef struct kd_grid kd_grid;

/* One row of the schema along one dimension. */
typedef struct {
    int          row;
    const char **values; /* canonical; NULL at a position means the base value */
} kd_grid_column;

typedef struct {
    size_t          length; /* positions */
    kd_grid_column *columns;
    size_t          column_count;
} kd_grid_dimension;

/* A conjunction: every row has one of its values. */
typedef struct {
    int          row;
    const char **values;
    size_t       count;
} kd_grid_test;

typedef struct {
    kd_grid_test *tests;
    size_t        count;
} kd_grid_condition;

/* Cells that the condition matches have this value in a row that nobody said. */
typedef struct {
    kd_grid_condition when;
    int               row;
    const char       *value; /* canonical */
} kd_grid_rule;

/* A grid over `base` (one canonical text per schema row). Everything given is borrowed and must
 * outlive the grid. */
kd_grid *kd_grid_create(const char *const *base);

/* Add a block: the product of its dimensions without what a condition matches. KD_ECONFIG when
 * that is more than 2^31 cells. */
kd_status kd_grid_add(kd_grid *grid, const kd_grid_dimension *dimensions, size_t count,
                      const kd_grid_condition *exclude, size_t exclude_count, kd_error *err);

/* Add a rule; of two for one row the first counts. */
void kd_grid_follow(kd_grid *grid, const kd_grid_rule *rule);

size_t kd_grid_count(const kd_grid *grid);

/* Put the values of cell `i`, one per schema row, into `values`. */
void kd_grid_cell(const kd_grid *grid, size_t i, const char **values);

/* One value of cell `i` by key; NULL for a key that no row has. */
const char *kd_grid_value(const kd_grid *grid, size_t i, const char *key);

/* The rows that differ between cells, in the order of the dimensions. */
const int *kd_grid_varying(const kd_grid *grid, size_t *count);

/* What labels call each of these: the last part of its key, or the whole key where another one ends alike and of a
 * teacher or a fine-tuning. */
const char *const *kd_grid_names(const kd_grid *grid);

/* Add what a person calls cell `i`, by all of these: "hidden=64 method=none seed=2". */
void kd_grid_label(const kd_grid *grid, size_t i, kd_str *out);

void kd_grid_destroy(kd_grid *grid); /* NULL is fine */

#endif
