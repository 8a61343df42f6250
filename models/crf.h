/* crf.h - scores of neighbouring tags, beside those that a head gives each piece.
 *
 *     pieces   [CLS]  the    Ab  ##c  factor  [SEP]
 *     logits          x1     x2       x3                 one chain a sentence: its words' firsts
 *     score        s + x1 + T + x2 + T + x3 + e
 *
 * T, s and e are "<prefix>.transitions", ".start" and ".end". What the scheme of the labels forbids
 * (I after O, a chain that ends within a span) has no probability and is never decoded, once
 * kd_crf_obey was called. Logits remain what methods compare: what the head says before neighbours
 * are asked. models/tensor/op.h has the formulas.
 */
#ifndef KD_MODELS_CRF_H
#define KD_MODELS_CRF_H

#include "models/graph.h"
#include "models/layer.h"
#include "models/text/pack.h"
#include "models/text/tags.h"

typedef struct {
    kd_crf_weights weights;   /* for the ops */
    uint8_t       *forbidden; /* owned; NULL: nothing is */
} kd_crf;

/* Declare "<prefix>.transitions" (K,K), ".start" (K) and ".end" (K), drawn from uniform(-0.1, 0.1).
 * KD_ECONFIG through `declare` when there are more than KD_CRF_TAGS_MAX tags. */
kd_crf kd_crf_declare(kd_declare *declare, const char *prefix, int tags);

/* From here on nothing is allowed that the scheme of these K labels forbids. */
void kd_crf_obey(kd_crf *crf, const kd_labels *labels);

/* Free the rules but not the weights. */
void kd_crf_fini(kd_crf *crf);

/* Labels (N) of a batch as its chains read them: of the pieces that are the first of a word, -1
 * elsewhere. `word` is as in a pack. In place. */
void kd_crf_keep_firsts(int32_t *labels, const kd_rows *rows, const int32_t *word);

/* The loss of a batch against such labels, a mean over them: (1,1). */
kd_tensor *kd_crf_loss(const kd_crf *crf, kd_tape *tape, kd_tensor *logits, const kd_rows *rows,
                       const int32_t *labels);

/* Log probabilities (N,K) of the tags of pieces with such labels, all others 0; `firsts` receives
 * which rows those are. As logits of a softmax they give the probabilities themselves, so that a
 * student learns from a teacher's posteriors by
 *
 *     kd_op_soft_cross_entropy(tape, marginals, teacher, 1.0, &firsts)
 *
 * which is -1/n sum_n sum_k q_n(k) log p_n(k), q and p both by forward-backward (Wang et al. 2020,
 * Structure-level knowledge distillation for multilingual sequence labeling, posterior
 * distillation). */
kd_tensor *kd_crf_marginals(const kd_crf *crf, kd_tape *tape, kd_tensor *logits,
                            const kd_rows *rows, const int32_t *labels, kd_pick *firsts);

/* The best tags of every sentence of a pack, from its logits (N,K): one for all pieces of a word.
 * Pieces of no word keep what `tags` has. */
void kd_crf_tag_words(const kd_crf *crf, const kd_pack *pack, const float *logits, int threads,
                      int32_t *tags);

/* What a teacher says to a student that learns from posteriors: the logits of each word's first
 * piece become the logarithms of its tags' probabilities. Other pieces keep theirs. */
void kd_crf_say_posteriors(const kd_crf *crf, const kd_pack *pack, int threads, float *logits);

/* The best tags of words as a graph: an input more, "word_starts" (batch, length) int64, 1 at the first piece
 * of each word; -> (batch, length) int64, -1 at all other pieces. Equal scores fall as above. */
kd_wire kd_crf_graph(const kd_crf *crf, kd_graph *g, kd_wire logits);

#endif
