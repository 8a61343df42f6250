/* gemm_quad.h - the innermost loop of our own 8-bit products: a tile of C whose sums stay in registers.
 *
 * A word is four neighbouring terms of K, a byte each. A has unsigned bytes in rows of words, B signed ones in panels of
 * 32 columns, word by word. The CPU multiplies four pairs of bytes and adds them to a sum of 32 bits in one instruction
 * (AVX-512 VNNI), and never saturates on the way, so a sum is exact and no order of it matters. Scales make it a float
 * on its way out:
 *
 *     c_mn = (sum_mn - offset_n) s_m t_n + bias_n + beta c_mn
 */
#ifndef KD_TENSOR_GEMM_QUAD_H
#define KD_TENSOR_GEMM_QUAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KD_QUAD_PANEL = 32, KD_QUAD_TERMS = 4, KD_QUAD_TALLEST = 12 };

typedef struct {
    int            words; /* of K */
    const uint8_t *a;     /* rows, lda bytes apart */
    size_t         lda;
    const int8_t  *panel;       /* the first one; 128 bytes a word */
    size_t         panel_bytes; /* from one panel to the next */
    const int32_t *offset;      /* of the first panel's columns, in whole panels, as is `scale` */
    const float   *scale;       /* t */
    const float   *row_scale;   /* s */
    const float   *bias;        /* NULL: none */
    float          beta;        /* 0 or 1 */
    float         *c;
    size_t         ldc;
} kd_quad_tile;

/* Whether the CPU has the instructions. */
bool kd_quad_have(void);

/* How many panels a tile of `rows` takes when there are many, so that there are always sums enough to hide the latency
 * of one: 1, 2 or 4. */
static inline int kd_quad_widest(int rows)
{
    return rows > 4 ? 1 : rows > 2 ? 2 : 4;
}

/* Compute `rows` (1 .. KD_QUAD_TALLEST) by `columns` of C; the columns lie in one panel, or fill kd_quad_widest(rows). */
void kd_quad_run(int rows, int columns, const kd_quad_tile *tile);

#endif
