/* ledger_heap.c - a binary heap: the two below `at` are 2 at + 1 and 2 at + 2. */
#include "harness/ledger/ledger_heap.h"

#include <stddef.h>

bool kd_heap_goes_before(kd_heap_item a, kd_heap_item b)
{
    return a.key != b.key ? a.key > b.key : a.node < b.node;
}

static void rise(kd_heap *h, size_t at, kd_heap_item it)
{
    for (; at > 0 && kd_heap_goes_before(it, h->items[(at - 1) / 2]); at = (at - 1) / 2)
        h->items[at] = h->items[(at - 1) / 2];
    h->items[at] = it;
}

/* Where `it` may stand, from the hole at `at` down. */
static size_t sink(kd_heap *h, size_t at, kd_heap_item it)
{
    for (size_t child; (child = 2 * at + 1) < h->count; at = child) {
        if (child + 1 < h->count && kd_heap_goes_before(h->items[child + 1], h->items[child]))
            child++;
        if (!kd_heap_goes_before(h->items[child], it)) break;
        h->items[at] = h->items[child];
    }
    return at;
}

static void take_out(kd_heap *h, size_t at)
{
    kd_heap_item last = h->items[--h->count];
    if (at < h->count) rise(h, sink(h, at, last), last);
}

void kd_heap_push(kd_heap *h, double key, uint32_t node)
{
    kd_heap_item it = { key, node };
    kd_vec_push(h, it);
    rise(h, h->count - 1, it);
}

uint32_t kd_heap_pop(kd_heap *h)
{
    uint32_t top = h->items[0].node;
    take_out(h, 0);
    return top;
}

void kd_heap_remove(kd_heap *h, uint32_t node)
{
    size_t at = 0;
    while (h->items[at].node != node) at++;
    take_out(h, at);
}
