/* chart_heat.c - a table as colours, the numbers written into it. */
#include <math.h>
#include <stdlib.h>

#include "harness/base/status.h"
#include "results/chart/frame.h"
#include "results/chart/markup.h"

enum { TOP = 30, ROW = 24, NAMES_MOST = 260, TITLES_MOST = 110, CELL_LEAST = 54, HEAD = 20 };

static double widest(const char *const *words, size_t count, double least, double most)
{
    double width = least;

    for (size_t i = 0; i < count; i++) width = fmax(width, kd_markup_width(words[i], KD_SVG_SMALL));
    return fmin(width, most);
}

/* From almost none of the colour to all of it; a table of one number is in between. */
static double strength_of(double value, double low, double high)
{
    return high > low ? 0.08 + 0.92 * (value - low) / (high - low) : 0.5;
}

static void draw_cell(kd_str *out, const kd_chart_grid *grid, size_t i, kd_point corner,
                      double width, double strength)
{
    kd_str number = KD_STR_INIT;

    kd_str_addf(&number, "%.*f", grid->decimals, grid->values[i]);
    kd_str_addf(out, "<g opacity=\"1\"><g opacity=\"%.2f\">", strength);
    kd_svg_rect(out, "cell", corner, width - 2, ROW - 2, grid->hover ? grid->hover[i] : NULL);
    kd_str_add(out, "</g>");
    kd_svg_text(out,
                strength > 0.8   ? "on nohover"
                : strength > 0.5 ? "mid nohover"
                                 : "nohover",
                (kd_point){ corner.x + width / 2 - 1, corner.y + 15 }, KD_ANCHOR_MIDDLE, width,
                number.text);
    kd_str_add(out, "</g>");
    kd_str_fini(&number);
}

void kd_chart_heat(kd_charts *out, const kd_chart_words *words, const kd_chart_grid *grid)
{
    double    names = widest(grid->rows, grid->row_count, 40, NAMES_MOST);
    double    cell = widest(grid->columns, grid->column_count, CELL_LEAST, TITLES_MOST) + 10;
    double    width = fmax(names + 16 + cell * (double)grid->column_count, 360);
    double    low = NAN, high = NAN;
    kd_chart *chart =
        kd_frame_begin(out, words, width, TOP + HEAD + ROW * (double)grid->row_count + 6);

    for (size_t i = 0; i < grid->row_count * grid->column_count; i++)
        kd_frame_reach(&low, &high, grid->values[i]);
    for (size_t c = 0; c < grid->column_count; c++)
        kd_svg_text(&chart->body, "soft",
                    (kd_point){ names + 12 + cell * ((double)c + 0.5), TOP + 12 }, KD_ANCHOR_MIDDLE,
                    cell - 4, grid->columns[c]);
    for (size_t r = 0; r < grid->row_count; r++) {
        double y = TOP + HEAD + ROW * (double)r;
        kd_svg_text(&chart->body, "label", (kd_point){ names + 6, y + 15 }, KD_ANCHOR_END,
                    names + 4, grid->rows[r]);
        for (size_t c = 0; c < grid->column_count; c++) {
            size_t i = r * grid->column_count + c;
            if (!isfinite(grid->values[i])) continue;
            draw_cell(&chart->body, grid, i, (kd_point){ names + 12 + cell * (double)c, y }, cell,
                      strength_of(grid->values[i], low, high));
        }
    }
}
