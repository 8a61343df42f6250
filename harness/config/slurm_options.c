/* slurm_options.c - the rows of the `slurm` group. */
#include "harness/config/slurm_options.h"

#define TEXT(member, fallback, help) \
    KD_TEXT_ROW(kd_slurm_options, member, #member, fallback, NULL, NULL, help)
#define INT(member, fallback, min, max, help) \
    KD_INT_ROW(kd_slurm_options, member, #member, fallback, min, max, NULL, help)

const kd_setting kd_slurm_settings[] = {
    TEXT(partition, "", "partition; empty for the cluster's default"),
    TEXT(account, "", "account that is charged"),
    TEXT(qos, "", "quality of service"),
    TEXT(reservation, "", "reservation to run in"),
    TEXT(constraint, "", "features that the nodes must have"),
    INT(nodes, "1", 1, 100000, "nodes of the job"),
    INT(tasks, "0", 0, 100000, "MPI ranks on each node; 0 for one a core"),
    INT(cpus, "0", 0, 100000, "cores of each rank; 0 for as many as the widest cell asks for"),
    TEXT(memory, "", "memory of a node, as SLURM writes it: 32G"),
    TEXT(time, "",
         "time limit, as SLURM writes it: 24:00:00 or 2-12:00:00; empty for what the plan needs"),
    INT(notice_s, "120", 10, 3600, "seconds before the end at which the job is told to stop"),
    INT(restarts, "100", 0, 100000, "how often the job may put itself back into the queue"),
    INT(links, "0", 0, 1000,
        "jobs queued behind this one, each of which starts when the one before was cancelled or "
        "lost"),
    TEXT(output, "kdgrid-%j.log", "file for what the job prints; %j is its number"),
    TEXT(extra, "", "list of further #SBATCH options"),
    TEXT(prologue, "", "list of shell lines that run before the program"),
    KD_SETTING_END,
};
