/* bert.h - the BERT family: BERT, DistilBERT and TinyBERT by their settings.
 *
 *     ids -> embedding block -> [ attention block -> feed-forward block ] x layers -> head
 *
 * Post-norm, as published: y = LayerNorm(x + dropout(block(x))). With `segments = 0` there is no
 * segment embedding (DistilBERT); `pooler` adds tanh(Linear(first state)), which sequence
 * heads read. Names are "bert.embeddings.*", "bert.encoder.layer.<l>.*", "bert.pooler.dense.*".
 */
#ifndef KD_MODELS_BERT_H
#define KD_MODELS_BERT_H

#include "models/model.h"

extern const kd_model_kind kd_kind_bert;

#endif
