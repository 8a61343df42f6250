/* order.c - two rounds of sentences: those of an epoch, and those that go round by themselves. */
#include "distill/order.h"

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

struct kd_order {
    kd_order_options with;
    int              beside; /* untold sentences of a batch that has a share of them */
    round_of         epoch, untold;
    int32_t         *chosen; /* (batch) */
};

/* ---- shares ---- */

static int untold_of(const kd_order_options *o)
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

kd_status kd_order_check(const kd_order_options *o, const char *key, kd_error *err)
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
    *r = (round_of){ .stream = stream, .first = (int32_t)first, .count = (size_t)count, .turn = -1 };
    r->order = kd_alloc(r->count, sizeof *r->order);
}

static void turn_to(round_of *r, const kd_order_options *o, int64_t turn)
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

kd_order *kd_order_create(const kd_order_options *options)
{
    kd_order *order = kd_alloc(1, sizeof *order);
    *order = (kd_order){ .with = *options, .beside = untold_of(options) };
    int64_t all = options->told + options->untold;
    begin_round(&order->epoch, "shuffle", 0, order->beside ? options->told : all);
    if (order->beside)
        begin_round(&order->untold, "unlabelled", options->told, options->untold);
    order->chosen = kd_alloc((size_t)options->batch, sizeof *order->chosen);
    return order;
}

int kd_order_batches(const kd_order *order)
{
    size_t own = (size_t)(order->with.batch - order->beside);
    return (int)((order->epoch.count + own - 1) / own);
}

static void choose_untold(kd_order *order, int64_t since, int32_t *to)
{
    int64_t count = (int64_t)order->untold.count, at = since * order->beside;
    for (int i = 0; i < order->beside; i++, at++) {
        turn_to(&order->untold, &order->with, at / count);
        to[i] = order->untold.order[at % count];
    }
}

const int32_t *kd_order_choose(kd_order *order, int epoch, int batch, int64_t since, int *count)
{
    size_t own = (size_t)(order->with.batch - order->beside), first = (size_t)batch * own;
    size_t left = order->epoch.count - first;
    size_t told = left < own ? left : own;
    turn_to(&order->epoch, &order->with, epoch);
    memcpy(order->chosen, order->epoch.order + first, told * sizeof *order->chosen);
    choose_untold(order, since, order->chosen + told);
    *count = (int)told + order->beside;
    return order->chosen;
}

void kd_order_destroy(kd_order *order)
{
    if (!order) return;
    free(order->epoch.order);
    free(order->untold.order);
    free(order->chosen);
    free(order);
}
