/* expected.h - the cells that a study will have, for a reader who knows neither grid nor schema.
 *
 *     kd_expected *e = kd_expected_create(study);
 *     for (size_t i = 0; i < kd_expected_count(e); i++) {
 *         kd_expected_take(e, i);
 *         kd_expected_said(e, "distill.temperature");   "2", whatever the method is
 *         kd_expected_read(e, "distill.temperature");   NULL where that cell distils nothing
 *     }
 *     kd_expected_destroy(e);
 *
 * One cell is in hand at a time, for a study may have a million of them. Texts live as long as the study, which is
 * borrowed.
 */
#ifndef KD_CONFIG_EXPECTED_H
#define KD_CONFIG_EXPECTED_H

#include "harness/config/study.h"

typedef struct kd_expected kd_expected;

kd_expected *kd_expected_create(const kd_study *study);
void         kd_expected_destroy(kd_expected *e); /* NULL is fine */

size_t kd_expected_count(const kd_expected *e);

/* The keys along which cells differ, in the order of the file; `e` owns the list. */
const char *const *kd_expected_varying(const kd_expected *e, size_t *count);

/* Take cell `i` in hand, before one of the next is asked. */
void kd_expected_take(kd_expected *e, size_t i);

/* What the study says of it, read or not; NULL for a key that is no setting. */
const char *kd_expected_said(const kd_expected *e, const char *key);

/* The same where the cell's own kind and method read it, and NULL elsewhere. Of a teacher's settings: where it
 * learns of one or begins with the weights of one. */
const char *kd_expected_read(const kd_expected *e, const char *key);

/* What a table with it in has to say of its method ("a reading of its source"); NULL for nothing. */
const char *kd_expected_remark(const kd_expected *e);

/* Whether a key is a setting; KD_EUSAGE with a suggestion after `who` ("--rows") where it has to be one. */
bool      kd_expected_is_setting(const char *key);
kd_status kd_expected_check_setting(const char *key, const char *who, kd_error *err);

#endif
