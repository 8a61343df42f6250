/* study_table_internal.h - one study's table in the making, which several files work at.
 *
 *     study_table_cells.c   the grid to records, those that are asked for, their groups
 *     study_table_choices.c of these what devel chose
 *     study_table.c         groups to columns and rows
 *     study_table_notes.c   what stands below
 */
#ifndef KD_RESULTS_STUDY_TABLE_INTERNAL_H
#define KD_RESULTS_STUDY_TABLE_INTERNAL_H

#include "harness/base/vec.h"
#include "results/aggregate.h"
#include "results/study_table.h"

/* The columns of one metric over the cells of one column group. */
typedef struct {
    const kd_metric *metric;
    const kd_group  *column;
    size_t           number; /* of the metric */
    bool             has_published, has_count;
} kd_study_slot;

/* One table in the making. */
typedef struct {
    const kd_table_source *source;
    kd_study_table        *spec;  /* a copy of the file's, or made from the axes */
    kd_arena              *arena; /* the table's own */
    kd_table              *table;
    kd_record             *records; /* one for each cell of the grid */
    const char           **values;  /* of all settings of the cell in hand */
    size_t                *object;  /* of each cell: the first cell with the same id */
    size_t                *counted; /* of each object: the last place that it was counted for */
    size_t                 place;
    kd_cells               cells;   /* those that `where` keeps */
    kd_cells               shown;   /* of these the ones that devel chose */
    kd_best_of            *choices; /* in the order in which they are made */
    size_t                 choice_count;
    const char           **condition_keys; /* of the source's `where` */
    kd_metrics             metrics;
    KD_VEC(const char *) words; /* of each metric: what it was asked for by */
    kd_groups rows, columns;
    KD_VEC(kd_study_slot) slots;
    bool *is_used; /* published figures that found their place */
} kd_study_builder;

/* Make a record of every cell, keep those that the table is about and group them. KD_EUSAGE for a
 * condition that is none, or that no cell meets. */
kd_status kd_study_table_collect(kd_study_builder *b, kd_error *err);

/* What the file says of a cell, read or not. */
const char *kd_study_table_value(const kd_study_builder *b, const kd_record *cell, const char *key);

/* Begin to count anew; then whether the cell's object has not been counted since, which it now has. */
void kd_study_table_count_anew(kd_study_builder *b);
bool kd_study_table_is_first(kd_study_builder *b, const kd_record *cell);

/* study_table_choices.c: what is chosen for this table, before its cells are collected: keys that somebody
 * chooses among by an option, or for a table of the axes, make none of its rows and columns; what the file
 * chooses is left alone where it does. */
void kd_study_table_plan_choices(kd_study_builder *b);

/* Then, of each place, the cells that are shown, with a note on each choice. */
kd_status kd_study_table_choose(kd_study_builder *b, kd_error *err);

/* All that stands below the table. */
void kd_study_table_add_notes(kd_study_builder *b);

#endif
