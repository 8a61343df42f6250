/* probe.h - what a site allows, asked of the site itself, and what follows for a study there.
 *
 *     scontrol show config   preemption, KillWait, limits of arrays and jobs, accounting
 *     sinfo                  the partition: nodes, cores, time limit, whether nodes are shared
 *     srun --mpi=list        plug-ins that start ranks
 *     sacctmgr               how many jobs a person may hand in, where there is accounting
 *     statfs                 the file system of the store
 *
 *     facts --> kd_probe_choose --> rows of the `slurm` group, each with a reason
 *
 * Only scontrol and sinfo have to answer. What nobody says is empty, or 0, and decides nothing.
 */
#ifndef KD_SLURM_PROBE_H
#define KD_SLURM_PROBE_H

#include <stdbool.h>

#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "harness/config/slurm_options.h"

typedef struct {
    /* of the controller */
    char version[32], cluster[64];
    char preempt[64];      /* "OFF", "REQUEUE", "CANCEL", "GANG,SUSPEND" */
    char accounting[64];   /* "accounting_storage/none" */
    char select[64];       /* "select/cons_tres"; linear gives whole nodes */
    int  kill_wait_s;      /* from TERM to KILL */
    int  resolution_s;     /* of the plan by which jobs start in gaps */
    int  most_array;       /* tasks of an array; 1 or 0: there are none */
    int  most_jobs;        /* of all people */
    bool signals_preempts; /* the signal of --signal comes also before preemption */

    /* of the partition */
    char partition[128];
    char most_time[32]; /* "infinite", "1-00:00:00" */
    char preempt_here[64];
    char shares[32]; /* "NO", "YES:4", "EXCLUSIVE" */
    int  nodes, cores, memory_mb;

    /* of the person, the machine and the store */
    int  most_submitted; /* jobs that one may have in the queue */
    char plugins[256];   /* "pmix pmi2 none" */
    bool has_mpirun;
    char files[32]; /* "nfs", "lustre", "ext4" */
    bool is_shared; /* such a file system is seen from several machines */
} kd_probe;

/* Ask. `partition` is the one to look at, NULL for the default one; `folder` is where stores are. KD_EUNAVAILABLE when
 * there is no SLURM here or it does not answer, KD_EUSAGE when it has no such partition. */
kd_status kd_probe_ask(kd_probe *out, const char *partition, const char *folder, kd_error *err);

/* The same from the text of an answer: of `scontrol show config`; of `sinfo -h -o` KD_PROBE_SINFO (false when it has
 * no such partition); of `srun --mpi=list`. */
#define KD_PROBE_SINFO "%P|%a|%l|%D|%c|%m|%M|%h"
void kd_probe_read_config(kd_probe *out, const char *text);
bool kd_probe_read_sinfo(kd_probe *out, const char *text, const char *partition);
void kd_probe_read_plugins(kd_probe *out, const char *text);

/* What it says, a line each: "preemption   REQUEUE: ...". */
void kd_probe_tell(const kd_probe *probe, kd_str *out);

/* A row that follows: "shape", "\"array\"" as a configuration file has it, and why. */
typedef struct {
    const char *key;
    char        value[24];
    char        why[128];
} kd_probe_choice;
typedef KD_VEC(kd_probe_choice) kd_probe_choices;

/* Add them; the caller calls kd_vec_fini. */
void kd_probe_choose(const kd_probe *probe, kd_probe_choices *out);

#endif
