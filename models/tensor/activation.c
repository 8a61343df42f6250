/* activation.c - one loop a function, each small enough for the compiler to turn into vectors.
 *
 *     relu       max(z, 0)                    slope  1 where z > 0, else 0
 *     gelu       z Phi(z)                            Phi(z) + z phi(z)
 *     gelu_tanh  z s, s = (1 + tanh u) / 2           s + z 2 s (1 - s) u'
 *                u = sqrt(2/pi) (z + 0.044715 z^3)
 *     tanh       tanh z                              1 - y^2
 *     sigmoid    1 / (1 + e^-z)                      y (1 - y)
 *
 * Phi and phi are the distribution and density of the standard normal.
 */
#include "models/tensor/activation.h"

#include <string.h>

#include "models/tensor/simd.h"

KD_SIMD static void relu(size_t len, const float *z, float *y)
{
    for (size_t i = 0; i < len; i++) y[i] = z[i] > 0.0f ? z[i] : 0.0f;
}

KD_SIMD static void relu_slope(size_t len, const float *y, float *slope)
{
    for (size_t i = 0; i < len; i++) slope[i] = y[i] > 0.0f ? 1.0f : 0.0f;
}

static inline float normal_cdf(float z)
{
    return 0.5f * (1.0f + kd_erff(z * 0.70710678f));
}

KD_SIMD static void gelu(size_t len, const float *z, float *y)
{
    for (size_t i = 0; i < len; i++) y[i] = z[i] * normal_cdf(z[i]);
}

/* Phi(z) - 1/2 as an odd polynomial on [-4.5, 4.5], a minimax fit of z times its error; beyond, Phi stands still. */
KD_SIMD static void gelu_roughly(size_t len, const float *z, float *y)
{
    for (size_t i = 0; i < len; i++) {
        float near = z[i] > 4.5f ? 4.5f : z[i];
        near = near < -4.5f ? -4.5f : near;
        float s = near * near;
        float p = -1.4170196e-12f;
        p = p * s + 1.71487782e-10f;
        p = p * s - 9.27146093e-09f;
        p = p * s + 2.97800938e-07f;
        p = p * s - 6.39381688e-06f;
        p = p * s + 9.81374105e-05f;
        p = p * s - 0.00112420041f;
        p = p * s + 0.00983823463f;
        p = p * s - 0.0663456097f;
        p = p * s + 0.398889154f;
        y[i] = z[i] * (0.5f + near * p);
    }
}

KD_SIMD static void gelu_with_slope(size_t len, const float *z, float *y, float *slope)
{
    for (size_t i = 0; i < len; i++) {
        float v = z[i];
        float cdf = normal_cdf(v);
        slope[i] = cdf + v * 0.39894228f * kd_expf(-0.5f * v * v); /* 1/sqrt(2 pi) */
        y[i] = v * cdf;
    }
}

/* (1 + tanh u) / 2 is the sigmoid of 2u */
static inline float gelu_tanh_gate(float z)
{
    return kd_sigmoidf(1.59576912f * (z + 0.044715f * z * z * z)); /* 2 sqrt(2/pi) */
}

KD_SIMD static void gelu_tanh(size_t len, const float *z, float *y)
{
    for (size_t i = 0; i < len; i++) y[i] = z[i] * gelu_tanh_gate(z[i]);
}

KD_SIMD static void gelu_tanh_with_slope(size_t len, const float *z, float *y, float *slope)
{
    for (size_t i = 0; i < len; i++) {
        float v = z[i];
        float gate = gelu_tanh_gate(v);
        float rise = 1.59576912f * (1.0f + 0.134145f * v * v); /* 3 * 0.044715 */
        slope[i] = gate + v * gate * (1.0f - gate) * rise;
        y[i] = v * gate;
    }
}

KD_SIMD static void tangent(size_t len, const float *z, float *y)
{
    for (size_t i = 0; i < len; i++) y[i] = kd_tanhf(z[i]);
}

KD_SIMD static void tangent_slope(size_t len, const float *y, float *slope)
{
    for (size_t i = 0; i < len; i++) slope[i] = 1.0f - y[i] * y[i];
}

KD_SIMD static void sigmoid(size_t len, const float *z, float *y)
{
    for (size_t i = 0; i < len; i++) y[i] = kd_sigmoidf(z[i]);
}

KD_SIMD static void sigmoid_slope(size_t len, const float *y, float *slope)
{
    for (size_t i = 0; i < len; i++) slope[i] = y[i] * (1.0f - y[i]);
}

void kd_activate(kd_activation f, size_t len, const float *z, float *y, float *slope)
{
    switch (f) {
    case KD_IDENTITY:
        if (y != z) memcpy(y, z, len * sizeof *y);
        break;
    case KD_RELU:
        relu(len, z, y);
        if (slope) relu_slope(len, y, slope);
        break;
    case KD_GELU:
        if (slope)
            gelu_with_slope(len, z, y, slope);
        else
            gelu(len, z, y);
        break;
    case KD_GELU_TANH:
        if (slope)
            gelu_tanh_with_slope(len, z, y, slope);
        else
            gelu_tanh(len, z, y);
        break;
    case KD_TANH:
        tangent(len, z, y);
        if (slope) tangent_slope(len, y, slope);
        break;
    case KD_SIGMOID:
        sigmoid(len, z, y);
        if (slope) sigmoid_slope(len, y, slope);
        break;
    }
}

void kd_activate_roughly(kd_activation f, size_t len, const float *z, float *y)
{
    if (f == KD_GELU)
        gelu_roughly(len, z, y);
    else
        kd_activate(f, len, z, y, NULL);
}
