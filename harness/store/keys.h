/* keys.h - the names inside objects that one file writes and another reads.
 *
 *     resolved, settings            what was asked for
 *     metrics, arrays, texts        what was computed
 *     provenance/                   how one run went: facts, and timings, which a record has as "time.<name>"
 *
 * docs/FORMATS.md says what stands under each. A name that only its own writer reads again stands there.
 */
#ifndef KD_STORE_KEYS_H
#define KD_STORE_KEYS_H

/* Of every object. */
#define KD_KEY_RESOLVED   "resolved"
#define KD_KEY_SETTINGS   "settings"
#define KD_KEY_METRICS    "metrics"
#define KD_KEY_PROVENANCE "provenance/"
#define KD_KEY_TIME       "time."

/* Texts. */
#define KD_KEY_ARCH   "arch"   /* of a model and of states */
#define KD_KEY_LABELS "labels" /* a name a line; of a corpus and of a model */
#define KD_KEY_VOCAB  "vocab"  /* a piece a line, or a tokenizer's own text; of both */
#define KD_KEY_LEFT_OUT \
    "left_out" /* of an object that was kept: what it has no more, a line each */

/* Arrays, the splits in their names. */
#define KD_KEY_COUNTS  "counts/"  /* i32 (sentences, 3): right, predicted, gold */
#define KD_KEY_CLASSES "classes/" /* i32 (pairs, 2): the right class, and the predicted one */
#define KD_KEY_HISTORY "history/"
#define KD_KEY_PADDING "padding/train"

/* Metrics, timings and facts. */
#define KD_KEY_PARAMETERS        "size.parameters"
#define KD_KEY_MIB               "size.mib"
#define KD_KEY_TRAIN_MIB         "size.train_mib" /* with what only training uses */
#define KD_KEY_CELL_S            "cell_s"
#define KD_KEY_TRAIN_S           "train_s"
#define KD_KEY_PEAK_MIB          "peak_memory_mib"
#define KD_KEY_UNLABELLED        "train.unlabelled_sentences" /* of a corpus, part of train.sentences */
#define KD_KEY_UNLABELLED_PIECES "train.unlabelled_pieces"
#define KD_KEY_GOLD              "gold." /* and a split: the digest of what the answers were held against */

#endif
