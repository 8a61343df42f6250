/* scale.h - from numbers to places on a line, with ticks that a person would have chosen.
 *
 *     init (range of the data, the line) -> at -> ticks, print
 *
 * A step is 1, 2 or 5 times a power of ten, and the range grows to whole steps. A range of more than 20
 * to 1 that is to be logarithmic has ticks at 1, 2 and 5 (or at 1 alone) of each power.
 */
#ifndef KD_CHART_SCALE_H
#define KD_CHART_SCALE_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/str.h"

enum { KD_SCALE_TICKS = 32 };

typedef struct {
    double low, high; /* of the axis */
    double from, to;  /* where those stand, in pixels */
    double step;      /* between ticks; unused on a logarithmic one */
    bool   is_log;
} kd_scale;

/* `ticks` is about how many there may be, at least 2. A range that is a single number, or none at all
 * (infinite, NaN), is widened to one that has a step. */
void kd_scale_init(kd_scale *scale, double low, double high, double from, double to, int ticks);

/* The same, logarithmic where the range is positive and wide enough, else as above. */
void kd_scale_init_log(kd_scale *scale, double low, double high, double from, double to, int ticks);

double kd_scale_at(const kd_scale *scale, double x);

/* The ticks from low to high into `out`; how many is returned. */
size_t kd_scale_ticks(const kd_scale *scale, double out[KD_SCALE_TICKS]);

/* Add a tick as readers see it: with the decimals of the step, thousands as k and millions as M. */
void kd_scale_print(const kd_scale *scale, double tick, kd_str *out);

#endif
