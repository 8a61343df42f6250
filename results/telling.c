/* telling.c - keys by what they are about; then those that make more groups. */
#include "results/telling.h"

#include <stdlib.h>
#include <string.h>

/* What a study is about is asked first, so that what only follows from it is not needed: of a teacher the kind, and not how
 * many layers such a teacher has. */
static int rank_of(const char *key)
{
    static const char *const first[] = { "data.corpus", "task", "distill.method", "student.kind" };
    enum { FIRST = sizeof first / sizeof *first };
    int rank = 0;

    while (rank < FIRST && strcmp(key, first[rank]) != 0) rank++;
    if (rank < FIRST) return rank;
    return kd_starts_with(key, "student.") ? FIRST
           : kd_ends_with(key, ".kind")    ? FIRST + 1
                                           : FIRST + 2;
}

static int by_rank(const void *a, const void *b)
{
    const char *ka = *(const char *const *)a, *kb = *(const char *const *)b;
    int         ra = rank_of(ka), rb = rank_of(kb);
    return ra != rb ? ra - rb : strcmp(ka, kb);
}

/* The seed is repetition; ids of inputs follow from settings, and versions are no settings. */
static bool is_repetition(const char *key)
{
    return strcmp(key, "seed") == 0 || kd_ends_with(key, ".seed") ||
           kd_starts_with(key, "version.") || kd_starts_with(key, "input.");
}

/* Move what only repeats to the end, in its order; how many there are before. */
static size_t part(const char **keys, size_t count, kd_arena *arena)
{
    const char **last = kd_arena_alloc(arena, count + 1, sizeof *last);
    size_t       kept = 0, moved = 0;

    for (size_t k = 0; k < count; k++) {
        if (is_repetition(keys[k]))
            last[moved++] = keys[k];
        else
            keys[kept++] = keys[k];
    }
    memcpy(keys + kept, last, moved * sizeof *keys);
    return kept;
}

const char **kd_cells_telling(const kd_cells *cells, kd_arena *arena, size_t *telling,
                              size_t *count)
{
    const char **keys = kd_cells_varying(cells, arena, count), **told, **rest;
    size_t       asked, all, groups = 1, others = 0;

    qsort(keys, *count, sizeof *keys, by_rank);
    asked = part(keys, *count, arena);
    all = kd_cells_count_groups(cells, keys, asked);
    told = kd_arena_alloc(arena, asked + 1, sizeof *told);
    rest = kd_arena_alloc(arena, asked + 1, sizeof *rest);
    *telling = 0;
    for (size_t k = 0; k < asked; k++) {
        size_t finer = groups;
        told[*telling] = keys[k];
        if (groups < all) finer = kd_cells_count_groups(cells, told, *telling + 1);
        if (finer > groups)
            (*telling)++;
        else
            rest[others++] = keys[k];
        groups = finer;
    }
    memcpy(keys, told, *telling * sizeof *keys);
    memcpy(keys + *telling, rest, others * sizeof *keys);
    return keys;
}
