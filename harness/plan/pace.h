/* pace.h - what one training asks of a core, for each token and each update.
 *
 * Of a plan's node it becomes an estimate (estimate.h); held against what a finished training took for
 * its tokens, a lesson (learned.h).
 */
#ifndef KD_PLAN_PACE_H
#define KD_PLAN_PACE_H

#include "harness/plan/plan.h"
#include "harness/plan/rates.h"
#include "models/model.h"

/* Of a process with its libraries, whatever it does. */
#define KD_PLAN_START_S 0.01

/* The seconds of one core that a training asks for. */
typedef struct {
    kd_kind      kind;
    kd_precision precision;
    int          threads;
    double token;  /* there and back, with the PAD it brings, and of its teacher what it is asked */
    double update; /* of the optimizer */
    double look;   /* a token of an evaluation */
    double alone;  /* a token of the sentences that are timed one by one */
    double begin;  /* until it trains, and from its end to a finished object */
} kd_training_pace;

/* Of a network with these values of all settings, in the part of a teacher, a student or a start.
 * `size` may be that of a corpus nobody knows: all zero. */
kd_status kd_training_pace_of(kd_training_pace *out, const char *const *values, kd_plan_part part,
                              kd_plan_inside inside, const kd_corpus_size *size,
                              const kd_machine *machine, kd_error *err);

/* How the keys of its training begin: "teacher.train.". */
const char *kd_plan_train_keys(kd_plan_part part);

#endif
