/* svg.c - coordinates to a tenth of a pixel. */
#include "results/chart/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/chart/chart_internal.h"
#include "results/chart/markup.h"

/* ---- style ---- */

static const char *const paint_names[KD_PAINT_COUNT] = { [KD_PAINT_none] = "none",
                                                         [KD_PAINT_series] = "var(--c)",
#define X(name, light, dark) [KD_PAINT_##name] = "var(--" #name ")",
                                                         KD_PAINTS(X)
#undef X
};

void kd_svg_add_colours(kd_str *out, bool is_dark)
{
    static const struct {
        const char *name;
        unsigned    colours[2]; /* in light, in dark */
    } paints[] = {
#define X(name, light, dark) { #name, { light, dark } },
        KD_PAINTS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof paints / sizeof *paints; i++)
        kd_str_addf(out, "--%s:#%06x;", paints[i].name, paints[i].colours[is_dark]);
}

static void add_look(kd_str *out, const kd_look_row *look)
{
    kd_str_add(out, ".chart ");
    for (const char *c = look->classes; *c != '\0'; c++) { /* "mark vague" is .mark.vague */
        if (c == look->classes) kd_str_add_char(out, '.');
        kd_str_add_char(out, *c == ' ' ? '.' : *c);
    }
    kd_str_addf(out, "{fill:%s", paint_names[look->fill]);
    if (look->stroke != KD_PAINT_none)
        kd_str_addf(out, ";stroke:%s;stroke-width:%g", paint_names[look->stroke], look->width);
    if (*look->dash != '\0') kd_str_addf(out, ";stroke-dasharray:%s", look->dash);
    if (look->strength < 1) kd_str_addf(out, ";opacity:%g", look->strength);
    kd_str_add(out, "}\n");
}

void kd_svg_add_style(kd_str *out)
{
    kd_str_addf(out, ".chart text{font:%gpx system-ui,-apple-system,'Segoe UI',Arial,sans-serif}\n",
                KD_TYPE_SMALL);
    for (int i = 0; i < KD_LOOK_COUNT; i++) add_look(out, &kd_looks[i]);
    for (int i = 0; i < KD_CHART_COLOURS; i++) {
        kd_str_addf(out, ".chart .s%d{--c:var(--c%d)}", i, i);
        if (*kd_series_dash(i) != '\0')
            kd_str_addf(out, ".chart .s%d.curve{stroke-dasharray:%s}", i, kd_series_dash(i));
    }
    kd_str_addf(out,
                "\n.chart .title{font-size:%gpx;font-weight:600}\n"
                ".chart .curve{stroke-linejoin:round}\n"
                ".chart .label{paint-order:stroke;stroke:var(--bg);stroke-width:3}\n"
                ".chart .over{pointer-events:none}\n", /* the cell below it tells more */
                KD_TYPE_TITLE);
}

/* ---- shapes ---- */

/* As short as it can be: "12", "12.5", ".5" is left for CSS. */
static void add_number(kd_str *out, double x)
{
    double tenths = round(x * 10);
    if (tenths == 0) tenths = 0; /* not -0 */
    if (fmod(tenths, 10) == 0)
        kd_str_addf(out, "%.0f", tenths / 10);
    else
        kd_str_addf(out, "%.1f", tenths / 10);
}

static void add_attribute(kd_str *out, const char *name, double value)
{
    kd_str_addf(out, " %s=\"", name);
    add_number(out, value);
    kd_str_add_char(out, '"');
}

static void add_point(kd_str *out, kd_point at)
{
    add_number(out, at.x);
    kd_str_add_char(out, ',');
    add_number(out, at.y);
}

static void begin_element(kd_str *out, const char *name, const kd_pen *pen)
{
    const kd_look_row *look = &kd_looks[pen->look];
    bool has_series = look->fill == KD_PAINT_series || look->stroke == KD_PAINT_series;

    kd_str_addf(out, "<%s class=\"", name);
    if (has_series) kd_str_addf(out, "s%d ", pen->series % KD_CHART_COLOURS);
    kd_str_addf(out, "%s\"", look->classes);
    if (pen->strength > 0) kd_str_addf(out, " opacity=\"%.2f\"", pen->strength);
}

/* The end of an element: empty, or with a title inside. */
static void end_element(kd_str *out, const char *name, const char *hover)
{
    if (hover == NULL) {
        kd_str_add(out, "/>");
        return;
    }
    kd_str_add(out, "><title>");
    kd_markup_add(out, hover);
    kd_str_addf(out, "</title></%s>", name);
}

static void add_points(kd_str *out, const kd_drawn *s)
{
    kd_str_add(out, " points=\"");
    for (size_t i = 0; i < s->count; i++) {
        if (i > 0) kd_str_add_char(out, ' ');
        add_point(out, s->points[i]);
    }
    kd_str_add_char(out, '"');
}

static void add_mark(kd_str *out, const kd_drawn *s)
{
    size_t          count;
    const kd_point *outline = kd_mark_outline(s->form, &count);

    if (outline == NULL) {
        begin_element(out, "circle", &s->pen);
        add_attribute(out, "cx", s->at.x);
        add_attribute(out, "cy", s->at.y);
        add_attribute(out, "r", KD_MARK_RADIUS);
        end_element(out, "circle", s->hover);
        return;
    }
    begin_element(out, "polygon", &s->pen);
    kd_str_add(out, " points=\"");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) kd_str_add_char(out, ' ');
        add_point(out, (kd_point){ s->at.x + outline[i].x, s->at.y + outline[i].y });
    }
    kd_str_add_char(out, '"');
    end_element(out, "polygon", s->hover);
}

static void add_text(kd_str *out, const kd_drawn *s)
{
    static const char *const anchors[] = { "", " text-anchor=\"middle\"", " text-anchor=\"end\"" };

    begin_element(out, "text", &s->pen);
    add_attribute(out, "x", s->at.x);
    add_attribute(out, "y", s->at.y);
    kd_str_addf(out, "%s>", anchors[s->form]);
    if (s->hover != NULL) {
        kd_str_add(out, "<title>");
        kd_markup_add(out, s->hover);
        kd_str_add(out, "</title>");
    }
    kd_markup_add(out, s->text);
    kd_str_add(out, "</text>");
}

static void add_shape(kd_str *out, const kd_drawn *s)
{
    switch (s->kind) {
    case KD_DRAWN_LINE:
        begin_element(out, "line", &s->pen);
        add_attribute(out, "x1", s->at.x);
        add_attribute(out, "y1", s->at.y);
        add_attribute(out, "x2", s->to.x);
        add_attribute(out, "y2", s->to.y);
        end_element(out, "line", s->hover);
        return;
    case KD_DRAWN_RECT:
        begin_element(out, "rect", &s->pen);
        add_attribute(out, "x", s->at.x);
        add_attribute(out, "y", s->at.y);
        add_attribute(out, "width", s->to.x - s->at.x);
        add_attribute(out, "height", s->to.y - s->at.y);
        end_element(out, "rect", s->hover);
        return;
    case KD_DRAWN_MARK:
        add_mark(out, s);
        return;
    case KD_DRAWN_PATH:
        begin_element(out, "polyline", &s->pen);
        add_points(out, s);
        end_element(out, "polyline", s->hover);
        return;
    case KD_DRAWN_AREA:
        begin_element(out, "polygon", &s->pen);
        add_points(out, s);
        end_element(out, "polygon", s->hover);
        return;
    case KD_DRAWN_TEXT:
        add_text(out, s);
        return;
    }
}

static void add_inside(kd_str *out, const kd_chart *chart)
{
    kd_str_add(out, "<title>");
    kd_markup_add(out, chart->words.title);
    kd_str_add(out, "</title>");
    if (chart->words.about != NULL) {
        kd_str_add(out, "<desc>");
        kd_markup_add(out, chart->words.about);
        kd_str_add(out, "</desc>");
    }
    for (size_t i = 0; i < chart->drawing.shapes.count; i++)
        add_shape(out, &chart->drawing.shapes.items[i]);
}

/* ---- elements and files ---- */

void kd_svg_add(kd_str *out, const kd_chart *chart)
{
    kd_str_addf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" "
                "width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" aria-label=\"",
                chart->width, chart->height, chart->width, chart->height);
    kd_markup_add(out, chart->words.title);
    kd_str_add(out, "\">");
    add_inside(out, chart);
    kd_str_add(out, "</svg>\n");
}

void kd_charts_svg(kd_str *out, const kd_charts *charts)
{
    kd_placing placing = kd_charts_place(charts);

    kd_str_addf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                "viewBox=\"0 0 %.0f %.0f\">\n<style>\nsvg{",
                placing.width, placing.height, placing.width, placing.height);
    kd_svg_add_colours(out, false);
    kd_str_add(out, "}\n@media(prefers-color-scheme:dark){svg{");
    kd_svg_add_colours(out, true);
    kd_str_add(out, "}}\n");
    kd_svg_add_style(out);
    kd_str_add(out, "</style>\n<rect width=\"100%\" height=\"100%\" style=\"fill:var(--bg)\"/>\n");
    for (size_t i = 0; i < charts->count; i++) {
        kd_str_addf(out, "<g class=\"chart\" role=\"img\" transform=\"translate(%.0f %.0f)\">",
                    placing.at[i].x, placing.at[i].y);
        add_inside(out, &charts->items[i]);
        kd_str_add(out, "</g>\n");
    }
    kd_str_add(out, "</svg>\n");
    free(placing.at);
}
