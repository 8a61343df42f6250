/* chart_internal.h - what writers of files share: where figures stand beside each other. */
#ifndef KD_CHART_CHART_INTERNAL_H
#define KD_CHART_CHART_INTERNAL_H

#include "results/chart/chart.h"

typedef struct {
    kd_point *at; /* the upper left corner of each; the caller frees it */
    double    width, height;
} kd_placing;

kd_placing kd_charts_place(const kd_charts *charts);

#endif
