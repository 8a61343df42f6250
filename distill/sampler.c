/* sampler.c - two rounds of sentences: those of an epoch, and those that go round by themselves. */
#include "distill/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sentences from `first` on, in the order of the turn at hand. */
typedef struct {
    const char *stream;
    int32_t     first;
    size_t      count;
    int32_t    *order;
    int64_t     turn; /* -1 before the first */
} round_of;

struct kd_sampler {
    kd_sampler_options with;
    int                beside; /* untold sentences of a batch that has a share of them */
    round_of           epoch, untold;
    int32_t           *chosen; /* (batch) */
};

/* ---- shares ---- */

static int untold_of(const kd_sampler_options *o)
{
    int beside = (int)lround(o->share * o->batch);
    if (o->untold == 0 || o->share <= 0) return 0;
    return beside < 1 ? 1 : beside < o->batch ? beside : o->batch - 1;
}

static kd_status too_few(kd_error *err, const char *key, int asked, const char *what, int64_t have)
{
    return kd_fail(err, KD_ECONFIG, "%s: %d is more than the %lld%s sentences there are", key,
                   asked, (long long)have, what);
}

kd_status kd_sampler_check(const kd_sampler_options *o, const char *key, kd_error *err)
{
    int beside = untold_of(o);
    if (o->untold > 0 && o->share > 0 && o->batch == 1)
        return kd_fail(err, KD_ECONFIG,
                       "%s: of 1 sentence no share can be unlabelled (data.unlabelled_share)", key);
    if (beside == 0 && o->batch > o->told + o->untold)
        return too_few(err, key, o->batch, "", o->told + o->untold);
    if (beside > 0 && o->batch - beside > o->told)
        return too_few(err, key, o->batch - beside, " labelled", o->told);
    return beside > o->untold ? too_few(err, key, beside, " unlabelled", o->untold) : KD_OK;
}

/* ---- rounds ---- */

static void begin_round(round_of *r, const char *stream, int64_t first, int64_t count)
{
    *r =
        (round_of){ .stream = stream, .first = (int32_t)first, .count = (size_t)count, .turn = -1 };
    r->order = kd_alloc(r->count, sizeof *r->order);
}

static void turn_to(round_of *r, const kd_sampler_options *o, int64_t turn)
{
    if (r->turn == turn) return;
    if (o->is_random) {
        kd_rng rng = kd_rng_split(&o->root, r->stream, (uint64_t)turn);
        kd_rng_permute(&rng, r->order, r->count);
    } else {
        for (size_t i = 0; i < r->count; i++) r->order[i] = (int32_t)i;
    }
    for (size_t i = 0; i < r->count; i++) r->order[i] += r->first;
    r->turn = turn;
}

kd_sampler *kd_sampler_create(const kd_sampler_options *options)
{
    kd_sampler *sampler = kd_alloc(1, sizeof *sampler);
    *sampler = (kd_sampler){ .with = *options, .beside = untold_of(options) };
    int64_t all = options->told + options->untold;
    begin_round(&sampler->epoch, "shuffle", 0, sampler->beside ? options->told : all);
    if (sampler->beside)
        begin_round(&sampler->untold, "unlabelled", options->told, options->untold);
    sampler->chosen = kd_alloc((size_t)options->batch, sizeof *sampler->chosen);
    return sampler;
}

int kd_sampler_batches(const kd_sampler *sampler)
{
    size_t own = (size_t)(sampler->with.batch - sampler->beside);
    return (int)((sampler->epoch.count + own - 1) / own);
}

static void choose_untold(kd_sampler *sampler, int64_t since, int32_t *to)
{
    int64_t count = (int64_t)sampler->untold.count, at = since * sampler->beside;
    for (int i = 0; i < sampler->beside; i++, at++) {
        turn_to(&sampler->untold, &sampler->with, at / count);
        to[i] = sampler->untold.order[at % count];
    }
}

const int32_t *kd_sampler_choose(kd_sampler *sampler, int epoch, int batch, int64_t since,
                                 int *count)
{
    size_t own = (size_t)(sampler->with.batch - sampler->beside), first = (size_t)batch * own;
    size_t left = sampler->epoch.count - first;
    size_t told = left < own ? left : own;
    turn_to(&sampler->epoch, &sampler->with, epoch);
    memcpy(sampler->chosen, sampler->epoch.order + first, told * sizeof *sampler->chosen);
    choose_untold(sampler, since, sampler->chosen + told);
    *count = (int)told + sampler->beside;
    return sampler->chosen;
}

void kd_sampler_destroy(kd_sampler *sampler)
{
    if (!sampler) return;
    free(sampler->epoch.order);
    free(sampler->untold.order);
    free(sampler->chosen);
    free(sampler);
}
