/* masked.h - masked words: some pieces of a row are hidden, and the network is asked what stood there.
 *
 *     row     [CLS]  the  gene    IL  ##2   was  found  [SEP]
 *     chosen                x          x                          15 of 100 pieces, no special one
 *     shown   [CLS]  the  [MASK]  IL  ##7   was  found  [SEP]     80 % [MASK], 10 % any piece, 10 % as it was
 *     at                    2          4                          the rows that the head decodes
 *     asked               gene        ##2                         what is true there
 *
 * A row is chosen from anew each time that it is read, from a stream that is named by how often it was read
 * and by its number: neither the batch that it is in, nor a restart, nor how many ranks share the work changes what
 * is hidden. A batch always asks for one piece at least.
 */
#ifndef KD_DISTILL_MASKED_H
#define KD_DISTILL_MASKED_H

#include "distill/counts.h"
#include "harness/base/rng.h"
#include "harness/base/setting.h"
#include "models/model.h"
#include "models/text/pack.h"
#include "models/text/vocab.h"

typedef enum { KD_MASK_PIECES, KD_MASK_WORDS } kd_mask_unit;

typedef struct {
    double       mask_rate;   /* of pieces that are chosen */
    double       mask_hidden; /* of the chosen: shown as [MASK] */
    double       mask_random; /* shown as any piece; the rest is shown as it was */
    kd_mask_unit mask_unit;   /* what is chosen: each piece for itself, or all of a word */
} kd_mask_options;

extern const kd_setting kd_mask_settings[];

/* KD_ECONFIG, with "mask_random: ...", when the shares come to more than all. */
kd_status kd_mask_check(const kd_mask_options *options, kd_error *err);

/* ---- what is hidden ---- */

typedef struct kd_masker kd_masker;

/* The caller owns the masker; options are copied, the vocabulary is looked at here only. KD_EDATA when it has no
 * [MASK] (<mask>), or nothing but specials. */
kd_status kd_masker_create(kd_masker **out, const kd_mask_options *options, const kd_vocab *vocab,
                           kd_error *err);

/* What a batch becomes; everything lives until the next one, and `batch` points to `at`: it stays where it is. */
typedef struct {
    kd_batch       batch; /* as it is shown, with `at` */
    kd_pick        at;    /* the chosen rows */
    const int32_t *asked; /* (at.count) what stood there */
    const int32_t *truth; /* (N) the same at every row, -1 where nothing is asked */
} kd_masked;

/* Hide pieces of a batch whose rows have these numbers in the corpus. `stream` names the reading: that of an
 * epoch, or of the held-out part. */
void kd_masker_hide(kd_masker *masker, const kd_rng *stream, const kd_batch *batch,
                    const int32_t *numbers, kd_masked *out);

void kd_masker_destroy(kd_masker *masker); /* NULL is fine */

/* ---- how well they are found ---- */

typedef struct {
    int64_t asked, right;
    double  loss; /* sum over what was asked of -log p */
} kd_masked_score;

/* Mean loss, e to the power of it, and the share that is right; 0 for nothing. */
double kd_masked_loss(const kd_masked_score *score);
double kd_masked_perplexity(const kd_masked_score *score);
double kd_masked_accuracy(const kd_masked_score *score);

/* The stream of a held-out part: the same pieces are asked whatever the seed, so that models can be set against
 * each other. */
kd_rng kd_masked_held_out(void);

#endif
