/* candidates.h - from starts and ends to answers, the best first, and what they are worth.
 *
 *     logits (N,2) of windows -> the best pairs start..end of each -> one ranked list a question
 *
 * As the published code for SQuAD has it (Devlin et al. 2019, run_squad.py): of each window the 20 best starts
 * and the 20 best ends inside its text; pairs that end at or behind their start and have at most
 * pack->answer_pieces pieces; their score is the sum of both logits. The lists of all windows of a question, and
 * of all its texts, are one; an answer that two windows give, or two places with the same words, stands there once,
 * with its best score. Where questions may have no answer, that is one of the candidates, with what [CLS] has in
 * the window that believes it least, less a threshold: it is said where it is ahead of every answer by more than that.
 */
#ifndef KD_DISTILL_CANDIDATES_H
#define KD_DISTILL_CANDIDATES_H

#include "distill/counts.h"
#include "models/text/pack.h"

enum { KD_CANDIDATES = 5 }; /* of a question that are scored, as BioASQ's evaluation takes them */

/* A part of a text, in characters; begin and end are -1 for "no answer". */
typedef struct {
    int32_t row; /* of pack->questions */
    int32_t begin, end;
    float   score; /* start + end */
} kd_candidate;

/* Whether questions may have no answer, and by how much that has to be ahead. */
typedef struct {
    bool  may_be;
    float above; /* 0, as published, unless somebody knows better */
} kd_no_answer;

/* Open; kd_candidates_fini frees it. */
typedef struct {
    int      questions, most;
    int32_t *count; /* (questions) at least 1, at most `most` */
    kd_candidate
        *items; /* (questions, most), the best first; of equal ones that of the earlier window */
    float *
        margin; /* (questions) by how much "no answer" is ahead of the best answer, before any threshold */
} kd_candidates;

/* `logits` (N,2) in the pack's order, start and end. */
void kd_candidates_find(kd_candidates *out, const kd_pack *pack, const float *logits, int most,
                        kd_no_answer none);
void kd_candidates_fini(kd_candidates *candidates);

/* The text of a candidate: bytes of its row's text, borrowed; of "no answer" nothing. */
const char *kd_candidate_text(const kd_questions *questions, const kd_candidate *candidate,
                              size_t *length);

/* ---- what they are worth ---- */

/* Add the text as SQuAD compares it: in lower case, without ASCII punctuation and the words a, an, the, one blank
 * between words. */
void kd_answer_normalise(kd_str *out, const char *text, size_t length);

/* Of one answer against the right ones of a question, the best of them. F1 is of words, each as often as it stands;
 * without words on either side both figures say whether neither has any. */
typedef struct {
    double exact, f1;
} kd_answer_worth;

/* Means over questions:
 *
 *     em, f1     of the best candidate, as SQuAD 1.1 and 2.0 are scored
 *     strict     the best candidate is one of the right answers       BioASQ: in any case of letters,
 *     lenient    one of the first five is                            and nothing else is overlooked
 *     mrr        1 / the rank of the first of the five that is, 0 without one
 *
 * BioASQ's three are over the questions that have an answer; 0 where there is none. */
typedef struct {
    double em, f1, strict, lenient, mrr;
} kd_answer_scores;

/* What those are means of: the worth of the best candidate, and the rank, from 1, of the first that is one of the right
 * answers; 0 without one, -1 for a question that has no answer. */
typedef struct {
    kd_answer_worth best;
    int             rank;
} kd_question_worth;

/* Its F1 in thousandths of 1 predicted and 1 right answer: the micro F1 of such counts is the mean. */
kd_counts kd_question_counts(const kd_question_worth *question);

/* `by_question` (questions), or NULL, gets what each is worth. */
kd_answer_scores kd_candidates_score(const kd_candidates *candidates, const kd_questions *questions,
                                     kd_question_worth *by_question);

/* The same of answers as texts, which other programs gave; a question without any has the empty one. */
typedef struct {
    const char *text; /* no NUL has to end it */
    size_t      length;
} kd_answer_text;

typedef struct {
    int             questions, most;
    int32_t        *count; /* (questions) */
    kd_answer_text *items; /* (questions, most), the best first */
} kd_answer_lists;

kd_answer_scores kd_answers_score(const kd_answer_lists *said, const kd_questions *questions,
                                  kd_question_worth *by_question);

/* Of one answer to one question. */
kd_answer_worth kd_answer_weigh(const kd_questions *questions, int32_t question, const char *text,
                                size_t length);

#endif
