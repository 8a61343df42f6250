/* pack.h - a tokenised split: all pieces of all sentences, one after another.
 *
 *     sentence 0            sentence 1
 *     [CLS] p p p p [SEP]   [CLS] p p [SEP]  ...        N pieces, no padding
 *       -1  0 0 1 2   -1      -1  0 1   -1              `word`: which word of its sentence
 *       ^piece_begin[0]       ^piece_begin[1]
 *
 * Words keep their own arrays, so that a sentence that was cut is still scored at every word
 * it has: a word without pieces is predicted as outside.
 */
#ifndef KD_TEXT_PACK_H
#define KD_TEXT_PACK_H

#include <stdint.h>

#include "models/text/task.h"

#define KD_NO_TAG (-1) /* a piece that no loss and no score looks at */

/* Open on purpose: loops read it. kd_pack_fini frees the arrays; unused ones are NULL. */
typedef struct {
    kd_task  task;
    int      sentences; /* B of the whole split */
    int      pieces;    /* N */
    int      words;
    int32_t *ids;         /* (N) piece ids, specials included */
    int32_t *word;        /* (N) index of the word in its sentence, -1 for specials */
    int16_t *tags;        /* (N) label of the piece, KD_NO_TAG where none; NER only */
    int32_t *piece_begin; /* (B+1) */
    int32_t *word_begin;  /* (B+1) */
    int16_t *word_tags;   /* (words) gold label of every word, cut or not; NER only */
    int32_t *labels;      /* (B) class, or bits for HOC; RE and HOC only */
    int32_t *documents;   /* (B) running number of the document; HOC only */
    int32_t *marks; /* (2B) rows of a sentence where its two mentions begin (marks.h); RE only */
} kd_pack;

void kd_pack_fini(kd_pack *pack); /* pack_build.c */

/* True where piece i begins a word. */
static inline int kd_pack_is_first(const kd_pack *pack, int i)
{
    return pack->word[i] >= 0 && (i == 0 || pack->word[i - 1] != pack->word[i]);
}

#endif
