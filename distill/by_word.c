/* by_word.c - one walk over the pieces; those of a word stand beside each other. */
#include "distill/by_word.h"

#include <string.h>

static void add(float *sum, const float *terms, size_t count)
{
    for (size_t k = 0; k < count; k++) sum[k] += terms[k];
}

/* One word, whose pieces are from `n` to the answer - 1. */
static int say_word(const kd_pack *pack, const float *logits, size_t k, kd_word_rule rule, int n,
                    int end, float *out)
{
    int first = n;
    memcpy(out, logits + (size_t)n * k, k * sizeof *out);
    for (n++; n < end && pack->word[n] == pack->word[first]; n++)
        if (rule == KD_WORDS_MEAN) add(out, logits + (size_t)n * k, k);
    for (size_t i = 0; i < k && rule == KD_WORDS_MEAN; i++) out[i] /= (float)(n - first);
    return n;
}

void kd_words_of_pieces(const kd_pack *pack, const float *logits, int labels, kd_word_rule rule,
                        float *out)
{
    size_t k = (size_t)labels;
    for (size_t i = 0; i < (size_t)pack->words * k; i++) out[i] = NAN;
    for (int b = 0; b < pack->sentences; b++)
        for (int n = pack->piece_begin[b], end = pack->piece_begin[b + 1]; n < end;) {
            int word = kd_word_of_piece(pack, b, n);
            if (word < 0)
                n++;
            else
                n = say_word(pack, logits, k, rule, n, end, out + (size_t)word * k);
        }
}
