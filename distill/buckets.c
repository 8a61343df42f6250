/* buckets.c - weights into buckets, once; then a countdown on each way back. */
#include "distill/buckets.h"

#include <stdlib.h>

#include "harness/base/vec.h"

/* Large enough that a message's own cost does not count, small enough that there are several. */
#define LEAST_FLOATS ((size_t)1 << 19)

typedef struct {
    size_t begin, end; /* in the block */
    int    weights;    /* that are trained */
    int    left;       /* of them, on this way back */
} bucket;

struct kd_buckets {
    const kd_peers *peers;
    kd_wire_form    wire;
    float          *gradients;
    KD_VEC(bucket) all;
    int             *of_weight; /* its bucket, by the weight's place in the order of creation */
    size_t           next;      /* the bucket that is begun next */
    const kd_params *params;
};

/* From the last weight to the first. */
static void fill(kd_buckets *b)
{
    size_t end = kd_params_span(b->params);
    bucket at = { .end = end };
    for (int i = kd_params_count(b->params) - 1; i >= 0; i--) {
        const kd_param *param = kd_params_at(b->params, i);
        b->of_weight[i] = (int)b->all.count;
        at.weights += !param->is_frozen;
        at.begin = param->offset;
        if (at.end - at.begin < LEAST_FLOATS && i > 0) continue;
        kd_vec_push(&b->all, at);
        at = (bucket){ .end = at.begin };
    }
}

kd_buckets *kd_buckets_create(const kd_params *params, const kd_peers *peers, kd_wire_form wire)
{
    kd_buckets *b = kd_alloc(1, sizeof *b);
    *b = (kd_buckets){ .peers = peers,
                       .wire = wire,
                       .gradients = kd_params_block(params, KD_GRADIENTS),
                       .params = params };
    b->of_weight = kd_alloc((size_t)kd_params_count(params), sizeof *b->of_weight);
    fill(b);
    return b;
}

void kd_buckets_destroy(kd_buckets *b)
{
    if (!b) return;
    kd_vec_fini(&b->all);
    free(b->of_weight);
    free(b);
}

static void begin_bucket(const kd_buckets *b, const bucket *at)
{
    b->peers->begin(b->peers->user, b->gradients + at->begin, at->end - at->begin, b->wire);
}

static void begin_complete(kd_buckets *b)
{
    for (; b->next < b->all.count && b->all.items[b->next].left == 0; b->next++)
        begin_bucket(b, &b->all.items[b->next]);
}

static void complete(void *user, const kd_param *param)
{
    kd_buckets *b = user;
    if (param->owner != b->params || param->is_frozen) return;
    b->all.items[b->of_weight[param->index]].left--;
    begin_complete(b);
}

static void turn(void *user)
{
    const kd_buckets *b = user;
    b->peers->advance(b->peers->user);
}

void kd_buckets_walk_back(kd_buckets *b, kd_tape *tape, kd_tensor *loss)
{
    kd_way_back way = { complete, turn, b };
    b->next = 0;
    for (size_t i = 0; i < b->all.count; i++) b->all.items[i].left = b->all.items[i].weights;
    kd_tape_walk_back(tape, loss, 1.0f, &way);
    /* weights that this batch's loss did not look at */
    for (size_t i = 0; i < b->all.count; i++) b->all.items[i].left = 0;
    begin_complete(b);
    b->peers->finish(b->peers->user);
}
