/* intake.h - texts from files and pipes, a portion at a time, in bounded memory.
 *
 *     form     where                    what is a sentence                    answered
 *     text     *.txt, anything else     as sentences.h cuts a text            sentence by sentence
 *     tsv      *.tsv *.conll *.iob      words, one a line, up to an empty     sentence by sentence
 *              *.iob2 *.bio             line; for classes a row
 *     jsonl    *.jsonl *.ndjson *.json  {"id": ..., "text": "..."} a line     text by text
 *     brat     a folder                 its .txt files, each a text           text by text
 *
 * To a model that answers questions a line of JSON has "question" and "context", and there is no other form. To one of
 * pairs (PAIR) it has these or "sentence1" and "sentence2", and a row of a table has two texts.
 * To a model of classes for a pair (RE), which wants both marks before it, each line of a text and each
 * "text" is one sentence. To one of classes for a document (HOC) sentences are cut as for NER, and a
 * document has the classes of all its sentences.
 *
 * What is wrong with a line (no UTF-8, NUL, longer than KD_LINE_LIMIT, no JSON, an empty word) is told with
 * its place, up to ten times, and the line is passed over and counted; of words, the sentence is. With
 * `strict` the first one ends everything. A long line of a text is no fault: it comes in parts. A text
 * that is passed over still counts in characters, so places of what follows hold.
 *
 * A portion ends when it is large, or when a pipe has nothing more for now.
 */
#ifndef KD_USE_INTAKE_H
#define KD_USE_INTAKE_H

#include "harness/use/portion.h"

/* clang-format off */
#define KD_FORMS(X)    \
    X(TEXT, "text")    \
    X(TSV, "tsv")      \
    X(JSONL, "jsonl")  \
    X(BRAT, "brat")
/* clang-format on */

typedef enum {
#define X(name, word) KD_FORM_##name,
    KD_FORMS(X)
#undef X
        KD_FORM_COUNT,
    KD_FORM_AUTO = KD_FORM_COUNT /* by the name's end */
} kd_form;

const char *kd_form_word(kd_form form);
bool        kd_form_parse(kd_form *out, const char *word); /* "conll" is tsv, too */

typedef struct {
    kd_form form;      /* of all inputs, or KD_FORM_AUTO */
    kd_task task;      /* of the model */
    bool    lines_end; /* an end of line ends a sentence of a text; always so in a BRAT folder */
    bool    strict;
} kd_intake_options;

typedef struct kd_intake kd_intake;

/* Read these in order; "-" is stdin. Folders are listed now, files opened when their turn comes.
 * `paths` are borrowed. */
kd_status kd_intake_open(kd_intake **out, const char *const *paths, size_t count,
                         const kd_intake_options *options, kd_error *err);

/* Replace what `out` holds by the next portion; `more` is false when there is none. KD_EDATA at a bad
 * line with `strict`, KD_ENOINPUT and KD_EIO name the place, once all that came before was given. */
kd_status kd_intake_next(kd_intake *intake, kd_portion *out, bool *more, kd_error *err);

/* So far. */
typedef struct {
    int64_t sentences, skipped; /* lines, or sentences of words, that were passed over */
    int64_t cut_sentences;      /* ended because they were too long */
    int64_t bytes;
} kd_intake_counts;
kd_intake_counts kd_intake_counted(const kd_intake *intake);

void kd_intake_close(kd_intake *intake); /* NULL is fine */

#endif
