/* gemm_panel.h - products of a few rows with a matrix that is kept in panels.
 *
 * B (K,N) is cut into panels of 32 columns, each stored row by row, so that a tile of C keeps
 * its sums in registers and reads B in one stream:
 *
 *     B    | panel 0 | panel 1 | ... | 0 0 |       panel: K rows of 32 numbers
 *
 * A panel holds f32, or bf16 in pairs (columns c and c+16 in one 32-bit word), which are
 * widened in registers: half the bytes to stream, which is what few rows wait for.
 *
 * Each element of C is one sum in order of k, whatever M is: a row's result never depends on
 * the other rows.
 */
#ifndef KD_TENSOR_GEMM_PANEL_H
#define KD_TENSOR_GEMM_PANEL_H

#include <stdbool.h>
#include <stddef.h>

typedef enum { KD_PANEL_F32, KD_PANEL_BF16 } kd_panel_type;

typedef struct {
    kd_panel_type type;
    int           k, n;
    void         *values; /* 64-byte aligned */
} kd_panels;

/* Bytes that `values` needs; the owner provides them. */
size_t kd_panels_bytes(kd_panel_type type, int k, int n);

/* Fill the panels from `w`, stored (K,N), or (N,K) when `is_transposed`; bf16 rounds to nearest,
 * ties to even. */
void kd_panels_set(kd_panels *panels, const float *w, bool is_transposed);

/* C (M,N) = A (M,K) B + bias + beta C. `bias` (N) may be NULL; beta is 0 or 1. For bf16 panels A
 * must hold numbers that are bf16 already. */
void kd_panels_multiply(const kd_panels *panels, int threads, int m, const float *a, int lda,
                        const float *bias, float beta, float *c, int ldc);

#endif
