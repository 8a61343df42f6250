/* vocab.h - the pieces of a model and their numbers.
 *
 *     vocab.txt          line n holds the piece with id n-1, UTF-8, LF or CRLF
 *     [PAD]              0
 *     [UNK]              1
 *     ...
 *     ##ase              812      a piece that continues a word
 *
 * A vocabulary is read from such a file, built from the words of a corpus, or filled by the
 * tokenizer whose own file holds it (bpe, unigram). Ids are 0 .. size-1 without holes and no
 * two pieces are equal.
 */
#ifndef KD_TEXT_VOCAB_H
#define KD_TEXT_VOCAB_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/map.h"
#include "harness/base/status.h"
#include "harness/base/str.h"

#define KD_VOCAB_FILE "vocab.txt"

typedef struct kd_vocab kd_vocab;

/* Pieces that stand for no text. An id is -1 when the vocabulary has no such piece. BERT and
 * ALBERT write [PAD] or <pad>, [CLS], [SEP]; RoBERTa writes <pad>, <s>, </s>. */
typedef struct {
    int32_t pad, unk, cls, sep, mask;
} kd_specials;

/* Read vocab.txt; the caller owns the vocabulary. KD_EDATA with file:line for an empty line, a
 * piece that an earlier line has, a NUL, text that is not UTF-8; for an empty file; and for a
 * file without [UNK], without which a word could vanish. */
kd_status kd_vocab_read(kd_vocab **out, const char *path, kd_error *err);

/* The same of pieces that fill a line each, as objects keep them, which were looked at when they were read. */
kd_vocab *kd_vocab_of_lines(const char *text);

/* Build one for WordPiece from `counts` (word -> how often; words as kd_basic_split gives them):
 *
 *     [PAD] [UNK] [CLS] [SEP] [MASK]     always
 *     a, ##a                             every character that begins or continues a word
 *     ab, ##abc                          the most frequent neighbours joined, again and again,
 *                                        until `size` pieces are there or no pair occurs twice
 *
 * Equally frequent pairs are joined in the order of their text, so the result depends on
 * nothing but the counts. A `size` that has no room for all characters keeps the most frequent
 * ones. KD_EDATA when `size` leaves no room beside the five specials or there are no words. */
kd_status kd_vocab_build(kd_vocab **out, const kd_map *counts, int size, kd_error *err);

/* Fill one by hand: kd_vocab_add gives the next id, or -1 when the piece is there already. */
kd_vocab *kd_vocab_create(void);
int32_t   kd_vocab_add(kd_vocab *vocab, const char *piece, size_t length);

/* Add its pieces, a line each. */
void kd_vocab_print(const kd_vocab *vocab, kd_str *out);

/* Write vocab.txt, durable and whole or not at all. */
kd_status kd_vocab_write(const kd_vocab *vocab, const char *path, kd_error *err);

/* Inspect. A piece lives as long as the vocabulary; kd_vocab_find gives -1 for no such piece. */
int         kd_vocab_size(const kd_vocab *vocab);
const char *kd_vocab_piece(const kd_vocab *vocab, int32_t id);
int32_t     kd_vocab_find(const kd_vocab *vocab, const char *piece, size_t length);
kd_specials kd_vocab_specials(const kd_vocab *vocab);

/* How many [SEP] stand between two texts: two where they are written </s>, as RoBERTa was trained; 0 without any. */
int kd_vocab_separators(const kd_vocab *vocab);

/* Whether it begins with these pieces, a line each, as objects keep them; KD_EDATA with the first that differs.
 * `count` (may be NULL) says how many lines there were. */
kd_status kd_vocab_check_pieces(const kd_vocab *vocab, const char *lines, int32_t *count,
                                kd_error *err);

/* NULL is fine. */
void kd_vocab_destroy(kd_vocab *vocab);

#endif
