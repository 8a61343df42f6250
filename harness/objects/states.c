/* states.c - a teacher's inside into the store, a batch at a time, and from there to
 * students. */
#include "harness/objects/states.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/half.h"
#include "harness/objects/model.h"

#define HALF_MOST 65520.0f /* what rounds to more than a half can hold */

static const char *name_of(char *out, size_t size, kd_inside_kind kind, int layer)
{
    snprintf(out, size, "%s/train/%d", kd_inside_word(kind), layer);
    return out;
}

double kd_states_bytes(const kd_inside *inside, const kd_arch *teacher, const kd_pack *pack,
                       bool is_half)
{
    double numbers = 0;
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++) {
        size_t rows, cols;
        kd_states_shape(&rows, &cols, k, inside->is_of_firsts, teacher, pack);
        for (int l = 0; l <= KD_LAYERS_MAX; l++)
            if (inside->has[k][l]) numbers += (double)rows * (double)(cols ? cols : 1);
    }
    return numbers * (is_half ? 2 : 4);
}

/* ---- write ---- */

struct kd_states_writer {
    kd_h5_stream *stream[KD_INSIDE_KINDS][KD_LAYERS_MAX + 1];
    bool          is_half;
    uint16_t     *halves; /* of the numbers at hand */
    size_t        room;
};

void kd_states_writer_abandon(kd_states_writer *writer)
{
    if (!writer) return;
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++)
        for (int l = 0; l <= KD_LAYERS_MAX; l++) kd_h5_abandon(writer->stream[k][l]);
    free(writer->halves);
    free(writer);
}

kd_status kd_states_writer_begin(kd_states_writer **out, kd_object_draft *draft,
                                 const kd_inside *inside, const kd_arch *teacher,
                                 const kd_pack *pack, bool is_half, kd_error *err)
{
    kd_states_writer *writer = kd_alloc(1, sizeof *writer);
    kd_status         status = kd_arch_put(draft, teacher, err);
    writer->is_half = is_half;
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++) {
        size_t rows, cols;
        kd_states_shape(&rows, &cols, k, inside->is_of_firsts, teacher, pack);
        for (int l = 0; l <= KD_LAYERS_MAX && status == KD_OK; l++) {
            char name[48];
            if (!inside->has[k][l]) continue;
            status = kd_object_begin(&writer->stream[k][l], draft, name_of(name, sizeof name, k, l),
                                     is_half ? KD_H5_F16 : KD_H5_F32, rows, cols, err);
        }
    }
    *out = writer;
    if (status == KD_OK) return KD_OK;
    kd_states_writer_abandon(writer);
    *out = NULL;
    return status;
}

static kd_status check_numbers(const kd_states_writer *writer, kd_inside_kind kind, int layer,
                               const float *numbers, size_t count, kd_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (fabsf(numbers[i]) < HALF_MOST) continue;
        if (!isfinite(numbers[i]))
            return kd_fail(err, KD_EDATA, "%s of layer %d hold a number that is not finite",
                           kd_inside_word(kind), layer);
        if (writer->is_half)
            return kd_fail(err, KD_EDATA,
                           "%s of layer %d reach %g, more than f16 holds: set targets.format = f32",
                           kd_inside_word(kind), layer, (double)numbers[i]);
    }
    return KD_OK;
}

static kd_status take(void *user, kd_inside_kind kind, int layer, const float *numbers,
                      size_t count, kd_error *err)
{
    kd_states_writer *writer = user;
    kd_status         status = check_numbers(writer, kind, layer, numbers, count, err);
    if (status != KD_OK) return status;
    if (!writer->is_half) return kd_h5_append(writer->stream[kind][layer], numbers, count, err);
    if (count > writer->room) {
        free(writer->halves);
        writer->halves = kd_alloc(count, sizeof *writer->halves);
        writer->room = count;
    }
    kd_halves_encode(count, numbers, writer->halves);
    return kd_h5_append(writer->stream[kind][layer], writer->halves, count, err);
}

kd_inside_taker kd_states_writer_taker(kd_states_writer *writer)
{
    return (kd_inside_taker){ take, writer };
}

kd_status kd_states_writer_end(kd_states_writer *writer, kd_error *err)
{
    kd_status status = KD_OK;
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++)
        for (int l = 0; l <= KD_LAYERS_MAX && status == KD_OK; l++) {
            if (!writer->stream[k][l]) continue;
            status = kd_h5_end(writer->stream[k][l], err);
            writer->stream[k][l] = NULL;
        }
    kd_states_writer_abandon(writer);
    return status;
}

/* ---- read ---- */

/* Whether a dataset is an array of this kind, and of which layer. */
static bool is_array(const char *name, kd_inside_kind kind, int *layer)
{
    char   begin[32], *end;
    size_t length = (size_t)snprintf(begin, sizeof begin, "%s/train/", kd_inside_word(kind));
    if (strncmp(name, begin, length) != 0) return false;
    long number = strtol(name + length, &end, 10);
    *layer = (int)number;
    return *end == 0 && end != name + length && number >= 0 && number <= KD_LAYERS_MAX;
}

/* Which arrays the object has. A damaged one is no absent one: listing them fails. */
static kd_status find_arrays(kd_loaded_states *out, kd_error *err)
{
    const kd_h5_member *members;
    size_t              count = 0;
    int                 layer;
    kd_status           status = kd_object_members(out->object, &members, &count, err);
    for (size_t i = 0; i < count && status == KD_OK; i++)
        for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++)
            if (is_array(members[i].name, k, &layer)) out->states.inside.has[k][layer] = true;
    return status;
}

static kd_status view_array(kd_loaded_states *out, kd_inside_kind kind, int layer,
                            const kd_pack *pack, kd_error *err)
{
    char         name[48];
    kd_h5_member member;
    size_t       rows, cols, first_rows, first_cols;
    const void  *data;
    kd_kept     *kept = &out->states.kept[kind][layer];
    kd_status    status =
        kd_object_find(out->object, name_of(name, sizeof name, kind, layer), &member, err);
    if (status != KD_OK) return status;
    kd_states_shape(&rows, &cols, kind, false, &out->states.teacher, pack);
    kd_states_shape(&first_rows, &first_cols, kind, true, &out->states.teacher, pack);
    bool is_of_firsts = member.rows == first_rows && kind == KD_INSIDE_HIDDEN;
    if ((member.rows != rows && !is_of_firsts) || member.cols != cols)
        return kd_fail(err, KD_EDATA, "'%s' is (%zu,%zu), expected (%zu,%zu): of another corpus",
                       name, member.rows, member.cols, rows, cols);
    out->states.inside.is_of_firsts |= is_of_firsts && first_rows != rows;
    kd_h5_type type = member.type == KD_H5_F16 ? KD_H5_F16 : KD_H5_F32;
    status = kd_object_view(out->object, name, type, out->arena, &data, &rows, &cols, err);
    *kept = type == KD_H5_F16 ? (kd_kept){ .halves = data } : (kd_kept){ .floats = data };
    return status;
}

static kd_status view_all(kd_loaded_states *out, const kd_pack *pack, kd_error *err)
{
    kd_status status = kd_arch_get(&out->states.teacher, out->object, err);
    if (status == KD_OK) status = find_arrays(out, err);
    for (kd_inside_kind k = 0; k < KD_INSIDE_KINDS; k++)
        for (int l = 0; l <= KD_LAYERS_MAX && status == KD_OK; l++)
            if (out->states.inside.has[k][l]) status = view_array(out, k, l, pack, err);
    return status;
}

kd_status kd_loaded_states_open(kd_loaded_states *out, const kd_store *store, kd_id id,
                                const kd_pack *pack, kd_error *err)
{
    *out = (kd_loaded_states){ .arena = kd_arena_create(0) };
    kd_status status = kd_object_open(&out->object, store, id, err);
    if (status == KD_OK) status = view_all(out, pack, err);
    if (status == KD_OK) return KD_OK;
    char text[KD_ID_TEXT];
    kd_id_text(text, id);
    return kd_while(err, status, "states %s", text);
}

void kd_loaded_states_fini(kd_loaded_states *loaded)
{
    kd_object_close(loaded->object);
    kd_arena_destroy(loaded->arena);
    loaded->object = NULL;
    loaded->arena = NULL;
}
