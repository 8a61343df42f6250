/* gemm.c - which back end does a plain product, and what there is at all.
 *
 * f32 goes to oneDNN's sgemm, or OpenBLAS' without it. bf16 uses the CPU's bf16 instructions
 * where they exist (gemm_block.h). Elsewhere the operands are rounded to bf16 and multiplied as
 * f32: a product of two bf16 numbers is exact in f32, so both ways add the same terms.
 */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/tensor/gemm.h"
#include "models/tensor/gemm_block.h"
#include "models/tensor/gemm_internal.h"
#include "models/tensor/gemm_scratch.h"
#include "models/tensor/simd.h"

static int threads_now; /* 0 until the libraries were told */

/* ---- what there is ---- */

const char *kd_precision_word(kd_precision precision)
{
    static const char *const words[] = { "f32", "bf16", "int8" };
    return words[precision];
}

bool kd_precision_parse(const char *word, kd_precision *out)
{
    for (kd_precision p = KD_F32; p <= KD_INT8; p++)
        if (strcmp(word, kd_precision_word(p)) == 0) {
            *out = p;
            return true;
        }
    return false;
}

bool kd_gemm_has(kd_precision precision)
{
#ifdef KD_HAVE_ONEDNN
    (void)precision;
    return true;
#else
    return precision == KD_F32;
#endif
}

kd_status kd_gemm_require(kd_precision precision, kd_error *err)
{
    if (kd_gemm_has(precision)) return KD_OK;
    return kd_fail(err, KD_EUNAVAILABLE,
                   "precision %s needs oneDNN, and this program was built without it "
                   "(install libdnnl-dev and build again, or choose f32)",
                   kd_precision_word(precision));
}

/* "oneDNN 2.6.3, OpenBLAS 0.3.21 (SkylakeX)": the core is the one whose kernels OpenBLAS chose. */
const char *kd_gemm_backend_words(void)
{
    static char words[128];
    const char *config = openblas_get_config(); /* "OpenBLAS 0.3.21 NO_LAPACKE ..." */
    const char *version = strchr(config, ' ');
    const char *onednn = "";

#ifdef KD_HAVE_ONEDNN
    onednn = kd_onednn_words();
#endif
    snprintf(words, sizeof words, "%s%sOpenBLAS%.*s (%s)", onednn, *onednn ? ", " : "",
             version ? 1 + (int)strcspn(version + 1, " ") : 0, version ? version : "",
             openblas_get_corename());
    return words;
}

/* Threads that compute side by side, each with a tape of its own, all say the same number: it is told
 * to the whole process once, and to oneDNN by each of them. */
void kd_gemm_set_threads(int threads)
{
    int wanted = threads > 1 ? threads : 1;
    if (wanted != threads_now) {
        threads_now = wanted;
        openblas_set_num_threads(wanted);
    }
#ifdef KD_HAVE_ONEDNN
    kd_onednn_set_threads(wanted);
#endif
}

int kd_gemm_threads(void)
{
    return threads_now ? threads_now : 1;
}

/* ---- loops over operands ---- */

KD_SIMD void kd_round_rows(int rows, int columns, const float *from, int ld, float *to)
{
    for (int r = 0; r < rows; r++, from += ld, to += columns)
        for (int c = 0; c < columns; c++) to[c] = kd_round_bf16(from[c]);
}

/* ---- plain products ---- */

void kd_multiply_f32(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                     const float *a, int lda, const float *b, int ldb, float beta, float *c,
                     int ldc)
{
    if (!threads_now) kd_gemm_set_threads(1);
#ifdef KD_HAVE_ONEDNN
    kd_onednn_sgemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
#else
    cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c,
                ldc);
#endif
}

/* What is left of a product without terms. */
static void scale_rows(int m, int n, float beta, float *c, int ldc)
{
    for (int r = 0; r < m; r++, c += ldc)
        for (int i = 0; i < n; i++) c[i] = beta != 0.0f ? beta * c[i] : 0.0f;
}

static void multiply_bf16(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                          const float *a, int lda, const float *b, int ldb, float beta, float *c,
                          int ldc)
{
    if (kd_block_has(true) && alpha == 1.0f && (beta == 0.0f || beta == 1.0f)) {
        kd_operand left = { true, transpose_a, m, k, a, (size_t)lda };
        kd_operand right = { true, !transpose_b, n, k, b, (size_t)ldb };
        kd_block_multiply(&left, &right, kd_gemm_threads(), NULL, beta, c, (size_t)ldc);
        return;
    }
    int    a_rows = transpose_a ? k : m, a_columns = transpose_a ? m : k;
    int    b_rows = transpose_b ? n : k, b_columns = transpose_b ? k : n;
    float *a_rounded = kd_gemm_scratch(KD_FIRST_OPERAND, (size_t)m * (size_t)k, sizeof *a_rounded);
    float *b_rounded = kd_gemm_scratch(KD_SECOND_OPERAND, (size_t)k * (size_t)n, sizeof *b_rounded);

    kd_round_rows(a_rows, a_columns, a, lda, a_rounded);
    kd_round_rows(b_rows, b_columns, b, ldb, b_rounded);
    kd_multiply_f32(transpose_a, transpose_b, m, n, k, alpha, a_rounded, a_columns, b_rounded,
                    b_columns, beta, c, ldc);
}

void kd_gemm(kd_precision precision, bool transpose_a, bool transpose_b, int m, int n, int k,
             float alpha, const float *a, int lda, const float *b, int ldb, float beta, float *c,
             int ldc)
{
    KD_CHECK(precision != KD_INT8, "gemm: int8 has packed weights only");
    if (m == 0 || n == 0) return;
    if (k == 0) {
        scale_rows(m, n, beta, c, ldc);
        return;
    }
    (precision == KD_BF16 ? multiply_bf16 : kd_multiply_f32)(transpose_a, transpose_b, m, n, k,
                                                             alpha, a, lda, b, ldb, beta, c, ldc);
}
