/* trial.h - work that is made up, for tests and benches of the dispatcher.
 *
 * As processes cells of a trial keep a core busy for a given time and leave no object; who plays one that leaves
 * an object makes it himself.
 */
#ifndef KD_CMD_BENCH_TRIAL_H
#define KD_CMD_BENCH_TRIAL_H

#include "harness/dispatch/work.h"

typedef struct {
    double  seconds; /* that it takes */
    double  cost_s;  /* that it is expected to take */
    int     cores;
    int     kind;  /* below KD_LEDGER_KINDS */
    int32_t input; /* the cell that it stands on, -1 for none */
    bool    leaves_object;
} kd_trial_cell;

typedef struct kd_trial kd_trial;

/* The cells are copied. */
kd_trial *kd_trial_create(const kd_trial_cell *cells, size_t count);
void      kd_trial_destroy(kd_trial *trial);

/* Borrows the trial. */
kd_work kd_work_of_trial(kd_trial *trial);

#endif
