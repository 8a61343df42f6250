/* layout_distilbert.c - DistilBERT: a BERT without segments, in words of its own. Its sequence
 * head's first layer, with a ReLU, is our pooler. */
#include "models/weights/layout.h"

static const kd_layout_key keys[] = {
    { "vocab_size", "vocab", true },
    { "dim", "hidden", true },
    { "n_layers", "layers", true },
    { "n_heads", "heads", true },
    { "hidden_dim", "ffn", true },
    { "max_position_embeddings", "positions", true },
    { "dropout", "dropout", false },
    { "attention_dropout", "attention_dropout", false },
    { "initializer_range", "init_range", false },
    { NULL, NULL, false },
};

static const kd_layout_name names[] = {
    { "distilbert.embeddings.", "bert.embeddings." },
    { "distilbert.transformer.layer.#.attention.q_lin.",
      "bert.encoder.layer.#.attention.self.query." },
    { "distilbert.transformer.layer.#.attention.k_lin.",
      "bert.encoder.layer.#.attention.self.key." },
    { "distilbert.transformer.layer.#.attention.v_lin.",
      "bert.encoder.layer.#.attention.self.value." },
    { "distilbert.transformer.layer.#.attention.out_lin.",
      "bert.encoder.layer.#.attention.output.dense." },
    { "distilbert.transformer.layer.#.sa_layer_norm.",
      "bert.encoder.layer.#.attention.output.LayerNorm." },
    { "distilbert.transformer.layer.#.ffn.lin1.", "bert.encoder.layer.#.intermediate.dense." },
    { "distilbert.transformer.layer.#.ffn.lin2.", "bert.encoder.layer.#.output.dense." },
    { "distilbert.transformer.layer.#.output_layer_norm.",
      "bert.encoder.layer.#.output.LayerNorm." },
    { "pre_classifier.", "bert.pooler.dense." },
    { "vocab_transform.", "cls.predictions.transform.dense." },
    { "vocab_layer_norm.", "cls.predictions.transform.LayerNorm." },
    { "vocab_projector.bias", "cls.predictions.bias" },
    { NULL, NULL },
};

static void begin(kd_arch *arch)
{
    arch->segments = 0;
    arch->encoder.pooler_activation = KD_RELU;
}

static bool holds(const kd_arch *arch)
{
    return arch->segments == 0;
}

static kd_status check(const kd_arch *arch, kd_error *err)
{
    if (kd_head_has_labels(arch->head) && arch->classifier > 0)
        return kd_fail(err, KD_ECONFIG, "classifier: the usual library has a linear head only");
    if (kd_head_is_of_sentence(arch->head) && arch->encoder.pooler_activation != KD_RELU)
        return kd_fail(err, KD_ECONFIG, "pooler_activation: a DistilBERT's is relu");
    if (arch->head == KD_HEAD_NONE && arch->encoder.pooler)
        return kd_fail(err, KD_ECONFIG, "pooler: without a head a DistilBERT has none");
    if (arch->norm_eps != 1e-12)
        return kd_fail(err, KD_ECONFIG, "norm_eps: a DistilBERT has 1e-12");
    return KD_OK;
}

/* Two words for what is one dropout here. */
static void write(kd_json_writer *w, const kd_arch *arch)
{
    kd_json_put_real(w, "seq_classif_dropout", arch->dropout);
    kd_json_put_real(w, "qa_dropout", arch->dropout);
}

const kd_layout kd_layout_distilbert = {
    .model_type = "distilbert",
    .class_name = "DistilBert",
    .tokenizer = "DistilBertTokenizer",
    .prefix = "distilbert.",
    .activation = "activation",
    .pooled = 1 << KD_HEAD_CLASS | 1 << KD_HEAD_MULTILABEL,
    .kind = KD_KIND_BERT,
    .keys = keys,
    .names = names,
    .aside = { "vocab_projector.weight" },
    .begin = begin,
    .holds = holds,
    .check = check,
    .write = write,
};
