/* names.c - names by the rows of a layout, and what all layouts have in common. */
#include "models/weights/names.h"

#include <string.h>

/* Files of a bare encoder begin with one of these in place of the prefix. */
static const char *const parts[] = { "embeddings.", "encoder.", "transformer.", "pooler.", NULL };

static const kd_layout_name endings[] = { { ".gamma", ".weight" },
                                          { ".beta", ".bias" },
                                          { NULL, NULL } };

/* What programs that trained BiLSTMs and TinyBERTs wrap around these networks: read and never
 * written. The head of a BiLSTM is a list of a Linear, a ReLU, a dropout and a Linear, or one
 * Linear; of a TinyBERT the matrices that only its distillation reads are left aside. */
static const kd_layout_name wraps[] = {
    { "linear.0.", "classifier.dense." },  { "linear.3.", "classifier.out_proj." },
    { "linear.", "classifier." },          { "bert.bert.", "bert." },
    { "bert.classifier.", "classifier." }, { NULL, NULL }
};
static const char *const fits[] = { "W_emb.", "W_hidden.", "fit_dense.", "fit_denses.", NULL };

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

/* By the first row that fits. */
static void translate(const kd_layout_name *row, const char *name, bool to_ours, kd_str *out)
{
    for (; row && row->ours; row++)
        if (to_ours ? rewrite(row->published, row->ours, name, out)
                    : rewrite(row->ours, row->published, name, out))
            return;
    kd_str_add(out, name);
}

static void add_full(const char *published, const kd_layout *layout, kd_str *out)
{
    for (int i = 0; parts[i]; i++)
        if (kd_starts_with(published, parts[i])) kd_str_add(out, layout->prefix);
    kd_str_add(out, published);
    for (int i = 0; endings[i].ours; i++)
        if (kd_ends_with(out->text, endings[i].published)) {
            kd_str_cut(out, out->length - strlen(endings[i].published));
            kd_str_add(out, endings[i].ours);
        }
}

/* Positions are counted in a buffer by some versions of the library, whatever the network is. */
static bool is_aside(const kd_layout *layout, const char *name)
{
    if (strstr(name, "embeddings.position_ids")) return true;
    for (int i = 0; fits[i]; i++)
        if (kd_starts_with(name, fits[i])) return true;
    for (int i = 0; i < KD_ASIDE_MAX && layout->aside[i]; i++)
        if (kd_starts_with(name, layout->aside[i])) return true;
    return false;
}

bool kd_name_ours(const char *published, const kd_layout *layout, kd_str *out)
{
    kd_str full = KD_STR_INIT, bare = KD_STR_INIT;
    kd_str_reset(out);
    add_full(published, layout, &full);
    translate(wraps, full.text, true, &bare);
    translate(layout->names, bare.text, true, out);
    kd_str_fini(&full);
    kd_str_fini(&bare);
    return !is_aside(layout, published);
}

void kd_name_published(const char *ours, const kd_layout *layout, bool is_bare, kd_str *out)
{
    kd_str full = KD_STR_INIT;
    translate(layout->names, ours, false, &full);
    size_t skipped =
        is_bare && kd_starts_with(full.text, layout->prefix) ? strlen(layout->prefix) : 0;
    kd_str_reset(out);
    kd_str_add(out, full.text + skipped);
    kd_str_fini(&full);
}
