/* holder.h - a process that works on a store, told to others by a few lines of text.
 *
 *     host node7          where it runs,
 *     boot 3f0c.../40265  since which start of that machine, and among which processes,
 *     pid 4711            which process,
 *     start 812345        begun when, in the kernel's ticks: a number that is given out again has another
 *     job 1234            its SLURM job, or -
 *     restart 0           how often that was requeued
 *     since 1795672345.2  for people
 *
 * Whether it is still there can be said at once on its own machine. From another one only what it
 * does tells: the text never holds a time that a clock of somebody else is compared with.
 */
#ifndef KD_STORE_HOLDER_H
#define KD_STORE_HOLDER_H

#include <stdbool.h>

#include "harness/base/str.h"

typedef struct {
    char      host[65], boot[64], job[32];
    long      restart, pid;
    long long start;
    double    since_s; /* since 1970 */
} kd_holder;

kd_holder kd_holder_self(void);

void kd_holder_print(const kd_holder *holder, kd_str *out);
bool kd_holder_parse(kd_holder *out, const char *text); /* false for what is no such text */

/* "process 4711 on node7, SLURM job 1234" */
void kd_holder_name(const kd_holder *holder, kd_str *out);

typedef enum {
    KD_HOLDER_HERE, /* it runs, on this machine */
    KD_HOLDER_GONE, /* for certain */
    KD_HOLDER_FAR,  /* nothing can be said from here */
} kd_holder_state;

kd_holder_state kd_holder_judge(const kd_holder *holder);

#endif
