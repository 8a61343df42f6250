/* tape.c - a list of tensors, newest first, and the arena they come from.
 *
 * Walking back in the reverse order of recording meets every tensor after all that used it,
 * so its gradient is complete when its op's backward runs. A second output stands in front of
 * its main tensor in time, and what uses it comes later still, so that holds for both.
 */
#include "models/tensor/tape.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/params.h"

/* Far larger than a tensor, so that little is left over at the ends of blocks; pages that are
 * never touched cost nothing. */
#define BLOCK_BYTES ((size_t)64 << 20)

struct kd_tape {
    kd_tape_options options;
    kd_arena       *arena;
    kd_arena       *scratch; /* emptied after every forward and backward */
    const kd_share *share;   /* NULL: a whole batch */
    kd_rng          root;
    uint64_t        streams; /* split from root so far */
    kd_tensor      *last;    /* newest; each leads to the one before it */
    bool            is_started, is_walked;
};

kd_tape *kd_tape_create(const kd_tape_options *options)
{
    KD_CHECK(!(options->is_training && options->precision == KD_INT8), "int8 is for inference");
    kd_tape *tape = kd_alloc(1, sizeof *tape);

    tape->options = *options;
    if (tape->options.threads < 1) tape->options.threads = 1;
    tape->arena = kd_arena_create(BLOCK_BYTES);
    tape->scratch = kd_arena_create(BLOCK_BYTES / 4);
    tape->root = kd_rng_root(0);
    return tape;
}

void kd_tape_destroy(kd_tape *tape)
{
    if (!tape) return;
    kd_arena_destroy(tape->arena);
    kd_arena_destroy(tape->scratch);
    free(tape);
}

void kd_tape_reset(kd_tape *tape)
{
    kd_arena_reset(tape->arena);
    tape->last = NULL;
    tape->streams = 0;
    tape->is_started = tape->is_walked = false;
}

kd_arena_mark kd_tape_here(const kd_tape *tape)
{
    return kd_arena_here(tape->arena);
}

void kd_tape_rewind(kd_tape *tape, kd_arena_mark mark)
{
    KD_CHECK(!tape->options.is_training, "a training tape is only reset as a whole");
    kd_arena_rewind(tape->arena, mark);
}

void kd_tape_seed(kd_tape *tape, kd_rng root)
{
    tape->root = root;
    tape->streams = 0;
}

void kd_tape_set_share(kd_tape *tape, const kd_share *share)
{
    tape->share = share;
}

size_t kd_tape_before(const kd_tape *tape, kd_of what)
{
    return tape->share ? tape->share->before[what] : 0;
}

bool kd_tape_is_idle(const kd_tape *tape)
{
    return tape->share && tape->share->is_idle;
}

void kd_tape_total(kd_tape *tape, double *numbers, int count)
{
    const kd_share *share = tape->share;

    if (!share || !share->total) return;
    for (int i = 0; share->is_idle && i < count; i++) numbers[i] = 0.0;
    share->total(share->user, numbers, count);
}

kd_rng kd_tape_stream(kd_tape *tape)
{
    return kd_rng_split(&tape->root, "op", tape->streams++);
}

bool kd_tape_is_training(const kd_tape *tape)
{
    return tape->options.is_training;
}
kd_precision kd_tape_precision(const kd_tape *tape)
{
    return tape->options.precision;
}
int kd_tape_threads(const kd_tape *tape)
{
    return tape->options.threads;
}

size_t kd_tape_capacity(const kd_tape *tape)
{
    return kd_arena_capacity(tape->arena) + kd_arena_capacity(tape->scratch);
}

void *kd_tape_alloc(kd_tape *tape, size_t count, size_t size)
{
    return kd_arena_alloc(tape->arena, count, size);
}

void *kd_tape_scratch(kd_tape *tape, size_t count, size_t size)
{
    return kd_arena_alloc(tape->scratch, count, size);
}

/* ---- recording ---- */

static kd_tensor *make_tensor(kd_tape *tape, int n, int d)
{
    KD_CHECK(n >= 0 && d >= 0, "a tensor of %d x %d", n, d);
    kd_tensor *y = kd_arena_zero(tape->arena, 1, sizeof *y);

    y->n = n;
    y->d = d;
    y->tape = tape;
    return y;
}

kd_tensor *kd_tape_variable(kd_tape *tape, int n, int d)
{
    kd_tensor *y = make_tensor(tape, n, d);

    y->x = kd_tape_alloc(tape, kd_tensor_len(y), sizeof(float));
    return y;
}

kd_tensor *kd_tape_constant(kd_tape *tape, int n, int d, const float *values)
{
    kd_tensor *y = make_tensor(tape, n, d);

    y->x = (float *)values; /* no op writes to its inputs */
    return y;
}

static bool any_wants_grad(int arity, kd_tensor *const *in)
{
    for (int i = 0; i < arity; i++)
        if (in[i] && in[i]->wants_grad) return true;
    return false;
}

kd_tensor *kd_tape_record(kd_tape *tape, const kd_op *op, int n, int d, void *state, int arity,
                          kd_tensor *const *in)
{
    kd_tensor *y = kd_tape_variable(tape, n, d);

    y->op = op;
    y->state = state;
    y->arity = arity;
    y->in = kd_tape_alloc(tape, (size_t)arity, sizeof *y->in);
    for (int i = 0; i < arity; i++) y->in[i] = in[i];
    y->wants_grad = tape->options.is_training && any_wants_grad(arity, in);
    if (!tape->is_started) kd_gemm_set_threads(tape->options.threads);
    tape->is_started = true;
    if (tape->options.is_training) {
        y->before = tape->last;
        tape->last = y;
    }
    op->forward(y);
    kd_arena_reset(tape->scratch);
    return y;
}

kd_tensor *kd_tape_side(kd_tape *tape, int n, int d)
{
    return kd_tape_variable(tape, n, d);
}

void kd_tape_join(kd_tensor *main, kd_tensor *side)
{
    side->wants_grad = main->wants_grad;
    side->next_side = main->side;
    main->side = side;
}

/* ---- walking back ---- */

static bool is_reached(const kd_tensor *y)
{
    if (y->has_grad) return true;
    for (const kd_tensor *side = y->side; side; side = side->next_side)
        if (side->has_grad) return true;
    return false;
}

/* A gradient is complete after the op that took its weight first: that is the last one on the way back. */
static void note_first_ops(const kd_tape *tape)
{
    for (const kd_tensor *y = tape->last; y; y = y->before)
        for (int i = 0; i < y->arity; i++)
            if (y->in[i] && y->in[i]->param) y->in[i]->param->first_op = y;
}

static void tell_complete(const kd_way_back *way, const kd_tensor *y)
{
    for (int i = 0; i < y->arity; i++) {
        kd_param *param = y->in[i] ? y->in[i]->param : NULL;
        if (!param || param->first_op != y) continue;
        param->first_op = NULL; /* told once, though the op may take it twice */
        way->complete(way->user, param);
    }
}

void kd_tape_walk_back(kd_tape *tape, kd_tensor *loss, float scale, const kd_way_back *way)
{
    KD_CHECK(tape->options.is_training, "an inference tape cannot be walked back");
    KD_CHECK(!tape->is_walked, "a tape is walked back once");
    KD_CHECK(loss->n == 1 && loss->d == 1, "a loss of %d x %d", loss->n, loss->d);
    tape->is_walked = true;
    if (!loss->wants_grad) return;
    kd_grad(loss)[0] += scale;
    if (way) note_first_ops(tape);
    for (kd_tensor *y = tape->last; y; y = y->before) {
        if (y->wants_grad && is_reached(y)) y->op->backward(y);
        kd_arena_reset(tape->scratch);
        if (!way) continue;
        tell_complete(way, y);
        way->turn(way->user);
    }
}

void kd_tape_backward(kd_tape *tape, kd_tensor *loss, float scale)
{
    kd_tape_walk_back(tape, loss, scale, NULL);
}

/* ---- gradients: they come into being when somebody first adds to them ---- */

/* Allocate x->g if need be. True when nobody has written to it yet. */
static bool open_gradient(kd_tensor *x)
{
    if (x->has_grad) return false;
    if (!x->g) x->g = kd_tape_alloc(x->tape, kd_tensor_len(x), sizeof(float));
    x->has_grad = true;
    return true;
}

float *kd_grad(kd_tensor *x)
{
    if (!x || !x->wants_grad) return NULL;
    if (open_gradient(x)) memset(x->g, 0, kd_tensor_len(x) * sizeof(float));
    return x->g;
}

bool kd_grad_take_over(kd_tensor *x, kd_tensor *y)
{
    KD_CHECK(kd_tensor_len(x) == kd_tensor_len(y), "a gradient of %zu taken over by %zu",
             kd_tensor_len(y), kd_tensor_len(x));
    if (!x->wants_grad || x->has_grad || x->g) return false;
    x->g = y->g;
    x->has_grad = true;
    return true;
}

float kd_grad_beta(kd_tensor *x)
{
    KD_CHECK(x->wants_grad, "a gradient is written that nobody wants");
    return open_gradient(x) ? 0.0f : 1.0f;
}
