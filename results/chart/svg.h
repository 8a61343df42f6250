/* svg.h - the few shapes that figures are made of.
 *
 * Each adds to a text of SVG. Colours and strokes are not said here: a shape has classes, and a style
 * sheet (kd_chart_style, or a page's) knows what they look like in light, in dark and on paper. A shape
 * that `hover` says something of shows it under a pointer and tells it to who listens; NULL for none.
 */
#ifndef KD_CHART_SVG_H
#define KD_CHART_SVG_H

#include <stddef.h>

#include "harness/base/str.h"

typedef struct {
    double x, y;
} kd_point;

typedef enum { KD_ANCHOR_START, KD_ANCHOR_MIDDLE, KD_ANCHOR_END } kd_anchor;

/* Type sizes, as the style sheet has them. */
#define KD_SVG_SMALL 11.0
#define KD_SVG_TITLE 13.0

void kd_svg_line(kd_str *out, const char *classes, kd_point a, kd_point b);
void kd_svg_rect(kd_str *out, const char *classes, kd_point corner, double width, double height,
                 const char *hover);
/* One of KD_SVG_SHAPES marks, so that colour is not all that tells series apart. */
enum { KD_SVG_SHAPES = 6 };
void kd_svg_mark(kd_str *out, const char *classes, kd_point at, int shape, const char *hover);
void kd_svg_path(kd_str *out, const char *classes, const kd_point *points, size_t count,
                 const char *hover);
/* Between two lines of as many points. */
void kd_svg_band(kd_str *out, const char *classes, const kd_point *above, const kd_point *below,
                 size_t count);
/* A text in small type that is cut where it is wider than `width`; whole on hover then. */
void kd_svg_text(kd_str *out, const char *classes, kd_point at, kd_anchor anchor, double width,
                 const char *text);

#endif
