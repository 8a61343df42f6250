/* lstm.h - layers of bidirectional LSTM over a packed batch, dropout between them.
 *
 *     x (N,I) --+--> left to right --+--> (N,2H) -- dropout --> next layer ... --> (N,2H)
 *               +--> right to left --+
 *
 * "<prefix>.weight_ih_l0", ".weight_hh_l0", ".bias_ih_l0", ".bias_hh_l0" and the same with
 * "_reverse"; gates stacked i f g o, all drawn from uniform(-1/sqrt(H), 1/sqrt(H)), as PyTorch
 * does. There is no padding: a token's output never depends on which sentences share its batch.
 */
#ifndef KD_MODELS_LSTM_H
#define KD_MODELS_LSTM_H

#include "models/graph.h"
#include "models/layer.h"

enum { KD_LSTM_LAYERS_MAX = 16 };

typedef struct {
    int             layers;
    kd_lstm_weights weights[KD_LSTM_LAYERS_MAX][2];
} kd_lstm;

kd_lstm kd_lstm_declare(kd_declare *declare, const char *prefix, int inputs, int hidden,
                        int layers);

/* `outputs` (layers) receives each layer's output before dropout; the last one is returned. */
kd_tensor *kd_lstm_apply(const kd_lstm *lstm, kd_tape *tape, kd_tensor *x, const kd_rows *rows,
                         double dropout, kd_tensor **outputs);

/* Padding behind a sentence is no step of either direction: the operator is told its pieces, and the Scan that
 * stands for it in int8 keeps its states at 0 there. */
kd_wire kd_lstm_graph(const kd_lstm *lstm, kd_graph *g, kd_wire x);

#endif
