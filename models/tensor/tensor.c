/* tensor.c - gradients come into being when somebody first adds to them. */
#include "models/tensor/tensor.h"

#include <string.h>

#include "harness/base/status.h"
#include "models/tensor/tape.h"

/* Allocate x->g if need be. True when nobody has written to it yet. */
static bool open_gradient(kd_tensor *x)
{
    if (x->has_grad) return false;
    if (!x->g) x->g = kd_tape_alloc(x->tape, kd_tensor_len(x), sizeof(float));
    x->has_grad = true;
    return true;
}

float *kd_grad(kd_tensor *x)
{
    if (!x || !x->wants_grad) return NULL;
    if (open_gradient(x)) memset(x->g, 0, kd_tensor_len(x) * sizeof(float));
    return x->g;
}

bool kd_grad_take_over(kd_tensor *x, kd_tensor *y)
{
    KD_CHECK(kd_tensor_len(x) == kd_tensor_len(y), "a gradient of %zu taken over by %zu",
             kd_tensor_len(y), kd_tensor_len(x));
    if (!x->wants_grad || x->has_grad || x->g) return false;
    x->g = y->g;
    x->has_grad = true;
    return true;
}

float kd_grad_beta(kd_tensor *x)
{
    KD_CHECK(x->wants_grad, "a gradient is written that nobody wants");
    return open_gradient(x) ? 0.0f : 1.0f;
}
