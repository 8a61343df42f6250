/* layout_bert.c - BERT, whose names ours are. */
#include "models/weights/layout.h"

const kd_layout_key kd_layout_bert_keys[] = {
    { "vocab_size", "vocab", true },
    { "hidden_size", "hidden", true },
    { "num_hidden_layers", "layers", true },
    { "num_attention_heads", "heads", true },
    { "intermediate_size", "ffn", true },
    { "max_position_embeddings", "positions", true },
    { "type_vocab_size", "segments", true },
    { "hidden_dropout_prob", "dropout", false },
    { "attention_probs_dropout_prob", "attention_dropout", false },
    { "layer_norm_eps", "norm_eps", false },
    { "initializer_range", "init_range", false },
    { NULL, NULL, false },
};

static bool holds(const kd_arch *arch)
{
    return arch->segments > 0;
}

kd_status kd_layout_bert_check(const kd_arch *arch, kd_error *err)
{
    if (kd_head_has_labels(arch->head) && arch->classifier > 0)
        return kd_fail(err, KD_ECONFIG, "classifier: the usual library has a linear head only");
    if (kd_head_is_of_sentence(arch->head) && arch->encoder.pooler_activation != KD_TANH)
        return kd_fail(err, KD_ECONFIG, "pooler_activation: the usual library has tanh");
    if (arch->head == KD_HEAD_NONE && !arch->encoder.pooler)
        return kd_fail(err, KD_ECONFIG, "pooler: without a head there is one");
    return KD_OK;
}

const kd_layout kd_layout_bert = {
    .model_type = "bert",
    .class_name = "Bert",
    .tokenizer = "BertTokenizer",
    .prefix = "bert.",
    .activation = "hidden_act",
    .pooled = 1 << KD_HEAD_CLASS | 1 << KD_HEAD_MULTILABEL | 1 << KD_HEAD_NONE,
    .kind = KD_KIND_BERT,
    .keys = kd_layout_bert_keys,
    .aside = { "cls.predictions.decoder.", "cls.seq_relationship." },
    .holds = holds,
    .check = kd_layout_bert_check,
};
