/* output.h - answers in the form that somebody wants, in the order of the input.
 *
 *     jsonl   a sentence of a file   {"begin": 0, "text": "...", "mentions": [...]}
 *             a text                 {"id": "a", "mentions": [{"begin": 4, "end": 7,
 *                                     "type": "GENE", "score": 0.98, "text": "p53"}]}
 *     tsv     what a corpus of the task looks like (docs/CORPORA.md), so it can be scored or trained on
 *     brat    FOLDER/<name>.ann, and .txt beside it: what was read, byte for byte
 *     text    sentences with marks where mentions are, coloured on a terminal
 *
 * Places are characters from the beginning of the document. A mention is what the reading of tags says
 * (tags.h), its score the mean probability of its words' tags; a CRF's are posteriors. Of a
 * question there are "answers", the best first, five at most, with places in its "context"; their scores
 * are their shares of the 20 best. Where a question may have no answer, "no_answer" says so, "no_answer_margin" by how
 * much that is ahead of the best answer, and the answer of that rank is the empty text. Of a relation, a pair or a
 * class there is "class" and "score"; of a document that may have several, "classes", those of 0.5 and more,
 * and a text has those of all its sentences, each with its highest score.
 */
#ifndef KD_USE_OUTPUT_H
#define KD_USE_OUTPUT_H

#include <stdio.h>

#include "harness/use/intake.h"
#include "harness/use/predictor.h"

typedef struct {
    kd_form          form;
    kd_task          task;
    const kd_labels *labels;
    kd_reading       reading;
    FILE            *to;          /* all forms but brat */
    const char      *folder;      /* brat */
    bool             is_coloured; /* text */
    bool             has_scores;  /* tsv: a column more */
    bool             names_files; /* jsonl: sentences say which file they are of */
} kd_output_options;

typedef struct kd_output kd_output;

/* What `options` has is borrowed. KD_EUSAGE when the form has no such answers. */
kd_status kd_output_create(kd_output **out, const kd_output_options *options, kd_error *err);

/* The answers to the next portion. KD_EIO or KD_ECREATE when they cannot be written. */
kd_status kd_output_write(kd_output *output, const kd_portion *portion, const kd_replies *replies,
                          kd_error *err);

int64_t kd_output_mentions(const kd_output *output); /* or classes, so far */

/* A file of brat that has not ended is taken back. NULL is fine. */
void kd_output_destroy(kd_output *output);

#endif
