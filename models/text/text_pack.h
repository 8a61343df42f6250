/* text_pack.h - documents become rows of pieces, one at a time.
 *
 *     cut     [CLS] p p p p p p [SEP]                          the first max_pieces, as published
 *     split   [CLS] p p p p p p [SEP] [CLS] p p p [SEP]        all of it, in as many rows as it takes
 *
 * A row without any piece that can be asked for (all are [UNK]) would teach nothing and is left out.
 */
#ifndef KD_TEXT_TEXT_PACK_H
#define KD_TEXT_TEXT_PACK_H

#include <stdint.h>

#include "harness/base/status.h"
#include "models/text/tokenizer.h"

typedef enum { KD_DOCUMENTS_CUT, KD_DOCUMENTS_SPLIT } kd_documents;

/* What was met on the way. */
typedef struct {
    int64_t documents, rows;
    int64_t pieces;   /* without [CLS] and [SEP] */
    int64_t unknown;  /* of them [UNK] */
    int64_t cut;      /* documents that lost their end */
    int64_t left_out; /* rows of unknown pieces alone */
    int     longest;  /* pieces of the longest row, specials included */
} kd_text_stats;

/* How rows are made; open for reading. */
typedef struct {
    kd_tokenizer *tokenizer; /* borrowed */
    kd_specials   specials;
    bool          takes_words; /* what stands between blanks is cut by itself, and remembered */
    kd_documents  documents;
    size_t        most; /* pieces of a row, without [CLS] and [SEP]; 0: no limit */
    kd_ids        pieces;
} kd_text_packer;

/* KD_EDATA when the vocabulary lacks [CLS], [SEP] or [UNK], KD_ECONFIG when a row has no room for two pieces. */
kd_status kd_text_packer_init(kd_text_packer *out, kd_tokenizer *tokenizer,
                              const kd_token_options *options, kd_documents documents,
                              kd_error *err);

/* Append the rows of a document to `ids`, and where each ends to `ends`. */
void kd_text_packer_add(kd_text_packer *packer, const char *text, size_t length, kd_ids *ids,
                        kd_ids *ends, kd_text_stats *stats);

void kd_text_packer_fini(kd_text_packer *packer);

/* A document's place in [0, 1), by its bytes alone: neither the order of files nor a second copy of it changes whether it
 * is held out. */
double kd_text_place(const char *text, size_t length);

#endif
