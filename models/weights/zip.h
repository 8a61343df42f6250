/* zip.h - the members of a zip file, as PyTorch writes them: stored, never compressed.
 *
 * So all members together are no larger than the file, and a small file cannot ask for much memory.
 */
#ifndef KD_WEIGHTS_ZIP_H
#define KD_WEIGHTS_ZIP_H

#include <stdbool.h>

#include "harness/base/arena.h"
#include "harness/base/status.h"

typedef struct kd_zip kd_zip;

/* KD_EDATA for a file that is no zip, or has a member whose name leads out of a folder, or two of one name. The
 * caller closes it. */
kd_status kd_zip_open(kd_zip **out, const char *path, kd_error *err);
void      kd_zip_close(kd_zip *zip); /* NULL is fine */

/* The folder of the member whose last part is `name` ("archive/" for archive/data.pkl), borrowed
 * from `arena`; NULL when there is none. */
const char *kd_zip_folder_of(const kd_zip *zip, const char *name, kd_arena *arena);

bool kd_zip_has(const kd_zip *zip, const char *member);

/* The bytes of a member, which live in `arena`. The caller says of which file it is. */
kd_status kd_zip_read(kd_zip *zip, const char *member, kd_arena *arena, const char **bytes,
                      size_t *length, kd_error *err);

#endif
