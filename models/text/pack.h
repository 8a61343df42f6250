/* pack.h - a tokenised split: all pieces of all sentences, one after another.
 *
 *     sentence 0            sentence 1
 *     [CLS] p p p p [SEP]   [CLS] p p [SEP]  ...        N pieces, no padding
 *       -1  0 0 1 2   -1      -1  0 1   -1              `word`: which word of its sentence
 *       ^piece_begin[0]       ^piece_begin[1]
 *
 * Of questions a sentence is a window, [CLS] question [SEP] part of the text [SEP]; a text that is too long
 * for one has several, which overlap. `word` is 0 for the question and 1 for the text, as for the two texts of a
 * pair.
 *
 * Words keep their own arrays, so that a sentence that was cut is still scored at every word
 * it has: a word without pieces is predicted as outside.
 */
#ifndef KD_TEXT_PACK_H
#define KD_TEXT_PACK_H

#include <stdint.h>

#include "models/text/questions.h"
#include "models/text/task.h"

#define KD_NO_TAG (-1) /* a piece that no loss and no score looks at */
#define KD_UNTOLD (-2) /* a tag or class that nobody told (unlabelled.h); a teacher may say it */

/* A stretch of the rows of a text: a text may have more pieces than one array should hold. */
typedef struct {
    int            first, rows; /* the number of its first row, and how many there are */
    const int32_t *begin;       /* (rows+1) where they begin in its own pieces */
    const int16_t *narrow; /* its pieces, where no number of one is above 32767; else NULL and */
    const int32_t *wide;   /* this */
} kd_pack_part;

/* Open on purpose: loops read it. kd_pack_fini frees the arrays; unused ones are NULL. */
typedef struct {
    kd_task  task;
    int      sentences; /* B of the whole split */
    int      pieces;    /* N */
    int      words;
    int32_t *ids;         /* (N) piece ids, specials included */
    int32_t *word;        /* (N) index of the word in its sentence, -1 for specials */
    int16_t *tags;        /* (N) label of the piece, KD_NO_TAG where none, KD_UNTOLD; NER only */
    int32_t *piece_begin; /* (B+1) */
    int32_t *word_begin;  /* (B+1) */
    int16_t *word_tags;   /* (words) gold label of every word, cut or not; NER only */
    int32_t *labels;      /* (B) class, or bits for HOC; RE, PAIR and HOC only */
    int32_t *documents;   /* (B) HOC: running number of the document; QA: row of `questions` */
    int32_t *marks;    /* (2B) rows of a sentence where its two mentions begin (marks.h); RE only */
    int32_t *segments; /* (N) 0, and 1 from the second text on; where a sentence has two */
    int32_t *spans;    /* (2B) rows of a window where its answer starts and ends; QA only */
    int32_t *places; /* (2N) characters of the text that a piece stands for, from and to; QA only */
    int32_t  answer_pieces;        /* of the longest answer that is given; QA only */
    const kd_questions *questions; /* borrowed; QA only */
    /* The training split of a text that came from files, in place of ids and piece_begin; borrowed. */
    int                 parts, longest; /* of them; pieces of the longest row */
    kd_pack_part       *part;
} kd_pack;

/* A sentence, wherever its pieces are: how many, and a copy of them. */
int  kd_pack_length(const kd_pack *pack, int sentence);
void kd_pack_copy(const kd_pack *pack, int sentence, int32_t *ids);

/* How many sentences have labels; those behind them are KD_UNTOLD. */
int kd_pack_told(const kd_pack *pack);

/* Pieces of the longest sentence, and in the mean. */
int kd_pack_longest(const kd_pack *pack);
int kd_pack_mean(const kd_pack *pack);

void kd_pack_fini(kd_pack *pack); /* pack_build.c */

/* Rows of the numbers that a network gives for all of it: N, or B. */
static inline int kd_pack_rows(const kd_pack *pack)
{
    return kd_task_is_of_pieces(pack->task) ? pack->pieces : pack->sentences;
}

/* Fill `segments` (N) from what each piece belongs to: what is not kept is made so. */
void kd_pack_find_segments(const kd_pack *pack, int32_t *segments);

/* True where piece i begins a word. */
static inline int kd_pack_is_first(const kd_pack *pack, int i)
{
    return pack->word[i] >= 0 && (i == 0 || pack->word[i - 1] != pack->word[i]);
}

#endif
