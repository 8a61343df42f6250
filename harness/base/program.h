/* program.h - what this program is: version, commit, libraries, machine.
 *
 * The texts are set when it is built (program.c.in), so that every object can say what made it.
 */
#ifndef KD_BASE_PROGRAM_H
#define KD_BASE_PROGRAM_H

#include <stdbool.h>

extern const char kd_program_version[];   /* "0.1.0" */
extern const char kd_program_commit[];    /* of the sources; "unknown" outside a checkout */
extern const bool kd_program_is_dirty;    /* the sources differ from the commit */
extern const char kd_program_build[];     /* "Release", "RelWithDebInfo, sanitized" */
extern const char kd_program_libraries[]; /* "HDF5 1.10.8, OpenBLAS 0.3.21, ..." */
extern const char kd_program_mpi[];       /* "Open MPI 4.1.4" */

/* The kind of CPU, as the kernel names it. Borrowed, lives for ever. */
const char *kd_program_cpu(void);

#endif
