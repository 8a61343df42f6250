/* gemm_panel.c - tiles of C whose sums stay in registers.
 *
 * With AVX-512 a tile of 8 rows by one panel has 16 vectors of sums and needs 2 loads of B and
 * 8 of A for 16 multiply-adds. Fewer rows take more panels at once, so that there are always
 * 8 independent sums to hide the latency of one.
 */
#include <stdint.h>
#include <string.h>

#include "models/tensor/gemm_panel.h"
#include "models/tensor/parallel.h"
#include "models/tensor/simd.h"

enum { LANES = 16, WIDTH = 2 * LANES }; /* of a vector; of a panel */

typedef float    lanes __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint32_t words __attribute__((vector_size(64), aligned(4), may_alias));

static size_t panel_bytes(kd_panel_type type, int k)
{
    return (size_t)k * WIDTH * (type == KD_PANEL_BF16 ? sizeof(uint16_t) : sizeof(float));
}

static int panel_count(int n)
{
    return (n + WIDTH - 1) / WIDTH;
}

size_t kd_panels_bytes(kd_panel_type type, int k, int n)
{
    return panel_bytes(type, k) * (size_t)panel_count(n);
}

/* ---- filling ---- */

/* One row of a panel from 32 numbers. */
static inline void put_row(kd_panel_type type, const float *row, void *panel, int k)
{
    if (type == KD_PANEL_F32) {
        memcpy((float *)panel + (size_t)k * WIDTH, row, WIDTH * sizeof *row);
        return;
    }
    uint32_t *pairs = (uint32_t *)panel + (size_t)k * LANES;
    for (int c = 0; c < LANES; c++)
        pairs[c] = kd_bits_of_float(kd_round_bf16(row[c])) >> 16 |
                   kd_bits_of_float(kd_round_bf16(row[c + LANES]));
}

/* `columns` of w, from (K,N). */
KD_SIMD static void fill_straight(kd_panel_type type, int k, int columns, const float *w, size_t ld,
                                  void *panel)
{
    float row[WIDTH] = { 0 };

    for (int i = 0; i < k; i++) {
        for (int c = 0; c < columns; c++) row[c] = w[(size_t)i * ld + (size_t)c];
        put_row(type, row, panel, i);
    }
}

/* The same from (N,K): 16 rows of the panel at a time, so that w is read by whole lines. */
KD_SIMD static void fill_turned(kd_panel_type type, int k, int columns, const float *w, size_t ld,
                                void *panel)
{
    float rows[LANES][WIDTH] = { { 0 } };

    for (int i = 0; i < k; i += LANES) {
        int height = k - i < LANES ? k - i : LANES;
        for (int c = 0; c < columns; c++)
            for (int j = 0; j < height; j++) rows[j][c] = w[(size_t)c * ld + (size_t)(i + j)];
        for (int j = 0; j < height; j++) put_row(type, rows[j], panel, i + j);
    }
}

void kd_panels_set(kd_panels *panels, const float *w, bool is_transposed)
{
    char *panel = panels->values;

    for (int n = 0; n < panels->n; n += WIDTH, panel += panel_bytes(panels->type, panels->k)) {
        int columns = panels->n - n < WIDTH ? panels->n - n : WIDTH;
        if (is_transposed)
            fill_turned(panels->type, panels->k, columns, w + (size_t)n * (size_t)panels->k,
                        (size_t)panels->k, panel);
        else
            fill_straight(panels->type, panels->k, columns, w + n, (size_t)panels->n, panel);
    }
}

/* ---- tiles ---- */

/* ROWS rows of C by PANELS panels: C = A B + bias + beta C. */
typedef struct {
    int          k;
    const float *a;
    size_t       lda;
    const char  *panel;
    size_t       panel_bytes;
    const float *bias; /* NULL: none */
    float        beta; /* 0 or 1 */
    float       *c;
    size_t       ldc;
} tile;

static inline __attribute__((always_inline)) void read_f32(const char *panel, int k, lanes *low,
                                                           lanes *high)
{
    const float *row = (const float *)panel + (size_t)k * WIDTH;
    *low = *(const lanes *)row;
    *high = *(const lanes *)(row + LANES);
}

static inline __attribute__((always_inline)) void read_bf16(const char *panel, int k, lanes *low,
                                                            lanes *high)
{
    words pairs = *(const words *)((const uint32_t *)panel + (size_t)k * LANES);
    *low = (lanes)(pairs << 16);
    *high = (lanes)(pairs & 0xffff0000u);
}

/* Large matrices come from far away: while a panel is used, the next one is asked for. */
static inline __attribute__((always_inline)) void ask_for_f32(const char *panel, int k)
{
    __builtin_prefetch(panel + (size_t)k * 128, 0, 2);
    __builtin_prefetch(panel + (size_t)k * 128 + 64, 0, 2);
}

static inline __attribute__((always_inline)) void ask_for_bf16(const char *panel, int k)
{
    __builtin_prefetch(panel + (size_t)k * 64, 0, 2);
}

/* Where the sums of a vector of C begin. */
static inline __attribute__((always_inline)) void begin_sum(const tile *t, size_t row, int column,
                                                            lanes *sum)
{
    *sum = (lanes){ 0 };
    if (t->bias) *sum += *(const lanes *)(t->bias + column);
    if (t->beta != 0.0f) *sum += *(const lanes *)(t->c + row * t->ldc + column);
}

#define DEFINE_TILE(TYPE, ROWS, PANELS)                                                       \
    static inline __attribute__((always_inline)) void TYPE##_##ROWS##x##PANELS(const tile *t) \
    {                                                                                         \
        lanes low[ROWS][PANELS], high[ROWS][PANELS];                                          \
        for (int r = 0; r < ROWS; r++)                                                        \
            for (int p = 0; p < PANELS; p++) {                                                \
                begin_sum(t, (size_t)r, p *WIDTH, &low[r][p]);                                \
                begin_sum(t, (size_t)r, p *WIDTH + LANES, &high[r][p]);                       \
            }                                                                                 \
        for (int k = 0; k < t->k; k++)                                                        \
            for (int p = 0; p < PANELS; p++) {                                                \
                lanes b_low, b_high;                                                          \
                read_##TYPE(t->panel + (size_t)p * t->panel_bytes, k, &b_low, &b_high);       \
                ask_for_##TYPE(t->panel + (size_t)(p + PANELS) * t->panel_bytes, k);          \
                for (int r = 0; r < ROWS; r++) {                                              \
                    float factor = t->a[(size_t)r * t->lda + (size_t)k];                      \
                    low[r][p] += factor * b_low;                                              \
                    high[r][p] += factor * b_high;                                            \
                }                                                                             \
            }                                                                                 \
        for (int r = 0; r < ROWS; r++)                                                        \
            for (int p = 0; p < PANELS; p++) {                                                \
                float *to = t->c + (size_t)r * t->ldc + p * WIDTH;                            \
                *(lanes *)to = low[r][p];                                                     \
                *(lanes *)(to + LANES) = high[r][p];                                          \
            }                                                                                 \
    }

/* Rows and panels of the tiles there are: one panel for every count of rows, and what
 * panels_beside says. */
#define TILES(X, TYPE) \
    X(TYPE, 8, 1)      \
    X(TYPE, 7, 1)      \
    X(TYPE, 6, 1)      \
    X(TYPE, 5, 1)      \
    X(TYPE, 4, 1)      \
    X(TYPE, 4, 2)      \
    X(TYPE, 3, 1)      \
    X(TYPE, 3, 2)      \
    X(TYPE, 2, 1)      \
    X(TYPE, 2, 4)      \
    X(TYPE, 1, 1)      \
    X(TYPE, 1, 4)

#define CHOOSE_TILE(TYPE, ROWS, PANELS) \
    if (rows == ROWS && panels == PANELS) TYPE##_##ROWS##x##PANELS(t);

TILES(DEFINE_TILE, f32)
TILES(DEFINE_TILE, bf16)

KD_SIMD static void f32_tile(int rows, int panels, const tile *t){ TILES(CHOOSE_TILE, f32) }

KD_SIMD static void bf16_tile(int rows, int panels, const tile *t)
{
    TILES(CHOOSE_TILE, bf16)
}

/* How many panels a tile of few rows takes together. */
static int panels_beside(int rows)
{
    return rows > 4 ? 1 : rows > 2 ? 2 : 4;
}

/* ---- the product ---- */

enum { GROUP = 4 }; /* panels that are taken together: a unit of work for a thread */

typedef struct {
    const kd_panels *b;
    int              m;
    const float     *a;
    int              lda;
    const float     *bias;
    float            beta;
    float           *c;
    int              ldc;
    int              tallest; /* rows of a tile that the CPU's registers can hold */
    void (*run)(int rows, int panels, const tile *t);
} product;

/* The last panel may have fewer columns than its tile: it works on a copy. */
static void run_narrow_tile(const product *p, tile *t, int rows, int first, int width)
{
    float        copy[8 * WIDTH] __attribute__((aligned(64))) = { 0 }, bias[4 * WIDTH] = { 0 };
    float       *c = t->c;
    const size_t bytes = (size_t)(p->b->n - first) * sizeof *c;

    for (int r = 0; p->beta != 0.0f && r < rows; r++)
        memcpy(copy + r * width, c + (size_t)r * t->ldc, bytes);
    if (t->bias) t->bias = memcpy(bias, t->bias, bytes);
    t->c = copy;
    t->ldc = (size_t)width;
    p->run(rows, width / WIDTH, t);
    for (int r = 0; r < rows; r++) memcpy(c + (size_t)r * (size_t)p->ldc, copy + r * width, bytes);
}

static void run_tile(const product *p, int row, int rows, int panel, int panels)
{
    const size_t bytes = panel_bytes(p->b->type, p->b->k);
    const int    first = panel * WIDTH, width = panels * WIDTH;
    tile         t = { p->b->k,        p->a + (size_t)row * (size_t)p->lda,
                       (size_t)p->lda, (const char *)p->b->values + bytes * (size_t)panel,
                       bytes,          p->bias ? p->bias + first : NULL,
                       p->beta,        p->c + (size_t)row * (size_t)p->ldc + first,
                       (size_t)p->ldc };

    if (first + width <= p->b->n)
        p->run(rows, panels, &t);
    else
        run_narrow_tile(p, &t, rows, first, width);
}

/* All rows of some panels; each panel is still in the nearest cache for its next tile. */
static void run_group(const product *p, int panel, int panels)
{
    int left = p->m % p->tallest, whole = p->m - left;

    for (int i = 0; i < panels; i++)
        for (int row = 0; row < whole; row += p->tallest)
            run_tile(p, row, p->tallest, panel + i, 1);
    for (int i = 0; left > 0 && i < panels;) {
        int taken = panels - i >= panels_beside(left) ? panels_beside(left) : 1;
        run_tile(p, whole, left, panel + i, taken);
        i += taken;
    }
}

static void run_groups(void *user, int begin, int end)
{
    const product *p = user;
    int            panels = panel_count(p->b->n);

    for (int g = begin; g < end; g++)
        run_group(p, g * GROUP, panels - g * GROUP < GROUP ? panels - g * GROUP : GROUP);
}

void kd_panels_multiply(const kd_panels *panels, int threads, int m, const float *a, int lda,
                        const float *bias, float beta, float *c, int ldc)
{
    product p = { panels, m, a,   lda, bias,
                  beta,   c, ldc, 2,   panels->type == KD_PANEL_F32 ? f32_tile : bf16_tile };

#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f")) p.tallest = 8;
#endif
    kd_parallel(threads, (panel_count(panels->n) + GROUP - 1) / GROUP, 1, run_groups, &p);
}
