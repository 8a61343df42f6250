/* chart.h - figures: each kind is a function from numbers to SVG, in a file of its own.
 *
 *     kd_charts figures = KD_VEC_INIT;
 *     kd_chart_lines(&figures, &words, lines, count);     append one figure
 *     kd_charts_put(&out, &figures.items[0]);             <svg> in a page, or
 *     kd_charts_file(&out, &figures);                     all of them as one file
 *     kd_charts_fini(&figures);
 *
 * Series are told apart by number: colour, dash and mark follow from it, so the same number looks the
 * same in all figures. Numbers that are not finite are left out. What a figure is made of is borrowed for the call.
 */
#ifndef KD_CHART_CHART_H
#define KD_CHART_CHART_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/str.h"
#include "harness/base/vec.h"

/* What a figure says in words. */
typedef struct {
    const char *title; /* above it, and its accessible name */
    const char *about; /* a sentence for who does not see it; may be NULL */
    const char *x;     /* what the axis below says; may be NULL */
} kd_chart_words;

typedef struct {
    char  *title, *about; /* owned */
    kd_str body;          /* elements of SVG */
    double width, height;
} kd_chart;

typedef KD_VEC(kd_chart) kd_charts;

/* Colours that who is colour-blind can tell apart (Okabe and Ito 2008). */
enum { KD_CHART_COLOURS = 8 };

/* The style sheet of figures; a page that has them says what the colours are: --bg, --ink, --soft, --rule,
 * --heat, and --c0 to --c7. A file has its own. */
extern const char kd_chart_style[];

/* ---- kinds ---- */

/* A mean with what it varies by, along x. */
typedef struct {
    const char   *name, *hover;
    const double *x, *y;
    const double *low, *high; /* of the band; NULL for none */
    size_t        count;
    int           series;
} kd_chart_line;
void kd_chart_lines(kd_charts *out, const kd_chart_words *words, const kd_chart_line *lines,
                    size_t count);

/* One thing that costs x and is worth y. More of y is better, less of x; those that no other beats in
 * both are joined, and named. */
typedef struct {
    const char *name, *hover;
    double      x, y, sd; /* sd of y; NaN for none */
    int         series;
} kd_chart_spot;
void kd_chart_points(kd_charts *out, const kd_chart_words *words, const kd_chart_spot *spots,
                     size_t count);

/* Which of the spots are on the front. */
void kd_chart_front(bool *is_on_front, const kd_chart_spot *spots, size_t count);

/* Differences with intervals, a row each, and the line of no difference. */
typedef struct {
    const char *name, *figures, *hover; /* at the left, at the right, under the pointer */
    double      value, low, high;
    bool        is_clear; /* drawn full: the interval, or who made it, says there is a difference */
} kd_chart_gap;
void kd_chart_forest(kd_charts *out, const kd_chart_words *words, const kd_chart_gap *gaps,
                     size_t count);

/* A table of numbers as colours; NaN is an empty cell. `hover` may be NULL, or hold a text for each. */
typedef struct {
    const char *const *rows, *const *columns;
    size_t             row_count, column_count;
    const double      *values; /* row by row */
    const char *const *hover;
    int                decimals;
} kd_chart_grid;
void kd_chart_heat(kd_charts *out, const kd_chart_words *words, const kd_chart_grid *grid);

/* Amounts, a bar each. */
typedef struct {
    const char *name, *figures, *hover;
    double      value;
    int         series;
} kd_chart_bar;
void kd_chart_bars(kd_charts *out, const kd_chart_words *words, const kd_chart_bar *bars,
                   size_t count);

/* ---- texts ---- */

void kd_charts_put(kd_str *out, const kd_chart *chart);
void kd_charts_file(kd_str *out, const kd_charts *charts);
void kd_charts_fini(kd_charts *charts);

#endif
