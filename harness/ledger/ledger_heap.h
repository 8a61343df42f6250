/* ledger_heap.h - nodes in an order that changes: the one that goes first on top. */
#ifndef KD_LEDGER_LEDGER_HEAP_H
#define KD_LEDGER_LEDGER_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/base/vec.h"

/* The largest key on top; among equal keys the smallest node, so that the order is the same in
 * every run. */
typedef struct {
    double   key;
    uint32_t node;
} kd_heap_item;
typedef KD_VEC(kd_heap_item) kd_heap;

bool     kd_heap_goes_before(kd_heap_item a, kd_heap_item b);
void     kd_heap_push(kd_heap *heap, double key, uint32_t node);
uint32_t kd_heap_pop(kd_heap *heap);

/* Take out a node that is there, at once when it is on top. */
void kd_heap_remove(kd_heap *heap, uint32_t node);

#endif
