/* snapshot.h - what a page says in numbers: small enough to be carried by it, so that a later one can say what changed.
 *
 *     report  --take--> snapshot --write--> in the page's file
 *     old page --read--> snapshot --.
 *                                   +--> kd_snapshot_add_changes
 *     report --take--> snapshot ----'
 */
#ifndef KD_PAGE_SNAPSHOT_H
#define KD_PAGE_SNAPSHOT_H

#include "results/page/report.h"

typedef struct {
    kd_id  id;
    size_t setting; /* of `settings` */
    double score;   /* NaN for none */
} kd_snapshot_cell;

typedef struct {
    const char *name;
    size_t      n; /* runs with a score */
    double      mean;
} kd_snapshot_setting;

typedef struct {
    const char *name;
    double      difference; /* NaN where it could not be said */
    bool        is_clear;   /* after Holm's correction */
    const char *verdict;
} kd_snapshot_pair;

typedef struct {
    const char *study;              /* "" where no journal says it */
    const char *metric;             /* "" for none: "test.entity_strict.f1" */
    const char *title;              /* for readers: "F1 (test)" */
    const char *among;              /* the key that pairs are of, or "" */
    const char *latest;             /* when the newest cell was committed, or "" */
    KD_VEC(kd_snapshot_cell) cells; /* sorted by id */
    KD_VEC(kd_snapshot_setting) settings;
    KD_VEC(kd_snapshot_pair) pairs;
    kd_arena *arena; /* of all texts */
} kd_snapshot;

/* Of a report: of all of its students, or of those that were committed before `until`, a stamp or its beginning
 * ("2026-11-29"); settings without any are left out. The caller frees it in any case. KD_EDATA as figures. */
kd_status kd_snapshot_take(kd_snapshot *out, const kd_report *report, const char *until,
                           kd_error *err);

/* KD_EUSAGE when a text is no beginning of a stamp, at least a day. */
kd_status kd_snapshot_check_date(const char *text, kd_error *err);

/* Add it as an element of HTML that shows nothing. */
void kd_snapshot_write(kd_str *out, const kd_snapshot *snapshot);

/* From the file of a page. KD_EDATA when it is none, was made by another program or one that knows more, or its numbers
 * are damaged. The caller frees it in any case. */
kd_status kd_snapshot_read(kd_snapshot *out, const char *path, kd_error *err);

/* Add, as HTML, what is in `now` and was not, or was otherwise, in `before`: cells, scores, verdicts. `what` names
 * that. */
void kd_snapshot_add_changes(kd_str *out, const kd_snapshot *before, const kd_snapshot *now,
                             const char *what);

void kd_snapshot_fini(kd_snapshot *snapshot);

#endif
