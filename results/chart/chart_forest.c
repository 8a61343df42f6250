/* chart_forest.c - differences and their intervals below each other. */
#include <math.h>

#include "results/chart/frame.h"
#include "results/chart/markup.h"

enum {
    WIDTH_LEAST = 720,
    PLOT_LEAST = 230,
    TOP = 34,
    ROW = 24,
    BOTTOM = 44,
    NAMES_MOST = 460,
    FIGURES_MOST = 200
};

static double widest(const kd_chart_gap *gaps, size_t count, bool of_names, double most)
{
    double width = 40;

    for (size_t i = 0; i < count; i++)
        width =
            fmax(width, kd_markup_width(of_names ? gaps[i].name : gaps[i].figures, KD_TYPE_SMALL));
    return fmin(width, most);
}

static void draw_gap(kd_drawing *out, const kd_chart_gap *gap, const kd_scale *x, double y)
{
    kd_pen   pen = { gap->is_clear ? KD_LOOK_SPREAD : KD_LOOK_VAGUE_SPREAD, 0 };
    kd_point low = { kd_scale_at(x, gap->low), y }, high = { kd_scale_at(x, gap->high), y };

    if (!isfinite(gap->value)) return;
    if (isfinite(low.x) && isfinite(high.x)) {
        kd_draw_line(out, pen, low, high);
        kd_draw_line(out, pen, (kd_point){ low.x, y - 4 }, (kd_point){ low.x, y + 4 });
        kd_draw_line(out, pen, (kd_point){ high.x, y - 4 }, (kd_point){ high.x, y + 4 });
    }
    kd_draw_mark(out, (kd_pen){ gap->is_clear ? KD_LOOK_MARK : KD_LOOK_VAGUE_MARK, 0 },
                 (kd_point){ kd_scale_at(x, gap->value), y }, gap->hover);
}

static const kd_chart_gap *keep(kd_chart *chart, const kd_chart_gap *gaps, size_t count)
{
    kd_chart_gap *kept = kd_arena_alloc(chart->arena, count + 1, sizeof *kept);

    for (size_t i = 0; i < count; i++) {
        kept[i] = gaps[i];
        kd_frame_keep_row(chart, &kept[i].name, &kept[i].figures, &kept[i].hover);
    }
    return kept;
}

void kd_chart_forest(kd_charts *out, const kd_chart_words *words, const kd_chart_gap *gaps,
                     size_t count)
{
    double    names = widest(gaps, count, true, NAMES_MOST);
    double    figures = widest(gaps, count, false, FIGURES_MOST);
    double    low = 0, high = 0, bottom = TOP + ROW * (double)count + 4;
    double    width = fmax(WIDTH_LEAST, names + PLOT_LEAST + figures + 48);
    kd_chart *chart = kd_frame_begin(out, KD_CHART_FOREST, words, width, bottom + BOTTOM);
    kd_scale  x;

    chart->of.gaps = keep(chart, gaps, count);
    chart->count = count;
    for (size_t i = 0; i < count; i++) {
        kd_frame_reach(&low, &high, gaps[i].value);
        kd_frame_reach(&low, &high, gaps[i].low);
        kd_frame_reach(&low, &high, gaps[i].high);
    }
    kd_scale_init(&x, low, high, names + 24, width - figures - 24, 7);
    kd_frame_axis_x(chart, words->x, &x, TOP - 6, bottom);
    kd_draw_line(&chart->drawing, (kd_pen){ KD_LOOK_ZERO },
                 (kd_point){ kd_scale_at(&x, 0), TOP - 6 },
                 (kd_point){ kd_scale_at(&x, 0), bottom });
    for (size_t i = 0; i < count; i++) {
        double y = TOP + ROW * ((double)i + 0.5);
        kd_draw_text(&chart->drawing, (kd_pen){ KD_LOOK_LABEL }, (kd_point){ names + 8, y + 4 },
                     KD_ANCHOR_END, names + 4, gaps[i].name);
        draw_gap(&chart->drawing, &gaps[i], &x, y);
        kd_draw_text(&chart->drawing, (kd_pen){ KD_LOOK_SOFT }, (kd_point){ width - 4, y + 4 },
                     KD_ANCHOR_END, figures + 4, gaps[i].figures);
    }
}
