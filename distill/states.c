/* states.c - rows and maps of chosen sentences, beside each other on a tape. */
#include "distill/states.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/half.h"

struct kd_states_reader {
    const kd_states *states;
    const kd_pack   *pack;
    size_t          *squares; /* (B+1) sum of the squares of the lengths before each sentence */
};

static size_t length_of(const kd_pack *pack, int sentence)
{
    return (size_t)(pack->piece_begin[sentence + 1] - pack->piece_begin[sentence]);
}

void kd_states_shape(size_t *rows, size_t *cols, kd_inside_kind kind, bool is_of_firsts,
                     const kd_arch *teacher, const kd_pack *pack)
{
    if (kind == KD_INSIDE_HIDDEN) {
        *rows = (size_t)(is_of_firsts ? pack->sentences : pack->pieces);
        *cols = (size_t)teacher->hidden;
        return;
    }
    *rows =
        kd_maps_length(&(kd_rows){ pack->sentences, pack->piece_begin }, teacher->encoder.heads);
    *cols = 0;
}

kd_states_reader *kd_states_reader_create(const kd_states *states, const kd_pack *pack)
{
    kd_states_reader *reader = kd_alloc(1, sizeof *reader);
    *reader = (kd_states_reader){ .states = states, .pack = pack };
    reader->squares = kd_alloc((size_t)pack->sentences + 1, sizeof *reader->squares);
    for (int b = 0; b < pack->sentences; b++)
        reader->squares[b + 1] = reader->squares[b] + length_of(pack, b) * length_of(pack, b);
    return reader;
}

void kd_states_reader_destroy(kd_states_reader *reader)
{
    if (!reader) return;
    free(reader->squares);
    free(reader);
}

static bool is_kept(const kd_kept *kept)
{
    return kept->floats || kept->halves;
}

static void copy(float *to, const kd_kept *from, size_t place, size_t count)
{
    if (from->halves)
        kd_halves_decode(count, from->halves + place, to);
    else
        memcpy(to, from->floats + place, count * sizeof *to);
}

static kd_tensor *read_rows(const kd_states_reader *r, kd_tape *tape, const kd_kept *kept,
                            const int32_t *sentences, const kd_rows *rows)
{
    size_t     h = (size_t)r->states->teacher.hidden;
    kd_tensor *out = kd_tape_variable(tape, kd_rows_total(rows), (int)h);
    for (int i = 0; i < rows->count; i++) {
        float *to = out->x + (size_t)rows->begin[i] * h;
        size_t first = (size_t)r->pack->piece_begin[sentences[i]];
        if (r->states->inside.is_of_firsts)
            copy(to, kept, (size_t)sentences[i] * h, h);
        else
            copy(to, kept, first * h, length_of(r->pack, sentences[i]) * h);
    }
    return out;
}

static kd_tensor *read_maps(const kd_states_reader *r, kd_tape *tape, const kd_kept *kept,
                            const int32_t *sentences, const kd_rows *rows)
{
    size_t     a = (size_t)r->states->teacher.encoder.heads;
    kd_tensor *out =
        kd_tape_variable(tape, 1, (int)kd_maps_length(rows, r->states->teacher.encoder.heads));
    float *to = out->x;
    for (int i = 0; i < rows->count; i++) {
        size_t place = r->squares[sentences[i]], end = r->squares[sentences[i] + 1];
        copy(to, kept, a * place, a * (end - place));
        to += a * (end - place);
    }
    return out;
}

/* The layers first..last of a kind, in an array that begins with the first. */
static kd_tensor **read_kind(const kd_states_reader *r, kd_tape *tape, kd_inside_kind kind,
                             int first, const int32_t *sentences, const kd_rows *rows)
{
    int         last = r->states->teacher.layers;
    kd_tensor **out = kd_tape_alloc(tape, (size_t)last + 1, sizeof(kd_tensor *));
    for (int l = first; l <= last; l++) {
        const kd_kept *kept = &r->states->kept[kind][l];
        out[l - first] = !is_kept(kept)             ? NULL
                         : kind == KD_INSIDE_HIDDEN ? read_rows(r, tape, kept, sentences, rows)
                                                    : read_maps(r, tape, kept, sentences, rows);
    }
    return out;
}

kd_outputs kd_states_read(const kd_states_reader *r, kd_tape *tape, const int32_t *sentences,
                          const kd_rows *rows)
{
    int        layers = r->states->teacher.layers;
    kd_outputs out = { .hidden_count = layers + 1, .map_count = layers };
    out.hidden = read_kind(r, tape, KD_INSIDE_HIDDEN, 0, sentences, rows);
    out.probs = read_kind(r, tape, KD_INSIDE_PROBS, 1, sentences, rows);
    out.scores = read_kind(r, tape, KD_INSIDE_SCORES, 1, sentences, rows);
    out.last = out.hidden[layers];
    return out;
}
