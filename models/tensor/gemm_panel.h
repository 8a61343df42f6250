/* gemm_panel.h - products of a few rows with a matrix that is kept in panels.
 *
 * B (K,N) is cut into panels of 32 columns, each stored word by word of K, so that a tile of C
 * (gemm_tile.h, which says what the types are) keeps its sums in registers and reads B in one
 * stream:
 *
 *     B    | panel 0 | panel 1 | ... | 0 0 |
 *
 * Each element of C is one sum in order of k, whatever M is: a row's result never depends on
 * the other rows.
 */
#ifndef KD_TENSOR_GEMM_PANEL_H
#define KD_TENSOR_GEMM_PANEL_H

#include <stdbool.h>
#include <stddef.h>

#include "models/tensor/gemm_tile.h"

typedef struct {
    kd_tile_type type;
    int          k, n;
    void        *values; /* 64-byte aligned */
} kd_panels;

/* Bytes that `values` needs; the owner provides them. */
size_t kd_panels_bytes(kd_tile_type type, int k, int n);

/* Fill the panels from `w`, stored (K,N), or (N,K) when `is_transposed`; bf16 rounds to nearest,
 * ties to even. */
void kd_panels_set(kd_panels *panels, const float *w, bool is_transposed);

/* C (M,N) = A (M,K) B + bias + beta C. `bias` (N) may be NULL; beta is 0 or 1. Rows of A are in
 * words of the panels' type, lda words apart. */
void kd_panels_multiply(const kd_panels *panels, int threads, int m, const void *a, size_t lda,
                        const float *bias, float beta, float *c, size_t ldc);

#endif
