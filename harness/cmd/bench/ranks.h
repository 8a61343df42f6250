/* ranks.h - `kdgrid bench dispatch` as the ranks of an MPI job see it.
 *
 *     kdgrid-mpi bench WORK STORE CELLS SECONDS
 *
 * The coordinator and the workers of a run, over work that is made up: the same ledger, journal,
 * messages and children. Rank 0 prints one line of figures, "name value" in pairs.
 */
#ifndef KD_CMD_BENCH_RANKS_H
#define KD_CMD_BENCH_RANKS_H

#include <stdbool.h>

#include "harness/base/status.h"

/*    work      what it is                                                                      */
#define KD_TRIALS(X)                                                                              \
    X(PROCESS, "process") /* CELLS processes that do nothing                                   */ \
    X(BUSY, "busy")       /* CELLS processes that compute for SECONDS each                     */ \
    X(MIXED, "mixed")     /* CELLS processes of 0.2 to 3 times SECONDS, a few below many others */

/* argv[0] is "bench". Called in every rank. */
kd_status kd_bench_rank(int argc, char **argv, bool *is_broken, kd_error *err);

#endif
