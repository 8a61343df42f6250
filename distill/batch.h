/* batch.h - sentences of a pack, chosen by number, beside each other in memory of their own.
 *
 * A batcher gathers ids, labels and targets of a batch into arrays that are made once, for the
 * largest batch there can be; what it hands out lives until the next batch.
 */
#ifndef KD_DISTILL_BATCH_H
#define KD_DISTILL_BATCH_H

#include "distill/method.h"
#include "distill/targets.h"

typedef struct kd_batcher kd_batcher;

/* Batches of at most `batch` sentences of `pack`, with the rows of `targets` (NULL for none).
 * `labels` is K. Everything is borrowed. Targets by word are given to every piece of a word. */
kd_batcher *kd_batcher_create(const kd_pack *pack, const kd_targets *targets, int batch,
                              int labels);

/* From now on lengthen the sentences of a batch by this piece to the longest of them. Nothing is
 * true there, and the teacher says what targets->padding has for the sentence. Not with targets by word. */
void kd_batcher_pad(kd_batcher *batcher, int32_t pad);

/* Gather `count` sentences by their numbers. Fills the lesson's rows, labels, bits, teacher_logits,
 * said and is_untold. */
kd_batch kd_batcher_gather(kd_batcher *batcher, const int32_t *sentences, int count,
                           kd_lesson *lesson);

/* Pieces of the batch gathered last, without those that lengthen. */
int kd_batcher_pieces(const kd_batcher *batcher);

void kd_batcher_destroy(kd_batcher *batcher);

#endif
