/* id_map.c - open addressing, one slot after another. */
#include "harness/plan/id_map.h"

#include <stdlib.h>

struct kd_id_slot {
    kd_id   id;
    int32_t number;
};

static void allocate(kd_id_map *map, size_t capacity)
{
    map->slots = kd_alloc(capacity, sizeof *map->slots);
    map->capacity = capacity;
    map->count = 0;
    for (size_t i = 0; i < capacity; i++) map->slots[i].number = -1;
}

void kd_id_map_init(kd_id_map *map, size_t expected)
{
    size_t capacity = 16;
    while (capacity < 2 * expected) capacity *= 2;
    allocate(map, capacity);
}

/* The id's slot, or the free one where it would stand. */
static struct kd_id_slot *slot_of(const kd_id_map *map, kd_id id)
{
    size_t mask = map->capacity - 1, i = (size_t)id.low & mask;
    while (map->slots[i].number >= 0 && !kd_id_equal(map->slots[i].id, id)) i = (i + 1) & mask;
    return &map->slots[i];
}

int32_t kd_id_map_get(const kd_id_map *map, kd_id id)
{
    return map->capacity ? slot_of(map, id)->number : -1;
}

static void grow(kd_id_map *map)
{
    kd_id_map old = *map;
    allocate(map, old.capacity ? old.capacity * 2 : 16);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].number >= 0) kd_id_map_put(map, old.slots[i].id, old.slots[i].number);
    free(old.slots);
}

void kd_id_map_put(kd_id_map *map, kd_id id, int32_t number)
{
    if (2 * (map->count + 1) > map->capacity) grow(map);
    struct kd_id_slot *slot = slot_of(map, id);
    map->count += slot->number < 0;
    *slot = (struct kd_id_slot){ id, number };
}

void kd_id_map_fini(kd_id_map *map)
{
    free(map->slots);
    *map = (kd_id_map){ NULL, 0, 0 };
}
