/* same.h - two networks with the same weights, name by name and bit by bit. */
#ifndef KD_TESTS_WEIGHTS_SAME_H
#define KD_TESTS_WEIGHTS_SAME_H

#include <string.h>

#include "models/weights/pretrained.h"
#include "tests/support/support.h"

static inline void assert_same(const kd_pretrained *a, const kd_pretrained *b)
{
    assert_int_equal(kd_params_count(a->params), kd_params_count(b->params));
    for (int i = 0; i < kd_params_count(a->params); i++) {
        const kd_param *p = kd_params_at(a->params, i), *q = kd_params_at(b->params, i);
        assert_string_equal(p->name, q->name);
        assert_memory_equal(kd_param_block(a->params, p, KD_VALUES),
                            kd_param_block(b->params, q, KD_VALUES), p->length * sizeof(float));
    }
}

#endif
