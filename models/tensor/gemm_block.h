/* gemm_block.h - large products of our own: blocks that stay in the caches, tiles in registers.
 *
 *                    N columns
 *                | panel |   |   |     A is cut into slabs of rows by words of K that fit into
 *         K      |       |   |   |     the second cache, B into panels of 32 columns by as many
 *      ------+---+-------+---+---+     words, which fit into the first. A slab is used for all
 *     |      |   | . . . . . . . |     panels before the next one is made.
 *   M | slab |   | . . . . . . . |
 *     |      |   | . . . . . . . |
 *
 * Each element of C is one sum in order of K, whatever M, N and the count of threads are.
 */
#ifndef KD_TENSOR_GEMM_BLOCK_H
#define KD_TENSOR_GEMM_BLOCK_H

#include "models/tensor/gemm_words.h"

/* Whether the CPU can do it: AVX-512, and AVX-512 BF16 for bf16. */
bool kd_block_has(bool is_bf16);

/* C (M,N) = A B + bias + beta C, where A has M rows and B has N (its columns), both in the same
 * precision and with the same count of terms. `bias` (N) may be NULL; beta is 0 or 1. */
void kd_block_multiply(const kd_operand *a, const kd_operand *b, int threads, const float *bias,
                       float beta, float *c, size_t ldc);

#endif
