/* inside.h - which hidden states and attention maps of a teacher a method compares.
 *
 *     hidden 0   1   2   3   4           0 is what the embeddings give; layers count from 1
 *            x       x       x           what a student of two layers pairs with
 *
 * A method says which (method.h); a states object keeps just those, and says so in words.
 */
#ifndef KD_DISTILL_INSIDE_H
#define KD_DISTILL_INSIDE_H

#include <stdbool.h>

#include "harness/base/str.h"
#include "models/model.h"

/* What a network has inside beside its logits: a word for it, and what it is called among the
 * wants of a network. */
#define KD_INSIDE_KINDS_LIST(X) \
    X(HIDDEN, "hidden", hidden) \
    X(PROBS, "probs", probs)    \
    X(SCORES, "scores", scores)

typedef enum {
#define X(name, word, want) KD_INSIDE_##name,
    KD_INSIDE_KINDS_LIST(X)
#undef X
        KD_INSIDE_KINDS
} kd_inside_kind;

const char *kd_inside_word(kd_inside_kind kind); /* "hidden" */

/* Zeroes are nothing at all. */
typedef struct {
    bool has[KD_INSIDE_KINDS][KD_LAYERS_MAX + 1];
    bool is_of_firsts; /* of hidden states, the first row of each sentence alone */
} kd_inside;

/* Every stride-th layer, `count` of them, from `first` on. */
void kd_inside_add(kd_inside *inside, kd_inside_kind kind, int first, int stride, int count);

bool kd_inside_is_empty(const kd_inside *inside);

/* What a network has to give so that these can be read. */
kd_wants kd_inside_wants(const kd_inside *inside);

/* Layers of a kind as words, "0 2 4", and back; false when `text` is anything else. */
void kd_inside_print(const kd_inside *inside, kd_inside_kind kind, kd_str *out);
bool kd_inside_parse(kd_inside *inside, kd_inside_kind kind, const char *text);

#endif
