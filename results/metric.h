/* metric.h - which number of a cell a word means, and how it is shown.
 *
 *     "f1"        -> test.entity_strict.f1      the task's main metric on a split
 *     "devel.f1"  -> devel.entity_strict.f1     the same on another one
 *     "train_s"   -> time.train_s               an alias of its own
 *     "size_mib"  -> size.mib
 *     "train_mib" -> size.train_mib, with the weights that only training uses
 *     anything    -> the metric of that full name
 *     "test.*.f1" -> every metric whose name fits
 */
#ifndef KD_RESULTS_METRIC_H
#define KD_RESULTS_METRIC_H

#include <stdbool.h>

#include "harness/base/status.h"
#include "harness/base/vec.h"
#include "harness/store/record.h"

typedef KD_VEC(const kd_record *) kd_cells; /* borrowed records */

typedef struct {
    char        name[128];  /* in the record: "test.entity_strict.f1" */
    char        title[128]; /* for readers: "F1 (test)" */
    const char *unit;       /* "s", "MiB", "" */
    int         decimals;   /* that readers see */
    int         better;     /* +1 more, -1 less, 0 neither */
    bool        is_size;    /* in MiB: printed by the rule for sizes (format.h) */
} kd_metric;

/* Find what `word` means for these cells; `split` stands where an alias needs one ("test").
 * KD_EUSAGE when no cell has such a metric, with a suggestion and the list. Where there are
 * no cells at all, everything is accepted. */
kd_status kd_metric_resolve(kd_metric *out, const kd_cells *cells, const char *word,
                            const char *split, kd_error *err);

typedef KD_VEC(kd_metric) kd_metrics;

/* The metrics of several words, in their order and each once. A word may be a list with commas, and
 * one with '*' or '?' stands for all names that fit, sorted: "test.entity_strict.*.f1". The caller
 * calls kd_vec_fini in any case. KD_EUSAGE as above, for a pattern that no name fits, and for no name
 * at all. */
kd_status kd_metrics_resolve(kd_metrics *out, const kd_cells *cells, const char *const *words,
                             size_t count, const char *split, kd_error *err);

/* The names of all metrics that cells have, sorted; the caller frees the array, whose texts are
 * borrowed from the records. */
const char **kd_metrics_list(const kd_cells *cells, size_t *count);

/* Whether `word` is one of the short ones: "f1", "devel.f1", "train_s". */
bool kd_metric_is_alias(const char *word);

/* The cell's number; false when it has none or it is NaN. */
bool kd_metric_read(const kd_metric *metric, const kd_record *cell, double *out);

/* Whether it is a share of 1 that is better when it is more: F1, precision, recall, accuracy. Such are told in
 * points, hundredths of it. */
bool kd_metric_is_score(const kd_metric *metric);

/* Whether a metric is the clock's or the machine's word, which two runs of one cell need not
 * share. */
bool kd_metric_is_timing(const char *name);

#endif
