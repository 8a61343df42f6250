/* size.h - how large a job should be, where the experiment file does not say.
 *
 *     cores of a rank  as many as the widest process asks for, or more where a wide cell would find no room
 *     time             half as long again as the work should take, and what stopping takes; in whole
 *                      tens of minutes, a day at most: a job goes on where it was, and short ones start sooner
 *
 *     memory           half as much again as the largest cell takes, for each rank; where nodes are asked for whole, they
 *                      have what they have
 *
 * The work takes the longer of its longest path and of all its core-seconds over the cores.
 */
#ifndef KD_SLURM_SIZE_H
#define KD_SLURM_SIZE_H

#include <stdbool.h>

#include "harness/config/slurm_options.h"

/* What a plan says of the work that is left. */
typedef struct {
    double core_s;    /* all of it */
    double longest_s; /* its longest path */
    int    threads;   /* cores of a worker that its widest cell asks for (kd_slurm_cpus) */
    double memory;    /* bytes of its largest cell; 0 when nobody knows */
} kd_slurm_work;

/* A cell: so many ranks (1 unless it is a wide one), each of so many threads. */
typedef struct {
    int ranks, threads;
} kd_slurm_cell;

/* The least cores of a worker with which the job has room for it. It is spread over
 * nodes of one job, where its workers have MPI between them. */
int kd_slurm_cpus(const kd_slurm_options *options, kd_slurm_cell cell);

/* Whether the job has, once its cores are settled. Of whole nodes only they know. */
bool kd_slurm_has_room(const kd_slurm_options *options, kd_slurm_cell cell);

typedef struct {
    int    cores;  /* of all jobs that run at once */
    double wall_s; /* that they should take together, without waiting in the queue */
} kd_slurm_size;

/* Fill what `options` leave open. `jobs` run at once (1 for a job by itself); `node_cores` is how many cores a
 * whole node has, about. */
kd_slurm_size kd_slurm_size_up(kd_slurm_options *options, const kd_slurm_work *work, int jobs,
                               int node_cores);

#endif
