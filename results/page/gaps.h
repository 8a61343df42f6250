/* gaps.h - the pairs of what a report compares: the table of results/among.h as what a forest plot takes. */
#ifndef KD_PAGE_GAPS_H
#define KD_PAGE_GAPS_H

#include "results/chart/chart.h"
#include "results/page/report.h"

struct kd_gaps {
    kd_chart_gap *gaps;
    const char  **verdicts; /* of each, in words */
    size_t        count;    /* 0 where there are no two values to compare */
    const char   *notes; /* what the table says below itself, or why there is none: a line each */
};

/* Of all students: made when first asked for, then the same. Everything lives in the report's arena. KD_EDATA when the
 * counts of an object cannot be read. */
kd_status kd_gaps_of(const kd_gaps **out, const kd_report *report, kd_error *err);

/* The same of some of its cells. */
kd_status kd_gaps_among(kd_gaps *out, const kd_report *report, const kd_cells *cells,
                        kd_error *err);

#endif
