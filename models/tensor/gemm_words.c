/* gemm_words.c - blocks of 16 by 16 words. */
#include "models/tensor/gemm_words.h"

#ifdef __x86_64__

#include <immintrin.h>

#define WITH_AVX512     __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))
#define WITH_AVX512_F32 __attribute__((target("avx512f")))

enum { LANES = 16 };

bool kd_words_have_f32(void)
{
    return __builtin_cpu_supports("avx512f");
}

bool kd_words_have_bf16(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bf16");
}

static inline __mmask16 first_lanes(int count)
{
    return count >= LANES ? 0xffff : count <= 0 ? 0 : (__mmask16)((1u << count) - 1);
}

/* ---- 16 words of an operand ---- */

/* Words word .. word+count-1 of a row. */
WITH_AVX512_F32 static inline __m512i f32_along(const kd_operand *o, int row, int word, int count)
{
    return _mm512_maskz_loadu_epi32(first_lanes(count), o->x + (size_t)row * o->ld + word);
}

WITH_AVX512 static inline __m512i bf16_along(const kd_operand *o, int row, int word, int count)
{
    const float *x = o->x + (size_t)row * o->ld + 2 * (size_t)word;
    int          left = o->terms - 2 * word < 2 * count ? o->terms - 2 * word : 2 * count;
    __m512       low = _mm512_maskz_loadu_ps(first_lanes(left), x);
    __m512       high = left > LANES ? _mm512_maskz_loadu_ps(first_lanes(left - LANES), x + LANES)
                                     : _mm512_setzero_ps();
    return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

/* Word `word` of rows row .. row+count-1. */
WITH_AVX512_F32 static inline __m512i f32_across(const kd_operand *o, int row, int word, int count)
{
    return _mm512_maskz_loadu_epi32(first_lanes(count), o->x + (size_t)word * o->ld + row);
}

WITH_AVX512 static inline __m512i bf16_across(const kd_operand *o, int row, int word, int count)
{
    const float *x = o->x + 2 * (size_t)word * o->ld + row;
    __m512       even = _mm512_maskz_loadu_ps(first_lanes(count), x);
    __m512  odd = 2 * word + 1 < o->terms ? _mm512_maskz_loadu_ps(first_lanes(count), x + o->ld)
                                          : _mm512_setzero_ps();
    __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(even));
    __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(odd));
    return _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}

/* ---- turning ---- */

/* Rows become columns: pairs of words, then pairs of pairs, then quarters of vectors. */
WITH_AVX512_F32 static inline void turn(__m512i v[LANES])
{
    __m512i a[LANES], b[LANES];

    for (int i = 0; i < LANES; i += 2) {
        a[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
        a[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
    }
    for (int i = 0; i < LANES; i += 4)
        for (int j = 0; j < 2; j++) {
            b[i + 2 * j] = _mm512_unpacklo_epi64(a[i + j], a[i + j + 2]);
            b[i + 2 * j + 1] = _mm512_unpackhi_epi64(a[i + j], a[i + j + 2]);
        }
    for (int j = 0; j < 4; j++) {
        __m512i low = _mm512_shuffle_i32x4(b[j], b[j + 4], 0x88);
        __m512i high = _mm512_shuffle_i32x4(b[j], b[j + 4], 0xdd);
        __m512i low2 = _mm512_shuffle_i32x4(b[j + 8], b[j + 12], 0x88);
        __m512i high2 = _mm512_shuffle_i32x4(b[j + 8], b[j + 12], 0xdd);
        v[j] = _mm512_shuffle_i32x4(low, low2, 0x88);
        v[j + 8] = _mm512_shuffle_i32x4(low, low2, 0xdd);
        v[j + 4] = _mm512_shuffle_i32x4(high, high2, 0x88);
        v[j + 12] = _mm512_shuffle_i32x4(high, high2, 0xdd);
    }
}

/* ---- blocks ---- */

/* `count` vectors of `width` words are read, and stored as they are or turned. Whole blocks have
 * constants for both, and no branches. */
#define DEFINE_COPY(NAME, WITH, READ, IS_ALONG, IS_TURNED)                                         \
    WITH static inline __attribute__((always_inline)) void NAME##_of(                              \
        const kd_operand *o, int row, int word, int count, int width, uint32_t *to, size_t ld)     \
    {                                                                                              \
        int     stored = IS_TURNED ? width : count;                                                \
        __m512i v[LANES];                                                                          \
        for (int i = 0; i < LANES; i++)                                                            \
            v[i] = i < count ? READ(o, row + (IS_ALONG ? i : 0), word + (IS_ALONG ? 0 : i), width) \
                             : _mm512_setzero_si512();                                             \
        if (IS_TURNED) turn(v);                                                                    \
        for (int i = 0; i < LANES; i++)                                                            \
            if (i < stored) _mm512_storeu_si512(to + (size_t)i * ld, v[i]);                        \
    }                                                                                              \
    WITH static void NAME(const kd_operand *o, int row, int rows, int word, int words,             \
                          uint32_t *to, size_t ld)                                                 \
    {                                                                                              \
        if (rows == LANES && words == LANES)                                                       \
            NAME##_of(o, row, word, LANES, LANES, to, ld);                                         \
        else                                                                                       \
            NAME##_of(o, row, word, IS_ALONG ? rows : words, IS_ALONG ? words : rows, to, ld);     \
    }

DEFINE_COPY(copy_f32_along, WITH_AVX512_F32, f32_along, true, false)
DEFINE_COPY(turn_f32_along, WITH_AVX512_F32, f32_along, true, true)
DEFINE_COPY(copy_f32_across, WITH_AVX512_F32, f32_across, false, false)
DEFINE_COPY(turn_f32_across, WITH_AVX512_F32, f32_across, false, true)
DEFINE_COPY(copy_bf16_along, WITH_AVX512, bf16_along, true, false)
DEFINE_COPY(turn_bf16_along, WITH_AVX512, bf16_along, true, true)
DEFINE_COPY(copy_bf16_across, WITH_AVX512, bf16_across, false, false)
DEFINE_COPY(turn_bf16_across, WITH_AVX512, bf16_across, false, true)

typedef void copy_block(const kd_operand *o, int row, int rows, int word, int words, uint32_t *to,
                        size_t ld);

/* By precision, by direction, as it is or turned. */
static copy_block *const copies[2][2][2] = {
    { { copy_f32_along, turn_f32_along }, { copy_f32_across, turn_f32_across } },
    { { copy_bf16_along, turn_bf16_along }, { copy_bf16_across, turn_bf16_across } }
};

static inline int at_most_16(int left)
{
    return left < LANES ? left : LANES;
}

void kd_copy_words_by_row(const kd_operand *o, int row, int rows, int word, int words, uint32_t *to,
                          size_t ld)
{
    copy_block *copy = copies[o->is_bf16][o->is_across][o->is_across];

    for (int r = 0; r < rows; r += LANES)
        for (int w = 0; w < words; w += LANES)
            copy(o, row + r, at_most_16(rows - r), word + w, at_most_16(words - w),
                 to + (size_t)r * ld + w, ld);
}

void kd_copy_words_by_term(const kd_operand *o, int row, int rows, int word, int words,
                           uint32_t *to, size_t ld)
{
    copy_block *copy = copies[o->is_bf16][o->is_across][!o->is_across];

    for (int w = 0; w < words; w += LANES)
        for (int r = 0; r < rows; r += LANES)
            copy(o, row + r, at_most_16(rows - r), word + w, at_most_16(words - w),
                 to + (size_t)w * ld + r, ld);
}

#else

#include "harness/base/status.h"

bool kd_words_have_f32(void)
{
    return false;
}
bool kd_words_have_bf16(void)
{
    return false;
}

void kd_copy_words_by_row(const kd_operand *o, int row, int rows, int word, int words, uint32_t *to,
                          size_t ld)
{
    (void)row, (void)rows, (void)word, (void)words, (void)to, (void)ld;
    KD_CHECK(false, "words of %d rows without AVX-512", o->rows);
}

void kd_copy_words_by_term(const kd_operand *o, int row, int rows, int word, int words,
                           uint32_t *to, size_t ld)
{
    kd_copy_words_by_row(o, row, rows, word, words, to, ld);
}

#endif
