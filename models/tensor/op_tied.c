/* op_tied.c - logits of words from a decoder that is tied to narrower word vectors.
 *
 *     y = x [word | rest^T]^T + b = x_E word^T + x_R rest + b
 *
 * x (N,E+R) has its first E columns in x_E; word (V,E) is the embedding as it stands, rest (R,V) as
 * MobileBERT publishes it. Neither the joined matrix nor a sum of two y is made.
 *
 *     dx_E = dy word    dx_R = dy rest^T    dword += dy^T x_E    drest += x_R^T dy    db += dy
 */
#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/gemm.h"
#include "models/tensor/kernels.h"
#include "models/tensor/op.h"
#include "models/tensor/parallel.h"
#include "models/tensor/params.h"

enum { X, WORD, REST, BIAS, ARITY };

static void tied_forward(kd_tensor *y)
{
    const kd_tensor *x = y->in[X], *word = y->in[WORD], *rest = y->in[REST], *b = y->in[BIAS];
    kd_precision     precision = kd_tape_precision(y->tape);
    kd_packed       *w = kd_param_packed(word, precision), *r = kd_param_packed(rest, precision);

    if (y->n == 0) return;
    if (w) {
        kd_packed_apply(w, y->n, x->x, x->d, b->x, 0.0f, y->x, y->d);
    } else {
        for (int n = 0; n < y->n; n++)
            memcpy(kd_tensor_row(y, n), b->x, (size_t)y->d * sizeof *b->x);
        kd_gemm(precision, false, true, y->n, y->d, word->d, 1.0f, x->x, x->d, word->x, word->d,
                1.0f, y->x, y->d);
    }
    if (r)
        kd_packed_apply_transposed(r, y->n, x->x + word->d, x->d, 1.0f, y->x, y->d);
    else
        kd_gemm(precision, false, false, y->n, y->d, rest->n, 1.0f, x->x + word->d, x->d, rest->x,
                rest->d, 1.0f, y->x, y->d);
}

static void give_to_input(kd_tensor *y)
{
    kd_tensor   *x = y->in[X], *word = y->in[WORD], *rest = y->in[REST];
    kd_precision precision = kd_tape_precision(y->tape);
    kd_packed   *w = kd_param_packed(word, precision), *r = kd_param_packed(rest, precision);
    float        beta = kd_grad_beta(x);

    if (w)
        kd_packed_apply_transposed(w, y->n, y->g, y->d, beta, x->g, x->d);
    else
        kd_gemm(precision, false, false, y->n, word->d, y->d, 1.0f, y->g, y->d, word->x, word->d,
                beta, x->g, x->d);
    if (r)
        kd_packed_apply(r, y->n, y->g, y->d, NULL, beta, x->g + word->d, x->d);
    else
        kd_gemm(precision, false, true, y->n, rest->n, y->d, 1.0f, y->g, y->d, rest->x, rest->d,
                beta, x->g + word->d, x->d);
}

static void bias_columns(void *user, int begin, int end)
{
    kd_tensor *y = user;
    kd_columns_add(y->n, y->d, y->g, begin, end, y->in[BIAS]->g);
}

static void tied_backward(kd_tensor *y)
{
    const kd_tensor *x = y->in[X];
    kd_tensor       *word = y->in[WORD], *rest = y->in[REST];
    kd_precision     precision = kd_tape_precision(y->tape);

    if (y->n == 0) return;
    if (kd_grad(y->in[BIAS])) kd_parallel(kd_tape_threads(y->tape), y->d, 64, bias_columns, y);
    if (word->wants_grad) {
        float beta = kd_grad_beta(word);
        kd_gemm(precision, true, false, word->n, word->d, y->n, 1.0f, y->g, y->d, x->x, x->d, beta,
                word->g, word->d);
    }
    if (rest->wants_grad) {
        float beta = kd_grad_beta(rest);
        kd_gemm(precision, true, false, rest->n, rest->d, y->n, 1.0f, x->x + word->d, x->d, y->g,
                y->d, beta, rest->g, rest->d);
    }
    if (x->wants_grad) give_to_input(y);
}

static const kd_op tied_op = { "tied words", tied_forward, tied_backward };

kd_tensor *kd_op_tied(kd_tape *tape, kd_tensor *x, kd_tensor *word, kd_tensor *rest,
                      kd_tensor *bias)
{
    KD_CHECK(x->d == word->d + rest->n, "tied: x has %d features, words %d and the rest %d", x->d,
             word->d, rest->n);
    KD_CHECK(rest->d == word->n && bias->n == 1 && bias->d == word->n,
             "tied: %d words, %d in the rest, %d in the bias", word->n, rest->d, bias->d);
    return kd_tape_record(tape, &tied_op, x->n, word->n, NULL, ARITY,
                          (kd_tensor *[]){ x, word, rest, bias });
}
