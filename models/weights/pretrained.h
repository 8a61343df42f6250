/* pretrained.h - a published checkpoint as one of our networks, and one of ours as published.
 *
 *     DIR/config.json, or the tensors of a BiLSTM --> kd_arch --> kd_model_create --> names and shapes
 *     DIR/model.safetensors (or shards, or pytorch_model.bin) --by name--> kd_params
 *     DIR/vocab.txt --> kd_pretrained_vocab
 */
#ifndef KD_WEIGHTS_PRETRAINED_H
#define KD_WEIGHTS_PRETRAINED_H

#include "models/model.h"
#include "models/text/tokenizer.h"

typedef struct {
    kd_model  *model;
    kd_params *params; /* values only */
    char      *labels; /* a name a line, LABEL_0 and so on when the checkpoint has none; "" without
                          a head that has labels */
} kd_pretrained;

/* Every weight of the network must be in the files with its shape, and every tensor of the files
 * be a weight of it or one that loaders leave aside. Shapes are compared before the network gets
 * memory. A checkpoint whose config.json names no head has the one that its tensors show. KD_EDATA
 * with file, tensor and reason. The caller finis what it got. */
kd_status kd_pretrained_load(kd_pretrained *out, const char *folder, kd_error *err);
void      kd_pretrained_fini(kd_pretrained *checkpoint);

/* The network of a checkpoint without its weights: what config.json says, and the pooler and head
 * that the names of the tensors show. */
kd_status kd_pretrained_arch(kd_arch *arch, const char *folder, kd_error *err);

/* Put vocab.txt, a piece a line, in `out`; nothing when the folder has none. KD_EDATA when it is
 * no vocabulary or has more pieces than the network has words. */
kd_status kd_pretrained_vocab(kd_str *out, const char *folder, const kd_model *model,
                              kd_error *err);

/* What goes beside the weights; all is borrowed. Without a vocabulary and a tokenizer there is no
 * tokenizer_config.json either. */
typedef struct {
    const char         *labels;     /* one name a line, or NULL */
    const char         *vocab;      /* a WordPiece vocabulary, a piece a line: vocab.txt; or NULL */
    bool                is_lowered; /* words are lowered before they are cut, */
    bool                keeps_accents; /* and keep their accents then */
    const kd_tokenizer *tokenizer;     /* of another kind: tokenizer.json; or NULL */
    const char         *files;      /* what it was read from, to be written beside that; or NULL */
    kd_token_options    cut;        /* how it was read from there */
    int                 max_pieces; /* of a row, as it was trained; 0 for what the network takes */
    const char         *task;       /* where the head does not tell it, else NULL */
} kd_pretrained_words;

/* Write config.json, model.safetensors and what goes beside them, in a folder that is made. */
kd_status kd_pretrained_save(const char *folder, const kd_model *model, const kd_params *params,
                             const kd_pretrained_words *words, kd_error *err);

#endif
