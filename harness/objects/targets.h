/* targets.h - what was said of a corpus, in the store.
 *
 *     logits/train    f32 or f16 (pieces, K), in the order of the pack; (sentences, K) for sequences
 *     logits/words    in its place: (words, K), for students with other pieces; NAN of a word of which nothing is
 *                     said, because a cut took it from the teacher (distill/by_word.h)
 *     padding/train   f32 (sentences, K) of a PAD piece behind each sentence, on demand
 *     crf/transitions f32 (K, K), crf/start and crf/end (1, K): of a teacher with a CRF, whose
 *                     emissions the logits then are
 *
 * Temperature and weights belong to who uses them and are not applied here.
 */
#ifndef KD_OBJECTS_TARGETS_H
#define KD_OBJECTS_TARGETS_H

#include "distill/by_word.h"
#include "distill/targets.h"
#include "harness/objects/dataset.h"
#include "models/crf.h"

/* How many rows there are for a pack. */
int kd_targets_rows(const kd_pack *pack);

/* Put f32 logits (rows, labels), rounded to f16 when `is_half`. */
kd_status kd_targets_put(kd_object_draft *draft, const float *logits, int rows, int labels,
                         bool is_half, kd_error *err);

/* Put logits of the pieces of `pack` as what is said of its words. `lost` gets of how many
 * words nothing is said. */
kd_status kd_targets_put_words(kd_object_draft *draft, const kd_pack *pack, const float *logits,
                               int labels, kd_word_rule rule, bool is_half, int *lost,
                               kd_error *err);

/* Put the CRF whose emissions such logits are. */
kd_status kd_targets_put_crf(kd_object_draft *draft, const kd_crf *crf, kd_error *err);

/* Targets that are ready to learn from; their numbers stay in the object's file. */
typedef struct {
    kd_targets targets;
    kd_object *object;
    kd_arena  *arena;
} kd_loaded_targets;

/* The caller finis it, also after a failure. */
kd_status kd_loaded_targets_open(kd_loaded_targets *out, const kd_store *store, kd_id id,
                                 kd_error *err);
void      kd_loaded_targets_fini(kd_loaded_targets *loaded);

/* Logits of the training split that were computed elsewhere, f32 in the order of the pack, from an
 * HDF5 file as docs/FORMATS.md has it; the caller frees them. `source` gets what the file says of
 * where it comes from, if anything. KD_EDATA, naming the place, when labels, sentences or pieces
 * are not the corpus's. */
kd_status kd_targets_read_file(const char *path, const kd_dataset *dataset, float **logits,
                               kd_str *source, kd_error *err);

#endif
