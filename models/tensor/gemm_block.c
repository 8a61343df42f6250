/* gemm_block.c - the loops around the tiles. */
#include "models/tensor/gemm_block.h"

#include "models/tensor/gemm_scratch.h"
#include "models/tensor/gemm_tile.h"
#include "models/tensor/parallel.h"

/* A panel of 400 words is 50 KB, a slab of 128 rows 210 KB, the panels of a group 1.6 MB. Long
 * parts of K matter most: between two of them all of C goes out to memory and comes back. */
enum { WORDS = 400, ROWS = 128, COLUMNS = 1024, TALL = 8, ROW_BYTES = 4 * KD_PANEL };

bool kd_block_has(bool is_bf16)
{
    return is_bf16 ? kd_words_have_bf16() : kd_words_have_f32();
}

typedef struct {
    const kd_operand *a, *b;
    kd_tile_type      type;
    int               words; /* of K */
    const float      *bias;
    float             beta;
    float            *c;
    size_t            ldc;
} product;

/* Some rows of A by some words of K, as tiles read them. */
typedef struct {
    int         row, rows, word, words;
    const void *values;
    size_t      ld;
} slab;

static int round_up(int n, int multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

/* Words of K that are copied at a time: all of them where K goes along the lines of memory; where
 * it goes across, a few, for all rows of the operand, which then lie side by side. */
static int words_at_a_time(const kd_operand *o, int words)
{
    return o->is_across ? KD_LANES : words;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Floats that lie along K are read where they are. */
static void make_slab(const product *p, slab *s, uint32_t *memory)
{
    const kd_operand *a = p->a;

    if (!a->is_bf16 && !a->is_across) {
        s->values = a->x + (size_t)s->row * a->ld + s->word;
        s->ld = a->ld;
        return;
    }
    s->values = memory;
    s->ld = (size_t)round_up(s->words, KD_LANES) + KD_LANES; /* not all rows in the same lines */
    int step = words_at_a_time(a, s->words);
    for (int w = 0; w < s->words; w += step)
        kd_copy_words_by_row(a, s->row, s->rows, s->word + w, least(s->words - w, step), memory + w,
                             s->ld);
}

/* A tile ends where nothing of C has been for long: ask for the place of the next one meanwhile. */
static void ask_for_rows(const float *c, size_t ldc)
{
    for (int r = 0; r < TALL; r++, c += ldc) {
        __builtin_prefetch(c, 1);
        __builtin_prefetch(c + KD_LANES, 1);
    }
}

static void run_panel(const product *p, const slab *s, const uint32_t *panel, int column, int width)
{
    int     vectors = (width + KD_LANES - 1) / KD_LANES;
    kd_tile t = { .words = s->words, .lda = s->ld, .panel = (const char *)panel, .ldc = p->ldc };
    int     tiles = (s->rows + TALL - 1) / TALL;

    t.ahead = (size_t)s->words * ROW_BYTES;
    t.ask_bytes = (ROW_BYTES + tiles - 1) / tiles;
    t.bias = s->word == 0 && p->bias ? p->bias + column : NULL;
    t.beta = s->word == 0 ? p->beta : 1.0f;
    for (int r = 0; r < s->rows; r += TALL) {
        int rows = least(s->rows - r, TALL);
        t.a = (const uint32_t *)s->values + (size_t)r * s->ld;
        t.c = p->c + (size_t)(s->row + r) * p->ldc + column;
        if (r + 2 * TALL <= s->rows) ask_for_rows(t.c + TALL * p->ldc, p->ldc);
        if (width % KD_LANES == 0)
            kd_tile_run(p->type, rows, vectors, &t);
        else
            kd_tile_run_narrow(p->type, rows, width, &t);
        t.ahead += (size_t)s->words * t.ask_bytes;
    }
}

/* How K is cut: in equal parts, of whole vectors of words. */
static int words_of_part(int words)
{
    int parts = (words + WORDS - 1) / WORDS;
    return round_up((words + parts - 1) / parts, KD_LANES);
}

/* The panels of a group of columns, one after another. */
static void copy_panels(const product *p, int column, int columns, int word, int words,
                        uint32_t *panels)
{
    int step = words_at_a_time(p->b, words);
    for (int w = 0; w < words; w += step)
        for (int c = 0; c < columns; c += KD_PANEL)
            kd_copy_words_by_term(
                p->b, column + c, least(columns - c, KD_PANEL), word + w, least(words - w, step),
                panels + (size_t)c * (size_t)words + (size_t)w * KD_PANEL, KD_PANEL);
}

static void run_slab(const product *p, const slab *s, int column, int columns,
                     const uint32_t *panels)
{
    for (int c = 0; c < columns; c += KD_PANEL, panels += (size_t)s->words * KD_PANEL)
        run_panel(p, s, panels, column + c, least(columns - c, KD_PANEL));
}

static void run_rows(void *user, int begin, int end)
{
    const product *p = user;
    int            n = p->b->rows, part = words_of_part(p->words);
    int            last = least(end * TALL, p->a->rows);
    uint32_t      *memory = kd_gemm_scratch(KD_SLAB, (size_t)ROWS * (WORDS + KD_LANES), 4);
    uint32_t      *panels = kd_gemm_scratch(KD_PANEL_GROUP, (size_t)WORDS * COLUMNS, 4);

    for (int column = 0; column < n; column += COLUMNS)
        for (int word = 0; word < p->words; word += part) {
            int columns = least(n - column, COLUMNS);
            int words = least(p->words - word, part);
            copy_panels(p, column, columns, word, words, panels);
            for (int row = begin * TALL; row < last; row += ROWS) {
                slab s = { row, least(last - row, ROWS), word, words, NULL, 0 };
                make_slab(p, &s, memory);
                run_slab(p, &s, column, columns, panels);
            }
        }
}

void kd_block_multiply(const kd_operand *a, const kd_operand *b, int threads, const float *bias,
                       float beta, float *c, size_t ldc)
{
    product p = { a, b,  a->is_bf16 ? KD_TILE_PAIRS : KD_TILE_F32, kd_operand_words(a), bias, beta,
                  c, ldc };

    kd_parallel(threads, (a->rows + TALL - 1) / TALL, 1, run_rows, &p);
}
