/* launch.h - start the MPI workers of a run, watch them from outside, end what does not end.
 *
 *     kdgrid run X -n 4 --> mpirun -n 5 kdgrid-mpi run X ... --> rank 0 coordinates, 1..4 work
 *            ^                                                        |
 *            `----- words: up, ready, beat, beat, ..., "end CODE" <---'
 *
 * The coordinator's word counts, not mpirun's exit status: after the death of a rank mpirun may
 * exit with 0, with 137, or (over several machines) never. So the launcher waits for the word,
 * gives mpirun some seconds, and ends it. It also notices a coordinator that died without a word, and
 * one that says nothing any more.
 */
#ifndef KD_DISPATCH_LAUNCH_H
#define KD_DISPATCH_LAUNCH_H

#include <stdbool.h>

#include "harness/base/status.h"
#include "harness/dispatch/run.h"

/* Whether mpirun or srun started this process. */
bool kd_launch_is_inside(void);

/* Become kdgrid-mpi with the same words, of which the first is "run"; returns only when that cannot
 * be. */
kd_status kd_launch_exec(int argc, char **argv, kd_error *err);

/* Run `kdgrid-mpi run argv[1..]` under mpirun with options->workers workers and return what the
 * coordinator said. KD_EUNAVAILABLE when mpirun is absent or cannot start the ranks. */
kd_status kd_launch_run(const kd_run *run, int argc, char **argv, kd_error *err);

#endif
