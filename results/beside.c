/* beside.c - cells by the values that they have, and by which of the keys they lack.
 *
 * Which keys a cell lacks follows from its method and its kind, so there are a handful of such sets, however many cells.
 * For each of them a group's values without these keys are looked up.
 */
#include "results/beside.h"

#include <stdint.h>
#include <stdlib.h>

#include "harness/base/map.h"
#include "harness/base/str.h"

enum { KEYS_MOST = 64 };

struct kd_beside {
    const char *const *keys;
    size_t             key_count;
    kd_map            *places; /* values, as one text -> kd_cells */
    KD_VEC(uint64_t) lacking;  /* each set of keys that some cell lacks, the smallest first */
};

/* Replace `out` by the values but those that `lacked` has, as one text that no other values give. */
static void join(kd_str *out, const char *const *values, size_t count, uint64_t lacked)
{
    kd_str_reset(out);
    for (size_t k = 0; k < count; k++) kd_value_join(out, lacked >> k & 1 ? NULL : values[k]);
}

static uint64_t lacked_of(const char *const *values, size_t count)
{
    uint64_t lacked = 0;

    for (size_t k = 0; k < count; k++) lacked |= (uint64_t)(values[k] == NULL) << k;
    return lacked;
}

static int compare_sets(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    int      more = __builtin_popcountll(x) - __builtin_popcountll(y);

    return more != 0 ? more : (x > y) - (x < y);
}

static void note_set(kd_beside *b, uint64_t lacked)
{
    for (size_t i = 0; i < b->lacking.count; i++)
        if (b->lacking.items[i] == lacked) return;
    kd_vec_push(&b->lacking, lacked);
}

static void add_cell(kd_beside *b, const kd_record *cell, const char **values, kd_str *joined)
{
    uint64_t  lacked;
    kd_cells *place;

    for (size_t k = 0; k < b->key_count; k++) values[k] = kd_record_value(cell, b->keys[k]);
    lacked = lacked_of(values, b->key_count);
    if (lacked == 0) return; /* it stands in its own group alone */
    note_set(b, lacked);
    join(joined, values, b->key_count, lacked);
    place = kd_map_pointer(b->places, joined->text);
    if (place == NULL) {
        place = kd_alloc(1, sizeof *place);
        *place = (kd_cells)KD_VEC_INIT;
        kd_map_put_pointer(b->places, joined->text, place);
    }
    kd_vec_push(place, cell);
}

kd_beside *kd_beside_create(const kd_cells *cells, const char *const *keys, size_t key_count)
{
    kd_beside   *b = kd_alloc(1, sizeof *b);
    const char **values = kd_alloc(key_count + 1, sizeof *values);
    kd_str       joined = KD_STR_INIT;

    *b = (kd_beside){ keys, key_count, kd_map_create(), KD_VEC_INIT };
    for (size_t i = 0; i < cells->count && key_count <= KEYS_MOST; i++)
        add_cell(b, cells->items[i], values, &joined);
    if (b->lacking.count > 0)
        qsort(b->lacking.items, b->lacking.count, sizeof *b->lacking.items, compare_sets);
    kd_str_fini(&joined);
    free(values);
    return b;
}

void kd_beside_destroy(kd_beside *b)
{
    if (b == NULL) return;
    for (size_t i = 0; i < kd_map_count(b->places); i++) {
        kd_cells *place = kd_map_at(b->places, i)->pointer;
        kd_vec_fini(place);
        free(place);
    }
    kd_map_destroy(b->places);
    kd_vec_fini(&b->lacking);
    free(b);
}

void kd_beside_group(const kd_beside *b, const kd_group *group, kd_cells *out)
{
    kd_str   joined = KD_STR_INIT;
    uint64_t own = lacked_of(group->values, b->key_count);

    kd_vec_reset(out);
    for (size_t i = 0; i < b->lacking.count; i++) {
        uint64_t        lacked = b->lacking.items[i];
        const kd_cells *place;
        if ((lacked & own) != own || lacked == own) continue;
        join(&joined, group->values, b->key_count, lacked);
        place = kd_map_pointer(b->places, joined.text);
        for (size_t c = 0; place != NULL && c < place->count; c++)
            kd_vec_push(out, place->items[c]);
    }
    kd_str_fini(&joined);
}

void kd_beside_note(kd_table *table)
{
    kd_table_note(table, "a side that does not read a setting that makes groups stands beside each "
                         "of its values.");
}

void kd_beside_note_alone(kd_table *table, const kd_groups *in, const kd_cells *cells,
                          const char *whose)
{
    size_t alone = kd_groups_count_others(in, cells);

    if (alone > 0)
        kd_table_note(table, "in no row: %zu cell%s%s with nothing beside %s to compare", alone,
                      alone == 1 ? "" : "s", whose, alone == 1 ? "it" : "them");
}
