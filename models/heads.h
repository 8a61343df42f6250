/* heads.h - what stands on a network's states: one row of logits a token or a sentence.
 *
 *     tags                (N,H) dropout, [Linear, ReLU, dropout,] Linear            -> (N,K)
 *     class, multilabel   one state a sentence, as tags                                 -> (B,K)
 *     mlm                 f(Linear), LayerNorm, product with the word embedding     -> (N,V)
 *     span                Linear: begin and end                                     -> (N,2)
 *     none                                                                          -> NULL
 *
 * tags and mlm look only at the rows batch->at when it is given. What makes the one state
 * of class and multilabel belongs to the network: an encoder's pooler over its first state, as in
 * published checkpoints, or a pooling of all states (bilstm.c); the head receives its output.
 */
#ifndef KD_MODELS_HEADS_H
#define KD_MODELS_HEADS_H

#include "models/linear.h"
#include "models/model.h"
#include "models/norm.h"

typedef struct {
    kd_head_kind  kind;
    bool          has_inner;
    kd_linear     inner; /* of an MLP, or the transform of mlm */
    kd_linear     output;
    kd_tensor    *rest; /* of mlm, where states are decoded wider than word vectors; or NULL */
    kd_norm       norm;
    kd_activation f; /* behind the inner layer; of an MLP ReLU unless its network sets it */
    double        dropout;
} kd_head;

/* `width` is the features of a state. `word` is the embedding that mlm's decoder is tied to, NULL
 * when the network has none; `decoded` is what mlm makes of a state before it: as wide as a word
 * vector, or wider, with a matrix of its own for the rest. Fails through `declare`. */
kd_head kd_head_declare(kd_declare *declare, const kd_arch *arch, int width, kd_tensor *word,
                        int decoded);

/* `last` (N,H); `pooled` (B,H) for class and multilabel, else NULL. */
kd_tensor *kd_head_apply(const kd_head *head, kd_tape *tape, kd_tensor *last, kd_tensor *pooled,
                         const kd_batch *batch);

/* NULL where there is no head. */
kd_wire kd_head_graph(const kd_head *head, kd_graph *g, kd_wire last, kd_wire pooled);

/* What it does for a token of a sentence of this length: a head of a sentence, and a pooler before it, once. `decoded` as
 * above. */
void kd_head_effort(const kd_arch *arch, int width, int decoded, bool pools, int length,
                    kd_effort *effort);

#endif
