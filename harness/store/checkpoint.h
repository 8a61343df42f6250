/* checkpoint.h - where a cell goes on when it was killed: weights, moments, streams, position.
 *
 *     STORE/work/<id>/checkpoint-00000011.h5      the one before
 *     STORE/work/<id>/checkpoint-00000012.h5      the newest
 *
 *     create -> put_f32 ... put_state ... -> commit      the third oldest goes
 *     open (the newest that is whole) -> get ... -> close
 *
 * A damaged one is named, set aside, and the one before it is used.
 */
#ifndef KD_STORE_CHECKPOINT_H
#define KD_STORE_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/digest.h"
#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/store/store.h"

/* ---- write ---- */

typedef struct kd_checkpoint_draft kd_checkpoint_draft;

/* Begin a new generation for cell `id` at `position` (steps done, or what the trainer counts).
 * The caller commits or discards it. */
kd_status kd_checkpoint_create(kd_checkpoint_draft **out, const kd_store *store, kd_id id,
                               int64_t position, kd_error *err);

/* Blocks of floats and opaque bytes, each under a name of its own. */
kd_status kd_checkpoint_put_f32(kd_checkpoint_draft *draft, const char *name, const float *data,
                                size_t count, kd_error *err);
kd_status kd_checkpoint_put_state(kd_checkpoint_draft *draft, const char *name, const void *bytes,
                                  size_t length, kd_error *err);

/* Make it durable and remove generations older than the one before. The draft is gone either way.
 */
kd_status kd_checkpoint_commit(kd_checkpoint_draft *draft, kd_error *err);
void      kd_checkpoint_discard(kd_checkpoint_draft *draft); /* NULL is fine */

/* ---- read ---- */

typedef struct kd_checkpoint kd_checkpoint;

/* The newest generation whose every checksum holds; *out is NULL and the status KD_OK when there
 * is none. `notice` (may be NULL) holds a line about each damaged one, or "". */
kd_status kd_checkpoint_open(kd_checkpoint **out, const kd_store *store, kd_id id, kd_str *notice,
                             kd_error *err);

/* Whether the file `path` is a whole checkpoint of cell `id`: KD_EDATA when it is not. */
kd_status kd_checkpoint_verify(const char *path, kd_id id, kd_error *err);

int64_t kd_checkpoint_position(const kd_checkpoint *checkpoint);

/* Exactly `count` floats or `length` bytes into memory of the caller. KD_EDATA when the block has
 * another size or is not there. */
kd_status kd_checkpoint_get_f32(kd_checkpoint *checkpoint, const char *name, float *out,
                                size_t count, kd_error *err);
kd_status kd_checkpoint_get_state(kd_checkpoint *checkpoint, const char *name, void *out,
                                  size_t length, kd_error *err);

/* The size of a block, for a caller that does not know it: floats or bytes; 0 when absent. */
size_t kd_checkpoint_size(kd_checkpoint *checkpoint, const char *name);

void kd_checkpoint_close(kd_checkpoint *checkpoint); /* NULL is fine */

#endif
