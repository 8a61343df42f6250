/* lstm.c - a stack of bidirectional LSTM layers. */
#include "models/lstm.h"

#include <stdio.h>

static kd_tensor *declare_gates(kd_declare *declare, const char *prefix, const char *part,
                                int layer, int direction, int hidden, int inputs)
{
    char name[KD_NAME_SIZE];

    snprintf(name, sizeof name, "%s_l%d%s", part, layer, direction ? "_reverse" : "");
    if (inputs == 0)
        return kd_declare_vector(declare, prefix, name, 4 * hidden, kd_init_fan(hidden));
    return kd_declare_matrix(declare, prefix, name, 4 * hidden, inputs, kd_init_fan(hidden));
}

kd_lstm kd_lstm_declare(kd_declare *declare, const char *prefix, int inputs, int hidden, int layers)
{
    kd_lstm lstm = { .layers = layers };

    for (int l = 0; l < layers; l++)
        for (int way = 0; way < 2; way++) {
            kd_lstm_weights *w = &lstm.weights[l][way];
            int              in = l == 0 ? inputs : 2 * hidden;

            w->w_ih = declare_gates(declare, prefix, "weight_ih", l, way, hidden, in);
            w->w_hh = declare_gates(declare, prefix, "weight_hh", l, way, hidden, hidden);
            kd_declare_factor(w->w_ih);
            kd_declare_factor(w->w_hh);
            w->b_ih = declare_gates(declare, prefix, "bias_ih", l, way, hidden, 0);
            w->b_hh = declare_gates(declare, prefix, "bias_hh", l, way, hidden, 0);
        }
    return lstm;
}

kd_tensor *kd_lstm_apply(const kd_lstm *lstm, kd_tape *tape, kd_tensor *x, const kd_rows *rows,
                         double dropout, kd_tensor **outputs)
{
    for (int l = 0; l < lstm->layers; l++) {
        if (l > 0) x = kd_op_dropout(tape, x, dropout);
        outputs[l] = x = kd_op_lstm(tape, x, rows, lstm->weights[l]);
    }
    return x;
}
