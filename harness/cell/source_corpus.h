/* source_corpus.h - the corpus that a node names, as words: read, and with its tokenizer.
 *
 *     settings -> train, devel, test (files, or a grammar) -> tokenizer (a file, built, or another corpus's)
 *
 *              [-> sentences without labels (files, or the same grammar), which go behind train's when it is packed]
 *
 * A corpus cell packs it; doctor looks at it before a sweep. A built vocabulary is learned from
 * the training split as it was read, so that a teacher's corpus and a student's augmented one
 * number their pieces alike.
 */
#ifndef KD_CELL_SOURCE_CORPUS_H
#define KD_CELL_SOURCE_CORPUS_H

#include "distill/augment.h"
#include "harness/config/options.h"
#include "harness/config/resolved.h"
#include "harness/objects/dataset.h"
#include "models/text/corpus.h"
#include "models/text/synth.h"
#include "models/text/tokenizer.h"

/* Open for reading. */
typedef struct {
    const kd_resolved *node;
    kd_cell_options    options;
    kd_data_options    data;
    kd_corpus_options  reading;
    kd_token_options   tokens;
    kd_synth_options   synth;
    kd_augment_options augment;

    kd_unlabelled_options with; /* sentences without labels */

    kd_task    task;
    kd_labels *labels; /* of all splits; train's come first */
    kd_corpus  split[KD_SPLITS];
    int        splits;      /* that have been read */
    kd_corpus  unlabelled;  /* of no split; without sentences where there are none */
    bool       is_streamed; /* a text from files */

    /* NULL of a streamed text whose vocabulary is to be built, and where it is another corpus's */
    kd_tokenizer *tokenizer;
} kd_source_corpus;

/* Read everything of the corpus node, which is borrowed for as long. kd_source_corpus_close must follow
 * also after a failure. A text from files is not read here, for it may be larger than memory: it has no splits, its
 * vocabulary is opened where there is one, and source_text.h goes through it. */
kd_status kd_source_corpus_open(kd_source_corpus *out, const kd_resolved *node, kd_error *err);

/* Read it by a vocabulary that another corpus has, a piece a line (KD_INPUT_VOCAB). KD_EDATA without an [UNK]. */
kd_status kd_source_corpus_read_by(kd_source_corpus *source, const char *vocab_text, kd_error *err);

/* Add what the readers accepted by a rule of theirs, a line each. */
void kd_source_corpus_tell(const kd_source_corpus *source, kd_str *out);

/* How many sentences without labels there are. */
int kd_source_corpus_unlabelled(const kd_source_corpus *source);

void kd_source_corpus_close(kd_source_corpus *source);

#endif
