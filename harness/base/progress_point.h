/* progress_point.h - how far a cell is: one form on all its way from the trainer to who watches.
 *
 *     trainer -> pipe, a line -> worker -> message -> coordinator -> STORE/live, the bar
 *
 * As a line it is words in pairs, so that either end may know more of them than the other:
 *
 *     epoch 3 epochs 50 loss 0.41 score 0.72
 */
#ifndef KD_BASE_PROGRESS_POINT_H
#define KD_BASE_PROGRESS_POINT_H

#include <math.h>
#include <stdint.h>

#include "harness/base/str.h"

typedef struct {
    double  loss, score;   /* NaN until told; the score is its task's main figure on devel */
    int32_t epoch, epochs; /* 0 until it told */
} kd_progress_point;

/* clang-format off */
#define KD_PROGRESS_POINT_INIT { .loss = NAN, .score = NAN }
/* clang-format on */

/* The line, without an end; numbers that are NaN are left out. */
void kd_progress_point_print(const kd_progress_point *point, kd_str *out);

/* Take what a line tells, which is cut into words; other words, and what is no number, are passed over. */
void kd_progress_point_read(kd_progress_point *point, char *line);

#endif
