/* model.h - the networks: what every kind offers, behind one table.
 *
 *     kd_arch --kd_model_create--> model + names in kd_params
 *     kd_params_allocate, kd_params_init (or weights from a file)
 *     batch --kd_model_apply(tape)--> logits, and on demand hidden states and attention maps
 *
 * A kind of network is one file, models/<name>.c, and one row in KD_MODEL_KINDS. What others have
 * to know of it is said by its kd_model_kind; nothing outside this folder asks for a kind by name.
 *
 * Names of weights are those of the usual Python libraries ("bert.encoder.layer.0...",
 * "lstm.weight_ih_l0_reverse"), so published checkpoints come in and go out by name.
 */
#ifndef KD_MODELS_MODEL_H
#define KD_MODELS_MODEL_H

#include "harness/base/json.h"
#include "harness/base/setting.h"
#include "models/crf.h"
#include "models/effort.h"
#include "models/graph.h"
#include "models/tensor/op.h"
#include "models/tensor/params.h"

enum { KD_LAYERS_MAX = 256 };

/* The kinds, in the order in which people see them: kd_kind_<name> is defined by <name>.c. */
#define KD_MODEL_KINDS(X) \
    X(BILSTM, bilstm)     \
    X(BERT, bert)         \
    X(ROBERTA, roberta)   \
    X(ALBERT, albert)     \
    X(MOBILEBERT, mobilebert)

typedef enum {
#define X(constant, name) KD_KIND_##constant,
    KD_MODEL_KINDS(X)
#undef X
        KD_KIND_COUNT
} kd_kind;

/* What a network predicts (heads.h). */
#define KD_HEADS(X)             \
    X(TAGS, "tags")             \
    X(CLASS, "class")           \
    X(MULTILABEL, "multilabel") \
    X(MLM, "mlm")               \
    X(SPAN, "span")             \
    X(NONE, "none")

typedef enum {
#define X(constant, word) KD_HEAD_##constant,
    KD_HEADS(X)
#undef X
} kd_head_kind;

#define X(constant, word) +1
enum { KD_HEAD_COUNT = KD_HEADS(X) };
#undef X

const char *kd_head_word(kd_head_kind head);
bool        kd_head_is_of_sentence(kd_head_kind head); /* one answer a sentence */
bool        kd_head_has_labels(kd_head_kind head);     /* the corpus says how many */

/* ---- what a network is ---- */

/* Of a transformer encoder; rows in encoder.c. */
typedef struct {
    int           heads; /* A */
    int           ffn;   /* inner width of a layer */
    kd_activation activation;
    double        attention_dropout; /* of attention probabilities */
    bool          pooler;
    kd_activation pooler_activation; /* tanh (BERT), relu (DistilBERT's sequence head) */
} kd_encoder_arch;

/* Of a BiLSTM; rows in bilstm.c. */
typedef struct {
    enum { KD_VECTORS_TRAINED, KD_VECTORS_BLOCK, KD_VECTORS_MULTICHANNEL } embeddings;
    double embedding_dropout; /* in an embedding block */
    int    distances;         /* features of the distance to each mention; 0: none */
    int    distance_limit;    /* farther is as far */
    enum { KD_POOLING_MAX, KD_POOLING_MEAN, KD_POOLING_ATTENTION } pooling; /* before classes */
} kd_bilstm_arch;

/* Of a RoBERTa; rows in roberta.c. */
typedef struct {
    bool pad_quirk; /* its first piece is hidden, as a pad would be */
} kd_roberta_arch;

/* Of an ALBERT; rows in albert.c. */
typedef struct {
    double classifier_dropout;
} kd_albert_arch;

/* Of a MobileBERT; rows in mobilebert.c. */
typedef struct {
    int bottleneck;   /* width inside a layer */
    int feedforwards; /* feed-forward blocks of a layer */
} kd_mobilebert_arch;

/* Open; kd_setting_defaults(kd_arch_settings(), &arch) or kd_arch_begin fills it. First what any network may have,
 * then what belongs to some kinds: who reads which member, the kinds' own tables of settings say.
 */
typedef struct {
    kd_kind            kind;
    int                vocab;     /* V; set from the vocabulary when 0 */
    int                embedding; /* width of word vectors, where it is not `hidden` */
    int                hidden;    /* H: units a direction, or width of an encoder */
    int                layers;
    int                positions;  /* rows of the table of positions */
    int                segments;   /* kinds of segment; 0 is DistilBERT's layout */
    int                classifier; /* width of an MLP head, 0 for a linear one */
    int                labels;     /* K; set from the corpus when 0 */
    kd_head_kind       head;
    bool               crf;     /* tags are scored with their neighbours */
    double             dropout; /* -1: what the kind's published recipe uses */
    double             norm_eps;
    double             init_range; /* standard deviation of an encoder's first weights */
    kd_encoder_arch    encoder;
    kd_bilstm_arch     bilstm;
    kd_roberta_arch    roberta;
    kd_albert_arch     albert;
    kd_mobilebert_arch mobilebert;
} kd_arch;

/* All settings: those of every network, and the kinds' own; of each, `used_by` names the kinds that
 * read it. Joined at the first question and kept to the program's end. */
const kd_setting *kd_arch_settings(void);

/* A network of this kind as it was published: the defaults of all settings, and the kind's own. */
void kd_arch_begin(kd_arch *arch, kd_kind kind);

/* The value of one of these settings, as JSON has it. */
void kd_arch_write(const kd_arch *arch, const kd_setting *row, kd_json_writer *w);

/* Pieces of the longest sentence that it takes; INT_MAX when no sentence is too long. */
int kd_arch_longest(const kd_arch *arch);

/* Features of a state of its last layer. */
int kd_arch_width(const kd_arch *arch);

/* Whether sentences without the masks of their mentions (models/text/marks.h) tell it nothing. */
bool kd_arch_reads_marks(const kd_arch *arch);

/* ---- a network at work ---- */

/* One batch of sentences. Borrowed until the tape is reset. */
typedef struct {
    const int32_t *ids;      /* (N) pieces */
    const int32_t *segments; /* (N), or NULL for all 0 */
    kd_rows        rows;
    const int32_t *marks; /* (2B) as a pack has them; NULL: no sentence has any */
    const kd_pick *at;    /* rows that a tags or mlm head computes; NULL for all */
} kd_batch;

typedef struct {
    bool hidden; /* embedding output and every layer's output */
    bool probs;  /* attention probabilities, before their dropout */
    bool scores; /* attention scores before the softmax */
} kd_wants;

/* What came out; arrays live as long as the tensors. Counts are 0 for what was not wanted. */
typedef struct {
    kd_tensor *logits;  /* tags, mlm: (N,K) or (at->count,K); class, multilabel: (B,K); span: (N,2);
                           NULL for head "none" */
    const kd_crf *crf;  /* that stands on the logits of tags; NULL: none */
    kd_tensor    *last; /* (N,H) the last layer's output */
    kd_tensor    *sentence; /* (B,H) the state that stands for each sentence; NULL: its first row */
    int           hidden_count;    /* layers + 1 */
    kd_tensor   **hidden;          /* [0] embedding output, [k] layer k */
    int           map_count;       /* layers */
    kd_tensor   **probs, **scores; /* [k-1] layer k; laid out as op.h says; NULL if not wanted */
} kd_outputs;

typedef struct kd_model kd_model;

/* Declare the network's weights in `params` and learn to apply them. The caller owns the
 * model, which borrows `params`. KD_ECONFIG when settings do not fit together. */
kd_status kd_model_create(kd_model **out, kd_params *params, const kd_arch *arch, kd_error *err);

/* Record the network on `tape`. `wants` may be NULL. No sentence may be longer than
 * kd_arch_longest. */
kd_outputs kd_model_apply(const kd_model *model, kd_tape *tape, const kd_batch *batch,
                          const kd_wants *wants);

/* The CRF on its logits, NULL without; and from here on it allows only what the scheme of these
 * labels does. Without a CRF nothing is done. */
const kd_crf *kd_model_crf(const kd_model *model);
void          kd_model_obey(kd_model *model, const kd_labels *labels);

typedef struct {
    bool is_int8; /* products with a weight are */
    bool
        has_two_texts; /* a row is of two texts; where the network tells them apart, an input does */
} kd_graph_form;

/* The network as an ONNX graph (graph.h) with the output "logits", and "tags" behind a CRF. The caller owns it and its weights
 * must outlive it. KD_EUSAGE, with the reason, for a network that has no such graph. */
kd_status kd_model_graph(kd_onnx **out, const kd_model *model, kd_graph_form form, kd_error *err);

const kd_arch *kd_model_arch(const kd_model *model); /* with -1 and 0 replaced by what is used */
void           kd_model_destroy(kd_model *model);    /* NULL is fine; weights belong to params */

/* ---- the table of kinds ---- */

enum { KD_BLOCKS_MAX = 8, KD_TABLES_MAX = 4, KD_DEFAULTS_MAX = 8 };

typedef struct {
    const char *name;
    const char *about;
    double      dropout;    /* of its published recipe */
    unsigned    heads;      /* 1 << kd_head_kind for each that it can have */
    bool        is_encoder; /* each layer's states are of one width and come from attention, so that
                               those of two networks can be compared */

    /* Its own settings beside those of every network. Kinds share tables (encoder.h), and a row of
     * two tables is one setting. `agreeing` are those on which a weight's meaning depends and its
     * shape may not show it: they must be equal where weights are taken over. */
    const kd_setting *settings[KD_TABLES_MAX];
    const char       *agreeing;

    /* Of settings whose default is another kind's; canonical (setting.h). */
    struct {
        const char *key, *value; /* NULL ends them */
    } defaults[KD_DEFAULTS_MAX];

    /* Pieces of the longest sentence; NULL: none is too long. */
    int (*longest)(const kd_arch *arch);

    /* Whether it has to know where the mentions of a relation stand; NULL: never. */
    bool (*reads_marks)(const kd_arch *arch);

    /* Features of a state; NULL: as many as `hidden` says. */
    int (*width)(const kd_arch *arch);

    /* How names of weights begin; NULL for a part that it does not have. */
    struct {
        const char *name, *prefix; /* of the weights that count as this block */
    } blocks[KD_BLOCKS_MAX];       /* what no prefix covers is the head */
    const char *vectors;           /* the one table that word vectors can fill, by its whole name */
    const char *embeddings;        /* the block that can be another network's: "bert.embeddings." */
    const char *layer;             /* layer l is "<layer><l>.": "bert.encoder.layer." */
    const char *pooler;            /* new where weights are taken from a network that has none */

    kd_status (*create)(void **out, kd_params *params, const kd_arch *arch, kd_error *err);
    kd_outputs (*apply)(const void *network, kd_tape *tape, const kd_batch *batch,
                        const kd_wants *wants); /* wants is never NULL here */
    void (*destroy)(void *network);
    /* What it does, added to `effort`, for a token in a sentence of this length. */
    void (*effort)(const kd_arch *arch, int length, kd_effort *effort);
    /* Its graph from the inputs to the logits, whose wire it gives, NULL without a head; the member
     * is NULL where the kind has no graph. */
    kd_wire (*graph)(const void *network, kd_graph *g);
} kd_model_kind;

#define X(constant, name) extern const kd_model_kind kd_kind_##name;
KD_MODEL_KINDS(X)
#undef X

const kd_model_kind *kd_model_kind_at(kd_kind kind);
const kd_model_kind *kd_arch_kind(const kd_arch *arch); /* of arch->kind */

/* Whether a weight of this name belongs to a head, or to the pooler before one: such a weight can
 * begin anew beside others that are taken over. */
bool kd_name_is_of_head(const char *name);
bool kd_name_is_of_pooler(const char *name, const kd_model_kind *kind);

/* ---- sizes, without any weights in memory ---- */

enum { KD_USUAL_LENGTH = 35 }; /* pieces of a sentence, about the mean of the corpora */

typedef struct {
    size_t    parameters;
    double    mib;                  /* 4 bytes a parameter */
    double    operations_per_token; /* multiply-adds times two, forward, at `length` tokens */
    kd_effort effort;               /* the same with all else that takes time */
    int       length;
    int       block_count;
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
