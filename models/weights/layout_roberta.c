/* layout_roberta.c - RoBERTa: the head over words has names of its own, the rest are ours. */
#include "models/weights/layout.h"

static const kd_layout_name names[] = {
    { "lm_head.dense.", "cls.predictions.transform.dense." },
    { "lm_head.layer_norm.", "cls.predictions.transform.LayerNorm." },
    { "lm_head.bias", "cls.predictions.bias" },
    { NULL, NULL },
};

/* What the library takes where the file is silent. */
static void begin(kd_arch *arch)
{
    arch->norm_eps = 1e-12;
}

static bool holds(const kd_arch *arch)
{
    return arch->segments > 0;
}

static kd_status check(const kd_arch *arch, kd_error *err)
{
    int inner = kd_head_is_of_sentence(arch->head) ? arch->hidden : 0;
    if (arch->roberta.pad_quirk)
        return kd_fail(err, KD_ECONFIG,
                       "roberta_pad_quirk: the usual library hides no first piece");
    if (kd_head_has_labels(arch->head) && arch->classifier != 0 && arch->classifier != inner)
        return kd_fail(err, KD_ECONFIG, "classifier: the usual library has %s",
                       inner ? "one as wide as the states" : "a linear head only");
    if (arch->head == KD_HEAD_NONE && !arch->encoder.pooler)
        return kd_fail(err, KD_ECONFIG, "pooler: without a head a RoBERTa has one");
    if (arch->head == KD_HEAD_NONE && arch->encoder.pooler_activation != KD_TANH)
        return kd_fail(err, KD_ECONFIG, "pooler_activation: a RoBERTa's is tanh");
    return KD_OK;
}

const kd_layout kd_layout_roberta = {
    .model_type = "roberta",
    .class_name = "Roberta",
    .tokenizer = "BertTokenizer", /* what is written is a vocabulary of WordPiece */
    .prefix = "roberta.",
    .activation = "hidden_act",
    .padding = 1, /* positions begin behind it */
    .pooled = 1 << KD_HEAD_NONE,
    .kind = KD_KIND_ROBERTA,
    .keys = kd_layout_bert_keys,
    .names = names,
    .aside = { "lm_head.decoder." },
    .begin = begin,
    .holds = holds,
    .check = check,
};
