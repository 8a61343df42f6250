/* op_rows.c - rows chosen, set beside each other, or turned to columns: copies there, additions back. */
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/kernels.h"
#include "models/tensor/op.h"

/* ---- rows: y_i = x_row[i], dx_row[i] += dy_i ---- */

static void rows_forward(kd_tensor *y)
{
    const kd_pick *pick = y->state;

    for (int i = 0; i < y->n; i++)
        memcpy(kd_tensor_row(y, i), kd_tensor_row(y->in[0], pick->row[i]),
               (size_t)y->d * sizeof *y->x);
}

static void rows_backward(kd_tensor *y)
{
    const kd_pick *pick = y->state;
    float         *g = kd_grad(y->in[0]);
    size_t         d = (size_t)y->d;

    for (int i = 0; i < y->n; i++) {
        float *to = g + (size_t)pick->row[i] * d;
        kd_vector_add(d, to, y->g + (size_t)i * d, to);
    }
}

static const kd_op rows_op = { "rows", rows_forward, rows_backward };

static kd_tensor *record_rows(kd_tape *tape, kd_tensor *x, int count, const int32_t *row)
{
    kd_pick *state = kd_tape_alloc(tape, 1, sizeof *state);

    for (int i = 0; i < count; i++)
        KD_CHECK(row[i] >= 0 && row[i] < x->n, "rows: row %d of %d", row[i], x->n);
    *state = (kd_pick){ .count = count, .row = row };
    return kd_tape_record(tape, &rows_op, count, x->d, state, 1, &x);
}

kd_tensor *kd_op_rows(kd_tape *tape, kd_tensor *x, const kd_pick *pick)
{
    return record_rows(tape, x, pick->count, pick->row);
}

kd_tensor *kd_op_first(kd_tape *tape, kd_tensor *x, const kd_rows *rows)
{
    return record_rows(tape, x, rows->count, rows->begin);
}

/* ---- concat: y = [x_1 x_2 ...], each receives its columns of dy ---- */

static void concat_forward(kd_tensor *y)
{
    int from = 0;

    for (int i = 0; i < y->arity; from += y->in[i++]->d)
        for (int n = 0; n < y->n; n++)
            memcpy(kd_tensor_row(y, n) + from, kd_tensor_row(y->in[i], n),
                   (size_t)y->in[i]->d * sizeof *y->x);
}

static void concat_backward(kd_tensor *y)
{
    int from = 0;

    for (int i = 0; i < y->arity; from += y->in[i++]->d) {
        size_t d = (size_t)y->in[i]->d;
        float *g = kd_grad(y->in[i]);

        for (int n = 0; g && n < y->n; n++)
            kd_vector_add(d, g + (size_t)n * d, y->g + (size_t)n * (size_t)y->d + from,
                          g + (size_t)n * d);
    }
}

static const kd_op concat_op = { "concat", concat_forward, concat_backward };

kd_tensor *kd_op_concat(kd_tape *tape, int count, kd_tensor *const *parts)
{
    int d = 0;

    for (int i = 0; i < count; i++) {
        KD_CHECK(parts[i]->n == parts[0]->n, "concat: %d rows beside %d", parts[i]->n, parts[0]->n);
        d += parts[i]->d;
    }
    return kd_tape_record(tape, &concat_op, parts[0]->n, d, NULL, count, parts);
}

/* ---- trigram: y_n = [x_n+1 x_n x_n-1], dx_n += the three copies of it in dy ---- */

enum { NEXT, SELF, BEFORE };

static void trigram_forward(kd_tensor *y)
{
    const kd_rows   *rows = y->state;
    const kd_tensor *x = y->in[0];
    size_t           d = (size_t)x->d;

    memset(y->x, 0, kd_tensor_len(y) * sizeof *y->x);
    for (int b = 0; b < rows->count; b++) {
        int first = rows->begin[b], last = rows->begin[b + 1] - 1;
        for (int n = first; n <= last; n++) {
            const float *from = kd_tensor_row(x, n);
            if (n > first) memcpy(kd_tensor_row(y, n - 1) + NEXT * d, from, d * sizeof *from);
            memcpy(kd_tensor_row(y, n) + SELF * d, from, d * sizeof *from);
            if (n < last) memcpy(kd_tensor_row(y, n + 1) + BEFORE * d, from, d * sizeof *from);
        }
    }
}

static void trigram_backward(kd_tensor *y)
{
    const kd_rows *rows = y->state;
    size_t         d = (size_t)y->in[0]->d;
    float         *g = kd_grad(y->in[0]);

    for (int b = 0; b < rows->count; b++) {
        int first = rows->begin[b], last = rows->begin[b + 1] - 1;
        for (int n = first; n <= last; n++) {
            float       *to = g + (size_t)n * d;
            const float *gy = y->g + (size_t)n * 3 * d;
            if (n > first) kd_vector_add(d, to, gy - 3 * d + NEXT * d, to);
            kd_vector_add(d, to, gy + SELF * d, to);
            if (n < last) kd_vector_add(d, to, gy + 3 * d + BEFORE * d, to);
        }
    }
}

static const kd_op trigram_op = { "trigram", trigram_forward, trigram_backward };

kd_tensor *kd_op_trigram(kd_tape *tape, kd_tensor *x, const kd_rows *rows)
{
    KD_CHECK(x->n == kd_rows_total(rows), "trigram: x has %d rows, the sentences %d", x->n,
             kd_rows_total(rows));
    return kd_tape_record(tape, &trigram_op, x->n, 3 * x->d, (void *)rows, 1, &x);
}

/* ---- turn: y_(b K + k),t = x_(begin_b + t),k ---- */

static int longest_of(const kd_rows *rows)
{
    int longest = 0;

    for (int b = 0; b < rows->count; b++)
        if (rows->begin[b + 1] - rows->begin[b] > longest)
            longest = rows->begin[b + 1] - rows->begin[b];
    return longest;
}

static void turn(const float *x, int k, const kd_rows *rows, int d, float *y)
{
    memset(y, 0, (size_t)rows->count * (size_t)k * (size_t)d * sizeof *y);
    for (int b = 0; b < rows->count; b++)
        for (int n = rows->begin[b]; n < rows->begin[b + 1]; n++)
            for (int c = 0; c < k; c++)
                y[((size_t)b * (size_t)k + (size_t)c) * (size_t)d + (size_t)(n - rows->begin[b])] =
                    x[(size_t)n * (size_t)k + (size_t)c];
}

static void turn_forward(kd_tensor *y)
{
    turn(y->in[0]->x, y->in[0]->d, y->state, y->d, y->x);
}

static void turn_backward(kd_tensor *y)
{
    const kd_rows *rows = y->state;
    float         *g = kd_grad(y->in[0]);
    int            k = y->in[0]->d;

    for (int b = 0; b < rows->count; b++)
        for (int n = rows->begin[b]; n < rows->begin[b + 1]; n++)
            for (int c = 0; c < k; c++)
                g[(size_t)n * (size_t)k + (size_t)c] +=
                    y->g[((size_t)b * (size_t)k + (size_t)c) * (size_t)y->d +
                         (size_t)(n - rows->begin[b])];
}

static const kd_op turn_op = { "turn", turn_forward, turn_backward };

kd_tensor *kd_op_turn(kd_tape *tape, kd_tensor *x, const kd_rows *rows)
{
    kd_rows *state = kd_tape_alloc(tape, 1, sizeof *state);

    KD_CHECK(kd_rows_total(rows) == x->n, "turn: %d rows of %d", kd_rows_total(rows), x->n);
    *state = *rows;
    return kd_tape_record(tape, &turn_op, rows->count * x->d, longest_of(rows), state, 1, &x);
}

const float *kd_turn(kd_tape *tape, const float *x, int k, const kd_rows *rows)
{
    int    d = longest_of(rows);
    float *y = kd_tape_alloc(tape, (size_t)rows->count * (size_t)k * (size_t)d, sizeof *y);

    turn(x, k, rows, d, y);
    return y;
}

const kd_pick *kd_turn_widths(kd_tape *tape, const kd_rows *rows, int k)
{
    size_t   count = (size_t)rows->count * (size_t)k;
    kd_pick *pick = kd_tape_alloc(tape, 1, sizeof *pick);
    int32_t *row = kd_tape_alloc(tape, count, sizeof *row);
    int32_t *width = kd_tape_alloc(tape, count, sizeof *width);

    for (int i = 0; i < rows->count * k; i++) {
        row[i] = i;
        width[i] = rows->begin[i / k + 1] - rows->begin[i / k];
    }
    *pick = (kd_pick){ rows->count * k, row, width };
    return pick;
}
