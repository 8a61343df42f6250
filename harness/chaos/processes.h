/* processes.h - the processes of one run, found by a mark that they inherit.
 *
 * A run under chaos has KDGRID_FAULTS in its environment, and with it all that it starts: mpirun,
 * ranks, cells. Its value is the mark; it holds a path that no other run has. So only what
 * belongs to the run is ever touched, and what outlives it is found, whoever its parent is.
 */
#ifndef KD_CHAOS_PROCESSES_H
#define KD_CHAOS_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "harness/base/vec.h"

typedef enum {
    KD_MARKED_CELL,
    KD_MARKED_NURSERY, /* that cells are forked from */
    KD_MARKED_WORKER,
    KD_MARKED_COORDINATOR, /* rank 0, or `kdgrid run` without MPI */
    KD_MARKED_LAUNCHER,    /* `kdgrid run -n` */
    KD_MARKED_OTHER,       /* mpirun and its like */
} kd_marked_role;

typedef struct {
    pid_t          pid;
    kd_marked_role role;
    char           job[64]; /* KDGRID_JOB, "" when it has none */
} kd_marked;

typedef KD_VEC(kd_marked) kd_marked_list;

/* All processes of this machine with the mark that are no corpses. */
void kd_marked_find(kd_marked_list *out, const char *mark);

/* Whether it stands still after a SIGSTOP. */
bool kd_marked_is_stopped(const kd_marked *process);

/* Send a signal, unless the process is gone or its number is another's by now. */
bool kd_marked_signal(const kd_marked *process, const char *mark, int signal);

#endif
