/* slurm_options.h - the `slurm` group of an experiment file, as a struct.
 *
 *     slurm = {
 *       partition = "cpu"; nodes = 4; tasks = 16; cpus = 1; memory = "32G"; time = "24:00:00";
 *       extra    = [ "--exclusive", "--mail-type=END" ];
 *       prologue = [ "module load openmpi" ];
 *     };
 *
 * An empty text means that the script says nothing about it and the cluster's default holds; but for
 * the time, which the plan then says (slurm/size.h).
 */
#ifndef KD_CONFIG_SLURM_OPTIONS_H
#define KD_CONFIG_SLURM_OPTIONS_H

#include "harness/base/setting.h"

typedef struct {
    char partition[128];
    char account[128];
    char qos[128];
    char reservation[128];
    char constraint[128];
    int  nodes;          /* --nodes */
    int  tasks;          /* MPI ranks on each node; 0 for one a core */
    int  cpus;           /* --cpus-per-task; 0 for what cells ask for */
    char memory[32];     /* --mem, of a node: "32G" */
    char time[32];       /* --time: "24:00:00" */
    int  notice_s;       /* how long before the end SLURM sends its signal */
    int  restarts;       /* how often the job may put itself back into the queue */
    int  links;          /* successors, for sites that cancel where others requeue */
    char output[256];    /* --output; %j is the job's number */
    char extra[1024];    /* more #SBATCH options, one a line */
    char prologue[2048]; /* shell lines that run before the program, one a line */
} kd_slurm_options;

extern const kd_setting kd_slurm_settings[];

#endif
