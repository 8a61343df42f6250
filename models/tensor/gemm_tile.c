/* gemm_tile.c - tiles of every height, by the widest instructions that the CPU has. */
#include "models/tensor/gemm_tile.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "harness/base/status.h"
#include "models/tensor/simd.h"

enum { LANES = KD_LANES, WIDEST = 8 };

typedef float    lanes __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint32_t words __attribute__((vector_size(64), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

/* ---- one word of B for a panel, and its product with a word of A ---- */

INLINE void read_f32(const char *panel, int k, lanes *low, lanes *high)
{
    const float *row = (const float *)panel + (size_t)k * KD_PANEL;
    *low = *(const lanes *)row;
    *high = *(const lanes *)(row + LANES);
}

INLINE void read_widened(const char *panel, int k, lanes *low, lanes *high)
{
    words pairs = *(const words *)((const uint32_t *)panel + (size_t)k * LANES);
    *low = (lanes)(pairs << 16);
    *high = (lanes)(pairs & 0xffff0000u);
}

INLINE void add_f32(lanes *sum, const float *a, lanes b)
{
    *sum += *a * b;
}

INLINE void add_widened(lanes *sum, const float *a, lanes b)
{
    *sum += *a * b;
}

/* Large matrices come from far away: while a panel is used, what comes next is asked for. A row of
 * a panel is two lines at most. */
INLINE void ask_for(const char *next, size_t bytes, int k)
{
    __builtin_prefetch(next + (size_t)k * bytes, 0, 2);
    __builtin_prefetch(next + (size_t)k * bytes + bytes / 2, 0, 2);
}

#define WITH_f32
#define WITH_widened

#ifdef __x86_64__
#define WITH_avx512 __attribute__((target("avx512f,fma")))
#define WITH_pairs  __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

WITH_pairs INLINE void add_pairs(lanes *sum, const float *a, lanes b)
{
    int32_t pair;
    memcpy(&pair, a, sizeof pair);
    *sum = (lanes)_mm512_dpbf16_ps((__m512)*sum, (__m512bh)_mm512_set1_epi32(pair), (__m512bh)b);
}

#define read_pairs read_f32
#endif

/* ---- tiles ---- */

/* Where the sums of a vector of C begin. */
INLINE void begin_sum(const kd_tile *t, size_t row, int column, lanes *sum)
{
    *sum = (lanes){ 0 };
    if (t->bias) *sum += *(const lanes *)(t->bias + column);
    if (t->beta != 0.0f) *sum += *(const lanes *)(t->c + row * t->ldc + column);
}

#define DEFINE_TILE(TYPE, ROWS, VECTORS)                                                     \
    WITH_##TYPE INLINE void TYPE##_##ROWS##x##VECTORS(const kd_tile *t)                      \
    {                                                                                        \
        lanes        sum[ROWS][VECTORS];                                                     \
        const float *a = t->a;                                                               \
        for (int r = 0; r < ROWS; r++)                                                       \
            for (int v = 0; v < VECTORS; v++) begin_sum(t, (size_t)r, v *LANES, &sum[r][v]); \
        for (int k = 0; k < t->words; k++)                                                   \
            for (int v = 0; v < VECTORS; v += 2) {                                           \
                lanes       low, high;                                                       \
                const char *panel = t->panel + (size_t)(v / 2) * t->panel_bytes;             \
                read_##TYPE(panel, k, &low, &high);                                          \
                ask_for(panel + t->ahead, t->ask_bytes, k);                                  \
                for (int r = 0; r < ROWS; r++) {                                             \
                    add_##TYPE(&sum[r][v], a + (size_t)r * t->lda + k, low);                 \
                    if (v + 1 < VECTORS)                                                     \
                        add_##TYPE(&sum[r][v + 1], a + (size_t)r * t->lda + k, high);        \
                }                                                                            \
            }                                                                                \
        for (int r = 0; r < ROWS; r++)                                                       \
            for (int v = 0; v < VECTORS; v++)                                                \
                *(lanes *)(t->c + (size_t)r * t->ldc + v * LANES) = sum[r][v];               \
    }

/* Rows and vectors of the tiles there are: for any CPU, and with the 32 registers of AVX-512. */
#define LOW_TILES(X, TYPE) \
    X(TYPE, 2, 1)          \
    X(TYPE, 2, 2)          \
    X(TYPE, 2, 8)          \
    X(TYPE, 1, 1)          \
    X(TYPE, 1, 2)          \
    X(TYPE, 1, 8)
#define TALL_TILES(X, TYPE) \
    X(TYPE, 8, 1)           \
    X(TYPE, 8, 2)           \
    X(TYPE, 7, 1)           \
    X(TYPE, 7, 2)           \
    X(TYPE, 6, 1)           \
    X(TYPE, 6, 2)           \
    X(TYPE, 5, 1)           \
    X(TYPE, 5, 2)           \
    X(TYPE, 4, 1)           \
    X(TYPE, 4, 2)           \
    X(TYPE, 4, 4)           \
    X(TYPE, 3, 1)           \
    X(TYPE, 3, 2)           \
    X(TYPE, 3, 4)           \
    LOW_TILES(X, TYPE)

#define CHOOSE_TILE(TYPE, ROWS, VECTORS) \
    if (rows == ROWS && vectors == VECTORS) TYPE##_##ROWS##x##VECTORS(t);

/* A function that chooses among the low or the tall tiles of a type. */
#define DEFINE_RUN(TYPE, NAME, WITH, WHICH)                        \
    WITH static void NAME(int rows, int vectors, const kd_tile *t) \
    {                                                              \
        WHICH##_TILES(CHOOSE_TILE, TYPE)                           \
    }

typedef void run_tile(int rows, int vectors, const kd_tile *t);

TALL_TILES(DEFINE_TILE, f32)
TALL_TILES(DEFINE_TILE, widened)

DEFINE_RUN(f32, run_f32, KD_SIMD, LOW)
DEFINE_RUN(widened, run_widened, KD_SIMD, LOW)

#ifdef __x86_64__
TALL_TILES(DEFINE_TILE, pairs)

DEFINE_RUN(f32, run_tall_f32, WITH_avx512, TALL)
DEFINE_RUN(widened, run_tall_widened, WITH_avx512, TALL)
DEFINE_RUN(pairs, run_tall_pairs, WITH_pairs, TALL)

static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f");
}
#else
#define run_tall_f32     run_f32
#define run_tall_widened run_widened
#define run_tall_pairs   NULL

static bool has_avx512(void)
{
    return false;
}
#endif

static run_tile *const low[] = { run_f32, run_widened, NULL };
static run_tile *const tall[] = { run_tall_f32, run_tall_widened, run_tall_pairs };

int kd_tile_tallest(void)
{
    return has_avx512() ? 8 : 2;
}

void kd_tile_run(kd_tile_type type, int rows, int vectors, const kd_tile *tile)
{
    run_tile *run = (has_avx512() ? tall : low)[type];
    KD_CHECK(run, "a tile of %d x %d in pairs of bf16", rows, vectors);
    run(rows, vectors, tile);
}

void kd_tile_run_narrow(kd_tile_type type, int rows, int columns, const kd_tile *tile)
{
    float        copy[8 * WIDEST * LANES] __attribute__((aligned(64))) = { 0 };
    float        bias[WIDEST * LANES] = { 0 };
    const size_t bytes = (size_t)columns * sizeof *copy;
    const int    vectors = (columns + LANES - 1) / LANES;
    kd_tile      t = *tile;

    t.ldc = (size_t)vectors * LANES;
    t.c = copy;
    for (int r = 0; tile->beta != 0.0f && r < rows; r++)
        memcpy(copy + (size_t)r * t.ldc, tile->c + (size_t)r * tile->ldc, bytes);
    if (tile->bias) t.bias = memcpy(bias, tile->bias, bytes);
    kd_tile_run(type, rows, vectors, &t);
    for (int r = 0; r < rows; r++)
        memcpy(tile->c + (size_t)r * tile->ldc, copy + (size_t)r * t.ldc, bytes);
}
