/* op_dropout.c - y = x m / (1-p), m = 1 with probability 1-p: inverted dropout, so that
 * inference does nothing. dx += dy m / (1-p). */
#include "harness/base/status.h"
#include "models/tensor/dropout.h"
#include "models/tensor/op.h"
#include "models/tensor/parallel.h"
#include "models/tensor/simd.h"

enum { GRAIN = 16 };

static inline uint32_t mix(uint32_t h)
{
    h = (h ^ (h >> 16)) * 0x7feb352du;
    h = (h ^ (h >> 15)) * 0x846ca68bu;
    return h ^ (h >> 16);
}

static inline float factor(uint32_t key0, uint32_t key1, uint32_t threshold, float scale,
                           uint32_t i)
{
    return mix(mix(i + key0) + key1) >= threshold ? scale : 0.0f;
}

kd_dropout kd_dropout_create(kd_rng stream, double p)
{
    KD_CHECK(p >= 0.0 && p < 1.0, "dropout of %g", p);
    uint64_t key = kd_rng_next(&stream);

    return (kd_dropout){ .key = { (uint32_t)key, (uint32_t)(key >> 32) },
                         .threshold = (uint32_t)(p * 4294967296.0),
                         .scale = (float)(1.0 / (1.0 - p)) };
}

KD_SIMD void kd_dropout_apply(const kd_dropout *dropout, size_t from, size_t len, const float *x,
                              float *y)
{
    kd_dropout d = *dropout;

    for (size_t i = 0; i < len; i++)
        y[i] = x[i] * factor(d.key[0], d.key[1], d.threshold, d.scale, (uint32_t)(from + i));
}

KD_SIMD void kd_dropout_add(const kd_dropout *dropout, size_t from, size_t len, const float *x,
                            float *y)
{
    kd_dropout d = *dropout;

    for (size_t i = 0; i < len; i++)
        y[i] += x[i] * factor(d.key[0], d.key[1], d.threshold, d.scale, (uint32_t)(from + i));
}

typedef struct {
    kd_dropout dropout;
    size_t     before; /* elements of the whole batch that stand before x */
} dropout_state;

static void dropout_rows(void *user, int begin, int end)
{
    kd_tensor           *y = user;
    const dropout_state *s = y->state;
    size_t               from = (size_t)begin * (size_t)y->d;

    kd_dropout_apply(&s->dropout, s->before + from, (size_t)(end - begin) * (size_t)y->d,
                     y->in[0]->x + from, y->x + from);
}

static void dropout_forward(kd_tensor *y)
{
    kd_parallel(kd_tape_threads(y->tape), y->n, GRAIN, dropout_rows, y);
}

static void dropout_backward(kd_tensor *y)
{
    kd_tensor           *x = y->in[0];
    const dropout_state *s = y->state;

    if (kd_grad_take_over(x, y))
        kd_dropout_apply(&s->dropout, s->before, kd_tensor_len(x), x->g, x->g);
    else
        kd_dropout_add(&s->dropout, s->before, kd_tensor_len(x), y->g, kd_grad(x));
}

static const kd_op dropout_op = { "dropout", dropout_forward, dropout_backward };

static kd_tensor *record(kd_tape *tape, kd_tensor *x, double p, size_t before)
{
    if (!kd_tape_is_training(tape) || p <= 0.0) return x;
    dropout_state *state = kd_tape_alloc(tape, 1, sizeof *state);

    *state = (dropout_state){ kd_dropout_create(kd_tape_stream(tape), p), before };
    return kd_tape_record(tape, &dropout_op, x->n, x->d, state, 1, &x);
}

kd_tensor *kd_op_dropout(kd_tape *tape, kd_tensor *x, double p)
{
    return record(tape, x, p, kd_tape_before(tape, KD_OF_PIECES) * (size_t)x->d);
}

kd_tensor *kd_op_dropout_of_sentences(kd_tape *tape, kd_tensor *x, double p)
{
    return record(tape, x, p, kd_tape_before(tape, KD_OF_SENTENCES) * (size_t)x->d);
}

kd_tensor *kd_op_dropout_of_maps(kd_tape *tape, kd_tensor *x, int heads, double p)
{
    return record(tape, x, p, kd_tape_before(tape, KD_OF_SQUARES) * (size_t)heads);
}
