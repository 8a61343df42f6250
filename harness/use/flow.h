/* flow.h - from an intake through a predictor to an output, by several threads, in order.
 *
 *     thread 1   take portion 1 | ask              | write 1 | take 3 ...
 *     thread 2                  | take 2 | ask | (waits) ... | write 2 | ...
 *
 * One thread at a time takes, one at a time writes, all ask at once. There are as many portions as
 * threads, so memory does not depend on how much there is to read.
 */
#ifndef KD_USE_FLOW_H
#define KD_USE_FLOW_H

#include "harness/use/intake.h"
#include "harness/use/output.h"
#include "harness/use/predictor.h"

typedef struct {
    int64_t sentences, words;
    int64_t long_rows; /* seen in windows, or cut */
    int64_t unmarked;  /* of relations: sentences without the marks of a pair */
} kd_flow_counts;

/* Called after each portion, by one thread at a time, with the counts so far. */
typedef struct {
    void (*on_portion)(void *user, const kd_flow_counts *counts); /* or NULL */
    void *user;
} kd_flow_watch;

/* Until the intake is empty or something fails. What was answered before is written in any case. */
kd_status kd_flow_run(const kd_predictor *predictor, kd_intake *intake, kd_output *output,
                      int threads, kd_flow_watch watch, kd_flow_counts *counts, kd_error *err);

#endif
