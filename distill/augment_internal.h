/* augment_internal.h - what the three ways share: the stock they draw from, and a sentence. */
#ifndef KD_DISTILL_AUGMENT_INTERNAL_H
#define KD_DISTILL_AUGMENT_INTERNAL_H

#include "distill/augment.h"
#include "harness/base/rng.h"

typedef KD_VEC(int32_t) kd_indices;

/* One run of words first..last: a mention, or words outside any. */
typedef struct {
    int  first, last; /* of the whole corpus */
    bool is_mention;
} kd_segment;

/* Counted once over the whole corpus. Words are held as indices into corpus->words. */
typedef struct {
    const kd_corpus *corpus;
    kd_augment_mode  mode;
    int16_t         *tags;     /* (words) well-formed but in source mode */
    kd_indices      *tokens;   /* (K) by label: one of each distinct token (source, fixed), or each
                                  occurrence (paper) */
    kd_segment      *mentions; /* each occurrence */
    size_t           mention_count;
    KD_VEC(kd_segment) segments; /* of the sentence at hand */
    KD_VEC(int32_t) order;       /* room for a permutation */
} kd_stock;

/* Add one more copy of the sentence to `out`, segments being those of the sentence. */
void kd_augment_label(kd_corpus *out, kd_stock *stock, int sentence, kd_rng *rng);
void kd_augment_mention(kd_corpus *out, kd_stock *stock, int sentence, kd_rng *rng);
void kd_augment_shuffle(kd_corpus *out, kd_stock *stock, int sentence, kd_rng *rng);

/* Add the words of a segment with their tags. */
void kd_augment_copy(kd_corpus *out, const kd_stock *stock, kd_segment segment);

/* Something is done with probability one half: for u in [0, 1) iff u >= 0.5. */
static inline bool kd_augment_applies(kd_rng *rng)
{
    return kd_rng_uniform(rng) >= 0.5;
}

#endif
