/* names.c - rows of beginnings; # stands for a layer's number, the rest of a name is kept. */
#include "models/weights/names.h"

#include <string.h>

typedef struct {
    const char *published, *ours;
} row;

static const row distilbert[] = {
    { "distilbert.embeddings.", "bert.embeddings." },
    { "distilbert.transformer.layer.#.attention.q_lin.",
      "bert.encoder.layer.#.attention.self.query." },
    { "distilbert.transformer.layer.#.attention.k_lin.",
      "bert.encoder.layer.#.attention.self.key." },
    { "distilbert.transformer.layer.#.attention.v_lin.",
      "bert.encoder.layer.#.attention.self.value." },
    { "distilbert.transformer.layer.#.attention.out_lin.",
      "bert.encoder.layer.#.attention.output.dense." },
    { "distilbert.transformer.layer.#.sa_layer_norm.",
      "bert.encoder.layer.#.attention.output.LayerNorm." },
    { "distilbert.transformer.layer.#.ffn.lin1.", "bert.encoder.layer.#.intermediate.dense." },
    { "distilbert.transformer.layer.#.ffn.lin2.", "bert.encoder.layer.#.output.dense." },
    { "distilbert.transformer.layer.#.output_layer_norm.",
      "bert.encoder.layer.#.output.LayerNorm." },
    { "pre_classifier.", "bert.pooler.dense." },
    { "vocab_transform.", "cls.predictions.transform.dense." },
    { "vocab_layer_norm.", "cls.predictions.transform.LayerNorm." },
    { "vocab_projector.bias", "cls.predictions.bias" },
    { NULL, NULL },
};

static const row same[] = { { NULL, NULL } };

static const row *const tables[] = {
    [KD_LAYOUT_BERT] = same, [KD_LAYOUT_DISTILBERT] = distilbert, [KD_LAYOUT_OWN] = same
};

/* The prefix of a model with a head; files of a bare encoder begin with one of the parts. */
static const char *const prefixes[] = {
    [KD_LAYOUT_BERT] = "bert.", [KD_LAYOUT_DISTILBERT] = "distilbert.", [KD_LAYOUT_OWN] = ""
};
static const char *const parts[] = { "embeddings.", "encoder.", "transformer.", "pooler.", NULL };

static const row endings[] = { { ".gamma", ".weight" }, { ".beta", ".bias" }, { NULL, NULL } };

static const char *const set_aside[] = { "embeddings.position_ids", "cls.predictions.decoder.",
                                         "cls.seq_relationship.", "vocab_projector.weight", NULL };

/* What follows `pattern` in `name`, or NULL; `layer` gets the digits that # stood for. */
static const char *match(const char *pattern, const char *name, kd_str *layer)
{
    kd_str_reset(layer);
    for (; *pattern; pattern++) {
        if (*pattern != '#') {
            if (*name++ != *pattern) return NULL;
            continue;
        }
        size_t digits = strspn(name, "0123456789");
        if (!digits) return NULL;
        kd_str_add_bytes(layer, name, digits);
        name += digits;
    }
    return name;
}

static bool rewrite(const char *from, const char *to, const char *name, kd_str *out)
{
    kd_str      layer = KD_STR_INIT;
    const char *rest = match(from, name, &layer);
    if (rest) {
        for (; *to; to++)
            if (*to == '#')
                kd_str_add(out, layer.text);
            else
                kd_str_add_char(out, *to);
        kd_str_add(out, rest);
    }
    kd_str_fini(&layer);
    return rest != NULL;
}

static void add_full(const char *published, kd_layout layout, kd_str *out)
{
    for (int i = 0; parts[i]; i++)
        if (kd_starts_with(published, parts[i])) kd_str_add(out, prefixes[layout]);
    kd_str_add(out, published);
    for (int i = 0; endings[i].ours; i++)
        if (kd_ends_with(out->text, endings[i].published)) {
            kd_str_cut(out, out->length - strlen(endings[i].published));
            kd_str_add(out, endings[i].ours);
        }
}

bool kd_name_ours(const char *published, kd_layout layout, kd_str *out)
{
    kd_str full = KD_STR_INIT;
    bool   is_ours = true;
    for (int i = 0; set_aside[i]; i++)
        if (strstr(published, set_aside[i])) is_ours = false;
    kd_str_reset(out);
    add_full(published, layout, &full);
    const row *r = tables[layout];
    while (r->ours && !rewrite(r->published, r->ours, full.text, out)) r++;
    if (!r->ours) kd_str_add(out, full.text);
    kd_str_fini(&full);
    return is_ours;
}

void kd_name_published(const char *ours, kd_layout layout, bool is_bare, kd_str *out)
{
    kd_str     full = KD_STR_INIT;
    const row *r = tables[layout];
    while (r->ours && !rewrite(r->ours, r->published, ours, &full)) r++;
    if (!r->ours) kd_str_add(&full, ours);
    size_t skipped =
        is_bare && kd_starts_with(full.text, prefixes[layout]) ? strlen(prefixes[layout]) : 0;
    kd_str_reset(out);
    kd_str_add(out, full.text + skipped);
    kd_str_fini(&full);
}
