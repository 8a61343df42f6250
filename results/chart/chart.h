/* chart.h - figures: each kind is a function from numbers to a drawing, in a file of its own.
 *
 *     kd_charts figures = KD_VEC_INIT;
 *     kd_chart_lines(&figures, &words, lines, count);     append one figure
 *     kd_svg_add(&page, &figures.items[0]);               in a page (svg.h), or
 *     kd_charts_pdf(&out, &figures);                      all of them as one file
 *     kd_charts_fini(&figures);
 *
 * Series are told apart by number: colour, dash and mark follow from it, so the same number looks the
 * same in all figures. Numbers that are not finite are left out. What a figure is made of is borrowed for the
 * call and copied.
 */
#ifndef KD_CHART_CHART_H
#define KD_CHART_CHART_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "results/chart/drawing.h"

typedef struct kd_chart kd_chart;
typedef KD_VEC(kd_chart) kd_charts;

/* What a figure says in words. */
typedef struct {
    const char *title; /* above it, and its accessible name */
    const char *about; /* a sentence for who does not see it; may be NULL */
    const char *x;     /* what the axis below says; may be NULL */
    const char *y;     /* what the numbers are: "F1 (test)"; may be NULL */
} kd_chart_words;

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

/* How much of the colour a number gets, 0.08 to 1. */
double kd_chart_strength(double value, double low, double high);

/* Amounts, a bar each. */
typedef struct {
    const char *name, *figures, *hover;
    double      value;
    int         series;
} kd_chart_bar;
void kd_chart_bars(kd_charts *out, const kd_chart_words *words, const kd_chart_bar *bars,
                   size_t count);

/* ---- what stays of one ---- */

typedef enum {
    KD_CHART_LINES,
    KD_CHART_POINTS,
    KD_CHART_FOREST,
    KD_CHART_HEAT,
    KD_CHART_BARS,
} kd_chart_kind;

/* The numbers that it was made from, and what was drawn of them. */
struct kd_chart {
    kd_chart_kind  kind;
    kd_chart_words words;
    size_t         count; /* of what the kind has: */
    union {
        const kd_chart_line *lines;
        const kd_chart_spot *spots;
        const kd_chart_gap  *gaps;
        const kd_chart_grid *grid;
        const kd_chart_bar  *bars;
    } of;
    bool       is_log; /* its axis of costs */
    double     width, height;
    kd_drawing drawing;
    kd_arena  *arena; /* all of it lives there */
};

/* ---- files ---- */

/* All of them as one file: in SVG, in light or dark as the reader has it; in PDF, as vectors with the fonts that
 * every reader has; as pictures of pgfplots for a paper in LaTeX, made from the numbers, in the paper's own type. */
void kd_charts_svg(kd_str *out, const kd_charts *charts);
void kd_charts_pdf(kd_str *out, const kd_charts *charts);
void kd_charts_tex(kd_str *out, const kd_charts *charts);
void kd_charts_fini(kd_charts *charts);

#endif
