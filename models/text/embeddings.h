/* embeddings.h - word vectors in text form, as GloVe and word2vec write them.
 *
 *     400000 300                 word2vec begins with rows and dimensions, GloVe does not
 *     the 0.418 0.24968 ...      a word and D numbers, blanks or TABs between
 *     new york 0.1 -0.3 ...      the last D columns are the vector; what is before is the word
 *
 * Files are large and models use few of their words, so a reader says which words it wants;
 * every row is checked, the wanted ones are kept. A word is found as it is written or else in
 * lower case.
 */
#ifndef KD_TEXT_EMBEDDINGS_H
#define KD_TEXT_EMBEDDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/map.h"
#include "harness/base/status.h"
#include "models/text/vocab.h"

typedef struct kd_embeddings kd_embeddings;

/* What the file holds. */
typedef struct {
    int64_t rows;
    int     dim; /* D */
    bool    has_header;
    int64_t repeated; /* rows of a wanted word that had one already: the first one stays */
    int64_t spaced;   /* rows whose word has a blank inside */
    int64_t not_utf8; /* rows that are passed over because their word is not UTF-8 */
} kd_embeddings_info;

/* Put a word, and its lower case, among the wanted ones. */
void kd_embeddings_want(kd_map *wanted, const char *word, size_t length);

/* Read the file and keep the vectors of the wanted words; the caller owns the result. KD_EDATA
 * with file:line for a row that is too short, a column that is no finite number, a row without
 * a word, a NUL byte, vectors of more than 16384 numbers; and when the rows are not as many as the header says. */
kd_status kd_embeddings_read(kd_embeddings **out, const char *path, const kd_map *wanted,
                             kd_error *err);

kd_embeddings_info kd_embeddings_about(const kd_embeddings *embeddings);

/* The vector (D) of a word, NULL when there is none. It lives as long as the embeddings. */
const float *kd_embeddings_find(const kd_embeddings *embeddings, const char *word, size_t length);

/* How many of these words (word -> how often) have a vector. */
typedef struct {
    int64_t words, words_found;   /* different ones */
    int64_t tokens, tokens_found; /* as often as they occur */
} kd_embeddings_hits;

kd_embeddings_hits kd_embeddings_cover(const kd_embeddings *embeddings, const kd_map *counts);

/* NULL is fine. */
void kd_embeddings_destroy(kd_embeddings *embeddings);

#endif
