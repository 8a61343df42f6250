/* augment_shuffle.c - segments in another order, or tokens in another order within segments. */
#include "distill/augment_internal.h"

/* A permutation of 0 .. n-1 in stock->order. */
static const int32_t *permute(kd_stock *stock, size_t n, kd_rng *rng)
{
    kd_vec_reset(&stock->order);
    kd_vec_reserve(&stock->order, n);
    kd_rng_permute(rng, stock->order.items, n);
    return stock->order.items;
}

/* The tags stay, the tokens change places within the segment. */
static void shuffle_inside(kd_corpus *out, kd_stock *stock, kd_segment segment, kd_rng *rng)
{
    const kd_corpus *in = stock->corpus;
    int              length = segment.last - segment.first + 1;
    const int32_t   *order = permute(stock, (size_t)length, rng);

    for (int i = 0; i < length; i++)
        kd_corpus_add_borrowed(out, in->words.items[segment.first + order[i]],
                               stock->tags[segment.first + i]);
}

void kd_augment_shuffle(kd_corpus *out, kd_stock *stock, int sentence, kd_rng *rng)
{
    size_t         count = stock->segments.count;
    const int32_t *order = stock->mode == KD_AUGMENT_PAPER ? NULL : permute(stock, count, rng);

    (void)sentence;
    for (size_t i = 0; i < count; i++) {
        kd_segment segment = stock->segments.items[order != NULL ? order[i] : (int32_t)i];

        if (order == NULL && kd_augment_applies(rng))
            shuffle_inside(out, stock, segment, rng);
        else
            kd_augment_copy(out, stock, segment);
    }
    kd_corpus_end_sentence(out);
}
