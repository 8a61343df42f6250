/* half.c - sign 1 bit, exponent 5 (bias 15), fraction 10.
 *
 *     exponent 0    fraction * 2^-24, zero among them
 *     exponent 31   infinite, or no number when the fraction is not 0 */
#include "harness/base/half.h"

#include <math.h>
#include <string.h>

enum { SIGN = 0x8000, INFINITE = 0x7c00, QUIET = 0x200 };

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A fraction that overflows carries into the exponent, as it should. */
static uint16_t half_of(float x)
{
    uint32_t bits = bits_of(x), sign = bits >> 16 & SIGN, size = bits & 0x7fffffff;
    if (size > 0x7f800000) return (uint16_t)(sign | INFINITE | QUIET);
    if (size >= 0x477ff000) return (uint16_t)(sign | INFINITE); /* 65520 and more */
    if (size < 0x38800000) /* below 2^-14: counted in steps of 2^-24 */
        return (uint16_t)(sign | (uint32_t)lrintf(float_of(size) * 0x1p24F));
    size -= (127 - 15) << 23;
    return (uint16_t)(sign | (size + 0xfff + (size >> 13 & 1)) >> 13);
}

static float float_of_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & SIGN) << 16, size = half & 0x7fff;
    if (size >= INFINITE) return float_of(sign | 0x7f800000 | (size & 0x3ff) << 13);
    if (size < 0x400) return float_of(sign | bits_of((float)size * 0x1p-24F));
    return float_of(sign | ((size << 13) + ((127 - 15) << 23)));
}

void kd_halves_encode(size_t count, const float *from, uint16_t *to)
{
    for (size_t i = 0; i < count; i++) to[i] = half_of(from[i]);
}

void kd_halves_decode(size_t count, const uint16_t *from, float *to)
{
    for (size_t i = 0; i < count; i++) to[i] = float_of_half(from[i]);
}
