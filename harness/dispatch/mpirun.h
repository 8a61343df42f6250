/* mpirun.h - an mpirun of ours: what it is told, whose files it uses, how it is ended.
 *
 *     prepare -> spawn -> (words on its pipe, its end) -> end -> close
 *
 * Its own files and what MPI keeps in shared memory are in folders that are removed when it is closed, or by
 * any later run when this process dies before that.
 */
#ifndef KD_DISPATCH_MPIRUN_H
#define KD_DISPATCH_MPIRUN_H

#include <stdbool.h>

#include "harness/base/process.h"

typedef struct {
    char      *folder; /* for its own files */
    int        held;   /* keeps the folder ours */
    char      *job, *job_env;
    char      *program; /* kdgrid-mpi */
    kd_process process; /* its pipe is mpirun's standard output */
} kd_mpirun;

typedef struct {
    int                ranks;
    const char *const *more;    /* words for mpirun itself; NULL for none */
    const char *const *words;   /* for kdgrid-mpi */
    const char *const *env;     /* "NAME=value" that it has besides; NULL for none */
    const char *const *without; /* beginnings of names that it does not have; NULL for none */
} kd_mpirun_options;

/* The caller closes it, whatever becomes of it. KD_ECREATE when there is no place for its files. */
kd_status kd_mpirun_prepare(kd_mpirun *out, kd_error *err);

/* Start so many ranks, which are watched (launch_words.h). KD_EUNAVAILABLE without an mpirun. */
kd_status kd_mpirun_spawn(kd_mpirun *mpirun, const kd_mpirun_options *options, kd_error *err);

/* Ask it to end its ranks, and end it when it does not. */
void kd_mpirun_end(kd_mpirun *mpirun);

void kd_mpirun_close(kd_mpirun *mpirun);

#endif
