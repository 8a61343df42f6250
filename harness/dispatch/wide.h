/* wide.h - a cell that several ranks make together: an MPI job of its own.
 *
 *     worker --> kdgrid cell FILE --> mpirun -n N kdgrid-mpi cell ... --> ranks 0..N-1, peers of one training
 *                 | watches, and      |                                     |
 *                 | ends as they do   `----- words: point ..., end CODE <---'
 *
 * The ranks are on this machine, or on those that a file names (hosts.h). In a job of SLURM mpirun reaches them by a step of the job, on
 * cores that other steps have as well: the coordinator has seen to it that nothing of this study runs there. Elsewhere it goes by
 * ssh, as any mpirun does.
 *
 * What the worker sees is a cell like any other: one process with limits, progress and a cause of its end. So the crash
 * of a rank is the crash of this cell, no other cell has to do with it, and the next attempt goes on from the checkpoint.
 */
#ifndef KD_DISPATCH_WIDE_H
#define KD_DISPATCH_WIDE_H

#include <stdbool.h>

#include "harness/cell/cell.h"

/* Run a node whose text is in STORE/work/ID/cell in so many ranks of `threads` cores each, on the machines of the file `hosts`, or on
 * this one (NULL). Stopping and progress are the context's. The status is rank 0's, or that of a rank that failed alone. KD_ECONFIG when
 * there are fewer cores here, or another number of ranks in the file. A rank that is ended by a signal ends this process by the
 * same; the loss of a machine ends it with KD_CHILD_LOST. */
kd_status kd_wide_run(const kd_resolved *node, const kd_cell_context *context, int ranks,
                      const char *hosts, kd_error *err);

#endif
