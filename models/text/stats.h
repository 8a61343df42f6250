/* stats.h - what is in a corpus, and what two splits have in common.
 *
 * Words are tokens in a tagged corpus and what stands between blanks in any other. Mentions are
 * counted as conlleval reads them, so a malformed sequence still has some; of a corpus without a table of labels
 * (unlabelled.h) none are.
 */
#ifndef KD_TEXT_STATS_H
#define KD_TEXT_STATS_H

#include "models/text/corpus.h"

enum { KD_LONG_SENTENCE = 512 }; /* words; published networks have positions for no more pieces */

typedef struct {
    int      sentences;
    int64_t  words;
    int      longest;                       /* sentence, in words */
    int      long_ones;                     /* sentences of more than KD_LONG_SENTENCE words */
    int32_t  long_line;                     /* where the first of them begins */
    int64_t  mentions;                      /* NER */
    int64_t  single;                        /* of them one word long */
    int      longest_mention;               /* in words */
    int      kinds;                         /* types (NER), classes (RE), hallmarks (HOC) */
    int64_t *by_kind;                       /* (kinds) mentions or rows of each */
    int64_t  by_set_size[KD_HALLMARKS + 1]; /* HOC: rows with so many hallmarks */
    int      documents;                     /* HOC */
    int      questions;  /* QA; `sentences` are rows, of a question and a text each */
    int      unanswered; /* QA: rows whose text has none of the answers */
    int64_t  answers;    /* QA: right ones of all rows */
    int      repeated;   /* sentences that an earlier one is equal to */
} kd_corpus_stats;

/* Count; kd_corpus_stats_fini frees by_kind. */
void kd_corpus_stats_make(kd_corpus_stats *out, const kd_corpus *corpus);
void kd_corpus_stats_fini(kd_corpus_stats *stats);

/* The name of a kind, as by_kind numbers them; borrowed from the labels. */
const char *kd_corpus_stats_kind(const kd_corpus *corpus, int kind);

/* Sentences of `later` whose words `earlier` has as a sentence too. */
typedef struct {
    int     count;
    int32_t line, earlier_line; /* the first one in `later`, and one of its equals */
} kd_duplicates;

kd_duplicates kd_corpus_duplicates(const kd_corpus *earlier, const kd_corpus *later);

#endif
