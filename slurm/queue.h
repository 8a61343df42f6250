/* queue.h - what SLURM says of a job.
 *
 *     scontrol show job --no answer--> squeue --no answer--> sacct --no answer--> unknown
 *
 * Unknown is a state of its own: a controller that is down, or a job that was forgotten, says
 * nothing about the work. The truth about cells is always in the store.
 */
#ifndef KD_SLURM_QUEUE_H
#define KD_SLURM_QUEUE_H

#include <stdbool.h>

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
} kd_queue_job;

/* Ask about a job by its number. */
void kd_queue_ask(kd_queue_job *out, const char *job);

/* The same from the text of one answer: of `scontrol -o show job`, of `squeue -h -o '%T|%r|%N'`, of
 * `sacct -nPX -o State,ExitCode,NodeList`. False when it speaks of no job. */
bool kd_queue_read_scontrol(kd_queue_job *out, const char *text);
bool kd_queue_read_squeue(kd_queue_job *out, const char *text);
bool kd_queue_read_sacct(kd_queue_job *out, const char *text);

#endif
