#include "tests/tensor/gradcheck.h"

#include <float.h>
#include <math.h>

#include "tests/support/support.h"

#define STEP 4e-3

/* Of one sum of a network, in units of its last place: errors of the layers below it add up. */
#define ROUNDINGS 8.0

enum { PLACES = KD_SANITIZED ? 24 : 512 }; /* of a weight, or twice as many */

/* ---- y -> sum(r y), kept in double for the differences ---- */

typedef struct {
    float *r;
    double sum;
    double norm; /* of what is summed: its rounding is as large as that */
} dot_state;

static void dot_forward(kd_tensor *y)
{
    dot_state *state = y->state;

    double squares = 0.0;
    state->sum = 0.0;
    for (size_t i = 0; i < kd_tensor_len(y->in[0]); i++) {
        double term = (double)state->r[i] * (double)y->in[0]->x[i];
        state->sum += term;
        squares += term * term;
    }
    state->norm = sqrt(squares);
    y->x[0] = (float)state->sum;
}

static void dot_backward(kd_tensor *y)
{
    const dot_state *state = y->state;
    float           *g = kd_grad(y->in[0]);

    for (size_t i = 0; i < kd_tensor_len(y->in[0]); i++) g[i] += y->g[0] * state->r[i];
}

static const kd_op dot_op = { "dot", dot_forward, dot_backward };

kd_tensor *kd_gradcheck_dot(kd_tape *tape, kd_tensor *y, uint64_t seed)
{
    kd_rng     rng = kd_rng_root(seed);
    dot_state *state = kd_tape_alloc(tape, 1, sizeof *state);

    state->r = kd_tape_alloc(tape, kd_tensor_len(y), sizeof *state->r);
    for (size_t i = 0; i < kd_tensor_len(y); i++)
        state->r[i] = (float)(2.0 * kd_rng_uniform(&rng) - 1.0);
    return kd_tape_record(tape, &dot_op, 1, 1, state, 1, &y);
}

/* ---- the check ---- */

static kd_tensor *record(kd_tape *tape, kd_piece *piece, void *user)
{
    return kd_gradcheck_dot(tape, piece(tape, user), 5);
}

/* L with one number of one weight moved. */
static double loss_at(kd_tape *tape, kd_params *params, float *place, double value, kd_piece *piece,
                      void *user)
{
    float before = *place;

    *place = (float)value;
    kd_params_touch(params);
    double sum = ((dot_state *)record(tape, piece, user)->state)->sum;
    kd_tape_reset(tape);
    *place = before;
    return sum;
}

/* The slope at one place of a weight, by differences. */
static double slope_at(kd_tape *tape, kd_params *params, float *place, kd_piece *piece, void *user)
{
    double at = (double)*place;
    double up = loss_at(tape, params, place, at + STEP, piece, user);
    double down = loss_at(tape, params, place, at - STEP, piece, user);
    return (up - down) / ((double)(float)(at + STEP) - (double)(float)(at - STEP));
}

/* Gradients are held against their own size and that of their weight's largest one, so that a weight
 * whose gradients are all small is looked at as closely as any; `noise` is what floats leave in the
 * differences. */
static void check_weight(kd_tape *tape, kd_params *params, kd_param *param, kd_piece *piece,
                         void *user, double tolerance, double noise)
{
    size_t stride =
        param->length / (size_t)PLACES | 1; /* odd, so that it meets every column of most */
    double largest = 0;

    for (size_t i = 0; i < param->length; i++)
        largest = fmax(largest, fabs((double)param->value.g[i]));
    for (size_t i = 0; i < param->length; i += stride) {
        double want = slope_at(tape, params, &param->value.x[i], piece, user);
        double got = (double)param->value.g[i];
        double allowed = tolerance * fmax(fabs(want), fmin(1.0, largest)) + noise;

        if (!(fabs(got - want) <= allowed))
            fail_msg("%s[%zu]: the gradient is %g, differences say %g", param->name, i, got, want);
    }
}

void kd_assert_gradients(kd_params *params, kd_piece *piece, void *user, double tolerance)
{
    kd_tape *tape = kd_tape_create(&(kd_tape_options){ .is_training = true });

    kd_params_clear_gradients(params);
    kd_tensor *loss = record(tape, piece, user);
    double     noise = ROUNDINGS * FLT_EPSILON * (1.0 + ((dot_state *)loss->state)->norm) / STEP;
    kd_tape_backward(tape, loss, 1.0f);
    kd_tape_reset(tape);
    for (int i = 0; i < kd_params_count(params); i++)
        if (!kd_params_at(params, i)->is_frozen)
            check_weight(tape, params, kd_params_at(params, i), piece, user, tolerance, noise);
    kd_tape_destroy(tape);
}
