/* crf_steps.h - from the scores of one row's tags to those of its neighbour's.
 *
 *     in (K) of row t --step, T--> out (K) of row t+1         out_j = log sum_i e^(in_i + T_ij)
 *     in (K) of row t+1 --step, T transposed--> out (K) of row t
 *
 * A sum of K terms would cost K exponentials. Instead e^T is made once, and out = log(e^in e^T):
 * 2 K of them and K^2 multiplications. The largest in and the largest T are taken out before, so
 * nothing overflows. What is more than 87 below them is lost in float; where a sum has nothing
 * larger than that, that column is summed again in double from its logarithms. So the answer is
 * good to float's digits for scores of any size, and -inf exactly where no step is allowed.
 *
 * Rows of K tags are W floats long here, a multiple of 8: whole vectors, -inf (or 0) behind K.
 */
#ifndef KD_TENSOR_CRF_STEPS_H
#define KD_TENSOR_CRF_STEPS_H

#include "models/tensor/op.h"

enum { KD_CRF_LANES = 8 };

/* All steps in one direction, row by column. */
typedef struct {
    float *score; /* (K,W) -inf where forbidden */
    float *power; /* (K,W) e^(score - peak) */
    float  peak;  /* the largest score */
} kd_crf_links;

typedef struct {
    int          tags, width;  /* K, W */
    kd_crf_links onward, back; /* T, and its transpose */
    float       *start, *end;  /* (W) -inf where forbidden */
    const float *raw;          /* (K,K) T, nothing forbidden */
} kd_crf_steps;

/* Lives until reset. */
kd_crf_steps kd_crf_steps_make(kd_tape *tape, const kd_crf_weights *weights);

/* One step that is allowed although it is forbidden, forward only. */
typedef struct {
    int from, to;
} kd_crf_step;

#define KD_CRF_NO_STEP ((kd_crf_step){ -1, -1 })

/* out + the returned number is log sum_i e^(in_i + T_ij); out may not be in. */
float kd_crf_step_run(const kd_crf_steps *steps, const kd_crf_links *links, kd_crf_step besides,
                      const float *in, float *out);

/* The way back of it: add to din what dout gives, and to flow (K,W) what passes each step, which is
 * the slope by its score. */
void kd_crf_step_back(const kd_crf_steps *steps, const kd_crf_links *links, kd_crf_step besides,
                      const float *in, const float *dout, float *din, float *flow);

/* out_j = max_i (in_i + T_ij), from_j the first such i. */
void kd_crf_step_best(const kd_crf_steps *steps, const float *in, float *out, int32_t *from);

#endif
