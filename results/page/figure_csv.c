/* figure_csv.c - the numbers of a figure as values separated by commas: a row for each thing that is drawn. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"
#include "results/format.h"
#include "results/page/figures.h"

/* Fields of a row, with a comma before each but the first. */
typedef struct {
    kd_str     *out;
    const char *figure; /* what each row begins with, or NULL */
    bool        has_field;
} row;

static void add_text(row *r, const char *text)
{
    if (r->has_field) kd_str_add_char(r->out, ',');
    r->has_field = true;
    if (text != NULL) kd_format_csv(r->out, text, false);
}

/* More digits than a picture has say nothing more. */
static void add_digits(row *r, double x, int digits)
{
    if (r->has_field) kd_str_add_char(r->out, ',');
    r->has_field = true;
    if (isfinite(x)) kd_str_addf(r->out, "%.*g", digits, x);
}

static void add_number(row *r, double x)
{
    add_digits(r, x, 6);
}

/* What is said under a pointer, in one line. */
static void add_hover(row *r, const char *hover)
{
    char *text = hover != NULL ? kd_strdup(hover) : NULL;

    for (char *c = text; c != NULL && (c = strchr(c, '\n')) != NULL;) *c = ';';
    add_text(r, text);
    free(text);
}

static void begin_row(row *r)
{
    r->has_field = false;
    if (r->figure != NULL) add_text(r, r->figure);
}

static void end_row(row *r)
{
    kd_str_add_char(r->out, '\n');
}

static void add_head(row *r, const char *const *names, size_t count)
{
    r->has_field = false;
    if (r->figure != NULL) add_text(r, "figure");
    for (size_t i = 0; i < count; i++) add_text(r, names[i]);
    end_row(r);
}

/* ---- kinds ---- */

/* The cells of a line stand in its first row. */
static void add_lines(row *r, const kd_chart *chart)
{
    for (size_t i = 0; i < chart->count; i++) {
        const kd_chart_line *line = &chart->of.lines[i];
        for (size_t k = 0; k < line->count; k++) {
            begin_row(r);
            add_text(r, line->name);
            add_number(r, line->x[k]);
            add_digits(r, line->y[k], 4);
            add_digits(r, line->low != NULL ? line->low[k] : NAN, 4);
            add_digits(r, line->high != NULL ? line->high[k] : NAN, 4);
            add_hover(r, k == 0 ? line->hover : NULL);
            end_row(r);
        }
    }
}

static void add_points(row *r, const kd_chart *chart)
{
    bool *is_on_front = kd_alloc(chart->count + 1, sizeof *is_on_front);

    kd_chart_front(is_on_front, chart->of.spots, chart->count);
    for (size_t i = 0; i < chart->count; i++) {
        const kd_chart_spot *spot = &chart->of.spots[i];
        begin_row(r);
        add_text(r, spot->name);
        add_number(r, spot->x);
        add_number(r, spot->y);
        add_number(r, spot->sd);
        add_text(r, is_on_front[i] ? "yes" : "no");
        add_hover(r, spot->hover);
        end_row(r);
    }
    free(is_on_front);
}

static void add_forest(row *r, const kd_chart *chart)
{
    for (size_t i = 0; i < chart->count; i++) {
        const kd_chart_gap *gap = &chart->of.gaps[i];
        begin_row(r);
        add_text(r, gap->name);
        add_number(r, gap->value);
        add_number(r, gap->low);
        add_number(r, gap->high);
        add_text(r, gap->is_clear ? "yes" : "no");
        add_hover(r, gap->hover);
        end_row(r);
    }
}

static void add_heat(row *r, const kd_chart_grid *grid)
{
    for (size_t i = 0; i < grid->row_count * grid->column_count; i++) {
        if (!isfinite(grid->values[i])) continue;
        begin_row(r);
        add_text(r, grid->rows[i / grid->column_count]);
        add_text(r, grid->columns[i % grid->column_count]);
        add_number(r, grid->values[i]);
        add_hover(r, grid->hover != NULL ? grid->hover[i] : NULL);
        end_row(r);
    }
}

static void add_bars(row *r, const kd_chart *chart)
{
    for (size_t i = 0; i < chart->count; i++) {
        begin_row(r);
        add_text(r, chart->of.bars[i].name);
        add_number(r, chart->of.bars[i].value);
        add_hover(r, chart->of.bars[i].hover);
        end_row(r);
    }
}

/* In a file of several figures a title stands before each row, and says what x and y are. */
static void add_kind(row *r, const kd_chart *chart, bool has_head)
{
    const char *x = r->figure == NULL && chart->words.x != NULL ? chart->words.x : "x";
    const char *y = r->figure == NULL && chart->words.y != NULL ? chart->words.y : "y";

    switch (chart->kind) {
    case KD_CHART_LINES:
        if (has_head) add_head(r, (const char *[]){ "name", x, y, "low", "high", "cells" }, 6);
        add_lines(r, chart);
        return;
    case KD_CHART_POINTS:
        if (has_head) add_head(r, (const char *[]){ "name", x, y, "sd", "front", "cells" }, 6);
        add_points(r, chart);
        return;
    case KD_CHART_FOREST:
        if (has_head)
            add_head(r, (const char *[]){ "pair", "difference", "low", "high", "clear", "cells" },
                     6);
        add_forest(r, chart);
        return;
    case KD_CHART_HEAT:
        if (has_head) add_head(r, (const char *[]){ "row", "column", y, "cells" }, 4);
        add_heat(r, chart->of.grid);
        return;
    case KD_CHART_BARS:
        if (has_head) add_head(r, (const char *[]){ "name", y, "cells" }, 3);
        add_bars(r, chart);
        return;
    }
}

void kd_figure_csv(kd_str *out, const kd_chart *chart)
{
    row r = { .out = out };

    add_kind(&r, chart, true);
}

/* A head for all, as they are of one kind. */
void kd_figures_csv(kd_str *out, const kd_charts *charts)
{
    for (size_t i = 0; i < charts->count; i++) {
        row r = { .out = out, .figure = charts->items[i].words.title };
        add_kind(&r, &charts->items[i], i == 0);
    }
}
