/* gemm.h - the one door to matrix products. Everything is row-major f32 outside.
 *
 *     plain     C = alpha op(A) op(B) + beta C        any shape, any stride
 *     packed    y = x W^T (+ bias) (+ beta y)         W (N,K) kept in the layout that the
 *               dx = dy W (+ beta dx)                 machine likes best
 *
 * Behind it stand OpenBLAS (always), oneDNN (when it was found: f32, and int8 where the CPU has no
 * AVX-512 VNNI) and loops of our own for packed weights, for bf16 and for int8. A precision says how the operands of a product are rounded; sums
 * and results are f32:
 *
 *     f32    as they are
 *     bf16   both operands rounded to the nearest bf16, ties to even
 *     int8   W by a scale for each of its N rows, x by a scale for each of its M rows; a row
 *            with NaN or infinity in it gives NaN; for inference: kd_packed_apply only
 *
 * Nothing is allocated once the shapes of a loop have been seen. The same call with the same
 * numbers and the same count of threads gives the same bits. Products share their work between
 * threads (kd_gemm_set_threads); two threads may also multiply at once, with different weights.
 */
#ifndef KD_TENSOR_GEMM_H
#define KD_TENSOR_GEMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/status.h"
#include "models/tensor/parallel.h"

typedef enum { KD_F32, KD_BF16, KD_INT8 } kd_precision;

/* "f32", "bf16", "int8", and back; false for another word. */
const char *kd_precision_word(kd_precision precision);
bool        kd_precision_parse(const char *word, kd_precision *out);

/* Whether this build can multiply so; if not, kd_gemm_require fails with KD_EUNAVAILABLE and
 * says what is missing. A precision is never changed silently. */
bool      kd_gemm_has(kd_precision precision);
kd_status kd_gemm_require(kd_precision precision, kd_error *err);

/* The libraries and their versions, for `kdgrid version`; borrowed, lives for ever. */
const char *kd_gemm_backend_words(void);

/* How many threads a product may use; 1 until it is called. */
void kd_gemm_set_threads(int threads);
int  kd_gemm_threads(void);

/* ---- plain ---- */

/* C (M,N) = alpha op(A) op(B) + beta C, where op(A) is (M,K), op(B) is (K,N) and op transposes
 * when its flag is set. lda, ldb, ldc are the floats from one stored row to the next. With
 * beta 0, C is not read. KD_F32 and KD_BF16. */
void kd_gemm(kd_precision precision, bool transpose_a, bool transpose_b, int m, int n, int k,
             float alpha, const float *a, int lda, const float *b, int ldb, float beta, float *c,
             int ldc);

/* ---- packed weights ---- */

typedef struct kd_packed kd_packed;

/* A place for a matrix W (rows N, columns K), as Linear layers store it. The caller owns it;
 * it holds nothing until kd_packed_set. NULL is fine for destroy. */
kd_packed *kd_packed_create(int rows, int columns, kd_precision precision);
void       kd_packed_destroy(kd_packed *packed);

/* Take the values of `w` (N,K), dense. Cheap when `version` is the one that was taken last:
 * nothing is done then. Raise the version with each optimizer step; 0 always takes. `w` is
 * borrowed until the next set: each direction is packed when it is first used. */
void kd_packed_set(kd_packed *packed, const float *w, uint64_t version);

/* Make the form of W that kd_packed_apply reads, now, and borrow `w` no longer. Afterwards there is
 * no kd_packed_set and no kd_packed_apply_transposed, and a row's product has the same bits
 * whatever other rows there are. */
void kd_packed_seal(kd_packed *packed);
bool kd_packed_is_sealed(const kd_packed *packed);

/* y (M,N) = x (M,K) W^T + bias + beta y. `bias` (N) may be NULL; beta is 0 or 1. Rows of x and y
 * are ldx and ldy floats apart; dense ones (ldx == K, ldy == N) are fastest. */
void kd_packed_apply(kd_packed *packed, int m, const float *x, int ldx, const float *bias,
                     float beta, float *y, int ldy);

/* The same, and `then` is given spans of rows of y that are complete, each row once, where they may
 * still be in a cache; threads may do so side by side. */
void kd_packed_apply_then(kd_packed *packed, int m, const float *x, int ldx, const float *bias,
                          float beta, float *y, int ldy, kd_span_work *then, void *user);

/* dx (M,K) = dy (M,N) W + beta dx. KD_F32 and KD_BF16. */
void kd_packed_apply_transposed(kd_packed *packed, int m, const float *dy, int lddy, float beta,
                                float *dx, int lddx);

#endif
