/* model.c - the table of kinds, the settings that describe them, and their sizes. */
#include "models/model.h"

#include <stdlib.h>
#include <string.h>

#include "models/bert.h"
#include "models/bilstm.h"

const kd_model_kind *const kd_model_kinds[] = { &kd_kind_bilstm, &kd_kind_bert, NULL };

const kd_setting kd_arch_settings[] = {
    KD_TEXT_ROW(kd_arch, kind, "kind", "bilstm", "bilstm bert", NULL, "family of the network"),
    KD_INT_ROW(kd_arch, vocab, "vocab", "0", 0, 10000000, NULL,
               "entries of the vocabulary; 0: as many as the vocabulary file has"),
    KD_INT_ROW(kd_arch, embedding, "embedding", "300", 1, 65536, "bilstm",
               "width of a word vector"),
    KD_TEXT_ROW(kd_arch, embeddings, "embeddings", "trained", "trained bert multichannel", "bilstm",
                "word vectors: drawn, a BERT embedding block, or drawn and convolved"),
    KD_INT_ROW(kd_arch, hidden, "hidden", "300", 1, 65536, NULL,
               "units of a direction (bilstm), or width of the encoder"),
    KD_INT_ROW(kd_arch, layers, "layers", "2", 1, KD_LAYERS_MAX, NULL,
               "layers, one above the other"),
    KD_INT_ROW(kd_arch, heads, "heads", "12", 1, 1024, "bert", "attention heads"),
    KD_INT_ROW(kd_arch, ffn, "ffn", "1200", 1, 262144, "bert", "inner width of an encoder layer"),
    KD_INT_ROW(kd_arch, positions, "positions", "512", 1, 1048576, NULL,
               "longest sequence in pieces"),
    KD_INT_ROW(kd_arch, segments, "segments", "2", 0, 1024, NULL,
               "kinds of segment; 0: no segment embedding (DistilBERT)"),
    KD_BOOL_ROW(kd_arch, pooler, "pooler", "false", "bert",
                "a layer over the first state, which sequence heads read"),
    KD_TEXT_ROW(kd_arch, pooler_activation, "pooler_activation", "tanh", "tanh relu", "bert",
                "activation of the pooler: tanh (BERT) or ReLU (DistilBERT)"),
    KD_INT_ROW(kd_arch, classifier, "classifier", "0", 0, 65536, NULL,
               "width of the head's hidden layer; 0: a linear head"),
    KD_INT_ROW(kd_arch, labels, "labels", "0", 0, 1000000, NULL,
               "classes of the head; 0: as many as the corpus has"),
    KD_TEXT_ROW(kd_arch, head, "head", "tags", "tags class multilabel mlm span none", NULL,
                "what is predicted: a tag for every piece, a class or classes for a sentence, "
                "hidden words, an answer's ends, or nothing"),
    KD_REAL_ROW(
        kd_arch, dropout, "dropout", "-1", -1, 0.95, NULL,
        "share of features dropped; -1: what the kind was published with (bilstm 0.5, bert 0.1)"),
    KD_REAL_ROW(kd_arch, attention_dropout, "attention_dropout", "0.1", 0, 0.95, "bert",
                "share of attention probabilities dropped"),
    KD_REAL_ROW(kd_arch, embedding_dropout, "embedding_dropout", "0.1", 0, 0.95, "bilstm",
                "share of features dropped inside a BERT embedding block"),
    KD_REAL_ROW(kd_arch, norm_eps, "norm_eps", "1e-12", 0, 1, NULL,
                "added to the variance in LayerNorm"),
    KD_TEXT_ROW(kd_arch, activation, "activation", "gelu", "gelu gelu_tanh relu", "bert",
                "activation of the encoder: GELU with erf, its tanh form, or ReLU"),
    KD_REAL_ROW(kd_arch, init_range, "init_range", "0.02", 0, 10, NULL,
                "standard deviation of an encoder's new weights; 0.02 suits a width of 768"),
    KD_SETTING_END,
};

struct kd_model {
    const kd_model_kind *kind;
    kd_arch              arch;
    void                *network; /* the kind's own */
};

const kd_model_kind *kd_model_kind_find(const char *name)
{
    for (int i = 0; kd_model_kinds[i]; i++)
        if (strcmp(kd_model_kinds[i]->name, name) == 0) return kd_model_kinds[i];
    return NULL;
}

static kd_status find_kind(const kd_model_kind **out, const kd_arch *arch, kd_error *err)
{
    *out = kd_model_kind_find(arch->kind);
    if (!*out) return kd_fail(err, KD_ECONFIG, "kind: there is no network '%s'", arch->kind);
    return KD_OK;
}

/* ---- a model's life ---- */

static kd_status resolve(kd_model *model, const kd_arch *arch, kd_error *err)
{
    kd_status status = find_kind(&model->kind, arch, err);

    if (status != KD_OK) return status;
    model->arch = *arch;
    if (arch->vocab <= 0)
        return kd_fail(err, KD_ECONFIG, "vocab: the network needs at least 1 entry");
    if (arch->dropout < 0.0) model->arch.dropout = model->kind->dropout;
    return KD_OK;
}

kd_status kd_model_create(kd_model **out, kd_params *params, const kd_arch *arch, kd_error *err)
{
    kd_model *model = kd_alloc(1, sizeof *model);
    kd_status status = resolve(model, arch, err);

    *out = NULL;
    if (status == KD_OK) status = model->kind->create(&model->network, params, &model->arch, err);
    if (status == KD_OK)
        *out = model;
    else
        kd_model_destroy(model);
    return status;
}

void kd_model_destroy(kd_model *model)
{
    if (!model) return;
    if (model->network) model->kind->destroy(model->network);
    free(model);
}

const kd_arch *kd_model_arch(const kd_model *model)
{
    return &model->arch;
}

kd_outputs kd_model_apply(const kd_model *model, kd_tape *tape, const kd_batch *batch,
                          const kd_wants *wants)
{
    static const kd_wants nothing = { 0 };
    return model->kind->apply(model->network, tape, batch, wants ? wants : &nothing);
}

bool kd_arch_has_positions(const kd_arch *arch)
{
    return strcmp(arch->kind, "bilstm") != 0 || strcmp(arch->embeddings, "bert") == 0;
}

/* ---- sizes ---- */

static void add_block(kd_model_size *size, const char *name, size_t parameters)
{
    if (parameters == 0) return;
    size->block[size->block_count].name = name;
    size->block[size->block_count++].parameters = parameters;
}

static double mib_of(size_t parameters)
{
    return 4.0 * (double)parameters / 1048576.0;
}

static void count_blocks(kd_model_size *size, const kd_model_kind *kind, const kd_params *params)
{
    size_t rest = kd_params_total(params);

    size->parameters = rest;
    size->mib = mib_of(rest);
    for (int i = 0; i < KD_BLOCKS_MAX && kind->blocks[i].name; i++) {
        size_t covered = kd_params_total_of(params, kind->blocks[i].prefix);
        add_block(size, kind->blocks[i].name, covered);
        rest -= covered;
    }
    add_block(size, "head", rest);
}

kd_status kd_model_measure(kd_model_size *out, const kd_arch *arch, int length, kd_error *err)
{
    kd_params *params = kd_params_create();
    kd_model  *model = NULL;
    kd_status  status = kd_model_create(&model, params, arch, err);

    *out = (kd_model_size){ .length = length };
    if (status == KD_OK) {
        count_blocks(out, model->kind, params);
        out->operations_per_token = model->kind->operations(&model->arch, length);
    }
    kd_model_destroy(model);
    kd_params_destroy(params);
    return status;
}

void kd_model_size_add(kd_model_size *size, size_t parameters)
{
    add_block(size, "training", parameters);
    size->parameters += parameters;
    size->mib = mib_of(size->parameters);
}

/* ---- what `model info` says ---- */

void kd_arch_write(const kd_arch *arch, const kd_setting *row, kd_json_writer *w)
{
    const void *member = (const char *)arch + row->offset;

    switch (row->type) {
    case KD_SETTING_BOOL:
        kd_json_bool(w, *(const bool *)member);
        break;
    case KD_SETTING_INT:
        kd_json_int(w, *(const int *)member);
        break;
    case KD_SETTING_REAL:
        kd_json_real(w, *(const double *)member);
        break;
    case KD_SETTING_TEXT:
        kd_json_text(w, member);
        break;
    case KD_SETTING_CHOICE:
        kd_json_text(w, kd_choice_word(row->words, *(const int *)member));
        break;
    }
}

static void write_size(const kd_model_size *size, kd_json_writer *w)
{
    kd_json_put_int(w, "parameters", (int64_t)size->parameters);
    kd_json_key(w, "blocks");
    kd_json_begin(w, '{');
    for (int i = 0; i < size->block_count; i++) {
        kd_json_put_int(w, size->block[i].name, (int64_t)size->block[i].parameters);
    }
    kd_json_end(w, '}');
    kd_json_put_real(w, "mib", size->mib);
    kd_json_put_real(w, "operations_per_token", size->operations_per_token);
    kd_json_put_int(w, "sentence_length", size->length);
}

void kd_model_info_json(const kd_arch *arch, const kd_model_size *size, kd_json_writer *w)
{
    kd_arch used = *arch;

    if (used.dropout < 0.0) used.dropout = kd_model_kind_find(arch->kind)->dropout;
    for (const kd_setting *row = kd_arch_settings; row->key; row++) {
        if (!kd_setting_used_by(row, arch->kind)) continue;
        kd_json_key(w, row->key);
        kd_arch_write(&used, row, w);
    }
    write_size(size, w);
}
