/* augment_mention.c - mentions replaced by other mentions, or lost as the published code loses them. */
#include "distill/augment_internal.h"

void kd_augment_mention(kd_corpus *out, kd_stock *stock, int sentence, kd_rng *rng)
{
    (void)sentence;
    for (size_t i = 0; i < stock->segments.count; i++) {
        kd_segment segment = stock->segments.items[i];
        bool       is_long = segment.last > segment.first;

        if (segment.is_mention && kd_augment_applies(rng))
            segment = stock->mentions[kd_rng_below(rng, stock->mention_count)];
        else if (segment.is_mention && is_long && stock->mode == KD_AUGMENT_SOURCE)
            continue; /* the published code forgets to copy it */
        kd_augment_copy(out, stock, segment);
    }
    kd_corpus_end_sentence(out);
}
