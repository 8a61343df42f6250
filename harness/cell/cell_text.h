/* cell_text.h - a text of any size becomes rows of pieces in an object.
 *
 * Its training split goes there in parts, as soon as one is full; devel and test, which are held out of it, are small and
 * are kept until the end. Memory is that of one part and of what is held out.
 */
#ifndef KD_CELL_CELL_TEXT_H
#define KD_CELL_CELL_TEXT_H

#include "harness/cell/cell.h"
#include "harness/cell/source_text.h"
#include "harness/store/object.h"

/* Pack a streamed source, whose vocabulary is built when it has none. KD_ESTOPPED when the context asks for it: the parts that
 * were full are in the work folder, from where the same cell goes on (text_saved.h). */
kd_status kd_cell_pack_text(kd_source_corpus *source, const kd_cell_context *context,
                            kd_object_draft *draft, kd_error *err);

#endif
