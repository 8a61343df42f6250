/* telling.h - the settings that tell cells apart, in the order in which somebody would ask for them.
 *
 *     varying   teacher.count, teacher.dropout, teacher.kind, train.lr    of which the first three go together
 *     telling   teacher.kind, train.lr                                    and then count, dropout
 *
 * What a study is about comes first: corpus, task, method, kinds; what only follows from those says nothing more.
 */
#ifndef KD_RESULTS_TELLING_H
#define KD_RESULTS_TELLING_H

#include "results/aggregate.h"

/* The keys that vary between the cells (kd_cells_varying): first `telling` that each tell apart what those before do not, then
 * what says nothing more, last what only repeats: seeds, versions, ids of inputs. In the arena. */
const char **kd_cells_telling(const kd_cells *cells, kd_arena *arena, size_t *telling,
                              size_t *count);

#endif
