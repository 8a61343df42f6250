/* op_attention.c - multi-head attention inside each sentence.
 *
 * For one sentence of T tokens and one head of width E = D/A:
 *
 *     S = Q K^T / sqrt(E)     (T,T)     dQ = dS K / sqrt(E)        dK = dS^T Q / sqrt(E)
 *     P = softmax(S)          by rows   dS = P (dP - sum_j dP P)
 *     R = dropout(P)                    dP = dropout'(dR)
 *     O = R V                 (T,E)     dR = dO V^T                dV = R^T dO
 *
 * A key that nobody looks at has P = 0 in its column, and so dS = 0 there. A loss on the scores adds to dS, one on the
 * probabilities to dP. A pair of sentence and head
 * is a unit of work: its blocks fit into the nearest cache and it writes rows and columns of
 * its own, so units can be shared by threads. The blocks are copied with rows padded to whole
 * vectors, which leaves every inner loop without a remainder.
 */
#include <math.h>
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/dropout.h"
#include "models/tensor/kernels.h"
#include "models/tensor/op.h"
#include "models/tensor/parallel.h"
#include "models/tensor/simd.h"

enum { Q, K, V };
enum { LANES = 16, ROWS = 4, COLUMNS = 2 }; /* of a tile; columns are vectors */

typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

typedef struct {
    const kd_rows *rows;
    int            heads;
    float          scale;       /* 1 / sqrt(E) */
    size_t        *map;         /* (B) where the sentence's first map begins */
    int            longest;     /* T of the longest sentence */
    bool           skips_first; /* nobody looks at the first key */
    bool           has_dropout;
    kd_dropout     dropout;
    size_t         before;         /* elements of maps of the whole batch that stand before these */
    float         *kept;           /* (M) P, when trained and not handed out */
    kd_tensor     *scores, *probs; /* handed out, or NULL */
} attention_state;

/* One unit and the blocks it works in. */
typedef struct {
    int    t, e;       /* tokens, width of the head */
    int    ld_t, ld_e; /* both rounded up to whole vectors */
    size_t place;      /* of its first element in a tensor (N,D) */
    size_t map;        /* of its map */
    float *square[2];  /* (T,ld_t) */
    float *tall;       /* (T,ld_e) or (E,ld_t) */
    float *out;        /* (T,ld_e) */
} unit;

typedef void run_unit(kd_tensor *y, unit *u);

static int round_up(int n)
{
    return (n + LANES - 1) / LANES * LANES;
}

size_t kd_maps_offset(const kd_rows *rows, int heads, int sentence, int head)
{
    size_t squares = 0, t = 0;

    for (int b = 0; b < sentence; b++) {
        t = (size_t)(rows->begin[b + 1] - rows->begin[b]);
        squares += t * t;
    }
    if (sentence < rows->count) t = (size_t)(rows->begin[sentence + 1] - rows->begin[sentence]);
    return squares * (size_t)heads + t * t * (size_t)head;
}

size_t kd_maps_length(const kd_rows *rows, int heads)
{
    return kd_maps_offset(rows, heads, rows->count, 0);
}

/* ---- small products and copies ---- */

/* `height` x `width` vectors of C = A B, sums in registers: both are constants where it is used. */
static inline __attribute__((always_inline)) void tile(int height, int width, int k, const float *a,
                                                       size_t a_row, size_t a_col, const float *b,
                                                       int ldb, float *c, int ldc)
{
    lanes sum[ROWS][COLUMNS] = { 0 };

    for (int p = 0; p < k; p++) {
        const lanes *row = (const lanes *)(b + (size_t)p * (size_t)ldb);
        for (int i = 0; i < height; i++) {
            float factor = a[(size_t)i * a_row + (size_t)p * a_col];
            for (int j = 0; j < width; j++) sum[i][j] += factor * row[j];
        }
    }
    for (int i = 0; i < height; i++)
        for (int j = 0; j < width; j++) ((lanes *)(c + (size_t)i * (size_t)ldc))[j] = sum[i][j];
}

/* C (M,N) = A B, N a whole number of vectors; A's element (i,p) is a[i a_row + p a_col], so a
 * transposed A needs no copy. */
KD_SIMD static void multiply(int m, int n, int k, const float *a, size_t a_row, size_t a_col,
                             const float *b, int ldb, float *c, int ldc)
{
    for (int j = 0; j < n; j += COLUMNS * LANES) {
        bool is_wide = n - j >= COLUMNS * LANES;
        int  i = 0;

        for (; i + ROWS <= m; i += ROWS) {
            const float *at = a + (size_t)i * a_row;
            float       *to = c + (size_t)i * (size_t)ldc + j;
            if (is_wide)
                tile(ROWS, COLUMNS, k, at, a_row, a_col, b + j, ldb, to, ldc);
            else
                tile(ROWS, 1, k, at, a_row, a_col, b + j, ldb, to, ldc);
        }
        for (; i < m; i++) {
            const float *at = a + (size_t)i * a_row;
            float       *to = c + (size_t)i * (size_t)ldc + j;
            if (is_wide)
                tile(1, COLUMNS, k, at, a_row, a_col, b + j, ldb, to, ldc);
            else
                tile(1, 1, k, at, a_row, a_col, b + j, ldb, to, ldc);
        }
    }
}

/* to (T,ld) = scale * from (T,E) with row stride D, zeros behind. */
KD_SIMD static void copy_scaled(int t, int e, int ld, float scale, const float *from, size_t d,
                                float *to)
{
    for (int i = 0; i < t; i++, from += d, to += ld) {
        for (int j = 0; j < e; j++) to[j] = scale * from[j];
        for (int j = e; j < ld; j++) to[j] = 0.0f;
    }
}

/* to (E,ld) = scale * from^T, zeros behind. */
KD_SIMD static void copy_transposed(int t, int e, int ld, float scale, const float *from, size_t d,
                                    float *to)
{
    for (int j = 0; j < e; j++, to += ld) {
        for (int i = 0; i < t; i++) to[i] = scale * from[(size_t)i * d + (size_t)j];
        for (int i = t; i < ld; i++) to[i] = 0.0f;
    }
}

/* to (T,E) with row stride `to_ld` = or += from (T,ld). */
KD_SIMD static void put_back(int t, int e, int ld, const float *from, float *to, size_t to_ld)
{
    for (int i = 0; i < t; i++, from += ld, to += to_ld)
        for (int j = 0; j < e; j++) to[j] = from[j];
}

KD_SIMD static void add_back(int t, int e, int ld, const float *from, float *to, size_t to_ld)
{
    for (int i = 0; i < t; i++, from += ld, to += to_ld)
        for (int j = 0; j < e; j++) to[j] += from[j];
}

/* ---- softmax of a padded block and its way back ---- */

/* s = s - its row's largest; what stands behind a row's end becomes e^-inf = 0. */
KD_SIMD static void shift_rows(int t, int ld, float *s)
{
    for (int i = 0; i < t; i++, s += ld) {
        float max = s[0];

        for (int j = t; j < ld; j++) s[j] = -INFINITY;
#pragma omp simd reduction(max : max)
        for (int j = 0; j < ld; j++) max = s[j] > max ? s[j] : max;
        for (int j = 0; j < ld; j++) s[j] -= max;
    }
}

/* One long loop: rows are short, and each loop has a beginning and an end. */
KD_SIMD static void exp_all(size_t len, float *s)
{
    for (size_t i = 0; i < len; i++) s[i] = kd_expf(s[i]);
}

KD_SIMD static void divide_rows(int t, int ld, float *s)
{
    for (int i = 0; i < t; i++, s += ld) {
        float sum = 0.0f;

#pragma omp simd reduction(+ : sum)
        for (int j = 0; j < ld; j++) sum += s[j];
        float inverse = 1.0f / sum;
        for (int j = 0; j < ld; j++) s[j] *= inverse;
    }
}

static void softmax_rows(int t, int ld, float *s)
{
    shift_rows(t, ld, s);
    exp_all((size_t)t * (size_t)ld, s);
    divide_rows(t, ld, s);
}

/* Scores of the first key, so that its probability becomes 0. */
static void hide_first(const unit *u, float *s)
{
    for (int i = 0; i < u->t && u->t > 1; i++, s += u->ld_t) s[0] = -INFINITY;
}

/* ds = p (dp - sum_j dp p), in place of dp. p has rows of T. */
KD_SIMD static void softmax_rows_back(int t, int ld, const float *p, float *dp)
{
    for (int i = 0; i < t; i++, p += t, dp += ld) {
        float dot = 0.0f;

#pragma omp simd reduction(+ : dot)
        for (int j = 0; j < t; j++) dot += dp[j] * p[j];
        for (int j = 0; j < t; j++) dp[j] = p[j] * (dp[j] - dot);
    }
}

/* ---- units ---- */

typedef struct {
    kd_tensor *y;
    run_unit  *run;
    float     *scratch; /* one part a span */
    size_t     part;    /* floats of a part */
    int        spans;
} unit_loop;

static size_t part_floats(const attention_state *state, int e)
{
    size_t t = (size_t)state->longest, ld_t = (size_t)round_up(state->longest);
    size_t ld_e = (size_t)round_up(e), tall = t * ld_e;

    if (tall < (size_t)e * ld_t) tall = (size_t)e * ld_t;
    return 2 * t * ld_t + (tall + LANES) / LANES * LANES + t * ld_e;
}

static unit make_unit(const kd_tensor *y, int b, int a, float *scratch)
{
    const attention_state *state = y->state;
    int                    begin = state->rows->begin[b];
    unit                   u = { .t = state->rows->begin[b + 1] - begin, .e = y->d / state->heads };

    u.ld_t = round_up(u.t);
    u.ld_e = round_up(u.e);
    u.place = (size_t)begin * (size_t)y->d + (size_t)a * (size_t)u.e;
    u.map = state->map[b] + (size_t)u.t * (size_t)u.t * (size_t)a;
    u.square[0] = scratch;
    u.square[1] = u.square[0] + (size_t)u.t * (size_t)u.ld_t;
    u.out = u.square[1] + (size_t)u.t * (size_t)u.ld_t;
    u.tall = u.out + (size_t)u.t * (size_t)u.ld_e;
    return u;
}

static void run_span(void *user, int begin, int end)
{
    unit_loop       *loop = user;
    attention_state *state = loop->y->state;
    int              units = state->rows->count * state->heads;

    for (int s = begin; s < end; s++) {
        int first = (int)((int64_t)units * s / loop->spans);
        int last = (int)((int64_t)units * (s + 1) / loop->spans);

        for (int i = first; i < last; i++) {
            unit u = make_unit(loop->y, i / state->heads, i % state->heads,
                               loop->scratch + loop->part * (size_t)s);
            if (u.t > 0) loop->run(loop->y, &u);
        }
    }
}

static void run_units(kd_tensor *y, run_unit *run)
{
    attention_state *state = y->state;
    int              spans = kd_tape_threads(y->tape);
    unit_loop        loop = { .y = y, .run = run };

    if (y->n < 64) spans = 1;
    if (spans > state->rows->count * state->heads) spans = state->rows->count * state->heads;
    loop.spans = spans;
    loop.part = part_floats(state, y->d / state->heads);
    loop.scratch = kd_tape_scratch(y->tape, loop.part * (size_t)spans, sizeof(float));
    kd_parallel(spans, spans, 1, run_span, &loop);
}

/* ---- forward ---- */

static void drop_rows(const attention_state *state, const unit *u, float *r)
{
    for (int i = 0; state->has_dropout && i < u->t; i++, r += u->ld_t)
        kd_dropout_apply(&state->dropout, state->before + u->map + (size_t)i * (size_t)u->t,
                         (size_t)u->t, r, r);
}

/* R = dropout(P) without padding, as the factors of a product: P itself, or in square[0]. */
static const float *dropped(const attention_state *state, const unit *u, const float *p)
{
    if (!state->has_dropout) return p;
    kd_dropout_apply(&state->dropout, state->before + u->map, (size_t)u->t * (size_t)u->t, p,
                     u->square[0]);
    return u->square[0];
}

static void unit_forward(kd_tensor *y, unit *u)
{
    attention_state *state = y->state;
    size_t           d = (size_t)y->d, t = (size_t)u->t;
    float           *s = u->square[0];
    const float     *r = s;
    size_t           r_row = (size_t)u->ld_t;

    copy_transposed(u->t, u->e, u->ld_t, state->scale, y->in[K]->x + u->place, d, u->tall);
    multiply(u->t, u->ld_t, u->e, y->in[Q]->x + u->place, d, 1, u->tall, u->ld_t, s, u->ld_t);
    if (state->scores) put_back(u->t, u->t, u->ld_t, s, state->scores->x + u->map, t);
    if (state->skips_first) hide_first(u, s);
    softmax_rows(u->t, u->ld_t, s);
    if (state->kept) {
        put_back(u->t, u->t, u->ld_t, s, state->kept + u->map, t);
        r = dropped(state, u, state->kept + u->map);
        r_row = t;
    } else {
        drop_rows(state, u, s);
    }
    copy_scaled(u->t, u->e, u->ld_e, 1.0f, y->in[V]->x + u->place, d, u->tall);
    multiply(u->t, u->ld_e, u->t, r, r_row, 1, u->tall, u->ld_e, u->out, u->ld_e);
    put_back(u->t, u->e, u->ld_e, u->out, y->x + u->place, d);
}

static void attention_forward(kd_tensor *y)
{
    attention_state *state = y->state;

    if (state->probs)
        state->kept = state->probs->x;
    else if (y->wants_grad)
        state->kept =
            kd_tape_alloc(y->tape, kd_maps_length(state->rows, state->heads), sizeof(float));
    if (y->n > 0) run_units(y, unit_forward);
}

/* ---- backward ---- */

/* dV += R^T dO, and dP from dO V^T into square[1]; or dP = 0 when nothing came from O. */
static void values_back(kd_tensor *y, unit *u)
{
    attention_state *state = y->state;
    size_t           d = (size_t)y->d;
    float           *dp = u->square[1];

    if (!y->has_grad) {
        memset(dp, 0, (size_t)u->t * (size_t)u->ld_t * sizeof *dp);
        return;
    }
    if (y->in[V]->wants_grad) {
        const float *r = dropped(state, u, state->kept + u->map);
        copy_scaled(u->t, u->e, u->ld_e, 1.0f, y->g + u->place, d, u->tall);
        multiply(u->t, u->ld_e, u->t, r, 1, (size_t)u->t, u->tall, u->ld_e, u->out, u->ld_e);
        add_back(u->t, u->e, u->ld_e, u->out, y->in[V]->g + u->place, d);
    }
    copy_transposed(u->t, u->e, u->ld_t, 1.0f, y->in[V]->x + u->place, d, u->tall);
    multiply(u->t, u->ld_t, u->e, y->g + u->place, d, 1, u->tall, u->ld_t, dp, u->ld_t);
    drop_rows(state, u, dp);
}

static void add_map(const kd_tensor *map, const unit *u, float *to)
{
    if (!map || !map->has_grad) return;
    for (int i = 0; i < u->t; i++, to += u->ld_t)
        kd_vector_add((size_t)u->t, to, map->g + u->map + (size_t)i * (size_t)u->t, to);
}

static void unit_backward(kd_tensor *y, unit *u)
{
    attention_state *state = y->state;
    kd_tensor       *q = y->in[Q], *k = y->in[K];
    size_t           d = (size_t)y->d, ld = (size_t)u->ld_t;
    float           *ds = u->square[1];

    values_back(y, u);
    add_map(state->probs, u, ds);
    softmax_rows_back(u->t, u->ld_t, state->kept + u->map, ds);
    add_map(state->scores, u, ds);
    if (q->wants_grad) {
        copy_scaled(u->t, u->e, u->ld_e, state->scale, k->x + u->place, d, u->tall);
        multiply(u->t, u->ld_e, u->t, ds, ld, 1, u->tall, u->ld_e, u->out, u->ld_e);
        add_back(u->t, u->e, u->ld_e, u->out, q->g + u->place, d);
    }
    if (k->wants_grad) {
        copy_scaled(u->t, u->e, u->ld_e, state->scale, q->x + u->place, d, u->tall);
        multiply(u->t, u->ld_e, u->t, ds, 1, ld, u->tall, u->ld_e, u->out, u->ld_e);
        add_back(u->t, u->e, u->ld_e, u->out, k->g + u->place, d);
    }
}

static void attention_backward(kd_tensor *y)
{
    for (int i = Q; i <= V; i++) kd_grad(y->in[i]);
    run_units(y, unit_backward);
}

static const kd_op attention_op = { "attention", attention_forward, attention_backward };

/* ---- recording ---- */

static void place_maps(attention_state *state, kd_tape *tape)
{
    const kd_rows *rows = state->rows;
    size_t         next = 0;

    state->map = kd_tape_alloc(tape, (size_t)rows->count, sizeof *state->map);
    for (int b = 0; b < rows->count; b++) {
        int t = rows->begin[b + 1] - rows->begin[b];
        state->map[b] = next;
        next += (size_t)state->heads * (size_t)t * (size_t)t;
        if (t > state->longest) state->longest = t;
    }
}

static kd_tensor *make_map(kd_tape *tape, const attention_state *state)
{
    size_t length = kd_maps_length(state->rows, state->heads);

    KD_CHECK(length <= INT32_MAX, "attention maps of %zu elements", length);
    return kd_tape_side(tape, 1, (int)length);
}

static kd_attention_outputs record(kd_tape *tape, kd_tensor *q, kd_tensor *k, kd_tensor *v,
                                   const kd_rows *rows, int heads, double p, bool skips_first,
                                   kd_attention_wants wants)
{
    KD_CHECK(q->d == k->d && q->d == v->d && q->d % heads == 0, "attention: %d, %d, %d by %d heads",
             q->d, k->d, v->d, heads);
    KD_CHECK(q->n == kd_rows_total(rows) && k->n == q->n && v->n == q->n, "attention: %d rows",
             q->n);
    attention_state *state = kd_tape_alloc(tape, 1, sizeof *state);

    *state = (attention_state){ .rows = rows, .heads = heads, .skips_first = skips_first };
    state->scale = (float)(1.0 / sqrt((double)q->d / heads));
    state->has_dropout = kd_tape_is_training(tape) && p > 0.0;
    if (state->has_dropout) state->dropout = kd_dropout_create(kd_tape_stream(tape), p);
    state->before = kd_tape_before(tape, KD_OF_SQUARES) * (size_t)heads;
    place_maps(state, tape);
    if (wants.scores) state->scores = make_map(tape, state);
    if (wants.probs) state->probs = make_map(tape, state);
    kd_tensor *y =
        kd_tape_record(tape, &attention_op, q->n, q->d, state, 3, (kd_tensor *[]){ q, k, v });
    if (state->scores) kd_tape_join(y, state->scores);
    if (state->probs) kd_tape_join(y, state->probs);
    return (kd_attention_outputs){ y, state->scores, state->probs };
}

kd_attention_outputs kd_op_attention(kd_tape *tape, kd_tensor *q, kd_tensor *k, kd_tensor *v,
                                     const kd_rows *rows, int heads, double p,
                                     kd_attention_wants wants)
{
    return record(tape, q, k, v, rows, heads, p, false, wants);
}

kd_attention_outputs kd_op_attention_but_first(kd_tape *tape, kd_tensor *q, kd_tensor *k,
                                               kd_tensor *v, const kd_rows *rows, int heads,
                                               double p, kd_attention_wants wants)
{
    return record(tape, q, k, v, rows, heads, p, true, wants);
}
