/* cores.h - which cores a process may use. */
#ifndef KD_CHILD_CORES_H
#define KD_CHILD_CORES_H

#include <stdint.h>

typedef struct {
    int      count;
    uint64_t set; /* equal for processes of one machine that may use the same cores */
} kd_cores;

/* Of this process, as the system (taskset, SLURM, a container) lets it. */
kd_cores kd_cores_here(void);

#endif
