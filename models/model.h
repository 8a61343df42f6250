/* model.h - the networks: what every kind offers, behind one table.
 *
 *     kd_arch --kd_model_create--> model + names in kd_params
 *     kd_params_allocate, kd_params_init (or weights from a file)
 *     batch --kd_model_apply(tape)--> logits, and on demand hidden states and attention maps
 *
 * Names of weights are those of the usual Python libraries ("bert.encoder.layer.0...",
 * "lstm.weight_ih_l0_reverse"), so published checkpoints come in and go out by name.
 */
#ifndef KD_MODELS_MODEL_H
#define KD_MODELS_MODEL_H

#include "harness/base/json.h"
#include "harness/base/setting.h"
#include "models/tensor/op.h"
#include "models/tensor/params.h"

enum { KD_LAYERS_MAX = 256 };

/* What a network is. Open; kd_setting_defaults(kd_arch_settings, &arch) fills it. */
typedef struct {
    char   kind[16];       /* bilstm, bert */
    int    vocab;          /* V; set from the vocabulary when 0 */
    int    embedding;      /* width of word vectors of a bilstm */
    char   embeddings[16]; /* trained, bert, multichannel */
    int    hidden;         /* H: units a direction, or width of an encoder */
    int    layers;
    int    heads;     /* A */
    int    ffn;       /* inner width of an encoder layer */
    int    positions; /* longest sequence */
    int    segments;  /* kinds of segment; 0 is DistilBERT's layout */
    bool   pooler;
    char   pooler_activation[8]; /* tanh (BERT), relu (DistilBERT's sequence head) */
    int    classifier;           /* width of an MLP head, 0 for a linear one */
    int    labels;               /* K; set from the corpus when 0 */
    char   head[16];             /* tags, class, multilabel, mlm, span, none */
    double dropout;              /* -1: what the kind's published recipe uses */
    double attention_dropout;    /* of attention probabilities */
    double embedding_dropout;    /* in the BERT embedding block of a bilstm */
    double norm_eps;
    char   activation[16]; /* of an encoder: gelu, gelu_tanh, relu */
    double init_range;     /* standard deviation of an encoder's first weights */
} kd_arch;

extern const kd_setting kd_arch_settings[];

/* The value of one of these settings, as JSON has it. */
void kd_arch_write(const kd_arch *arch, const kd_setting *row, kd_json_writer *w);

/* One batch of sentences. Borrowed until the tape is reset. */
typedef struct {
    const int32_t *ids;      /* (N) pieces */
    const int32_t *segments; /* (N), or NULL for all 0 */
    kd_rows        rows;
    const kd_pick *at; /* rows that a tags or mlm head computes; NULL for all */
} kd_batch;

typedef struct {
    bool hidden; /* embedding output and every layer's output */
    bool probs;  /* attention probabilities, before their dropout */
    bool scores; /* attention scores before the softmax */
} kd_wants;

/* What came out; arrays live as long as the tensors. Counts are 0 for what was not wanted. */
typedef struct {
    kd_tensor  *logits; /* tags, mlm: (N,K) or (at->count,K); class, multilabel: (B,K); span: (N,2);
                           NULL for head "none" */
    kd_tensor  *last;   /* (N,H) the last layer's output */
    int         hidden_count;    /* layers + 1 */
    kd_tensor **hidden;          /* [0] embedding output, [k] layer k */
    int         map_count;       /* layers */
    kd_tensor **probs, **scores; /* [k-1] layer k; laid out as op.h says; NULL if not wanted */
} kd_outputs;

typedef struct kd_model kd_model;

/* Declare the network's weights in `params` and learn to apply them. The caller owns the
 * model, which borrows `params`. KD_ECONFIG when settings do not fit together. */
kd_status kd_model_create(kd_model **out, kd_params *params, const kd_arch *arch, kd_error *err);

/* Record the network on `tape`. `wants` may be NULL. Sentences must be within arch.positions. */
kd_outputs kd_model_apply(const kd_model *model, kd_tape *tape, const kd_batch *batch,
                          const kd_wants *wants);

const kd_arch *kd_model_arch(const kd_model *model); /* with -1 and 0 replaced by what is used */
void           kd_model_destroy(kd_model *model);    /* NULL is fine; weights belong to params */

/* ---- the table of kinds ---- */

enum { KD_BLOCKS_MAX = 8 };

typedef struct {
    const char *name;
    const char *about;
    double      dropout; /* of its published recipe */
    struct {
        const char *name, *prefix; /* of the weights that count as this block */
    } blocks[KD_BLOCKS_MAX];       /* what no prefix covers is the head */
    kd_status (*create)(void **out, kd_params *params, const kd_arch *arch, kd_error *err);
    kd_outputs (*apply)(const void *network, kd_tape *tape, const kd_batch *batch,
                        const kd_wants *wants); /* wants is never NULL here */
    void (*destroy)(void *network);
    double (*operations)(const kd_arch *arch,
                         int            length); /* a token, in a sentence of this length */
} kd_model_kind;

extern const kd_model_kind *const kd_model_kinds[]; /* ends with NULL */

const kd_model_kind *kd_model_kind_find(const char *name); /* NULL when absent */

/* Whether a sentence has a longest length: arch.positions. A BiLSTM over plain word vectors has
 * none. */
bool kd_arch_has_positions(const kd_arch *arch);

/* ---- sizes, without any weights in memory ---- */

enum { KD_USUAL_LENGTH = 35 }; /* pieces of a sentence, about the mean of the corpora */

typedef struct {
    size_t parameters;
    double mib;                  /* 4 bytes a parameter */
    double operations_per_token; /* multiply-adds times two, forward, at `length` tokens */
    int    length;
    int    block_count;
    struct {
        const char *name; /* "embeddings", "encoder", "pooler", "head", "training" */
        size_t      parameters;
    } block[KD_BLOCKS_MAX + 2];
} kd_model_size;

kd_status kd_model_measure(kd_model_size *out, const kd_arch *arch, int length, kd_error *err);

/* Count weights that a method trains beside the network, as a block "training". */
void kd_model_size_add(kd_model_size *size, size_t parameters);

/* Members of an object: settings that the kind reads, parameters, blocks, mib, operations per
 * token. */
void kd_model_info_json(const kd_arch *arch, const kd_model_size *size, kd_json_writer *w);

#endif
