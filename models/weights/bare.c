/* bare.c - sizes of a BiLSTM from its tensors. */
#include "models/weights/bare.h"

#include <stdlib.h>

/* Sizes that a row of settings allows are far below it. */
enum { SIZE_MAX_HERE = 1 << 24 };

/* The two sizes of a matrix. */
static kd_status measure(const kd_weights *weights, const char *name, int *rows, int *columns,
                         kd_error *err)
{
    const kd_weight *w = kd_weights_find(weights, name);
    if (!w) return kd_fail(err, KD_EDATA, "%s: is missing", name);
    if (w->rank != 2 || w->dim[0] < 1 || w->dim[1] < 1 || w->dim[0] > SIZE_MAX_HERE ||
        w->dim[1] > SIZE_MAX_HERE)
        return kd_fail(err, KD_EDATA, "%s: is no matrix", name);
    *rows = (int)w->dim[0];
    *columns = (int)w->dim[1];
    return KD_OK;
}

static int count_layers(const kd_weights *weights)
{
    int  count = 0;
    bool is_there = true;
    while (is_there) {
        char *name = kd_sprintf("lstm.weight_ih_l%d", count);
        is_there = kd_weights_find(weights, name) != NULL;
        count += is_there;
        free(name);
    }
    return count;
}

/* An MLP's two matrices, or one, by the names that a BiLSTM's head goes by (names.c). */
static kd_status read_head(kd_arch *arch, const kd_weights *weights, kd_error *err)
{
    static const char *const inner[] = { "linear.0.weight", "classifier.dense.weight" };
    static const char *const outer[] = { "linear.3.weight", "classifier.out_proj.weight",
                                         "linear.weight", "classifier.weight" };
    kd_status                status = KD_OK;
    int                      ignored;
    arch->head = KD_HEAD_NONE;
    for (size_t i = 0; i < sizeof inner / sizeof *inner && status == KD_OK; i++)
        if (kd_weights_find(weights, inner[i]))
            status = measure(weights, inner[i], &arch->classifier, &ignored, err);
    for (size_t i = 0; i < sizeof outer / sizeof *outer && status == KD_OK; i++) {
        if (!kd_weights_find(weights, outer[i])) continue;
        arch->head = KD_HEAD_TAGS;
        status = measure(weights, outer[i], &arch->labels, &ignored, err);
    }
    return status;
}

kd_status kd_bare_read(kd_published *out, const kd_weights *weights, kd_error *err)
{
    int      gates;
    kd_arch *arch = &out->arch;
    *out = (kd_published){ .layout = &kd_layout_own };
    kd_arch_begin(arch, KD_KIND_BILSTM);
    arch->layers = count_layers(weights);
    if (arch->layers == 0)
        return kd_fail(err, KD_EDATA,
                       "there is no " KD_CONFIG_FILE
                       ", and only a BiLSTM's tensors show all sizes");
    kd_status status = measure(weights, "embedding.weight", &arch->vocab, &arch->embedding, err);
    if (status == KD_OK) status = measure(weights, "lstm.weight_hh_l0", &gates, &arch->hidden, err);
    return status == KD_OK ? read_head(arch, weights, err) : status;
}
