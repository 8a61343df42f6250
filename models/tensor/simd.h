/* simd.h - loops that the compiler turns into vectors, and exp, tanh, ... that it can follow into.
 *
 *     KD_SIMD void scale(float *x, size_t n) { for (...) x[i] = kd_tanhf(x[i]); }
 *
 * KD_SIMD before a function compiles it for AVX-512, AVX2 with FMA and any x86-64; the program
 * chooses when it starts. The functions have no branches, so that a loop over them becomes
 * vector code at -O3. They are within 3 ulp of the exact value everywhere (tests measure it);
 * infinities and NaN come out as from libm.
 *
 * The polynomials are minimax fits whose coefficients were rounded to float one after
 * another, the rest refitted each time.
 */
#ifndef KD_TENSOR_SIMD_H
#define KD_TENSOR_SIMD_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Sanitizers and coverage look at code before the choice by CPU could have been made. */
#if defined(__x86_64__) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__clang__)
#define KD_SIMD __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KD_SIMD
#endif

static inline float kd_float_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline uint32_t kd_bits_of_float(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* claim ? a : b, by bits: for where the compiler would make a branch of it, and no vectors. */
static inline float kd_choose(int claim, float a, float b)
{
    uint32_t mask = 0u - (uint32_t)claim;
    return kd_float_of_bits((kd_bits_of_float(a) & mask) | (kd_bits_of_float(b) & ~mask));
}

/* x to the nearest bf16, ties to even, as the float that it is. NaN stays NaN. */
static inline float kd_round_bf16(float x)
{
    uint32_t bits = kd_bits_of_float(x);
    uint32_t nearest = bits + 0x7fffu + ((bits >> 16) & 1u);
    return kd_float_of_bits((x == x ? nearest : bits | 0x00400000u) & 0xffff0000u);
}

/* x = n ln 2 + r with |r| <= ln 2 / 2: returns r and leaves n. Adding 1.5 * 2^23 rounds to a
 * whole number; ln 2 is in two parts, the first so short that n times it is exact. */
static inline float kd_split_by_ln2(float x, int32_t *n)
{
    const float magic = 12582912.0f;
    float       shifted = x * 1.44269504f + magic;
    float       whole = shifted - magic;
    *n = (int32_t)(kd_bits_of_float(shifted) - kd_bits_of_float(magic));
    return (x - whole * 0.693145752f) - whole * 1.42860677e-06f;
}

/* e^r - 1 for |r| <= ln 2 / 2 */
static inline float kd_expm1_near_0(float r)
{
    float q = 0.000199443166f;
    q = q * r + 0.0013935942f;
    q = q * r + 0.00833320804f;
    q = q * r + 0.0416664556f;
    q = q * r + 0.166666672f;
    q = q * r + 0.5f;
    return r + (r * r) * q;
}

/* 2^n for -126 <= n <= 127 */
static inline float kd_power_of_2(int32_t n)
{
    return kd_float_of_bits((uint32_t)(n + 127) << 23);
}

/* 2^n is multiplied in two halves, so that results below 2^-126 and above 2^127 come out. */
static inline float kd_expf(float x)
{
    int32_t n;
    float   inside = x > 89.0f ? 89.0f : x;
    inside = inside < -104.0f ? -104.0f : inside;
    float   r = kd_split_by_ln2(inside, &n);
    int32_t half = n >> 1;
    return (1.0f + kd_expm1_near_0(r)) * kd_power_of_2(half) * kd_power_of_2(n - half);
}

/* tanh |x| = t / (t + 2) with t = e^(2|x|) - 1; it is 1 in float from |x| = 9.02 on. */
static inline float kd_tanhf(float x)
{
    int32_t  n;
    uint32_t sign = kd_bits_of_float(x) & 0x80000000u;
    float    a = fabsf(x);
    a = a > 10.0f ? 10.0f : a;
    float r = kd_split_by_ln2(2.0f * a, &n);
    float scale = kd_power_of_2(n);
    float t = scale * kd_expm1_near_0(r) + (scale - 1.0f);
    return kd_float_of_bits(kd_bits_of_float(t / (t + 2.0f)) | sign);
}

/* 1 / (1 + e^-x), by e^-|x| so that neither side loses digits */
static inline float kd_sigmoidf(float x)
{
    float e = kd_expf(-fabsf(x));
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

/* Near 0 an odd polynomial; further out 1 - e^-p(|x|) with p = -log erfc. It is 1 from 3.92 on. */
static inline float kd_erff(float x)
{
    float a = fabsf(x);
    float s = a > 0.92f ? 0.0f : a * a;
    float near = 8.00287744e-05f;
    near = near * s - 0.0008050818f;
    near = near * s + 0.00519246096f;
    near = near * s - 0.0268557407f;
    near = near * s + 0.112836257f;
    near = near * s - 0.376126289f;
    near = near * s + 0.128379166f;
    near = near * a + a;

    float b = a > 4.0f ? 4.0f : a;
    float p = 1.15245666e-05f;
    p = p * b - 0.000325677305f;
    p = p * b + 0.00365387276f;
    p = p * b - 0.0237855967f;
    p = p * b + 0.106263459f;
    p = p * b + 0.63513571f;
    p = p * b + 1.12865222f;
    float far = 1.0f - kd_expf(-p * b);

    float y = a > 0.92f ? far : near;
    return kd_float_of_bits(kd_bits_of_float(y) | (kd_bits_of_float(x) & 0x80000000u));
}

/* x = 2^n (1 + f) with 1 + f in [sqrt 1/2, sqrt 2); log x = n ln 2 + log(1 + f). Values below
 * 2^-126 are first multiplied by 2^23. */
static inline float kd_logf(float x)
{
    float    raise = x < 1.17549435e-38f ? 8388608.0f : 1.0f;
    float    raised_by = x < 1.17549435e-38f ? 23.0f : 0.0f;
    uint32_t bits = kd_bits_of_float(x * raise) - 0x3f3504f3u; /* sqrt 1/2 */
    float    n = (float)((int32_t)bits >> 23) - raised_by;
    float    f = kd_float_of_bits((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    float    q = 0.0675095618f;
    q = q * f - 0.116714492f;
    q = q * f + 0.11883568f;
    q = q * f - 0.124060318f;
    q = q * f + 0.142203271f;
    q = q * f - 0.166679963f;
    q = q * f + 0.20002073f;
    q = q * f - 0.250000089f;
    q = q * f + 0.333333135f;
    float log1p = f - (0.5f * (f * f) - (f * f) * (f * q) - n * 1.42860677e-06f);
    float y = n * 0.693145752f + log1p;
    y = kd_choose(x < INFINITY, y, x + x); /* +inf and NaN stay */
    y = kd_choose(x == 0.0f, -INFINITY, y);
    return kd_choose(x < 0.0f, NAN, y);
}

#endif
