/* bilstm.h - the BiLSTM tagger: embedding, layers of bidirectional LSTM, a token head.
 *
 *     ids -> word vectors -> lstm ... lstm -> dropout -> head -> (N,K)
 *
 * Word vectors come from one of three blocks:
 *
 *     trained            "embedding.weight" (V,E): drawn, or filled from a file of vectors later
 *     bert               "embeddings.*": BERT's whole embedding block, to copy a teacher's into
 *     multichannel       "embedding.weight", then convolutions of widths 1, 3, 5 over the
 *                        sentence ("convs.0|1|2.*", 256 channels each), side by side, ReLU
 */
#ifndef KD_MODELS_BILSTM_H
#define KD_MODELS_BILSTM_H

#include "models/model.h"

extern const kd_model_kind kd_kind_bilstm;

#endif
