/* study_table_internal.h - one study's table in the making, which several files work at.
 *
 *     study_table_ask.c     the table that somebody asks for in place of a file's
 *     study_table_cells.c   the grid to records, those that are asked for, their groups
 *     study_table_choices.c of these what devel chose
 *     study_table.c         groups to columns and rows
 *     study_table_rows.c    their figures, and ratios of these
 *     study_table_extra.c   places beside another, and what students learned from
 *     study_table_marks.c   the best, and what a test tells from the baseline
 *     study_table_notes.c   what stands below
 */
#ifndef KD_RESULTS_STUDY_TABLE_INTERNAL_H
#define KD_RESULTS_STUDY_TABLE_INTERNAL_H

#include "harness/base/vec.h"
#include "harness/config/expected.h"
#include "results/aggregate.h"
#include "results/study_table.h"

/* The columns of one metric over the cells of one column group. */
typedef struct {
    const kd_metric *metric;
    const kd_group  *column;
    size_t           number; /* of the metric */
    size_t           first; /* of its columns in the table: the figure, then ratios, published, n */
    size_t           ratio_count;
    bool             has_published, has_count;
} kd_study_slot;

/* One table in the making. */
typedef struct {
    const kd_table_source *source;
    kd_expected           *expected;
    kd_study_table        *spec;  /* a copy of the file's, or made from the axes */
    kd_arena              *arena; /* the table's own */
    kd_table              *table;
    kd_record             *records; /* one for each cell of the grid */
    size_t                *object;  /* of each cell: the first cell with the same id */
    size_t                *counted; /* of each object: the last place that it was counted for */
    size_t                 place;
    kd_cells               cells;   /* those that `where` keeps */
    kd_cells               shown;   /* of these the ones that devel chose */
    kd_best_of            *choices; /* in the order in which they are made */
    size_t                 choice_count;
    kd_metric              chosen_by;      /* what the last of them looked at, if at anything */
    const char           **condition_keys; /* of the source's `where` */
    kd_metrics             metrics;
    KD_VEC(const char *) words; /* of each metric: what it was asked for by */
    kd_groups rows, columns;
    KD_VEC(kd_study_slot) slots;
    bool *is_used;     /* published figures that found their place */
    bool  has_planned; /* sizes of what has not run */
} kd_study_builder;

/* The table of a study that asks for none: the keys along which cells differ, seeds aside, and what every study wants to
 * know. Its lists live in the arena. */
void kd_study_table_default(kd_study_table *spec, const kd_study *study, kd_arena *arena);

/* Make a record of every cell, keep those that the table is about and group them. KD_EUSAGE for a
 * condition that is none, or that no cell meets. */
kd_status kd_study_table_collect(kd_study_builder *b, kd_error *err);

/* What the file says of a cell, read or not: that cell is in the hand of `expected` from there on. */
const char *kd_study_table_value(const kd_study_builder *b, const kd_record *cell, const char *key);

/* Whether the file says all of these of a cell. */
bool kd_study_table_has(const kd_study_builder *b, const kd_record *cell,
                        const kd_table_match *where, size_t count);

/* Begin to count anew; then whether the cell's object has not been counted since, which it now has. */
void kd_study_table_count_anew(kd_study_builder *b);
bool kd_study_table_is_first(kd_study_builder *b, const kd_record *cell);

/* study_table_choices.c: what is chosen for this table, before its cells are collected: keys that somebody
 * chooses among by an option, or for a table of the axes, make none of its rows and columns; what the file
 * chooses is left alone where it does. */
void kd_study_table_plan_choices(kd_study_builder *b);

/* Then, of each place, the cells that are shown, with a note on each choice. */
kd_status kd_study_table_choose(kd_study_builder *b, kd_error *err);

/* study_table_labels.c: what a value is called in print; what a key is, `fallback` where the file does not say. */
const char *kd_study_table_label(const kd_study_builder *b, const char *key, const char *value);
const char *kd_study_table_key_label(const kd_study_builder *b, const char *key,
                                     const char *fallback);

/* Times and sizes are shown by their mean; their spread is the machine's, not the method's. */
kd_column_kind kd_study_table_kind(const kd_metric *metric);

/* The cells of a row that are also in the slot's column group, each object once. */
void kd_study_table_place(kd_study_builder *b, const kd_group *row, const kd_study_slot *s,
                          kd_cells *out);

/* The row and the slot of the same metric that have the values of `match` in place of their own; false when the
 * table has no such place. */
bool kd_study_table_find_place(const kd_study_builder *b, size_t row, size_t slot,
                               const kd_table_match *match, size_t match_count, size_t *to_row,
                               size_t *to_slot);

/* KD_ECONFIG for a baseline or a ratio that no place of this table can have. */
kd_status kd_study_table_check_references(const kd_study_builder *b, kd_error *err);

/* Whether a ratio is told as a change, and not as a share. */
bool kd_study_table_is_change(const kd_table_ratio *ratio, const kd_metric *metric);

/* What the cells of a column group learned from: teachers, or the targets of several. */
void kd_study_table_extra_cells(const kd_study_builder *b, size_t which, const kd_group *column,
                                kd_cells *out);

/* The published figure for a metric of some cells, or SIZE_MAX. */
size_t kd_study_table_find_published(const kd_study_builder *b, const kd_record *cell, size_t m);

/* All rows; then the marks of the best, and of what a test tells from the baseline. */
void      kd_study_table_add_rows(kd_study_builder *b);
void      kd_study_table_mark_best(kd_study_builder *b);
kd_status kd_study_table_mark_tested(kd_study_builder *b, kd_error *err);

/* All that stands below the table. */
void kd_study_table_add_notes(kd_study_builder *b);

#endif
