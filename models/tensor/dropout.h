/* dropout.h - which elements a dropout keeps, as a function of their place.
 *
 * Element i of a stream is kept when hash(key, i) is at least p * 2^32. Nothing is drawn in
 * order and nothing is stored: forward and backward ask the same question, any span of
 * elements can be asked about by any thread, and the loop becomes vector code. The hash is two
 * rounds of the 32-bit mixer "lowbias32" (Wellons 2018), each after adding half the key.
 */
#ifndef KD_TENSOR_DROPOUT_H
#define KD_TENSOR_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/rng.h"

typedef struct {
    uint32_t key[2];
    uint32_t threshold; /* p * 2^32 */
    float    scale;     /* 1 / (1-p) */
} kd_dropout;

/* A dropout with its own stream; 0 <= p < 1. */
kd_dropout kd_dropout_create(kd_rng stream, double p);

/* y_i = keep(from + i) ? x_i / (1-p) : 0; y may be x. */
void kd_dropout_apply(const kd_dropout *dropout, size_t from, size_t len, const float *x, float *y);

/* y_i += the same. */
void kd_dropout_add(const kd_dropout *dropout, size_t from, size_t len, const float *x, float *y);

#endif
