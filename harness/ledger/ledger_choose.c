/* ledger_choose.c - longest path first; wide nodes out of turn; gaps filled. */
#include <math.h>
#include <stdlib.h>

#include "harness/ledger/ledger_internal.h"

typedef struct {
    double when_s;
    int    cores;
} ending;

static int by_end(const void *a, const void *b)
{
    double first = ((const ending *)a)->when_s, second = ((const ending *)b)->when_s;
    return (first > second) - (first < second);
}

/* When a node of `cores` can start at this place, and how many cores it will leave over then. */
static double opening_s(const kd_ledger *l, int index, int cores, double now_s, int *over)
{
    const kd_ledger_place *at = &l->places[index];
    ending                *ends = kd_alloc((size_t)l->worker_count, sizeof *ends);
    size_t                 count = 0, next = 0;
    int                    free_cores = at->cores - at->used;
    double                 when_s = now_s;
    for (int w = 0; w < l->worker_count; w++) {
        int held = kd_ledger_held_at(l, w, index);
        if (held > 0) ends[count++] = (ending){ kd_ledger_end_s(l, &l->workers[w], now_s), held };
    }
    qsort(ends, count, sizeof *ends, by_end);
    for (; free_cores < cores && next < count; next++) {
        free_cores += ends[next].cores;
        when_s = ends[next].when_s;
    }
    free(ends);
    *over = free_cores - cores;
    return when_s;
}

/* The best node that fits now, and is over in time or needs only what is left over. */
static uint32_t fill(const kd_ledger *l, const kd_ledger_place *at, kd_ledger_gap gap, double now_s)
{
    const kd_heap_item *best = NULL;
    for (int cores = 1; cores <= at->cores - at->used && cores <= l->widest; cores++) {
        const kd_heap *h = &l->ready[cores];
        if (h->count == 0 || (best && kd_heap_goes_before(*best, h->items[0]))) continue;
        const kd_ledger_node *n = &l->nodes.items[h->items[0].node];
        if (cores <= gap.over || now_s + n->cost_s * kd_ledger_ratio(l, n->kind) <= gap.until_s)
            best = &h->items[0];
    }
    return best ? best->node : KD_NO_NODE;
}

/* Fill the gap below `wide`, which waits for cores of this place. */
static uint32_t fill_gap(const kd_ledger *l, int index, const kd_ledger_node *wide, double now_s)
{
    const kd_ledger_place *at = &l->places[index];
    kd_ledger_gap          gap;
    gap.until_s = opening_s(l, index, kd_ledger_cores_at(at, wide), now_s, &gap.over);
    return fill(l, at, gap, now_s);
}

/* Whether the work that is left, and not the path of this node, says when all will be done, by half
 * as much again: then it may go out of turn. */
static bool is_patient(const kd_ledger *l, const kd_ledger_node *n)
{
    double work_s = 0, cores = 0;
    for (int k = 0; k < KD_LEDGER_KINDS; k++)
        work_s += fmax(0, l->paces[k].left_core_s) * kd_ledger_ratio(l, k);
    for (int p = 0; p < l->worker_count; p++)
        if (l->places[p].alive > 0) cores += l->places[p].cores;
    return work_s > 1.5 * cores * n->path_s * kd_ledger_ratio(l, n->kind);
}

/* Whether the cores that `wide` lacks come free so soon that those which wait for them lose less
 * than a hundredth of its work. */
static bool opens_soon(const kd_ledger *l, int index, const kd_ledger_node *wide, double now_s)
{
    const kd_ledger_place *at = &l->places[index];
    int                    over;
    double wait_s = opening_s(l, index, kd_ledger_cores_at(at, wide), now_s, &over) - now_s;
    double work_s = wide->cost_s * kd_ledger_ratio(l, wide->kind) * kd_ledger_cores_at(at, wide);
    return wait_s * (at->cores - at->used) < work_s / 100;
}

/* A wide node makes cores wait for each other, unless they come free together: by chance, after
 * another wide one, at the beginning, or when there are no narrow ones left. So one that can wait
 * does, and goes when its place is empty or about to be. */
static uint32_t choose_here(const kd_ledger *l, const kd_ledger_worker *who, double now_s)
{
    const kd_ledger_place *at = &l->places[who->place];
    int                    free_cores = at->cores - at->used, most = kd_ledger_widest_at(l, at);
    uint32_t first = kd_ledger_first(l, 1, most), wide = kd_ledger_first(l, free_cores + 1, most);
    if (first == KD_NO_NODE) return first;
    if (at->used > 0 && free_cores > 0 && wide != KD_NO_NODE &&
        opens_soon(l, who->place, &l->nodes.items[wide], now_s))
        return fill_gap(l, who->place, &l->nodes.items[wide], now_s);

    const kd_ledger_node *n = &l->nodes.items[first];
    bool                  fits = kd_ledger_fits(at, n);
    uint32_t              other = at->used == 0 ? kd_ledger_first(l, 2, at->cores)
                                  : !fits       ? kd_ledger_first(l, 1, free_cores)
                                                : KD_NO_NODE;
    if (other != KD_NO_NODE && is_patient(l, n)) return other;
    return fits ? first : fill_gap(l, who->place, n, now_s);
}

/* Whether something that is no wide cell goes before it here. */
static bool goes_later(const kd_ledger *l, const kd_ledger_worker *who, uint32_t gang)
{
    uint32_t first = kd_ledger_first(l, 1, kd_ledger_widest_at(l, &l->places[who->place]));
    if (first == KD_NO_NODE) return false;
    return kd_heap_goes_before((kd_heap_item){ l->nodes.items[first].path_s, first },
                               (kd_heap_item){ l->nodes.items[gang].path_s, gang });
}

uint32_t kd_ledger_choose(const kd_ledger *l, const kd_ledger_worker *who, double now_s)
{
    uint32_t gang = kd_ledger_first_gang(l);
    if (gang == KD_NO_NODE || goes_later(l, who, gang)) return choose_here(l, who, now_s);
    const kd_ledger_node *n = &l->nodes.items[gang];
    if (kd_ledger_gang_fits(l, who, n, now_s)) return gang;
    return fill(l, &l->places[who->place], kd_ledger_gang_gap(l, who->place, n, now_s), now_s);
}
