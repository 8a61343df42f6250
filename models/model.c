/* model.c - a network's life, and its size without one. */
#include "models/model.h"

#include <stdlib.h>

struct kd_model {
    const kd_model_kind *kind;
    kd_arch              arch;
    void                *network; /* the kind's own */
    kd_crf               crf;     /* when arch.crf */
};

/* ---- a model's life ---- */

/* "tags or none", what a kind has. */
static void print_heads(unsigned heads, kd_str *out)
{
    for (int h = 0; h < KD_HEAD_COUNT; h++) {
        if (!(heads & 1u << h)) continue;
        heads &= ~(1u << h);
        kd_str_add(out, out->length == 0 ? "" : heads ? ", " : " or ");
        kd_str_add(out, kd_head_word((kd_head_kind)h));
    }
}

static kd_status check_head(const kd_model_kind *kind, kd_head_kind head, kd_error *err)
{
    kd_str heads = KD_STR_INIT;

    if (kind->heads & 1u << head) return KD_OK;
    print_heads(kind->heads, &heads);
    kd_fail(err, KD_ECONFIG, "head: a %s has %s, not %s", kind->name, heads.text,
            kd_head_word(head));
    kd_str_fini(&heads);
    return KD_ECONFIG;
}

static kd_status resolve(kd_model *model, const kd_arch *arch, kd_error *err)
{
    model->kind = kd_arch_kind(arch);
    model->arch = *arch;
    if (arch->vocab <= 0)
        return kd_fail(err, KD_ECONFIG, "vocab: the network needs at least 1 entry");
    if (arch->dropout < 0.0) model->arch.dropout = model->kind->dropout;
    if (arch->crf && arch->head != KD_HEAD_TAGS)
        return kd_fail(err, KD_ECONFIG, "crf: stands on a head of tags, not of %s",
                       kd_head_word(arch->head));
    return check_head(model->kind, arch->head, err);
}

/* Behind the network's own weights. */
static kd_status declare_crf(kd_model *model, kd_params *params, kd_error *err)
{
    kd_declare declare = { params, &kd_init_torch, KD_OK, err };

    if (model->arch.crf) model->crf = kd_crf_declare(&declare, "crf", model->arch.labels);
    return declare.status;
}

kd_status kd_model_create(kd_model **out, kd_params *params, const kd_arch *arch, kd_error *err)
{
    kd_model *model = kd_alloc(1, sizeof *model);
    kd_status status = resolve(model, arch, err);

    *out = NULL;
    if (status == KD_OK) status = model->kind->create(&model->network, params, &model->arch, err);
    if (status == KD_OK) status = declare_crf(model, params, err);
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
    kd_crf_fini(&model->crf);
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
    kd_outputs out = model->kind->apply(model->network, tape, batch, wants ? wants : &nothing);
    out.crf = kd_model_crf(model);
    return out;
}

/* What the graph cannot say. */
static kd_status check_graph(const kd_model *model, kd_error *err)
{
    const char *name = model->kind->name;

    if (!model->kind->graph) return kd_fail(err, KD_EUSAGE, "%s: has no ONNX graph", name);
    if (model->arch.head == KD_HEAD_NONE)
        return kd_fail(err, KD_EUSAGE, "%s: no head, so there are no logits to export", name);
    if (model->arch.roberta.pad_quirk)
        return kd_fail(
            err, KD_EUSAGE,
            "roberta_pad_quirk: the graph hides padding alone, and no first piece; train "
            "a student without it (roberta_pad_quirk = false)");
    if (kd_arch_reads_marks(&model->arch))
        return kd_fail(
            err, KD_EUSAGE,
            "distances: the graph is given pieces, which do not say where the two mentions "
            "stand; train a student without them (distances = 0)");
    return KD_OK;
}

kd_status kd_model_graph(kd_onnx **out, const kd_model *model, kd_graph_form form, kd_error *err)
{
    static const char *const of_tokens[] = { "batch", "length", "classes", NULL };
    static const char *const of_sentence[] = { "batch", "classes", NULL };
    kd_graph                 g;
    kd_status                status = check_graph(model, err);

    *out = NULL;
    if (status != KD_OK) return status;
    kd_graph_begin(&g, model->kind->name, form.is_int8);
    g.has_two_texts = form.has_two_texts;
    kd_wire logits = model->kind->graph(model->network, &g);
    kd_onnx_output(g.onnx, logits, "logits", KD_ONNX_FLOAT,
                   kd_head_is_of_sentence(model->arch.head) ? of_sentence : of_tokens);
    if (model->arch.crf)
        kd_onnx_output(g.onnx, kd_crf_graph(&model->crf, &g, logits), "tags", KD_ONNX_INT64,
                       (const char *const[]){ "batch", "length", NULL });
    *out = g.onnx;
    return KD_OK;
}

const kd_crf *kd_model_crf(const kd_model *model)
{
    return model->arch.crf ? &model->crf : NULL;
}

void kd_model_obey(kd_model *model, const kd_labels *labels)
{
    if (model->arch.crf) kd_crf_obey(&model->crf, labels);
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

/* A CRF weighs each pair of neighbouring labels. */
static void measure_effort(kd_model_size *size, const kd_arch *arch)
{
    double labels = arch->labels;

    kd_arch_kind(arch)->effort(arch, size->length, &size->effort);
    if (arch->crf) size->effort.curves += labels * labels;
    size->operations_per_token = kd_effort_operations(&size->effort);
}

kd_status kd_model_measure(kd_model_size *out, const kd_arch *arch, int length, kd_error *err)
{
    kd_params *params = kd_params_create();
    kd_model  *model = NULL;
    kd_status  status = kd_model_create(&model, params, arch, err);

    *out = (kd_model_size){ .length = length };
    if (status == KD_OK) {
        count_blocks(out, model->kind, params);
        measure_effort(out, &model->arch);
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
    kd_arch              used = *arch;
    const kd_model_kind *kind = kd_arch_kind(arch);

    if (used.dropout < 0.0) used.dropout = kind->dropout;
    for (const kd_setting *row = kd_arch_settings(); row->key; row++) {
        if (!kd_setting_used_by(row, kind->name)) continue;
        kd_json_key(w, row->key);
        kd_arch_write(&used, row, w);
    }
    write_size(size, w);
}
