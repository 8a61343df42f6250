/* bert.c - the BERT family: BERT, DistilBERT and TinyBERT by their settings.
 *
 *     ids -> embedding block -> layers (encoder.h) -> head
 *
 * With `segments = 0` there is no segment embedding (DistilBERT); `pooler` adds
 * tanh(Linear(first state)), which sequence heads read. Names are "bert.embeddings.*",
 * "bert.encoder.layer.<l>.*", "bert.pooler.dense.*".
 */
#include <stdlib.h>

#include "models/embedding.h"
#include "models/encoder.h"
#include "models/heads.h"

typedef struct {
    kd_embedding  embedding;
    kd_encoder    encoder;
    kd_activation pooler_f;
    kd_linear     pooler;
    bool          pools; /* the head reads the pooler */
    kd_head       head;
    double        dropout;
} bert;

static void destroy(void *network)
{
    bert *net = network;

    kd_encoder_fini(&net->encoder);
    free(net);
}

static kd_status check(const kd_arch *arch, kd_error *err)
{
    kd_status status = kd_encoder_check_pooler(arch, err);
    return status == KD_OK ? kd_encoder_check(arch, err) : status;
}

static kd_status create(void **out, kd_params *params, const kd_arch *arch, kd_error *err)
{
    kd_init_style style = kd_init_bert(arch->init_range);
    kd_declare    declare = { params, &style, check(arch, err), err };

    if (declare.status != KD_OK) return declare.status;
    bert *net = kd_alloc(1, sizeof *net);
    net->dropout = arch->dropout;
    net->pools = kd_head_is_of_sentence(arch->head);
    net->pooler_f = arch->encoder.pooler_activation;
    net->embedding = kd_embedding_declare(&declare, "bert.embeddings", arch, arch->hidden);
    net->encoder = kd_encoder_declare(&declare, "bert.encoder.layer", arch);
    if (arch->encoder.pooler)
        net->pooler = kd_linear_declare(&declare, "bert.pooler.dense", arch->hidden, arch->hidden);
    net->head = kd_head_declare(&declare, arch, arch->hidden, net->embedding.word, arch->hidden);
    if (declare.status == KD_OK)
        *out = net;
    else
        destroy(net);
    return declare.status;
}

static kd_tensor *apply_pooler(const bert *net, kd_tape *tape, kd_tensor *last, const kd_rows *rows)
{
    return kd_linear_apply(&net->pooler, tape, kd_op_first(tape, last, rows), net->pooler_f);
}

static kd_outputs apply(const void *network, kd_tape *tape, const kd_batch *batch,
                        const kd_wants *wants)
{
    const bert *net = network;
    kd_tensor  *pooled = NULL, *x = kd_embedding_apply(&net->embedding, tape, batch, net->dropout);
    kd_outputs  out = { 0 };

    kd_encoder_apply(&net->encoder, tape, x, &batch->rows, wants, &out);
    if (net->pools) pooled = apply_pooler(net, tape, out.last, &batch->rows);
    out.logits = kd_head_apply(&net->head, tape, out.last, pooled, batch);
    return out;
}

static kd_wire graph(const void *network, kd_graph *g)
{
    const bert *net = network;
    kd_wire     last = kd_encoder_graph(&net->encoder, g, kd_embedding_graph(&net->embedding, g));
    kd_wire     pooled = net->pools
                             ? kd_linear_graph(&net->pooler, g, kd_graph_first(g, last), net->pooler_f)
                             : NULL;

    return kd_head_graph(&net->head, g, last, pooled);
}

static void count_effort(const kd_arch *arch, int length, kd_effort *effort)
{
    kd_embedding_effort(arch->hidden, effort);
    kd_encoder_effort(arch, length, effort);
    kd_head_effort(arch, arch->hidden, arch->hidden, true, length, effort);
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
    .effort = count_effort,
    .graph = graph,
};
