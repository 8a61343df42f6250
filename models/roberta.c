/* roberta.c - RoBERTa: BERT's layers, with positions that begin at 2, one kind of segment, and a
 * classifier over the first state itself.
 *
 *     class, multilabel    first state, dropout, Linear, tanh, dropout, Linear -> (B,K)
 *
 * That Linear is as wide as `classifier` says, or as the states when it is 0. No head reads the
 * pooler; the bare encoder is published with one. Names are "roberta.embeddings.*",
 * "roberta.encoder.layer.<l>.*", "roberta.pooler.dense.*", "classifier.dense|out_proj.*".
 */
#include <stdlib.h>

#include "models/embedding.h"
#include "models/encoder.h"
#include "models/heads.h"

/* DoKTra's code takes id 0 for padding, as it is BERT's; a RoBERTa's is 1, and 0 is <s>, the piece whose state is
 * classified. What is padded behind a sentence is <s> then, and hidden like that, so it changes nothing; what does is that no
 * piece looks at the first. */
static const kd_setting settings[] = {
    KD_BOOL_ROW(kd_arch, roberta.pad_quirk, "roberta_pad_quirk", "false", NULL,
                "no piece looks at the first one, <s>, because its id 0 is taken for padding: as "
                "DoKTra's code has it",
                .before = "false"),
    KD_SETTING_END,
};

/* The rows before it are of the padding (its id is 1) and of nothing. */
enum { FIRST_POSITION = 2 };

typedef struct {
    kd_embedding embedding;
    kd_encoder   encoder;
    kd_linear    pooler;
    kd_head      head;
    double       dropout;
} roberta;

static void destroy(void *network)
{
    roberta *net = network;

    kd_encoder_fini(&net->encoder);
    free(net);
}

static int longest(const kd_arch *arch)
{
    return arch->positions - FIRST_POSITION;
}

static kd_status check(const kd_arch *arch, kd_error *err)
{
    if (longest(arch) < 1)
        return kd_fail(err, KD_ECONFIG,
                       "positions: a roberta's begin at %d, so it needs more than %d",
                       FIRST_POSITION, arch->positions);
    return kd_encoder_check(arch, err);
}

/* With the width that the head's inner layer has. */
static kd_arch with_classifier(const kd_arch *arch)
{
    kd_arch full = *arch;

    if (kd_head_is_of_sentence(arch->head) && arch->classifier == 0) full.classifier = arch->hidden;
    return full;
}

static kd_head declare_head(kd_declare *declare, const kd_arch *arch, kd_tensor *word)
{
    kd_arch full = with_classifier(arch);
    kd_head head = kd_head_declare(declare, &full, arch->hidden, word, arch->hidden);

    if (kd_head_is_of_sentence(arch->head)) head.f = KD_TANH;
    return head;
}

static kd_status create(void **out, kd_params *params, const kd_arch *arch, kd_error *err)
{
    kd_init_style style = kd_init_bert(arch->init_range);
    kd_declare    declare = { params, &style, check(arch, err), err };

    if (declare.status != KD_OK) return declare.status;
    roberta *net = kd_alloc(1, sizeof *net);
    net->dropout = arch->dropout;
    net->embedding = kd_embedding_declare(&declare, "roberta.embeddings", arch, arch->hidden);
    net->embedding.first = FIRST_POSITION;
    net->encoder = kd_encoder_declare(&declare, "roberta.encoder.layer", arch);
    for (int l = 0; l < arch->layers; l++)
        net->encoder.layer[l].attention.skips_first = arch->roberta.pad_quirk;
    if (arch->encoder.pooler)
        net->pooler =
            kd_linear_declare(&declare, "roberta.pooler.dense", arch->hidden, arch->hidden);
    net->head = declare_head(&declare, arch, net->embedding.word);
    if (declare.status == KD_OK)
        *out = net;
    else
        destroy(net);
    return declare.status;
}

static kd_outputs apply(const void *network, kd_tape *tape, const kd_batch *batch,
                        const kd_wants *wants)
{
    const roberta *net = network;
    kd_tensor *x = kd_embedding_apply(&net->embedding, tape, batch, net->dropout), *first = NULL;
    kd_outputs out = { 0 };

    kd_encoder_apply(&net->encoder, tape, x, &batch->rows, wants, &out);
    if (kd_head_is_of_sentence(net->head.kind)) first = kd_op_first(tape, out.last, &batch->rows);
    out.logits = kd_head_apply(&net->head, tape, out.last, first, batch);
    return out;
}

static kd_wire graph(const void *network, kd_graph *g)
{
    const roberta *net = network;
    kd_wire last = kd_encoder_graph(&net->encoder, g, kd_embedding_graph(&net->embedding, g));
    kd_wire first = kd_head_is_of_sentence(net->head.kind) ? kd_graph_first(g, last) : NULL;

    return kd_head_graph(&net->head, g, last, first);
}

static void count_effort(const kd_arch *arch, int length, kd_effort *effort)
{
    kd_arch full = with_classifier(arch);

    kd_embedding_effort(arch->hidden, effort);
    kd_encoder_effort(arch, length, effort);
    kd_head_effort(&full, arch->hidden, arch->hidden, false, length, effort);
}

const kd_model_kind kd_kind_roberta = {
    .name = "roberta",
    .about = "transformer encoder of RoBERTa's family",
    .dropout = 0.1,
    .heads = (1 << KD_HEAD_COUNT) - 1,
    .is_encoder = true,
    .settings = { kd_encoder_settings, settings },
    .defaults = { { "positions", "514" }, { "segments", "1" }, { "norm_eps", "1e-05" } },
    .agreeing = "hidden layers heads ffn activation norm_eps",
    .longest = longest,
    .blocks = { { "embeddings", "roberta.embeddings." },
                { "encoder", "roberta.encoder." },
                { "pooler", "roberta.pooler." } },
    .embeddings = "roberta.embeddings.",
    .layer = "roberta.encoder.layer.",
    .pooler = "roberta.pooler.",
    .create = create,
    .apply = apply,
    .destroy = destroy,
    .effort = count_effort,
    .graph = graph,
};
