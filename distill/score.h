/* score.h - how right predicted labels are: tags, spans, classes, sets of classes.
 *
 *     metric            unit           what counts                                 published as
 *     token_micro       piece or word  each tag B I E S by itself                  first source
 *     entity_strict     span           well-formed spans only                      ours
 *     entity_lenient    span           conlleval's reading                         CoNLL-2000
 *     entity_seqeval    span           seqeval's default reading                   seqeval
 *     relation          row            classes that are relations                  BLUE
 *     pair.macro        row            each class, mean over classes               BioASQ, yes/no
 *     document          document       sets of hallmarks, mean over documents      BLUE
 *     em, f1            question       the best candidate (candidates.h)           SQuAD
 *     strict, lenient,
 *     mrr               question       the first five                              BioASQ
 *
 * All of them count, and what they count becomes precision, recall and F1 in counts.h. Scoring tags
 * allocates nothing: a trainer does it after every epoch. Arrays are label ids in the order of the
 * corpus and `begin` (B+1) says where sentences begin; an id below 0 is outside. A pack's piece arrays fit as well as a corpus's word arrays: pieces that stand for
 * themselves ([CLS]) are outside in gold, so a tag predicted on one is a false positive, as the first
 * source has it.
 */
#ifndef KD_DISTILL_SCORE_H
#define KD_DISTILL_SCORE_H

#include "distill/counts.h"
#include "models/text/corpus.h"

/* Whether a task is judged by a number of this name: "token_micro.f1", "accuracy". Of one type of
 * mentions, "entity_strict.Gene.f1", or class of pairs, "pair.yes.f1", only who knows them can tell, so it is taken. */
bool kd_score_has(kd_task task, const char *name);

/* The names, with blanks between. */
void kd_score_names(kd_task task, kd_str *out);

/* Where detailed counts go; each may be NULL. They are added to, so clear them before. */
typedef struct {
    kd_counts *by_type;     /* (types) for spans, (K) by label for tags and classes */
    kd_counts *by_sentence; /* (B) */
} kd_detail;

/* Spans that agree in sentence, first word, last word and type. */
kd_counts kd_score_spans(const kd_labels *labels, kd_reading reading, const int16_t *gold,
                         const int16_t *predicted, const int32_t *begin, int sentences,
                         kd_detail detail);

/* Tags B, I, E and S one by one. */
kd_counts kd_score_tags(const kd_labels *labels, const int16_t *gold, const int16_t *predicted,
                        const int32_t *begin, int sentences, kd_detail detail);

/* Classes of B rows. A wrong class is a false positive of the one and a miss of the other; of relations
 * the negative ones (kd_relation_is_positive) never count. */
kd_counts kd_score_classes(const kd_labels *labels, bool are_relations, const int32_t *gold,
                           const int32_t *predicted, int rows, kd_detail detail);

/* The share of equal ids: tag for tag, row for row; 0 for none. */
double kd_score_tag_accuracy(const int16_t *gold, const int16_t *predicted, int count);
double kd_score_class_accuracy(const int32_t *gold, const int32_t *predicted, int count);

/* Sets of classes as bits, joined over the sentences of each document:
 *
 *     precision = mean over documents of |gold & predicted| / |predicted|     recall alike
 *     f1        = of the two means
 *
 * A document where nothing is predicted has precision 0, one without gold recall 0, but one
 * that has neither is right and has 1 in both. (The published evaluator divides by 0 there;
 * its own data have no such document.) `documents` (B) numbers them from 0; NULL makes each row
 * a document.
 * by_sentence gets the counts of each document at its number, by_type those of each bit. */
kd_prf kd_score_documents(const int32_t *gold, const int32_t *predicted, const int32_t *documents,
                          int rows, kd_detail detail);

/* ---- files ---- */

/* All that two files, or one with three columns, say about each other. */
typedef struct {
    kd_corpus  gold, predicted;
    kd_labels *labels;
} kd_score_pair;

/* Read gold and predicted files, which must have the same sentences; or, when `predicted` is
 * NULL, one file of token<TAB>gold<TAB>predicted. KD_EDATA says "file:line" where they part. */
kd_status kd_score_open(kd_score_pair *out, const char *gold, const char *predicted, kd_task task,
                        const kd_corpus_options *options, kd_error *err);
/* Files of WordPiece pieces: leave out what continues a word ("##s"), so that each word counts
 * once, by the tag of its first piece. Tagged corpora only. */
void      kd_score_by_word(kd_score_pair *pair);

void kd_score_close(kd_score_pair *pair);

#endif
