/* vec.c - the growth that the macros of vec.h share. */
#include "harness/base/vec.h"

#include <stdlib.h>

#include "harness/base/status.h"

void *kd_vec_grow(void *items, size_t count, size_t extra, size_t *capacity, size_t item_size)
{
    if (extra <= *capacity - count) return items;
    size_t room = *capacity ? *capacity + *capacity / 2 : 8;
    if (room < count + extra) room = count + extra;
    *capacity = room;
    /* The first room is often all there will be, so it may lie in large pages. */
    return items ? kd_realloc(items, room, item_size) : kd_alloc(room, item_size);
}

void kd_vec_free(void *items)
{
    free(items);
}
