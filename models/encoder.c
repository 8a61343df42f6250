/* encoder.c - settings of transformer encoders, and BERT's stack of layers. */
#include "models/encoder.h"

#include <stdlib.h>
#include <string.h>

#include "models/embedding.h"

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
    return KD_OK;
}

kd_status kd_encoder_check_pooler(const kd_arch *arch, kd_error *err)
{
    if (kd_head_is_of_sentence(arch->head) && !arch->encoder.pooler)
        return kd_fail(err, KD_ECONFIG, "pooler: head = %s reads it, so it must be true",
                       kd_head_word(arch->head));
    return KD_OK;
}

/* ---- declaring ---- */

static const kd_encoder_names bert_names = {
    .attention = { "attention.self.query", "attention.self.key", "attention.self.value",
                   "attention.output.dense", "attention.output.LayerNorm" },
    .inner = "intermediate.dense",
    .outer = "output.dense",
    .norm = "output.LayerNorm",
};

static kd_encoder_layer declare_layer(kd_declare *declare, const char *prefix,
                                      const kd_encoder_names *names, const kd_arch *arch)
{
    char             name[KD_NAME_SIZE];
    kd_encoder_layer l;

    l.attention = kd_attention_declare(declare, prefix, &names->attention, arch);
    l.inner = kd_linear_declare(declare, kd_name_join(name, prefix, names->inner), arch->hidden,
                                arch->encoder.ffn);
    l.outer = kd_linear_declare(declare, kd_name_join(name, prefix, names->outer),
                                arch->encoder.ffn, arch->hidden);
    l.norm = kd_norm_declare(declare, kd_name_join(name, prefix, names->norm), arch->hidden,
                             arch->norm_eps);
    return l;
}

static kd_encoder without_layers(const kd_arch *arch)
{
    return (kd_encoder){ .layers = arch->layers,
                         .layer = kd_alloc((size_t)arch->layers, sizeof(kd_encoder_layer)),
                         .f = arch->encoder.activation,
                         .dropout = arch->dropout };
}

kd_encoder kd_encoder_declare(kd_declare *declare, const char *prefix, const kd_arch *arch)
{
    char       name[KD_NAME_SIZE];
    kd_encoder e = without_layers(arch);

    for (int l = 0; l < e.layers; l++)
        e.layer[l] = declare_layer(declare, kd_name_index(name, prefix, l), &bert_names, arch);
    kd_declare_edge(e.layer[0].attention.query.weight);
    kd_declare_edge(e.layer[0].attention.key.weight);
    kd_declare_edge(e.layer[0].attention.value.weight);
    return e;
}

kd_encoder kd_encoder_declare_shared(kd_declare *declare, const char *prefix,
                                     const kd_encoder_names *names, const kd_arch *arch)
{
    kd_encoder       e = without_layers(arch);
    kd_encoder_layer shared = declare_layer(declare, prefix, names, arch);

    for (int l = 0; l < e.layers; l++) e.layer[l] = shared;
    return e;
}

void kd_encoder_fini(kd_encoder *encoder)
{
    free(encoder->layer);
}

/* ---- applying ---- */

static kd_tensor *apply_layer(const void *stack, int layer, kd_tape *tape, kd_tensor *x,
                              const kd_rows *rows, kd_attention_wants wants,
                              kd_attention_outputs *maps)
{
    const kd_encoder       *e = stack;
    const kd_encoder_layer *l = &e->layer[layer];

    x = kd_attention_apply(&l->attention, tape, x, rows, wants, maps);
    kd_tensor *y = kd_linear_apply(&l->inner, tape, x, e->f);
    y = kd_linear_apply(&l->outer, tape, y, KD_IDENTITY);
    return kd_norm_apply(&l->norm, tape, kd_op_dropout(tape, y, e->dropout), x);
}

/* When nobody asks for what is inside, a layer's memory is the next layer's: only its output is
 * kept, in one place for all. */
static bool keeps_only_last(const kd_tape *tape, const kd_wants *wants)
{
    return !kd_tape_is_training(tape) && !wants->hidden && !wants->probs && !wants->scores;
}

static kd_tensor *move_to(kd_tensor *kept, const kd_tensor *y)
{
    memcpy(kept->x, y->x, kd_tensor_len(y) * sizeof *y->x);
    return kept;
}

static void make_room(int layers, kd_tape *tape, const kd_wants *wants, kd_outputs *out)
{
    size_t count = (size_t)layers;

    out->hidden = kd_tape_alloc(tape, count + 1, sizeof *out->hidden);
    if (wants->probs) out->probs = kd_tape_alloc(tape, count, sizeof *out->probs);
    if (wants->scores) out->scores = kd_tape_alloc(tape, count, sizeof *out->scores);
    if (wants->hidden) out->hidden_count = layers + 1;
    if (wants->probs || wants->scores) out->map_count = layers;
}

void kd_stack_apply(const void *stack, int layers, kd_layer_apply *apply, kd_tape *tape,
                    kd_tensor *x, const kd_rows *rows, const kd_wants *wants, kd_outputs *out)
{
    kd_attention_wants   maps = { .scores = wants->scores, .probs = wants->probs };
    kd_attention_outputs got;
    kd_tensor           *kept = NULL;

    make_room(layers, tape, wants, out);
    if (keeps_only_last(tape, wants)) kept = kd_tape_variable(tape, x->n, x->d);
    out->hidden[0] = x;
    for (int l = 0; l < layers; l++) {
        kd_arena_mark before = kd_tape_here(tape);

        x = apply(stack, l, tape, x, rows, maps, &got);
        if (out->probs) out->probs[l] = got.probs;
        if (out->scores) out->scores[l] = got.scores;
        if (kept) {
            x = move_to(kept, x);
            kd_tape_rewind(tape, before);
        }
        out->hidden[l + 1] = x;
    }
    out->last = x;
}

void kd_encoder_apply(const kd_encoder *e, kd_tape *tape, kd_tensor *x, const kd_rows *rows,
                      const kd_wants *wants, kd_outputs *out)
{
    kd_stack_apply(e, e->layers, apply_layer, tape, x, rows, wants, out);
}

kd_wire kd_encoder_graph(const kd_encoder *e, kd_graph *g, kd_wire x)
{
    for (int l = 0; l < e->layers; l++) {
        const kd_encoder_layer *layer = &e->layer[l];

        x = kd_attention_graph(&layer->attention, g, x);
        kd_wire y = kd_linear_graph(&layer->inner, g, x, e->f);
        x = kd_norm_graph(&layer->norm, g, kd_linear_graph(&layer->outer, g, y, KD_IDENTITY), x);
    }
    return x;
}

/* Four products around the attention and two behind it; of either half a dropout and a norm. */
static void layer_effort(const kd_arch *arch, int length, kd_effort *effort)
{
    double h = arch->hidden;

    for (int i = 0; i < 4; i++) kd_effort_linear(effort, h, h);
    kd_effort_attention(effort, h, arch->encoder.heads, length);
    kd_effort_activated(effort, h, arch->encoder.ffn);
    kd_effort_linear(effort, arch->encoder.ffn, h);
    effort->values += 2.0 * (h + h);
}

void kd_encoder_effort(const kd_arch *arch, int length, kd_effort *effort)
{
    for (int l = 0; l < arch->layers; l++) layer_effort(arch, length, effort);
}
