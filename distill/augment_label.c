/* augment_label.c - tokens replaced by others that have the same tag somewhere. */
#include "distill/augment_internal.h"

void kd_augment_label(kd_corpus *out, kd_stock *stock, int sentence, kd_rng *rng)
{
    const kd_corpus *in = stock->corpus;

    for (int i = in->begin.items[sentence]; i < in->begin.items[sentence + 1]; i++) {
        int               tag = stock->tags[i], word = i;
        const kd_indices *tokens = &stock->tokens[tag];

        if (kd_augment_applies(rng)) word = tokens->items[kd_rng_below(rng, tokens->count)];
        kd_corpus_add_borrowed(out, in->words.items[word], tag);
    }
    kd_corpus_end_sentence(out);
}
