/* predictor.h - sentences to answers, by any number of threads.
 *
 *     kd_predictor_open --+--> kd_asker_create, kd_asker_answer ... kd_asker_destroy    a thread
 *                         +--> kd_asker_create ...                                      a thread
 *     kd_predictor_close
 *
 * Words become pieces by the code that packs a corpus for training, with the same special pieces, and
 * logits become tags by the code that measures a split, so what is asked of a test split is what its
 * cell was measured at.
 *
 * A row of more pieces than the network takes, or was trained on, goes through it in windows that
 * share a quarter of their pieces; what two windows share is answered half by the one and half by the
 * other, so each piece by the window that shows more of what is around it (windows.h). A CRF then
 * reads the row as one. Of a document's windows each class has the highest logit. A pair is cut at
 * its end, as evaluation cuts everything, because its two marks belong in one window. Of a question the text
 * goes through in windows as it is packed.
 *
 * Rows go to the network sorted by length, packed, about 2048 pieces at a time. Answers do not depend
 * on which rows share a batch, but for the rounding of sums in a product's library.
 */
#ifndef KD_USE_PREDICTOR_H
#define KD_USE_PREDICTOR_H

#include "harness/cell/measure.h"
#include "harness/use/trained.h"
#include "models/text/pack_build.h"

typedef struct {
    const char *tokenizer; /* in place of the model's; NULL for its own */
    const char *task; /* which of those that its head answers; NULL for what is known (trained.h) */
    const char *precision; /* of products; NULL for that of its evaluation */
    double
         none_above; /* of questions: "no answer" is said where it is ahead by more; NAN: by more than 0 where
                          training had such questions, else never */
    bool cuts; /* what is too long is cut, as evaluation does, and not seen in windows */
} kd_predictor_options;

typedef struct kd_predictor kd_predictor;

/* Open a model by its path (trained.h). KD_EUSAGE for a precision that there is not, and for none_above where nothing
 * was learned of it: another task, or a corpus that is known to have an answer to every question. KD_EUNAVAILABLE for one that this build does not have. */
kd_status kd_predictor_open(kd_predictor **out, const char *path,
                            const kd_predictor_options *options, kd_error *err);
void      kd_predictor_close(kd_predictor *predictor); /* NULL is fine */

const kd_trained *kd_predictor_trained(const kd_predictor *predictor);
int               kd_predictor_longest(const kd_predictor *predictor); /* pieces of a window */

enum { KD_PREDICTED = 20 }; /* candidates among which probabilities are shared out */

/* What a model says of some sentences; unused arrays stay empty. */
typedef struct {
    KD_VEC(int16_t) tags;      /* (words) */
    KD_VEC(float) sure;        /* (words) the probability of that tag */
    KD_VEC(int32_t) classes;   /* (B) a class, or classes as bits */
    KD_VEC(float) odds;        /* (B,K) probabilities of the classes */
    kd_candidates answers;     /* of questions, KD_PREDICTED of each */
    bool          may_be_none; /* "no answer" may be one of them */
    int64_t       long_rows;   /* longer than a window, so far: seen in several, or cut */
} kd_replies;

void kd_replies_fini(kd_replies *replies);

/* Read the logits of a pack, as kd_asker_logits gives them, into `said` (kd_said_fini) and into replies.
 * Those of a CRF become posteriors on the way. */
void kd_replies_read(kd_replies *out, kd_said *said, const kd_predictor *predictor,
                     const kd_pack *pack, float *logits);

/* One thread's way to ask. The predictor must outlive it. */
typedef struct kd_asker kd_asker;

kd_status kd_asker_create(kd_asker **out, const kd_predictor *predictor, kd_error *err);
void      kd_asker_destroy(kd_asker *asker); /* NULL is fine */

/* Replace what `out` holds by the answers to a corpus of the model's task; its tags or classes are not
 * looked at. */
kd_status kd_asker_answer(kd_asker *asker, const kd_corpus *corpus, kd_replies *out, kd_error *err);

/* The two halves of it, for who has a pack, or wants logits: pack a corpus; and put the logits of rows
 * first..end-1 at their places in the pack's (pieces,K), or (B,K). */
kd_status kd_asker_pack(kd_asker *asker, const kd_corpus *corpus, kd_pack *out,
                        kd_pack_stats *stats, kd_error *err);
void      kd_asker_logits(kd_asker *asker, const kd_pack *pack, int first, int end, float *logits);

#endif
