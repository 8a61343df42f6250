/* states.h - what a teacher has inside for a corpus, in the store.
 *
 *     arch               text, as in a model object: whose states they are
 *     hidden/train/<l>   f32 or f16 (pieces, H): states after layer l, 0 after the embeddings;
 *                        (sentences, H) where only the first piece of each is compared
 *     probs/train/<l>    f32 or f16 (M): attention maps of layer l, from 1: for each sentence, for
 *                        each head, T x T, a row for each query
 *     scores/train/<l>   the same before the softmax
 *
 * There are just the layers that a method compares; the node says which in lines of its own,
 * "states.hidden = 0 2 4".
 */
#ifndef KD_OBJECTS_STATES_H
#define KD_OBJECTS_STATES_H

#include "distill/states.h"
#include "harness/objects/dataset.h"

/* Arrays that are written while the teacher is asked, as f16 when `is_half`. The draft and the pack
 * are borrowed. */
typedef struct kd_states_writer kd_states_writer;
kd_status kd_states_writer_begin(kd_states_writer **out, kd_object_draft *draft,
                                 const kd_inside *inside, const kd_arch *teacher,
                                 const kd_pack *pack, bool is_half, kd_error *err);

/* Its side of kd_predict_inside. KD_EDATA when a number is not finite, or too large for f16. */
kd_inside_taker kd_states_writer_taker(kd_states_writer *writer);

/* All is there; the writer is gone either way. */
kd_status kd_states_writer_end(kd_states_writer *writer, kd_error *err);
void      kd_states_writer_abandon(kd_states_writer *writer); /* NULL is fine */

/* How many bytes the arrays take. */
double kd_states_bytes(const kd_inside *inside, const kd_arch *teacher, const kd_pack *pack,
                       bool is_half);

/* States that are ready to learn from; their numbers stay in the object's file. */
typedef struct {
    kd_states  states;
    kd_object *object;
    kd_arena  *arena;
} kd_loaded_states;

/* KD_EDATA when an array is damaged or of another corpus than the pack's. The caller finis it, also
 * after a failure. */
kd_status kd_loaded_states_open(kd_loaded_states *out, const kd_store *store, kd_id id,
                                const kd_pack *pack, kd_error *err);
void      kd_loaded_states_fini(kd_loaded_states *loaded);

#endif
