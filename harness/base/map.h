/* map.h - a table from text to a number or a pointer, in order of insertion.
 *
 * Keys are copied. A lookup is one hash and about one comparison; walking goes by index
 * from 0 to count in the order in which the keys came, so output never depends on hashing.
 */
#ifndef KD_BASE_MAP_H
#define KD_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kd_map kd_map;

typedef union {
    void   *pointer;
    int64_t number;
} kd_map_value;

kd_map *kd_map_create(void);

/* Put or replace; the map owns a copy of the key and never the value. Returns the key's index. */
size_t kd_map_put(kd_map *map, const char *key, kd_map_value value);
size_t kd_map_put_number(kd_map *map, const char *key, int64_t number);
size_t kd_map_put_pointer(kd_map *map, const char *key, void *pointer);

/* The value's place, or NULL when the key is absent. It lives until the next put.
 * The _n form takes a key that no NUL ends. */
kd_map_value *kd_map_get(const kd_map *map, const char *key);
kd_map_value *kd_map_get_n(const kd_map *map, const char *key, size_t length);
int64_t       kd_map_number(const kd_map *map, const char *key, int64_t absent);
void         *kd_map_pointer(const kd_map *map, const char *key);

/* Walk: keys and values by index. */
size_t        kd_map_count(const kd_map *map);
const char   *kd_map_key(const kd_map *map, size_t index);
kd_map_value *kd_map_at(const kd_map *map, size_t index);

void kd_map_destroy(kd_map *map);

#endif
