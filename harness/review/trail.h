/* trail.h - the curves of cells that run, as far as they were seen by who watches.
 *
 *     each look:  begin -> take a standing, another ... -> end --> trails --> a line of blocks, a figure
 *
 * The coordinator tells one moment of each running cell (harness/store/live.h), and what a cell learned before is in its own
 * checkpoint, which only the program that wrote it reads. So a trail begins with the first look, and has a point for each
 * moment that was other than the one before.
 */
#ifndef KD_REVIEW_TRAIL_H
#define KD_REVIEW_TRAIL_H

#include "harness/review/standing.h"

typedef KD_VEC(kd_progress_point) kd_trail_points;

typedef struct {
    kd_id           id;
    char           *label; /* owned */
    kd_trail_points points;
    bool            runs; /* at this look */
} kd_trail;

typedef KD_VEC(kd_trail) kd_trails; /* in the order in which they were first seen */

/* A look: add what runs now, of one store or several; trails of cells that run in none of them are dropped. */
void kd_trails_begin(kd_trails *trails);
void kd_trails_take(kd_trails *trails, const kd_standing *standing);
void kd_trails_end(kd_trails *trails);

const kd_trail *kd_trails_find(const kd_trails *trails, kd_id id); /* or NULL */

/* Add the scores on devel of a trail, or its losses where it has none yet, as blocks from the lowest to the
 * highest: "▁▃▅▆▇█". The last `most` moments; nothing below two of them. */
void kd_trail_add_blocks(kd_str *out, const kd_trail *trail, size_t most);

void kd_trails_fini(kd_trails *trails);

#endif
