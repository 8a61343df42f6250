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

/* Sentences of a batch that follow one another. */
typedef struct {
    int first, count;
} kd_cut;

/* The cut of a batch that is one rank's: its pieces are about as many as those of every other cut, and cuts follow in
 * the order of ranks. With fewer sentences than ranks the last ones have none. */
kd_cut kd_batcher_cut(const kd_batcher *batcher, const int32_t *sentences, int count, int rank,
                      int ranks);

/* Gather a cut, which has a sentence, of a batch of `count`, and say in `before` what stands in the batch before it. */
kd_batch kd_batcher_gather_cut(kd_batcher *batcher, const int32_t *sentences, int count, kd_cut cut,
                               size_t before[KD_OF_COUNT], kd_lesson *lesson);

/* Pieces of the batch gathered last, without those that lengthen. */
int kd_batcher_pieces(const kd_batcher *batcher);

void kd_batcher_destroy(kd_batcher *batcher);

#endif
