/* op.h - every operation that a tape can record.
 *
 * An op is one file, op_<family>.c: its formula, forward, backward, and the struct that joins
 * them. Each function here computes at once, records, and returns a tensor that lives until
 * kd_tape_reset(). Shapes that cannot meet are bugs. What is given by pointer (rows, picks,
 * labels, targets) is borrowed until then.
 */
#ifndef KD_TENSOR_OP_H
#define KD_TENSOR_OP_H

#include "models/tensor/tape.h"

/* ---- element-wise (op_unary.c, op_dropout.c) ---- */

typedef enum {
    KD_IDENTITY,
    KD_RELU,
    KD_GELU,      /* x Phi(x) with erf, as the BERT checkpoints were trained with */
    KD_GELU_TANH, /* its tanh form, as ALBERT's */
    KD_TANH,
    KD_SIGMOID,
} kd_activation;

kd_tensor *kd_op_activate(kd_tape *tape, kd_tensor *x, kd_activation f);

/* x itself when not training. A row of x is one of the tape's pieces; with `_of` it is one of its sentences, or x is
 * `heads` maps of each. */
kd_tensor *kd_op_dropout(kd_tape *tape, kd_tensor *x, double p);
kd_tensor *kd_op_dropout_of_sentences(kd_tape *tape, kd_tensor *x, double p);
kd_tensor *kd_op_dropout_of_maps(kd_tape *tape, kd_tensor *x, int heads, double p);

/* ---- products (op_linear.c, op_tied.c) ---- */

/* y = f(x W^T + b): x (N,I), weight (O,I), bias (1,O) or NULL -> (N,O) */
kd_tensor *kd_op_linear(kd_tape *tape, kd_tensor *x, kd_tensor *weight, kd_tensor *bias,
                        kd_activation f);

/* y = x [word | rest^T]^T + bias: a decoder over words whose vectors are narrower than x, and what
 * widens them is a matrix of its own. x (N,E+R), word (V,E), rest (R,V), bias (1,V) -> (N,V) */
kd_tensor *kd_op_tied(kd_tape *tape, kd_tensor *x, kd_tensor *word, kd_tensor *rest,
                      kd_tensor *bias);

/* ---- lookups and rows (op_embed.c, op_rows.c) ---- */

/* y_n = word[ids[n]] + position[first + n - its sentence's begin] + segment[segments[n]];
 * `position` and `segment` may be NULL, `segments` NULL means all 0. */
kd_tensor *kd_op_embed(kd_tape *tape, const int32_t *ids, const int32_t *segments,
                       const kd_rows *rows, kd_tensor *word, kd_tensor *position, int first,
                       kd_tensor *segment);

/* table[n - mark[b]] for every row n of sentence b, the difference held within -L .. L: how far
 * each piece is from a marked one. table (2L+2,D) begins with -L; its last row is for a sentence
 * without mark. mark (B): a row counted from the sentence's begin, or -1. -> (N,D) */
kd_tensor *kd_op_distance(kd_tape *tape, const kd_rows *rows, const int32_t *mark,
                          kd_tensor *table);

/* [x_n+1 x_n x_n-1], 0 beyond the ends of a sentence: (N,D) -> (N,3D), MobileBERT's order. */
kd_tensor *kd_op_trigram(kd_tape *tape, kd_tensor *x, const kd_rows *rows);

/* The chosen rows of x: (pick->count, D); the first row of every sentence: (B, D). */
kd_tensor *kd_op_rows(kd_tape *tape, kd_tensor *x, const kd_pick *pick);

/* Of x (N,K) the columns of each sentence as rows: (B K, T) with T the longest sentence's rows. Row b K + k has
 * column k of sentence b's rows and zeroes behind; kd_turn_widths says how many are real. */
kd_tensor     *kd_op_turn(kd_tape *tape, kd_tensor *x, const kd_rows *rows);
const kd_pick *kd_turn_widths(kd_tape *tape, const kd_rows *rows, int k);

/* The same of plain numbers (N,K); both live until the tape is reset. */
const float *kd_turn(kd_tape *tape, const float *x, int k, const kd_rows *rows);
kd_tensor   *kd_op_first(kd_tape *tape, kd_tensor *x, const kd_rows *rows);

/* Tensors of equal N beside each other: (N, D1+D2+...). */
kd_tensor *kd_op_concat(kd_tape *tape, int count, kd_tensor *const *parts);

/* ---- one row for each sentence (op_pool.c): (N,D) -> (B,D); 0 for a sentence without rows ---- */

/* The largest of every feature; its gradient goes to the first row that has it. */
kd_tensor *kd_op_max_pool(kd_tape *tape, kd_tensor *x, const kd_rows *rows);

/* sum_n a_n x_n with a the softmax of scores (N,1) over the sentence. */
kd_tensor *kd_op_attention_pool(kd_tape *tape, kd_tensor *x, kd_tensor *scores,
                                const kd_rows *rows);

/* ---- norms (op_norm.c) ---- */

/* weight * (x - mean) / sqrt(variance + eps) + bias over each row; residual may be NULL, else
 * x + residual is normalised. */
kd_tensor *kd_op_layer_norm(kd_tape *tape, kd_tensor *x, kd_tensor *residual, kd_tensor *weight,
                            kd_tensor *bias, double eps);

/* weight * (x + residual) + bias, element by element (MobileBERT's NoNorm); residual may be NULL. */
kd_tensor *kd_op_no_norm(kd_tape *tape, kd_tensor *x, kd_tensor *residual, kd_tensor *weight,
                         kd_tensor *bias);

/* ---- attention (op_attention.c) ---- */

/* Maps of one layer are 1-D: for each sentence, for each head, the T x T block of its queries
 * (rows) by keys (columns), one after another. */
size_t kd_maps_length(const kd_rows *rows, int heads);
size_t kd_maps_offset(const kd_rows *rows, int heads, int sentence, int head);

typedef struct {
    bool scores, probs; /* which maps to hand out */
} kd_attention_wants;

typedef struct {
    kd_tensor *context; /* (N,D) outputs of all heads beside each other */
    kd_tensor *scores;  /* (1,M) q k / sqrt(D/A) before softmax, or NULL; gradients flow */
    kd_tensor *probs;   /* (1,M) softmax of it, before dropout, or NULL; gradients flow */
} kd_attention_outputs;

/* Softmax attention inside each sentence: q, k, v (N,D), each of A heads side by side. `p` is the
 * dropout of the probabilities. Its small products are f32 at every precision. */
kd_attention_outputs kd_op_attention(kd_tape *tape, kd_tensor *q, kd_tensor *k, kd_tensor *v,
                                     const kd_rows *rows, int heads, double p,
                                     kd_attention_wants wants);

/* The same, but nobody looks at the first row of a sentence, unless it is the only one: its probabilities are 0, and
 * its scores those of before. */
kd_attention_outputs kd_op_attention_but_first(kd_tape *tape, kd_tensor *q, kd_tensor *k,
                                               kd_tensor *v, const kd_rows *rows, int heads,
                                               double p, kd_attention_wants wants);

/* ---- recurrent and convolution (op_lstm.c, op_conv.c) ---- */

/* One direction of one layer; PyTorch's gate order i f g o and its two bias vectors. */
typedef struct {
    kd_tensor *w_ih; /* (4H,I) */
    kd_tensor *w_hh; /* (4H,H) */
    kd_tensor *b_ih; /* (1,4H) */
    kd_tensor *b_hh; /* (1,4H) */
} kd_lstm_weights;

/* x (N,I) -> (N,2H): left to right in the first H columns, right to left in the others. Every
 * sentence starts from zero states at its own end. */
kd_tensor *kd_op_lstm(kd_tape *tape, kd_tensor *x, const kd_rows *rows,
                      const kd_lstm_weights direction[2]);

/* Convolution of odd width K along each sentence, zeros beyond its ends: x (N,I),
 * weight (O, I*K) as PyTorch's (O,I,K), bias (1,O) -> (N,O). */
kd_tensor *kd_op_conv(kd_tape *tape, kd_tensor *x, const kd_rows *rows, kd_tensor *weight,
                      kd_tensor *bias, int width);

/* ---- linear-chain CRF (op_crf.c): f32 at every precision ---- */

enum { KD_CRF_TAGS_MAX = 256 };

/* The score of tags y_1 .. y_T of a chain is
 *
 *     start[y_1] + sum_t x_t[y_t] + sum_t transitions[y_t][y_t+1] + end[y_T]
 *
 * and their probability e^score, divided by the sum of it over all tags that no step forbids. */
typedef struct {
    kd_tensor     *transitions; /* (K,K) from the row's tag to the column's */
    kd_tensor     *start, *end; /* (1,K) */
    const uint8_t *forbidden;   /* (K+1,K+1) 1: the column may not follow the row; K is what stands
                                   before and behind a chain. NULL: all may */
} kd_crf_weights;

/* Rows that follow one another: chain c is row[rows.begin[c]] .. row[rows.begin[c+1]-1]. No row
 * is in two chains. */
typedef struct {
    kd_rows        rows;
    const int32_t *row;
} kd_chains;

/* One chain for each sentence, of its rows with labels[n] >= 0. Lives until reset. */
kd_chains kd_chains_of(kd_tape *tape, const kd_rows *rows, const int32_t *labels);

/* Of those chains, sum of -log p(labels), divided by the number of their rows, so that it is as
 * large as a cross-entropy: (1,1). x (N,K), labels (N). A step that labels take is not forbidden
 * at its place: a sentence that was cut may end inside a span. */
kd_tensor *kd_op_crf_loss(kd_tape *tape, kd_tensor *x, const kd_crf_weights *weights,
                          const kd_rows *rows, const int32_t *labels);

/* log p(tag k at row n), over all allowed tags of the rest of its chain: (N,K), rows outside of
 * chains 0. Gradients flow, also through what this row's tags say of others. A tag that no allowed
 * chain has there is KD_CRF_NEVER, and nothing flows through it. */
#define KD_CRF_NEVER (-100.0f)
kd_tensor *kd_op_crf_marginals(kd_tape *tape, kd_tensor *x, const kd_crf_weights *weights,
                               const kd_chains *chains);

/* The tags of highest score of every chain into out[row]; other rows are left alone. Of equal
 * scores the lower tag wins, from the end on. Nothing is recorded. */
void kd_op_crf_decode(kd_tape *tape, const kd_tensor *x, const kd_crf_weights *weights,
                      const kd_chains *chains, int32_t *out);

/* ---- losses (op_loss_*.c): (1,1), reduced in double; gradients reach x alone ---- */

/* Every loss looks at the rows of `pick` and the columns of each that it counts, or at all when it is NULL. A
 * mean over nothing is 0. */

/* Mean over rows and columns of (x - target)^2; target (N,D). */
kd_tensor *kd_op_mse(kd_tape *tape, kd_tensor *x, const float *target, const kd_pick *pick);

/* Mean over rows with label >= 0 of -sum_c q_c log softmax(x)_c, q = 1 - smoothing on the label,
 * smoothing/(C-1) elsewhere. labels (N). */
kd_tensor *kd_op_cross_entropy(kd_tape *tape, kd_tensor *x, const int32_t *labels,
                               double smoothing);

/* The same over rows of a pick, which all have labels. */
kd_tensor *kd_op_cross_entropy_of(kd_tape *tape, kd_tensor *x, const int32_t *labels,
                                  double smoothing, const kd_pick *pick);

/* Mean over rows of -sum_c softmax(target/T)_c log softmax(x/T)_c; target logits (N,C). */
kd_tensor *kd_op_soft_cross_entropy(kd_tape *tape, kd_tensor *x, const float *target,
                                    double temperature, const kd_pick *pick);

/* T^2 * mean over rows of KL(softmax(target/T) || softmax(x/T)); target logits (N,C). */
kd_tensor *kd_op_kl(kd_tape *tape, kd_tensor *x, const float *target, double temperature,
                    const kd_pick *pick);

/* Mean over rows of the entropy -sum_c p_c log p_c, p = softmax(x). Subtract it for the
 * confidence penalty. */
kd_tensor *kd_op_entropy(kd_tape *tape, kd_tensor *x, const kd_pick *pick);

/* Mean over rows and columns of binary cross-entropy of sigmoid(x) with target in [0,1]. */
kd_tensor *kd_op_binary_cross_entropy(kd_tape *tape, kd_tensor *x, const float *target,
                                      const kd_pick *pick);

/* Mean over rows and columns of the entropy -p log p - (1-p) log(1-p), p = sigmoid(x). */
kd_tensor *kd_op_binary_entropy(kd_tape *tape, kd_tensor *x, const kd_pick *pick);

/* Mean over rows of 1 - cos(x, target), 1e-12 added to both squared norms. */
kd_tensor *kd_op_cosine(kd_tape *tape, kd_tensor *x, const float *target, const kd_pick *pick);

/* SUM over rows and columns of (x+m)^2 where x > -m and target <= 0, (x-m)^2 where x <= m and
 * target > 0: the activation boundary. */
kd_tensor *kd_op_boundary(kd_tape *tape, kd_tensor *x, const float *target, double margin,
                          const kd_pick *pick);

/* Mean over EVERY element of (t+1e-12) (log(t+1e-12) - log(x+1e-12)), x and t probability maps. */
kd_tensor *kd_op_map_kl(kd_tape *tape, kd_tensor *x, const float *target);

/* sum_i weight_i * term_i of scalars: the total loss. */
kd_tensor *kd_op_weighted_sum(kd_tape *tape, int count, kd_tensor *const *terms,
                              const double *weights);

#endif
