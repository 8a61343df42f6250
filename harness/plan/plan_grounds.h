/* plan_grounds.h - studies that a study stands on: other experiment files, which its settings name.
 *
 *     a.cfg   student.init = "b.cfg"; student.init_where = "seed = 1"
 *        `--> b.cfg is opened and planned beside it --> the one cell that is meant
 *                                                          `--> its model, and all below, join a's graph
 *
 * All studies of one graph are in one list, which the plan of the first owns; each has a plan and a number in it. A node
 * is at home in the plan that made it, and there its text, its label and its time come from; elsewhere it is a copy with
 * the same id. So a chain of files is one graph, and what two of them need alike is one node.
 *
 * Another file is opened with the profile that was asked for, if it has one of that name, and else as it stands; KDGRID_...
 * and -D are for the first file alone. What it names is looked for beside itself.
 *
 * A cell that stands on another study's model has to read by its vocabulary. Where data.vocab is "built" it does: the
 * file, or the pieces that were built there, take the place of what would be built here.
 */
#ifndef KD_PLAN_PLAN_GROUNDS_H
#define KD_PLAN_PLAN_GROUNDS_H

#include "harness/plan/plan_internal.h"

/* A cell of another study; `plan` is NULL where a setting names none, or one that lacks files and cannot be planned. */
typedef struct {
    kd_plan    *plan;
    size_t      node;  /* the cell's, there */
    const char *named; /* the experiment file, as the setting says it */
} kd_ground_cell;

/* The pieces in which a corpus is read. */
typedef struct {
    kd_id       contents; /* of a file; none of a vocabulary that is built */
    kd_plan    *plan;     /* where it is built: */
    size_t      corpus;   /* by this node */
    const char *path;     /* of the file */
    const char *rows
        [4]; /* data.tokenizer, .letters, .lowercase and .vocab_size; NULL where they are not read */
} kd_ground_pieces;

/* The cell that the setting `key` ("student.init", "targets.file") of a cell with these values names. KD_ECONFIG, with the
 * place, for a circle, for conditions that no cell or several meet, and for such without a study. */
kd_status kd_ground_find(kd_plan *plan, const char *key, const char *const *values,
                         kd_ground_cell *out, kd_error *err);

/* KD_ECONFIG when the network of this cell and the one that `key` names have other sizes, or the cell reads other pieces.
 * For targets, when the tasks are not the same. */
kd_status kd_ground_check(kd_plan *plan, const char *key, const char *const *values,
                          const kd_ground_cell *cell, kd_error *err);

kd_task kd_ground_task(const kd_ground_cell *cell);

/* The pieces that a cell with these values was given by what it stands on; false when by none. */
bool kd_ground_reads_by(kd_plan *plan, const char *const *values, kd_ground_pieces *out);

#endif
