/* doctor.h - what ruins a sweep, found before it: the corpora of a study, read as its cells will.
 *
 *     study --> plan --> corpora, checkpoints, vectors, targets --> checkups, each against a limit
 *
 * Cells by the thousand differ in what no check asks for, so each thing is looked at once.
 * docs/DOCTOR.md says what each limit is a share of.
 */
#ifndef KD_REVIEW_DOCTOR_H
#define KD_REVIEW_DOCTOR_H

#include <stdbool.h>

#include "harness/config/study.h"

/* How much of what is taken for harmless: shares from 0 to 1, and a count of labels. */
typedef struct {
    double      max_invalid, max_duplicates, max_unknown, max_cut, min_coverage, min_hits;
    int         max_labels;
    const char *vectors; /* a file that train is held against as well; NULL for none */
} kd_doctor_limits;

/* clang-format off */
#define KD_DOCTOR_LIMITS_INIT { .max_duplicates = 0.05, .max_unknown = 0.01, .max_cut = 0.01, \
                                .min_coverage = 0.5, .min_hits = 0.5 }
/* clang-format on */

/* One check and what it found. */
typedef struct {
    const char *check; /* "duplicates" */
    char       *where; /* "corpus/test.tsv" */
    const char *what;  /* "sentences that train has too" */
    double      value, limit;
    bool        is_count; /* else a share */
    bool        is_least; /* the limit is a lower one */
} kd_checkup;

typedef struct kd_diagnosis kd_diagnosis;

/* Look at all that the study's cells would read. `study` is borrowed until this returns; the caller
 * destroys the diagnosis. Fails as the readers do; what a check says is no failure. */
kd_status kd_doctor_examine(kd_diagnosis **out, kd_study *study, const kd_doctor_limits *limits,
                            kd_error *err);

/* What was found, in the order of the plan; lives as long as the diagnosis. */
const kd_checkup *kd_diagnosis_checkups(const kd_diagnosis *diagnosis, size_t *count);

bool kd_checkup_is_fine(const kd_checkup *checkup);

void kd_diagnosis_destroy(kd_diagnosis *diagnosis); /* NULL is fine */

#endif
