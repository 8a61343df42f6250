/* heads.c - task heads, each in its usual names. */
#include "models/heads.h"

static const char *const words[] = {
#define X(constant, word) [KD_HEAD_##constant] = word,
    KD_HEADS(X)
#undef X
};

const char *kd_head_word(kd_head_kind head)
{
    return words[head];
}

bool kd_head_is_of_sentence(kd_head_kind head)
{
    return head == KD_HEAD_CLASS || head == KD_HEAD_MULTILABEL;
}

bool kd_head_has_labels(kd_head_kind head)
{
    return head == KD_HEAD_TAGS || kd_head_is_of_sentence(head);
}

/* ---- declaring ---- */

static void refuse(kd_declare *declare, const char *text)
{
    if (declare->status == KD_OK) declare->status = kd_fail(declare->err, KD_ECONFIG, "%s", text);
}

static void declare_classifier(kd_head *head, kd_declare *declare, const kd_arch *arch, int width)
{
    if (arch->labels <= 0) {
        refuse(declare, "labels: a head of this kind needs at least 1");
        return;
    }
    head->has_inner = arch->classifier > 0;
    head->f = KD_RELU;
    if (head->has_inner) {
        head->inner = kd_linear_declare(declare, "classifier.dense", width, arch->classifier);
        head->output =
            kd_linear_declare(declare, "classifier.out_proj", arch->classifier, arch->labels);
    } else {
        head->output = kd_linear_declare(declare, "classifier", width, arch->labels);
    }
}

static void declare_mlm(kd_head *head, kd_declare *declare, const kd_arch *arch, int width,
                        kd_tensor *word, int decoded)
{
    if (!word) {
        refuse(declare, "head: mlm needs a network with a table of words");
        return;
    }
    head->inner = kd_linear_declare(declare, "cls.predictions.transform.dense", width, decoded);
    head->norm =
        kd_norm_declare(declare, "cls.predictions.transform.LayerNorm", decoded, arch->norm_eps);
    head->output.weight = word;
    head->output.bias = kd_declare_vector(declare, "cls.predictions", "bias", arch->vocab,
                                          (kd_init){ KD_INIT_CONSTANT, 0.0f });
    if (decoded > word->d)
        head->rest = kd_declare_matrix(declare, "cls.predictions.dense", "weight",
                                       decoded - word->d, arch->vocab, declare->style->linear);
    head->f = arch->encoder.activation;
}

kd_head kd_head_declare(kd_declare *declare, const kd_arch *arch, int width, kd_tensor *word,
                        int decoded)
{
    kd_head head = { .kind = arch->head, .dropout = arch->dropout };

    switch (head.kind) {
    case KD_HEAD_TAGS:
    case KD_HEAD_CLASS:
    case KD_HEAD_MULTILABEL: /* which differ in their loss alone */
        declare_classifier(&head, declare, arch, width);
        break;
    case KD_HEAD_MLM:
        declare_mlm(&head, declare, arch, width, word, decoded);
        break;
    case KD_HEAD_SPAN:
        head.output = kd_linear_declare(declare, "qa_outputs", width, 2);
        break;
    case KD_HEAD_NONE:
        break;
    }
    kd_declare_edge(head.inner.weight);
    kd_declare_edge(head.output.weight);
    kd_declare_edge(head.rest);
    return head;
}

/* ---- applying ---- */

/* A row is a piece, or a sentence. */
static kd_tensor *drop(const kd_head *head, kd_tape *tape, kd_tensor *x)
{
    return kd_head_is_of_sentence(head->kind) ? kd_op_dropout_of_sentences(tape, x, head->dropout)
                                              : kd_op_dropout(tape, x, head->dropout);
}

static kd_tensor *classify(const kd_head *head, kd_tape *tape, kd_tensor *x)
{
    x = drop(head, tape, x);
    if (head->has_inner) {
        x = kd_linear_apply(&head->inner, tape, x, head->f);
        x = drop(head, tape, x);
    }
    return kd_linear_apply(&head->output, tape, x, KD_IDENTITY);
}

static kd_tensor *predict_words(const kd_head *head, kd_tape *tape, kd_tensor *x)
{
    x = kd_linear_apply(&head->inner, tape, x, head->f);
    x = kd_norm_apply(&head->norm, tape, x, NULL);
    if (head->rest) return kd_op_tied(tape, x, head->output.weight, head->rest, head->output.bias);
    return kd_linear_apply(&head->output, tape, x, KD_IDENTITY);
}

kd_tensor *kd_head_apply(const kd_head *head, kd_tape *tape, kd_tensor *last, kd_tensor *pooled,
                         const kd_batch *batch)
{
    bool       takes_rows = head->kind == KD_HEAD_TAGS || head->kind == KD_HEAD_MLM;
    kd_tensor *x = takes_rows && batch->at ? kd_op_rows(tape, last, batch->at) : last;

    switch (head->kind) {
    case KD_HEAD_TAGS:
        return classify(head, tape, x);
    case KD_HEAD_CLASS:
    case KD_HEAD_MULTILABEL:
        return classify(head, tape, pooled);
    case KD_HEAD_MLM:
        return predict_words(head, tape, x);
    case KD_HEAD_SPAN:
        return kd_linear_apply(&head->output, tape, x, KD_IDENTITY);
    case KD_HEAD_NONE:
        break;
    }
    return NULL;
}

/* ---- as a graph ---- */

static kd_wire classify_graph(const kd_head *head, kd_graph *g, kd_wire x)
{
    if (head->has_inner) x = kd_linear_graph(&head->inner, g, x, head->f);
    return kd_linear_graph(&head->output, g, x, KD_IDENTITY);
}

/* x [word | rest] + bias: the decoder is the table of words itself, turned over where it is used. */
static kd_wire words_graph(const kd_head *head, kd_graph *g, kd_wire x)
{
    kd_wire decoder = kd_graph_transpose_of(g, kd_graph_weight(g, head->output.weight), 1, 0);

    x = kd_norm_graph(&head->norm, g, kd_linear_graph(&head->inner, g, x, head->f), NULL);
    if (head->rest) {
        decoder = kd_onnx_node(g->onnx, "Concat", decoder, kd_graph_weight(g, head->rest));
        kd_onnx_set_int(g->onnx, "axis", 0);
    }
    return kd_graph_add(g, kd_onnx_node(g->onnx, "MatMul", x, decoder), head->output.bias);
}

kd_wire kd_head_graph(const kd_head *head, kd_graph *g, kd_wire last, kd_wire pooled)
{
    switch (head->kind) {
    case KD_HEAD_TAGS:
        return classify_graph(head, g, last);
    case KD_HEAD_CLASS:
    case KD_HEAD_MULTILABEL:
        return classify_graph(head, g, pooled);
    case KD_HEAD_MLM:
        return words_graph(head, g, last);
    case KD_HEAD_SPAN:
        return kd_linear_graph(&head->output, g, last, KD_IDENTITY);
    case KD_HEAD_NONE:
        break;
    }
    return NULL;
}

static void classifying_effort(double width, double inner, double labels, kd_effort *effort)
{
    effort->values += width;
    if (inner > 0) {
        kd_effort_activated(effort, width, inner);
        effort->values += inner;
    }
    kd_effort_linear(effort, inner > 0 ? inner : width, labels);
    effort->curves += labels; /* of the loss */
}

static void own_effort(const kd_arch *arch, int width, int decoded, kd_effort *effort)
{
    switch (arch->head) {
    case KD_HEAD_TAGS:
    case KD_HEAD_CLASS:
    case KD_HEAD_MULTILABEL:
        classifying_effort(width, arch->classifier, arch->labels, effort);
        break;
    case KD_HEAD_MLM:
        kd_effort_activated(effort, width, decoded);
        effort->values += decoded;
        kd_effort_linear(effort, decoded, arch->vocab);
        effort->curves += arch->vocab;
        break;
    case KD_HEAD_SPAN:
        kd_effort_linear(effort, width, 2);
        break;
    case KD_HEAD_NONE:
        break;
    }
}

void kd_head_effort(const kd_arch *arch, int width, int decoded, bool pools, int length,
                    kd_effort *effort)
{
    bool      is_of_sentence = kd_head_is_of_sentence(arch->head);
    kd_effort own = { 0 };

    own_effort(arch, width, decoded, &own);
    if (is_of_sentence && pools) kd_effort_activated(&own, width, width);
    kd_effort_add_once(effort, &own, is_of_sentence ? length : 1);
}
