/* gemm_tile.h - the innermost loop of our own products: a tile of C whose sums stay in registers.
 *
 * B stands in panels of 32 columns, word by word of K (gemm_words.h says what a word is), and A
 * in rows of words. With AVX-512 a tile of 8 rows by one panel has 16 vectors of sums and needs
 * 2 loads of B and 8 of A for 16 multiply-adds. Fewer rows take more panels at once, so
 * that there are always 8 independent sums to hide the latency of one.
 *
 * Each element of C is one sum in order of K that begins with bias + beta C, whatever tile it is
 * in. A sum that is interrupted and goes on with beta 1 has the same bits as one that is not.
 */
#ifndef KD_TENSOR_GEMM_TILE_H
#define KD_TENSOR_GEMM_TILE_H

#include <stddef.h>

enum { KD_LANES = 16, KD_PANEL = 2 * KD_LANES }; /* floats of a vector; columns of a panel */

/* What the words of A and B are. */
typedef enum {
    KD_TILE_F32,     /* floats */
    KD_TILE_WIDENED, /* A: floats that are bf16 numbers; B: bf16, columns c and c+16 in one word, made
                        float in registers: half the bytes to stream, which is what few rows wait for */
    KD_TILE_PAIRS,   /* pairs of bf16, multiplied by the CPU's own instructions (AVX-512 BF16) */
} kd_tile_type;

typedef struct {
    int          words; /* of K */
    const void  *a;     /* rows of words, lda apart */
    size_t       lda;
    const char  *panel;
    size_t       panel_bytes; /* from one panel to the next */
    size_t       ahead;       /* from a panel to what is needed next and may be far away: */
    size_t       ask_bytes;   /* so much of it is asked for with each word of K */
    const float *bias;        /* NULL: none */
    float        beta;        /* 0 or 1 */
    float       *c;
    size_t       ldc;
} kd_tile;

/* How many rows the tallest tile has here: what the CPU's registers can hold. */
int kd_tile_tallest(void);

/* How many vectors a tile of `rows` may take when there are many: 2, 4 or 8. */
static inline int kd_tile_widest(int rows)
{
    return rows > 4 ? 2 : rows > 2 ? 4 : 8;
}

/* Compute the tile; `rows` is 1 .. 8, `vectors` is 1 (half a panel), 2 or kd_tile_widest(rows). */
void kd_tile_run(kd_tile_type type, int rows, int vectors, const kd_tile *tile);

/* The same for `columns` of C that are no whole number of vectors: by way of a copy. */
void kd_tile_run_narrow(kd_tile_type type, int rows, int columns, const kd_tile *tile);

#endif
