/* augment.h - more training sentences out of those that there are.
 *
 *     original   the  Abc  factor  binds  Xyz  .
 *                O    B-G  E-G     O      S-G  O
 *     label      a    Abc  gene    binds  Qrs  .      tokens replaced by others of the same tag
 *     mention    the  Xyz          binds  Klm  beta   mentions replaced by other mentions
 *     shuffle    binds  Abc factor  Xyz  the  .       segments (runs of O, mentions) permuted
 *
 * A pass adds one sentence of each kind for every original, so N sentences become N (1 + 3
 * passes), in the order: original, its label copies, its mention copies, its shuffle copies.
 *
 *     mode     label-wise                  mention                      shuffle
 *     source   p = 0.5 a token, uniform    p = 0.5; a mention of more   order of the segments
 *              over the distinct tokens    than one token that is not   permuted, always
 *              of the tag                  replaced is lost
 *     fixed    the same                    p = 0.5, others are kept     the same
 *     paper    p = 0.5, by how often a     p = 0.5, others are kept     tokens inside a segment
 *              token has the tag                                        shuffled, p = 0.5 each
 *
 * `source` does what the code behind the published numbers does, its loss of mentions
 * included: their counts come out only with it. Like that code it leaves out a last sentence
 * that no empty line ends.
 *
 * Tags stay where they are in label-wise replacement and in paper's shuffle; elsewhere they
 * move with their tokens, and a mention is never torn. So well-formed tags stay well-formed;
 * malformed ones are first written again in `fixed` and `paper`, as conlleval reads them, and
 * left alone in `source`.
 * Time is linear in what comes out.
 */
#ifndef KD_DISTILL_AUGMENT_H
#define KD_DISTILL_AUGMENT_H

#include "harness/base/setting.h"
#include "models/text/corpus.h"

typedef enum { KD_AUGMENT_SOURCE, KD_AUGMENT_FIXED, KD_AUGMENT_PAPER } kd_augment_mode;

typedef struct {
    kd_augment_mode mode;
    int             passes; /* 0 leaves the corpus as it is */
    int             seed;
} kd_augment_options;

extern const kd_setting kd_augment_settings[];

/* Make the augmented corpus; kd_corpus_fini frees it. Its words borrow the bytes of `in`, which
 * must outlive it. Every sentence draws from random streams of its own, so a sentence's copies
 * do not depend on the sentences around it. KD_ECONFIG for a corpus that is not tagged. */
kd_status kd_augment(kd_corpus *out, const kd_corpus *in, const kd_augment_options *options,
                     kd_error *err);

#endif
