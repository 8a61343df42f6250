/* tensor.h - a 2-D array of floats that knows how it was computed.
 *
 * Rows are packed: all tokens of all sentences stand one after another, and a kd_rows says
 * where each sentence begins. There is no padding and there are no masks.
 *
 *     sentence 0    sentence 1      sentence 2
 *     t0 t1 t2 t3 | t4 t5         | t6 t7 t8        N = 9 rows, B = 3
 *     begin[0]=0    begin[1]=4      begin[2]=6      begin[3]=9
 *
 * A tensor belongs to the tape that made it and lives until kd_tape_reset(); a parameter's
 * tensor belongs to its kd_params. Gradients are added, never assigned, except by the first
 * writer of a block, which kd_grad_beta() tells.
 */
#ifndef KD_TENSOR_TENSOR_H
#define KD_TENSOR_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where sentences begin: sentence b is the rows begin[b] .. begin[b+1]-1, begin[count] is N. */
typedef struct {
    int            count; /* B */
    const int32_t *begin; /* (B+1), begin[0] = 0 */
} kd_rows;

static inline int kd_rows_total(const kd_rows *rows)
{
    return rows->begin[rows->count];
}

/* A choice of rows, in any order; a row may be chosen twice. */
typedef struct {
    int            count;
    const int32_t *row;   /* (count) */
    const int32_t *width; /* (count) columns of each that count, for losses; NULL: all */
} kd_pick;

typedef struct kd_tape   kd_tape;
typedef struct kd_op     kd_op;
typedef struct kd_param  kd_param;
typedef struct kd_tensor kd_tensor;

/* Open: the loops of every op read it. */
struct kd_tensor {
    int          n, d;       /* rows, columns */
    float       *x;          /* (N,D) values */
    float       *g;          /* (N,D) dL/dx; ops take it from kd_grad() */
    bool         wants_grad; /* something below it is trained */
    bool         has_grad;   /* g holds something already */
    /* how it was made */
    const kd_op *op;   /* NULL for a leaf */
    kd_tape     *tape; /* NULL for a parameter */
    kd_tensor  **in;   /* (arity), entries may be NULL */
    int          arity;
    void        *state; /* what the op keeps between forward and backward */
    kd_tensor   *side;  /* first of the op's other outputs */
    kd_tensor   *next_side;
    kd_tensor   *before; /* recorded before this one */
    kd_param    *param;  /* for a weight: where it comes from, else NULL */
};

static inline size_t kd_tensor_len(const kd_tensor *t)
{
    return (size_t)t->n * (size_t)t->d;
}
static inline float *kd_tensor_row(const kd_tensor *t, int n)
{
    return t->x + (size_t)n * (size_t)t->d;
}

/* The block to add dL/dx to, zeroed before its first use, or NULL when x wants no gradient
 * (NULL x too: an optional input). */
float *kd_grad(kd_tensor *x);

/* For a product that can overwrite: 0 when nobody has written x->g yet (it is allocated, its
 * contents are undefined and the caller must write every element), 1 when it must be added
 * to. Only after x->wants_grad was found true. */
float kd_grad_beta(kd_tensor *x);

/* For an op y = f(x) of equal shapes that is done with dL/dy: when nobody has written dL/dx yet,
 * x receives y's own block, to be changed in place, and the answer is true. Saves a pass and
 * the memory of one gradient. */
bool kd_grad_take_over(kd_tensor *x, kd_tensor *y);

#endif
