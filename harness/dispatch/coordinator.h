/* coordinator.h - what rank 0 does: hand out cells, take results, make them durable, say so. */
#ifndef KD_DISPATCH_COORDINATOR_H
#define KD_DISPATCH_COORDINATOR_H

#include <stdbool.h>

#include "harness/dispatch/sweep.h"

/* Bring the sweep, which was opened with `workers` workers, to its end with ranks 1 to `workers`,
 * and send them home. The caller closes the sweep. False when the job is broken: a worker was lost
 * and did not come back. */
bool kd_coordinator_run(kd_sweep *sweep, int workers);

/* Send all workers home when there is no sweep for them. */
void kd_coordinator_dismiss(int workers);

#endif
