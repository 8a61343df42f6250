/* frame.c - axes; and labels of a column, sorted and pushed apart. */
#include "results/chart/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"
#include "results/chart/markup.h"

const char *kd_frame_keep_text(kd_chart *chart, const char *text)
{
    return text != NULL ? kd_arena_strdup(chart->arena, text) : NULL;
}

void kd_frame_keep_row(kd_chart *chart, const char **name, const char **figures, const char **hover)
{
    *name = kd_frame_keep_text(chart, *name);
    *figures = kd_frame_keep_text(chart, *figures);
    *hover = kd_frame_keep_text(chart, *hover);
}

const double *kd_frame_keep_numbers(kd_chart *chart, const double *numbers, size_t count)
{
    double *kept = numbers != NULL ? kd_arena_alloc(chart->arena, count + 1, sizeof *kept) : NULL;

    for (size_t i = 0; kept != NULL && i < count; i++) kept[i] = numbers[i];
    return kept;
}

enum { TITLE_AT = 15, LINE = 15, LEFT_LEAST = 46, WORD_END = 6 };
#define BOLDER 1.06 /* how much wider bold type is */

static void draw_title(kd_chart *chart, double y, const char *words)
{
    kd_draw_text(&chart->drawing, (kd_pen){ KD_LOOK_TITLE }, (kd_point){ 4, y }, KD_ANCHOR_START,
                 (chart->width - 8) * KD_TYPE_SMALL / KD_TYPE_TITLE / BOLDER, words);
}

size_t kd_frame_first_line(const char *text, double size, double width)
{
    kd_str part = KD_STR_INIT;
    size_t last = 0, length = strlen(text);

    if (kd_markup_width(text, size) <= width) return length;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != ' ') continue;
        kd_str_reset(&part);
        kd_str_add_bytes(&part, text, i);
        if (kd_markup_width(part.text, size) > width) break;
        last = i;
    }
    kd_str_fini(&part);
    return last > 0 ? last : length;
}

/* A title that is too long for one line has two, and all that follows stands lower. */
static void add_title(kd_chart *chart, const char *title)
{
    size_t first = kd_frame_first_line(title, KD_TYPE_TITLE, (chart->width - 8) / BOLDER);

    draw_title(chart, TITLE_AT, kd_arena_strndup(chart->arena, title, first));
    if (title[first] == '\0') return;
    draw_title(chart, TITLE_AT + LINE, title + first + 1);
    chart->drawing.down = LINE;
    chart->height += LINE;
}

kd_chart *kd_frame_begin(kd_charts *out, kd_chart_kind kind, const kd_chart_words *words,
                         double width, double height)
{
    kd_chart chart = {
        .kind = kind, .width = width, .height = height, .arena = kd_arena_create(4096)
    };

    chart.drawing.arena = chart.arena;
    chart.words = (kd_chart_words){ .title = kd_frame_keep_text(&chart, words->title),
                                    .about = kd_frame_keep_text(&chart, words->about),
                                    .x = kd_frame_keep_text(&chart, words->x),
                                    .y = kd_frame_keep_text(&chart, words->y) };
    add_title(&chart, words->title);
    kd_vec_push(out, chart);
    return &out->items[out->count - 1];
}

/* The middle of a word that is below a tick, or so far beside it that the figure has the whole of it. */
static double find_middle(const kd_chart *chart, double at, const char *word)
{
    double half = kd_markup_width(word, KD_TYPE_SMALL) / 2 + 2;
    return fmax(half, fmin(at, chart->width - half));
}

void kd_frame_axis_x(kd_chart *chart, const char *name, const kd_scale *x, double top,
                     double bottom)
{
    double ticks[KD_SCALE_TICKS], last = -1e9;
    size_t count = kd_scale_ticks(x, ticks);
    kd_str word = KD_STR_INIT;

    for (size_t i = 0; i < count; i++) {
        double at = kd_scale_at(x, ticks[i]), middle;
        kd_draw_line(&chart->drawing, (kd_pen){ KD_LOOK_GRID }, (kd_point){ at, top },
                     (kd_point){ at, bottom });
        kd_str_reset(&word);
        kd_scale_print(x, ticks[i], &word);
        middle = find_middle(chart, at, word.text);
        if (middle - last < 8.0 + 7.0 * (double)word.length) continue; /* too near to the last */
        kd_draw_text(&chart->drawing, (kd_pen){ KD_LOOK_SOFT }, (kd_point){ middle, bottom + 15 },
                     KD_ANCHOR_MIDDLE, 80, word.text);
        last = middle;
    }
    kd_draw_line(&chart->drawing, (kd_pen){ KD_LOOK_AXIS }, (kd_point){ x->from, bottom },
                 (kd_point){ x->to, bottom });
    if (name != NULL)
        kd_draw_text(&chart->drawing, (kd_pen){ KD_LOOK_SOFT },
                     (kd_point){ (x->from + x->to) / 2, bottom + 31 }, KD_ANCHOR_MIDDLE,
                     x->to - x->from + 40, name);
    kd_str_fini(&word);
}

double kd_frame_left(const kd_scale *y)
{
    double ticks[KD_SCALE_TICKS], left = LEFT_LEAST;
    size_t count = kd_scale_ticks(y, ticks);
    kd_str word = KD_STR_INIT;

    for (size_t i = 0; i < count; i++) {
        kd_str_reset(&word);
        kd_scale_print(y, ticks[i], &word);
        left = fmax(left, kd_markup_width(word.text, KD_TYPE_SMALL) + WORD_END);
    }
    kd_str_fini(&word);
    return left;
}

void kd_frame_axes(kd_chart *chart, const kd_chart_words *words, const kd_scale *x,
                   const kd_scale *y)
{
    double ticks[KD_SCALE_TICKS];
    size_t count = kd_scale_ticks(y, ticks);
    kd_str word = KD_STR_INIT;

    for (size_t i = 0; i < count; i++) {
        double at = kd_scale_at(y, ticks[i]);
        kd_draw_line(&chart->drawing, (kd_pen){ KD_LOOK_GRID }, (kd_point){ x->from, at },
                     (kd_point){ x->to, at });
        kd_str_reset(&word);
        kd_scale_print(y, ticks[i], &word);
        kd_draw_text(&chart->drawing, (kd_pen){ KD_LOOK_SOFT },
                     (kd_point){ x->from - WORD_END, at + 4 }, KD_ANCHOR_END, x->from, word.text);
    }
    kd_frame_axis_x(chart, words->x, x, y->to, y->from);
    kd_str_fini(&word);
}

typedef struct {
    double y;
    size_t label;
} place;

static int by_height(const void *a, const void *b)
{
    const place *pa = a, *pb = b;
    if (pa->y != pb->y) return pa->y < pb->y ? -1 : 1;
    return pa->label < pb->label ? -1 : pa->label > pb->label;
}

void kd_frame_spread(double *y, size_t count, double apart, double low, double high)
{
    place *places = kd_alloc(count + 1, sizeof *places);
    double least = low, most = high;

    for (size_t i = 0; i < count; i++) places[i] = (place){ y[i], i };
    qsort(places, count, sizeof *places, by_height);
    for (size_t i = 0; i < count; i++) { /* down */
        places[i].y = fmax(places[i].y, least);
        least = places[i].y + apart;
    }
    for (size_t i = count; i-- > 0;) { /* and back up from the edge */
        places[i].y = fmin(places[i].y, most);
        most = places[i].y - apart;
    }
    for (size_t i = 0; i < count; i++) y[places[i].label] = places[i].y;
    free(places);
}

void kd_frame_reach(double *low, double *high, double x)
{
    if (!isfinite(x)) return;
    if (!(*low <= x)) *low = x;
    if (!(*high >= x)) *high = x;
}
