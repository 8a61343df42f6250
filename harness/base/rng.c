/* rng.c - xoshiro256++ streams, keyed by name. */
#include "harness/base/rng.h"

#include <math.h>
#include <string.h>

/* splitmix64: a bijection that spreads neighbouring keys far apart. */
static uint64_t mix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static kd_rng stream_of(uint64_t key)
{
    kd_rng   rng = { .key = key };
    uint64_t state = key;
    for (int i = 0; i < 4; i++) rng.state[i] = mix(&state);
    return rng;
}

kd_rng kd_rng_root(uint64_t seed)
{
    uint64_t state = seed ^ 0x6b64677269642e31u; /* "kdgrid.1" */
    return stream_of(mix(&state));
}

kd_rng kd_rng_split(const kd_rng *parent, const char *name, uint64_t index)
{
    uint64_t key = parent->key;
    for (const char *c = name; *c; c++) {
        key ^= (unsigned char)*c;
        key = mix(&key);
    }
    key ^= index;
    return stream_of(mix(&key));
}

static uint64_t rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

uint64_t kd_rng_next(kd_rng *rng)
{
    uint64_t *s = rng->state;
    uint64_t  result = rotate(s[0] + s[3], 23) + s[0];
    uint64_t  t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double kd_rng_uniform(kd_rng *rng)
{
    return (double)(kd_rng_next(rng) >> 11) * 0x1p-53;
}

/* Lemire 2019: a multiplication in place of a division, with the biased values drawn again. */
uint64_t kd_rng_below(kd_rng *rng, uint64_t n)
{
    __extension__ typedef unsigned __int128 wide;
    wide                                    m = (wide)kd_rng_next(rng) * n;
    uint64_t                                low = (uint64_t)m;
    if (low < n) {
        uint64_t least = -n % n;
        while (low < least) {
            m = (wide)kd_rng_next(rng) * n;
            low = (uint64_t)m;
        }
    }
    return (uint64_t)(m >> 64);
}

/* Marsaglia's polar method; the second value is left, so that a draw depends on nothing before
 * it but the state. */
double kd_rng_normal(kd_rng *rng)
{
    for (;;) {
        double u = 2.0 * kd_rng_uniform(rng) - 1.0;
        double v = 2.0 * kd_rng_uniform(rng) - 1.0;
        double s = u * u + v * v;
        if (s > 0.0 && s < 1.0) return u * sqrt(-2.0 * log(s) / s);
    }
}

void kd_rng_permute(kd_rng *rng, int32_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t j = (size_t)kd_rng_below(rng, i + 1);
        order[i] = order[j];
        order[j] = (int32_t)i;
    }
}
