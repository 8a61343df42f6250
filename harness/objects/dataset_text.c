/* dataset_text.c - the training split of a text: parts, which are mapped and never in memory as a whole. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/objects/dataset.h"

typedef struct {
    char ids[48], begin[48];
} names;

static names names_of(int number)
{
    names n;
    snprintf(n.ids, sizeof n.ids, "train/%d/ids", number);
    snprintf(n.begin, sizeof n.begin, "train/%d/begin", number);
    return n;
}

/* ---- put ---- */

static kd_status put_narrow(kd_object_draft *draft, const char *name, const int32_t *ids,
                            size_t count, kd_error *err)
{
    int16_t *narrow = kd_alloc(count, sizeof *narrow);
    for (size_t i = 0; i < count; i++) narrow[i] = (int16_t)ids[i];
    kd_status status = kd_object_put(draft, name, KD_H5_I16, narrow, count, 0, err);
    free(narrow);
    return status;
}

kd_status kd_dataset_put_part(kd_object_draft *draft, int number, int vocab, const int32_t *ids,
                              const int32_t *ends, size_t rows, kd_error *err)
{
    names    n = names_of(number);
    size_t   count = (size_t)ends[rows - 1];
    int32_t *begin = kd_alloc(rows + 1, sizeof *begin);
    for (size_t b = 0; b < rows; b++) begin[b + 1] = ends[b];
    kd_status status = kd_object_put_i32(draft, n.begin, begin, rows + 1, 0, err);
    free(begin);
    if (status != KD_OK) return status;
    return vocab <= INT16_MAX + 1 ? put_narrow(draft, n.ids, ids, count, err)
                                  : kd_object_put_i32(draft, n.ids, ids, count, 0, err);
}

/* ---- load ---- */

static kd_status check_rows(const kd_pack_part *part, size_t pieces, const char *name, int *longest,
                            kd_error *err)
{
    bool is_right = part->begin[0] == 0 && (size_t)part->begin[part->rows] == pieces;
    for (int b = 0; b < part->rows && is_right; b++) {
        int length = part->begin[b + 1] - part->begin[b];
        is_right = length > 0;
        if (length > *longest) *longest = length;
    }
    return is_right ? KD_OK : kd_fail(err, KD_EDATA, "%s does not cut its pieces into rows", name);
}

static kd_status load_part(kd_pack_part *part, kd_object *object, int number, kd_arena *arena,
                           int *longest, kd_error *err)
{
    names        n = names_of(number);
    kd_h5_member member;
    const void  *ids, *begin;
    size_t       pieces, bounds, cols;
    kd_status    status = kd_object_find(object, n.ids, &member, err);
    if (status != KD_OK) return status;
    bool is_narrow = member.type == KD_H5_I16;
    if ((status = kd_object_view(object, n.ids, is_narrow ? KD_H5_I16 : KD_H5_I32, arena, &ids,
                                 &pieces, &cols, err)) != KD_OK ||
        (status = kd_object_view(object, n.begin, KD_H5_I32, arena, &begin, &bounds, &cols, err)) !=
            KD_OK)
        return status;
    if (bounds < 2 || bounds > INT_MAX || pieces > INT_MAX)
        return kd_fail(err, KD_EDATA, "%s has no rows", n.begin);
    part->rows = (int)bounds - 1;
    part->begin = begin;
    part->narrow = is_narrow ? ids : NULL;
    part->wide = is_narrow ? NULL : ids;
    return check_rows(part, pieces, n.begin, longest, err);
}

static kd_status count_parts(kd_object *object, int *parts, kd_error *err)
{
    bool      has = true;
    kd_status status = KD_OK;
    for (*parts = 0; status == KD_OK && has; *parts += has)
        status = kd_object_has(object, names_of(*parts).ids, &has, err);
    return status;
}

kd_status kd_dataset_load_parts(kd_pack *out, kd_object *object, kd_arena *arena, bool *has,
                                kd_error *err)
{
    int64_t   rows = 0;
    kd_status status = count_parts(object, &out->parts, err);
    *has = status == KD_OK && out->parts > 0;
    if (!*has) return status;
    out->part = kd_arena_alloc(arena, (size_t)out->parts, sizeof *out->part);
    for (int i = 0; i < out->parts && status == KD_OK; i++) {
        out->part[i].first = (int)rows;
        status = load_part(&out->part[i], object, i, arena, &out->longest, err);
        if (status == KD_OK && (rows += out->part[i].rows) > INT_MAX)
            status = kd_fail(err, KD_EDATA, "the text has more than %d rows", INT_MAX);
    }
    out->sentences = (int)rows;
    return status;
}
