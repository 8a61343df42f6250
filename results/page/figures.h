/* figures.h - what is drawn of a report: each a function that appends figures of a kind.
 *
 * A figure that has nothing to show (no history, one value of what is compared) is not there. Those that
 * would be too many are not drawn, and `notes` says so, a line each; it may be NULL.
 */
#ifndef KD_PAGE_FIGURES_H
#define KD_PAGE_FIGURES_H

#include "results/chart/chart.h"
#include "results/page/report.h"

/* clang-format off */
/*    name         by a score  what is seen */
#define KD_FIGURES(X)                                                                   \
    X(curves,      false, "devel's score and the loss over the updates, with bands")    \
    X(tradeoff,    true,  "the score against size and latency, with the front")         \
    X(differences, true,  "each pair of what is compared, with intervals")              \
    X(heat,        true,  "the score over settings, and by type of entity")             \
    X(errors,      true,  "the most frequent errors of the best setting")               \
    X(time,        false, "where the time went")
/* clang-format on */

#define X(name, by_score, summary)                                                     \
    kd_status kd_figure_##name(kd_charts *out, const kd_report *report, kd_str *notes, \
                               kd_error *err);
KD_FIGURES(X)
#undef X

/* The numbers of one figure, and of several with their titles, as CSV. */
void kd_figure_csv(kd_str *out, const kd_chart *chart);
void kd_figures_csv(kd_str *out, const kd_charts *charts);

/* clang-format off */
/* Forms of files: the ending of their names, and who writes them. */
#define KD_FIGURE_FORMS(X)                                                       \
    X(svg, kd_charts_svg,  "for pages; in light and dark")                       \
    X(pdf, kd_charts_pdf,  "for papers, as they are")                            \
    X(tex, kd_charts_tex,  "for papers in LaTeX with pgfplots, in their type")   \
    X(csv, kd_figures_csv, "the numbers, for other programs")
/* clang-format on */

#endif
