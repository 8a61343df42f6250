/* tokenizer_internal.h - what a kind of tokenizer offers to tokenizer.c.
 *
 * A new kind is one file with one kd_tokenizer_kind and one row in tokenizer.c.
 */
#ifndef KD_TEXT_TOKENIZER_INTERNAL_H
#define KD_TEXT_TOKENIZER_INTERNAL_H

#include "harness/base/json.h"
#include "models/text/pipeline.h"
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

    /* Append the ids of one chunk that a pipeline made. */
    void (*cut)(kd_tokenizer *tokenizer, const char *chunk, size_t length, kd_ids *out);

    /* The object "model" of a tokenizer.json: make tokenizer->state of it, for the vocabulary that
     * is read already and for tokenizer->pipeline; KD_EDATA names the key. Write it again. */
    kd_status (*read_model)(kd_tokenizer *tokenizer, const kd_json *model, kd_error *err);
    void (*write_model)(const kd_tokenizer *tokenizer, kd_json_writer *w);

    /* What the kind's own file does with a text, as steps. */
    void (*describe)(const kd_tokenizer *tokenizer, kd_pipeline *out);

    /* Free tokenizer->state; NULL is fine. */
    void (*close)(void *state);
} kd_tokenizer_kind;

extern const kd_tokenizer_kind kd_wordpiece, kd_bpe, kd_unigram;

/* tokenizer.json: its `open` settles which of the three the tokenizer is, and its pipeline. */
extern const kd_tokenizer_kind kd_one_file;

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
    void                    *state;    /* the kind's own */
    kd_pipeline             *pipeline; /* of a tokenizer.json; NULL for the kind's own file */
    kd_map                  *special;  /* of it: content and id of tokens that stand for no text */
    bool                     is_uncased, lowercase;
    kd_str                   lowered;
    kd_cut_word             *cut_words; /* by hash; a newer word replaces an older one */
};

/* Make WordPiece's state for a vocabulary that is there already; text is cut into its first
 * `count` pieces. KD_EDATA when they are too many. */
kd_status kd_wordpiece_index(kd_tokenizer *tokenizer, int32_t count, kd_error *err);

/* ---- tokenizer_read.c ---- */

/* The second file that is read with `path`, which the caller frees; NULL when the kind has none, or `path` is not
 * called as its first is. */
char *kd_tokenizer_kind_beside(const kd_tokenizer_kind *kind, const char *path);

/* Add the pieces of {"piece": id, ...} to an empty vocabulary; ids are 0 to n-1, each once. */
kd_status kd_pieces_read(kd_vocab *vocab, const kd_json *pieces, const char *path, kd_error *err);

/* KD_EDATA unless `key` of the object is absent, null, false or empty: it would ask for what is not
 * built. */
kd_status kd_json_refuse(const kd_json *object, const char *key, kd_error *err);

#endif
