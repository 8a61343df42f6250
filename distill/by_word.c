/* by_word.c - one walk over the pieces; those of a word stand beside each other. */
#include "distill/by_word.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/status.h"

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

/* The row of the sentence in which each of its words begins; -1 for a word that was cut. */
static void find_firsts(const kd_pack *pack, int sentence, int words, int32_t *row)
{
    int begin = pack->piece_begin[sentence];
    for (int w = 0; w < words; w++) row[w] = -1;
    for (int n = begin; n < pack->piece_begin[sentence + 1]; n++)
        if (kd_pack_is_first(pack, n)) row[pack->word[n]] = n - begin;
}

void kd_words_move(const kd_pack *from, const float *logits, const kd_pack *to, int sentence,
                   int labels, float *out, uint8_t *said)
{
    size_t   k = (size_t)labels;
    int      words = from->word_begin[sentence + 1] - from->word_begin[sentence];
    int      begin = to->piece_begin[sentence], end = to->piece_begin[sentence + 1];
    int32_t *row = kd_alloc((size_t)words + 1, sizeof *row);
    find_firsts(from, sentence, words, row);
    for (int n = begin; n < end; n++) {
        size_t at = (size_t)(n - begin);
        int    word = to->word[n];
        said[at] = word >= 0 && row[word] >= 0;
        if (said[at])
            memcpy(out + at * k, logits + (size_t)row[word] * k, k * sizeof *out);
        else
            memset(out + at * k, 0, k * sizeof *out);
    }
    free(row);
}
