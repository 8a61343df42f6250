/* record.h - what the tables know of one committed object: who it is, how it was set, what it
 * measured.
 *
 * A record is made from an object's attributes and kept in the catalogue, so that a question
 * over a hundred thousand cells opens one file. Names are dotted: "student.hidden" for a
 * setting, "test.entity_strict.f1" for a metric (split, metric, part).
 */
#ifndef KD_STORE_RECORD_H
#define KD_STORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/digest.h"

/* Settings that every record of a cell has: the versions of the meaning of settings and of the
 * numerics that its id was made with (harness/config/resolved.h). */
#define KD_RECORD_SCHEMA   "version.settings"
#define KD_RECORD_NUMERICS "version.numerics"

typedef struct {
    const char *key;
    const char *value; /* canonical text */
} kd_record_setting;

typedef struct {
    const char *name;
    double      value;
} kd_record_metric;

/* All pointers are borrowed from whoever made the record and live as long as it. */
typedef struct {
    kd_id                    id;
    const char              *kind;     /* "model", "targets", "corpus" */
    const char              *store;    /* the folder it came from */
    const kd_record_setting *settings; /* sorted by key */
    size_t                   setting_count;
    const kd_record_metric  *metrics; /* sorted by name */
    size_t                   metric_count;
} kd_record;

/* By name, or NULL when the record has none. */
const char   *kd_record_value(const kd_record *record, const char *key);
const double *kd_record_number(const kd_record *record, const char *metric);

/* Whether two were set alike, key by key. */
bool kd_record_has_settings_of(const kd_record *a, const kd_record *b);

/* Whether two say the same of one object, wherever they came from: each number bit for bit. */
bool kd_record_is_same(const kd_record *a, const kd_record *b);

#endif
