/* piece_vectors.h - vectors of words become vectors of pieces.
 *
 *     corpus   kinase kinase kinase ligase        cut    kin ##ase (3 times)   lig ##ase (once)
 *     file     kin kinase ligase
 *     words    kin has the vector of "kin"; lig and ##ase have none
 *     parts    so has kin; lig = ligase, ##ase = (3 kinase + 1 ligase) / 4
 *
 * A word is a piece with those that continue it: "##ase", or, where a vocabulary marks what begins a word ("Ġkin", "▁kin"), pieces
 * without the mark in the same word of the corpus. Its text is that of its pieces put together, in the letters that a
 * tokenizer leaves, and is found as it is written or else in lower case (embeddings.h). In a mean each word that has a
 * vector counts as often as the piece is part of it in the corpus; words without one count nothing. [UNK], [CLS] and their
 * like are part of no word.
 */
#ifndef KD_TEXT_PIECE_VECTORS_H
#define KD_TEXT_PIECE_VECTORS_H

#include "harness/base/setting.h"
#include "models/text/pack.h"
#include "models/text/vocab.h"

typedef enum {
    KD_VECTORS_WORDS, /* a piece that is a word has its vector, others have none */
    KD_VECTORS_PARTS, /* others have the mean of those of the words that they are part of */
} kd_vectors_rule;

typedef struct {
    kd_vectors_rule vectors_rule;
} kd_vectors_options;

extern const kd_setting kd_vectors_settings[];

/* What pieces have, of a vocabulary and as often as they occur in the corpus. */
typedef struct {
    int     pieces, own, mean;
    int64_t uses, uses_own, uses_mean;
} kd_vectors_hits;

/* Read the vectors of `path` and write those of pieces to their rows of `matrix` (V,dim); other rows keep what they have.
 * Without a matrix they are counted. KD_ECONFIG when they are not of `dim` numbers or no piece has one; KD_EDATA as
 * kd_embeddings_read says it. */
kd_status kd_piece_vectors(float *matrix, int dim, const char *path, const kd_vocab *vocab,
                           const kd_pack *pack, kd_vectors_rule rule, kd_vectors_hits *hits,
                           kd_error *err);

#endif
