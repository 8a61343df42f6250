/* tokenizer.h - text to piece ids and back, by one of three published methods.
 *
 *     kind        file                        used by        "gene IL2"
 *     wordpiece   vocab.txt                   BERT family    gene IL ##2
 *     bpe         vocab.json + merges.txt     RoBERTa        g ene ĠIL 2
 *     unigram     spiece.model                ALBERT         ▁gene ▁il 2
 *     any         tokenizer.json              all of them
 *
 * Two ways in. Running text goes through kd_tokenizer_encode. A word of a corpus goes through
 * kd_tokenizer_encode_word, which treats it as standing after a blank, so that pieces can be
 * counted word by word. Special pieces ([CLS], [SEP]) are never added here and never
 * recognised in text.
 *
 * Encoding cannot fail: readers refuse text that is not UTF-8, and a stray byte that still
 * gets here counts as U+FFFD.
 */
#ifndef KD_TEXT_TOKENIZER_H
#define KD_TEXT_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/setting.h"
#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "models/text/vocab.h"

typedef struct kd_tokenizer kd_tokenizer;
typedef KD_VEC(int32_t) kd_ids;

typedef enum {
    KD_TOKENIZER_AUTO, /* by the file's name */
    KD_TOKENIZER_WORDPIECE,
    KD_TOKENIZER_BPE,
    KD_TOKENIZER_UNIGRAM,
    KD_TOKENIZER_JSON,
} kd_tokenizer_choice;

/* What a vocabulary was made for. */
typedef enum {
    KD_LETTERS_AUTO, /* uncased when no piece has a capital */
    KD_LETTERS_CASED,
    KD_LETTERS_UNCASED, /* lowers, and strips accents */
} kd_letters;

/* How text becomes pieces and how pieces are packed (pack_build.h). */
typedef struct {
    kd_tokenizer_choice tokenizer;
    kd_letters          letters;
    bool lowercase;       /* lower each word first, accents kept, whatever `letters` says */
    int  max_pieces;      /* longest row, [CLS] and [SEP] included; 0 for no limit */
    bool inherit;         /* every piece carries its word's tag, or only the first does */
    bool tag_specials;    /* [CLS] and [SEP] carry the labels START and END */
    bool keep_sep;        /* a row that is cut ends with [SEP] all the same */
    int  question_pieces; /* longest question; 0 for no limit */
    int  stride;          /* pieces from the beginning of a window to that of the next */
    int  answer_pieces;   /* longest answer that is given */
} kd_token_options;

extern const kd_setting kd_token_settings[];

/* Read the vocabulary at `path`: a file of the table above (vocab.json finds merges.txt beside
 * it) or a folder that holds one. The caller owns the tokenizer. KD_EDATA names file and line. */
kd_status kd_tokenizer_open(kd_tokenizer **out, const char *path, const kd_token_options *options,
                            kd_error *err);

#define KD_TOKENIZER_FILE "tokenizer.json" /* all of a tokenizer in one file */

/* The index-th of the files that any of them reads in a folder; NULL behind the last. */
const char *kd_tokenizer_file(int index);

/* What is read beside the vocabulary file `path`, "x/<name>merges.txt" of "x/<name>vocab.json";
 * NULL when nothing is. The caller frees it. */
char *kd_tokenizer_beside(const char *path);

/* A WordPiece tokenizer over a vocabulary that is not in a file; it takes `vocab`, also when it
 * fails. KD_EDATA when the vocabulary has no [UNK]. */
kd_status kd_tokenizer_from_vocab(kd_tokenizer **out, kd_vocab *vocab,
                                  const kd_token_options *options, kd_error *err);

/* As a tokenizer.json, to text, or to a file, durable and whole or not at all. One thing cannot be
 * said there: ALBERT's second cut of numbers before a comma. */
void      kd_tokenizer_print(const kd_tokenizer *tokenizer, kd_str *out);
kd_status kd_tokenizer_write(const kd_tokenizer *tokenizer, const char *path, kd_error *err);

/* The files that kd_tokenizer_open reads at `path`, byte for byte and under their usual names, in a folder that is
 * there: vocab.json and merges.txt, spiece.model. None where it reads a tokenizer.json. */
kd_status kd_tokenizer_copy(const char *path, const kd_token_options *options, const char *folder,
                            kd_error *err);

/* Append the ids of a text, of one word. The tokenizer keeps working memory, and the words that
 * it cut lately: one thread at a time. A word of control characters alone gives no id. */
void kd_tokenizer_encode(kd_tokenizer *tokenizer, const char *text, size_t length, kd_ids *out);
void kd_tokenizer_encode_word(kd_tokenizer *tokenizer, const char *word, size_t length,
                              kd_ids *out);

/* Append the text of ids: continuations joined, words apart by one blank, specials as written.
 * What normalisation removed (case, accents, the width of blanks) does not come back. */
void kd_tokenizer_decode(const kd_tokenizer *tokenizer, const int32_t *ids, size_t count,
                         kd_str *out);

const kd_vocab *kd_tokenizer_vocab(const kd_tokenizer *tokenizer); /* borrowed */
const char     *kd_tokenizer_kind_name(const kd_tokenizer *tokenizer);
bool            kd_tokenizer_is_uncased(const kd_tokenizer *tokenizer);

/* NULL is fine. */
void kd_tokenizer_destroy(kd_tokenizer *tokenizer);

#endif
