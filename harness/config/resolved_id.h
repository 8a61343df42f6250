/* resolved_id.h - the id of a node, from its parts in a fixed order.
 *
 *     begin(kind)  input...  file...  set...  end -> id       each group sorted
 *
 * A model has one id whatever it is for: "student.hidden" and "teacher.hidden" are both
 * written "model.hidden", and "teacher.train.lr", "teacher.distill.alpha" and "teacher.seed"
 * as the student's own; so are those of "finetune.".
 */
#ifndef KD_CONFIG_RESOLVED_ID_H
#define KD_CONFIG_RESOLVED_ID_H

#include "harness/base/digest.h"
#include "harness/base/str.h"
#include "harness/config/node.h"

void  kd_resolved_id_begin(kd_str *text, kd_node_kind kind); /* empties the text */
void  kd_resolved_id_input(kd_str *text, kd_input_role role, kd_id id);
void  kd_resolved_id_file(kd_str *text, kd_file_role role, kd_id contents);
void  kd_resolved_id_set(kd_str *text, const char *key, const char *value);
kd_id kd_resolved_id_end(const kd_str *text);

/* How keys are ordered in an id: by what they are written as. */
int kd_resolved_id_compare(const char *key, const char *other);

#endif
