/* optim.h - AdamW over the blocks of a kd_params, with clipping and a schedule.
 *
 *     gradients of A micro-batches, summed      kd_optim_step(optim, 1.0 / A, ...)
 *         -> norm -> clip -> moments -> update -> decay, one pass over memory
 *         -> gradients are zero again, kd_params_touch
 *
 * m = b1 m + (1-b1) g, v = b2 v + (1-b2) g^2, c1 = 1 - b1^t, c2 = 1 - b2^t, t from 1. Two forms
 * are in use; they differ in where eps and decay act:
 *
 *     pre    p -= lr sqrt(c2)/c1 m / (sqrt(v) + eps), then p -= lr decay p       (eps 1e-6)
 *     post   p -= lr decay p, then p -= lr/c1 m / (sqrt(v/c2) + eps)             (eps 1e-8)
 *
 * `pre` is the published recipes' (the old transformers AdamW), `post` is torch.optim.AdamW.
 */
#ifndef KD_TENSOR_OPTIM_H
#define KD_TENSOR_OPTIM_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/base/setting.h"
#include "harness/base/status.h"
#include "models/tensor/params.h"

typedef enum { KD_EPS_PRE, KD_EPS_POST } kd_eps_style;
typedef enum { KD_DECAY_ALL, KD_DECAY_MATRICES } kd_decay;
typedef enum { KD_RATE_CONSTANT, KD_RATE_LINEAR, KD_RATE_COSINE } kd_rate_schedule;

typedef struct {
    double           lr;
    double           beta1, beta2;
    double           eps;
    kd_eps_style     eps_style;
    double           weight_decay;
    kd_decay         decay;
    double           clip; /* largest global norm of the gradient; 0: any */
    kd_rate_schedule schedule;
    int              warmup; /* updates */
} kd_optim_options;

extern const kd_setting kd_optim_settings[];

/* What the rate is multiplied with at `update` (from 0) of `total`: s/w in the warm-up, then 1,
 * (T-s)/(T-w) or (1 + cos(pi (s-w)/(T-w)))/2. */
double kd_optim_schedule(const kd_optim_options *options, int64_t update, int64_t total);

typedef struct kd_optim kd_optim;

/* What an update did. */
typedef struct {
    double norm; /* of the scaled gradient, before clipping */
    double clip; /* what it was multiplied with, at most 1 */
    double rate; /* lr times the schedule */
} kd_optim_report;

/* The caller owns the optimizer; it borrows `params`, which hold the moments. `total` is the
 * count of updates that the schedule is made for. */
kd_optim *kd_optim_create(const kd_optim_options *options, kd_params *params, int64_t total);

/* One update from the summed gradients, each multiplied by `scale`. KD_EDIVERGED, with the name
 * of a weight, when one is not finite; nothing is changed then. `report` may be NULL. */
kd_status kd_optim_step(kd_optim *optim, double scale, kd_optim_report *report, kd_error *err);

/* How many updates were made. A checkpoint keeps this number and the blocks of `params`. */
int64_t kd_optim_updates(const kd_optim *optim);
void    kd_optim_resume(kd_optim *optim, int64_t updates);

/* Free the optimizer but not the params. NULL is fine. */
void kd_optim_destroy(kd_optim *optim);

#endif
