/* job.h - a study's resources to the text of a job script.
 *
 *     kd_slurm_options + names --job.sh.in--> script: #SBATCH lines, the run,
 *                                             the way back into the queue
 *
 * The template is compiled in. What comes from an experiment file is quoted, so that a blank or
 * a quote in a path stays what it is.
 */
#ifndef KD_SLURM_JOB_H
#define KD_SLURM_JOB_H

#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/config/slurm_options.h"

/* All texts are borrowed. As what it is handed in (`shape`) is settled: never auto. */
typedef struct {
    const kd_slurm_options *options; /* sized (size.h) */
    const char             *name;    /* of the study */
    const char        *folder;  /* in which the job runs; the paths below may be relative to it */
    const char        *program; /* kdgrid */
    const char        *experiment; /* its file */
    const char        *store;
    const char        *profile, *group; /* NULL for none */
    const char *const *overrides;       /* "key=value", as -D takes them */
    size_t             override_count;
    kd_slurm_shape     shape;
    int                pool;    /* jobs of an array, the most of an elastic pool */
    int                at_once; /* so many of an array at a time; 0 for all of them */
    long long          until_s; /* since 1970: no start follows another after it; 0 for no bound */
} kd_job;

/* Add the script to `out`. KD_ECONFIG when a text has a line break, which no #SBATCH line can hold.
 */
kd_status kd_job_script(const kd_job *job, kd_str *out, kd_error *err);

/* Where a store's script is kept: "STORE.sbatch" beside its folder. The caller frees it. */
char *kd_job_script_path(const char *store);

/* Add `text` as one word of a shell: bare when that is safe, else in single quotes. */
void kd_shell_quote(kd_str *out, const char *text);

#endif
