/* chart_lines.c - curves with bands, each named at its right end. */
#include <math.h>
#include <stdlib.h>

#include "harness/base/status.h"
#include "results/chart/frame.h"
#include "results/chart/markup.h"

enum { WIDTH = 360, HEIGHT = 236, TOP = 32, BOTTOM = 42, LABELS_MOST = 130 };
#define LINE_HEIGHT 13.0

static double label_room(const kd_chart_line *lines, size_t count)
{
    double width = 0;

    for (size_t i = 0; i < count; i++)
        width = fmax(width, kd_markup_width(lines[i].name, KD_TYPE_SMALL));
    return fmin(width, LABELS_MOST) + 12;
}

static void find_ranges(const kd_chart_line *lines, size_t count, double x[2], double y[2])
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < lines[i].count; k++) {
            if (!isfinite(lines[i].y[k])) continue;
            kd_frame_reach(&x[0], &x[1], lines[i].x[k]);
            kd_frame_reach(&y[0], &y[1], lines[i].y[k]);
            if (lines[i].low == NULL) continue;
            kd_frame_reach(&y[0], &y[1], lines[i].low[k]);
            kd_frame_reach(&y[0], &y[1], lines[i].high[k]);
        }
}

/* Those of the points that have a place; how many. A band that is not known is as thin as its line. */
static size_t place_points(const kd_chart_line *line, const kd_scale *x, const kd_scale *y,
                           kd_point *middle, kd_point *above, kd_point *below)
{
    size_t n = 0;

    for (size_t k = 0; k < line->count; k++) {
        double at = kd_scale_at(x, line->x[k]), v = line->y[k];
        if (!isfinite(v) || !isfinite(at)) continue;
        bool has_band = line->low != NULL && isfinite(line->low[k]) && isfinite(line->high[k]);
        middle[n] = (kd_point){ at, kd_scale_at(y, v) };
        above[n] = (kd_point){ at, kd_scale_at(y, has_band ? line->high[k] : v) };
        below[n] = (kd_point){ at, kd_scale_at(y, has_band ? line->low[k] : v) };
        n++;
    }
    return n;
}

/* Draw one; where it ends is returned, NaN for a line without points. */
static double draw_line(kd_drawing *out, const kd_chart_line *line, const kd_scale *x,
                        const kd_scale *y)
{
    kd_point *points = kd_alloc(3 * line->count + 1, sizeof *points);
    kd_point *above = points + line->count, *below = above + line->count;
    size_t    n = place_points(line, x, y, points, above, below);
    double    end = n > 0 ? points[n - 1].y : NAN;

    if (n > 1 && line->low != NULL)
        kd_draw_band(out, (kd_pen){ KD_LOOK_BAND, line->series }, above, below, n);
    if (n > 1) kd_draw_path(out, (kd_pen){ KD_LOOK_CURVE, line->series }, points, n, line->hover);
    if (n == 1) kd_draw_mark(out, (kd_pen){ KD_LOOK_MARK, line->series }, points[0], line->hover);
    free(points);
    return end;
}

static void draw_labels(kd_chart *chart, const kd_chart_line *lines, const double *ends,
                        size_t count, double right)
{
    double *y = kd_alloc(count + 1, sizeof *y);
    size_t *line = kd_alloc(count + 1, sizeof *line), n = 0;

    for (size_t i = 0; i < count; i++)
        if (!isnan(ends[i])) y[n] = ends[i] + 4, line[n++] = i;
    kd_frame_spread(y, n, LINE_HEIGHT, TOP, HEIGHT - BOTTOM + 2);
    for (size_t k = 0; k < n; k++)
        kd_draw_text(&chart->drawing, (kd_pen){ KD_LOOK_NAME, lines[line[k]].series },
                     (kd_point){ right + 6, y[k] }, KD_ANCHOR_START, WIDTH - right - 8,
                     lines[line[k]].name);
    free(y);
    free(line);
}

static const kd_chart_line *keep(kd_chart *chart, const kd_chart_line *lines, size_t count)
{
    kd_chart_line *kept = kd_arena_alloc(chart->arena, count + 1, sizeof *kept);

    for (size_t i = 0; i < count; i++) {
        kept[i] = lines[i];
        kept[i].name = kd_frame_keep_text(chart, lines[i].name);
        kept[i].hover = kd_frame_keep_text(chart, lines[i].hover);
        kept[i].x = kd_frame_keep_numbers(chart, lines[i].x, lines[i].count);
        kept[i].y = kd_frame_keep_numbers(chart, lines[i].y, lines[i].count);
        kept[i].low = kd_frame_keep_numbers(chart, lines[i].low, lines[i].count);
        kept[i].high = kd_frame_keep_numbers(chart, lines[i].high, lines[i].count);
    }
    return kept;
}

void kd_chart_lines(kd_charts *out, const kd_chart_words *words, const kd_chart_line *lines,
                    size_t count)
{
    double    xs[2] = { NAN, NAN }, ys[2] = { NAN, NAN };
    double    right = WIDTH - label_room(lines, count);
    double   *ends = kd_alloc(count + 1, sizeof *ends);
    kd_chart *chart = kd_frame_begin(out, KD_CHART_LINES, words, WIDTH, HEIGHT);
    kd_scale  x, y;

    chart->of.lines = keep(chart, lines, count);
    chart->count = count;
    find_ranges(lines, count, xs, ys);
    kd_scale_init(&y, ys[0], ys[1], HEIGHT - BOTTOM, TOP, 6);
    kd_scale_init(&x, xs[0], xs[1], kd_frame_left(&y), right, 6);
    /* curves use the whole width: the axis of time is not widened to whole steps */
    if (xs[1] > xs[0]) x.low = xs[0], x.high = xs[1];
    kd_frame_axes(chart, words, &x, &y);
    for (size_t i = 0; i < count; i++) ends[i] = draw_line(&chart->drawing, &lines[i], &x, &y);
    draw_labels(chart, lines, ends, count, right);
    free(ends);
}
