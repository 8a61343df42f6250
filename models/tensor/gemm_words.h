/* gemm_words.h - copies of a product's operands, in the words that tiles read.
 *
 * An operand has rows and terms: the rows of A, or the columns of B, by the K terms that are
 * summed. A word of 32 bits holds one term in f32, or two neighbouring terms in bf16, the first one
 * in the low half; an odd count of terms is filled up with 0.
 *
 *     along     term k of row r is x[r ld + k]        A as it is, B transposed
 *     across    term k of row r is x[k ld + r]        A transposed, B as it is
 *
 * By AVX-512, in blocks of 16 by 16 words, which are turned in registers where the copy asks
 * for it. bf16 rounds to nearest, ties to even; numbers below 2^-126 count as 0.
 */
#ifndef KD_TENSOR_GEMM_WORDS_H
#define KD_TENSOR_GEMM_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    bool         is_bf16, is_across;
    int          rows, terms;
    const float *x;
    size_t       ld;
} kd_operand;

/* Whether the CPU can make these copies, and multiply pairs of bf16. */
bool kd_words_have_f32(void);
bool kd_words_have_bf16(void);

static inline int kd_operand_words(const kd_operand *operand)
{
    return operand->is_bf16 ? (operand->terms + 1) / 2 : operand->terms;
}

/* Rows row .. row+rows-1, words word .. word+words-1: word w of row r goes to
 * to[r ld + w], or to[w ld + r]. The shorter side is filled with 0 up to a multiple of 16. */
void kd_copy_words_by_row(const kd_operand *operand, int row, int rows, int word, int words,
                          uint32_t *to, size_t ld);
void kd_copy_words_by_term(const kd_operand *operand, int row, int rows, int word, int words,
                           uint32_t *to, size_t ld);

#endif
