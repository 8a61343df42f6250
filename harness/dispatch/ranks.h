/* ranks.h - the MPI job as a whole: start, who am I, send, wait, end.
 *
 * The rest of the dispatcher says what is said to whom; this says it over MPI, and keeps mpi.h out
 * of every header.
 */
#ifndef KD_DISPATCH_RANKS_H
#define KD_DISPATCH_RANKS_H

#include <stdbool.h>

#include "harness/dispatch/message.h"

#define KD_COORDINATOR 0 /* its rank; all others are workers */

/* Start MPI. From now on this process does not outlive who started it. */
void kd_ranks_start(int *argc, char ***argv);
int  kd_ranks_rank(void);
int  kd_ranks_count(void);

/* End MPI. It would wait for a dead rank for ever: when the job `is_broken` it is not ended at all
 * (and the process should leave by _exit), and when nobody knew of the death it is given some
 * seconds, after which the process leaves with `code`. */
void kd_ranks_end(bool is_broken, int code);

/* Send a message; it is copied before this returns, and on its way while MPI is asked for others. A receiver that is dead, or on a
 * machine that is lost, is not noticed and keeps nobody waiting. */
void kd_ranks_send(int rank, kd_message_tag tag, const void *payload);

/* How to wait without burning a core: a round that found nothing sleeps a little longer than
 * the one before, a round that found something starts afresh. The first rounds do not sleep
 * at all: an answer is mostly near. Later a hundredth of the time that was waited already may
 * be slept in one piece, so a message is late by a hundredth at most. */
typedef struct {
    int    spins;
    double sleep_s, waited_s;
} kd_patience;

/* Who says or hears something sleeps in short pieces for so long after it. */
#define KD_AWAKE_S 0.02

void kd_patience_reset(kd_patience *patience);

/* Nothing more is near: sleep soon. */
void kd_patience_end(kd_patience *patience);

/* How long the next wait should be; 0 for not at all. */
double kd_patience_next_s(kd_patience *patience);

#endif
