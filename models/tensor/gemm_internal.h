/* gemm_internal.h - what the files behind gemm.h share. */
#ifndef KD_TENSOR_GEMM_INTERNAL_H
#define KD_TENSOR_GEMM_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- gemm.c ---- */

/* A copy of (R,C) with rows `ld` apart into dense rows, rounded to bf16 and still floats. */
void kd_round_rows(int rows, int columns, const float *from, int ld, float *to);

/* kd_gemm in f32. */
void kd_multiply_f32(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                     const float *a, int lda, const float *b, int ldb, float beta, float *c,
                     int ldc);

/* ---- gemm_onednn.c: only with KD_HAVE_ONEDNN ---- */

const char *kd_onednn_words(void);
void        kd_onednn_set_threads(int threads);

/* Whether the CPU multiplies 8-bit quadruples by instructions of its own. */
bool kd_onednn_has_int8_units(void);

/* The plain f32 product, as kd_gemm. */
void kd_onednn_sgemm(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                     const float *a, int lda, const float *b, int ldb, float beta, float *c,
                     int ldc);

/* A matrix B (K,N) of signed bytes in a layout that oneDNN chose, from which C = A B is computed
 * for any number of rows; A is unsigned bytes, C int32. oneDNN makes a program for each count of
 * rows, so a product is cut into spans of 256, 64 and 32 rows and one of what is left: at most 34
 * programs a matrix shape. */
typedef struct kd_blocked kd_blocked;

/* NULL when oneDNN has no fast program for this shape. The caller owns it. */
kd_blocked *kd_blocked_create(int k, int n);
void        kd_blocked_destroy(kd_blocked *blocked);

/* Take B from its transpose, stored (N,K). */
void kd_blocked_set(kd_blocked *blocked, const int8_t *w);

/* C (M,N) = A (M,K) B, all dense. Returns how many rows of C are done: fewer than M when there is
 * no fast program for the rest. */
int kd_blocked_multiply(const kd_blocked *blocked, int m, const uint8_t *a, int32_t *c);

#endif
