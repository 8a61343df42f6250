/* layout.c - the table of layouts. */
#include "models/weights/layout.h"

const kd_layout kd_layout_own = {
    .model_type = "kdgrid",
    .tokenizer = "BertTokenizer", /* the words are cut alike */
    .prefix = "",
};

const kd_layout *const kd_layouts[] = {
#define X(name) &kd_layout_##name,
    KD_LAYOUTS(X)
#undef X
        & kd_layout_own,
    NULL,
};

static const kd_layout *find(const kd_arch *arch)
{
    for (int i = 0; kd_layouts[i] != &kd_layout_own; i++)
        if (kd_layouts[i]->kind == arch->kind && kd_layouts[i]->holds(arch)) return kd_layouts[i];
    return &kd_layout_own;
}

kd_status kd_layout_check(const kd_arch *arch, kd_error *err)
{
    const kd_layout *layout = find(arch);
    if (layout == &kd_layout_own)
        return kd_fail(err, KD_ECONFIG, "kind: %s is no network of the usual library",
                       kd_arch_kind(arch)->name);
    if (arch->crf)
        return kd_fail(err, KD_ECONFIG, "crf: the usual library scores each tag for itself");
    return layout->check(arch, err);
}

const kd_layout *kd_layout_of(const kd_arch *arch)
{
    kd_error ignored;
    return kd_layout_check(arch, &ignored) == KD_OK ? find(arch) : &kd_layout_own;
}
