/* running.h - what runs while a page is made: how far each cell is, and its curve as far as it was seen. */
#ifndef KD_PAGE_RUNNING_H
#define KD_PAGE_RUNNING_H

#include "harness/review/trail.h"
#include "results/chart/chart.h"
#include "results/page/report.h"

/* Add what runs in the stores of a report; `trails` are what who follows saw of it, or NULL. */
void kd_running_add(kd_str *out, const kd_report *report, const kd_trails *trails);

/* Whether a run goes on in any of the stores. */
bool kd_running_goes_on(const kd_report *report);

#endif
