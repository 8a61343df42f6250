/* chart_bars.c - amounts as bars that lie. */
#include <math.h>

#include "results/chart/frame.h"
#include "results/chart/markup.h"

enum { WIDTH = 600, TOP = 28, ROW = 22, NAMES_MOST = 280, FIGURES_MOST = 150 };

void kd_chart_bars(kd_charts *out, const kd_chart_words *words, const kd_chart_bar *bars,
                   size_t count)
{
    double    names = 40, figures = 40, most = 0;
    kd_chart *chart = kd_frame_begin(out, words, WIDTH, TOP + ROW * (double)count + 6);

    for (size_t i = 0; i < count; i++) {
        names = fmax(names, kd_markup_width(bars[i].name, KD_SVG_SMALL));
        figures = fmax(figures, kd_markup_width(bars[i].figures, KD_SVG_SMALL));
        if (isfinite(bars[i].value)) most = fmax(most, bars[i].value);
    }
    names = fmin(names, NAMES_MOST);
    figures = fmin(figures, FIGURES_MOST);
    for (size_t i = 0; i < count; i++) {
        double y = TOP + ROW * (double)i, room = WIDTH - names - figures - 28;
        double part = isfinite(bars[i].value) && bars[i].value > 0 ? bars[i].value / most : 0;
        kd_svg_text(&chart->body, "label", (kd_point){ names + 6, y + 15 }, KD_ANCHOR_END,
                    names + 4, bars[i].name);
        kd_svg_rect(&chart->body, kd_frame_class(bars[i].series, "fill"),
                    (kd_point){ names + 12, y + 3 }, room * part, ROW - 6, bars[i].hover);
        kd_svg_text(&chart->body, "soft", (kd_point){ names + 18 + room * part, y + 15 },
                    KD_ANCHOR_START, figures + 4, bars[i].figures);
    }
}
