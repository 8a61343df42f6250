/* slurm_options.c - the rows of the `slurm` group. */
#include "harness/config/slurm_options.h"

#define TEXT(member, fallback, help) \
    KD_TEXT_ROW(kd_slurm_options, member, #member, fallback, NULL, NULL, help)
#define INT(member, fallback, min, max, help) \
    KD_INT_ROW(kd_slurm_options, member, #member, fallback, min, max, NULL, help)

static const kd_choice shapes[] = {
#define X(name, word, meaning) { word, KD_SHAPE_##name },
    KD_SLURM_SHAPES(X)
#undef X
        KD_CHOICE_END
};

const kd_setting kd_slurm_settings[] = {
    TEXT(partition, "", "partition; empty for the cluster's default"),
    TEXT(account, "", "account that is charged"),
    TEXT(qos, "", "quality of service"),
    TEXT(reservation, "", "reservation to run in"),
    TEXT(constraint, "", "features that the nodes must have"),
    INT(nodes, "1", 1, 100000, "nodes of the job"),
    INT(tasks, "0", 0, 100000, "MPI ranks on each node; 0 for one a core"),
    INT(cpus, "0", 0, 100000,
        "cores of each rank; 0 for as many as the widest cell asks for, or its ranks each"),
    TEXT(memory, "",
         "memory of a node, as SLURM writes it: 32G; empty for what the plan's largest cell takes "
         "on "
         "each rank"),
    TEXT(time, "",
         "time limit, as SLURM writes it: 24:00:00 or 2-12:00:00; empty for what the plan needs"),
    INT(notice_s, "120", 10, 3600, "seconds before the end at which the job is told to stop"),
    INT(restarts, "100", 0, 100000, "how often the job may put itself back into the queue"),
    INT(links, "0", 0, 1000,
        "jobs queued behind this one, each of which starts when the one before was cancelled or "
        "lost"),
    INT(total_h, "0", 0, 100000,
        "hours after handing in after which no start follows another, by the job or a successor; 0 "
        "for no bound"),
    KD_CHOICE_ROW(
        kd_slurm_options, shape, "shape", "auto", shapes, NULL,
        "one job of many ranks, an array of small jobs that share the study, or an elastic "
        "pool of them; auto: what the site's probe chose, else one"),
    INT(jobs, "0", 0, 100000,
        "jobs of an array, the most of an elastic pool; 0 for as many as cells are to do, 8 at "
        "most"),
    INT(pace_s, "20", 1, 3600, "seconds between looks of an elastic pool at its size"),
    TEXT(mpi, "",
         "plug-in by which srun starts the ranks: pmix; empty for mpirun, which goes on without a "
         "rank that died; none: a run of its own on each node, without MPI"),
    TEXT(container, "", "words before the program: apptainer exec /shared/kdgrid.sif"),
    TEXT(modules, "", "list of modules to load before the program"),
    TEXT(output, "kdgrid-%j.log", "file for what the job prints; %j is its number"),
    TEXT(extra, "", "list of further #SBATCH options"),
    TEXT(prologue, "", "list of shell lines that run before the program"),
    KD_SETTING_END,
};

const char *kd_slurm_shape_word(kd_slurm_shape shape)
{
    return kd_choice_word(shapes, (int)shape);
}
