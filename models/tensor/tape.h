/* tape.h - ops compute when they are recorded; the tape walks them back.
 *
 *     create -> [ seed -> op op op ... loss -> backward -> optimizer -> reset ] ... -> destroy
 *                                                                       ^ the only free
 *
 * All memory of a step comes from the tape's arena. Once the largest step has been seen, no
 * step calls malloc. An inference tape keeps nothing for the way back, and nothing recorded
 * on it wants a gradient.
 */
#ifndef KD_TENSOR_TAPE_H
#define KD_TENSOR_TAPE_H

#include "harness/base/arena.h"
#include "harness/base/rng.h"
#include "models/tensor/gemm.h"
#include "models/tensor/share.h"
#include "models/tensor/tensor.h"

typedef struct {
    bool         is_training; /* dropout is active, gradients are kept */
    kd_precision precision;
    int          threads; /* 0 counts as 1; results are reproducible at a fixed number */
} kd_tape_options;

/* The caller owns the tape. KD_INT8 with is_training is a bug. */
kd_tape *kd_tape_create(const kd_tape_options *options);

/* The root of this step's random streams; every dropout on the tape splits its own from it,
 * in order of recording. The default is a fixed root. */
void kd_tape_seed(kd_tape *tape, kd_rng root);

/* What is recorded from here on is of a share of a batch; borrowed until the next one. NULL, as at the beginning: of
 * a whole batch. */
void kd_tape_set_share(kd_tape *tape, const kd_share *share);

/* A constant (N,D) that borrows `values` until reset, and one of its own, undefined memory. */
kd_tensor *kd_tape_constant(kd_tape *tape, int n, int d, const float *values);
kd_tensor *kd_tape_variable(kd_tape *tape, int n, int d);

/* Walk back from `loss` (1,1), whose own gradient is `scale` (1 for a plain step). Adds to
 * the gradients of every parameter that took part. Once per reset. */
void kd_tape_backward(kd_tape *tape, kd_tensor *loss, float scale);

/* The same for whoever has to do with gradients while others are still computed. `complete` is told of each parameter
 * that the tape took, when nothing adds to its gradient any more; `turn` is called after every op. */
typedef struct {
    void (*complete)(void *user, const kd_param *param);
    void (*turn)(void *user);
    void *user;
} kd_way_back;

void kd_tape_walk_back(kd_tape *tape, kd_tensor *loss, float scale, const kd_way_back *way);

/* Forget everything that was recorded and keep the memory. */
void kd_tape_reset(kd_tape *tape);

/* On an inference tape: remember this place, and forget what was recorded after it, so that
 * the layers of a deep network share memory that stays in the caches. */
kd_arena_mark kd_tape_here(const kd_tape *tape);
void          kd_tape_rewind(kd_tape *tape, kd_arena_mark mark);

bool         kd_tape_is_training(const kd_tape *tape);
kd_precision kd_tape_precision(const kd_tape *tape);
int          kd_tape_threads(const kd_tape *tape);
size_t       kd_tape_capacity(const kd_tape *tape); /* bytes; stands still after the largest step */

/* Free the tape and all its tensors. NULL is fine. */
void kd_tape_destroy(kd_tape *tape);

/* ---- for the authors of ops ---- */

struct kd_op {
    const char *name;
    void (*forward)(kd_tensor *y);  /* fills y->x from y->in[...]->x and y->state */
    void (*backward)(kd_tensor *y); /* adds to kd_grad(y->in[...]) from y->g; NULL: constant */
};

/* Memory until reset; memory until the running forward or backward returns. Undefined
 * contents, 64-byte alignment. */
void *kd_tape_alloc(kd_tape *tape, size_t count, size_t size);
void *kd_tape_scratch(kd_tape *tape, size_t count, size_t size);

/* Make y (N,D) = op(in...), run op->forward and return y. `state` (from kd_tape_alloc) is put
 * in y->state first. `in` is copied; entries may be NULL (an optional bias). y wants a
 * gradient when the tape trains and an input does. */
kd_tensor *kd_tape_record(kd_tape *tape, const kd_op *op, int n, int d, void *state, int arity,
                          kd_tensor *const *in);

/* A second output (N,D) of the op that is about to make its main tensor: make it before
 * kd_tape_record, keep it in the state, and join it to the main one after. The op's backward
 * then also runs when only this output received a gradient; either may lack `has_grad`. */
kd_tensor *kd_tape_side(kd_tape *tape, int n, int d);
void       kd_tape_join(kd_tensor *main, kd_tensor *side);

/* A random stream of its own, by order of recording. */
kd_rng kd_tape_stream(kd_tape *tape);

/* How many of these stand in the batch before the tape's own; whether its rows count for nothing; and numbers summed
 * over all shares (an idle one adds none), which of a whole batch are as they were. */
size_t kd_tape_before(const kd_tape *tape, kd_of what);
bool   kd_tape_is_idle(const kd_tape *tape);
void   kd_tape_total(kd_tape *tape, double *numbers, int count);

#endif
