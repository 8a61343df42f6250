/* mobilebert.c - MobileBERT: many layers that are wide between each other and narrow inside.
 *
 *     ids -> word (N,E) -> [next, self, previous] (N,3E) -> Linear (N,H) + position + segment, NoNorm
 *
 *     layer:  x (N,H) --+--> narrow (N,B) --------------------------+
 *                       +--> shared (N,B) --> query, key --+        |
 *                       +--> value (N,B) ------------------+--> attention, Linear, + , NoNorm
 *                       |                                           |
 *                       |                           feed-forwards, each B -> F -> B, + , NoNorm
 *                       +-----------------------------> widen (N,H), + , NoNorm
 *
 * narrow, shared and widen are a Linear and a NoNorm each. With `pooler` sequence heads read
 * tanh(Linear(first state)), without it the first state itself; mlm's decoder is the word embedding,
 * widened by a matrix of its own. Names are "mobilebert.embeddings.*", "mobilebert.encoder.layer.<l>.*",
 * "mobilebert.pooler.dense.*".
 */
#include <stdlib.h>

#include "models/embedding.h"
#include "models/encoder.h"
#include "models/heads.h"

static const kd_setting settings[] = {
    KD_INT_ROW(kd_arch, mobilebert.bottleneck, "bottleneck", "128", 1, 65536, NULL,
               "width inside a layer"),
    KD_INT_ROW(kd_arch, mobilebert.feedforwards, "feedforwards", "4", 1, 64, NULL,
               "feed-forward blocks of a layer, one behind the other"),
    KD_SETTING_END,
};

/* A Linear and a NoNorm. */
typedef struct {
    kd_linear dense;
    kd_norm   norm;
} block;

typedef struct {
    kd_linear inner; /* B -> F */
    block     outer; /* F -> B */
} feedforward;

typedef struct {
    block        narrow, shared; /* H -> B, of the layer, of queries and keys */
    kd_linear    query, key;     /* B -> B */
    kd_linear    value;          /* H -> B */
    block        context;        /* B -> B */
    feedforward *feedforward;    /* (feedforwards) of the network's array */
    block        widen;          /* B -> H */
} layer;

typedef struct {
    kd_tensor    *word, *position, *segment; /* (V,E), (P,H), (S,H) or NULL */
    block         embedding;                 /* 3E -> H */
    int           layers, heads, feedforwards;
    layer        *layer;       /* (layers), owned */
    feedforward  *feedforward; /* (layers x feedforwards), owned */
    kd_activation f, pooler_f;
    bool          has_pooler;
    kd_linear     pooler;
    kd_head       head;
    double        dropout, map_dropout;
} mobilebert;

static void destroy(void *network)
{
    mobilebert *net = network;

    free(net->layer);
    free(net->feedforward);
    free(net);
}

static kd_status check(const kd_arch *arch, kd_error *err)
{
    int width = arch->mobilebert.bottleneck;

    if (width % arch->encoder.heads != 0)
        return kd_fail(err, KD_ECONFIG, "heads: bottleneck = %d is not a multiple of %d", width,
                       arch->encoder.heads);
    if (arch->head == KD_HEAD_MLM && arch->embedding > arch->hidden)
        return kd_fail(err, KD_ECONFIG,
                       "embedding: %d is wider than hidden = %d, which mlm decodes",
                       arch->embedding, arch->hidden);
    return KD_OK;
}

/* ---- declaring ---- */

static kd_linear declare_linear(kd_declare *declare, const char *prefix, const char *name,
                                int inputs, int outputs)
{
    char full[KD_NAME_SIZE];
    return kd_linear_declare(declare, kd_name_join(full, prefix, name), inputs, outputs);
}

/* "<prefix>.<name>.dense.*", "<prefix>.<name>.LayerNorm.*", as the library calls a NoNorm too. */
static block declare_block(kd_declare *declare, const char *prefix, const char *name, int inputs,
                           int outputs)
{
    char  stem[KD_NAME_SIZE], full[KD_NAME_SIZE];
    block b = { .norm = { NULL } };

    kd_name_join(stem, prefix, name);
    b.dense = declare_linear(declare, stem, "dense", inputs, outputs);
    b.norm = kd_norm_declare_plain(declare, kd_name_join(full, stem, "LayerNorm"), outputs);
    return b;
}

static feedforward declare_feedforward(kd_declare *declare, const char *prefix, const kd_arch *arch)
{
    int         width = arch->mobilebert.bottleneck;
    feedforward f = { .inner = declare_linear(declare, prefix, "intermediate.dense", width,
                                              arch->encoder.ffn) };

    f.outer = declare_block(declare, prefix, "output", arch->encoder.ffn, width);
    return f;
}

/* All but the last feed-forward are "<layer>.ffn.<k>.*"; the last is the layer's own, as BERT's. */
static void declare_feedforwards(layer *l, kd_declare *declare, const char *prefix,
                                 const kd_arch *arch)
{
    char stem[KD_NAME_SIZE], name[KD_NAME_SIZE];
    int  last = arch->mobilebert.feedforwards - 1;

    kd_name_join(stem, prefix, "ffn");
    for (int k = 0; k < last; k++)
        l->feedforward[k] = declare_feedforward(declare, kd_name_index(name, stem, k), arch);
    l->feedforward[last] = declare_feedforward(declare, prefix, arch);
}

static void declare_layer(layer *l, kd_declare *declare, const char *prefix, const kd_arch *arch)
{
    int wide = arch->hidden, width = arch->mobilebert.bottleneck;

    l->narrow = declare_block(declare, prefix, "bottleneck.input", wide, width);
    l->shared = declare_block(declare, prefix, "bottleneck.attention", wide, width);
    l->query = declare_linear(declare, prefix, "attention.self.query", width, width);
    l->key = declare_linear(declare, prefix, "attention.self.key", width, width);
    l->value = declare_linear(declare, prefix, "attention.self.value", wide, width);
    l->context = declare_block(declare, prefix, "attention.output", width, width);
    declare_feedforwards(l, declare, prefix, arch);
    l->widen = declare_block(declare, prefix, "output.bottleneck", width, wide);
}

static void declare_embedding(mobilebert *net, kd_declare *declare, const kd_arch *arch)
{
    static const char prefix[] = "mobilebert.embeddings";
    kd_init           init = declare->style->embedding;

    net->word = kd_declare_matrix(declare, prefix, "word_embeddings.weight", arch->vocab,
                                  arch->embedding, init);
    net->position = kd_declare_matrix(declare, prefix, "position_embeddings.weight",
                                      arch->positions, arch->hidden, init);
    if (arch->segments > 0)
        net->segment = kd_declare_matrix(declare, prefix, "token_type_embeddings.weight",
                                         arch->segments, arch->hidden, init);
    net->embedding.dense = declare_linear(declare, prefix, "embedding_transformation",
                                          3 * arch->embedding, arch->hidden);
    net->embedding.norm =
        kd_norm_declare_plain(declare, "mobilebert.embeddings.LayerNorm", arch->hidden);
    kd_declare_edge(net->embedding.dense.weight);
}

static void declare_all(mobilebert *net, kd_declare *declare, const kd_arch *arch)
{
    char name[KD_NAME_SIZE];

    declare_embedding(net, declare, arch);
    for (int l = 0; l < net->layers; l++) {
        net->layer[l].feedforward = net->feedforward + l * net->feedforwards;
        declare_layer(&net->layer[l], declare, kd_name_index(name, "mobilebert.encoder.layer", l),
                      arch);
    }
    if (net->has_pooler)
        net->pooler =
            declare_linear(declare, "mobilebert.pooler", "dense", arch->hidden, arch->hidden);
    net->head = kd_head_declare(declare, arch, arch->hidden, net->word, arch->hidden);
}

static kd_status create(void **out, kd_params *params, const kd_arch *arch, kd_error *err)
{
    kd_init_style style = kd_init_bert(arch->init_range);
    kd_declare    declare = { params, &style, check(arch, err), err };
    size_t        layers = (size_t)arch->layers;

    if (declare.status != KD_OK) return declare.status;
    mobilebert *net = kd_alloc(1, sizeof *net);
    *net = (mobilebert){
        .layers = arch->layers,
        .heads = arch->encoder.heads,
        .feedforwards = arch->mobilebert.feedforwards,
        .layer = kd_alloc(layers, sizeof *net->layer),
        .feedforward =
            kd_alloc(layers * (size_t)arch->mobilebert.feedforwards, sizeof(feedforward)),
        .f = arch->encoder.activation,
        .pooler_f = arch->encoder.pooler_activation,
        .has_pooler = arch->encoder.pooler,
        .dropout = arch->dropout,
        .map_dropout = arch->encoder.attention_dropout,
    };
    declare_all(net, &declare, arch);
    if (declare.status == KD_OK)
        *out = net;
    else
        destroy(net);
    return declare.status;
}

/* ---- applying ---- */

static kd_tensor *apply_block(const block *b, kd_tape *tape, kd_tensor *x, kd_tensor *residual)
{
    x = kd_linear_apply(&b->dense, tape, x, KD_IDENTITY);
    return kd_norm_apply(&b->norm, tape, x, residual);
}

/* Position and segment of every row. */
static kd_tensor *place(const mobilebert *net, kd_tape *tape, const kd_batch *batch)
{
    const kd_rows *rows = &batch->rows;
    bool           has_kinds = net->segment && net->segment->n > 1;
    int32_t       *ids = kd_tape_alloc(tape, (size_t)kd_rows_total(rows), sizeof *ids);

    for (int b = 0; b < rows->count; b++)
        for (int n = rows->begin[b]; n < rows->begin[b + 1]; n++) ids[n] = n - rows->begin[b];
    return kd_op_embed(tape, ids, has_kinds ? batch->segments : NULL, rows, net->position, NULL, 0,
                       net->segment);
}

static kd_tensor *embed(const mobilebert *net, kd_tape *tape, const kd_batch *batch)
{
    kd_tensor *x = kd_op_embed(tape, batch->ids, NULL, &batch->rows, net->word, NULL, 0, NULL);

    x = apply_block(&net->embedding, tape, kd_op_trigram(tape, x, &batch->rows),
                    place(net, tape, batch));
    return kd_op_dropout(tape, x, net->dropout);
}

static kd_tensor *apply_layer(const void *stack, int index, kd_tape *tape, kd_tensor *x,
                              const kd_rows *rows, kd_attention_wants wants,
                              kd_attention_outputs *maps)
{
    const mobilebert *net = stack;
    const layer      *l = &net->layer[index];
    kd_tensor        *narrow = apply_block(&l->narrow, tape, x, NULL);
    kd_tensor        *shared = apply_block(&l->shared, tape, x, NULL);
    kd_tensor        *q = kd_linear_apply(&l->query, tape, shared, KD_IDENTITY);
    kd_tensor        *k = kd_linear_apply(&l->key, tape, shared, KD_IDENTITY);
    kd_tensor        *v = kd_linear_apply(&l->value, tape, x, KD_IDENTITY);

    *maps = kd_op_attention(tape, q, k, v, rows, net->heads, net->map_dropout, wants);
    kd_tensor *y = apply_block(&l->context, tape, maps->context, narrow);
    for (int i = 0; i < net->feedforwards; i++) {
        const feedforward *f = &l->feedforward[i];
        y = apply_block(&f->outer, tape, kd_linear_apply(&f->inner, tape, y, net->f), y);
    }
    y = kd_linear_apply(&l->widen.dense, tape, y, KD_IDENTITY);
    return kd_norm_apply(&l->widen.norm, tape, kd_op_dropout(tape, y, net->dropout), x);
}

static kd_tensor *pool(const mobilebert *net, kd_tape *tape, kd_tensor *last, const kd_rows *rows)
{
    kd_tensor *first = kd_op_first(tape, last, rows);

    return net->has_pooler ? kd_linear_apply(&net->pooler, tape, first, net->pooler_f) : first;
}

static kd_outputs apply(const void *network, kd_tape *tape, const kd_batch *batch,
                        const kd_wants *wants)
{
    const mobilebert *net = network;
    kd_tensor        *pooled = NULL;
    kd_outputs        out = { 0 };

    kd_stack_apply(net, net->layers, apply_layer, tape, embed(net, tape, batch), &batch->rows,
                   wants, &out);
    if (kd_head_is_of_sentence(net->head.kind)) pooled = pool(net, tape, out.last, &batch->rows);
    out.logits = kd_head_apply(&net->head, tape, out.last, pooled, batch);
    return out;
}

/* ---- as a graph ---- */

static kd_wire block_graph(const block *b, kd_graph *g, kd_wire x, kd_wire residual)
{
    return kd_norm_graph(&b->norm, g, kd_linear_graph(&b->dense, g, x, KD_IDENTITY), residual);
}

/* [next, self, previous], zeros beyond a sentence's ends: padding is zero, and so is what is put
 * around it. */
static kd_wire trigram_graph(kd_graph *g, kd_wire x)
{
    kd_onnx *o = g->onnx;
    kd_wire  zero = kd_onnx_ints_of(o, 0), two = kd_onnx_ints_of(o, 2), t = kd_graph_length(g);

    x = kd_onnx_node(o, "Mul", x, kd_graph_present(g));
    kd_wire wider = kd_onnx_node(o, "Pad", x, kd_onnx_ints_of(o, 0, 1, 0, 0, 1, 0));
    kd_wire next = kd_graph_slice(g, wider, 1, two, kd_onnx_node(o, "Add", t, two));
    kd_wire previous = kd_graph_slice(g, wider, 1, zero, t);
    x = kd_onnx_node(o, "Concat", next, x, previous);
    kd_onnx_set_int(o, "axis", 2);
    return x;
}

static kd_wire embed_graph(const mobilebert *net, kd_graph *g)
{
    kd_wire words = kd_onnx_node(g->onnx, "Gather", kd_graph_weight(g, net->word), g->ids);

    return block_graph(&net->embedding, g, trigram_graph(g, words),
                       kd_embedding_graph_places(g, net->position, 0, net->segment));
}

static kd_wire layer_graph(const mobilebert *net, const layer *l, kd_graph *g, kd_wire x)
{
    kd_wire narrow = block_graph(&l->narrow, g, x, NULL),
            shared = block_graph(&l->shared, g, x, NULL);
    kd_wire q = kd_linear_graph(&l->query, g, shared, KD_IDENTITY);
    kd_wire k = kd_linear_graph(&l->key, g, shared, KD_IDENTITY);
    kd_wire v = kd_linear_graph(&l->value, g, x, KD_IDENTITY);
    kd_wire y = kd_graph_attend(g, q, k, v, net->heads, l->query.weight->n);

    y = block_graph(&l->context, g, y, narrow);
    for (int i = 0; i < net->feedforwards; i++) {
        const feedforward *f = &l->feedforward[i];
        y = block_graph(&f->outer, g, kd_linear_graph(&f->inner, g, y, net->f), y);
    }
    return block_graph(&l->widen, g, y, x);
}

static kd_wire graph(const void *network, kd_graph *g)
{
    const mobilebert *net = network;
    kd_wire           x = embed_graph(net, g), pooled = NULL;

    for (int l = 0; l < net->layers; l++) x = layer_graph(net, &net->layer[l], g, x);
    if (kd_head_is_of_sentence(net->head.kind)) pooled = kd_graph_first(g, x);
    if (pooled && net->has_pooler) pooled = kd_linear_graph(&net->pooler, g, pooled, net->pooler_f);
    return kd_head_graph(&net->head, g, x, pooled);
}

static void layer_effort(const kd_arch *arch, int length, kd_effort *effort)
{
    double wide = arch->hidden, width = arch->mobilebert.bottleneck;

    for (int i = 0; i < 3; i++) kd_effort_linear(effort, wide, width); /* both bottlenecks, value */
    for (int i = 0; i < 3; i++) kd_effort_linear(effort, width, width); /* query, key, context */
    kd_effort_attention(effort, width, arch->encoder.heads, length);
    for (int i = 0; i < arch->mobilebert.feedforwards; i++) {
        kd_effort_activated(effort, width, arch->encoder.ffn);
        kd_effort_linear(effort, arch->encoder.ffn, width);
    }
    kd_effort_linear(effort, width, wide);
    effort->values +=
        (3.0 + arch->mobilebert.feedforwards) * width + 2.0 * wide; /* norms, a dropout */
}

static void count_effort(const kd_arch *arch, int length, kd_effort *effort)
{
    kd_effort_linear(effort, 3.0 * arch->embedding, arch->hidden);
    effort->values += 3.0 * arch->embedding + 4.0 * arch->hidden;
    for (int l = 0; l < arch->layers; l++) layer_effort(arch, length, effort);
    kd_head_effort(arch, arch->hidden, arch->hidden, arch->encoder.pooler, length, effort);
}

static int longest(const kd_arch *arch)
{
    return arch->positions;
}

const kd_model_kind kd_kind_mobilebert = {
    .name = "mobilebert",
    .about = "transformer encoder of MobileBERT's family: layers with bottlenecks",
    .dropout = 0.0,
    .heads = (1 << KD_HEAD_COUNT) - 1,
    .is_encoder = true,
    .settings = { kd_encoder_settings, kd_embedding_settings, settings },
    .defaults = { { "embedding", "128" }, { "activation", "relu" } },
    .agreeing = "embedding hidden bottleneck feedforwards layers heads ffn activation norm_eps",
    .longest = longest,
    .blocks = { { "embeddings", "mobilebert.embeddings." },
                { "encoder", "mobilebert.encoder." },
                { "pooler", "mobilebert.pooler." } },
    .embeddings = "mobilebert.embeddings.",
    .layer = "mobilebert.encoder.layer.",
    .pooler = "mobilebert.pooler.",
    .create = create,
    .apply = apply,
    .destroy = destroy,
    .effort = count_effort,
    .graph = graph,
};
