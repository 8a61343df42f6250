/* sampler.h - which sentences are in which batch.
 *
 *     told, then untold    a pack: sentences with labels, and behind them those without (models/text/unlabelled.h)
 *     share 0              all of them, in a new order every epoch: an epoch goes once through all
 *     share s              of every b sentences u = s b, rounded to 1 .. b - 1, are untold. An epoch goes once through the told;
 *                          the untold go round by themselves, in a new order every round, wherever an epoch ends
 *
 * Every order comes from a stream named by its epoch or its round, so what is in a batch follows from its number alone. Two
 * trainings of as many updates of as many sentences cost the same, whatever their share: that is what `steps` is for.
 */
#ifndef KD_DISTILL_SAMPLER_H
#define KD_DISTILL_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/base/rng.h"
#include "harness/base/status.h"

typedef struct {
    int     batch; /* sentences */
    int64_t told, untold;
    double  share;     /* has no meaning where none is untold */
    bool    is_random; /* else the order of the file */
    kd_rng  root;      /* of the streams */
} kd_sampler_options;

/* KD_ECONFIG, behind the name of the setting `key`, when there are fewer sentences, of either sort, than a batch has. */
kd_status kd_sampler_check(const kd_sampler_options *options, const char *key, kd_error *err);

typedef struct kd_sampler kd_sampler;

/* For options that were checked, which are copied. */
kd_sampler *kd_sampler_create(const kd_sampler_options *options);

int kd_sampler_batches(const kd_sampler *sampler); /* of an epoch */

/* The `count` numbers of the sentences of a batch of an epoch, the `since`-th since the start; borrowed until the next call. */
const int32_t *kd_sampler_choose(kd_sampler *sampler, int epoch, int batch, int64_t since,
                                 int *count);

void kd_sampler_destroy(kd_sampler *sampler); /* NULL is fine */

#endif
