/* rng.h - named streams of random numbers that split.
 *
 *     kd_rng root = kd_rng_root(seed);
 *     kd_rng drop = kd_rng_split(&root, "dropout", layer);
 *
 * A stream depends on its parent's name and seed alone, never on how much was drawn, so a
 * cell gives the same numbers on any rank, in any order of work and after any restart. The
 * generator is xoshiro256++ (Blackman and Vigna 2019), seeded by splitmix64.
 */
#ifndef KD_BASE_RNG_H
#define KD_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t key;      /* the stream's name, from which children are split */
    uint64_t state[4]; /* where it is; a plain struct, so a checkpoint may copy it */
} kd_rng;

kd_rng kd_rng_root(uint64_t seed);
kd_rng kd_rng_split(const kd_rng *parent, const char *name, uint64_t index);

uint64_t kd_rng_next(kd_rng *rng);              /* 64 random bits */
double   kd_rng_uniform(kd_rng *rng);           /* [0, 1) with 53 bits */
uint64_t kd_rng_below(kd_rng *rng, uint64_t n); /* 0 .. n-1 without bias; n > 0 */
double   kd_rng_normal(kd_rng *rng);            /* mean 0, variance 1 */

/* Fill `order` with a random permutation of 0 .. n-1. */
void kd_rng_permute(kd_rng *rng, int32_t *order, size_t n);

#endif
