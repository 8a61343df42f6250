/* targets.c - logits into the store, and from there to those who learn. */
#include "harness/objects/targets.h"

#include <stdlib.h>

#include "harness/base/half.h"
#include "harness/store/keys.h"

#define LOGITS      "logits/train"
#define WORDS       "logits/words"
#define TRANSITIONS "crf/transitions"
#define START       "crf/start"
#define END         "crf/end"

int kd_targets_rows(const kd_pack *pack)
{
    return kd_pack_rows(pack);
}

static kd_status put_logits(kd_object_draft *draft, const char *name, const float *logits, int rows,
                            int labels, bool is_half, kd_error *err)
{
    size_t n = (size_t)rows, k = (size_t)labels;
    if (!is_half) return kd_object_put_f32(draft, name, logits, n, k, err);
    uint16_t *halves = kd_alloc(n * k, sizeof *halves);
    kd_halves_encode(n * k, logits, halves);
    kd_status status = kd_object_put(draft, name, KD_H5_F16, halves, n, k, err);
    free(halves);
    return status;
}

kd_status kd_targets_put(kd_object_draft *draft, const float *logits, int rows, int labels,
                         bool is_half, kd_error *err)
{
    return put_logits(draft, LOGITS, logits, rows, labels, is_half, err);
}

kd_status kd_targets_put_words(kd_object_draft *draft, const kd_pack *pack, const float *logits,
                               int labels, kd_word_rule rule, bool is_half, int *lost,
                               kd_error *err)
{
    float *words = kd_alloc((size_t)pack->words * (size_t)labels, sizeof *words);
    kd_words_of_pieces(pack, logits, labels, rule, words);
    *lost = 0;
    for (int w = 0; w < pack->words; w++)
        *lost += !kd_word_is_said(words + (size_t)w * (size_t)labels);
    kd_status status = put_logits(draft, WORDS, words, pack->words, labels, is_half, err);
    free(words);
    return status;
}

kd_status kd_targets_put_crf(kd_object_draft *draft, const kd_crf *crf, kd_error *err)
{
    const struct {
        const char      *name;
        const kd_tensor *values;
    } arrays[] = {
        { TRANSITIONS, crf->weights.transitions },
        { START, crf->weights.start },
        { END, crf->weights.end },
    };
    kd_status status = KD_OK;
    for (int i = 0; i < 3 && status == KD_OK; i++)
        status = kd_object_put_f32(draft, arrays[i].name, arrays[i].values->x,
                                   (size_t)arrays[i].values->n, (size_t)arrays[i].values->d, err);
    return status;
}

/* After the logits, which say how many tags there are. */
static kd_status view_crf(kd_loaded_targets *out, kd_error *err)
{
    kd_targets_crf *crf = &out->targets.crf;
    const struct {
        const char   *name;
        size_t        rows;
        const float **values;
    } arrays[] = {
        { TRANSITIONS, (size_t)out->targets.labels, &crf->transitions },
        { START, 1, &crf->start },
        { END, 1, &crf->end },
    };
    bool      has;
    kd_status status = kd_object_has(out->object, TRANSITIONS, &has, err);
    if (status != KD_OK || !has) return status;
    for (int i = 0; i < 3; i++) {
        size_t      rows, cols;
        const void *data;
        status = kd_object_view(out->object, arrays[i].name, KD_H5_F32, out->arena, &data, &rows,
                                &cols, err);
        if (status != KD_OK) return status;
        if (rows != arrays[i].rows || cols != (size_t)out->targets.labels)
            return kd_fail(err, KD_EDATA, "%s: is not over the %d labels of the logits",
                           arrays[i].name, out->targets.labels);
        *arrays[i].values = data;
    }
    return KD_OK;
}

static kd_status view_logits(kd_loaded_targets *out, kd_error *err)
{
    kd_h5_member member;
    size_t       rows, cols;
    const void  *data;
    bool         is_by_word;
    kd_status    status = kd_object_has(out->object, WORDS, &is_by_word, err);
    const char  *name = is_by_word ? WORDS : LOGITS;
    if (status == KD_OK) status = kd_object_find(out->object, name, &member, err);
    if (status != KD_OK) return status;
    kd_h5_type type = member.type == KD_H5_F16 ? KD_H5_F16 : KD_H5_F32;
    status = kd_object_view(out->object, name, type, out->arena, &data, &rows, &cols, err);
    if (status != KD_OK) return status;
    out->targets = (kd_targets){ .rows = (int)rows, .labels = (int)cols, .is_by_word = is_by_word };
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
    bool        has;
    kd_status   status = kd_object_has(out->object, KD_KEY_PADDING, &has, err);
    if (status != KD_OK || !has) return status;
    status = kd_object_view(out->object, KD_KEY_PADDING, KD_H5_F32, out->arena, &data, &rows, &cols,
                            err);
    if (status == KD_OK) out->targets.padding = data;
    return status;
}

kd_status kd_loaded_targets_open(kd_loaded_targets *out, const kd_store *store, kd_id id,
                                 kd_error *err)
{
    *out = (kd_loaded_targets){ .arena = kd_arena_create(0) };
    kd_status status = kd_object_open(&out->object, store, id, err);
    if (status == KD_OK) status = view_logits(out, err);
    if (status == KD_OK) status = view_crf(out, err);
    if (status == KD_OK) status = view_padding(out, err);
    return status;
}

void kd_loaded_targets_fini(kd_loaded_targets *loaded)
{
    kd_object_close(loaded->object);
    kd_arena_destroy(loaded->arena);
    *loaded = (kd_loaded_targets){ .object = NULL };
}
