/* studies.h - the studies that a store was run for, as texts of their own.
 *
 *     STORE/studies/<digest of the text>.json      harness/config/kept.h says what is in one
 *
 * A study that is changed and run again is another text and stands beside the first; one that is run
 * again as it was is only noted to be the latest. Nothing depends on them but who prints tables
 * without the experiment file.
 */
#ifndef KD_STORE_STUDIES_H
#define KD_STORE_STUDIES_H

#include <time.h>

#include "harness/store/store.h"

typedef struct {
    kd_id           id;
    struct timespec run; /* when it was last run */
} kd_stored_study;

/* Keep a text, durably. */
kd_status kd_studies_put(const kd_store *store, const char *text, size_t length, kd_error *err);

/* Those that are there, the one that was run last first; the caller frees the array. */
kd_status kd_studies_list(const kd_store *store, kd_stored_study **out, size_t *count,
                          kd_error *err);

/* "STORE/studies/<id>.json"; the caller frees it. */
char *kd_studies_path(const kd_store *store, kd_id id);

/* Whether a file in that folder has the name of a study, and then whether its bytes are those that it
 * is named by: KD_EDATA. */
bool      kd_studies_parse(kd_id *id, const char *name);
kd_status kd_studies_verify(const char *path, kd_id id, kd_error *err);

/* Keep all studies of another store too, with the times of their runs. */
kd_status kd_studies_copy(const kd_store *store, const kd_store *from, kd_error *err);

#endif
