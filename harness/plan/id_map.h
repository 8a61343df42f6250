/* id_map.h - a table from ids to small numbers, for millions of them.
 *
 * An id is well spread already, so its own bits choose the slot; a slot is 24 bytes and the
 * table at most half full.
 */
#ifndef KD_PLAN_ID_MAP_H
#define KD_PLAN_ID_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/digest.h"

typedef struct {
    struct kd_id_slot *slots; /* a slot of number -1 is free */
    size_t             capacity, count;
} kd_id_map;

/* Room for about `expected` ids. Zeroed storage is an empty map too. */
void kd_id_map_init(kd_id_map *map, size_t expected);

int32_t kd_id_map_get(const kd_id_map *map, kd_id id); /* -1 when absent */
void    kd_id_map_put(kd_id_map *map, kd_id id, int32_t number);

void kd_id_map_fini(kd_id_map *map);

#endif
