/* study_table.h - the tables that an experiment file asks for, filled from a store.
 *
 *     tables section --+
 *     grid of cells  --+--> groups of cells --> rows x columns of mean ± sd, n, published values
 *     catalogue      --+
 *
 * Rows and columns come from the grid, so a cell that has not been run is seen as missing: its
 * place shows "-" and a note says how many there are. Rows stand in the order of the file. A
 * figure that somebody else printed stands in a column of its own beside ours.
 */
#ifndef KD_RESULTS_STUDY_TABLE_H
#define KD_RESULTS_STUDY_TABLE_H

#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/config/study.h"
#include "harness/store/catalogue.h"
#include "harness/store/missing.h"
#include "results/best_of.h"
#include "results/table.h"
#include "results/writer.h"

/* What a study's tables are made from; all of it is borrowed. */
typedef struct {
    const kd_study     *study;
    const kd_id        *ids;       /* of every cell of the study's grid, in its order */
    const kd_catalogue *catalogue; /* NULL for a store that is empty */
    const kd_store     *store;     /* for answers, where figures are tested; NULL: without them */
    const kd_missing   *missing;   /* what the store had and lacks; NULL when that is not known */
    /* How many numbers the network of a cell has, of which nothing is measured, and how many are trained beside it; NULL, or
     * false, when nobody knows. */
    bool (*parameters_of)(void *user, size_t cell, double *network, double *beside);
    void *user;
    const char *
        note; /* why nothing is measured, to stand below every table; NULL: there is no more to say */
    kd_arg_list where; /* "student.hidden=64": only cells with this value, in every table */
    const kd_study_table *asked;         /* in place of the study's own tables, or NULL */
    const kd_best_of     *best_of;       /* in place of what the study chooses (tune), or NULL */
    bool                  names_sources; /* tables are to name the cells behind each figure */
} kd_table_source;

/* How many tables the study has: those of its file, or one that is made from its axes. */
size_t kd_study_table_count(const kd_study *study);

/* The same, of what is asked: one where something is. */
size_t kd_table_source_count(const kd_table_source *source);

/* The table that somebody asks for by name: keys of rows and of columns, words of metrics. Of what he
 * leaves open rows are the axes that make no columns, and metrics those of every study; the words of the
 * file's first table stay. What figures are set against is said in words, too: "student.hidden=2" (a baseline),
 * "teacher=BioBERT" (a row of its own), "f1=teacher", "size_mib=student.hidden=2" (a ratio). The lists are borrowed; KD_EUSAGE
 * for a key that is none, a value that no cell has, and words of another form. */
typedef struct {
    const char *const *rows, *const *columns, *const *metrics;
    size_t      row_count, column_count, metric_count;
    kd_arg_list baseline, also, ratio;
} kd_table_wish;
kd_status kd_study_table_ask(kd_study_table *out, const kd_study *study, const kd_table_wish *wish,
                             kd_arena *arena, kd_error *err);

/* Before anything is trained: KD_ECONFIG when a table asks for a number of a split that no task of the
 * study is judged by. What else is measured only a store can say. */
kd_status kd_study_tables_check(const kd_study *study, kd_error *err);

/* Make table number `which`. The caller destroys it before `source` goes. KD_ECONFIG when it asks
 * for a metric that no cell has, KD_EUSAGE for a condition that none of its cells can meet. */
kd_status kd_study_table_create(kd_table **out, const kd_table_source *source, size_t which,
                                kd_error *err);

/* Add all tables of several studies in one form, an empty line between them. */
kd_status kd_table_print_studies(kd_str *out, const kd_table_source *const *sources, size_t count,
                                 const kd_writer *writer, kd_error *err);

/* The same of one. */
kd_status kd_table_print_study(kd_str *out, const kd_table_source *source, const kd_writer *writer,
                               kd_error *err);

/* Add, for every number of a table, a line with the cells that it was made from, after `prefix`. */
void kd_table_print_sources(kd_str *out, const kd_table *table, const char *prefix);

#endif
