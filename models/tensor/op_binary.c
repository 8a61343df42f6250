/* op_binary.c - y = a + b, the residual: both receive dy. */
#include "harness/base/status.h"
#include "models/tensor/kernels.h"
#include "models/tensor/op.h"

static void add_forward(kd_tensor *y)
{
    kd_vector_add(kd_tensor_len(y), y->in[0]->x, y->in[1]->x, y->x);
}

static void add_backward(kd_tensor *y)
{
    float *g = kd_grad(y->in[1]);

    if (g) kd_vector_add(kd_tensor_len(y), g, y->g, g);
    if (kd_grad_take_over(y->in[0], y)) return;
    g = kd_grad(y->in[0]);
    if (g) kd_vector_add(kd_tensor_len(y), g, y->g, g);
}

static const kd_op add_op = { "add", add_forward, add_backward };

kd_tensor *kd_op_add(kd_tape *tape, kd_tensor *a, kd_tensor *b)
{
    KD_CHECK(a->n == b->n && a->d == b->d, "add: %d x %d and %d x %d", a->n, a->d, b->n, b->d);
    return kd_tape_record(tape, &add_op, a->n, a->d, NULL, 2, (kd_tensor *[]){ a, b });
}
