/* worker.h - what ranks 1 and up do: ask, run one cell at a time, report, until sent home. */
#ifndef KD_DISPATCH_WORKER_H
#define KD_DISPATCH_WORKER_H

#include <stdbool.h>

#include "harness/base/status.h"

typedef struct {
    const char *store;   /* opened with the first cell, when the coordinator has made it */
    const char *program; /* "/usr/bin/kdgrid" */
    double      grace_s; /* for a cell to reach a safe point */
    bool        keeps_work;
    bool        is_warm; /* fork cells from a nursery of the program */
} kd_worker_options;

/* Work until the coordinator says LEAVE, which it does when it has acknowledged every result.
 * KD_ESTOPPED when the coordinator falls silent. `is_broken`: a rank is dead, and MPI cannot be
 * ended properly. */
kd_status kd_worker_run(const kd_worker_options *options, bool *is_broken, kd_error *err);

#endif
