/* size.c - from a plan's seconds to a job's cores and time. */
#include "slurm/size.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MARGIN   1.5
#define START_S  120.0 /* of the program, its workers and the first reading of corpora */
#define GRAIN_S  600.0
#define MOST_MIN (24 * 60)
#define STEP_MIB 64.0

/* Nodes that one cell may be on. */
static int span_of(const kd_slurm_options *o)
{
    return strcmp(o->mpi, KD_SLURM_NO_MPI) != 0 ? o->nodes : 1;
}

static int shares_of(int count, int takers)
{
    return (count + takers - 1) / takers;
}

int kd_slurm_cpus(const kd_slurm_options *o, kd_slurm_cell cell)
{
    if (o->tasks == 0) return cell.threads;
    int least = shares_of(shares_of(cell.ranks, span_of(o)) * cell.threads, o->tasks);
    return least > cell.threads ? least : cell.threads;
}

bool kd_slurm_has_room(const kd_slurm_options *o, kd_slurm_cell cell)
{
    return o->tasks == 0 || span_of(o) * (o->tasks * o->cpus / cell.threads) >= cell.ranks;
}

static int cores_of(const kd_slurm_options *o, int jobs, int node_cores)
{
    int node = o->tasks > 0 ? o->tasks * o->cpus : node_cores;
    return jobs * o->nodes * (node > 1 ? node : 1);
}

static void size_memory(kd_slurm_options *o, const kd_slurm_work *work)
{
    if (*o->memory != '\0' || o->tasks == 0 || work->memory <= 0) return;
    double mib = ceil(MARGIN * work->memory * o->tasks / (1 << 20) / STEP_MIB) * STEP_MIB;
    snprintf(o->memory, sizeof o->memory, "%.0fM", mib);
}

kd_slurm_size kd_slurm_size_up(kd_slurm_options *o, const kd_slurm_work *work, int jobs,
                               int node_cores)
{
    if (o->cpus == 0) o->cpus = work->threads > 1 ? work->threads : 1;
    size_memory(o, work);
    kd_slurm_size size = { .cores = cores_of(o, jobs, node_cores) };
    size.wall_s = fmax(work->longest_s, work->core_s / size.cores);
    if (*o->time == '\0') {
        double limit_s = MARGIN * size.wall_s + START_S + o->notice_s;
        int    minutes = (int)(fmin(ceil(limit_s / GRAIN_S) * GRAIN_S, (double)MOST_MIN * 60) / 60);
        snprintf(o->time, sizeof o->time, "%02d:%02d:00", minutes / 60, minutes % 60);
    }
    return size;
}
