/* bilstm.c - the BiLSTM tagger: embedding, layers of bidirectional LSTM, a token head.
 *
 *     ids -> word vectors -> lstm ... lstm -> dropout -> head -> (N,K)
 *
 * Word vectors come from one of three blocks:
 *
 *     trained            "embedding.weight" (V,E): drawn, or filled from a file of vectors later
 *     bert               "embeddings.*": BERT's whole embedding block, to copy a teacher's into
 *     multichannel       "embedding.weight", then convolutions of widths 1, 3, 5 over the
 *                        sentence ("convs.0|1|2.*", 256 channels each), side by side, ReLU
 */
#include <limits.h>
#include <stdlib.h>

#include "models/embedding.h"
#include "models/heads.h"
#include "models/lstm.h"

enum { CHANNELS = 3, CHANNEL_WIDTH = 256 };

/* ---- settings ---- */

static const kd_choice embeddings[] = { { "trained", KD_VECTORS_TRAINED },
                                        { "bert", KD_VECTORS_BLOCK },
                                        { "multichannel", KD_VECTORS_MULTICHANNEL },
                                        KD_CHOICE_END };

static const kd_setting settings[] = {
    KD_CHOICE_ROW(kd_arch, bilstm.embeddings, "embeddings", "trained", embeddings, NULL,
                  "word vectors: drawn, a BERT embedding block, or drawn and convolved"),
    KD_REAL_ROW(kd_arch, bilstm.embedding_dropout, "embedding_dropout", "0.1", 0, 0.95, NULL,
                "share of features dropped inside a BERT embedding block"),
    KD_SETTING_END,
};

/* Only a block of embeddings counts positions. */
static int longest(const kd_arch *arch)
{
    return arch->bilstm.embeddings == KD_VECTORS_BLOCK ? arch->positions : INT_MAX;
}

/* ---- the network ---- */

typedef struct {
    int          source; /* of word vectors: arch.bilstm.embeddings */
    kd_tensor   *table;  /* (V,E) */
    kd_embedding block;
    kd_linear    conv[CHANNELS]; /* weights (256,E,width) */
    kd_lstm      lstm;
    kd_head      head;
    double       dropout, block_dropout;
} bilstm;

static int channel_span(int c)
{
    return 2 * c + 1;
} /* 1, 3, 5 */

/* ---- declaring ---- */

static void declare_channels(bilstm *net, kd_declare *declare, int inputs)
{
    char name[KD_NAME_SIZE];

    for (int c = 0; c < CHANNELS; c++) {
        int     span = channel_span(c);
        kd_init init = kd_init_fan(inputs * span);

        kd_name_index(name, "convs", c);
        net->conv[c].weight = kd_declare_weight(declare, name, "weight", 3,
                                                (int[]){ CHANNEL_WIDTH, inputs, span }, init);
        kd_declare_factor(net->conv[c].weight);
        kd_declare_edge(net->conv[c].weight);
        net->conv[c].bias = kd_declare_vector(declare, name, "bias", CHANNEL_WIDTH, init);
    }
}

/* Returns the width of what enters the LSTM. */
static int declare_embedding(bilstm *net, kd_declare *declare, const kd_arch *arch)
{
    net->source = arch->bilstm.embeddings;
    if (net->source == KD_VECTORS_BLOCK) {
        net->block = kd_embedding_declare(declare, "embeddings", arch, arch->embedding);
        return arch->embedding;
    }
    net->table = kd_declare_matrix(declare, "embedding", "weight", arch->vocab, arch->embedding,
                                   declare->style->embedding);
    if (net->source != KD_VECTORS_MULTICHANNEL) return arch->embedding;
    declare_channels(net, declare, arch->embedding);
    return CHANNELS * CHANNEL_WIDTH;
}

static kd_status check(const kd_arch *arch, kd_error *err)
{
    if (arch->layers > KD_LSTM_LAYERS_MAX)
        return kd_fail(err, KD_ECONFIG, "layers: a bilstm has at most %d", KD_LSTM_LAYERS_MAX);
    return KD_OK;
}

static kd_status create(void **out, kd_params *params, const kd_arch *arch, kd_error *err)
{
    kd_declare declare = { params, &kd_init_torch, check(arch, err), err };

    if (declare.status != KD_OK) return declare.status;
    bilstm *net = kd_alloc(1, sizeof *net);
    net->dropout = arch->dropout;
    net->block_dropout = arch->bilstm.embedding_dropout;
    int width = declare_embedding(net, &declare, arch);
    net->lstm = kd_lstm_declare(&declare, "lstm", width, arch->hidden, arch->layers);
    for (int way = 0; way < 2 && net->source != KD_VECTORS_MULTICHANNEL; way++)
        kd_declare_edge(net->lstm.weights[0][way].w_ih);
    net->head = kd_head_declare(&declare, arch, 2 * arch->hidden, NULL, 0);
    if (declare.status == KD_OK)
        *out = net;
    else
        free(net);
    return declare.status;
}

/* ---- applying ---- */

static kd_tensor *embed(const bilstm *net, kd_tape *tape, const kd_batch *batch)
{
    kd_tensor *part[CHANNELS];

    if (net->source == KD_VECTORS_BLOCK)
        return kd_embedding_apply(&net->block, tape, batch, net->block_dropout);
    kd_tensor *x = kd_op_embed(tape, batch->ids, NULL, &batch->rows, net->table, NULL, 0, NULL);
    if (net->source == KD_VECTORS_TRAINED) return x;
    for (int c = 0; c < CHANNELS; c++)
        part[c] = kd_op_conv(tape, x, &batch->rows, net->conv[c].weight, net->conv[c].bias,
                             channel_span(c));
    return kd_op_activate(tape, kd_op_concat(tape, CHANNELS, part), KD_RELU);
}

static kd_outputs apply(const void *network, kd_tape *tape, const kd_batch *batch,
                        const kd_wants *wants)
{
    const bilstm *net = network;
    kd_outputs    out = { 0 };

    out.hidden = kd_tape_alloc(tape, (size_t)net->lstm.layers + 1, sizeof *out.hidden);
    out.hidden[0] = embed(net, tape, batch);
    out.last =
        kd_lstm_apply(&net->lstm, tape, out.hidden[0], &batch->rows, net->dropout, out.hidden + 1);
    if (wants->hidden) out.hidden_count = net->lstm.layers + 1;
    out.logits = kd_head_apply(&net->head, tape, out.last, NULL, batch);
    return out;
}

/* Convolutions see nothing beyond a sentence's end, so padding becomes zero before them. */
static kd_wire channels_graph(const bilstm *net, kd_graph *g, kd_wire x)
{
    kd_wire part[CHANNELS + 1] = { NULL };

    x = kd_graph_transpose_of(g, kd_onnx_node(g->onnx, "Mul", x, kd_graph_present(g)), 0, 2, 1);
    for (int c = 0; c < CHANNELS; c++) {
        const kd_linear *conv = &net->conv[c];
        kd_wire          w = kd_graph_weight(g, conv->weight);

        part[c] = kd_onnx_node(g->onnx, "Conv", x, w, kd_graph_weight(g, conv->bias));
        kd_onnx_set_ints(g->onnx, "pads", 2, (const int64_t[]){ c, c });
    }
    x = kd_onnx_node_of(g->onnx, "Concat", part);
    kd_onnx_set_int(g->onnx, "axis", 1);
    return kd_graph_transpose_of(g, kd_graph_activate(g, x, KD_RELU), 0, 2, 1);
}

static kd_wire graph(const void *network, kd_graph *g)
{
    const bilstm *net = network;
    kd_wire       x;

    if (net->source == KD_VECTORS_BLOCK)
        x = kd_embedding_graph(&net->block, g);
    else
        x = kd_onnx_node(g->onnx, "Gather", kd_graph_weight(g, net->table), g->ids);
    if (net->source == KD_VECTORS_MULTICHANNEL) x = channels_graph(net, g, x);
    return kd_head_graph(&net->head, g, kd_lstm_graph(&net->lstm, g, x), NULL);
}

/* Returns the width of what enters the LSTM. */
static double embedding_effort(const kd_arch *arch, kd_effort *effort)
{
    if (arch->bilstm.embeddings == KD_VECTORS_BLOCK)
        kd_embedding_effort(arch->embedding, effort);
    else
        effort->values += arch->embedding;
    if (arch->bilstm.embeddings != KD_VECTORS_MULTICHANNEL) return arch->embedding;
    for (int c = 0; c < CHANNELS; c++)
        kd_effort_activated(effort, (double)arch->embedding * channel_span(c), CHANNEL_WIDTH);
    return CHANNELS * CHANNEL_WIDTH;
}

static void count_effort(const kd_arch *arch, int length, kd_effort *effort)
{
    double in = embedding_effort(arch, effort), out = 2.0 * arch->hidden;

    (void)length;
    for (int l = 0; l < arch->layers; l++) {
        if (l > 0) effort->values += out; /* a dropout */
        kd_effort_lstm(effort, l == 0 ? in : out, arch->hidden);
    }
    kd_head_effort(arch, 2 * arch->hidden, 0, effort);
}

const kd_model_kind kd_kind_bilstm = {
    .name = "bilstm",
    .about = "word vectors, bidirectional LSTM layers and a head for every token",
    .dropout = 0.5,
    .heads = 1 << KD_HEAD_TAGS | 1 << KD_HEAD_NONE,
    .settings = { kd_embedding_settings, settings },
    .agreeing = "embeddings embedding hidden layers norm_eps",
    .longest = longest,
    .blocks = { { "embeddings", "embedding" }, { "convolutions", "convs" }, { "lstm", "lstm" } },
    .vectors = "embedding.weight",
    .embeddings = "embeddings.",
    .create = create,
    .apply = apply,
    .destroy = free,
    .effort = count_effort,
    .graph = graph,
};
