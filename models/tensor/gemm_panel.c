/* gemm_panel.c - filling panels, and the loops over them. */
#include "models/tensor/gemm_panel.h"

#include <stdint.h>
#include <string.h>

#include "models/tensor/gemm_words.h"
#include "models/tensor/parallel.h"
#include "models/tensor/simd.h"

enum { LANES = KD_LANES, WIDTH = KD_PANEL };

/* Words of K, and bytes of one word of K in a panel. */
static int words_of(kd_tile_type type, int k)
{
    return type == KD_TILE_PAIRS ? (k + 1) / 2 : k;
}

static size_t panel_bytes(kd_tile_type type, int k)
{
    size_t row_bytes = type == KD_TILE_WIDENED ? WIDTH * sizeof(uint16_t) : WIDTH * sizeof(float);
    return (size_t)words_of(type, k) * row_bytes;
}

static int panel_count(int n)
{
    return (n + WIDTH - 1) / WIDTH;
}

size_t kd_panels_bytes(kd_tile_type type, int k, int n)
{
    return panel_bytes(type, k) * (size_t)panel_count(n);
}

/* ---- filling ---- */

/* One row of a panel from 32 numbers. */
static inline void put_row(kd_tile_type type, const float *row, void *panel, int k)
{
    if (type == KD_TILE_F32) {
        memcpy((float *)panel + (size_t)k * WIDTH, row, WIDTH * sizeof *row);
        return;
    }
    uint32_t *pairs = (uint32_t *)panel + (size_t)k * LANES;
    for (int c = 0; c < LANES; c++)
        pairs[c] = kd_bits_of_float(kd_round_bf16(row[c])) >> 16 |
                   kd_bits_of_float(kd_round_bf16(row[c + LANES]));
}

/* `columns` of w, from (K,N). */
KD_SIMD static void fill_straight(kd_tile_type type, int k, int columns, const float *w, size_t ld,
                                  void *panel)
{
    float row[WIDTH] = { 0 };

    for (int i = 0; i < k; i++) {
        for (int c = 0; c < columns; c++) row[c] = w[(size_t)i * ld + (size_t)c];
        put_row(type, row, panel, i);
    }
}

/* The same from (N,K): 16 rows of the panel at a time, so that w is read by whole lines. */
KD_SIMD static void fill_turned(kd_tile_type type, int k, int columns, const float *w, size_t ld,
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
    char      *panel = panels->values;
    int        k = panels->k, n = panels->n;
    size_t     ld = (size_t)(is_transposed ? k : n);
    kd_operand b = { panels->type == KD_TILE_PAIRS, !is_transposed, n, k, w, ld };
    bool       by_words =
        panels->type == KD_TILE_PAIRS || (panels->type == KD_TILE_F32 && kd_words_have_f32());

    for (int c = 0; c < n; c += WIDTH, panel += panel_bytes(panels->type, k)) {
        int columns = n - c < WIDTH ? n - c : WIDTH;
        if (by_words)
            kd_copy_words_by_term(&b, c, columns, 0, kd_operand_words(&b), (uint32_t *)panel,
                                  WIDTH);
        else if (is_transposed)
            fill_turned(panels->type, k, columns, w + (size_t)c * ld, ld, panel);
        else
            fill_straight(panels->type, k, columns, w + c, ld, panel);
    }
}

/* ---- the product ---- */

enum { GROUP = 4 }; /* panels that are taken together: a unit of work for a thread */

typedef struct {
    const kd_panels *b;
    int              m;
    const uint32_t  *a;
    size_t           lda;
    const float     *bias;
    float            beta;
    float           *c;
    size_t           ldc;
    int              tallest;
} product;

/* Tile number `turn` of as many as read these panels in turn: each asks for its part of the next.
 */
static void run_tile(const product *p, int row, int rows, int panel, int vectors, int turn,
                     int turns)
{
    const int    words = words_of(p->b->type, p->b->k), first = panel * WIDTH;
    const int    panels = (vectors + 1) / 2, left = p->b->n - first;
    const size_t bytes = panel_bytes(p->b->type, p->b->k);
    const size_t part = (bytes / (size_t)words + (size_t)turns - 1) / (size_t)turns;
    kd_tile      t = { .words = words,
                       .a = p->a + (size_t)row * p->lda,
                       .lda = p->lda,
                       .panel = (const char *)p->b->values + bytes * (size_t)panel,
                       .panel_bytes = bytes,
                       .ahead = bytes * (size_t)panels + part * (size_t)(words * turn),
                       .ask_bytes = part,
                       .bias = p->bias ? p->bias + first : NULL,
                       .beta = p->beta,
                       .c = p->c + (size_t)row * p->ldc + first,
                       .ldc = p->ldc };

    if (left >= vectors * LANES)
        kd_tile_run(p->b->type, rows, vectors, &t);
    else
        kd_tile_run_narrow(p->b->type, rows, left, &t);
}

/* All rows of some panels; each panel is still in the nearest cache for its next tile. */
static void run_group(const product *p, int panel, int panels)
{
    int left = p->m % p->tallest, whole = p->m / p->tallest;

    for (int i = 0; i < panels; i++)
        for (int tile = 0; tile < whole; tile++)
            run_tile(p, tile * p->tallest, p->tallest, panel + i, 2, tile, whole);
    for (int i = 0, taken; left > 0 && i < panels; i += taken) {
        int  widest = kd_tile_widest(left);
        bool fits = panels - i >= widest / 2 && (panel + i) * WIDTH + widest * LANES <= p->b->n;
        taken = fits ? widest / 2 : 1;
        run_tile(p, p->m - left, left, panel + i, 2 * taken, 0, 1);
    }
}

static void run_groups(void *user, int begin, int end)
{
    const product *p = user;
    int            panels = panel_count(p->b->n);

    for (int g = begin; g < end; g++)
        run_group(p, g * GROUP, panels - g * GROUP < GROUP ? panels - g * GROUP : GROUP);
}

void kd_panels_multiply(const kd_panels *panels, int threads, int m, const void *a, size_t lda,
                        const float *bias, float beta, float *c, size_t ldc)
{
    product p = { panels, m, a, lda, bias, beta, c, ldc, kd_tile_tallest() };

    kd_parallel(threads, (panel_count(panels->n) + GROUP - 1) / GROUP, 1, run_groups, &p);
}
