/* merge.h - the objects of several stores in one.
 *
 *     not there yet          copied, and recorded as adopted
 *     there, same contents   nothing to do: equal ids agree
 *     there, other contents  told of; what is there stays
 *     damaged at its source  told of and left out
 *
 * An object may be kept without its weights (kd_object_keep), all of them by `without_weights`. It has the contents of the
 * whole one, so the two agree, and the whole one takes its place.
 *
 * Then the catalogue is brought up to date, so that questions about the whole open one file.
 * Only objects travel. What a source tried and failed at stays in its own journals.
 */
#ifndef KD_STORE_MERGE_H
#define KD_STORE_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/status.h"
#include "harness/store/store.h"

/* What the journal calls a merge, where a run has the name of its study. */
#define KD_MERGE_NAME "merge"

typedef struct {
    size_t copied, equal, unequal, damaged;
} kd_merge_counts;

/* Called with a line about each object that is unequal or damaged. */
typedef void (*kd_merge_visit)(void *user, const char *text);

typedef struct {
    bool           without_weights;
    kd_merge_visit visit; /* NULL for nobody */
    void          *user;
} kd_merge_options;

/* Bring the objects of `sources` into `store`, whose lock is taken meanwhile: KD_EIO when a
 * coordinator holds it. KD_OK also when some objects were told of. When it fails, what was copied
 * so far is there and whole. */
kd_status kd_merge_run(const kd_store *store, const kd_store *const *sources, size_t source_count,
                       const kd_merge_options *options, kd_merge_counts *counts, kd_error *err);

#endif
