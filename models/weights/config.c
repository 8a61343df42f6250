/* config.c - the keys of a layout, read in one direction and written in the other. */
#include "models/weights/config.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/fs.h"
#include "harness/base/map.h"
#include "models/weights/config_own.h"

enum { CONFIG_MAX = 4 << 20 }; /* bytes; some thousand labels take a tenth of it */

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

/* ---- reading ---- */

static kd_status refuse_type(const char *type, kd_error *err)
{
    kd_str known = KD_STR_INIT;
    for (int i = 0; kd_layouts[i]; i++)
        kd_str_addf(&known, "%s%s",
                    !i                  ? ""
                    : kd_layouts[i + 1] ? ", "
                                        : " and ",
                    kd_layouts[i]->model_type);
    kd_fail(err, KD_EDATA, "model_type: %s is none of %s", type, known.text);
    kd_str_fini(&known);
    return KD_EDATA;
}

/* The text of a value that may be absent or null, and then is `usual`. */
static kd_status read_word(const char **out, const kd_json *value, const char *key,
                           const char *usual, kd_error *err)
{
    *out = kd_json_to_text(value, usual);
    if (!value || kd_json_type_of(value) == KD_JSON_NULL || kd_json_type_of(value) == KD_JSON_TEXT)
        return KD_OK;
    return kd_fail(err, KD_EDATA, "%s: expected a text", key);
}

/* Files older than the key itself are BERT's. */
static kd_status read_layout(const kd_layout **out, const kd_json *root, kd_error *err)
{
    const char *type;
    kd_status   status = read_word(&type, kd_json_get(root, "model_type"), "model_type",
                                   kd_layout_bert.model_type, err);
    if (status != KD_OK) return status;
    for (int i = 0; kd_layouts[i]; i++)
        if (strcmp(type, kd_layouts[i]->model_type) == 0) {
            *out = kd_layouts[i];
            return KD_OK;
        }
    return refuse_type(type, err);
}

static kd_status read_keys(kd_published *out, const kd_json *root, kd_error *err)
{
    kd_status status = KD_OK;
    for (const kd_layout_key *row = out->layout->keys; row->key && status == KD_OK; row++) {
        const kd_json *value = kd_json_get(root, row->key);
        if (value) {
            status = kd_config_put(&out->arch, kd_setting_find(kd_arch_settings(), row->setting),
                                   value, err);
            if (status != KD_OK) kd_while(err, status, "%s", row->key);
        } else if (row->is_needed)
            status = kd_fail(err, KD_EDATA, "%s: is missing", row->key);
    }
    return status;
}

static kd_status read_activation(kd_published *out, const kd_json *root, kd_error *err)
{
    const char *key = out->layout->activation;
    const char *word;
    kd_status   status = read_word(&word, kd_json_get(root, key), key, NULL, err);
    if (status != KD_OK || !word) return status; /* absent: what the kind begins with */
    for (int i = 0; i < ACTIVATION_COUNT; i++)
        if (strcmp(word, activations[i].published) == 0) {
            out->arch.encoder.activation = activations[i].ours;
            return KD_OK;
        }
    return kd_fail(err, KD_EDATA, "%s: there is no activation %s here", key, word);
}

static kd_status read_head(kd_published *out, const kd_json *root, kd_error *err)
{
    const char    *name, *task;
    const kd_json *first = kd_json_at(kd_json_get(root, "architectures"), 0);
    kd_status      status = read_word(&name, first, "architectures", "Model", err);
    if (status == KD_OK)
        status = read_word(&task, kd_json_get(root, "problem_type"), "problem_type", "", err);
    if (status != KD_OK) return status;
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

static kd_status check_choice(const kd_layout_choice *row, const kd_json *root, kd_error *err)
{
    const kd_json *value = kd_json_get(root, row->key);
    kd_str         text = KD_STR_INIT;
    kd_status      status = KD_OK;
    if (!value) return KD_OK;
    kd_config_print(value, &text);
    if (kd_json_type_of(value) != row->type || strcmp(text.text, row->value) != 0)
        status = kd_fail(err, KD_EDATA, "%s: only %s is built here", row->key, row->value);
    kd_str_fini(&text);
    return status;
}

/* Choices that would change the numbers without changing a shape. */
static kd_status check_choices(kd_published *p, const kd_json *root, kd_error *err)
{
    const char *positions;
    kd_status   status = read_word(&positions, kd_json_get(root, "position_embedding_type"),
                                   "position_embedding_type", "absolute", err);
    if (status != KD_OK) return status;
    if (strcmp(positions, "absolute") != 0)
        return kd_fail(err, KD_EDATA, "position_embedding_type: %s is not absolute", positions);
    if (kd_json_to_bool(kd_json_get(root, "is_decoder"), false))
        return kd_fail(err, KD_EDATA, "is_decoder: these networks are encoders");
    if (p->layout->padding &&
        kd_json_to_int(kd_json_get(root, "pad_token_id"), p->layout->padding) != p->layout->padding)
        return kd_fail(err, KD_EDATA, "pad_token_id: is not %d, behind which positions begin",
                       p->layout->padding);
    p->is_untied = !kd_json_to_bool(kd_json_get(root, "tie_word_embeddings"), true);
    for (const kd_layout_choice *row = p->layout->choices; row && row->key && status == KD_OK;
         row++)
        status = check_choice(row, root, err);
    return status;
}

/* Names that fill a line each, as many as id2label has and in the order of their numbers. */
static kd_status read_labels(kd_published *out, const kd_json *root, kd_error *err)
{
    const kd_json *by_id = kd_json_get(root, "id2label");
    if (kd_json_type_of(by_id) != KD_JSON_OBJECT || kd_json_count(by_id) == 0) return KD_OK;
    kd_map   *seen = kd_map_create();
    kd_str    text = KD_STR_INIT;
    kd_status status = KD_OK;
    out->label_count = (int)kd_json_count(by_id);
    for (int k = 0; k < out->label_count && status == KD_OK; k++) {
        char       *number = kd_sprintf("%d", k);
        const char *label = kd_json_to_text(kd_json_get(by_id, number), "");
        free(number);
        if (!*label || strpbrk(label, "\r\n"))
            status = kd_fail(err, KD_EDATA, "id2label: %d has no name that fills one line", k);
        else if (kd_map_get(seen, label))
            status = kd_fail(err, KD_EDATA, "id2label: %d and %lld are both %s", k,
                             (long long)kd_map_number(seen, label, 0), label);
        kd_map_put_number(seen, label, k);
        kd_str_addf(&text, "%s\n", label);
    }
    kd_map_destroy(seen);
    if (status == KD_OK) out->labels = kd_str_take(&text);
    kd_str_fini(&text);
    return status;
}

static kd_status read_published(kd_published *out, const kd_json *root, kd_error *err)
{
    kd_arch_begin(&out->arch, out->layout->kind);
    if (out->layout->begin) out->layout->begin(&out->arch);
    kd_status status = read_keys(out, root, err);
    if (status == KD_OK) status = read_activation(out, root, err);
    if (status == KD_OK) status = read_head(out, root, err);
    return status == KD_OK ? check_choices(out, root, err) : status;
}

static kd_status read_root(kd_published *out, const kd_json *root, kd_error *err)
{
    *out = (kd_published){ .labels = NULL };
    kd_setting_defaults(kd_arch_settings(), &out->arch);
    if (kd_json_type_of(root) != KD_JSON_OBJECT)
        return kd_fail(err, KD_EDATA, "expected an object");
    kd_status status = read_layout(&out->layout, root, err);
    if (status != KD_OK) return status;
    status = out->layout == &kd_layout_own ? kd_config_own_read(&out->arch, root, err)
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

static void write_words(kd_json_writer *w, const kd_arch *arch, const kd_layout *layout)
{
    int activation = 0, head = 0;
    while (activations[activation].ours != arch->encoder.activation) activation++;
    while (heads[head].head != arch->head) head++;
    kd_json_put_text(w, layout->activation, activations[activation].published);
    kd_json_key(w, "architectures");
    kd_json_begin(w, '[');
    char *name = kd_sprintf("%s%s", layout->class_name, heads[head].ending);
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

static void write_choice(kd_json_writer *w, const kd_layout_choice *row)
{
    if (row->type == KD_JSON_TEXT)
        kd_json_put_text(w, row->key, row->value);
    else if (row->type == KD_JSON_BOOL)
        kd_json_put_bool(w, row->key, strcmp(row->value, "true") == 0);
    else
        kd_json_put_int(w, row->key, atoi(row->value));
}

static void write_published(kd_json_writer *w, const kd_arch *arch, const kd_layout *layout)
{
    write_words(w, arch, layout);
    for (const kd_layout_key *row = layout->keys; row->key; row++) {
        kd_json_key(w, row->key);
        kd_arch_write(arch, kd_setting_find(kd_arch_settings(), row->setting), w);
    }
    for (const kd_layout_choice *row = layout->choices; row && row->key; row++)
        write_choice(w, row);
    if (layout->write) layout->write(w, arch);
    kd_json_put_int(w, "pad_token_id", layout->padding);
}

static void write_all(kd_json_writer *w, const kd_arch *arch, const char *labels, const char *task)
{
    const kd_layout *layout = kd_layout_of(arch);
    kd_json_begin(w, '{');
    kd_json_put_text(w, "model_type", layout->model_type);
    if (layout == &kd_layout_own)
        kd_config_own_write(w, arch);
    else
        write_published(w, arch, layout);
    if (kd_head_has_labels(arch->head)) {
        write_labels(w, arch->labels, labels, true);
        write_labels(w, arch->labels, labels, false);
    }
    if (task) kd_json_put_text(w, KD_CONFIG_TASK, task);
    kd_json_end(w, '}');
}

kd_status kd_config_write(const char *path, const kd_arch *arch, const char *labels,
                          const char *task, kd_error *err)
{
    kd_str         text = KD_STR_INIT;
    kd_json_writer w;
    kd_json_start(&w, &text, 2);
    write_all(&w, arch, labels, task);
    kd_str_add_char(&text, '\n');
    kd_status status = kd_fs_write(path, text.text, text.length, err);
    kd_str_fini(&text);
    return status;
}
