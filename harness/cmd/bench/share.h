/* share.h - `kdgrid bench ranks` as each of its ranks sees it.
 *
 *     kdgrid-mpi bench share FORM PIECES STEPS
 *
 * One training of masked words, 4 layers of 312, by all ranks of the job. Rank 0 prints one line of figures, "name value"
 * in pairs.
 */
#ifndef KD_CMD_BENCH_SHARE_H
#define KD_CMD_BENCH_SHARE_H

#include "harness/base/status.h"

/* argv[0] is "bench". Called in every rank. */
kd_status kd_bench_share(int argc, char **argv, kd_error *err);

#endif
