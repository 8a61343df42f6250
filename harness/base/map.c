/* map.c - entries in order of insertion, found through an open-addressed table of indices. */
#include "harness/base/map.h"

#include <stdlib.h>
#include <string.h>

#include "harness/base/arena.h"
#include "harness/base/status.h"
#include "harness/base/vec.h"

typedef struct {
    const char  *key; /* in the arena */
    size_t       length;
    uint64_t     hash;
    kd_map_value value;
} entry;

struct kd_map {
    kd_arena *keys;
    KD_VEC(entry) entries;
    uint32_t *slots; /* index + 1 of an entry, 0 for none */
    size_t    mask;  /* slots - 1; the count of slots is a power of two */
};

/* FNV-1a by eight bytes at a time, with a final mix. */
static uint64_t hash_of(const char *key, size_t length)
{
    uint64_t h = 0xcbf29ce484222325u ^ length;
    for (; length >= 8; key += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, key, 8);
        h = (h ^ word) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    for (; length; key++, length--) h = (h ^ (unsigned char)*key) * 0x100000001b3u;
    h ^= h >> 29;
    h *= 0xbf58476d1ce4e5b9u;
    return h ^ h >> 32;
}

kd_map *kd_map_create(void)
{
    kd_map *map = kd_alloc(1, sizeof *map);
    map->keys = kd_arena_create(1 << 14);
    map->mask = 15;
    map->slots = kd_alloc(16, sizeof *map->slots);
    return map;
}

/* The slot that holds the key, or the free one where it would go. */
static size_t find_slot(const kd_map *map, const char *key, size_t length, uint64_t hash)
{
    for (size_t at = hash & map->mask;; at = (at + 1) & map->mask) {
        if (!map->slots[at]) return at;
        const entry *e = &map->entries.items[map->slots[at] - 1];
        if (e->hash == hash && e->length == length && memcmp(e->key, key, length) == 0) return at;
    }
}

static void double_slots(kd_map *map)
{
    free(map->slots);
    map->mask = 2 * map->mask + 1;
    map->slots = kd_alloc(map->mask + 1, sizeof *map->slots);
    for (size_t i = 0; i < map->entries.count; i++) {
        size_t at = map->entries.items[i].hash & map->mask;
        while (map->slots[at]) at = (at + 1) & map->mask;
        map->slots[at] = (uint32_t)i + 1;
    }
}

size_t kd_map_put(kd_map *map, const char *key, kd_map_value value)
{
    size_t   length = strlen(key);
    uint64_t hash = hash_of(key, length);
    size_t   at = find_slot(map, key, length, hash);
    if (map->slots[at]) {
        map->entries.items[map->slots[at] - 1].value = value;
        return map->slots[at] - 1;
    }
    entry e = { kd_arena_strndup(map->keys, key, length), length, hash, value };
    kd_vec_push(&map->entries, e);
    map->slots[at] = (uint32_t)map->entries.count;
    if (4 * map->entries.count > 3 * map->mask) double_slots(map);
    return map->entries.count - 1;
}

size_t kd_map_put_number(kd_map *map, const char *key, int64_t number)
{
    return kd_map_put(map, key, (kd_map_value){ .number = number });
}

size_t kd_map_put_pointer(kd_map *map, const char *key, void *pointer)
{
    return kd_map_put(map, key, (kd_map_value){ .pointer = pointer });
}

kd_map_value *kd_map_get_n(const kd_map *map, const char *key, size_t length)
{
    size_t at = find_slot(map, key, length, hash_of(key, length));
    return map->slots[at] ? &map->entries.items[map->slots[at] - 1].value : NULL;
}

kd_map_value *kd_map_get(const kd_map *map, const char *key)
{
    return kd_map_get_n(map, key, strlen(key));
}

int64_t kd_map_number(const kd_map *map, const char *key, int64_t absent)
{
    const kd_map_value *value = kd_map_get(map, key);
    return value ? value->number : absent;
}

void *kd_map_pointer(const kd_map *map, const char *key)
{
    const kd_map_value *value = kd_map_get(map, key);
    return value ? value->pointer : NULL;
}

size_t kd_map_count(const kd_map *map)
{
    return map->entries.count;
}

const char *kd_map_key(const kd_map *map, size_t index)
{
    return map->entries.items[index].key;
}

kd_map_value *kd_map_at(const kd_map *map, size_t index)
{
    return &map->entries.items[index].value;
}

void kd_map_destroy(kd_map *map)
{
    if (!map) return;
    kd_vec_fini(&map->entries);
    kd_arena_destroy(map->keys);
    free(map->slots);
    free(map);
}
