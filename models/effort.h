/* effort.h - what the work of a network is made of, as far as it matters to a clock.
 *
 * Operations alone say little: norms and gates take time without any product, and narrow products more
 * of it than wide ones. Work is therefore counted in seven kinds, each of which a machine does at a rate
 * of its own (harness/plan/rates.h): for one pass forward and one token of a sentence of some length.
 *
 * A kind of network adds up what its layers do (model.h). Each function below adds one layer.
 */
#ifndef KD_MODELS_EFFORT_H
#define KD_MODELS_EFFORT_H

typedef struct {
    double products;  /* multiplications and additions of products with weights */
    double recurrent; /* the same of those that are done step by step in time */
    double passed;    /* numbers that go into products and come out */
    double attention; /* multiplications and additions between the tokens of a sentence */
    double maps;      /* numbers of attention maps: softmax and dropout */
    double values;    /* numbers that are looked up, added, dropped or normed */
    double curves;    /* numbers that go through exponentials: activations, gates, losses */
} kd_effort;

/* x W^T + b from `in` to `out` features, by itself and with an activation. */
void kd_effort_linear(kd_effort *effort, double in, double out);
void kd_effort_activated(kd_effort *effort, double in, double out);

/* A bidirectional LSTM layer of `hidden` units a direction. */
void kd_effort_lstm(kd_effort *effort, double in, double hidden);

/* Multi-head attention between `length` tokens, without the products before and behind it. */
void kd_effort_attention(kd_effort *effort, double hidden, double heads, double length);

/* So much again that is done once for a sentence of this length. */
void kd_effort_add_once(kd_effort *effort, const kd_effort *more, double length);

/* Multiply-adds times two. */
double kd_effort_operations(const kd_effort *effort);

#endif
