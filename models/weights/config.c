/* config.c - one table of keys, read in one direction and written in the other. */
#include "models/weights/config.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "models/weights/config_own.h"

enum { CONFIG_MAX = 4 << 20 }; /* bytes; some thousand labels take a tenth of it */

/* A key of each layout and our setting of the same meaning. */
static const struct {
    const char *key[KD_LAYOUT_OWN]; /* by layout; NULL where it has none */
    const char *setting;
    bool        is_needed; /* without it the network has no size */
} keys[] = {
    { { "vocab_size", "vocab_size" }, "vocab", true },
    { { "hidden_size", "dim" }, "hidden", true },
    { { "num_hidden_layers", "n_layers" }, "layers", true },
    { { "num_attention_heads", "n_heads" }, "heads", true },
    { { "intermediate_size", "hidden_dim" }, "ffn", true },
    { { "max_position_embeddings", "max_position_embeddings" }, "positions", true },
    { { "type_vocab_size", NULL }, "segments", true },
    { { "hidden_dropout_prob", "dropout" }, "dropout", false },
    { { "attention_probs_dropout_prob", "attention_dropout" }, "attention_dropout", false },
    { { "layer_norm_eps", NULL }, "norm_eps", false },
    { { "initializer_range", "initializer_range" }, "init_range", false },
};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

static const struct {
    const char   *published;
    kd_activation ours;
} activations[] = { { "gelu", KD_GELU },
                    { "gelu_new", KD_GELU_TANH },
                    { "gelu_pytorch_tanh", KD_GELU_TANH },
                    { "relu", KD_RELU } };
enum { ACTIVATION_COUNT = sizeof activations / sizeof *activations };

/* The end of a class's name in "architectures", and the head it has. Where two rows have the same
 * head the first is written. */
static const struct {
    const char  *ending;
    kd_head_kind head;
} heads[] = { { "ForTokenClassification", KD_HEAD_TAGS },
              { "ForSequenceClassification", KD_HEAD_CLASS },
              { "ForSequenceClassification", KD_HEAD_MULTILABEL },
              { "ForMaskedLM", KD_HEAD_MLM },
              { "ForPreTraining", KD_HEAD_MLM },
              { "ForQuestionAnswering", KD_HEAD_SPAN },
              { "Model", KD_HEAD_NONE } };
enum { HEAD_COUNT = sizeof heads / sizeof *heads };

static const char *const model_types[] = {
    [KD_LAYOUT_BERT] = "bert", [KD_LAYOUT_DISTILBERT] = "distilbert", [KD_LAYOUT_OWN] = "kdgrid"
};
static const char *const class_names[] = {
    [KD_LAYOUT_BERT] = "Bert", [KD_LAYOUT_DISTILBERT] = "DistilBert"
};
static const char *const activation_keys[] = {
    [KD_LAYOUT_BERT] = "hidden_act", [KD_LAYOUT_DISTILBERT] = "activation"
};

kd_layout kd_layout_of(const kd_arch *arch)
{
    kd_error ignored;
    if (kd_config_check(arch, &ignored) != KD_OK) return KD_LAYOUT_OWN;
    return arch->segments == 0 ? KD_LAYOUT_DISTILBERT : KD_LAYOUT_BERT;
}

/* ---- reading ---- */

/* Files older than the key itself are BERT's. */
static kd_status read_layout(kd_layout *out, const kd_json *root, kd_error *err)
{
    const char *type = kd_json_to_text(kd_json_get(root, "model_type"), "bert");
    for (kd_layout layout = 0; layout < KD_LAYOUT_COUNT; layout++)
        if (strcmp(type, model_types[layout]) == 0) {
            *out = layout;
            return KD_OK;
        }
    return kd_fail(err, KD_EDATA, "model_type: %s is none of bert, distilbert and kdgrid", type);
}

static kd_status read_keys(kd_published *out, const kd_json *root, kd_error *err)
{
    kd_status status = KD_OK;
    for (int i = 0; i < KEY_COUNT && status == KD_OK; i++) {
        const char    *key = keys[i].key[out->layout];
        const kd_json *value = key ? kd_json_get(root, key) : NULL;
        if (value) {
            status = kd_config_put(&out->arch, kd_setting_find(kd_arch_settings(), keys[i].setting),
                                   value, err);
            if (status != KD_OK) kd_while(err, status, "%s", key);
        } else if (key && keys[i].is_needed)
            status = kd_fail(err, KD_EDATA, "%s: is missing", key);
    }
    return status;
}

static kd_status read_activation(kd_published *out, const kd_json *root, kd_error *err)
{
    const char *key = activation_keys[out->layout];
    const char *word = kd_json_to_text(kd_json_get(root, key), "gelu");
    for (int i = 0; i < ACTIVATION_COUNT; i++)
        if (strcmp(word, activations[i].published) == 0) {
            out->arch.encoder.activation = activations[i].ours;
            return KD_OK;
        }
    return kd_fail(err, KD_EDATA, "%s: there is no activation %s here", key, word);
}

static kd_status read_head(kd_published *out, const kd_json *root, kd_error *err)
{
    const char *name = kd_json_to_text(kd_json_at(kd_json_get(root, "architectures"), 0), "Model");
    const char *task = kd_json_to_text(kd_json_get(root, "problem_type"), "");
    out->is_set = strcmp(task, "multi_label_classification") == 0;
    for (int i = 0; i < HEAD_COUNT; i++)
        if (kd_ends_with(name, heads[i].ending)) {
            out->arch.head = heads[i].head;
            if (out->arch.head == KD_HEAD_CLASS && out->is_set) out->arch.head = KD_HEAD_MULTILABEL;
            out->is_bare = out->arch.head == KD_HEAD_NONE;
            return KD_OK;
        }
    return kd_fail(err, KD_EDATA, "architectures: %s has a head that is none of these networks'",
                   name);
}

/* Choices that would change the numbers without changing a shape. */
static kd_status check_choices(const kd_published *p, const kd_json *root, kd_error *err)
{
    const char *positions =
        kd_json_to_text(kd_json_get(root, "position_embedding_type"), "absolute");
    if (strcmp(positions, "absolute") != 0)
        return kd_fail(err, KD_EDATA, "position_embedding_type: %s is not absolute", positions);
    if (kd_json_to_bool(kd_json_get(root, "is_decoder"), false))
        return kd_fail(err, KD_EDATA, "is_decoder: these networks are encoders");
    if (p->arch.head == KD_HEAD_MLM &&
        !kd_json_to_bool(kd_json_get(root, "tie_word_embeddings"), true))
        return kd_fail(err, KD_EDATA, "tie_word_embeddings: the decoder of these networks is tied");
    return KD_OK;
}

/* Names that fill a line each, as many as id2label has and in the order of their numbers. */
static kd_status read_labels(kd_published *out, const kd_json *root, kd_error *err)
{
    const kd_json *by_id = kd_json_get(root, "id2label");
    kd_str         text = KD_STR_INIT;
    if (kd_json_type_of(by_id) != KD_JSON_OBJECT || kd_json_count(by_id) == 0) return KD_OK;
    out->label_count = (int)kd_json_count(by_id);
    for (int k = 0; k < out->label_count; k++) {
        char       *number = kd_sprintf("%d", k);
        const char *label = kd_json_to_text(kd_json_get(by_id, number), "");
        free(number);
        if (!*label || strpbrk(label, "\r\n")) {
            kd_str_fini(&text);
            return kd_fail(err, KD_EDATA, "id2label: %d has no name that fills one line", k);
        }
        kd_str_addf(&text, "%s\n", label);
    }
    out->labels = kd_str_take(&text);
    return KD_OK;
}

static kd_status read_published(kd_published *out, const kd_json *root, kd_error *err)
{
    out->arch.kind = KD_KIND_BERT;
    out->arch.segments = 0;
    if (out->layout == KD_LAYOUT_DISTILBERT) out->arch.encoder.pooler_activation = KD_RELU;
    kd_status status = read_keys(out, root, err);
    if (status == KD_OK) status = read_activation(out, root, err);
    if (status == KD_OK) status = read_head(out, root, err);
    return status == KD_OK ? check_choices(out, root, err) : status;
}

static kd_status read_root(kd_published *out, const kd_json *root, kd_error *err)
{
    *out = (kd_published){ .labels = NULL };
    kd_setting_defaults(kd_arch_settings(), &out->arch);
    kd_status status = read_layout(&out->layout, root, err);
    if (status != KD_OK) return status;
    status = out->layout == KD_LAYOUT_OWN ? kd_config_own_read(&out->arch, root, err)
                                          : read_published(out, root, err);
    return status == KD_OK ? read_labels(out, root, err) : status;
}

void kd_published_fini(kd_published *published)
{
    free(published->labels);
    published->labels = NULL;
}

kd_status kd_config_read(kd_published *out, const char *path, kd_error *err)
{
    kd_json_document *document;
    kd_status         status = kd_json_open_within(&document, path, CONFIG_MAX, err);
    if (status != KD_OK) return status;
    status = read_root(out, kd_json_root(document), err);
    kd_json_close(document);
    return status == KD_OK ? KD_OK : kd_while(err, status, "%s", path);
}

/* ---- writing ---- */

static void write_words(kd_json_writer *w, const kd_arch *arch, kd_layout layout)
{
    int activation = 0, head = 0;
    while (activations[activation].ours != arch->encoder.activation) activation++;
    while (heads[head].head != arch->head) head++;
    kd_json_put_text(w, activation_keys[layout], activations[activation].published);
    kd_json_key(w, "architectures");
    kd_json_begin(w, '[');
    char *name = kd_sprintf("%s%s", class_names[layout], heads[head].ending);
    kd_json_text(w, name);
    free(name);
    kd_json_end(w, ']');
    if (arch->head == KD_HEAD_MULTILABEL)
        kd_json_put_text(w, "problem_type", "multi_label_classification");
}

char *kd_label_at(const char *labels, int k)
{
    for (int i = 0; labels && i < k; i++) {
        labels = strchr(labels, '\n');
        if (labels) labels++;
    }
    return labels && *labels ? kd_strndup(labels, strcspn(labels, "\n"))
                             : kd_sprintf("LABEL_%d", k);
}

static void write_labels(kd_json_writer *w, int count, const char *labels, bool by_id)
{
    kd_json_key(w, by_id ? "id2label" : "label2id");
    kd_json_begin(w, '{');
    for (int k = 0; k < count; k++) {
        char *label = kd_label_at(labels, k), *number = kd_sprintf("%d", k);
        kd_json_key(w, by_id ? number : label);
        if (by_id)
            kd_json_text(w, label);
        else
            kd_json_int(w, k);
        free(number);
        free(label);
    }
    kd_json_end(w, '}');
}

/* The two words of DistilBERT for what is one dropout here. */
static void write_head_dropouts(kd_json_writer *w, const kd_arch *arch)
{
    kd_json_put_real(w, "seq_classif_dropout", arch->dropout);
    kd_json_put_real(w, "qa_dropout", arch->dropout);
}

static void write_published(kd_json_writer *w, const kd_arch *arch, kd_layout layout)
{
    write_words(w, arch, layout);
    for (int i = 0; i < KEY_COUNT; i++) {
        if (!keys[i].key[layout]) continue;
        kd_json_key(w, keys[i].key[layout]);
        kd_arch_write(arch, kd_setting_find(kd_arch_settings(), keys[i].setting), w);
    }
    if (layout == KD_LAYOUT_DISTILBERT) write_head_dropouts(w, arch);
    kd_json_put_int(w, "pad_token_id", 0);
}

static void write_all(kd_json_writer *w, const kd_arch *arch, const char *labels)
{
    kd_layout layout = kd_layout_of(arch);
    kd_json_begin(w, '{');
    kd_json_put_text(w, "model_type", model_types[layout]);
    if (layout == KD_LAYOUT_OWN)
        kd_config_own_write(w, arch);
    else
        write_published(w, arch, layout);
    if (kd_head_has_labels(arch->head)) {
        write_labels(w, arch->labels, labels, true);
        write_labels(w, arch->labels, labels, false);
    }
    kd_json_end(w, '}');
}

/* What a class of the usual library asks for, one reason a line. */
kd_status kd_config_check(const kd_arch *arch, kd_error *err)
{
    bool is_distilbert = arch->segments == 0;
    if (arch->kind != KD_KIND_BERT)
        return kd_fail(err, KD_ECONFIG, "kind: %s is no network of the usual library",
                       kd_arch_kind(arch)->name);
    if (kd_head_has_labels(arch->head) && arch->classifier > 0)
        return kd_fail(err, KD_ECONFIG, "classifier: the usual library has a linear head only");
    if (kd_head_is_of_sentence(arch->head) &&
        arch->encoder.pooler_activation != (is_distilbert ? KD_RELU : KD_TANH))
        return kd_fail(err, KD_ECONFIG, "pooler_activation: %s belongs to the other family",
                       is_distilbert ? "tanh" : "relu");
    if (arch->head == KD_HEAD_NONE && arch->encoder.pooler == is_distilbert)
        return kd_fail(err, KD_ECONFIG,
                       "pooler: without a head a BERT has one, a DistilBERT has none");
    if (is_distilbert && arch->norm_eps != 1e-12)
        return kd_fail(err, KD_ECONFIG, "norm_eps: a DistilBERT has 1e-12");
    return KD_OK;
}

kd_status kd_config_write(const char *path, const kd_arch *arch, const char *labels, kd_error *err)
{
    kd_str         text = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &text, 2);
    write_all(&w, arch, labels);
    kd_str_add_char(&text, '\n');
    kd_status status = kd_fs_write(path, text.text, text.length, err);
    kd_str_fini(&text);
    return status;
}
