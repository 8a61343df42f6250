/* wide_rank.h - what each rank of a wide cell does (wide.h): `kdgrid-mpi cell FILE --store DIR`. */
#ifndef KD_DISPATCH_WIDE_RANK_H
#define KD_DISPATCH_WIDE_RANK_H

#include "harness/base/status.h"

/* Run the cell with all other ranks as peers, after kd_ranks_start. When it succeeds every rank has, and MPI may be
 * ended; when it fails this rank should leave at once with the status's exit code, which ends the others. Rank 0 has
 * then told the launcher why; the others have said on stderr what they alone know. */
kd_status kd_wide_rank(int argc, char **argv, kd_error *err);

#endif
