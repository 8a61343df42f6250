/* dataset.h - a corpus object, in memory and in the store.
 *
 *     task, scheme           texts: "ner", "IOBES"
 *     labels, vocab          texts: a name a line; the line's number is the id
 *     train/ids ...          the arrays of kd_pack for each split
 *     train/questions        text: questions and texts in SQuAD's form; task qa
 *     devel/..., test/...
 *     train/0/ids ...        of a text from files: the training split in parts, i16 where numbers are small
 *
 * Everything that learns or is measured begins here; words themselves are not kept, but for the texts
 * whose parts are answers.
 */
#ifndef KD_OBJECTS_DATASET_H
#define KD_OBJECTS_DATASET_H

#include "harness/base/arena.h"
#include "harness/store/object.h"
#include "models/text/pack.h"
#include "models/text/tags.h"

typedef enum { KD_TRAIN, KD_DEVEL, KD_TEST, KD_SPLITS } kd_split;

const char *kd_split_word(kd_split split); /* "train" */

typedef struct {
    kd_arena    *arena; /* private: all arrays live here */
    kd_task      task;
    kd_labels   *labels;
    const char  *labels_text; /* a name a line */
    const char  *vocab_text;  /* a piece a line */
    int          vocab_size;
    kd_pack      split[KD_SPLITS];     /* a split that was not asked for has no sentences */
    kd_questions questions[KD_SPLITS]; /* private: packs of questions point here */
    kd_object   *object; /* private: what parts of a text are mapped from; NULL: none */
} kd_dataset;

/* Put the parts of a corpus object. The packs are borrowed. */
kd_status kd_dataset_put(kd_object_draft *draft, const kd_labels *labels, const char *vocab_text,
                         const kd_pack split[KD_SPLITS], kd_error *err);

/* dataset_text.c: put the next part of a text's training split, rows that end at `ends` of `ids`; `vocab` is the
 * number of pieces there are. */
kd_status kd_dataset_put_part(kd_object_draft *draft, int number, int vocab, const int32_t *ids,
                              const int32_t *ends, size_t rows, kd_error *err);

/* Whether there are such parts; they are mapped, and live as long as the object. */
kd_status kd_dataset_load_parts(kd_pack *out, kd_object *object, kd_arena *arena, bool *has,
                                kd_error *err);

/* Load the splits whose bits (1 << KD_TRAIN ...) are in `wanted`. KD_EDATA when the object is no
 * corpus. kd_dataset_fini after success only. */
kd_status kd_dataset_load(kd_dataset *out, const kd_store *store, kd_id id, unsigned wanted,
                          kd_error *err);
void      kd_dataset_fini(kd_dataset *dataset);

/* The piece that stands for nothing: [PAD] or <pad>; 0 for a vocabulary without one. */
int32_t kd_dataset_pad(const kd_dataset *dataset);

/* KD_EDATA, saying where they first differ, when `labels` (a name a line) are not those of the
 * corpus, by name and order: columns of logits would stand for others. */
kd_status kd_dataset_agrees(const kd_dataset *dataset, const char *labels, kd_error *err);

/* Names of labels, a line each, as both objects of a corpus and of a model keep them. */
void kd_labels_to_text(const kd_labels *labels, kd_str *out);

/* Fill an empty table from such names; a type of tags brings all its parts, in the order in which they
 * were written. KD_EDATA when the names stand in an order that no corpus gives. */
kd_status kd_labels_of_text(kd_labels *out, const char *names, kd_scheme scheme, kd_error *err);

#endif
