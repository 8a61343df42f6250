/* kept.h - a study as it was run, in one text that needs no file beside it.
 *
 *     experiment file with what it includes --+
 *     profile, KDGRID_..., -D, lists of cells -+--> JSON --> the same grid, tables and ids, wherever
 *     ids of all cells, in the grid's order ---+             the text has gone
 *
 * What was said is kept, not what became of it: reading it again goes the way of every experiment
 * file (study.h), so a kept study is held to the same rules and can do all that a study can but be
 * planned. Ids come from the plan that ran, because digests of corpora go into them.
 */
#ifndef KD_CONFIG_KEPT_H
#define KD_CONFIG_KEPT_H

#include "harness/base/digest.h"
#include "harness/config/study.h"

typedef struct {
    kd_study *study;
    kd_id    *ids; /* one for each cell of its grid */
} kd_kept_study;

/* Add the text. `ids` has one for each cell of the grid. Equal studies give equal texts. */
void kd_kept_write(kd_str *out, const kd_study *study, const kd_id *ids);

/* Read one from a file. KD_EDATA when it is none; KD_ECONFIG when this version of the program reads
 * it otherwise than the one that kept it. The caller closes it, also after a failure. */
kd_status kd_kept_open(kd_kept_study *out, const char *path, kd_error *err);

void kd_kept_close(kd_kept_study *kept);

#endif
