/* frame.h - what figures of this room share: a new figure, its two axes, labels that keep apart. */
#ifndef KD_CHART_FRAME_H
#define KD_CHART_FRAME_H

#include "results/chart/chart.h"
#include "results/chart/scale.h"

/* Append a figure with its title drawn; the rest of the drawing and its numbers are for the caller to add.
 * Borrowed until the next. */
kd_chart *kd_frame_begin(kd_charts *out, kd_chart_kind kind, const kd_chart_words *words,
                         double width, double height);

/* Copies in the figure's arena; NULL stays NULL. */
const char   *kd_frame_keep_text(kd_chart *chart, const char *text);
void          kd_frame_keep_row(kd_chart *chart, const char **name, const char **figures,
                                const char **hover); /* of what a row says, in place */
const double *kd_frame_keep_numbers(kd_chart *chart, const double *numbers, size_t count);

/* The bytes of a text that go into the first of two lines, each of `width` in type of this size: all where they fit or have no
 * blank at which to break; the second begins behind the blank. */
size_t kd_frame_first_line(const char *text, double size, double width);

/* The room that the words of an upright axis take to the left of it. */
double kd_frame_left(const kd_scale *y);

/* The axes of two scales, with grid, ticks and their names; `words` may lack those. */
void kd_frame_axes(kd_chart *chart, const kd_chart_words *words, const kd_scale *x,
                   const kd_scale *y);
void kd_frame_axis_x(kd_chart *chart, const char *name, const kd_scale *x, double top,
                     double bottom);

/* Move labels of a column apart, each as little as possible, so that two are `apart` at least: `y` in any
 * order; all stay between low and high while there is room. */
void kd_frame_spread(double *y, size_t count, double apart, double low, double high);

/* Widen a range by a number that is finite. */
void kd_frame_reach(double *low, double *high, double x);

#endif
