/* role.h - what a model is to its study: a teacher, a start, a student.
 *
 *     teacher   has settings of a teacher and none of a student
 *     start     fine-tuned, and not distilled yet: what a student begins with
 *     student   all others: what a study is about
 *
 * A mean over students and their teacher is of no use, so questions about cells are about students
 * unless somebody asks otherwise.
 */
#ifndef KD_RESULTS_ROLE_H
#define KD_RESULTS_ROLE_H

#include "harness/base/str.h"
#include "results/metric.h"

typedef enum { KD_ROLE_STUDENT, KD_ROLE_TEACHER, KD_ROLE_START, KD_ROLES } kd_role;

kd_role     kd_record_role(const kd_record *record);
const char *kd_role_word(kd_role role); /* "student" */

/* How many cells of each role were left out. */
typedef struct {
    size_t count[KD_ROLES];
} kd_left_out;

/* Keep the cells of one role by its word, or of "all". NULL keeps the students, or all where there
 * is no student. KD_EUSAGE for another word, and for a role that no cell has. */
kd_status kd_cells_keep_role(kd_cells *cells, const char *role, kd_left_out *out, kd_error *err);

/* Append "left out: 1 teacher, 2 starts (--role all has them)"; nothing when none was. */
void kd_left_out_say(kd_str *out, const kd_left_out *left_out);

#endif
