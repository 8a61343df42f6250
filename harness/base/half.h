/* half.h - numbers of 16 bits, as IEEE 754 calls binary16: 11 bits of precision, up to 65504. */
#ifndef KD_BASE_HALF_H
#define KD_BASE_HALF_H

#include <stddef.h>
#include <stdint.h>

/* Round to the nearest, to even in the middle. What is too large becomes infinite. */
void kd_halves_encode(size_t count, const float *from, uint16_t *to);

/* Exact. */
void kd_halves_decode(size_t count, const uint16_t *from, float *to);

#endif
