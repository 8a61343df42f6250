/* kernels.c - each loop stands alone, so that the compiler can turn it into vectors. */
#include "models/tensor/kernels.h"

#include "models/tensor/simd.h"

KD_SIMD void kd_vector_add(size_t len, const float *a, const float *b, float *y)
{
    for (size_t i = 0; i < len; i++) y[i] = a[i] + b[i];
}

KD_SIMD void kd_vector_scale(size_t len, float factor, const float *x, float *y)
{
    for (size_t i = 0; i < len; i++) y[i] = factor * x[i];
}

KD_SIMD void kd_vector_add_scaled(size_t len, float factor, const float *x, float *y)
{
    for (size_t i = 0; i < len; i++) y[i] += factor * x[i];
}

KD_SIMD void kd_vector_multiply(size_t len, const float *a, const float *b, float *y)
{
    for (size_t i = 0; i < len; i++) y[i] = a[i] * b[i];
}

KD_SIMD void kd_vector_add_product(size_t len, const float *a, const float *b, float *y)
{
    for (size_t i = 0; i < len; i++) y[i] += a[i] * b[i];
}

/* Columns in the outer loop by strips, so that a strip's sums stay in registers. */
KD_SIMD void kd_columns_add(int n, int d, const float *x, int begin, int end, float *sum)
{
    enum { STRIP = 64 };

    for (int from = begin; from < end; from += STRIP) {
        int   width = end - from < STRIP ? end - from : STRIP;
        float part[STRIP] = { 0 };

        for (int r = 0; r < n; r++) {
            const float *row = x + (size_t)r * (size_t)d + from;
            if (width == STRIP)
                for (int c = 0; c < STRIP; c++) part[c] += row[c];
            else
                for (int c = 0; c < width; c++) part[c] += row[c];
        }
        for (int c = 0; c < width; c++) sum[from + c] += part[c];
    }
}

KD_SIMD float kd_row_max(int d, const float *x)
{
    float max = x[0];

#pragma omp simd reduction(max : max)
    for (int i = 1; i < d; i++) max = x[i] > max ? x[i] : max;
    return max;
}

/* Sums of 256 terms in float, their sum in double: exact enough for vocabularies of any size. */
KD_SIMD double kd_row_exp(int d, const float *x, float max, float *y)
{
    enum { STRIP = 256 };
    double sum = 0.0;

    for (int from = 0; from < d; from += STRIP) {
        int   end = d - from < STRIP ? d : from + STRIP;
        float part = 0.0f;
#pragma omp simd reduction(+ : part)
        for (int i = from; i < end; i++) {
            y[i] = kd_expf(x[i] - max);
            part += y[i];
        }
        sum += (double)part;
    }
    return sum;
}

KD_SIMD static double sum_exp(int d, const float *x, float max)
{
    enum { STRIP = 256 };
    double sum = 0.0;

    for (int from = 0; from < d; from += STRIP) {
        int   end = d - from < STRIP ? d : from + STRIP;
        float part = 0.0f;
#pragma omp simd reduction(+ : part)
        for (int i = from; i < end; i++) part += kd_expf(x[i] - max);
        sum += (double)part;
    }
    return sum;
}

double kd_row_log_sum_exp(int d, const float *x)
{
    float max = kd_row_max(d, x);
    return (double)max + log(sum_exp(d, x, max));
}

void kd_row_softmax(int d, const float *x, float *y)
{
    double sum = kd_row_exp(d, x, kd_row_max(d, x), y);
    kd_vector_scale((size_t)d, (float)(1.0 / sum), y, y);
}
