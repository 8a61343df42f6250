/* hosts.h - the machines on which the ranks of a wide cell run: a file in its work folder, that mpirun reads as it is.
 *
 *     STORE/work/<id>/hosts     n1 slots=2
 *                               n2 slots=1
 *
 * A line a machine, in the order of their names with numbers as such, which is also SLURM's.
 */
#ifndef KD_DISPATCH_HOSTS_H
#define KD_DISPATCH_HOSTS_H

#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"

#define KD_HOST_NAME 64

typedef struct {
    char name[KD_HOST_NAME];
    int  ranks;
} kd_host;

/* Begin with KD_VEC_INIT, end with kd_vec_fini. */
typedef KD_VEC(kd_host) kd_hosts;

/* So many ranks more on a machine. */
void kd_hosts_add(kd_hosts *hosts, const char *name, int ranks);

void kd_hosts_print(const kd_hosts *hosts, kd_str *out);

/* KD_EDATA, with file and line, for what kd_hosts_print does not write; KD_ENOINPUT when there is no such file. */
kd_status kd_hosts_read(kd_hosts *out, const char *path, kd_error *err);

/* Of this machine, and of all. */
int kd_hosts_here(const kd_hosts *hosts);
int kd_hosts_ranks(const kd_hosts *hosts);

#endif
