/* head_labels.c - labels by name, and the rows that are theirs. */
#include "models/weights/head_labels.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/map.h"

/* ---- matching ---- */

/* Name -> number. */
static kd_status number_all(kd_map *numbers, const char *text, kd_error *err)
{
    for (int k = 0; *text; k++) {
        size_t length = strcspn(text, "\n");
        if (kd_map_get_n(numbers, text, length))
            return kd_fail(err, KD_EDATA, "its head has two labels %.*s", (int)length, text);
        char *name = kd_strndup(text, length);
        kd_map_put_number(numbers, name, k);
        free(name);
        text += length + (text[length] != '\0');
    }
    return KD_OK;
}

static kd_status find_all(kd_head_labels *out, const kd_map *numbers, const char *here,
                          kd_error *err)
{
    for (int k = 0; *here; k++) {
        size_t              length = strcspn(here, "\n");
        const kd_map_value *found = kd_map_get_n(numbers, here, length);
        if (!found)
            return kd_fail(err, KD_EDATA, "its head has no label %.*s, it has %d: %s, ...",
                           (int)length, here, out->there,
                           out->there ? kd_map_key(numbers, 0) : "none");
        out->of[k] = (int)found->number;
        here += length + (here[length] != '\0');
    }
    return KD_OK;
}

static int count_lines(const char *text)
{
    int count = 0;
    for (; *text; count++) {
        text += strcspn(text, "\n");
        text += *text != '\0';
    }
    return count;
}

kd_status kd_head_labels_match(kd_head_labels *out, const char *there, const char *here,
                               kd_error *err)
{
    kd_map   *numbers = kd_map_create();
    kd_status status = number_all(numbers, there, err);
    *out = (kd_head_labels){ .count = count_lines(here), .there = (int)kd_map_count(numbers) };
    out->of = kd_alloc((size_t)out->count, sizeof *out->of);
    if (status == KD_OK) status = find_all(out, numbers, here, err);
    out->dropped = out->there - out->count;
    kd_map_destroy(numbers);
    if (status != KD_OK) kd_head_labels_fini(out);
    return status;
}

void kd_head_labels_fini(kd_head_labels *labels)
{
    free(labels->of);
    *labels = (kd_head_labels){ .of = NULL };
}

kd_status kd_head_labels_name(kd_str *out, const char *names, int count, kd_error *err)
{
    int found = 0;
    for (bool is_last = false; !is_last; found++) {
        size_t length = strcspn(names, ",");
        is_last = names[length] == '\0';
        const char *from = names, *to = names + length;
        while (from < to && *from == ' ') from++;
        while (to > from && to[-1] == ' ') to--;
        if (from == to) return kd_fail(err, KD_ECONFIG, "name %d is empty", found);
        kd_str_add_bytes(out, from, (size_t)(to - from));
        kd_str_add_char(out, '\n');
        names += length + !is_last;
    }
    if (found == count) return KD_OK;
    return kd_fail(err, KD_ECONFIG, "names %d labels, the head has %d", found, count);
}

/* ---- copying ---- */

bool kd_head_labels_has(const char *name)
{
    return kd_starts_with(name, "crf.") ||
           (kd_starts_with(name, "classifier") && !kd_starts_with(name, "classifier.dense"));
}

/* A CRF's steps lead from a label to a label. */
static bool has_label_columns(const char *name)
{
    return strcmp(name, "crf.transitions") == 0;
}

kd_status kd_head_labels_copy(const kd_head_labels *labels, kd_params *to, const kd_param *p,
                              const kd_params *from, const kd_param *of, kd_error *err)
{
    float       *x = kd_param_block(to, p, KD_VALUES);
    const float *y = kd_param_block(from, of, KD_VALUES);
    size_t width = p->length / (size_t)p->dim[0], width_there = of->length / (size_t)of->dim[0];
    bool   is_square = has_label_columns(p->name);
    if (p->rank != of->rank || p->dim[0] != labels->count || of->dim[0] != labels->there ||
        (!is_square && width != width_there))
        return kd_fail(err, KD_EDATA, "%s has another shape there", p->name);
    for (int k = 0; k < labels->count; k++, x += width) {
        const float *row = y + (size_t)labels->of[k] * width_there;
        if (!is_square) memcpy(x, row, width * sizeof *x);
        for (int i = 0; is_square && i < labels->count; i++) x[i] = row[labels->of[i]];
    }
    return KD_OK;
}
