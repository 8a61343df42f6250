/* schedule.h - how the weight of a loss part goes while training: one table of shapes.
 *
 *     tau = s / (S-1) at update s of S (0 when S is 1)        w = from + (to - from) a(tau)
 *
 *     linear  tau                       step   0 before tau = 1/2, then 1
 *     cosine  (1 - cos(pi tau)) / 2     const  1/2, half way, always
 *     exp     (1 - e^-5tau) / (1 - e^-5)
 */
#ifndef KD_DISTILL_SCHEDULE_H
#define KD_DISTILL_SCHEDULE_H

#include <stdbool.h>

#include "harness/base/setting.h"

/* A word for each shape, and the function of schedule.c. */
#define KD_SHAPES(X)            \
    X(LINEAR, "linear", linear) \
    X(COSINE, "cosine", cosine) \
    X(EXP, "exp", exponential)  \
    X(STEP, "step", step)       \
    X(CONST, "const", constant) \
    X(OFF, "off", NULL) /* the part is left out */

typedef enum {
#define X(name, word, function) KD_SHAPE_##name,
    KD_SHAPES(X)
#undef X
} kd_shape_kind;

extern const kd_choice kd_shape_words[];

/* What the weight of one part does. */
typedef struct {
    kd_shape_kind shape;
    double        from, to;
} kd_part_schedule;

double kd_schedule_progress(int update, int updates); /* tau */

/* The weight at tau; 0 for a part that is off. */
double kd_schedule_weight(const kd_part_schedule *part, double tau);

bool kd_schedule_is_off(const kd_part_schedule *part);

#endif
