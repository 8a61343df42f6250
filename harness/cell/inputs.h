/* inputs.h - the corpora of a plan, looked at before anything is made of them.
 *
 *     corpus that is needed --read, tokenised--> longest row, labels, pieces, what its reader tells
 *                                 `-- remembered by contents and settings in the user's cache
 *     network that needs it --> positions for the longest row; labels and vocab as the corpus has them
 *
 * So a file that its reader refuses and a network that is too short for it are said by `plan` and by the
 * first second of `run`, and the plan is told how large they are (harness/plan/plan.h). Warnings of
 * readers are told here, each once, and cells keep quiet about them.
 */
#ifndef KD_CELL_INPUTS_H
#define KD_CELL_INPUTS_H

#include "harness/plan/plan.h"

/* Look at what the plan still needs, also of studies that it stands on. KD_EDATA as a reader says it; KD_ECONFIG
 * with the setting's place. */
kd_status kd_inputs_check(kd_plan *plan, kd_error *err);

#endif
