/* scratch.h - folders of ours in places that all share, such as /tmp, of which none is left behind.
 *
 *     PLACE/kdgrid.UID.NAME      whoever uses it holds a shared flock(2) on it
 *
 * The lock goes with its holder, however that ends. Who finds a folder that nobody holds removes
 * it. Anybody can make such names there: a folder is ours when we own it and nobody else may enter
 * it, whatever it is called; another's, or a link, is neither used nor removed.
 */
#ifndef KD_CHILD_SCRATCH_H
#define KD_CHILD_SCRATCH_H

#include <stdbool.h>

#include "harness/base/status.h"

/* "PLACE/kdgrid.UID.NAME"; the caller frees it. */
char *kd_scratch_path(const char *place, const char *name);

/* Make a folder with a new name of six letters and hold it until *fd is closed; the caller frees
 * the path. KD_ECREATE when that cannot be, or when others may rename what is in `place`. */
kd_status kd_scratch_make(char **path, int *fd, const char *place, kd_error *err);

/* The same with a name that several processes agree on: make the folder, unless it is there, and
 * hold it; -1 when that cannot be. Programs that are started do not inherit the descriptor. */
int kd_scratch_hold(const char *path);

/* Remove a folder of ours, or those in `place` that nobody holds. */
void kd_scratch_remove(const char *path);
void kd_scratch_clean(const char *place);

#endif
