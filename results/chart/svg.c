/* svg.c - coordinates to a tenth of a pixel. */
#include "results/chart/svg.h"

#include <string.h>

#include "results/chart/markup.h"

/* The end of an element: empty, or with a title inside. */
static void add_end(kd_str *out, const char *name, const char *hover)
{
    if (hover == NULL) {
        kd_str_add(out, "/>");
        return;
    }
    kd_str_add(out, "><title>");
    kd_markup_add(out, hover);
    kd_str_addf(out, "</title></%s>", name);
}

void kd_svg_line(kd_str *out, const char *classes, kd_point a, kd_point b)
{
    kd_str_addf(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                classes, a.x, a.y, b.x, b.y);
}

void kd_svg_rect(kd_str *out, const char *classes, kd_point corner, double width, double height,
                 const char *hover)
{
    kd_str_addf(out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"",
                classes, corner.x, corner.y, width, height);
    add_end(out, "rect", hover);
}

void kd_svg_mark(kd_str *out, const char *classes, kd_point at, int shape, const char *hover)
{
    static const char *const shapes[KD_SVG_SHAPES] = {
        "m-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z", /* disc */
        "m-3.5,-3.5h7v7h-7z",                  /* square */
        "m0,-5l4.6,8h-9.2z",                   /* triangle */
        "m0,-5l5,5l-5,5l-5,-5z",               /* diamond */
        "m0,5l4.6,-8h-9.2z",                   /* triangle on its tip */
        "m-1.5,-5h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5v-3h3.5z",
    };

    kd_str_addf(out, "<path class=\"%s\" d=\"M%.1f,%.1f%s\"", classes, at.x, at.y,
                shapes[shape % KD_SVG_SHAPES]);
    add_end(out, "path", hover);
}

static void add_points(kd_str *out, const kd_point *points, size_t count, bool is_reversed)
{
    for (size_t i = 0; i < count; i++) {
        const kd_point *p = &points[is_reversed ? count - 1 - i : i];
        kd_str_addf(out, "%s%.1f,%.1f", i > 0 ? " " : "", p->x, p->y);
    }
}

void kd_svg_path(kd_str *out, const char *classes, const kd_point *points, size_t count,
                 const char *hover)
{
    kd_str_addf(out, "<polyline class=\"%s\" points=\"", classes);
    add_points(out, points, count, false);
    kd_str_add_char(out, '"');
    add_end(out, "polyline", hover);
}

void kd_svg_band(kd_str *out, const char *classes, const kd_point *above, const kd_point *below,
                 size_t count)
{
    kd_str_addf(out, "<polygon class=\"%s\" points=\"", classes);
    add_points(out, above, count, false);
    kd_str_add_char(out, ' ');
    add_points(out, below, count, true);
    kd_str_add(out, "\"/>");
}

void kd_svg_text(kd_str *out, const char *classes, kd_point at, kd_anchor anchor, double width,
                 const char *text)
{
    static const char *const anchors[] = { "", " text-anchor=\"middle\"", " text-anchor=\"end\"" };

    kd_str_addf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\"%s>", classes, at.x, at.y,
                anchors[anchor]);
    if (kd_markup_width(text, KD_SVG_SMALL) > width) {
        kd_str_add(out, "<title>");
        kd_markup_add(out, text);
        kd_str_add(out, "</title>");
    }
    kd_markup_add_fitting(out, text, KD_SVG_SMALL, width);
    kd_str_add(out, "</text>");
}
