/* chart.c - the style of figures, and figures as elements of a page or one file. */
#include "results/chart/chart.h"

#include <math.h>
#include <stdlib.h>

#include "harness/base/status.h"
#include "results/chart/markup.h"

/* Okabe and Ito's colours; yellow and black give way to tones that are seen on white and on black. */
static const char colours[] =
    "svg{--bg:#fff;--ink:#1c2024;--soft:#59636e;--rule:#d8dee4;--heat:#0072b2;"
    "--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7;--c4:#b38600;--c5:#56b4e9;"
    "--c6:#7a5195;--c7:#6b7280}\n"
    "@media(prefers-color-scheme:dark){svg{--bg:#0d1117;--ink:#e6edf3;--soft:#9198a1;"
    "--rule:#30363d;--heat:#56b4e9;--c0:#56a3e0;--c6:#b392d8;--c7:#9ca3af}}\n";

const char kd_chart_style[] =
    ".chart text{font:11px system-ui,-apple-system,'Segoe UI',Arial,sans-serif;fill:var(--ink)}\n"
    ".chart .title{font-size:13px;font-weight:600}\n"
    ".chart .label{paint-order:stroke;stroke:var(--bg);stroke-width:3px}\n"
    ".chart .soft{fill:var(--soft)}\n"
    ".chart .grid{stroke:var(--rule);stroke-width:1}\n"
    ".chart .axis{stroke:var(--soft);stroke-width:1}\n"
    ".chart .zero{stroke:var(--ink);stroke-width:1;stroke-dasharray:3 3}\n"
    ".chart .front{fill:none;stroke:var(--soft);stroke-width:1.5;stroke-dasharray:2 3}\n"
    ".chart .curve{fill:none;stroke-width:2;stroke-linejoin:round}\n"
    ".chart .band{opacity:.16}\n"
    ".chart .mark{stroke:var(--bg);stroke-width:1}\n"
    ".chart .spread{stroke-width:1.5}\n"
    ".chart .vague{opacity:.5}\n"
    ".chart .cell{fill:var(--heat);stroke:none}\n"
    ".chart .on{fill:var(--bg)}\n"
    ".chart .mid{fill:#10151b}\n" /* on half of the colour, in light and in dark */
    ".chart .s0{--c:var(--c0)}.chart .s1{--c:var(--c1)}.chart .s2{--c:var(--c2)}"
    ".chart .s3{--c:var(--c3)}.chart .s4{--c:var(--c4)}.chart .s5{--c:var(--c5)}"
    ".chart .s6{--c:var(--c6)}.chart .s7{--c:var(--c7)}\n"
    ".chart .fill{fill:var(--c)}.chart .stroke{stroke:var(--c)}\n"
    ".chart .s1.curve{stroke-dasharray:6 2}.chart .s2.curve{stroke-dasharray:2 2}"
    ".chart .s3.curve{stroke-dasharray:8 2 2 2}.chart .s4.curve{stroke-dasharray:10 3}"
    ".chart .s5.curve{stroke-dasharray:4 4}.chart .s6.curve{stroke-dasharray:1 3}\n";

static void add_inside(kd_str *out, const kd_chart *chart)
{
    kd_str_add(out, "<title>");
    kd_markup_add(out, chart->title);
    kd_str_add(out, "</title>");
    if (chart->about != NULL) {
        kd_str_add(out, "<desc>");
        kd_markup_add(out, chart->about);
        kd_str_add(out, "</desc>");
    }
    kd_str_add(out, chart->body.text);
}

void kd_charts_put(kd_str *out, const kd_chart *chart)
{
    kd_str_addf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" "
                "width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" aria-label=\"",
                chart->width, chart->height, chart->width, chart->height);
    kd_markup_add(out, chart->title);
    kd_str_add(out, "\">");
    add_inside(out, chart);
    kd_str_add(out, "</svg>\n");
}

/* Two beside each other where they are narrow. */
enum { FILE_WIDTH = 760, GAP = 16 };

static void place(const kd_charts *charts, double *x, double *y, double *width, double *height)
{
    double row_height = 0, right = 0, top = 0;

    *width = 0;
    for (size_t i = 0; i < charts->count; i++) {
        const kd_chart *c = &charts->items[i];
        if (right > 0 && right + c->width > FILE_WIDTH) {
            top += row_height + GAP;
            right = row_height = 0;
        }
        x[i] = right;
        y[i] = top;
        right += c->width + GAP;
        row_height = fmax(row_height, c->height);
        *width = fmax(*width, right - GAP);
    }
    *height = top + row_height;
}

void kd_charts_file(kd_str *out, const kd_charts *charts)
{
    double *x = kd_alloc(charts->count + 1, sizeof *x), *y = kd_alloc(charts->count + 1, sizeof *y);
    double  width, height;

    place(charts, x, y, &width, &height);
    kd_str_addf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                "viewBox=\"0 0 %.0f %.0f\">\n<style>\n%s%s</style>\n<rect width=\"100%%\" "
                "height=\"100%%\" style=\"fill:var(--bg)\"/>\n",
                width, height, width, height, colours, kd_chart_style);
    for (size_t i = 0; i < charts->count; i++) {
        kd_str_addf(out, "<g class=\"chart\" role=\"img\" transform=\"translate(%.0f %.0f)\">",
                    x[i], y[i]);
        add_inside(out, &charts->items[i]);
        kd_str_add(out, "</g>\n");
    }
    kd_str_add(out, "</svg>\n");
    free(x);
    free(y);
}

void kd_charts_fini(kd_charts *charts)
{
    for (size_t i = 0; i < charts->count; i++) {
        free(charts->items[i].title);
        free(charts->items[i].about);
        kd_str_fini(&charts->items[i].body);
    }
    kd_vec_fini(charts);
}
