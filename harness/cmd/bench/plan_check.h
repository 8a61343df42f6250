/* plan_check.h - estimates of `kdgrid plan` held against cells that are run. */
#ifndef KD_CMD_BENCH_PLAN_CHECK_H
#define KD_CMD_BENCH_PLAN_CHECK_H

#include <stdbool.h>

#include "harness/base/status.h"

/* How far a ratio of measured to estimated may be from 1, either way. */
#define KD_PLAN_CHECK_FACTOR 1.5

/* Train a network of every kind in two precisions and some sizes, and some that are augmented or taught;
 * print seconds estimated and measured of each node. KD_EFAILED when one is further off than the factor. */
kd_status kd_plan_check(bool as_json, kd_error *err);

#endif
