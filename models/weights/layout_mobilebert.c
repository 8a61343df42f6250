/* layout_mobilebert.c - MobileBERT, whose names ours are, with keys for what is inside a layer. */
#include "models/weights/layout.h"

static const kd_layout_key keys[] = {
    { "vocab_size", "vocab", true },
    { "embedding_size", "embedding", false },
    { "hidden_size", "hidden", true },
    { "intra_bottleneck_size", "bottleneck", false },
    { "num_hidden_layers", "layers", true },
    { "num_attention_heads", "heads", true },
    { "intermediate_size", "ffn", true },
    { "num_feedforward_networks", "feedforwards", false },
    { "max_position_embeddings", "positions", true },
    { "type_vocab_size", "segments", true },
    { "hidden_dropout_prob", "dropout", false },
    { "attention_probs_dropout_prob", "attention_dropout", false },
    { "classifier_activation", "pooler", false },
    { "layer_norm_eps", "norm_eps", false },
    { "initializer_range", "init_range", false },
    { NULL, NULL, false },
};

static const kd_layout_choice choices[] = {
    { "trigram_input", KD_JSON_BOOL, "true" },
    { "use_bottleneck", KD_JSON_BOOL, "true" },
    { "use_bottleneck_attention", KD_JSON_BOOL, "false" },
    { "key_query_shared_bottleneck", KD_JSON_BOOL, "true" },
    { "normalization_type", KD_JSON_TEXT, "no_norm" },
    { NULL, KD_JSON_NULL, NULL },
};

/* What the library takes where the file is silent. */
static void begin(kd_arch *arch)
{
    arch->encoder.pooler = true;
}

static bool holds(const kd_arch *arch)
{
    return arch->segments > 0;
}

static kd_status check(const kd_arch *arch, kd_error *err)
{
    if (kd_head_has_labels(arch->head) && arch->classifier > 0)
        return kd_fail(err, KD_ECONFIG, "classifier: the usual library has a linear head only");
    if (arch->encoder.pooler && arch->encoder.pooler_activation != KD_TANH)
        return kd_fail(err, KD_ECONFIG, "pooler_activation: a MobileBERT's is tanh");
    return KD_OK;
}

const kd_layout kd_layout_mobilebert = {
    .model_type = "mobilebert",
    .class_name = "MobileBert",
    .tokenizer = "MobileBertTokenizer",
    .prefix = "mobilebert.",
    .activation = "hidden_act",
    .pooler = "classifier_activation",
    .pooled = 1 << KD_HEAD_CLASS | 1 << KD_HEAD_MULTILABEL | 1 << KD_HEAD_NONE,
    .kind = KD_KIND_MOBILEBERT,
    .keys = keys,
    .choices = choices,
    .aside = { "cls.predictions.decoder.", "cls.seq_relationship." },
    .begin = begin,
    .holds = holds,
    .check = check,
};
