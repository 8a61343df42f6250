/* bilstm.c - embedding, layers of bidirectional LSTM, and a head for every piece or for a sentence.
 *
 *     ids -> word vectors -> lstm ... lstm --+--> head of tags, of starts and ends     (N,K)
 *                                            +--> pooling (B,2H) --> head of classes   (B,K)
 *
 * Beside each word vector may stand, of both mentions of a relation, an embedding of how far the piece
 * is from it (Zeng et al. 2014, Relation classification via convolutional deep neural network):
 * "distance.0.weight" and "distance.1.weight" (2L+2,D), for -L .. L and for a mention that is not there.
 *
 * An LSTM has no state that stands for its sentence, so those of all pieces become one: the largest
 * of every feature, their mean, or the sum that attention weighs (Zhou et al. 2016, Attention-based
 * bidirectional LSTM networks for relation classification): a = softmax(w tanh(h)), with w
 * "pooling.weight" (1,2H).
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
#include <string.h>

#include "models/embedding.h"
#include "models/heads.h"
#include "models/lstm.h"

enum { CHANNELS = 3, CHANNEL_WIDTH = 256 };

/* ---- settings ---- */

static const kd_choice embeddings[] = { { "trained", KD_VECTORS_TRAINED },
                                        { "bert", KD_VECTORS_BLOCK },
                                        { "multichannel", KD_VECTORS_MULTICHANNEL },
                                        KD_CHOICE_END };

static const kd_choice poolings[] = { { "max", KD_POOLING_MAX },
                                      { "mean", KD_POOLING_MEAN },
                                      { "attention", KD_POOLING_ATTENTION },
                                      KD_CHOICE_END };

static const kd_setting settings[] = {
    KD_CHOICE_ROW(kd_arch, bilstm.embeddings, "embeddings", "trained", embeddings, NULL,
                  "word vectors: drawn, a BERT embedding block, or drawn and convolved"),
    KD_REAL_ROW(kd_arch, bilstm.embedding_dropout, "embedding_dropout", "0.1", 0, 0.95, NULL,
                "share of features dropped inside a BERT embedding block"),
    KD_CHOICE_ROW(kd_arch, bilstm.pooling, "pooling", "max", poolings, NULL,
                  "how the states of a sentence's pieces become one, before a head of classes: the "
                  "largest of each feature, their mean, or a sum weighed by attention",
                  .before = "max"),
    KD_INT_ROW(
        kd_arch, bilstm.distances, "distances", "0", 0, 1024, NULL,
        "of a relation, features beside a word vector that say how far the piece is from each of "
        "the two masked mentions; 0: none",
        .before = "0"),
    KD_INT_ROW(kd_arch, bilstm.distance_limit, "distance_limit", "60", 1, 4096, NULL,
               "distances in pieces beyond which all are alike", .before = "60"),
    KD_SETTING_END,
};

/* Only a block of embeddings counts positions. */
static int longest(const kd_arch *arch)
{
    return arch->bilstm.embeddings == KD_VECTORS_BLOCK ? arch->positions : INT_MAX;
}

static bool reads_marks(const kd_arch *arch)
{
    return arch->bilstm.distances > 0;
}

/* Features of a state: both directions. */
static int width(const kd_arch *arch)
{
    return 2 * arch->hidden;
}

/* ---- the network ---- */

typedef struct {
    int          source; /* of word vectors: arch.bilstm.embeddings */
    kd_tensor   *table;  /* (V,E) */
    kd_embedding block;
    kd_linear    conv[CHANNELS]; /* weights (256,E,width) */
    kd_tensor   *distance[2];    /* (2L+2,D) of each mention; NULL: none */
    kd_lstm      lstm;
    int          pooling;    /* arch.bilstm.pooling */
    kd_linear    preference; /* of attention, (1,2H) without bias */
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

/* Returns the width of word vectors. */
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

/* Returns the features that they add. */
static int declare_distances(bilstm *net, kd_declare *declare, const kd_arch *arch)
{
    char name[KD_NAME_SIZE];
    int  features = arch->bilstm.distances, rows = 2 * arch->bilstm.distance_limit + 2;

    for (int i = 0; i < 2 && features > 0; i++) {
        kd_name_index(name, "distance", i);
        net->distance[i] =
            kd_declare_matrix(declare, name, "weight", rows, features, declare->style->embedding);
    }
    return 2 * features;
}

static void declare_pooling(bilstm *net, kd_declare *declare, const kd_arch *arch)
{
    net->pooling = arch->bilstm.pooling;
    if (!kd_head_is_of_sentence(arch->head) || net->pooling != KD_POOLING_ATTENTION) return;
    net->preference.weight =
        kd_declare_matrix(declare, "pooling", "weight", 1, width(arch), kd_init_fan(width(arch)));
    kd_declare_edge(net->preference.weight);
}

static kd_status check(const kd_arch *arch, kd_error *err)
{
    if (arch->layers > KD_LSTM_LAYERS_MAX)
        return kd_fail(err, KD_ECONFIG, "layers: a bilstm has at most %d", KD_LSTM_LAYERS_MAX);
    if (arch->bilstm.distances > 0 && arch->head != KD_HEAD_CLASS)
        return kd_fail(err, KD_ECONFIG,
                       "distances: are to the two mentions of a relation, which a head of class "
                       "tells, not one of %s",
                       kd_head_word(arch->head));
    return KD_OK;
}

static kd_status create(void **out, kd_params *params, const kd_arch *arch, kd_error *err)
{
    kd_declare declare = { params, &kd_init_torch, check(arch, err), err };

    if (declare.status != KD_OK) return declare.status;
    bilstm *net = kd_alloc(1, sizeof *net);
    net->dropout = arch->dropout;
    net->block_dropout = arch->bilstm.embedding_dropout;
    int inputs = declare_embedding(net, &declare, arch);
    inputs += declare_distances(net, &declare, arch);
    net->lstm = kd_lstm_declare(&declare, "lstm", inputs, arch->hidden, arch->layers);
    for (int way = 0; way < 2 && net->source != KD_VECTORS_MULTICHANNEL; way++)
        kd_declare_edge(net->lstm.weights[0][way].w_ih);
    declare_pooling(net, &declare, arch);
    net->head = kd_head_declare(&declare, arch, width(arch), NULL, 0);
    if (declare.status == KD_OK)
        *out = net;
    else
        free(net);
    return declare.status;
}

/* ---- applying ---- */

static kd_tensor *embed_words(const bilstm *net, kd_tape *tape, const kd_batch *batch)
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

/* Where mention i of each sentence begins. */
static const int32_t *marks_of(kd_tape *tape, const kd_batch *batch, int i)
{
    int32_t *mark = kd_tape_alloc(tape, (size_t)batch->rows.count, sizeof *mark);
    for (int b = 0; b < batch->rows.count; b++)
        mark[b] = batch->marks ? batch->marks[2 * b + i] : -1;
    return mark;
}

static kd_tensor *embed(const bilstm *net, kd_tape *tape, const kd_batch *batch)
{
    kd_tensor *part[3] = { embed_words(net, tape, batch) };

    if (!net->distance[0]) return part[0];
    for (int i = 0; i < 2; i++)
        part[i + 1] =
            kd_op_distance(tape, &batch->rows, marks_of(tape, batch, i), net->distance[i]);
    return kd_op_concat(tape, 3, part);
}

/* The mean is attention that prefers nothing. */
static kd_tensor *prefer(const bilstm *net, kd_tape *tape, kd_tensor *x)
{
    if (net->pooling == KD_POOLING_ATTENTION)
        return kd_linear_apply(&net->preference, tape, kd_op_activate(tape, x, KD_TANH),
                               KD_IDENTITY);
    float *equal = kd_tape_alloc(tape, (size_t)x->n, sizeof *equal);
    memset(equal, 0, (size_t)x->n * sizeof *equal);
    return kd_tape_constant(tape, x->n, 1, equal);
}

static kd_tensor *pool(const bilstm *net, kd_tape *tape, kd_tensor *x, const kd_rows *rows)
{
    if (net->pooling == KD_POOLING_MAX) return kd_op_max_pool(tape, x, rows);
    return kd_op_attention_pool(tape, x, prefer(net, tape, x), rows);
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
    if (kd_head_is_of_sentence(net->head.kind))
        out.sentence = pool(net, tape, out.last, &batch->rows);
    out.logits = kd_head_apply(&net->head, tape, out.last, out.sentence, batch);
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

/* Padding weighs nothing: what is added to it is so far below all else. */
static kd_wire pooling_graph(const bilstm *net, kd_graph *g, kd_wire x)
{
    kd_wire hidden =
        kd_onnx_node(g->onnx, "Sub", kd_graph_present(g), kd_onnx_scalar(g->onnx, 1.0f));
    kd_wire shade = kd_onnx_node(g->onnx, "Mul", hidden, kd_onnx_scalar(g->onnx, 1e9f)), a = shade;

    if (net->pooling == KD_POOLING_MAX) {
        x = kd_onnx_node(g->onnx, "ReduceMax", kd_onnx_node(g->onnx, "Add", x, shade));
        kd_onnx_set_ints(g->onnx, "axes", 1, (const int64_t[]){ 1 });
    } else {
        if (net->pooling == KD_POOLING_ATTENTION)
            a = kd_onnx_node(
                g->onnx, "Add", shade,
                kd_graph_product(g, kd_graph_activate(g, x, KD_TANH), net->preference.weight));
        a = kd_onnx_node(g->onnx, "Softmax", a);
        kd_onnx_set_int(g->onnx, "axis", 1);
        x = kd_onnx_node(g->onnx, "ReduceSum", kd_onnx_node(g->onnx, "Mul", x, a),
                         kd_onnx_ints_of(g->onnx, 1));
    }
    kd_onnx_set_int(g->onnx, "keepdims", 0);
    return x;
}

static kd_wire graph(const void *network, kd_graph *g)
{
    const bilstm *net = network;
    kd_wire       x, pooled = NULL;

    if (net->source == KD_VECTORS_BLOCK)
        x = kd_embedding_graph(&net->block, g);
    else
        x = kd_onnx_node(g->onnx, "Gather", kd_graph_weight(g, net->table), g->ids);
    if (net->source == KD_VECTORS_MULTICHANNEL) x = channels_graph(net, g, x);
    x = kd_lstm_graph(&net->lstm, g, x);
    if (kd_head_is_of_sentence(net->head.kind)) pooled = pooling_graph(net, g, x);
    return kd_head_graph(&net->head, g, x, pooled);
}

/* Returns the width of word vectors. */
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

static void pooling_effort(const kd_arch *arch, kd_effort *effort)
{
    effort->values += width(arch);
    if (arch->bilstm.pooling != KD_POOLING_ATTENTION) return;
    effort->curves += width(arch);
    kd_effort_linear(effort, width(arch), 1);
}

static void count_effort(const kd_arch *arch, int length, kd_effort *effort)
{
    double in = embedding_effort(arch, effort), out = width(arch);

    effort->values += 2 * arch->bilstm.distances;
    in += 2 * arch->bilstm.distances;
    for (int l = 0; l < arch->layers; l++) {
        if (l > 0) effort->values += out; /* a dropout */
        kd_effort_lstm(effort, l == 0 ? in : out, arch->hidden);
    }
    if (kd_head_is_of_sentence(arch->head)) pooling_effort(arch, effort);
    kd_head_effort(arch, width(arch), 0, false, length, effort);
}

const kd_model_kind kd_kind_bilstm = {
    .name = "bilstm",
    .about = "word vectors and bidirectional LSTM layers",
    .dropout = 0.5,
    .heads = 1 << KD_HEAD_TAGS | 1 << KD_HEAD_CLASS | 1 << KD_HEAD_MULTILABEL | 1 << KD_HEAD_SPAN |
             1 << KD_HEAD_NONE,
    .settings = { kd_embedding_settings, settings },
    .agreeing = "embeddings embedding hidden layers norm_eps",
    .longest = longest,
    .reads_marks = reads_marks,
    .width = width,
    .blocks = { { "embeddings", "embedding" },
                { "convolutions", "convs" },
                { "distances", "distance." },
                { "lstm", "lstm" } },
    .vectors = "embedding.weight",
    .embeddings = "embeddings.",
    .create = create,
    .apply = apply,
    .destroy = free,
    .effort = count_effort,
    .graph = graph,
};
