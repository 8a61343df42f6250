/* pairs.c - cells by the values of their keys, looked up from the other side. */
#include "results/pairs.h"

#include <stdlib.h>

#include "harness/base/map.h"

const char **kd_pairs_keys(const kd_cells *a, const kd_cells *b, kd_arena *arena, size_t *count)
{
    size_t       a_count, b_count;
    const char **a_keys = kd_cells_varying(a, arena, &a_count);
    const char **b_keys = kd_cells_varying(b, arena, &b_count);
    const char **keys = kd_arena_alloc(arena, a_count + b_count + 1, sizeof *keys);
    kd_map      *seen = kd_map_create();

    for (size_t i = 0; i < a_count; i++) kd_map_put_number(seen, a_keys[i], 0);
    for (size_t i = 0; i < b_count; i++) kd_map_put_number(seen, b_keys[i], 0);
    *count = kd_map_count(seen);
    for (size_t i = 0; i < *count; i++) keys[i] = kd_arena_strdup(arena, kd_map_key(seen, i));
    kd_map_destroy(seen);
    return keys;
}

/* Cells of the group by their values; values that come twice are of no use and lead to NULL. */
static kd_map *index_group(const kd_group *group, const char *const *keys, size_t key_count)
{
    kd_map *cells = kd_map_create();
    kd_str  joined = KD_STR_INIT;

    for (size_t i = 0; i < group->count; i++) {
        bool is_new;
        kd_record_join(&joined, group->cells[i], keys, key_count);
        is_new = kd_map_get(cells, joined.text) == NULL;
        kd_map_put_pointer(cells, joined.text, is_new ? (void *)group->cells[i] : NULL);
    }
    kd_str_fini(&joined);
    return cells;
}

void kd_pairs_find(kd_pairs *out, const kd_group *a, const kd_group *b, const char *const *keys,
                   size_t key_count, const kd_metric *metric)
{
    kd_map *a_cells = index_group(a, keys, key_count), *b_cells = index_group(b, keys, key_count);

    for (size_t i = 0; i < kd_map_count(a_cells); i++) {
        kd_pair p = { kd_map_at(a_cells, i)->pointer,
                      kd_map_pointer(b_cells, kd_map_key(a_cells, i)) };
        double  number;
        if (p.a != NULL && p.b != NULL && kd_metric_read(metric, p.a, &number) &&
            kd_metric_read(metric, p.b, &number))
            kd_vec_push(out, p);
    }
    kd_map_destroy(a_cells);
    kd_map_destroy(b_cells);
}

double *kd_pairs_differences(const kd_pairs *pairs, const kd_metric *metric)
{
    double *difference = kd_alloc(pairs->count + 1, sizeof *difference), a = 0, b = 0;

    for (size_t i = 0; i < pairs->count; i++) {
        kd_metric_read(metric, pairs->items[i].a, &a);
        kd_metric_read(metric, pairs->items[i].b, &b);
        difference[i] = a - b;
    }
    return difference;
}
