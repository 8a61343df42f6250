/* errors.h - what a cell got wrong on a split, counted by its kind; from the answers that it kept.
 *
 *     kd_errors_count -> forms, kinds -> kd_errors_fini
 */
#ifndef KD_PAGE_ERRORS_H
#define KD_PAGE_ERRORS_H

#include "distill/slips.h"
#include "results/page/report.h"

typedef struct {
    char   *name; /* "Gene missed", "Gene as Disease" */
    int     form; /* a kd_slip_form */
    int64_t count;
} kd_error_kind;

typedef struct {
    const char *of;   /* what is counted: "mentions", "relations", "labels" */
    int64_t     gold; /* how many there are to find */
    int64_t     forms[KD_SLIP_COUNT];
    KD_VEC(kd_error_kind) kinds; /* the most frequent first */
} kd_errors;

/* Of the split that the report's score is of. KD_EDATA when the cell kept no answers of it, or they or its corpus
 * cannot be read; `out` is empty then, and kd_errors_fini harmless. */
kd_status kd_errors_count(kd_errors *out, const kd_report *report, const kd_record *cell,
                          kd_error *err);
void      kd_errors_fini(kd_errors *errors);

/* The run of a group that did best on devel, or by the score where there is no devel; NULL for none. */
const kd_record *kd_errors_best_run(const kd_report *report, const kd_group *group);

#endif
