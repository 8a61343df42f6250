/* by_word.h - what is said of pieces, as said of words, so that who has other pieces can learn it.
 *
 *     teacher   [CLS]  Inter  ##leu  ##kin   binds  [SEP]
 *     logits      z0     z1     z2     z3      z4     z5
 *     words            z1, or (z1+z2+z3)/3     z4            kd_words_of_pieces
 *     student   <s>    Inter     leukin      binds  </s>
 *     learns     -       w0        w0          w1     -      kd_word_of_piece
 *
 * A word has one number in its split, whoever cuts it into pieces: its place in kd_pack.word_begin. What no
 * word stands behind ([CLS], [SEP]) is said to nobody. A row that is cut loses words at its end: of one that has
 * no piece left nothing is said, and of one that was cut within what is left of it speaks.
 */
#ifndef KD_DISTILL_BY_WORD_H
#define KD_DISTILL_BY_WORD_H

#include <math.h>
#include <stdbool.h>

#include "models/text/pack.h"

/* Which of a word's pieces speak for it. */
typedef enum { KD_WORDS_FIRST, KD_WORDS_MEAN } kd_word_rule;

/* From logits (N,K) of a pack's pieces to (words,K). A row of which nothing is said is NAN throughout. */
void kd_words_of_pieces(const kd_pack *pack, const float *logits, int labels, kd_word_rule rule,
                        float *out);

/* The same of one sentence for another reading of it: what the first piece of each word has, at every piece of that word in the
 * other reading, whose rows (of that sentence alone) are in `out` (pieces,K). `said` (pieces) tells where anything is said; other
 * rows are zeroes. */
void kd_words_move(const kd_pack *from, const float *logits, const kd_pack *to, int sentence,
                   int labels, float *out, uint8_t *said);

/* Whether anything is said in such a row. */
static inline bool kd_word_is_said(const float *row)
{
    return !isnan(row[0]);
}

/* The word that stands behind piece `n` of a sentence, by its number in the split; -1 for none. */
static inline int kd_word_of_piece(const kd_pack *pack, int sentence, int n)
{
    return pack->word[n] < 0 ? -1 : pack->word_begin[sentence] + pack->word[n];
}

#endif
