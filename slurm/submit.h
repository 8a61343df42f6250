/* submit.h - hand a script to SLURM. */
#ifndef KD_SLURM_SUBMIT_H
#define KD_SLURM_SUBMIT_H

#include "harness/base/status.h"

#define KD_SUBMIT_MOST_S 120.0 /* a busy controller may take its time */

/* Give the script to sbatch and put the job's number ("1234", "1234;cluster") into `job`. With
 * `after` (NULL for none) it is a successor: it starts when that job was cancelled, preempted or lost, and leaves
 * the queue when that one ends with 0. KD_EUNAVAILABLE when there is no sbatch, or with its own words when it refuses, KD_EIO
 * when it does not answer within `most_s`. */
kd_status kd_submit(char *job, size_t size, const char *script, const char *after, double most_s,
                    kd_error *err);

#endif
