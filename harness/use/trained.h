/* trained.h - a trained network with all that it takes to be asked: labels, tokenizer, lengths.
 *
 *     an object of a study (.h5)     arch, labels, vocab; /resolved has the settings of its corpus,
 *                                    and the corpus, where it lies beside it, the scheme of the tags
 *     a published folder             config.json, weights, vocab.txt or what stands for it, and
 *                                    tokenizer_config.json
 *
 * An object keeps a WordPiece vocabulary whole. Of another kind it has the pieces alone, which do not
 * say how text is cut into them: then the file is opened that the corpus was made with, if it is
 * still the same, or the one that the caller names.
 */
#ifndef KD_USE_TRAINED_H
#define KD_USE_TRAINED_H

#include "harness/cell/source_corpus.h"
#include "harness/objects/model.h"

enum { KD_TRAINED_CLASSES = 31 }; /* at once: they are bits of an int32_t */

/* Open for reading. */
typedef struct {
    kd_loaded_model network;
    kd_task    task;   /* what its head answers: any but KD_TASK_TEXT; one class is KD_TASK_RE where
                                nothing says that it is of pairs */
    kd_labels *labels; /* L, in our order */
    KD_VEC(int) columns;     /* which label each of the network's K columns is; empty: the same */
    kd_token_options tokens; /* as the corpus was cut */
    kd_precision     precision; /* that it was evaluated in */
    bool             knows_none,
        has_none; /* of questions: whether it is known if some of training had no answer; and if they had */

    char       *tokenizer;  /* private: a path; NULL: `vocab` is all */
    kd_str      vocab;      /* private: a piece a line */
    kd_arena   *arena;      /* private: of the nodes */
    kd_resolved corpus;     /* the node that made its corpus, */
    bool        has_corpus; /* if that is known */
} kd_trained;

/* Open what `path` leads to. `tokenizer` (NULL for its own) is a vocabulary file, or a folder with
 * one, in place of the model's; `task` (NULL for what is known) says which of two tasks with one head is meant, for a
 * published folder does not: KD_EUSAGE for one that the head does not answer. KD_EDATA when nothing says how text becomes pieces, when the
 * vocabulary has other pieces than the model, or more than the network has words, or when the
 * head answers no question about a text. The caller finis what it got. */
kd_status kd_trained_open(kd_trained *out, const char *path, const char *tokenizer,
                          const char *task, kd_error *err);
void      kd_trained_fini(kd_trained *trained);

/* The labels of that network alone, with the scheme of their tags, for who has its columns: KD_EDATA where those are
 * in another order. The caller destroys them. */
kd_status kd_trained_labels(kd_labels **out, const char *path, kd_error *err);

/* A tokenizer of one's own: one thread at a time uses it. The caller destroys it. */
kd_status kd_trained_tokenizer(kd_tokenizer **out, const kd_trained *trained, kd_error *err);

#endif
