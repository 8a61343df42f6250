/* study_internal.h - what the files that read a study share. */
#ifndef KD_CONFIG_STUDY_INTERNAL_H
#define KD_CONFIG_STUDY_INTERNAL_H

#include "harness/base/problems.h"
#include "harness/base/vec.h"
#include "harness/config/source.h"
#include "harness/config/study.h"

typedef KD_VEC(kd_grid_dimension) kd_dimensions;
typedef KD_VEC(kd_grid_column) kd_columns;

struct kd_study {
    kd_source       *source;
    kd_arena        *arena; /* the source's */
    char            *path, *folder;
    const char      *name;
    kd_value        *group;      /* `study` */
    size_t           rows;       /* of the schema */
    const char     **base;       /* canonical, one a row */
    const kd_value **said;       /* who said the base value, NULL for the built-in default */
    const char     **origin;     /* in words, one a row; NULL for the built-in default */
    const kd_value **lists;      /* values that the environment or command line gave as a list */
    kd_dimensions    dimensions; /* of the main block */
    kd_dimensions    included;
    KD_VEC(kd_grid_condition) exclude;
    kd_grid         *grid;
    kd_study_table  *tables;
    size_t           table_count;
    kd_study_tune   *tunes;
    size_t           tune_count;
    kd_slurm_options slurm;
    kd_problems     *problems; /* found so far */

    /* What it was opened with, for who keeps it. */
    const char  *profile;
    const char **overrides, **environment; /* those that were taken; each ends with NULL */
    KD_VEC(kd_study_file) files;
    const kd_study_options *options; /* while it is opened */
};

/* Go on after a mistake: it is kept, and KD_OK comes back while there is room for another one. Of what
 * was read wrongly nothing is used, for no cell is made while there are any. */
kd_status kd_study_note(kd_study *study, kd_status status, const kd_error *err);

/* "file:line: key" for a value that belongs to a key of the schema. */
const char *kd_study_at(const kd_study *study, const kd_value *value, const char *key);

/* Of `words`, with blanks between, the one that `key` may have meant; NULL for none. */
const char *kd_study_nearest(kd_arena *arena, const char *words, const char *key);

/* KD_ECONFIG at `value`: "<key>: unknown key; did you mean ...?". `words` (with blanks between)
 * are names that could stand there beside the schema's. */
kd_status kd_study_unknown(const kd_study *study, const kd_value *value, const char *key,
                           const char *words, kd_error *err);

/* KD_ECONFIG unless `value` is of this type. */
kd_status kd_study_expect(const kd_study *study, const kd_value *value, kd_value_type type,
                          kd_error *err);

/* The canonical text of a value for a row of the schema, in the study's arena. */
kd_status kd_study_canonical(const kd_study *study, int row, const kd_value *value,
                             const char **out, kd_error *err);

/* Call `take` for every setting in a group of settings, except for members of the group itself
 * that are named in `others`. */
typedef kd_status (*kd_study_take)(kd_study *study, int row, const kd_value *value, void *user,
                                   kd_error *err);
kd_status kd_study_each_setting(kd_study *study, const kd_value *group, const char *others,
                                kd_study_take take, void *user, kd_error *err);

/* Whether the base value of `row` was said by somebody stronger than `by`, so that an axis which
 * `by` said does not vary it. */
bool kd_study_is_fixed(const kd_study *study, int row, const kd_value *by);

/* study_axes.c: axes, cells, include, exclude and seeds become the grid. */
kd_status kd_study_read_grid(kd_study *study, kd_error *err);

/* study_published.c: rules of the grid by which networks that begin with published folders have their sizes. */
void kd_study_follow_folders(kd_study *study);

/* study_cells.c: the columns of a list of cells in a file, which make one dimension. */
kd_status kd_study_read_cells(kd_study *study, const kd_value *value, kd_columns *columns,
                              size_t *length, kd_error *err);

/* study_tables.c: the tables, what is chosen for them, and the job. */
kd_status kd_study_read_tables(kd_study *study, kd_error *err);
kd_status kd_study_read_tunes(kd_study *study, kd_error *err);
kd_status kd_study_read_slurm(kd_study *study, kd_error *err);

#endif
