/* drawing.h - the few shapes that figures are drawn with, and how each looks.
 *
 *     chart kinds --kd_draw_...--> drawing, a list of shapes --svg.c, pdf.c--> a file
 *
 * A shape does not say a colour: it has a look, a row of KD_LOOKS, and the number of its series. What that
 * means in light, in dark and on paper is made from the rows, so that all forms of a figure are one figure.
 */
#ifndef KD_CHART_DRAWING_H
#define KD_CHART_DRAWING_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/arena.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"

/* clang-format off */
/* Colours, in light and in dark: those of Okabe and Ito (2008), which people who see colours otherwise can
 * tell apart; their yellow and black give way to tones that are seen on white and on black. */
#define KD_PAINTS(X)                     \
    X(bg,   0xffffff, 0x0d1117)          \
    X(ink,  0x1c2024, 0xe6edf3)          \
    X(soft, 0x59636e, 0x9198a1)          \
    X(rule, 0xd8dee4, 0x30363d)          \
    X(heat, 0x0072b2, 0x56b4e9)          \
    X(mid,  0x10151b, 0x10151b) /* words on half of the heat */ \
    X(c0,   0x0072b2, 0x56a3e0)          \
    X(c1,   0xd55e00, 0xd55e00)          \
    X(c2,   0x009e73, 0x009e73)          \
    X(c3,   0xcc79a7, 0xcc79a7)          \
    X(c4,   0xb38600, 0xb38600)          \
    X(c5,   0x56b4e9, 0x56b4e9)          \
    X(c6,   0x7a5195, 0xb392d8)          \
    X(c7,   0x6b7280, 0x9ca3af)

/*    look         class in SVG    fill    stroke  width  dash   strength */
#define KD_LOOKS(X)                                                         \
    X(TITLE,       "title",        ink,    none,   0,     "",    1)         \
    X(LABEL,       "label",        ink,    none,   0,     "",    1)         \
    X(SOFT,        "soft",         soft,   none,   0,     "",    1)         \
    X(NAME,        "name",         series, none,   0,     "",    1)         \
    X(OVER_FULL,   "over full",    bg,     none,   0,     "",    1)         \
    X(OVER_HALF,   "over half",    mid,    none,   0,     "",    1)         \
    X(OVER_LITTLE, "over little",  ink,    none,   0,     "",    1)         \
    X(GRID,        "grid",         none,   rule,   1,     "",    1)         \
    X(AXIS,        "axis",         none,   soft,   1,     "",    1)         \
    X(ZERO,        "zero",         none,   ink,    1,     "3 3", 1)         \
    X(FRONT,       "front",        none,   soft,   1.5,   "2 3", 1)         \
    X(CURVE,       "curve",        none,   series, 2,     "",    1)         \
    X(BAND,        "band",         series, none,   0,     "",    .16)       \
    X(MARK,        "mark",         series, bg,     1,     "",    1)         \
    X(VAGUE_MARK,  "mark vague",   series, bg,     1,     "",    .5)        \
    X(SPREAD,      "spread",       none,   series, 1.5,   "",    1)         \
    X(VAGUE_SPREAD,"spread vague", none,   series, 1.5,   "",    .5)        \
    X(BAR,         "bar",          series, none,   0,     "",    1)         \
    X(CELL,        "cell",         heat,   none,   0,     "",    1)
/* clang-format on */

typedef enum {
    KD_PAINT_none,
    KD_PAINT_series, /* c0 to c7 by the number of the series */
#define X(name, light, dark) KD_PAINT_##name,
    KD_PAINTS(X)
#undef X
        KD_PAINT_COUNT
} kd_paint;

typedef enum {
#define X(name, classes, fill, stroke, width, dash, strength) KD_LOOK_##name,
    KD_LOOKS(X)
#undef X
        KD_LOOK_COUNT
} kd_look;

enum { KD_CHART_COLOURS = KD_PAINT_c7 - KD_PAINT_c0 + 1 };

typedef struct {
    const char *classes;
    kd_paint    fill, stroke;
    double      width;
    const char *dash; /* lengths of ink and of none; "" for a whole line */
    double      strength;
} kd_look_row;
extern const kd_look_row kd_looks[KD_LOOK_COUNT];

/* The colour of a paint for a series in light, 0xrrggbb; and the dash of a curve: series are told apart
 * without colours too. */
unsigned    kd_paint_colour(kd_paint paint, int series);
const char *kd_series_dash(int series);

/* How a shape is drawn. */
typedef struct {
    kd_look look;
    int     series;
    double  strength; /* of a cell's colour, 0 to 1; 0 for a look that has its own */
} kd_pen;

typedef struct {
    double x, y;
} kd_point;

typedef enum { KD_ANCHOR_START, KD_ANCHOR_MIDDLE, KD_ANCHOR_END } kd_anchor;

/* Sizes of type, in pixels. */
#define KD_TYPE_SMALL 11.0
#define KD_TYPE_TITLE 13.0

typedef enum {
    KD_DRAWN_LINE, /* from `at` to `to` */
    KD_DRAWN_RECT, /* `at` a corner, `to` the opposite one */
    KD_DRAWN_MARK, /* around `at`; `form` below KD_MARKS */
    KD_DRAWN_PATH, /* through `points` */
    KD_DRAWN_AREA, /* inside of `points` */
    KD_DRAWN_TEXT, /* at `at`; `form` is its anchor */
} kd_drawn_kind;

typedef struct {
    kd_drawn_kind   kind;
    kd_pen          pen;
    kd_point        at, to;
    const kd_point *points;
    size_t          count;
    int             form;
    const char     *text;
    const char     *hover; /* what is said of it under a pointer, and to who listens; or NULL */
} kd_drawn;

typedef struct {
    kd_arena *arena; /* borrowed: texts and points live there */
    KD_VEC(kd_drawn) shapes;
    double down; /* how much lower all that is drawn from now on stands */
} kd_drawing;

void kd_draw_line(kd_drawing *drawing, kd_pen pen, kd_point a, kd_point b);
void kd_draw_rect(kd_drawing *drawing, kd_pen pen, kd_point corner, double width, double height,
                  const char *hover);
/* A mark whose form follows from its series. */
void kd_draw_mark(kd_drawing *drawing, kd_pen pen, kd_point at, const char *hover);
void kd_draw_path(kd_drawing *drawing, kd_pen pen, const kd_point *points, size_t count,
                  const char *hover);
/* Between two lines of as many points. */
void kd_draw_band(kd_drawing *drawing, kd_pen pen, const kd_point *above, const kd_point *below,
                  size_t count);
/* A text in small type that is cut where it is wider than `width`; whole on hover then. */
void kd_draw_text(kd_drawing *drawing, kd_pen pen, kd_point at, kd_anchor anchor, double width,
                  const char *text);

/* A mark's outline around (0,0); form 0, which has none, is a disc of this radius. */
enum { KD_MARKS = 6 };
#define KD_MARK_RADIUS 4.0
const kd_point *kd_mark_outline(int form, size_t *count);

#endif
