/* layout_albert.c - ALBERT: a key for the width of word vectors, and a head over words with names of
 * its own. */
#include "models/weights/layout.h"

static const kd_layout_key keys[] = {
    { "vocab_size", "vocab", true },
    { "embedding_size", "embedding", false },
    { "hidden_size", "hidden", true },
    { "num_hidden_layers", "layers", true },
    { "num_attention_heads", "heads", true },
    { "intermediate_size", "ffn", true },
    { "max_position_embeddings", "positions", true },
    { "type_vocab_size", "segments", true },
    { "hidden_dropout_prob", "dropout", false },
    { "attention_probs_dropout_prob", "attention_dropout", false },
    { "classifier_dropout_prob", "classifier_dropout", false },
    { "layer_norm_eps", "norm_eps", false },
    { "initializer_range", "init_range", false },
    { NULL, NULL, false },
};

static const kd_layout_choice choices[] = {
    { "num_hidden_groups", KD_JSON_INT, "1" },
    { "inner_group_num", KD_JSON_INT, "1" },
    { NULL, KD_JSON_NULL, NULL },
};

static const kd_layout_name names[] = {
    { "predictions.dense.", "cls.predictions.transform.dense." },
    { "predictions.LayerNorm.", "cls.predictions.transform.LayerNorm." },
    { "predictions.bias", "cls.predictions.bias" },
    { NULL, NULL },
};

static bool holds(const kd_arch *arch)
{
    return arch->segments > 0;
}

const kd_layout kd_layout_albert = {
    .model_type = "albert",
    .class_name = "Albert",
    .tokenizer = "BertTokenizer", /* what is written is a vocabulary of WordPiece */
    .prefix = "albert.",
    .activation = "hidden_act",
    .pooled = 1 << KD_HEAD_CLASS | 1 << KD_HEAD_MULTILABEL | 1 << KD_HEAD_NONE,
    .kind = KD_KIND_ALBERT,
    .keys = keys,
    .choices = choices,
    .names = names,
    .aside = { "predictions.decoder.", "sop_classifier." },
    .holds = holds,
    .check = kd_layout_bert_check,
};
