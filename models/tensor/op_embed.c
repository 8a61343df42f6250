/* op_embed.c - y_n = word[id_n] + position[first + n - begin of its sentence] + segment[s_n].
 *
 * Backward adds dy_n to the three rows that made y_n. Distances to a mark are such ids. */
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/kernels.h"
#include "models/tensor/op.h"

enum { WORD, POSITION, SEGMENT };

typedef struct {
    const int32_t *ids, *segments;
    const kd_rows *rows;
    int            first; /* position of a sentence's first piece */
} embed_state;

typedef void add_row(float *table_row, float *y_row, int d);

static void table_to_y(float *table_row, float *y_row, int d)
{
    kd_vector_add((size_t)d, y_row, table_row, y_row);
}

static void y_to_table(float *table_row, float *y_row, int d)
{
    kd_vector_add((size_t)d, table_row, y_row, table_row);
}

static void add_positions(const embed_state *state, float *table, float *y, int d, add_row *add)
{
    const kd_rows *rows = state->rows;

    for (int b = 0; b < rows->count; b++)
        for (int n = rows->begin[b]; n < rows->begin[b + 1]; n++)
            add(table + (size_t)(state->first + n - rows->begin[b]) * (size_t)d,
                y + (size_t)n * (size_t)d, d);
}

/* `index` NULL is row 0 for all. */
static void add_indexed(const int32_t *index, int n, float *table, float *y, int d, add_row *add)
{
    for (int r = 0; r < n; r++)
        add(table + (size_t)(index ? index[r] : 0) * (size_t)d, y + (size_t)r * (size_t)d, d);
}

static void embed_forward(kd_tensor *y)
{
    embed_state *state = y->state;
    size_t       row_bytes = (size_t)y->d * sizeof *y->x;

    for (int n = 0; n < y->n; n++)
        memcpy(kd_tensor_row(y, n), kd_tensor_row(y->in[WORD], state->ids[n]), row_bytes);
    if (y->in[POSITION]) add_positions(state, y->in[POSITION]->x, y->x, y->d, table_to_y);
    if (y->in[SEGMENT])
        add_indexed(state->segments, y->n, y->in[SEGMENT]->x, y->x, y->d, table_to_y);
}

static void embed_backward(kd_tensor *y)
{
    embed_state *state = y->state;
    float       *word = kd_grad(y->in[WORD]);
    float       *position = kd_grad(y->in[POSITION]);
    float       *segment = kd_grad(y->in[SEGMENT]);

    if (word) add_indexed(state->ids, y->n, word, y->g, y->d, y_to_table);
    if (position) add_positions(state, position, y->g, y->d, y_to_table);
    if (segment) add_indexed(state->segments, y->n, segment, y->g, y->d, y_to_table);
}

static const kd_op embed_op = { "embed", embed_forward, embed_backward };

static void check_index(const char *what, const int32_t *index, int n, const kd_tensor *table)
{
    for (int r = 0; index && r < n; r++)
        KD_CHECK(index[r] >= 0 && index[r] < table->n, "embed: %s %d of %d", what, index[r],
                 table->n);
}

static void check_positions(const kd_rows *rows, const kd_tensor *table, int first)
{
    for (int b = 0; b < rows->count; b++)
        KD_CHECK(first + rows->begin[b + 1] - rows->begin[b] <= table->n,
                 "embed: a sentence of %d pieces, %d positions",
                 rows->begin[b + 1] - rows->begin[b], table->n - first);
}

kd_tensor *kd_op_embed(kd_tape *tape, const int32_t *ids, const int32_t *segments,
                       const kd_rows *rows, kd_tensor *word, kd_tensor *position, int first,
                       kd_tensor *segment)
{
    int          n = kd_rows_total(rows);
    embed_state *state = kd_tape_alloc(tape, 1, sizeof *state);

    check_index("piece", ids, n, word);
    if (position) check_positions(rows, position, first);
    if (segment) check_index("segment", segments, n, segment);
    *state = (embed_state){ ids, segments, rows, first };
    return kd_tape_record(tape, &embed_op, n, word->d, state, 3,
                          (kd_tensor *[]){ word, position, segment });
}

/* ---- distances ---- */

kd_tensor *kd_op_distance(kd_tape *tape, const kd_rows *rows, const int32_t *mark, kd_tensor *table)
{
    int      furthest = table->n / 2 - 1; /* L */
    int32_t *ids = kd_tape_alloc(tape, (size_t)kd_rows_total(rows), sizeof *ids);

    KD_CHECK(table->n >= 2 && table->n % 2 == 0, "distance: a table of %d rows, not 2L+2",
             table->n);
    for (int b = 0; b < rows->count; b++) {
        int begin = rows->begin[b], end = rows->begin[b + 1];
        KD_CHECK(mark[b] < end - begin, "distance: mark %d of %d rows", mark[b], end - begin);
        for (int n = begin; n < end; n++) {
            int far = n - begin - mark[b];
            far = far < -furthest ? -furthest : far > furthest ? furthest : far;
            ids[n] = mark[b] < 0 ? table->n - 1 : far + furthest;
        }
    }
    return kd_op_embed(tape, ids, NULL, rows, table, NULL, 0, NULL);
}
