/* gemm_internal.h - what the files behind gemm.h share. */
#ifndef KD_TENSOR_GEMM_INTERNAL_H
#define KD_TENSOR_GEMM_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- gemm.c ---- */

/* Memory for a copy of an operand; it grows, stays, and is 64-byte aligned. A product uses each
 * at most once. */
typedef enum {
    KD_FIRST_OPERAND,
    KD_SECOND_OPERAND,
    KD_RESULT,
    KD_SCALES,
    KD_SCRATCHES
} kd_scratch_use;

void *kd_gemm_scratch(kd_scratch_use use, size_t count, size_t size);

/* Copies of (R,C) with rows `ld` apart into dense rows: rounded to bf16 and still floats, or in
 * the 16 bits of bf16. */
void kd_round_rows(int rows, int columns, const float *from, int ld, float *to);
void kd_shorten_rows(int rows, int columns, const float *from, int ld, uint16_t *to);

/* kd_gemm in f32. */
void kd_multiply_f32(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                     const float *a, int lda, const float *b, int ldb, float beta, float *c,
                     int ldc);

/* Whether bf16 products have instructions of their own here. */
bool kd_gemm_has_bf16_units(void);

extern uint64_t kd_gemm_fallbacks_count;

/* ---- gemm_onednn.c: only with KD_HAVE_ONEDNN ---- */

const char *kd_onednn_words(void);
void        kd_onednn_set_threads(int threads);

/* Whether the CPU multiplies bf16 pairs, and 8-bit quadruples, by instructions of their own. */
bool kd_onednn_has_bf16_units(void);
bool kd_onednn_has_int8_units(void);

/* The plain f32 product, as kd_gemm. */
void kd_onednn_sgemm(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                     const float *a, int lda, const float *b, int ldb, float beta, float *c,
                     int ldc);

/* A matrix B (K,N) in a layout that oneDNN chose, from which C = A B is computed for any number
 * of rows. oneDNN makes a program for each count of rows, so a product is cut into spans of
 * 256, 64 and 32 rows and one of what is left: at most 34 programs a matrix shape. */
typedef struct kd_blocked kd_blocked;

/* bf16: A and B bf16, C f32. int8: A unsigned, B signed bytes, C int32. */
typedef enum { KD_BLOCKED_BF16, KD_BLOCKED_INT8 } kd_blocked_type;

/* NULL when oneDNN has no fast program for this shape. The caller owns it. */
kd_blocked *kd_blocked_create(kd_blocked_type type, int k, int n);
void        kd_blocked_destroy(kd_blocked *blocked);

/* Take B = op(w): for bf16 from floats, for int8 from signed bytes; stored (K,N), or (N,K)
 * when `is_transposed`. */
void kd_blocked_set(kd_blocked *blocked, const void *w, bool is_transposed);

/* C (M,N) = A (M,K) B, all dense. bf16 alone: + bias (N) unless NULL, + C when `accumulate`.
 * Returns how many rows of C are done: fewer than M when there is no fast program for the rest. */
int kd_blocked_multiply(const kd_blocked *blocked, int m, const void *a, const float *bias,
                        bool accumulate, void *c);

/* C (M,N) = A^T B, or C += A^T B; A (K,M) and B (K,N) dense bf16, C f32. Returns how many of
 * the K rows went in. */
int kd_onednn_bf16_reduce(int m, int n, int k, const uint16_t *a, const uint16_t *b,
                          bool accumulate, float *c);

#endif
