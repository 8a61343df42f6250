/* cell_noop.c - a cell that leaves nothing, and may keep a core busy meanwhile.
 *
 * For tests and benches of the harness: `noop.seconds` of computing time, on one core. */
#include <math.h>
#include <stdlib.h>

#include "harness/base/clock.h"
#include "harness/cell/cell_internal.h"

#define SLICE_S 0.01 /* between looks at whether to stop */

static void spin(double until_cpu_s)
{
    while (kd_clock_cpu_s() < until_cpu_s) {
    }
}

kd_status kd_cell_run_noop(const kd_resolved *node, const kd_cell_context *context, kd_error *err)
{
    const char *text = kd_resolved_value(node, "noop.seconds");
    double      seconds = text ? atof(text) : 0, begin_s = kd_clock_cpu_s();
    int         slices = (int)ceil(seconds / SLICE_S);
    for (int i = 1; i <= slices; i++) {
        spin(begin_s + fmin(i * SLICE_S, seconds));
        if (context->should_stop && context->should_stop(context->user))
            return kd_fail(err, KD_ESTOPPED, "stopped after %.2f s", i * SLICE_S);
    }
    return KD_OK;
}
