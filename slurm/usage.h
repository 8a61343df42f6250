/* usage.h - what a job asked for, and what of it was used.
 *
 *     scontrol: cores, memory asked, time run \
 *     sacct:    the same, and what was used    > one answer
 *     sstat:    what a running job used so far /
 *
 * A site without accounting knows what was used of running jobs only. What nobody says is NAN.
 */
#ifndef KD_SLURM_USAGE_H
#define KD_SLURM_USAGE_H

#include <math.h>
#include <stdbool.h>

#include "harness/base/json.h"
#include "harness/base/str.h"
#include "slurm/queue.h"

typedef struct {
    double cores;        /* that were given */
    double run_s;        /* since its last start */
    double cpu_s;        /* all its processes together */
    double memory_asked; /* bytes, on all nodes together */
    double memory_used;  /* bytes, the most of its largest task */
} kd_job_usage;

#define KD_JOB_USAGE_INIT       \
    {                           \
        NAN, NAN, NAN, NAN, NAN \
    }

/* Ask about a job, "1234" or "1234_7", that is in this state. One that waits has used nothing and is not asked
 * about. */
void kd_usage_ask(kd_job_usage *out, const char *job, kd_job_state state);

/* Fill what the text of one answer says: of `scontrol -o show job`, of `sacct -nP -o` KD_USAGE_SACCT,
 * of `sstat -nPa -o` KD_USAGE_SSTAT. False when it says nothing of a job. */
#define KD_USAGE_SACCT "JobID,ElapsedRaw,AllocCPUS,TotalCPU,ReqMem,AllocTRES,MaxRSS,NNodes"
#define KD_USAGE_SSTAT "JobID,NTasks,AveCPU,MaxRSS"
bool kd_usage_read_scontrol(kd_job_usage *out, const char *text);
bool kd_usage_read_sacct(kd_job_usage *out, const char *text);
bool kd_usage_read_sstat(kd_job_usage *out, const char *text);

/* Add ", 3.9 of 4 cores used, 1.2 of 8.0 GiB": what is known of it. */
void kd_usage_words(kd_str *out, const kd_job_usage *usage);

/* The members "cores", "run_s", "cpu_s", "cpu_efficiency", "memory_asked_bytes" and so on, null for what is
 * unknown. */
void kd_usage_put(kd_json_writer *w, const kd_job_usage *usage);

#endif
