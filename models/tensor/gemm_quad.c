/* gemm_quad.c - tiles of every height. */
#include "models/tensor/gemm_quad.h"

#include "harness/base/status.h"

#ifdef __x86_64__

#include <immintrin.h>
#include <string.h>

#define WITH_QUADS __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define INLINE     static inline __attribute__((always_inline))

enum { LANES = 16, WORD_BYTES = KD_QUAD_PANEL * KD_QUAD_TERMS };

bool kd_quad_have(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
}

WITH_QUADS INLINE __m512i quad_of(const uint8_t *a)
{
    int32_t quad;
    memcpy(&quad, a, sizeof quad);
    return _mm512_set1_epi32(quad);
}

/* sum += the four products of each word. By the intrinsic GCC 12 copies every sum before it adds. */
WITH_QUADS INLINE void add_quads(__m512i *sum, __m512i a, __m512i b)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(*sum) : "v"(a), "v"(b));
}

/* Vector v of the panels' columns, word k of their terms. */
WITH_QUADS INLINE __m512i panel_word(const kd_quad_tile *t, int k, int v)
{
    return _mm512_load_si512(t->panel + (size_t)(v / 2) * t->panel_bytes + (size_t)k * WORD_BYTES +
                             (size_t)(v % 2) * sizeof(__m512i));
}

/* A vector of sums becomes the columns of C that there are. */
WITH_QUADS INLINE void put(const kd_quad_tile *t, int row, int column, __mmask16 mask, __m512i sum)
{
    __m512 whole =
        _mm512_cvtepi32_ps(_mm512_sub_epi32(sum, _mm512_loadu_si512(t->offset + column)));
    __m512 scale =
        _mm512_mul_ps(_mm512_set1_ps(t->row_scale[row]), _mm512_loadu_ps(t->scale + column));
    __m512 bias = t->bias ? _mm512_maskz_loadu_ps(mask, t->bias + column) : _mm512_setzero_ps();
    __m512 value = _mm512_fmadd_ps(whole, scale, bias);
    float *c = t->c + (size_t)row * t->ldc + column;

    if (t->beta != 0.0f) value = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, c), value);
    _mm512_mask_storeu_ps(c, mask, value);
}

WITH_QUADS INLINE __mmask16 lanes_left(int columns)
{
    return columns >= LANES ? 0xffff : columns <= 0 ? 0 : (__mmask16)((1u << columns) - 1);
}

/* Loops over what a tile has, which leave nothing of themselves: sums stay in registers. */
#define EACH(i, count) _Pragma("GCC unroll 16") for (int i = 0; i < (count); i++)

#define DEFINE_TILE(ROWS, PANELS)                                                            \
    WITH_QUADS INLINE void tile_##ROWS##x##PANELS(int columns, const kd_quad_tile *t)        \
    {                                                                                        \
        __m512i sum[ROWS][2 * PANELS];                                                       \
        EACH(r, ROWS) EACH(v, 2 * PANELS) sum[r][v] = _mm512_setzero_si512();                \
        for (int k = 0; k < t->words; k++) {                                                 \
            __m512i b[2 * PANELS];                                                           \
            EACH(v, 2 * PANELS) b[v] = panel_word(t, k, v);                                  \
            EACH(r, ROWS)                                                                    \
            {                                                                                \
                __m512i a = quad_of(t->a + (size_t)r * t->lda + (size_t)k * KD_QUAD_TERMS);  \
                EACH(v, 2 * PANELS) add_quads(&sum[r][v], a, b[v]);                          \
            }                                                                                \
        }                                                                                    \
        EACH(r, ROWS)                                                                        \
        EACH(v, 2 * PANELS) put(t, r, v *LANES, lanes_left(columns - v * LANES), sum[r][v]); \
    }

#define LOW_TILES(X)    X(1, 1) X(2, 1) X(3, 1) X(4, 1)
#define MIDDLE_TILES(X) X(5, 1) X(6, 1) X(7, 1) X(8, 1)
#define TALL_TILES(X)   X(9, 1) X(10, 1) X(11, 1) X(12, 1)
#define WIDE_TILES(X)   X(1, 4) X(2, 4) X(3, 2) X(4, 2)
#define TILES(X)        LOW_TILES(X) MIDDLE_TILES(X) TALL_TILES(X) WIDE_TILES(X)

TILES(DEFINE_TILE)

#define CHOOSE_TILE(ROWS, PANELS) \
    if (rows == ROWS && panels == PANELS) tile_##ROWS##x##PANELS(columns, tile);

WITH_QUADS void kd_quad_run(int rows, int columns, const kd_quad_tile *tile)
{
    int panels = columns > KD_QUAD_PANEL ? kd_quad_widest(rows) : 1;

    TILES(CHOOSE_TILE)
}

#else

bool kd_quad_have(void)
{
    return false;
}

void kd_quad_run(int rows, int columns, const kd_quad_tile *tile)
{
    KD_CHECK(tile == NULL, "a tile of %d x %d bytes without AVX-512", rows, columns);
}

#endif
