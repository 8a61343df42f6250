/* svg.h - figures as elements of SVG; kd_charts_svg (chart.h) makes a file of them.
 *
 * Shapes have classes, and a style sheet says what those look like. It speaks of colours by the names of
 * KD_PAINTS as variables (--ink), which a file sets by itself and a page where it has its own.
 */
#ifndef KD_CHART_SVG_H
#define KD_CHART_SVG_H

#include "results/chart/chart.h"

/* Add the style sheet of figures, without the colours; and the variables, in light or dark. */
void kd_svg_add_style(kd_str *out);
void kd_svg_add_colours(kd_str *out, bool is_dark);

/* Add <svg> for a page that has the style. */
void kd_svg_add(kd_str *out, const kd_chart *chart);

#endif
