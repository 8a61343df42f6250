/* tex.c - figures as pictures of pgfplots, to be \input by a paper.
 *
 * They are made from the numbers and not from the drawing: axes, ticks and type are the paper's own, and an author can
 * change what there is to change. Colours are named kd0 to kd7.
 */
#include <math.h>
#include <string.h>

#include "results/chart/chart.h"
#include "results/chart/frame.h"
#include "results/chart/markup.h"
#include "results/chart/tex_words.h"

/* "title={...},": nothing where there are no words. */
static void add_option(kd_str *out, const char *name, const char *words)
{
    if (words == NULL) return;
    kd_str_addf(out, "  %s={", name);
    kd_tex_add(out, words);
    kd_str_add(out, "},\n");
}

static void begin_axis(kd_str *out, const kd_chart *chart, const char *options)
{
    kd_str_add(out, "\\begin{tikzpicture}\n\\begin{axis}[\n");
    add_option(out, "title", chart->words.title);
    kd_str_add(out, options);
}

static void end_axis(kd_str *out)
{
    kd_str_add(out, "]\n");
}

/* Room for words in small type, in points: rather too much. Longer ones are broken into lines. */
enum { NAMES_MOST = 150, LEGEND_SIGN = 34, TICKS = 66 };

static double room_for(const char *const *names, size_t count)
{
    double width = 20;

    for (size_t i = 0; i < count; i++) width = fmax(width, kd_markup_width(names[i], 7.5));
    return fmin(width, NAMES_MOST);
}

/* The axes themselves get what is left of the line, so that no figure is wider than the text. */
static void add_size(kd_str *out, double beside_pt, double height_cm)
{
    kd_str_addf(out,
                "  scale only axis, width=\\dimexpr\\linewidth-%.0fpt\\relax, height=%.1fcm,\n"
                "  title style={align=center, text width=\\pgfkeysvalueof{/pgfplots/width}},\n"
                "  tick label style={font=\\footnotesize, /pgf/number format/fixed}, "
                "scaled ticks=false,\n",
                beside_pt, height_cm);
}

/* Rows from the top, each with its words at the left. */
static void add_row_ticks(kd_str *out, size_t count, const char *const *names)
{
    double room = room_for(names, count);

    add_size(out, room + 60, 0.2 + 0.5 * (double)count);
    kd_str_addf(out,
                "  axis lines*=left, y dir=reverse, ymin=0.4, ymax=%zu.6, ytick={1,...,%zu},\n"
                "  yticklabel style={text width=%.0fpt, align=flush right},\n  yticklabels={",
                count > 0 ? count : 1, count > 0 ? count : 1, room);
    for (size_t i = 0; i < count; i++) {
        kd_str_add(out, i > 0 ? ",{" : "{");
        kd_tex_add(out, names[i]);
        kd_str_add_char(out, '}');
    }
    kd_str_add(out, "},\n");
}

/* The dash of a series in points, as TikZ has it. */
static const char *dash_of(int series)
{
    static const char *const dashes[KD_CHART_COLOURS] = { "solid",          "dashed",
                                                          "densely dotted", "dash dot",
                                                          "loosely dashed", "densely dashed",
                                                          "loosely dotted", "solid" };
    return dashes[series % KD_CHART_COLOURS];
}

/* ---- kinds ---- */

static void add_band(kd_str *out, const kd_chart_line *line, int series)
{
    kd_str_addf(out, "\\addplot[draw=none, fill=kd%d, fill opacity=.16, forget plot] coordinates {",
                series);
    for (size_t k = 0; k < line->count; k++)
        if (isfinite(line->high[k])) kd_str_addf(out, " (%.6g,%.6g)", line->x[k], line->high[k]);
    for (size_t k = line->count; k-- > 0;)
        if (isfinite(line->low[k])) kd_str_addf(out, " (%.6g,%.6g)", line->x[k], line->low[k]);
    kd_str_add(out, " } -- cycle;\n");
}

static void add_lines(kd_str *out, const kd_chart *chart, const char **names)
{
    for (size_t i = 0; i < chart->count; i++) names[i] = chart->of.lines[i].name;
    begin_axis(out, chart,
               "  grid=major, grid style={black!12}, legend pos=outer north east,\n  legend "
               "style={draw=none, font=\\footnotesize}, legend cell align=left,\n");
    add_size(out, room_for(names, chart->count) + LEGEND_SIGN + TICKS, 3.8);
    add_option(out, "xlabel", chart->words.x);
    add_option(out, "ylabel", chart->words.y);
    end_axis(out);
    for (size_t i = 0; i < chart->count; i++) {
        const kd_chart_line *line = &chart->of.lines[i];
        int                  series = line->series % KD_CHART_COLOURS;
        if (line->low != NULL && line->count > 1) add_band(out, line, series);
        kd_str_addf(out, "\\addplot[kd%d, thick, %s%s] coordinates {", series, dash_of(series),
                    line->count == 1 ? ", mark=*" : "");
        for (size_t k = 0; k < line->count; k++)
            if (isfinite(line->y[k])) kd_str_addf(out, " (%.6g,%.6g)", line->x[k], line->y[k]);
        kd_str_add(out, " };\n\\addlegendentry{");
        kd_tex_add(out, line->name);
        kd_str_add(out, "}\n");
    }
}

static const char *mark_of(int series)
{
    static const char *const marks[KD_MARKS] = { "*",        "square*",   "triangle*",
                                                 "diamond*", "pentagon*", "oplus*" };
    return marks[series % KD_MARKS];
}

/* A name stands at the side of its mark where there is more room. */
static const char *anchor_of(const kd_chart *chart, const kd_chart_spot *spot)
{
    double low = INFINITY, high = -INFINITY, middle;

    for (size_t i = 0; i < chart->count; i++) {
        if (!isfinite(chart->of.spots[i].x)) continue;
        low = fmin(low, chart->of.spots[i].x);
        high = fmax(high, chart->of.spots[i].x);
    }
    middle = chart->is_log ? sqrt(low * high) : (low + high) / 2;
    return spot->x > middle ? "east" : "west";
}

/* Names of spots, in points: how wide a line is at most, how high, how far from the mark; and the axes, about. */
enum { NAME_MOST = 120, NAME_LINE = 8, NAME_APART = 5, AXES_WIDE = 260, AXES_HIGH = 150 };

typedef struct {
    double left, right, low, high;
} box;

static double part_of(double x, double low, double high)
{
    return high > low ? (x - low) / (high - low) : 0.5;
}

/* Where the axes will put a spot. */
static kd_point place_of(const kd_chart *chart, const kd_chart_spot *spot)
{
    double   x[2] = { NAN, NAN }, y[2] = { NAN, NAN };
    kd_point at;

    for (size_t i = 0; i < chart->count; i++) {
        const kd_chart_spot *s = &chart->of.spots[i];
        double               sd = isfinite(s->sd) ? s->sd : 0;
        if (!isfinite(s->x) || !isfinite(s->y)) continue;
        kd_frame_reach(&x[0], &x[1], chart->is_log ? log(s->x) : s->x);
        kd_frame_reach(&y[0], &y[1], s->y - sd);
        kd_frame_reach(&y[0], &y[1], s->y + sd);
    }
    at.x = AXES_WIDE * part_of(chart->is_log ? log(spot->x) : spot->x, x[0], x[1]);
    at.y = AXES_HIGH * part_of(spot->y, y[0], y[1]);
    return at;
}

/* Where its name would stand. */
static box name_box(const kd_chart *chart, const kd_chart_spot *spot)
{
    kd_point at = place_of(chart, spot);
    double   all = kd_markup_width(spot->name, 7.5), wide = fmin(all, NAME_MOST);
    double   half = NAME_LINE * ceil(all / NAME_MOST) / 2;
    bool     is_left = strcmp(anchor_of(chart, spot), "east") == 0;
    double   left = is_left ? at.x - NAME_APART - wide : at.x + NAME_APART;

    return (box){ left, left + wide, at.y - half, at.y + half };
}

/* Those of the front first; a name that would stand on another is left to the numbers. */
static void find_named(const kd_chart *chart, bool *is_named)
{
    bool *is_on_front = kd_arena_zero(chart->arena, chart->count + 1, sizeof *is_on_front);

    kd_chart_front(is_on_front, chart->of.spots, chart->count);
    for (int front = 1; front >= 0; front--)
        for (size_t i = 0; i < chart->count; i++) {
            const kd_chart_spot *spot = &chart->of.spots[i];
            box                  own;
            if (is_on_front[i] != front || !isfinite(spot->x) || !isfinite(spot->y)) continue;
            own = name_box(chart, spot);
            is_named[i] = true;
            for (size_t k = 0; k < chart->count; k++) {
                box other;
                if (k == i || !is_named[k]) continue;
                other = name_box(chart, &chart->of.spots[k]);
                if (own.left < other.right && other.left < own.right && own.low < other.high &&
                    other.low < own.high)
                    is_named[i] = false;
            }
        }
}

/* A long name has several lines. */
static void add_spot_name(kd_str *out, const kd_chart *chart, const kd_chart_spot *spot)
{
    const char *anchor = anchor_of(chart, spot);

    kd_str_addf(out, "\n  node[anchor=%s, font=\\scriptsize, black", anchor);
    if (kd_markup_width(spot->name, 7.5) > NAME_MOST)
        kd_str_addf(out, ", text width=%dpt, align=flush %s", NAME_MOST,
                    strcmp(anchor, "east") == 0 ? "right" : "left");
    kd_str_add(out, "] {");
    kd_tex_add(out, spot->name);
    kd_str_add_char(out, '}');
}

static void add_points(kd_str *out, const kd_chart *chart)
{
    bool *is_named = kd_arena_zero(chart->arena, chart->count + 1, sizeof *is_named);

    begin_axis(out, chart,
               "  grid=major, grid style={black!12}, enlarge x limits=.06, clip=false,\n");
    add_size(out, TICKS + 10, 5.5);
    if (chart->is_log) kd_str_add(out, "  xmode=log, log ticks with fixed point,\n");
    add_option(out, "xlabel", chart->words.x);
    add_option(out, "ylabel", chart->words.y);
    end_axis(out);
    find_named(chart, is_named);
    for (size_t i = 0; i < chart->count; i++) {
        const kd_chart_spot *spot = &chart->of.spots[i];
        int                  series = spot->series % KD_CHART_COLOURS;
        if (!isfinite(spot->x) || !isfinite(spot->y)) continue;
        kd_str_addf(out,
                    "\\addplot[kd%d, only marks, mark=%s, error bars/.cd, y dir=both, y explicit] "
                    "coordinates { (%.6g,%.6g) +- (0,%.6g) }",
                    series, mark_of(series), spot->x, spot->y, isfinite(spot->sd) ? spot->sd : 0);
        if (is_named[i]) add_spot_name(out, chart, spot);
        kd_str_add(out, ";\n");
    }
}

/* Zero is to be seen, wherever the differences are. */
static void add_reach(kd_str *out, const kd_chart *chart)
{
    double low = 0, high = 0, room;

    for (size_t i = 0; i < chart->count; i++) {
        const double of[] = { chart->of.gaps[i].value, chart->of.gaps[i].low,
                              chart->of.gaps[i].high };
        for (int k = 0; k < 3; k++) {
            if (!isfinite(of[k])) continue;
            low = fmin(low, of[k]);
            high = fmax(high, of[k]);
        }
    }
    room = high > low ? 0.05 * (high - low) : 1;
    kd_str_addf(out, "  xmin=%.6g, xmax=%.6g,\n", low - room, high + room);
}

static void add_forest(kd_str *out, const kd_chart *chart, const char **names)
{
    for (size_t i = 0; i < chart->count; i++) names[i] = chart->of.gaps[i].name;
    begin_axis(out, chart, "  xmajorgrids, grid style={black!12},\n");
    add_row_ticks(out, chart->count, names);
    add_option(out, "xlabel", chart->words.x);
    add_reach(out, chart);
    kd_str_add(out, "  extra x ticks={0}, extra x tick labels={}, extra x tick "
                    "style={grid=major, grid style={black, dashed}},\n");
    end_axis(out);
    for (size_t i = 0; i < chart->count; i++) {
        const kd_chart_gap *gap = &chart->of.gaps[i];
        if (!isfinite(gap->value)) continue;
        kd_str_addf(out,
                    "\\addplot[kd0, only marks, mark=*, opacity=%s, error bars/.cd, x dir=both, x "
                    "explicit] coordinates { (%.6g,%zu)",
                    gap->is_clear ? "1" : ".5", gap->value, i + 1);
        if (isfinite(gap->low) && isfinite(gap->high))
            kd_str_addf(out, " += (%.6g,0) -= (%.6g,0)", gap->high - gap->value,
                        gap->value - gap->low);
        kd_str_add(out, " };\n");
    }
}

/* A square around its place, which counts from 1. */
static void add_square(kd_str *out, const kd_chart_grid *grid, size_t r, size_t c, double low,
                       double high)
{
    double value = grid->values[r * grid->column_count + c];
    if (!isfinite(value)) return;
    double strength = kd_chart_strength(value, low, high);
    kd_str_addf(out,
                "\\fill[kd0!%.0f] (axis cs:%zu.48,%zu.46) rectangle (axis cs:%zu.52,%zu.54);\n"
                "\\node[font=\\footnotesize%s] at (axis cs:%zu,%zu) {%.*f};\n",
                100 * strength, c + 1, r + 1, c, r, strength > 0.7 ? ", white" : "", c + 1, r + 1,
                grid->decimals, value);
}

/* Squares of their own, so that a number without a place leaves a hole and no colour map is needed. */
static void add_heat(kd_str *out, const kd_chart *chart)
{
    const kd_chart_grid *grid = chart->of.grid;
    double               low = INFINITY, high = -INFINITY;

    for (size_t i = 0; i < grid->row_count * grid->column_count; i++) {
        if (!isfinite(grid->values[i])) continue;
        low = fmin(low, grid->values[i]);
        high = fmax(high, grid->values[i]);
    }
    begin_axis(
        out, chart,
        "  tick style={draw=none}, xticklabel style={text height=1.5ex, text depth=.25ex},\n");
    add_row_ticks(out, grid->row_count, grid->rows);
    kd_str_addf(out, "  xmin=0.5, xmax=%zu.5, xtick={1,...,%zu},\n  xticklabels={",
                grid->column_count > 0 ? grid->column_count : 1,
                grid->column_count > 0 ? grid->column_count : 1);
    for (size_t c = 0; c < grid->column_count; c++) {
        kd_str_add(out, c > 0 ? ",{" : "{");
        kd_tex_add(out, grid->columns[c]);
        kd_str_add_char(out, '}');
    }
    kd_str_add(out, "},\n");
    end_axis(out);
    for (size_t r = 0; r < grid->row_count; r++)
        for (size_t c = 0; c < grid->column_count; c++) add_square(out, grid, r, c, low, high);
}

static void add_bars(kd_str *out, const kd_chart *chart, const char **names)
{
    for (size_t i = 0; i < chart->count; i++) names[i] = chart->of.bars[i].name;
    begin_axis(out, chart, "  xmin=0, xmajorgrids, grid style={black!12}, bar width=7pt,\n");
    add_row_ticks(out, chart->count, names);
    add_option(out, "xlabel", chart->words.x);
    end_axis(out);
    for (size_t i = 0; i < chart->count; i++)
        if (isfinite(chart->of.bars[i].value))
            kd_str_addf(out,
                        "\\addplot[xbar, bar shift=0pt, draw=none, fill=kd%d] coordinates { "
                        "(%.6g,%zu) };\n",
                        chart->of.bars[i].series % KD_CHART_COLOURS, chart->of.bars[i].value,
                        i + 1);
}

static void add_picture(kd_str *out, const kd_chart *chart)
{
    const char **names = kd_arena_alloc(chart->arena, chart->count + 1, sizeof *names);

    switch (chart->kind) {
    case KD_CHART_LINES:
        add_lines(out, chart, names);
        break;
    case KD_CHART_POINTS:
        add_points(out, chart);
        break;
    case KD_CHART_FOREST:
        add_forest(out, chart, names);
        break;
    case KD_CHART_HEAT:
        add_heat(out, chart);
        break;
    case KD_CHART_BARS:
        add_bars(out, chart, names);
        break;
    }
    kd_str_add(out, "\\end{axis}\n\\end{tikzpicture}\n");
}

void kd_charts_tex(kd_str *out, const kd_charts *charts)
{
    kd_str_add(out, "% \\usepackage{pgfplots} \\pgfplotsset{compat=1.16}; each tikzpicture is a "
                    "figure by itself\n");
    for (int i = 0; i < KD_CHART_COLOURS; i++)
        kd_str_addf(out, "\\definecolor{kd%d}{HTML}{%06X}\n", i,
                    kd_paint_colour(KD_PAINT_series, i));
    for (size_t i = 0; i < charts->count; i++) {
        kd_str_add(out, "\n");
        add_picture(out, &charts->items[i]);
    }
}
