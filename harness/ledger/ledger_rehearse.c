/* ledger_rehearse.c - the end of a study, played through for each node that could go now. */
#include "harness/ledger/ledger_rehearse.h"

#include <stdlib.h>

#include "harness/ledger/ledger_internal.h"

#define MOST   32   /* nodes that are left: a choice plays so many for so many, in milliseconds */
#define BETTER 1e-3 /* of the time that is left; less is chance */

static bool is_left(const kd_ledger *l, uint32_t node)
{
    return l->nodes.items[node].state < KD_LEDGER_DONE;
}

/* Leave in `last` what is not settled; all nodes are looked at once. */
static void gather(kd_ledger *l)
{
    size_t kept = 0;
    if (l->last.count == 0)
        for (uint32_t n = 0; n < l->nodes.count; n++)
            if (is_left(l, n)) kd_vec_push(&l->last, n);
    for (size_t i = 0; i < l->last.count; i++)
        if (is_left(l, l->last.items[i])) l->last.items[kept++] = l->last.items[i];
    l->last.count = kept;
}

/* Whether what is left is little and can be played: without nodes that a deadline keeps from
 * starting, and those of which others say when they end. */
static bool is_playable(kd_ledger *l)
{
    size_t left = 0;
    for (int state = 0; state < KD_LEDGER_DONE; state++) left += l->counts[state];
    if (left > MOST || l->counts[KD_LEDGER_LATE] > 0 || l->counts[KD_LEDGER_ELSEWHERE] > 0)
        return false;
    gather(l);
    return true;
}

/* Where a node is among the last ones, in whose order the miniature has them. */
static uint32_t place_of(const kd_ledger *l, uint32_t node)
{
    uint32_t at = 0;
    while (at < l->last.count && l->last.items[at] != node) at++;
    return at < l->last.count ? at : KD_NO_NODE;
}

static void copy_nodes(const kd_ledger *l, kd_ledger *to)
{
    kd_error err;
    for (size_t i = 0; i < l->last.count; i++) {
        const kd_ledger_node *n = &l->nodes.items[l->last.items[i]];
        uint32_t copy = kd_ledger_add(to, 0, n->cost_s * kd_ledger_ratio(l, n->kind), 0);
        kd_ledger_ask(to, copy, n->cores);
        kd_ledger_share(to, copy, n->ranks);
    }
    for (uint32_t i = 0; i < l->last.count; i++)
        for (size_t d = l->rows[l->last.items[i]]; d < l->rows[l->last.items[i] + 1]; d++) {
            uint32_t above = place_of(l, l->dependents[d]);
            if (above != KD_NO_NODE) kd_ledger_need(to, above, i);
        }
    KD_CHECK(kd_ledger_seal(to, &err) == KD_OK, "%s", err.text);
}

static void copy_workers(const kd_ledger *l, kd_ledger *to)
{
    for (int p = 0; p < l->worker_count; p++) {
        to->places[p] = l->places[p];
        to->places[p].used = 0;
    }
    for (int w = 0; w < l->worker_count; w++) {
        const kd_ledger_worker *from = &l->workers[w];
        to->workers[w].place = from->place;
        to->workers[w].is_alive = from->is_alive;
        if (from->held != KD_NO_NODE) kd_ledger_lease_alike(to, w, place_of(l, from->held), l);
    }
}

/* ---- playing ---- */

/* Whoever is free takes what he should; when his node will be done goes to `ends`. */
static void hand_out(kd_ledger *l, double now_s, double *ends)
{
    kd_lease lease;
    for (int w = 0; w < l->worker_count; w++) {
        const kd_ledger_worker *who = &l->workers[w];
        if (who->is_alive && who->held == KD_NO_NODE && kd_ledger_take(l, w, now_s, &lease))
            ends[w] = kd_ledger_end_s(l, who, now_s);
    }
}

static double next_end_s(const kd_ledger *l, const double *ends)
{
    double next_s = -1;
    for (int w = 0; w < l->worker_count; w++)
        if (l->workers[w].held != KD_NO_NODE && (next_s < 0 || ends[w] < next_s)) next_s = ends[w];
    return next_s;
}

static void finish(kd_ledger *l, double now_s, const double *ends)
{
    for (int w = 0; w < l->worker_count; w++) {
        if (l->workers[w].held == KD_NO_NODE || ends[w] > now_s) continue;
        uint32_t node = l->workers[w].held;
        kd_ledger_done(l, (kd_lease){ node, l->nodes.items[node].attempt }, -1);
    }
}

/* When all is done. */
static double play(kd_ledger *l, double now_s)
{
    double *ends = kd_alloc((size_t)l->worker_count, sizeof *ends);
    for (int w = 0; w < l->worker_count; w++)
        if (l->workers[w].held != KD_NO_NODE) ends[w] = kd_ledger_end_s(l, &l->workers[w], now_s);
    for (;;) {
        hand_out(l, now_s, ends);
        double next_s = next_end_s(l, ends);
        if (next_s < 0) break;
        now_s = next_s;
        finish(l, now_s, ends);
    }
    free(ends);
    return now_s;
}

/* When all is done if `worker` takes `node` now. */
static double end_after(const kd_ledger *l, int worker, uint32_t node, double now_s)
{
    kd_lease   lease;
    kd_ledger *copy = kd_ledger_create(&(kd_ledger_rules){ 0 }, l->worker_count);
    copy_nodes(l, copy);
    copy_workers(l, copy);
    kd_ledger_lease(copy, worker, place_of(l, node), now_s, &lease);
    double end_s = play(copy, now_s);
    kd_ledger_destroy(copy);
    return end_s;
}

/* Whether it could start now. */
static bool can_go(const kd_ledger *l, int worker, uint32_t node, double now_s)
{
    const kd_ledger_worker *who = &l->workers[worker];
    const kd_ledger_place  *at = &l->places[who->place];
    const kd_ledger_node   *n = &l->nodes.items[node];
    if (n->state != KD_LEDGER_READY) return false;
    if (n->ranks > 1) return kd_ledger_gang_fits(l, who, n, now_s);
    return n->cores <= kd_ledger_widest_at(l, at) && kd_ledger_fits(at, n);
}

/* `first`, or what is better. */
static uint32_t find_best(kd_ledger *l, int worker, uint32_t first, double now_s)
{
    if (first == KD_NO_NODE || !is_playable(l)) return first;
    uint32_t best = first;
    double   best_s = end_after(l, worker, first, now_s);
    for (size_t i = 0; i < l->last.count; i++) {
        uint32_t node = l->last.items[i];
        if (node == first || !can_go(l, worker, node, now_s)) continue;
        double end_s = end_after(l, worker, node, now_s);
        if (end_s - now_s >= (best_s - now_s) * (1 - BETTER)) continue;
        best = node;
        best_s = end_s;
    }
    return best;
}

bool kd_ledger_rehearse(kd_ledger *l, int worker, double now_s, kd_lease *out)
{
    if (!kd_ledger_begin_take(l, worker, now_s)) return false;
    for (;;) {
        uint32_t first = kd_ledger_choose(l, &l->workers[worker], now_s);
        uint32_t best = find_best(l, worker, first, now_s);
        if (best == KD_NO_NODE) return false;
        if (kd_ledger_lease(l, worker, best, now_s, out)) return true;
    }
}
