/* find.h - which cell of a store a word means.
 *
 *     "3f0c..."   an id, or as many of its first digits as no other has, at least 4
 *     "best"      the student whose figure on devel is the best, or the teacher, where one is asked for
 *     a label     what the journal called the cell: "hidden=32 method=none seed=1"
 *
 * Digits come before labels. A word that several fit is no answer: the failure lists them, because
 * the reader's next word is one of them.
 *
 * "best" looks at devel alone. A model that was picked by its figure on test has that figure for no
 * reason but the picking, so a metric of test is refused, whoever asks.
 */
#ifndef KD_REVIEW_FIND_H
#define KD_REVIEW_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/digest.h"
#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/store/store.h"

#define KD_FIND_DIGITS 4 /* the fewest that are taken for an id */
#define KD_FIND_SHORT  7 /* the fewest that are printed */

typedef struct {
    const char *const *where; /* "KEY=VALUE": what "best" is chosen among; borrowed */
    size_t             where_count;
    const char *const *metrics; /* as kd_metrics_resolve takes them; none: the main one, on devel.
                                 * Where the first says that two are alike, the next one decides */
    size_t             metric_count;
    const char
        *role; /* of "best", as kd_cells_keep_role takes it (results/role.h); NULL: a student */
    bool without_object; /* cells of the journal that have none are found, too */
} kd_find_choice;

/* Find the cell. `said` (may be NULL) gets one line on how "best" was chosen, and stays empty for other words.
 * KD_EUSAGE when several fit, for fewer digits, for conditions beside another word than "best" and for
 * a metric of test; KD_ENOINPUT when none fits. */
kd_status kd_find(kd_id *out, const kd_store *store, const char *word, const kd_find_choice *choice,
                  kd_str *said, kd_error *err);

/* The fewest digits, at least KD_FIND_SHORT, that tell these apart; the array is sorted by this. */
int kd_find_digits(kd_id *ids, size_t count);

#endif
