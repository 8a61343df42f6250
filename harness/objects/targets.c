/* targets.c - logits into the store, and from there to those who learn. */
#include "harness/objects/targets.h"

#include <stdlib.h>

#include "harness/base/half.h"

#define LOGITS  "logits/train"
#define PADDING "padding/train"

int kd_targets_rows(const kd_pack *pack)
{
    return pack->task == KD_TASK_NER ? pack->pieces : pack->sentences;
}

kd_status kd_targets_put(kd_object_draft *draft, const float *logits, int rows, int labels,
                         bool is_half, kd_error *err)
{
    size_t n = (size_t)rows, k = (size_t)labels;
    if (!is_half) return kd_object_put_f32(draft, LOGITS, logits, n, k, err);
    uint16_t *halves = kd_alloc(n * k, sizeof *halves);
    kd_halves_encode(n * k, logits, halves);
    kd_status status = kd_object_put(draft, LOGITS, KD_H5_F16, halves, n, k, err);
    free(halves);
    return status;
}

static kd_status view_logits(kd_loaded_targets *out, kd_error *err)
{
    kd_h5_member member;
    size_t       rows, cols;
    const void  *data;
    kd_status    status = kd_object_find(out->object, LOGITS, &member, err);
    if (status != KD_OK) return status;
    kd_h5_type type = member.type == KD_H5_F16 ? KD_H5_F16 : KD_H5_F32;
    status = kd_object_view(out->object, LOGITS, type, out->arena, &data, &rows, &cols, err);
    if (status != KD_OK) return status;
    out->targets = (kd_targets){ .rows = (int)rows, .labels = (int)cols };
    if (type == KD_H5_F16)
        out->targets.halves = data;
    else
        out->targets.logits = data;
    return KD_OK;
}

static kd_status view_padding(kd_loaded_targets *out, kd_error *err)
{
    size_t      rows, cols;
    const void *data;
    if (!kd_object_has(out->object, PADDING)) return KD_OK;
    kd_status status =
        kd_object_view(out->object, PADDING, KD_H5_F32, out->arena, &data, &rows, &cols, err);
    if (status == KD_OK) out->targets.padding = data;
    return status;
}

kd_status kd_loaded_targets_open(kd_loaded_targets *out, const kd_store *store, kd_id id,
                                 kd_error *err)
{
    *out = (kd_loaded_targets){ .arena = kd_arena_create(0) };
    kd_status status = kd_object_open(&out->object, store, id, err);
    if (status == KD_OK) status = view_logits(out, err);
    if (status == KD_OK) status = view_padding(out, err);
    return status;
}

void kd_loaded_targets_fini(kd_loaded_targets *loaded)
{
    kd_object_close(loaded->object);
    kd_arena_destroy(loaded->arena);
    *loaded = (kd_loaded_targets){ .object = NULL };
}
