/* chart_heat.c - a table as colours, the numbers written into it. */
#include <math.h>
#include <stdlib.h>

#include "harness/base/status.h"
#include "results/chart/frame.h"
#include "results/chart/markup.h"

enum { TOP = 30, ROW = 24, NAMES_MOST = 400, TITLES_MOST = 110, CELL_LEAST = 54, HEAD = 20 };

static double widest(const char *const *words, size_t count, double least, double most)
{
    double width = least;

    for (size_t i = 0; i < count; i++)
        width = fmax(width, kd_markup_width(words[i], KD_TYPE_SMALL));
    return fmin(width, most);
}

static void draw_cell(kd_drawing *out, const kd_chart_grid *grid, size_t i, kd_point corner,
                      double width, double strength)
{
    kd_look over = strength > 0.8    ? KD_LOOK_OVER_FULL
                   : strength > 0.62 ? KD_LOOK_OVER_HALF
                                     : KD_LOOK_OVER_LITTLE;
    kd_str  number = KD_STR_INIT;

    kd_str_addf(&number, "%.*f", grid->decimals, grid->values[i]);
    kd_draw_rect(out, (kd_pen){ KD_LOOK_CELL, .strength = strength }, corner, width - 2, ROW - 2,
                 grid->hover ? grid->hover[i] : NULL);
    kd_draw_text(out, (kd_pen){ over }, (kd_point){ corner.x + width / 2 - 1, corner.y + 15 },
                 KD_ANCHOR_MIDDLE, width, number.text);
    kd_str_fini(&number);
}

static const char *const *keep_texts(kd_chart *chart, const char *const *texts, size_t count)
{
    const char **kept =
        texts != NULL ? kd_arena_alloc(chart->arena, count + 1, sizeof *kept) : NULL;

    for (size_t i = 0; kept != NULL && i < count; i++)
        kept[i] = kd_frame_keep_text(chart, texts[i]);
    return kept;
}

static const kd_chart_grid *keep(kd_chart *chart, const kd_chart_grid *grid)
{
    kd_chart_grid *kept = kd_arena_alloc(chart->arena, 1, sizeof *kept);
    size_t         count = grid->row_count * grid->column_count;

    *kept = *grid;
    kept->rows = keep_texts(chart, grid->rows, grid->row_count);
    kept->columns = keep_texts(chart, grid->columns, grid->column_count);
    kept->values = kd_frame_keep_numbers(chart, grid->values, count);
    kept->hover = keep_texts(chart, grid->hover, count);
    return kept;
}

/* From almost none of the colour to all of it; a table of one number is in between. */
double kd_chart_strength(double value, double low, double high)
{
    return high > low ? 0.08 + 0.92 * (value - low) / (high - low) : 0.5;
}

void kd_chart_heat(kd_charts *out, const kd_chart_words *words, const kd_chart_grid *grid)
{
    double    names = widest(grid->rows, grid->row_count, 40, NAMES_MOST);
    double    cell = widest(grid->columns, grid->column_count, CELL_LEAST, TITLES_MOST) + 10;
    double    width = fmax(names + 16 + cell * (double)grid->column_count, 360);
    double    low = NAN, high = NAN;
    kd_chart *chart = kd_frame_begin(out, KD_CHART_HEAT, words, width,
                                     TOP + HEAD + ROW * (double)grid->row_count + 6);

    chart->of.grid = keep(chart, grid);
    for (size_t i = 0; i < grid->row_count * grid->column_count; i++)
        kd_frame_reach(&low, &high, grid->values[i]);
    for (size_t c = 0; c < grid->column_count; c++)
        kd_draw_text(&chart->drawing, (kd_pen){ KD_LOOK_SOFT },
                     (kd_point){ names + 12 + cell * ((double)c + 0.5), TOP + 12 },
                     KD_ANCHOR_MIDDLE, cell - 4, grid->columns[c]);
    for (size_t r = 0; r < grid->row_count; r++) {
        double y = TOP + HEAD + ROW * (double)r;
        kd_draw_text(&chart->drawing, (kd_pen){ KD_LOOK_LABEL }, (kd_point){ names + 6, y + 15 },
                     KD_ANCHOR_END, names + 4, grid->rows[r]);
        for (size_t c = 0; c < grid->column_count; c++) {
            size_t i = r * grid->column_count + c;
            if (!isfinite(grid->values[i])) continue;
            draw_cell(&chart->drawing, grid, i, (kd_point){ names + 12 + cell * (double)c, y },
                      cell, kd_chart_strength(grid->values[i], low, high));
        }
    }
}
