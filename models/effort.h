/* effort.h - what the work of a network is made of, as far as it matters to a clock.
 *
 * Operations alone say little: a thousand small products, each of one step in time, take longer than
 * one large one, and norms or gates take time without any product. Work is therefore counted in six
 * kinds, each of which a machine does at a pace of its own (harness/plan/rates.h). All is for one pass
 * forward and for one token of a sentence of some length; `steps` is for a whole batch, whose sentences
 * take a step in time together:
 *
 *     forward pass of N tokens, the longest sentence L  =  N * (products ... curves)  +  L * steps
 *
 * A kind of network adds up what its layers do (model.h). Each function below adds one layer.
 */
#ifndef KD_MODELS_EFFORT_H
#define KD_MODELS_EFFORT_H

typedef struct {
    double products;  /* multiplications and additions of products with weights */
    double passed;    /* numbers that go into those products and come out */
    double attention; /* multiplications and additions between the tokens of a sentence */
    double values;    /* numbers that are looked up, added, dropped or normed */
    double curves;    /* numbers that go through exponentials: activations, gates, softmax */
    double steps;     /* small products, for each step in time */
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
