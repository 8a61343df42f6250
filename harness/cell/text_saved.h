/* text_saved.h - the parts of a text that were packed before its cell was stopped or killed.
 *
 *     STORE/work/<id>/text-0       what one part of the training split brought, whole or not there
 *                     text-1       the next one
 *
 * A large text takes an hour to pack. Each part, when it is full, is also left in the work folder, with what was held out
 * since the one before and how many documents that took. The same cell, started again, takes them over, passes over
 * as many documents and goes on: parts end where they would have ended, so the object is the same. A file that is torn or
 * of another format is as good as none.
 */
#ifndef KD_CELL_TEXT_SAVED_H
#define KD_CELL_TEXT_SAVED_H

#include "harness/cell/source_text.h"
#include "harness/store/store.h"
#include "models/text/text_pack.h"

/* A stretch of rows: their pieces, and where each row ends in the array that they are a stretch of. */
typedef struct {
    const int32_t *ids, *ends;
    int64_t        pieces, rows;
} kd_saved_rows;

typedef struct {
    kd_text_progress progress;         /* behind it */
    kd_text_stats    stats[KD_SPLITS]; /* of all until there */
    kd_saved_rows    rows[KD_SPLITS];  /* train: of the part; else since the one before */
} kd_saved_part;

/* Leave the part of this number, durable or not there. */
kd_status kd_saved_part_put(const kd_store *store, kd_id node, int number,
                            const kd_saved_part *part, kd_error *err);

/* Look for it: *has is false when there is none that could be used. `view` holds its arrays until kd_fs_unmap. */
kd_status kd_saved_part_get(kd_saved_part *out, kd_fs_view *view, const kd_store *store, kd_id node,
                            int number, bool *has, kd_error *err);

#endif
