/* cell.h - one node of the graph, done here: from its text to its object in the store.
 *
 *     text -> kd_resolved -> corpus:   files or a grammar -> augment -> tokenise -> packed splits
 *                            model:    packed splits [+ targets] -> train -> weights, measures
 *                            targets:  teacher's weights + packed splits -> logits
 *         -> kd_object_commit
 *
 * A cell runs in a process of its own and knows nothing of MPI or of the study. `kdgrid cell
 * FILE` does the same by hand, so whatever failed in a sweep can be looked at in a debugger.
 *
 * A wide cell is a model whose training is shared by several processes, which all call kd_cell_run with the others as
 * peers (distill/peers.h). Rank 0 alone reads and writes checkpoints, and makes the object.
 */
#ifndef KD_CELL_CELL_H
#define KD_CELL_CELL_H

#include "distill/peers.h"
#include "harness/base/progress_point.h"
#include "harness/config/resolved.h"
#include "harness/store/store.h"

/* Everything is borrowed; the functions may be NULL. */
typedef struct {
    kd_store *store;
    bool (*should_stop)(void *user); /* asked between updates */
    void (*on_progress)(void *user, const kd_progress_point *point);
    void           *user;
    const kd_peers *peers; /* NULL: it runs alone */
} kd_cell_context;

/* In how many processes a node is to be run; 1 for all but wide cells. KD_EDATA when its text is wrong. */
kd_status kd_cell_ranks(int *out, const kd_resolved *node, kd_error *err);

/* Do it and commit its object; an object that is there already is left as it is. `text` is
 * what the node was parsed from. KD_EUNAVAILABLE when it wants other peers than it has. KD_ESTOPPED when it was asked to stop (what it needs to go on
 * is then in the store's work folder); KD_EDIVERGED, KD_EDATA, KD_EIO as they happen. */
kd_status kd_cell_run(const kd_resolved *node, const char *text, const kd_cell_context *context,
                      kd_error *err);

#endif
