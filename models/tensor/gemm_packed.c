/* gemm_packed.c - weights in the form that products read fastest.
 *
 *     f32   panels (gemm_panel.h); W as it is for 512 rows and more, where sgemm's own packing
 *           costs little, and for matrices beyond 4 MB, which would be held twice
 *     bf16  where the CPU has instructions for it, panels of pairs; for 512 rows and more W as it
 *           is, cut into blocks (gemm_block.h); on other CPUs panels that are widened, and W
 *           rounded on the way for 512 rows and more
 *     int8  bytes (gemm_bytes.h)
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "models/tensor/gemm.h"
#include "models/tensor/gemm_block.h"
#include "models/tensor/gemm_bytes.h"
#include "models/tensor/gemm_internal.h"
#include "models/tensor/gemm_panel.h"
#include "models/tensor/gemm_scratch.h"

enum { LARGE_MATRIX = 1 << 20 };
#ifdef KD_HAVE_ONEDNN
enum { MANY_ROWS = 512 };
#else
enum { MANY_ROWS = INT_MAX }; /* OpenBLAS may not know the CPU; panels are as fast where it does */
#endif

/* y = x W^T reads W^T; dx = dy W reads W. */
typedef enum { FORWARD, BACKWARD } direction;

/* A form of W. It is made when first needed after each kd_packed_set. */
typedef struct {
    kd_panels panels;
    uint64_t  of; /* kd_packed.taken when they were filled; 0 never */
} form;

struct kd_packed {
    int          rows, columns; /* N, K */
    kd_precision precision;
    const float *w;         /* borrowed */
    uint64_t     version;   /* the caller's, of what was taken last */
    uint64_t     taken;     /* how often values were taken */
    bool         is_sealed; /* w is gone; forms[FORWARD] is all there is */
    form         forms[2];  /* by direction */
    kd_bytes    *bytes;     /* int8's only form */
    uint64_t     bytes_of;
};

kd_packed *kd_packed_create(int rows, int columns, kd_precision precision)
{
    KD_CHECK(rows > 0 && columns > 0, "packed: %d x %d", rows, columns);
    KD_CHECK(kd_gemm_has(precision), "packed: this build has no %s", kd_precision_word(precision));
    kd_packed *packed = kd_alloc(1, sizeof *packed);

    *packed = (kd_packed){ .rows = rows, .columns = columns, .precision = precision };
    return packed;
}

void kd_packed_destroy(kd_packed *packed)
{
    if (!packed) return;
    for (int i = FORWARD; i <= BACKWARD; i++) free(packed->forms[i].panels.values);
#ifdef KD_HAVE_ONEDNN
    kd_bytes_destroy(packed->bytes);
#endif
    free(packed);
}

void kd_packed_set(kd_packed *packed, const float *w, uint64_t version)
{
    KD_CHECK(!packed->is_sealed, "packed: new values for sealed weights");
    if (version != 0 && packed->taken != 0 && version == packed->version && w == packed->w) return;
    packed->w = w;
    packed->version = version;
    packed->taken++;
}

/* ---- f32 and bf16 ---- */

static kd_tile_type type_of(kd_precision precision)
{
    if (precision == KD_F32) return KD_TILE_F32;
    return kd_block_has(true) ? KD_TILE_PAIRS : KD_TILE_WIDENED;
}

static const kd_panels *panels_for(kd_packed *packed, direction way)
{
    form      *made = &packed->forms[way];
    kd_panels *panels = &made->panels;

    if (!panels->values) {
        bool is_forward = way == FORWARD;
        *panels =
            (kd_panels){ type_of(packed->precision), is_forward ? packed->columns : packed->rows,
                         is_forward ? packed->rows : packed->columns, NULL };
        panels->values = kd_alloc_aligned(kd_panels_bytes(panels->type, panels->k, panels->n));
    }
    if (made->of != packed->taken) {
        kd_panels_set(panels, packed->w, way == FORWARD);
        made->of = packed->taken;
    }
    return panels;
}

/* Y = bias, or Y + bias: what a product with beta 1 starts from. */
static void preset_rows(int m, int n, const float *bias, float beta, float *y, int ldy)
{
    for (int r = 0; r < m; r++, y += ldy) {
        if (beta == 0.0f)
            memcpy(y, bias, (size_t)n * sizeof *y);
        else
            for (int c = 0; c < n; c++) y[c] += bias[c];
    }
}

/* C = A B + bias + beta C with W as it is stored. */
static void multiply_in_place(kd_packed *packed, direction way, int m, const float *a, int lda,
                              const float *bias, float beta, float *c, int ldc)
{
    int          n = way == FORWARD ? packed->rows : packed->columns;
    int          k = way == FORWARD ? packed->columns : packed->rows;
    const float *w = packed->w;

    if (packed->precision == KD_BF16) {
        float *rounded = kd_gemm_scratch(KD_SECOND_OPERAND, (size_t)n * (size_t)k, sizeof *rounded);
        kd_round_rows(packed->rows, packed->columns, w, packed->columns, rounded);
        w = rounded;
    }
    if (bias) preset_rows(m, n, bias, beta, c, ldc);
    kd_multiply_f32(false, way == FORWARD, m, n, k, 1.0f, a, lda, w, packed->columns,
                    bias ? 1.0f : beta, c, ldc);
}

static void multiply_as_f32(kd_packed *packed, direction way, int m, const float *a, int lda,
                            const float *bias, float beta, float *c, int ldc)
{
    bool is_large = (int64_t)packed->rows * packed->columns > LARGE_MATRIX;

    if (packed->precision == KD_BF16) {
        int    k = way == FORWARD ? packed->columns : packed->rows;
        float *rounded = kd_gemm_scratch(KD_FIRST_OPERAND, (size_t)m * (size_t)k, sizeof *rounded);
        kd_round_rows(m, k, a, lda, rounded);
        a = rounded;
        lda = k;
    }
    if (!packed->is_sealed && (m >= MANY_ROWS || (is_large && packed->precision == KD_F32)))
        multiply_in_place(packed, way, m, a, lda, bias, beta, c, ldc);
    else
        kd_panels_multiply(panels_for(packed, way), kd_gemm_threads(), m, a, (size_t)lda, bias,
                           beta, c, (size_t)ldc);
}

/* By the CPU's bf16 instructions. */
static void multiply_pairs(kd_packed *packed, direction way, int m, const float *a, int lda,
                           const float *bias, float beta, float *c, int ldc)
{
    int        n = way == FORWARD ? packed->rows : packed->columns;
    int        k = way == FORWARD ? packed->columns : packed->rows;
    kd_operand left = { true, false, m, k, a, (size_t)lda };
    kd_operand right = { true, way == BACKWARD, n, k, packed->w, (size_t)packed->columns };

    if (m >= MANY_ROWS && !packed->is_sealed) {
        kd_block_multiply(&left, &right, kd_gemm_threads(), bias, beta, c, (size_t)ldc);
        return;
    }
    size_t    ld = (size_t)(kd_operand_words(&left) + KD_LANES - 1) / KD_LANES * KD_LANES;
    uint32_t *words = kd_gemm_scratch(KD_FIRST_OPERAND, (size_t)m * ld, sizeof *words);
    kd_copy_words_by_row(&left, 0, m, 0, kd_operand_words(&left), words, ld);
    kd_panels_multiply(panels_for(packed, way), kd_gemm_threads(), m, words, ld, bias, beta, c,
                       (size_t)ldc);
}

#ifdef KD_HAVE_ONEDNN

/* ---- int8 ---- */

static const kd_bytes *bytes_of(kd_packed *packed)
{
    if (!packed->bytes) packed->bytes = kd_bytes_create(packed->rows, packed->columns);
    if (packed->bytes_of != packed->taken) kd_bytes_set(packed->bytes, packed->w);
    packed->bytes_of = packed->taken;
    return packed->bytes;
}

#endif

/* ---- the products ---- */

static void multiply(kd_packed *packed, direction way, int m, const float *a, int lda,
                     const float *bias, float beta, float *c, int ldc)
{
    if (m == 0) return;
    (packed->precision == KD_BF16 && kd_block_has(true) ? multiply_pairs : multiply_as_f32)(
        packed, way, m, a, lda, bias, beta, c, ldc);
}

void kd_packed_seal(kd_packed *packed)
{
    KD_CHECK(packed->taken > 0, "packed: sealed before the weights were set");
#ifdef KD_HAVE_ONEDNN
    if (packed->precision == KD_INT8) bytes_of(packed);
#endif
    if (packed->precision != KD_INT8) panels_for(packed, FORWARD);
    packed->is_sealed = true;
    packed->w = NULL;
}

bool kd_packed_is_sealed(const kd_packed *packed)
{
    return packed->is_sealed;
}

void kd_packed_apply_then(kd_packed *packed, int m, const float *x, int ldx, const float *bias,
                          float beta, float *y, int ldy, kd_span_work *then, void *user)
{
    enum { GRAIN = 16 };

    KD_CHECK(packed->taken > 0, "packed: a product before the weights were set");
#ifdef KD_HAVE_ONEDNN
    if (packed->precision == KD_INT8) {
        kd_bytes_multiply(bytes_of(packed), kd_gemm_threads(), m, x, ldx, bias, beta, y, ldy, then,
                          user);
        return;
    }
#endif
    multiply(packed, FORWARD, m, x, ldx, bias, beta, y, ldy);
    if (then) kd_parallel(kd_gemm_threads(), m, GRAIN, then, user);
}

void kd_packed_apply(kd_packed *packed, int m, const float *x, int ldx, const float *bias,
                     float beta, float *y, int ldy)
{
    kd_packed_apply_then(packed, m, x, ldx, bias, beta, y, ldy, NULL, NULL);
}

void kd_packed_apply_transposed(kd_packed *packed, int m, const float *dy, int lddy, float beta,
                                float *dx, int lddx)
{
    KD_CHECK(packed->precision != KD_INT8, "packed: int8 is for inference");
    KD_CHECK(!packed->is_sealed, "packed: sealed weights go forward alone");
    KD_CHECK(packed->taken > 0, "packed: a product before the weights were set");
    multiply(packed, BACKWARD, m, dy, lddy, NULL, beta, dx, lddx);
}
