/* gemm_bytes.h - products of numbers of 8 bits, from floats to floats.
 *
 * x_mk ~ s_m (u_mk - z) with unsigned bytes u and zero point z, W_nk ~ t_n v_nk with signed bytes v, so that
 *
 *     y_mn = s_m t_n (sum_k u_mk v_nk - z sum_k v_nk) + bias_n
 *
 * Where the CPU has AVX-512 VNNI, some rows of x at a time become bytes, go through all of W by tiles of our own
 * (gemm_quad.h) and leave as floats, while all of it is in the nearest caches. Elsewhere oneDNN multiplies. A CPU without
 * byte instructions adds pairs of products in 16 bits, which saturate beyond 2 * 127 * 127: there u has 7 bits.
 *
 * A row with NaN or infinity in it gives NaN. A row's results depend on no other row, and on no count of threads.
 */
#ifndef KD_TENSOR_GEMM_BYTES_H
#define KD_TENSOR_GEMM_BYTES_H

#include "models/tensor/parallel.h"

typedef struct kd_bytes kd_bytes;

/* A place for W (N,K). The caller owns it. */
kd_bytes *kd_bytes_create(int n, int k);
void      kd_bytes_destroy(kd_bytes *bytes); /* NULL is fine */

/* Take the values of `w` (N,K), dense. */
void kd_bytes_set(kd_bytes *bytes, const float *w);

/* y (M,N) = x (M,K) W^T + bias + beta y; `bias` may be NULL, beta is 0 or 1. Rows of x and y are ldx and ldy floats
 * apart. `then`, unless NULL, is given spans of rows of y that are complete, each row once. */
void kd_bytes_multiply(const kd_bytes *bytes, int threads, int m, const float *x, int ldx,
                       const float *bias, float beta, float *y, int ldy, kd_span_work *then,
                       void *user);

#endif
