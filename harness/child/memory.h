/* memory.h - how much memory there is for us, and whom the system ended over it.
 *
 * A process may live in a control group (a container's, a SLURM job's with --mem), and groups in
 * groups. Who takes more than a group may have is ended by SIGKILL with no word to anybody, but the
 * kernel counts: in memory.events, or in memory.oom_control where groups are of the first version.
 * `root` stands before /proc and /sys: "" but in tests.
 */
#ifndef KD_CHILD_MEMORY_H
#define KD_CHILD_MEMORY_H

#include <stdint.h>

/* Bytes that this machine, and every group above this process, lets us have at most. */
int64_t kd_memory_limit(const char *root);

/* Processes of our own group that were ended for want of memory so far; -1 when nobody tells. */
int64_t kd_memory_kills(const char *root);

#endif
