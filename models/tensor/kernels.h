/* kernels.h - small loops over plain arrays that several ops share. */
#ifndef KD_TENSOR_KERNELS_H
#define KD_TENSOR_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

void kd_vector_add(size_t len, const float *a, const float *b, float *y);      /* y = a + b */
void kd_vector_scale(size_t len, float factor, const float *x, float *y);      /* y = factor x */
void kd_vector_add_scaled(size_t len, float factor, const float *x, float *y); /* y += factor x */
void kd_vector_multiply(size_t len, const float *a, const float *b, float *y); /* y = a b */
void kd_vector_add_product(size_t len, const float *a, const float *b, float *y); /* y += a b */

/* sum[d] += sum_n x[n][d] for the columns begin .. end-1 of x (N,D). */
void kd_columns_add(int n, int d, const float *x, int begin, int end, float *sum);

/* y = e^(x - max) over a row; returns the sum of y. `max` is the row's largest value. */
float  kd_row_max(int d, const float *x);
double kd_row_exp(int d, const float *x, float max, float *y);

/* log sum_d e^x_d */
double kd_row_log_sum_exp(int d, const float *x);

/* y = softmax(x); x may be y. */
void kd_row_softmax(int d, const float *x, float *y);

#endif
