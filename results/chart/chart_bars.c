/* chart_bars.c - amounts as bars that lie; no wider than their words need, so that a phone shows them whole. */
#include <math.h>

#include "results/chart/frame.h"
#include "results/chart/markup.h"

enum {
    LEAST = 340,
    MOST = 600,
    BAR_LEAST = 120,
    TOP = 28,
    ROW = 22,
    NAMES_MOST = 280,
    FIGURES_MOST = 150
};

static const kd_chart_bar *keep(kd_chart *chart, const kd_chart_bar *bars, size_t count)
{
    kd_chart_bar *kept = kd_arena_alloc(chart->arena, count + 1, sizeof *kept);

    for (size_t i = 0; i < count; i++) {
        kept[i] = bars[i];
        kd_frame_keep_row(chart, &kept[i].name, &kept[i].figures, &kept[i].hover);
    }
    return kept;
}

void kd_chart_bars(kd_charts *out, const kd_chart_words *words, const kd_chart_bar *bars,
                   size_t count)
{
    double    names = 40, figures = 40, most = 0, least, room;
    kd_chart *chart;

    for (size_t i = 0; i < count; i++) {
        names = fmax(names, kd_markup_width(bars[i].name, KD_TYPE_SMALL));
        figures = fmax(figures, kd_markup_width(bars[i].figures, KD_TYPE_SMALL));
        if (isfinite(bars[i].value)) most = fmax(most, bars[i].value);
    }
    names = fmin(names, NAMES_MOST);
    figures = fmin(figures, FIGURES_MOST);
    least = fmax(LEAST, fmin(MOST, 1.06 * kd_markup_width(words->title, KD_TYPE_TITLE) + 9));
    room = fmax(BAR_LEAST, least - names - figures - 28);
    chart = kd_frame_begin(out, KD_CHART_BARS, words, names + room + figures + 28,
                           TOP + ROW * (double)count + 6);
    chart->of.bars = keep(chart, bars, count);
    chart->count = count;
    for (size_t i = 0; i < count; i++) {
        double y = TOP + ROW * (double)i;
        double part = isfinite(bars[i].value) && bars[i].value > 0 ? bars[i].value / most : 0;
        kd_draw_text(&chart->drawing, (kd_pen){ KD_LOOK_LABEL }, (kd_point){ names + 6, y + 15 },
                     KD_ANCHOR_END, names + 4, bars[i].name);
        kd_draw_rect(&chart->drawing, (kd_pen){ KD_LOOK_BAR, bars[i].series },
                     (kd_point){ names + 12, y + 3 }, room * part, ROW - 6, bars[i].hover);
        kd_draw_text(&chart->drawing, (kd_pen){ KD_LOOK_SOFT },
                     (kd_point){ names + 18 + room * part, y + 15 }, KD_ANCHOR_START, figures + 4,
                     bars[i].figures);
    }
}
