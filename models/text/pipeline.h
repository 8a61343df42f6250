/* pipeline.h - the steps before a model's pieces, as tokenizer.json lists them.
 *
 *     text --normalise--> text --split--> chunks --model--> pieces
 *
 *     "Sjögren's "  -->  "sjogren's "  -->  sjogren ' s  -->  sj ##og ##ren ' s
 *
 * Normalising steps turn a text into another, one after the other. Splitting steps cut each
 * chunk of the step before; the last ones go to the model (tokenizer_internal.h). Tokens that were
 * added to a vocabulary are taken out first and never cut: those that are `raw` before the text is
 * normalised, the others after. Special tokens are not among them: they are never seen in text.
 */
#ifndef KD_TEXT_PIPELINE_H
#define KD_TEXT_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/str.h"
#include "harness/base/vec.h"
#include "models/text/charsmap.h"
#include "models/text/trie.h"

/* Each step by the name that it has in a file. */
#define KD_STEPS(X)                                                                 \
    X(BERT_NORMALIZER, "BertNormalizer") /* clean, ideographs, accents, lower */    \
    X(LOWERCASE, "Lowercase")            /* as Python does it */                    \
    X(NFC, "NFC")                        /* Unicode's normal forms */               \
    X(NFD, "NFD")                                                                   \
    X(NFKC, "NFKC")                                                                 \
    X(NFKD, "NFKD")                                                                 \
    X(STRIP_ACCENTS, "StripAccents")       /* marks of category Mn go */            \
    X(STRIP, "Strip")                      /* white space at the ends goes */       \
    X(REPLACE, "Replace")                  /* `from` becomes `to` */                \
    X(PREPEND, "Prepend")                  /* `to` in front of what is not empty */ \
    X(PRECOMPILED, "Precompiled")          /* SentencePiece's map */                \
    X(BERT_SPLIT, "BertPreTokenizer")      /* at white space; punctuation alone */  \
    X(WHITESPACE, "Whitespace")            /* \w+ or [^\w\s]+ */                    \
    X(WHITESPACE_SPLIT, "WhitespaceSplit") /* at white space */                     \
    X(BYTE_LEVEL, "ByteLevel")             /* GPT-2's pattern (bpe.c) */            \
    X(METASPACE, "Metaspace")              /* blanks become `to`, which begins a chunk */

typedef enum {
#define X(name, word) KD_STEP_##name,
    KD_STEPS(X)
#undef X
        KD_STEP_COUNT
} kd_step_kind;

#define KD_STEP_FIRST_SPLIT KD_STEP_BERT_SPLIT

/* When Metaspace puts its mark in front; the words of a file in this order. */
typedef enum { KD_PREPEND_ALWAYS, KD_PREPEND_FIRST, KD_PREPEND_NEVER } kd_prepend;

typedef struct {
    kd_step_kind kind;
    bool         cleans, parts_ideographs, strips_accents, lowers; /* BertNormalizer */
    bool         is_left, is_right;                                /* Strip */
    bool         is_run;     /* Replace: two and more blanks, the one pattern that is built */
    bool         adds_blank; /* ByteLevel: in front of a text that has none there */
    bool         splits;     /* ByteLevel, Metaspace: cut at all */
    kd_prepend   prepend;    /* Metaspace */
    char        *from, *to;  /* owned */
    kd_charsmap  map;        /* Precompiled, owned */
    kd_str       work;       /* private: what a splitting step changed */
} kd_step;

/* A token that text is searched for. */
typedef struct {
    int32_t id;
    bool    is_raw;                /* searched for before the text is normalised */
    bool    is_word;               /* no letter, digit or underscore beside it */
    bool    eats_left, eats_right; /* white space beside it belongs to it */
} kd_added;

typedef struct {
    KD_VEC(kd_step) normalise;
    KD_VEC(kd_step) split;
    KD_VEC(kd_added) added;
    kd_trie raw, normal; /* indices of `added`, by their text before and after normalising */
    bool    has_raw, has_normal;
    kd_str  word, text, other; /* private, as what follows */
} kd_pipeline;

kd_pipeline *kd_pipeline_create(void);
void         kd_pipeline_destroy(kd_pipeline *pipeline); /* NULL is fine */

/* Append a step of this kind to its list; borrowed until the next one is added. */
kd_step *kd_pipeline_add(kd_pipeline *pipeline, kd_step_kind kind);

/* Search for `content` from now on. One that is not raw is normalised first, so all normalising
 * steps must be there. */
kd_status kd_pipeline_add_token(kd_pipeline *pipeline, const char *content, kd_added token,
                                kd_error *err);

/* Whether a step of this kind is there; whether text is lowered. */
bool kd_pipeline_has(const kd_pipeline *pipeline, kd_step_kind kind);
bool kd_pipeline_lowers(const kd_pipeline *pipeline);

/* Run: `visit` gets each chunk, with id -1, or the id of an added token. Chunks are borrowed.
 * `is_word` says that the text stands after a blank. */
typedef void (*kd_pipeline_visit)(const char *chunk, size_t length, int32_t id, void *user);
void kd_pipeline_run(kd_pipeline *pipeline, const char *text, size_t length, bool is_word,
                     kd_pipeline_visit visit, void *user);

const char *kd_step_name(kd_step_kind kind);

#endif
