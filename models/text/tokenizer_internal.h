/* tokenizer_internal.h - what a kind of tokenizer offers to tokenizer.c.
 *
 * A new kind is one file with one kd_tokenizer_kind and one row in tokenizer.c.
 */
#ifndef KD_TEXT_TOKENIZER_INTERNAL_H
#define KD_TEXT_TOKENIZER_INTERNAL_H

#include "models/text/tokenizer.h"

typedef struct {
    const char *name;        /* "wordpiece" */
    const char *file;        /* the usual name of its file, by which it is found in a folder */
    const char *beside;      /* of a second file that is read with it, or NULL */
    const char *suffix;      /* how names of such files end */
    bool        has_uncased; /* some of its vocabularies are made for text without capitals */

    /* Read `path`: set tokenizer->vocab and tokenizer->state. Case is settled later. */
    kd_status (*open)(kd_tokenizer *tokenizer, const char *path, kd_error *err);

    /* Append the ids of a text; `is_word` says that it stands after a blank. */
    void (*encode)(kd_tokenizer *tokenizer, const char *text, size_t length, bool is_word,
                   kd_ids *out);

    /* Append the text of ids, which are all in the vocabulary. */
    void (*decode)(const kd_tokenizer *tokenizer, const int32_t *ids, size_t count, kd_str *out);

    /* Free tokenizer->state; NULL is fine. */
    void (*close)(void *state);
} kd_tokenizer_kind;

extern const kd_tokenizer_kind kd_wordpiece, kd_bpe, kd_unigram;

/* A word that was cut lately, in one cache line. Corpora repeat their words, so most are found
 * here; longer words and words of more pieces are cut anew each time. */
typedef struct {
    uint8_t length; /* 0 while the slot is free */
    uint8_t count;
    char    word[30];
    int32_t ids[8];
} kd_cut_word;

struct kd_tokenizer {
    const kd_tokenizer_kind *kind;
    kd_vocab                *vocab;
    void                    *state; /* the kind's own */
    bool                     is_uncased, lowercase;
    kd_str                   lowered;
    kd_cut_word             *cut_words; /* by hash; a newer word replaces an older one */
};

/* Make WordPiece's state for a vocabulary that is there already. */
void kd_wordpiece_index(kd_tokenizer *tokenizer);

#endif
