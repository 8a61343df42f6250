/* source_text.h - the documents of a text that a node names, one at a time, each with the split that it is in.
 *
 *     train file     a document's place (text_pack.h) below half of data.held_out: devel; below all of it: test; else train
 *     devel, test    where files are named for them nothing is held out
 */
#ifndef KD_CELL_SOURCE_TEXT_H
#define KD_CELL_SOURCE_TEXT_H

#include "harness/cell/source_corpus.h"

/* How far a walk has come: documents of the train file gone through, and those of each split handed over. */
typedef struct {
    int64_t documents, count[KD_SPLITS];
} kd_text_progress;

/* Called with each document, which is borrowed until it returns; another status than KD_OK ends the walk with it. */
typedef kd_status kd_text_take(void *user, kd_split split, const char *text, size_t length,
                               kd_error *err);

/* Go through the text of a streamed source (source_corpus.h). KD_EDATA when its files have changed since the plan, are damaged
 * or no text; KD_ECONFIG when there are fewer documents than data.train_sentences and its kin ask for. `progress` is zero at
 * first, and kept while it goes on; one that was kept passes over what it says was done. */
kd_status kd_source_text_walk(const kd_source_corpus *source, kd_text_progress *progress,
                              kd_text_take *take, void *user, kd_error *err);

/* KD_EDATA when its files are no texts or its vocabulary, where there is one, cannot hide a word; KD_ECONFIG when its rows
 * are too short: hours of training would begin with that. */
kd_status kd_source_text_check(const kd_source_corpus *source, kd_error *err);

/* Build the vocabulary of a streamed source that has none, from the words of its training split. */
kd_status kd_source_text_vocabulary(kd_source_corpus *source, kd_error *err);

#endif
