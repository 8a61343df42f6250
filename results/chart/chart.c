/* chart.c - figures beside each other, and their end. */
#include "results/chart/chart.h"

#include <math.h>

#include "harness/base/status.h"
#include "results/chart/chart_internal.h"

/* Two beside each other where they are narrow. */
enum { FILE_WIDTH = 760, GAP = 16 };

kd_placing kd_charts_place(const kd_charts *charts)
{
    kd_placing p = { .at = kd_alloc(charts->count + 1, sizeof *p.at) };
    double     row_height = 0, right = 0, top = 0;

    for (size_t i = 0; i < charts->count; i++) {
        const kd_chart *c = &charts->items[i];
        if (right > 0 && right + c->width > FILE_WIDTH) {
            top += row_height + GAP;
            right = row_height = 0;
        }
        p.at[i] = (kd_point){ right, top };
        right += c->width + GAP;
        row_height = fmax(row_height, c->height);
        p.width = fmax(p.width, right - GAP);
    }
    p.height = top + row_height;
    return p;
}

void kd_charts_fini(kd_charts *charts)
{
    for (size_t i = 0; i < charts->count; i++) {
        kd_vec_fini(&charts->items[i].drawing.shapes);
        kd_arena_destroy(charts->items[i].arena);
    }
    kd_vec_fini(charts);
}
