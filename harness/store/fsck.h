/* fsck.h - whether a store is whole, and mending what can be mended.
 *
 *     journals   every byte is a record                     torn tails cut, files written again
 *     objects    every checksum, every name                 damaged ones set aside
 *     both       what is done has an object, and the other way round   records added
 *     work       checkpoints whole, nothing left over       damaged ones set aside, strays removed
 *     studies    every text is the one it is named by          damaged ones set aside
 *     catalogue  agrees with its checksums and the objects  removed or mended, and brought up to
 * date
 *
 * One damaged file never keeps the others from being looked at, and nothing is ever destroyed that
 * a person might still want: it goes to STORE/damaged/.
 */
#ifndef KD_STORE_FSCK_H
#define KD_STORE_FSCK_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/status.h"
#include "harness/store/store.h"

/* One thing that was found. A problem means that something was lost or could be; else it is a note.
 */
typedef struct {
    const char *kind; /* "damaged", "torn", "missing", "unrecorded", "stale", "stray", "left-over",
                         "foreign" */
    const char *text; /* one line that names the file */
    bool        is_problem;
    bool        is_mended;
} kd_fsck_finding;

typedef void (*kd_fsck_visit)(void *user, const kd_fsck_finding *finding);

typedef struct {
    size_t records, objects, checkpoints; /* that were looked at */
    size_t problems, notes;
    size_t mended; /* of the problems */
} kd_fsck_counts;

/* Look at everything, and mend when `repair`: that takes the store's lock, so KD_EIO while a
 * coordinator holds it. While one does, a plain check leaves alone what may be in the making.
 * KD_OK also when problems were found; other failures are the system's. */
kd_status kd_fsck_run(const kd_store *store, bool repair, kd_fsck_visit visit, void *user,
                      kd_fsck_counts *counts, kd_error *err);

#endif
