/* questions.h - questions, the texts that they are asked of, and where in these they are answered.
 *
 *     row 0   "Which gene is mutated?"  "Mutations of FBN1 cause ..."   answers: "FBN1" at 13
 *     row 1   "Which gene is mutated?"  "In 1991 the gene was found"    answers: "FBN1" nowhere
 *     row 2   "When was it found?"      "In 1991 the gene was found"    answers: "1991" at 3, "In 1991" at 0
 *
 * A row is one question beside one text. Rows with one id are one question (0, 0, 1 above): what is said
 * of all its texts is ranked together, and it is scored once. Places are characters (code points)
 * of the text, as SQuAD has them.
 */
#ifndef KD_TEXT_QUESTIONS_H
#define KD_TEXT_QUESTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/base/arena.h"
#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"

/* One of the right answers; the first of a row that stands in its text is learned, all count. */
typedef struct {
    const char *text;
    int32_t     begin, end; /* characters of the row's text; -1, -1 where it does not stand in it */
} kd_gold;

typedef struct {
    const char    *id;
    int32_t        number; /* of the question, from 0 in the order of meeting */
    int32_t        next;   /* row of the same question behind this one; -1 for the last */
    const char    *question, *context;
    int            count; /* of answers; 0: it cannot be answered from its text */
    const kd_gold *answers;
} kd_question;

/* Open. Whose arena its texts are in, its owner says. */
typedef struct {
    KD_VEC(kd_question) rows;
    KD_VEC(int32_t) first; /* (count) row of each question */
    KD_VEC(int32_t) last;  /* private */
    int32_t count;         /* distinct questions */
    bool    has_none;      /* some row cannot be answered, so that "no answer" may be one */
} kd_questions;

/* Add the rows of a text in the form of SQuAD 1.1 or 2.0 or of BioASQ (its factoid questions, a row for
 * each snippet); `name` is put before the place of a mistake. Texts are copied to `arena`.
 *
 *   - An answer_start has to be where the answer stands: KD_EDATA. Where none is given, as in BioASQ, it is
 *     the first place, in these letters or else in any case; `nowhere` counts rows without such a place.
 *   - No answers and no is_impossible, answers beside is_impossible, empty texts: KD_EDATA.
 *   - An id that ends in _ and three digits is that of the question before it: so published files of
 *     BioASQ in SQuAD's form number its snippets.
 */
kd_status kd_questions_parse(kd_questions *out, kd_arena *arena, const char *bytes, size_t length,
                             const char *name, int64_t *nowhere, kd_error *err);

/* Those that are answered with yes or no, in the same two forms, BioASQ's of type yesno, or SQuAD's with "answers": "yes"; and
 * those of PubMedQA, of which some are answered with maybe: a row for each of their CONTEXTS. Each row has one answer, "yes",
 * "no" or "maybe", which stands nowhere. KD_EDATA for any other. */
kd_status kd_questions_parse_verdicts(kd_questions *out, kd_arena *arena, const char *bytes,
                                      size_t length, const char *name, kd_error *err);

/* In SQuAD's form, which kd_questions_parse reads to the same rows. */
void kd_questions_print(const kd_questions *questions, kd_str *out);

/* Or one row after another: of a new question (its number is `count`), or of one that is there. */
void kd_questions_add(kd_questions *questions, kd_question row);

/* Forget all rows but the first ones. */
void kd_questions_keep(kd_questions *questions, int rows);

void kd_questions_fini(kd_questions *questions); /* texts go with their arena */

/* The bytes of the characters begin..end-1 of a text; begin is moved to bytes, the length returned. */
size_t kd_characters(const char *text, int32_t *begin, int32_t end);

#endif
