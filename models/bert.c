/* bert.c - the BERT family: BERT, DistilBERT and TinyBERT by their settings.
 *
 *     ids -> embedding block -> [ attention block -> feed-forward block ] x layers -> head
 *
 * Post-norm, as published: y = LayerNorm(x + dropout(block(x))). With `segments = 0` there is no
 * segment embedding (DistilBERT); `pooler` adds tanh(Linear(first state)), which sequence
 * heads read. Names are "bert.embeddings.*", "bert.encoder.layer.<l>.*", "bert.pooler.dense.*".
 */
#include <stdlib.h>
#include <string.h>

#include "models/attention.h"
#include "models/embedding.h"
#include "models/encoder.h"
#include "models/heads.h"

typedef struct {
    kd_attention attention;
    kd_linear    inner, outer; /* H -> F -> H */
    kd_norm      norm;
} layer;

typedef struct {
    kd_embedding  embedding;
    int           layers;
    layer        *layer; /* (layers) */
    kd_activation f, pooler_f;
    double        dropout;
    kd_linear     pooler;
    bool          pools; /* the head reads the pooler */
    kd_head       head;
} bert;

/* ---- declaring ---- */

static layer declare_layer(kd_declare *declare, int index, const kd_arch *arch)
{
    char  prefix[KD_NAME_SIZE], name[KD_NAME_SIZE];
    layer l;

    kd_name_index(prefix, "bert.encoder.layer", index);
    l.attention = kd_attention_declare(declare, kd_name_join(name, prefix, "attention"), arch);
    l.inner = kd_linear_declare(declare, kd_name_join(name, prefix, "intermediate.dense"),
                                arch->hidden, arch->encoder.ffn);
    l.outer = kd_linear_declare(declare, kd_name_join(name, prefix, "output.dense"),
                                arch->encoder.ffn, arch->hidden);
    l.norm = kd_norm_declare(declare, kd_name_join(name, prefix, "output.LayerNorm"), arch->hidden,
                             arch->norm_eps);
    return l;
}

static void destroy(void *network)
{
    bert *net = network;

    free(net->layer);
    free(net);
}

static kd_status create(void **out, kd_params *params, const kd_arch *arch, kd_error *err)
{
    kd_init_style style = kd_init_bert(arch->init_range);
    kd_declare    declare = { params, &style, kd_encoder_check(arch, err), err };

    if (declare.status != KD_OK) return declare.status;
    bert *net = kd_alloc(1, sizeof *net);
    net->layers = arch->layers;
    net->layer = kd_alloc((size_t)arch->layers, sizeof *net->layer);
    net->dropout = arch->dropout;
    net->pools = kd_head_is_of_sentence(arch->head);
    net->f = arch->encoder.activation;
    net->pooler_f = arch->encoder.pooler_activation;
    net->embedding = kd_embedding_declare(&declare, "bert.embeddings", arch, arch->hidden);
    for (int l = 0; l < arch->layers; l++) net->layer[l] = declare_layer(&declare, l, arch);
    kd_declare_edge(net->layer[0].attention.query.weight);
    kd_declare_edge(net->layer[0].attention.key.weight);
    kd_declare_edge(net->layer[0].attention.value.weight);
    if (arch->encoder.pooler)
        net->pooler = kd_linear_declare(&declare, "bert.pooler.dense", arch->hidden, arch->hidden);
    net->head = kd_head_declare(&declare, arch, arch->hidden, net->embedding.word);
    if (declare.status == KD_OK)
        *out = net;
    else
        destroy(net);
    return declare.status;
}

/* ---- applying ---- */

static kd_tensor *apply_layer(const bert *net, const layer *l, kd_tape *tape, kd_tensor *x,
                              const kd_rows *rows, kd_attention_wants wants,
                              kd_attention_outputs *maps)
{
    x = kd_attention_apply(&l->attention, tape, x, rows, wants, maps);
    kd_tensor *y = kd_linear_apply(&l->inner, tape, x, net->f);
    y = kd_linear_apply(&l->outer, tape, y, KD_IDENTITY);
    return kd_norm_apply(&l->norm, tape, kd_op_dropout(tape, y, net->dropout), x);
}

static kd_tensor *apply_pooler(const bert *net, kd_tape *tape, kd_tensor *last, const kd_rows *rows)
{
    return kd_linear_apply(&net->pooler, tape, kd_op_first(tape, last, rows), net->pooler_f);
}

/* When nobody asks for what is inside, a layer's memory is the next layer's: only its output is
 * kept, in one place for all. */
static bool keeps_only_last(const kd_tape *tape, const kd_wants *wants)
{
    return !kd_tape_is_training(tape) && !wants->hidden && !wants->probs && !wants->scores;
}

static kd_tensor *move_to(kd_tensor *kept, const kd_tensor *y)
{
    memcpy(kept->x, y->x, kd_tensor_len(y) * sizeof *y->x);
    return kept;
}

/* From the embedding block's output to the last layer's; fills `out`. */
static void encode(const bert *net, kd_tape *tape, const kd_rows *rows, const kd_wants *wants,
                   kd_outputs *out)
{
    kd_attention_wants   maps = { .scores = wants->scores, .probs = wants->probs };
    kd_attention_outputs got;
    kd_tensor           *x = out->hidden[0], *kept = NULL;

    if (keeps_only_last(tape, wants)) kept = kd_tape_variable(tape, x->n, x->d);
    for (int l = 0; l < net->layers; l++) {
        kd_arena_mark before = kd_tape_here(tape);

        x = apply_layer(net, &net->layer[l], tape, x, rows, maps, &got);
        if (out->probs) out->probs[l] = got.probs;
        if (out->scores) out->scores[l] = got.scores;
        if (kept) {
            x = move_to(kept, x);
            kd_tape_rewind(tape, before);
        }
        out->hidden[l + 1] = x;
    }
    out->last = x;
}

static kd_outputs apply(const void *network, kd_tape *tape, const kd_batch *batch,
                        const kd_wants *wants)
{
    const bert *net = network;
    size_t      count = (size_t)net->layers;
    kd_tensor  *pooled = NULL;
    kd_outputs  out = { 0 };

    out.hidden = kd_tape_alloc(tape, count + 1, sizeof *out.hidden);
    if (wants->probs) out.probs = kd_tape_alloc(tape, count, sizeof *out.probs);
    if (wants->scores) out.scores = kd_tape_alloc(tape, count, sizeof *out.scores);
    if (wants->hidden) out.hidden_count = net->layers + 1;
    if (wants->probs || wants->scores) out.map_count = net->layers;
    out.hidden[0] = kd_embedding_apply(&net->embedding, tape, batch, net->dropout);
    encode(net, tape, &batch->rows, wants, &out);
    if (net->pools) pooled = apply_pooler(net, tape, out.last, &batch->rows);
    out.logits = kd_head_apply(&net->head, tape, out.last, pooled, batch);
    return out;
}

static double operations(const kd_arch *arch, int length)
{
    double h = arch->hidden, f = arch->encoder.ffn, t = length;
    double a_layer = 2.0 * (4.0 * h * h + 2.0 * h * f) + 2.0 * 2.0 * t * h;
    double head = kd_head_operations(arch, arch->hidden);

    if (kd_head_is_of_sentence(arch->head)) head = (head + 2.0 * h * h) / t; /* once a sentence */
    return a_layer * arch->layers + head;
}

static int longest(const kd_arch *arch)
{
    return arch->positions;
}

const kd_model_kind kd_kind_bert = {
    .name = "bert",
    .about = "transformer encoder of BERT's family (BERT, DistilBERT, TinyBERT)",
    .dropout = 0.1,
    .heads = (1 << KD_HEAD_COUNT) - 1,
    .is_encoder = true,
    .settings = { kd_encoder_settings },
    .agreeing = "hidden layers heads ffn activation norm_eps",
    .longest = longest,
    .blocks = { { "embeddings", "bert.embeddings." },
                { "encoder", "bert.encoder." },
                { "pooler", "bert.pooler." } },
    .embeddings = "bert.embeddings.",
    .layer = "bert.encoder.layer.",
    .pooler = "bert.pooler.",
    .create = create,
    .apply = apply,
    .destroy = destroy,
    .operations = operations,
};
