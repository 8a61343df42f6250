/* queue.h - what SLURM says of jobs.
 *
 *     squeue, of all of them at once --fails--> squeue --json --> scontrol, of each --> sacct, of all that are left
 *                                                                                  --> unknown
 *
 * Unknown is a state of its own: a controller that is down, or a job that was forgotten, says
 * nothing about the work. The truth about cells is always in the store. A scheduler that does not answer costs
 * as long as who asks allows.
 *
 * Text is asked for first, field by field: the JSON of 22.05 is that of every job of the cluster, whichever are asked for. A later
 * release that has not all of these fields any more is understood by its JSON.
 */
#ifndef KD_SLURM_QUEUE_H
#define KD_SLURM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/str.h"
#include "harness/base/vec.h"

#define KD_QUEUE_MOST_S 15.0 /* for people */

typedef enum {
    KD_JOB_UNKNOWN,
    KD_JOB_WAITING,   /* pending, held, requeued, suspended */
    KD_JOB_RUNNING,   /* also starting and completing */
    KD_JOB_COMPLETED, /* ended with exit code 0 */
    KD_JOB_ENDED,     /* ended in any other way: `word` says which */
} kd_job_state;

typedef struct {
    kd_job_state state;
    char         word[32];    /* SLURM's own: "TIMEOUT"; "unknown" for KD_JOB_UNKNOWN */
    char         reason[128]; /* why it waits or ended, or ""; for unknown, why nobody knows */
    char         nodes[128];  /* "n[1-4]", or "" */
    int          exit_code;   /* -1 when nobody says */
    int          signal;      /* that ended it, 0 for none */
    int          restarts;    /* -1 when nobody says */
    char         starts[24];  /* when one that waits is expected to start, "" when nobody says */
} kd_queue_job;

typedef struct {
    char         number[64]; /* "1234", or "1234_7" of an array, "1234_[8-9]" while these wait */
    kd_queue_job at;
} kd_store_job;
typedef KD_VEC(kd_store_job) kd_store_jobs;

/* Ask about these jobs, by their numbers, for at most `most_s`, and add what is known, in their order: at least one
 * entry each. False when the scheduler did not answer at all, so that unknown ones may wait or run. Accounting, which
 * may be slow, is not asked when only those that wait or run matter. */
typedef enum { KD_QUEUE_LIVE, KD_QUEUE_EVER } kd_queue_since;
bool kd_queue_ask_all(kd_store_jobs *out, const char *const *numbers, size_t count,
                      kd_queue_since since, double most_s);

/* The same of one, for KD_QUEUE_MOST_S. */
void kd_queue_ask(kd_queue_job *out, const char *number);

/* A job from a line of an answer: of `squeue -h -O` KD_QUEUE_SQUEUE, of `sacct -nPX -o` KD_QUEUE_SACCT, of
 * `scontrol -o show job`. False when it speaks of no job. */
#define KD_QUEUE_SQUEUE                                                               \
    "JobArrayID:80|,State:32|,Reason:80|,NodeList:120|,StartTime:24|,RestartCnt:12|," \
    "exit_code:16|"
#define KD_QUEUE_SACCT "JobID,State,ExitCode,NodeList"
bool kd_queue_read_squeue(kd_store_job *out, const char *line);
bool kd_queue_read_sacct(kd_store_job *out, const char *line);
bool kd_queue_read_scontrol(kd_store_job *out, const char *line);

/* Add the jobs of `squeue --json`, of 22.05 and of later releases, as lines of KD_QUEUE_SQUEUE. False when it is none. */
bool kd_queue_lines_of_json(kd_str *out, const char *text, size_t length);

#endif
