/* local.h - a sweep without MPI: this process hands cells to children of its own. */
#ifndef KD_DISPATCH_LOCAL_H
#define KD_DISPATCH_LOCAL_H

#include "harness/child/attempt.h"
#include "harness/dispatch/sweep.h"

/* Run the sweep, which was opened with `jobs` workers, until it is over or halted: `jobs` cells at
 * a time. The caller closes the sweep. */
void kd_local_run(kd_sweep *sweep, const kd_site *site, int jobs);

#endif
