/* drawing.c - the rows of looks and paints, and shapes as they come. */
#include "results/chart/drawing.h"

#include "results/chart/markup.h"

const kd_look_row kd_looks[KD_LOOK_COUNT] = {
#define X(name, classes, fill, stroke, width, dash, strength) \
    { classes, KD_PAINT_##fill, KD_PAINT_##stroke, width, dash, strength },
    KD_LOOKS(X)
#undef X
};

unsigned kd_paint_colour(kd_paint paint, int series)
{
    static const unsigned light[KD_PAINT_COUNT] = {
#define X(name, in_light, in_dark) [KD_PAINT_##name] = (in_light),
        KD_PAINTS(X)
#undef X
    };
    if (paint == KD_PAINT_series) paint = (kd_paint)(KD_PAINT_c0 + series % KD_CHART_COLOURS);
    return light[paint];
}

const char *kd_series_dash(int series)
{
    static const char *const dashes[KD_CHART_COLOURS] = { "",     "6 2", "2 2", "8 2 2 2",
                                                          "10 3", "4 4", "1 3", "" };
    return dashes[series % KD_CHART_COLOURS];
}

static kd_point lower(const kd_drawing *d, kd_point at)
{
    return (kd_point){ at.x, at.y + d->down };
}

static kd_drawn *add(kd_drawing *d, kd_drawn_kind kind, kd_pen pen, kd_point at, const char *hover)
{
    kd_vec_push(&d->shapes, (kd_drawn){ .kind = kind, .pen = pen, .at = lower(d, at) });
    kd_drawn *shape = &d->shapes.items[d->shapes.count - 1];
    if (hover != NULL) shape->hover = kd_arena_strdup(d->arena, hover);
    return shape;
}

void kd_draw_line(kd_drawing *drawing, kd_pen pen, kd_point a, kd_point b)
{
    add(drawing, KD_DRAWN_LINE, pen, a, NULL)->to = lower(drawing, b);
}

void kd_draw_rect(kd_drawing *drawing, kd_pen pen, kd_point corner, double width, double height,
                  const char *hover)
{
    add(drawing, KD_DRAWN_RECT, pen, corner, hover)->to =
        lower(drawing, (kd_point){ corner.x + width, corner.y + height });
}

void kd_draw_mark(kd_drawing *drawing, kd_pen pen, kd_point at, const char *hover)
{
    add(drawing, KD_DRAWN_MARK, pen, at, hover)->form = pen.series % KD_MARKS;
}

void kd_draw_path(kd_drawing *drawing, kd_pen pen, const kd_point *points, size_t count,
                  const char *hover)
{
    kd_drawn *shape = add(drawing, KD_DRAWN_PATH, pen, points[0], hover);
    kd_point *kept = kd_arena_alloc(drawing->arena, count, sizeof *kept);
    for (size_t i = 0; i < count; i++) kept[i] = lower(drawing, points[i]);
    shape->points = kept;
    shape->count = count;
}

void kd_draw_band(kd_drawing *drawing, kd_pen pen, const kd_point *above, const kd_point *below,
                  size_t count)
{
    kd_drawn *shape = add(drawing, KD_DRAWN_AREA, pen, above[0], NULL);
    kd_point *kept = kd_arena_alloc(drawing->arena, 2 * count, sizeof *kept);
    for (size_t i = 0; i < count; i++) {
        kept[i] = lower(drawing, above[i]);
        kept[2 * count - 1 - i] = lower(drawing, below[i]);
    }
    shape->points = kept;
    shape->count = 2 * count;
}

void kd_draw_text(kd_drawing *drawing, kd_pen pen, kd_point at, kd_anchor anchor, double width,
                  const char *text)
{
    bool      is_cut = kd_markup_width(text, KD_TYPE_SMALL) > width;
    kd_drawn *shape = add(drawing, KD_DRAWN_TEXT, pen, at, is_cut ? text : NULL);
    kd_str    fitting = KD_STR_INIT;

    kd_markup_fit(&fitting, text, KD_TYPE_SMALL, width);
    shape->text = kd_arena_strdup(drawing->arena, fitting.text);
    shape->form = (int)anchor;
    kd_str_fini(&fitting);
}

const kd_point *kd_mark_outline(int form, size_t *count)
{
    static const kd_point square[] = { { -3.5, -3.5 }, { 3.5, -3.5 }, { 3.5, 3.5 }, { -3.5, 3.5 } };
    static const kd_point up[] = { { 0, -5 }, { 4.6, 3 }, { -4.6, 3 } };
    static const kd_point diamond[] = { { 0, -5 }, { 5, 0 }, { 0, 5 }, { -5, 0 } };
    static const kd_point down[] = { { 0, 5 }, { 4.6, -3 }, { -4.6, -3 } };
    static const kd_point cross[] = { { -1.5, -5 },  { 1.5, -5 },  { 1.5, -1.5 }, { 5, -1.5 },
                                      { 5, 1.5 },    { 1.5, 1.5 }, { 1.5, 5 },    { -1.5, 5 },
                                      { -1.5, 1.5 }, { -5, 1.5 },  { -5, -1.5 },  { -1.5, -1.5 } };
    static const struct {
        const kd_point *points;
        size_t          count;
    } outlines[KD_MARKS] = { { NULL, 0 },    { square, 4 }, { up, 3 },
                             { diamond, 4 }, { down, 3 },   { cross, 12 } };

    *count = outlines[form % KD_MARKS].count;
    return outlines[form % KD_MARKS].points;
}
