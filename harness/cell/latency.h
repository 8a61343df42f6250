/* latency.h - how long a person waits for one sentence, on one core.
 *
 * Sentences go through the network one by one, all of them once to warm up and then again by
 * the clock.
 */
#ifndef KD_CELL_LATENCY_H
#define KD_CELL_LATENCY_H

#include "models/model.h"
#include "models/text/pack.h"

typedef struct {
    double median_ms, p95_ms, mean_ms;
} kd_latency;

/* Of the first `most` sentences of the pack, at least one of which there is. */
void kd_latency_measure(kd_latency *out, const kd_model *model, const kd_pack *pack, int most,
                        kd_precision precision);

#endif
