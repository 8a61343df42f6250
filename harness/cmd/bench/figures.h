/* figures.h - what a bench measured, several times over, and how it is printed.
 *
 *     no-op cells as processes          cells/s       218      237      243    6
 *                                                     min   median      max    n
 */
#ifndef KD_CMD_BENCH_FIGURES_H
#define KD_CMD_BENCH_FIGURES_H

#include <stdbool.h>

#include "harness/base/process.h"
#include "harness/base/status.h"

#define KD_FIGURE_REPEATS 64

typedef struct {
    const char *key;  /* "inside_per_s", for programs */
    const char *name; /* for people */
    const char *unit;
    int         count;
    double      values[KD_FIGURE_REPEATS];
} kd_figure;

/* One more measurement; those beyond KD_FIGURE_REPEATS are dropped. */
void kd_figure_add(kd_figure *figure, double value);

double kd_figure_median(const kd_figure *figure);

/* A table, or one JSON object, of those that were measured. */
void kd_figures_print(const kd_figure *figures, int count, bool as_json);

/* Run one of our own verbs to its end, its output into `output`: seconds and the largest resident
 * size. Any end but exit 0 is KD_EFAILED with its last words. */
typedef struct {
    double seconds;
    double peak_mib;
} kd_verb_cost;

kd_status kd_bench_verb(const char *const *words, const char *output, kd_verb_cost *out,
                        kd_error *err);

/* A folder of its own in $TMPDIR for what a bench makes; the caller removes it by kd_fs_remove and
 * frees the path. */
kd_status kd_bench_folder(char **out, kd_error *err);

#endif
