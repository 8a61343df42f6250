/* albert.c - ALBERT: word vectors narrower than the states, and one layer that is applied again and
 * again.
 *
 *     ids -> embedding block (N,E) -> Linear (N,H) -> the layer x layers -> head
 *
 * `pooler` adds tanh(Linear(first state)), which sequence heads read; classifiers drop what
 * `classifier_dropout` says. Names are "albert.embeddings.*",
 * "albert.encoder.embedding_hidden_mapping_in.*",
 * "albert.encoder.albert_layer_groups.0.albert_layers.0.*", "albert.pooler.*".
 */
#include <stdlib.h>

#include "models/embedding.h"
#include "models/encoder.h"
#include "models/heads.h"

static const kd_setting settings[] = {
    KD_REAL_ROW(kd_arch, albert.classifier_dropout, "classifier_dropout", "0.1", 0, 0.95, NULL,
                "share of features dropped before a classifier"),
    KD_SETTING_END,
};

static const kd_encoder_names names = {
    .attention = { "attention.query", "attention.key", "attention.value", "attention.dense",
                   "attention.LayerNorm" },
    .inner = "ffn",
    .outer = "ffn_output",
    .norm = "full_layer_layer_norm",
};

typedef struct {
    kd_embedding  embedding;
    kd_linear     widen; /* E -> H */
    kd_encoder    encoder;
    kd_activation pooler_f;
    kd_linear     pooler;
    kd_head       head;
    double        dropout;
} albert;

static void destroy(void *network)
{
    albert *net = network;

    kd_encoder_fini(&net->encoder);
    free(net);
}

static kd_status check(const kd_arch *arch, kd_error *err)
{
    kd_status status = kd_encoder_check_pooler(arch, err);
    return status == KD_OK ? kd_encoder_check(arch, err) : status;
}

static void declare_all(albert *net, kd_declare *declare, const kd_arch *arch)
{
    net->embedding = kd_embedding_declare(declare, "albert.embeddings", arch, arch->embedding);
    net->widen = kd_linear_declare(declare, "albert.encoder.embedding_hidden_mapping_in",
                                   arch->embedding, arch->hidden);
    kd_declare_edge(net->widen.weight);
    net->encoder = kd_encoder_declare_shared(
        declare, "albert.encoder.albert_layer_groups.0.albert_layers.0", &names, arch);
    net->encoder.dropout = 0.0; /* a layer drops behind its attention alone */
    if (arch->encoder.pooler)
        net->pooler = kd_linear_declare(declare, "albert.pooler", arch->hidden, arch->hidden);
    net->head = kd_head_declare(declare, arch, arch->hidden, net->embedding.word, arch->embedding);
    net->head.dropout = arch->albert.classifier_dropout;
}

static kd_status create(void **out, kd_params *params, const kd_arch *arch, kd_error *err)
{
    kd_init_style style = kd_init_bert(arch->init_range);
    kd_declare    declare = { params, &style, check(arch, err), err };

    if (declare.status != KD_OK) return declare.status;
    albert *net = kd_alloc(1, sizeof *net);
    net->dropout = arch->dropout;
    net->pooler_f = arch->encoder.pooler_activation;
    declare_all(net, &declare, arch);
    if (declare.status == KD_OK)
        *out = net;
    else
        destroy(net);
    return declare.status;
}

static kd_outputs apply(const void *network, kd_tape *tape, const kd_batch *batch,
                        const kd_wants *wants)
{
    const albert *net = network;
    kd_tensor *x = kd_embedding_apply(&net->embedding, tape, batch, net->dropout), *pooled = NULL;
    kd_outputs out = { 0 };

    x = kd_linear_apply(&net->widen, tape, x, KD_IDENTITY);
    kd_encoder_apply(&net->encoder, tape, x, &batch->rows, wants, &out);
    if (kd_head_is_of_sentence(net->head.kind))
        pooled = kd_linear_apply(&net->pooler, tape, kd_op_first(tape, out.last, &batch->rows),
                                 net->pooler_f);
    out.logits = kd_head_apply(&net->head, tape, out.last, pooled, batch);
    return out;
}

static kd_wire graph(const void *network, kd_graph *g)
{
    const albert *net = network;
    kd_wire       x = kd_embedding_graph(&net->embedding, g), pooled = NULL;

    x = kd_encoder_graph(&net->encoder, g, kd_linear_graph(&net->widen, g, x, KD_IDENTITY));
    if (kd_head_is_of_sentence(net->head.kind))
        pooled = kd_linear_graph(&net->pooler, g, kd_graph_first(g, x), net->pooler_f);
    return kd_head_graph(&net->head, g, x, pooled);
}

static void count_effort(const kd_arch *arch, int length, kd_effort *effort)
{
    kd_embedding_effort(arch->embedding, effort);
    kd_encoder_effort(arch, length, effort);
    kd_effort_linear(effort, arch->embedding, arch->hidden);
    kd_head_effort(arch, arch->hidden, arch->embedding, true, length, effort);
}

static int longest(const kd_arch *arch)
{
    return arch->positions;
}

const kd_model_kind kd_kind_albert = {
    .name = "albert",
    .about = "transformer encoder of ALBERT's family: one layer for all",
    .dropout = 0.0,
    .heads = (1 << KD_HEAD_COUNT) - 1,
    .is_encoder = true,
    .settings = { kd_encoder_settings, kd_embedding_settings, settings },
    .defaults = { { "embedding", "128" },
                  { "activation", "gelu_tanh" },
                  { "attention_dropout", "0" } },
    .agreeing = "embedding hidden layers heads ffn activation norm_eps",
    .longest = longest,
    .blocks = { { "embeddings", "albert.embeddings." },
                { "encoder", "albert.encoder." },
                { "pooler", "albert.pooler." } },
    .embeddings = "albert.embeddings.",
    .pooler = "albert.pooler.",
    .create = create,
    .apply = apply,
    .destroy = destroy,
    .effort = count_effort,
    .graph = graph,
};
