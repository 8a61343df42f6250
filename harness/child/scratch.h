/* scratch.h - folders of ours in places that all share, such as /tmp, of which none is left behind.
 *
 *     PLACE/kdgrid.UID.NAME      whoever uses it holds a shared flock(2) on it
 *
 * The lock goes with its holder, however that ends. Who finds a folder that nobody holds removes
 * it.
 */
#ifndef KD_CHILD_SCRATCH_H
#define KD_CHILD_SCRATCH_H

#include <stdbool.h>

/* "PLACE/kdgrid.UID.NAME"; the caller frees it. */
char *kd_scratch_path(const char *place, const char *name);

/* Make the folder, unless it is there, and hold it until the descriptor is closed; -1 when that
 * cannot be. Programs that are started do not inherit the descriptor. */
int kd_scratch_hold(const char *path);

/* Remove the folders in `place` that nobody holds. */
void kd_scratch_clean(const char *place);

#endif
