/* encoder.c - heads, widths, activations and the pooler of a transformer encoder. */
#include "models/encoder.h"

static const kd_choice activations[] = {
    { "gelu", KD_GELU }, { "gelu_tanh", KD_GELU_TANH }, { "relu", KD_RELU }, KD_CHOICE_END
};
static const kd_choice pooler_activations[] = { { "tanh", KD_TANH },
                                                { "relu", KD_RELU },
                                                KD_CHOICE_END };

const kd_setting kd_encoder_settings[] = {
    KD_INT_ROW(kd_arch, encoder.heads, "heads", "12", 1, 1024, NULL, "attention heads"),
    KD_INT_ROW(kd_arch, encoder.ffn, "ffn", "1200", 1, 262144, NULL,
               "inner width of an encoder layer"),
    KD_BOOL_ROW(kd_arch, encoder.pooler, "pooler", "false", NULL,
                "a layer over the first state, which sequence heads read"),
    KD_CHOICE_ROW(kd_arch, encoder.pooler_activation, "pooler_activation", "tanh",
                  pooler_activations, NULL,
                  "activation of the pooler: tanh (BERT) or ReLU (DistilBERT)"),
    KD_REAL_ROW(kd_arch, encoder.attention_dropout, "attention_dropout", "0.1", 0, 0.95, NULL,
                "share of attention probabilities dropped"),
    KD_CHOICE_ROW(kd_arch, encoder.activation, "activation", "gelu", activations, NULL,
                  "activation of the encoder: GELU with erf, its tanh form, or ReLU"),
    KD_SETTING_END,
};

kd_status kd_encoder_check(const kd_arch *arch, kd_error *err)
{
    if (arch->hidden % arch->encoder.heads != 0)
        return kd_fail(err, KD_ECONFIG, "heads: hidden = %d is not a multiple of %d", arch->hidden,
                       arch->encoder.heads);
    if (kd_head_is_of_sentence(arch->head) && !arch->encoder.pooler)
        return kd_fail(err, KD_ECONFIG, "pooler: head = %s reads it, so it must be true",
                       kd_head_word(arch->head));
    return KD_OK;
}
