/* states.h - what a teacher's network has inside for a corpus, kept, and handed out by sentences.
 *
 *     kd_predict_inside ==> who keeps it              once, a batch after another
 *     kd_states -> reader -> kd_outputs of a batch    in every step, in any order of sentences
 *
 * A reader answers as the network would: hidden states and maps of a batch as tensors on a tape.
 * Kept as f32 they are the same bits, for the rows of a sentence do not depend on what shares its
 * batch. Layers that are not kept are NULL.
 */
#ifndef KD_DISTILL_STATES_H
#define KD_DISTILL_STATES_H

#include "distill/method.h"

/* The numbers of one array, as f32 or as binary16 (half.h); both NULL where it is not kept. */
typedef struct {
    const float    *floats;
    const uint16_t *halves;
} kd_kept;

/* All arrays of a teacher over a pack, in the pack's order; they are borrowed. */
typedef struct {
    kd_arch   teacher; /* whose they are */
    kd_inside inside;  /* which there are */
    kd_kept   kept[KD_INSIDE_KINDS][KD_LAYERS_MAX + 1];
} kd_states;

/* The shape of each array of a kind over a pack: hidden (N,H), or (B,H) of first rows alone; maps
 * (M), laid out as op.h says, where `cols` is 0. */
void kd_states_shape(size_t *rows, size_t *cols, kd_inside_kind kind, bool is_of_firsts,
                     const kd_arch *teacher, const kd_pack *pack);

typedef struct kd_states_reader kd_states_reader;

/* `states` and `pack` are borrowed. */
kd_states_reader *kd_states_reader_create(const kd_states *states, const kd_pack *pack);

/* What the teacher has inside for these sentences, whose rows are `rows`; lives as the tape's other
 * tensors do. There are no logits. Of first rows alone, the others are undefined. */
kd_outputs kd_states_read(const kd_states_reader *reader, kd_tape *tape, const int32_t *sentences,
                          const kd_rows *rows);

void kd_states_reader_destroy(kd_states_reader *reader); /* NULL is fine */

/* Who takes what a network has inside: `count` numbers of one array, which follow those before. */
typedef struct {
    kd_status (*take)(void *user, kd_inside_kind kind, int layer, const float *numbers,
                      size_t count, kd_error *err);
    void *user;
} kd_inside_taker;

/* Ask the network for the whole pack, without dropout, in its order. Ends with the taker's failure.
 */
kd_status kd_predict_inside(const kd_model *model, const kd_pack *pack, const kd_inside *inside,
                            kd_precision precision, int threads, const kd_inside_taker *taker,
                            kd_error *err);

#endif
