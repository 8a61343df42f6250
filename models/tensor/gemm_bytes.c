/* gemm_bytes.c - numbers become bytes, by rows; the loops around the tiles. */
#include "models/tensor/gemm_bytes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/gemm_internal.h"
#include "models/tensor/gemm_quad.h"
#include "models/tensor/gemm_scratch.h"
#include "models/tensor/simd.h"

enum { WIDTH = KD_QUAD_PANEL, TERMS = KD_QUAD_TERMS, TALLEST = KD_QUAD_TALLEST };

/* Rows of x that are bytes at a time: with a panel they fit into the nearest cache where K is small, into the second
 * always. Fewer rows than FEW are shared between threads by columns, so that W is read once. */
enum { ROWS = 4 * TALLEST, FEW = 64, GRAIN = 16 };

struct kd_bytes {
    int         n, k;
    int         zero_point; /* z */
    float      *scale;      /* (N) t, in whole panels */
    int32_t    *offset;     /* (N) z sum_k v, in whole panels */
    int8_t     *panels;     /* NULL where oneDNN multiplies */
    kd_blocked *blocked;
};

static size_t round_up(int n, int multiple)
{
    return (size_t)(n + multiple - 1) / (size_t)multiple * (size_t)multiple;
}

static size_t panel_bytes(const kd_bytes *bytes)
{
    return round_up(bytes->k, TERMS) * WIDTH;
}

kd_bytes *kd_bytes_create(int n, int k)
{
    kd_bytes *bytes = kd_alloc(1, sizeof *bytes);
    size_t    columns = round_up(n, WIDTH);
    bool      is_own = kd_quad_have();

    *bytes = (kd_bytes){ .n = n, .k = k };
    bytes->zero_point = is_own || kd_onednn_has_int8_units() ? 128 : 64;
    bytes->scale = kd_alloc(columns, sizeof *bytes->scale);
    bytes->offset = kd_alloc(columns, sizeof *bytes->offset);
    if (is_own)
        bytes->panels = kd_alloc_aligned(panel_bytes(bytes) * (columns / WIDTH));
    else
        bytes->blocked = kd_blocked_create(k, n);
    KD_CHECK(is_own || bytes->blocked, "oneDNN has no int8 product for %d x %d", n, k);
    return bytes;
}

void kd_bytes_destroy(kd_bytes *bytes)
{
    if (!bytes) return;
    kd_blocked_destroy(bytes->blocked);
    free(bytes->panels);
    free(bytes->scale);
    free(bytes->offset);
    free(bytes);
}

/* ---- bytes ---- */

/* The largest |x|, infinite or NaN if one is: their bits are above those of all numbers. Such a
 * row has no bytes; its scale, not finite, makes every result NaN. */
KD_SIMD static float largest_of(int n, const float *x)
{
    uint32_t largest = 0;
#pragma omp simd reduction(max : largest)
    for (int i = 0; i < n; i++) {
        uint32_t size = kd_bits_of_float(x[i]) & 0x7fffffffu;
        largest = size > largest ? size : largest;
    }
    return kd_float_of_bits(largest);
}

/* Whole numbers in [-reach, reach], ties to even by adding 1.5 * 2^23. */
static inline int32_t nearest(float x)
{
    return (int32_t)(kd_bits_of_float(x + 12582912.0f) - kd_bits_of_float(12582912.0f));
}

KD_SIMD static int32_t quantise_signed(int n, const float *x, float inverse, int8_t *to)
{
    int32_t sum = 0;
    for (int i = 0; i < n; i++) {
        int32_t v = nearest(x[i] * inverse);
        to[i] = (int8_t)v;
        sum += v;
    }
    return sum;
}

KD_SIMD static void quantise_unsigned(int n, const float *x, float inverse, int zero, uint8_t *to)
{
    for (int i = 0; i < n; i++) to[i] = (uint8_t)(nearest(x[i] * inverse) + zero);
}

static bool has_bytes(float largest)
{
    return largest > 0.0f && isfinite(largest);
}

/* Row n of W as bytes into `to` (K); its scale and offset. */
static void take_row(kd_bytes *bytes, int n, const float *w, int8_t *to)
{
    float   largest = largest_of(bytes->k, w);
    int32_t sum = 0;

    if (has_bytes(largest))
        sum = quantise_signed(bytes->k, w, 127.0f / largest, to);
    else
        memset(to, 0, (size_t)bytes->k);
    bytes->scale[n] = largest / 127.0f;
    bytes->offset[n] = bytes->zero_point * sum;
}

static void put_into_panel(kd_bytes *bytes, int n, const int8_t *row)
{
    int8_t *to =
        bytes->panels + panel_bytes(bytes) * (size_t)(n / WIDTH) + (size_t)(n % WIDTH) * TERMS;

    for (int k = 0; k < bytes->k; k++)
        to[(size_t)(k / TERMS) * WIDTH * TERMS + (size_t)(k % TERMS)] = row[k];
}

void kd_bytes_set(kd_bytes *bytes, const float *w)
{
    size_t  k = (size_t)bytes->k, rows = bytes->panels ? 1 : (size_t)bytes->n;
    int8_t *v = kd_gemm_scratch(KD_SECOND_OPERAND, rows * k, sizeof *v);

    if (bytes->panels)
        memset(bytes->panels, 0, panel_bytes(bytes) * (round_up(bytes->n, WIDTH) / WIDTH));
    for (int n = 0; n < bytes->n; n++) {
        int8_t *row = bytes->panels ? v : v + (size_t)n * k;
        take_row(bytes, n, w + (size_t)n * k, row);
        if (bytes->panels) put_into_panel(bytes, n, row);
    }
    if (bytes->blocked) kd_blocked_set(bytes->blocked, v);
}

/* ---- the product ---- */

typedef struct {
    const kd_bytes *b;
    int             threads, m;
    const float    *x;
    size_t          ldx;
    const float    *bias;
    float           beta;
    float          *y;
    size_t          ldy;
    kd_span_work   *then;
    void           *user;
} product;

/* Some rows of x. */
typedef struct {
    int      row, rows;
    uint8_t *u; /* rows, `ld` bytes apart */
    size_t   ld;
    float   *s; /* their scales */
} slab;

static slab slab_of(const product *p, int row, int rows)
{
    slab s = { .row = row, .rows = rows, .ld = round_up(p->b->k, p->b->panels ? 64 : 1) };

    s.u = kd_gemm_scratch(KD_FIRST_OPERAND, (size_t)rows * s.ld, 1);
    s.s = kd_gemm_scratch(KD_SCALES, (size_t)rows, sizeof *s.s);
    return s;
}

static void make_bytes(const product *p, const slab *s)
{
    int k = p->b->k, zero = p->b->zero_point, reach = zero - 1;

    for (int r = 0; r < s->rows; r++) {
        const float *x = p->x + (size_t)(s->row + r) * p->ldx;
        uint8_t     *u = s->u + (size_t)r * s->ld;
        float        largest = largest_of(k, x);

        if (has_bytes(largest))
            quantise_unsigned(k, x, (float)reach / largest, zero, u);
        else
            memset(u, zero, (size_t)k);
        s->s[r] = largest / (float)reach;
    }
}

static void run_tile(const product *p, const slab *s, int row, int rows, int column, int columns)
{
    size_t       bytes = panel_bytes(p->b);
    kd_quad_tile t = { .words = (int)(round_up(p->b->k, TERMS) / TERMS),
                       .a = s->u + (size_t)row * s->ld,
                       .lda = s->ld,
                       .panel = p->b->panels + bytes * (size_t)(column / WIDTH),
                       .panel_bytes = bytes,
                       .offset = p->b->offset + column,
                       .scale = p->b->scale + column,
                       .row_scale = s->s + row,
                       .bias = p->bias ? p->bias + column : NULL,
                       .beta = p->beta,
                       .c = p->y + (size_t)(s->row + row) * p->ldy + column,
                       .ldc = p->ldy };

    kd_quad_run(rows, columns, &t);
}

/* All rows of a slab by the columns begin .. end-1, in tiles of about one height; where there is one low tile it takes
 * several panels. */
static void run_slab(const product *p, const slab *s, int begin, int end)
{
    int tiles = (s->rows + TALLEST - 1) / TALLEST;
    int wide = tiles == 1 ? kd_quad_widest(s->rows) * WIDTH : WIDTH;

    for (int column = begin, columns; column < end; column += columns) {
        columns = end - column >= wide ? wide : end - column < WIDTH ? end - column : WIDTH;
        for (int i = 0; i < tiles; i++) {
            int from = s->rows * i / tiles, to = s->rows * (i + 1) / tiles;
            run_tile(p, s, from, to - from, column, columns);
        }
    }
}

static void run_rows(void *user, int begin, int end)
{
    const product *p = user;
    int            slabs = (end - begin + ROWS - 1) / ROWS;

    for (int i = 0; i < slabs; i++) {
        int  from = begin + (end - begin) * i / slabs, to = begin + (end - begin) * (i + 1) / slabs;
        slab s = slab_of(p, from, to - from);

        make_bytes(p, &s);
        run_slab(p, &s, 0, p->b->n);
        if (p->then) p->then(p->user, from, to);
    }
}

typedef struct {
    const product *product;
    slab           slab;
} by_columns;

static void run_panels(void *user, int begin, int end)
{
    const by_columns *all = user;
    int               n = all->product->b->n;

    run_slab(all->product, &all->slab, begin * WIDTH, end * WIDTH < n ? end * WIDTH : n);
}

static void finish_rows(const product *p)
{
    if (p->then) kd_parallel(p->threads, p->m, GRAIN, p->then, p->user);
}

/* Few rows: the threads share the panels. */
static void multiply_by_columns(const product *p)
{
    by_columns all = { p, slab_of(p, 0, p->m) };

    make_bytes(p, &all.slab);
    kd_parallel(p->threads, (p->b->n + WIDTH - 1) / WIDTH, 4, run_panels, &all);
    finish_rows(p);
}

/* ---- by oneDNN ---- */

KD_SIMD static void dequantise(int n, const int32_t *sum, const int32_t *offset, const float *scale,
                               float s, const float *bias, float beta, float *y)
{
    for (int i = 0; i < n; i++) {
        float value = (float)(sum[i] - offset[i]) * (s * scale[i]) + (bias ? bias[i] : 0.0f);
        y[i] = beta != 0.0f ? y[i] + value : value;
    }
}

static void multiply_by_onednn(const product *p)
{
    size_t   n = (size_t)p->b->n;
    slab     s = slab_of(p, 0, p->m);
    int32_t *sums = kd_gemm_scratch(KD_RESULT, (size_t)p->m * n, sizeof *sums);

    make_bytes(p, &s);
    int done = kd_blocked_multiply(p->b->blocked, p->m, s.u, sums);
    KD_CHECK(done == p->m, "oneDNN has no int8 product for %d rows of %d x %d", p->m - done,
             p->b->n, p->b->k);
    for (int r = 0; r < p->m; r++)
        dequantise(p->b->n, sums + (size_t)r * n, p->b->offset, p->b->scale, s.s[r], p->bias,
                   p->beta, p->y + (size_t)r * p->ldy);
    finish_rows(p);
}

void kd_bytes_multiply(const kd_bytes *bytes, int threads, int m, const float *x, int ldx,
                       const float *bias, float beta, float *y, int ldy, kd_span_work *then,
                       void *user)
{
    product p = { bytes, threads, m, x, (size_t)ldx, bias, beta, y, (size_t)ldy, then, user };

    if (!bytes->panels)
        multiply_by_onednn(&p);
    else if (threads > 1 && m < FEW)
        multiply_by_columns(&p);
    else
        kd_parallel(threads, m, GRAIN, run_rows, &p);
}
