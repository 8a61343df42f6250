/* jobs.h - the SLURM jobs that were handed in for a store, and what has become of them.
 *
 *     STORE/jobs    a job's number a line, as sbatch told it, in the order of handing in
 *
 * The file only remembers whom to ask. What a job is at, SLURM says; what is done, the store says.
 */
#ifndef KD_SLURM_JOBS_H
#define KD_SLURM_JOBS_H

#include <stddef.h>

#include "harness/base/json.h"
#include "harness/base/status.h"
#include "harness/store/store.h"
#include "slurm/queue.h"

/* Remember a job. */
kd_status kd_jobs_add(const kd_store *store, const char *number, kd_error *err);

/* Ask about all of them; the caller calls kd_vec_fini. One that nobody knows is unknown. */
kd_status kd_jobs_ask(const kd_store *store, kd_store_jobs *out, kd_error *err);

/* The same of the store in a folder, which is opened to be read; after a failure there is nothing to free. */
kd_status kd_jobs_ask_folder(const char *folder, kd_store_jobs *out, kd_error *err);

/* The same, of which only those that wait or run are known: KD_EUNAVAILABLE when the scheduler does not answer. */
kd_status kd_jobs_ask_live(const kd_store *store, kd_store_jobs *out, kd_error *err);

/* Whether it waits or runs. */
static inline bool kd_job_is_live(const kd_store_job *job)
{
    return job->at.state == KD_JOB_WAITING || job->at.state == KD_JOB_RUNNING;
}

/* Add "RUNNING on n1, requeued 2 times": what SLURM says of it. */
void kd_job_words(kd_str *out, const kd_store_job *job);

/* The members of its JSON object, but for the braces. */
void kd_job_put(kd_json_writer *w, const kd_store_job *job);

/* End it: one that waits is taken out of the queue, one that runs is asked to stop, brings its cells to a safe
 * point and does not come back. `now` kills it instead. KD_EUNAVAILABLE with SLURM's words. */
kd_status kd_jobs_cancel(const kd_store_job *job, bool now, kd_error *err);

#endif
