/* layout.h - a form in which the usual Python library publishes a family of networks.
 *
 *     config.json   "model_type": "distilbert", "dim": 768, ...   keys and our settings
 *     weights       distilbert.transformer.layer.3.attention.q_lin.weight
 *                   bert.encoder.layer.3.attention.self.query.weight   ours, and BERT's
 *
 * A layout is one file, layout_<name>.c, and one row in KD_LAYOUTS. Several can belong to one kind
 * of network: which of them a network has, its settings decide.
 */
#ifndef KD_WEIGHTS_LAYOUT_H
#define KD_WEIGHTS_LAYOUT_H

#include "models/model.h"

typedef struct {
    const char *key, *setting; /* NULL ends a table */
    bool        is_needed;     /* without it the network has no size */
} kd_layout_key;

/* What the library could do otherwise and these networks do not: the one value that a key may have,
 * which is also what the library takes where the key is not there. */
typedef struct {
    const char  *key; /* NULL ends a table */
    kd_json_type type;
    const char  *value;
} kd_layout_choice;

/* How names begin; # stands for a layer's number, and what follows is kept. */
typedef struct {
    const char *published, *ours; /* NULL ends a table; what no row fits is called alike */
} kd_layout_name;

enum { KD_ASIDE_MAX = 4 };

typedef struct {
    const char          *model_type; /* "distilbert" */
    const char          *class_name; /* "DistilBert", before "ForTokenClassification" */
    const char          *tokenizer;  /* "DistilBertTokenizer" */
    const char          *prefix;     /* of the weights beside a head; a bare encoder has none */
    const char          *activation; /* the key of the encoder's */
    int                  padding;    /* the id of the piece that pads */
    const char          *pooler; /* the key that says whether there is one; NULL: the class does */
    unsigned             pooled; /* 1 << kd_head_kind for each whose class has the pooler */
    kd_kind              kind;   /* of the networks that it holds */
    const kd_layout_key *keys;   /* read and written in this order */
    const kd_layout_choice *choices; /* NULL: none */
    const kd_layout_name   *names;
    const char             *aside[KD_ASIDE_MAX]; /* how weights begin that are not read: a decoder
                                                  that is tied to the word embedding */

    void (*begin)(kd_arch *arch);       /* set what no key tells; NULL: the defaults do */
    bool (*holds)(const kd_arch *arch); /* of the layouts of the kind, this is the network's */
    /* KD_ECONFIG, with the setting and the reason, when no class of the library is this network. */
    kd_status (*check)(const kd_arch *arch, kd_error *err);
    void (*write)(kd_json_writer *w, const kd_arch *arch); /* more keys; NULL: none */
} kd_layout;

#define KD_LAYOUTS(X) X(bert) X(distilbert) X(roberta) X(albert) X(mobilebert)

#define X(name) extern const kd_layout kd_layout_##name;
KD_LAYOUTS(X)
#undef X

/* The keys of BERT's config.json, which RoBERTa's has too; and what its classes are, as ALBERT's. */
extern const kd_layout_key kd_layout_bert_keys[];
kd_status                  kd_layout_bert_check(const kd_arch *arch, kd_error *err);

/* What the library has no class for: our names, and our settings by theirs (config_own.h). */
extern const kd_layout kd_layout_own;

/* All of them; ends with NULL. */
extern const kd_layout *const kd_layouts[];

/* Whether the library has a class for the network; KD_ECONFIG says why not. */
kd_status kd_layout_check(const kd_arch *arch, kd_error *err);

/* The layout that the network is published in; kd_layout_own when there is no class for it. */
const kd_layout *kd_layout_of(const kd_arch *arch);

#endif
