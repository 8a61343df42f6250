/* chart_points.c - what something is worth against what it costs, and the front. */
#include <math.h>
#include <stdlib.h>

#include "harness/base/status.h"
#include "results/chart/frame.h"
#include "results/chart/markup.h"

enum {
    WIDTH = 480,
    HEIGHT = 300,
    TOP = 32,
    BOTTOM = 42,
    RIGHT = 16,
    LABEL_MOST = 230,
    NAMED_MOST = 24
};
#define LINE_HEIGHT 13.0

/* A spot as it is placed, to be sorted by cost. */
typedef struct {
    double x, y;
    size_t spot;
} place;

static int by_cost(const void *a, const void *b)
{
    const place *pa = a, *pb = b;
    if (pa->x != pb->x) return pa->x < pb->x ? -1 : 1;
    if (pa->y != pb->y) return pa->y > pb->y ? -1 : 1;
    return pa->spot < pb->spot ? -1 : pa->spot > pb->spot;
}

/* Those with both numbers, the cheapest first; the caller frees them. */
static place *sort_spots(const kd_chart_spot *spots, size_t count, size_t *n)
{
    place *places = kd_alloc(count + 1, sizeof *places);

    *n = 0;
    for (size_t i = 0; i < count; i++)
        if (isfinite(spots[i].x) && isfinite(spots[i].y))
            places[(*n)++] = (place){ spots[i].x, spots[i].y, i };
    qsort(places, *n, sizeof *places, by_cost);
    return places;
}

/* On the front is whoever is worth more than all that cost no more; of two that are alike in both, both. */
void kd_chart_front(bool *is_on_front, const kd_chart_spot *spots, size_t count)
{
    size_t n;
    place *places = sort_spots(spots, count, &n), best = { NAN, -INFINITY, 0 };

    for (size_t i = 0; i < count; i++) is_on_front[i] = false;
    for (size_t k = 0; k < n; k++) {
        bool is_twin = places[k].x == best.x && places[k].y == best.y;
        if (!is_twin && !(places[k].y > best.y)) continue;
        is_on_front[places[k].spot] = true;
        best = places[k];
    }
    free(places);
}

/* ---- labels ---- */

typedef struct {
    double left, right, top, bottom;
} box;

typedef KD_VEC(box) boxes;

static bool is_free(const boxes *taken, const box *b, double left)
{
    if (b->left < left || b->right > WIDTH - 2 || b->top < TOP - 6 || b->bottom > HEIGHT - BOTTOM)
        return false;
    for (size_t i = 0; i < taken->count; i++) {
        const box *t = &taken->items[i];
        if (b->left < t->right && t->left < b->right && b->top < t->bottom && t->top < b->bottom)
            return false;
    }
    return true;
}

/* A name in one line or two. */
typedef struct {
    const char *line[2];
    int         lines;
    double      width;
} label;

static label break_name(kd_chart *chart, const char *name)
{
    size_t first = kd_frame_first_line(name, KD_TYPE_SMALL, LABEL_MOST);
    label  made = { .lines = 1 };

    made.line[0] = kd_arena_strndup(chart->arena, name, first);
    if (name[first] != '\0') made.line[made.lines++] = name + first + 1;
    for (int i = 0; i < made.lines; i++)
        made.width =
            fmax(made.width, fmin(LABEL_MOST, kd_markup_width(made.line[i], KD_TYPE_SMALL)));
    return made;
}

/* From a height on, or, above a spot, up to it. */
static double first_height(const label *name, double y, bool is_above)
{
    return is_above ? y - LINE_HEIGHT * (name->lines - 1) : y;
}

/* Where there are many, only those of the front are named. Beside a spot, above or below it, where nothing is; a name without a place is seen on hover. */
static void label_spot(kd_chart *chart, boxes *taken, double axis, kd_point at,
                       const kd_chart_spot *spot, bool is_on_front)
{
    static const struct place_of {
        double    dx, dy;
        kd_anchor anchor;
    } tries[] = { { 8, 4, KD_ANCHOR_START },    { -8, 4, KD_ANCHOR_END },
                  { 6, -8, KD_ANCHOR_START },   { 6, 16, KD_ANCHOR_START },
                  { -6, -8, KD_ANCHOR_END },    { -6, 16, KD_ANCHOR_END },
                  { 0, -10, KD_ANCHOR_MIDDLE }, { 0, 19, KD_ANCHOR_MIDDLE } };
    enum { TRIES = sizeof tries / sizeof *tries, ABOVE = 2 };
    label name = break_name(chart, spot->name);

    for (size_t i = 0; i < TRIES; i++) {
        /* to the right of one of the front is its line */
        const struct place_of *try = &tries[is_on_front ? (i + ABOVE) % TRIES : i];
        double                 x = at.x + try->dx;
        double                 y = first_height(&name, at.y + try->dy, try->dy < 0);
        double                 left = try->anchor == KD_ANCHOR_START ? x
                                      : try->anchor == KD_ANCHOR_END ? x - name.width
                                                                     : x - name.width / 2;
        box b = { left, left + name.width, y - 10, y + LINE_HEIGHT * (name.lines - 1) + 3 };
        if (!is_free(taken, &b, axis)) continue;
        for (int n = 0; n < name.lines; n++)
            kd_draw_text(&chart->drawing, (kd_pen){ KD_LOOK_LABEL },
                         (kd_point){ x, y + LINE_HEIGHT * n }, try->anchor, LABEL_MOST,
                         name.line[n]);
        kd_vec_push(taken, b);
        return;
    }
}

static void label_spots(kd_chart *chart, double axis, const kd_chart_spot *spots,
                        const kd_point *at, const bool *is_on_front, size_t count)
{
    boxes taken = KD_VEC_INIT;

    for (size_t i = 0; i < count; i++) {
        double half = isfinite(spots[i].sd) ? 2 : 5;
        if (!isnan(at[i].x))
            kd_vec_push(&taken, (box){ at[i].x - half, at[i].x + half, at[i].y - 5, at[i].y + 5 });
    }
    for (int front = 1; front >= (count > NAMED_MOST); front--)
        for (size_t i = 0; i < count; i++)
            if (is_on_front[i] == front && !isnan(at[i].x))
                label_spot(chart, &taken, axis, at[i], &spots[i], is_on_front[i]);
    kd_vec_fini(&taken);
}

/* ---- the figure ---- */

static void draw_front(kd_drawing *out, const kd_chart_spot *spots, const kd_point *at,
                       const bool *is_on_front, size_t count, double right)
{
    size_t    n, used = 0;
    place    *places = sort_spots(spots, count, &n);
    kd_point *steps = kd_alloc(2 * n + 2, sizeof *steps);

    for (size_t k = 0; k < n; k++) {
        kd_point here = at[places[k].spot];
        if (!is_on_front[places[k].spot]) continue;
        if (used > 0) steps[used] = (kd_point){ here.x, steps[used - 1].y }, used++;
        steps[used++] = here;
    }
    if (used > 0) {
        steps[used] = (kd_point){ right, steps[used - 1].y };
        kd_draw_path(out, (kd_pen){ KD_LOOK_FRONT }, steps, used + 1, NULL);
    }
    free(steps);
    free(places);
}

static void draw_spots(kd_drawing *out, const kd_chart_spot *spots, const kd_point *at,
                       const bool *is_on_front, size_t count, const kd_scale *y)
{
    for (size_t i = 0; i < count; i++) {
        double low = kd_scale_at(y, spots[i].y - spots[i].sd);
        double high = kd_scale_at(y, spots[i].y + spots[i].sd);
        if (isnan(at[i].x)) continue;
        if (isfinite(low))
            kd_draw_line(out, (kd_pen){ KD_LOOK_SPREAD, spots[i].series },
                         (kd_point){ at[i].x, low }, (kd_point){ at[i].x, high });
        kd_draw_mark(
            out, (kd_pen){ is_on_front[i] ? KD_LOOK_MARK : KD_LOOK_VAGUE_MARK, spots[i].series },
            at[i], spots[i].hover);
    }
}

static const kd_chart_spot *keep(kd_chart *chart, const kd_chart_spot *spots, size_t count)
{
    kd_chart_spot *kept = kd_arena_alloc(chart->arena, count + 1, sizeof *kept);

    for (size_t i = 0; i < count; i++) {
        kept[i] = spots[i];
        kept[i].name = kd_frame_keep_text(chart, spots[i].name);
        kept[i].hover = kd_frame_keep_text(chart, spots[i].hover);
    }
    return kept;
}

void kd_chart_points(kd_charts *out, const kd_chart_words *words, const kd_chart_spot *spots,
                     size_t count)
{
    double    xs[2] = { NAN, NAN }, ys[2] = { NAN, NAN };
    bool     *is_on_front = kd_alloc(count + 1, sizeof *is_on_front);
    kd_point *at = kd_alloc(count + 1, sizeof *at);
    kd_chart *chart = kd_frame_begin(out, KD_CHART_POINTS, words, WIDTH, HEIGHT);
    kd_scale  x, y;

    for (size_t i = 0; i < count; i++) {
        double sd = isfinite(spots[i].sd) ? spots[i].sd : 0;
        if (!isfinite(spots[i].x) || !isfinite(spots[i].y)) continue;
        kd_frame_reach(&xs[0], &xs[1], spots[i].x);
        kd_frame_reach(&ys[0], &ys[1], spots[i].y - sd);
        kd_frame_reach(&ys[0], &ys[1], spots[i].y + sd);
    }
    chart->of.spots = keep(chart, spots, count);
    chart->count = count;
    kd_scale_init(&y, ys[0], ys[1], HEIGHT - BOTTOM, TOP, 6);
    kd_scale_init_log(&x, xs[0], xs[1], kd_frame_left(&y), WIDTH - RIGHT, 7);
    chart->is_log = x.is_log;
    kd_frame_axes(chart, words, &x, &y);
    for (size_t i = 0; i < count; i++) {
        bool has = isfinite(spots[i].x) && isfinite(spots[i].y);
        at[i] = has ? (kd_point){ kd_scale_at(&x, spots[i].x), kd_scale_at(&y, spots[i].y) }
                    : (kd_point){ NAN, NAN };
    }
    kd_chart_front(is_on_front, spots, count);
    draw_front(&chart->drawing, spots, at, is_on_front, count, x.to);
    draw_spots(&chart->drawing, spots, at, is_on_front, count, &y);
    label_spots(chart, x.from, spots, at, is_on_front, count);
    free(at);
    free(is_on_front);
}
