/* slurm_options.h - the `slurm` group of an experiment file, as a struct.
 *
 *     slurm = {
 *       partition = "cpu"; nodes = 4; tasks = 16; cpus = 1; memory = "32G"; time = "24:00:00";
 *       extra    = [ "--exclusive", "--mail-type=END" ];
 *       prologue = [ "module load openmpi" ];
 *     };
 *
 * An empty text means that the script says nothing about it and the cluster's default holds; but for
 * the time, which the plan then says (slurm/size.h). What is the same for every study of a site stands in a file
 * of the site (site.h), in a group of the same name and rows, which the experiment file's stands above.
 */
#ifndef KD_CONFIG_SLURM_OPTIONS_H
#define KD_CONFIG_SLURM_OPTIONS_H

#include "harness/base/setting.h"

/* As what a study is handed in. */
#define KD_SLURM_SHAPES(X)                                         \
    X(AUTO, "auto", "what the site's probe chose, else one")       \
    X(ONE, "one", "one job, whose ranks share the study")          \
    X(ARRAY, "array", "so many small jobs, which share the study") \
    X(ELASTIC, "elastic",                                          \
      "a job that hands in more while cells wait, and takes "      \
      "them out of the queue when none does")

typedef enum {
#define X(name, word, meaning) KD_SHAPE_##name,
    KD_SLURM_SHAPES(X)
#undef X
} kd_slurm_shape;

typedef struct {
    char           partition[128];
    char           account[128];
    char           qos[128];
    char           reservation[128];
    char           constraint[128];
    int            nodes;      /* --nodes */
    int            tasks;      /* MPI ranks on each node; 0 for one a core */
    int            cpus;       /* --cpus-per-task; 0 for what cells ask for */
    char           memory[32]; /* --mem, of a node: "32G" */
    char           time[32];   /* --time: "24:00:00" */
    int            notice_s;   /* how long before the end SLURM sends its signal */
    int            restarts;   /* how often the job may put itself back into the queue */
    int            links;      /* successors, for sites that cancel where others requeue */
    int            total_h;    /* hours after which no start follows another; 0 for no bound */
    kd_slurm_shape shape;
    int            jobs;   /* of an array, the most of an elastic pool; 0 for some */
    int            pace_s; /* between looks of an elastic pool at its size */
    char mpi[64];        /* the plug-in by which srun starts the ranks; empty for mpirun, or none */
    char container[512]; /* words before the program */
    char modules[1024];  /* to load before it, one a line */
    char output[256];    /* --output; %j is the job's number */
    char extra[1024];    /* more #SBATCH options, one a line */
    char prologue[2048]; /* shell lines that run before the program, one a line */
} kd_slurm_options;

extern const kd_setting kd_slurm_settings[];

/* In place of a plug-in: no ranks, but a member of the store on each node. */
#define KD_SLURM_NO_MPI "none"

/* The rows that are lists of lines, with blanks between their keys. */
#define KD_SLURM_LINES "extra prologue modules"

const char *kd_slurm_shape_word(kd_slurm_shape shape);

#endif
