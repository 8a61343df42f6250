/* op_softmax.c - y_d = e^(x_d) / sum e^x over each row; dx_d += y_d (dy_d - sum dy y). */
#include "models/tensor/kernels.h"
#include "models/tensor/op.h"
#include "models/tensor/simd.h"

static void softmax_forward(kd_tensor *y)
{
    for (int n = 0; n < y->n; n++)
        kd_row_softmax(y->d, kd_tensor_row(y->in[0], n), kd_tensor_row(y, n));
}

KD_SIMD static void row_back(int d, const float *y, const float *gy, float *gx)
{
    float dot = 0.0f;

#pragma omp simd reduction(+ : dot)
    for (int i = 0; i < d; i++) dot += y[i] * gy[i];
    for (int i = 0; i < d; i++) gx[i] += y[i] * (gy[i] - dot);
}

static void softmax_backward(kd_tensor *y)
{
    float *g = kd_grad(y->in[0]);
    size_t d = (size_t)y->d;

    for (int n = 0; n < y->n; n++)
        row_back(y->d, kd_tensor_row(y, n), y->g + (size_t)n * d, g + (size_t)n * d);
}

static const kd_op softmax_op = { "softmax", softmax_forward, softmax_backward };

kd_tensor *kd_op_softmax(kd_tape *tape, kd_tensor *x)
{
    return kd_tape_record(tape, &softmax_op, x->n, x->d, NULL, 1, &x);
}
