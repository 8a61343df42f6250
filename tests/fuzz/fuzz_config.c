/* A config.json from any bytes: refused, or a network that can be described and written again,
 * which then reads as the same network. */
#include <stdlib.h>
#include <string.h>

#include "models/weights/config.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = {
    "{\"model_type\": \"bert\", \"vocab_size\": 11, \"hidden_size\": 8, \"num_hidden_layers\": 2, "
    "\"num_attention_heads\": 2, \"intermediate_size\": 12, \"max_position_embeddings\": 6, "
    "\"type_vocab_size\": 2, \"architectures\": [\"BertForTokenClassification\"], "
    "\"id2label\": {\"0\": \"O\", \"1\": \"B\"}}",
    "{\"model_type\": \"distilbert\", \"vocab_size\": 11, \"dim\": 8, \"n_layers\": 2, "
    "\"n_heads\": 2, \"hidden_dim\": 12, \"max_position_embeddings\": 6, "
    "\"architectures\": [\"DistilBertForSequenceClassification\"], \"activation\": \"relu\"}",
    "{\"model_type\": \"kdgrid\", \"kind\": \"bilstm\", \"vocab\": 9, \"hidden\": 4, \"labels\": "
    "2}",
    "",
};

/* Settings that a layout has no key for are not written; a network is what measures the same. */
static void check_again(const kd_arch *arch, const char *labels)
{
    char         *path = kd_strdup(kd_fuzz_file("-again.json", "", 0));
    kd_published  again;
    kd_model_size size, size_again;
    kd_error      err;
    kd_config_write(path, arch, labels, NULL, &err);
    KD_CHECK(kd_config_read(&again, path, &err) == KD_OK, "%s", err.text);
    if (again.arch.labels == 0) again.arch.labels = arch->labels;
    again.arch.encoder.pooler = arch->encoder.pooler;
    again.arch.head = arch->head;
    if (kd_model_measure(&size, arch, 4, &err) == KD_OK) {
        KD_CHECK(kd_model_measure(&size_again, &again.arch, 4, &err) == KD_OK, "%s", err.text);
        KD_CHECK(size.parameters == size_again.parameters, "%zu and %zu weights", size.parameters,
                 size_again.parameters);
    }
    kd_published_fini(&again);
    free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kd_published published;
    kd_error     err;
    if (kd_config_read(&published, kd_fuzz_file(".json", data, size), &err) != KD_OK) return 0;
    if (published.arch.labels == 0) published.arch.labels = 2;
    if (published.arch.layers <= 16) check_again(&published.arch, published.labels);
    kd_published_fini(&published);
    return 0;
}
