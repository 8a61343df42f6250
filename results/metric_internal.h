/* metric_internal.h - what the files of metric.h share. */
#ifndef KD_RESULTS_METRIC_INTERNAL_H
#define KD_RESULTS_METRIC_INTERNAL_H

#include "results/metric.h"

/* What a reader calls the metric of this full name; the name itself where there is no other word. */
void kd_metric_set_title(kd_metric *metric);

#endif
