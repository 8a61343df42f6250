/* ledger_gang.c - wide cells in the ledger: what is free for them, what they hold, and what may run before them. */
#include <stdlib.h>

#include "harness/ledger/ledger_internal.h"

static kd_gang_ask ask_of(const kd_ledger_node *n)
{
    return (kd_gang_ask){ n->ranks, n->cores };
}

/* The places as they are, without a hand. Ranks run on cores that workers told; that a place has one for each of its workers is
 * for cells that share one. The caller frees them. */
static kd_gang_place *look(const kd_ledger *l)
{
    kd_gang_place *places = kd_alloc((size_t)l->worker_count, sizeof *places);
    for (int p = 0; p < l->worker_count; p++) {
        const kd_ledger_place *at = &l->places[p];
        if (at->alive == 0) continue;
        places[p].cores = at->told;
        places[p].free = at->used < at->told ? at->told - at->used : 0;
    }
    return places;
}

/* A machine of which nothing was heard for a tenth of the time after which its workers are lost gets no ranks: another cell that
 * is given to such a worker costs an attempt of its own, this one the work of all machines. */
#define HEARD_SHARE 10

static bool is_heard(const kd_ledger *l, int w, double now_s)
{
    const kd_ledger_worker *who = &l->workers[w];
    double                  silence_s = l->rules.silence_s;
    return who->is_alive && (silence_s <= 0 || now_s - who->heard_s <= silence_s / HEARD_SHARE);
}

/* As they are for who asks at `home`, or (-1) for nobody. */
static kd_gang_place *look_from(const kd_ledger *l, int home, double now_s)
{
    kd_gang_place *places = look(l);
    bool          *is_there = kd_alloc((size_t)l->worker_count, sizeof *is_there);
    for (int w = 0; w < l->worker_count; w++)
        is_there[l->workers[w].place] |= is_heard(l, w, now_s);
    for (int p = 0; p < l->worker_count; p++)
        if (!is_there[p]) places[p].free = 0;
    if (home >= 0) places[home].has_hand = true;
    free(is_there);
    return places;
}

/* ---- what they hold ---- */

static void add_stretch(kd_ledger *l, int w, int place, int ranks, int cores)
{
    kd_vec_push(&l->stretches, (kd_ledger_stretch){ w, place, ranks });
    l->places[place].used += ranks * cores;
}

void kd_ledger_gang_enter(kd_ledger *l, int w, const kd_ledger_node *n, double now_s)
{
    int            count = l->worker_count, home = l->workers[w].place;
    int           *ranks = kd_alloc((size_t)count, sizeof *ranks);
    kd_gang_place *places = look_from(l, home, now_s);
    bool           fits = kd_gang_put(places, count, home, ask_of(n), ranks);
    KD_CHECK(fits, "ledger: %d ranks are given what is not there", n->ranks);
    for (int p = 0; p < count; p++)
        if (ranks[p] > 0) add_stretch(l, w, p, ranks[p], n->cores);
    free(places);
    free(ranks);
}

void kd_ledger_gang_copy(kd_ledger *l, int w, const kd_ledger_node *n, const kd_ledger *from)
{
    for (size_t i = 0; i < from->stretches.count; i++) {
        kd_ledger_stretch s = from->stretches.items[i];
        if (s.worker == w) add_stretch(l, w, s.place, s.ranks, n->cores);
    }
}

void kd_ledger_gang_leave(kd_ledger *l, int w, const kd_ledger_node *n)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->stretches.count; i++) {
        kd_ledger_stretch s = l->stretches.items[i];
        if (s.worker == w)
            l->places[s.place].used -= s.ranks * n->cores;
        else
            l->stretches.items[kept++] = s;
    }
    l->stretches.count = kept;
}

int kd_ledger_held_at(const kd_ledger *l, int w, int place)
{
    const kd_ledger_worker *who = &l->workers[w];
    int                     cores = 0;
    if (who->held == KD_NO_NODE) return 0;
    const kd_ledger_node *n = &l->nodes.items[who->held];
    if (n->ranks == 1) return who->place == place ? kd_ledger_cores_at(&l->places[place], n) : 0;
    for (size_t i = 0; i < l->stretches.count; i++) {
        kd_ledger_stretch s = l->stretches.items[i];
        if (s.worker == w && s.place == place) cores += s.ranks * n->cores;
    }
    return cores;
}

size_t kd_ledger_stretches(const kd_ledger *l, int w, kd_ledger_stretch *out, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < l->stretches.count; i++) {
        if (l->stretches.items[i].worker != w) continue;
        if (count < most) out[count] = l->stretches.items[i];
        count++;
    }
    return count;
}

int kd_ledger_broken(const kd_ledger *l)
{
    for (size_t i = 0; i < l->stretches.count; i++)
        if (l->places[l->stretches.items[i].place].alive == 0) return l->stretches.items[i].worker;
    return -1;
}

/* ---- whose turn it is ---- */

static bool has_room(const kd_ledger *l, const kd_ledger_node *n)
{
    kd_gang_place *places = look(l);
    bool           has = kd_gang_has_room(places, l->worker_count, ask_of(n));
    free(places);
    return has;
}

bool kd_ledger_has_room(const kd_ledger *l, uint32_t index)
{
    const kd_ledger_node *n = &l->nodes.items[index];
    return n->ranks == 1 || has_room(l, n);
}

/* What has no room, because machines are lost, keeps nobody waiting. */
uint32_t kd_ledger_first_gang(const kd_ledger *l)
{
    const kd_heap_item *best = NULL;
    for (size_t i = 0; i < l->gangs.count; i++) {
        const kd_heap_item *item = &l->gangs.items[i];
        if (best && !kd_heap_goes_before(*item, *best)) continue;
        if (!has_room(l, &l->nodes.items[item->node])) continue;
        best = item;
        if (i == 0) break; /* it is the top of the heap */
    }
    return best ? best->node : KD_NO_NODE;
}

bool kd_ledger_is_stuck(const kd_ledger *l)
{
    size_t ready = l->counts[KD_LEDGER_READY];
    return l->counts[KD_LEDGER_HELD] == 0 && ready > 0 && ready == l->gangs.count &&
           kd_ledger_first_gang(l) == KD_NO_NODE;
}

bool kd_ledger_gang_fits(const kd_ledger *l, const kd_ledger_worker *who, const kd_ledger_node *n,
                         double now_s)
{
    int           *ranks = kd_alloc((size_t)l->worker_count, sizeof *ranks);
    kd_gang_place *places = look_from(l, who->place, now_s);
    bool           fits = kd_gang_put(places, l->worker_count, who->place, ask_of(n), ranks);
    free(places);
    free(ranks);
    return fits;
}

/* ---- what may run before it ---- */

typedef struct {
    double when_s;
    int    worker;
} ending;

static int by_end(const void *a, const void *b)
{
    const ending *first = a, *second = b;
    if (first->when_s != second->when_s) return first->when_s > second->when_s ? 1 : -1;
    return first->worker - second->worker;
}

static size_t list_endings(const kd_ledger *l, double now_s, ending *out)
{
    size_t count = 0;
    for (int w = 0; w < l->worker_count; w++)
        if (l->workers[w].held != KD_NO_NODE)
            out[count++] = (ending){ kd_ledger_end_s(l, &l->workers[w], now_s), w };
    qsort(out, count, sizeof *out, by_end);
    return count;
}

/* Its cores come free at each place, and it is a hand again at its own. */
static void release(const kd_ledger *l, int w, kd_gang_place *places)
{
    for (int p = 0; p < l->worker_count; p++) places[p].free += kd_ledger_held_at(l, w, p);
    places[l->workers[w].place].has_hand |= l->workers[w].is_alive;
}

static bool is_overdue(const kd_ledger *l, int w, double now_s)
{
    const kd_ledger_worker *holder = &l->workers[w];
    const kd_ledger_node   *n = &l->nodes.items[holder->held];
    return holder->since_s + n->cost_s * kd_ledger_ratio(l, n->kind) < now_s;
}

/* What ends after its time delays the gang; then nothing may start that could do so, too, or there would be no end to it. */
kd_ledger_gap kd_ledger_gang_gap(const kd_ledger *l, int place, const kd_ledger_node *n,
                                 double now_s)
{
    int            count = l->worker_count;
    int           *ranks = kd_alloc((size_t)count, sizeof *ranks);
    ending        *ends = kd_alloc((size_t)count, sizeof *ends);
    kd_gang_place *places = look_from(l, -1, now_s);
    kd_ledger_gap  gap = { .until_s = now_s };
    size_t         next = 0, many = list_endings(l, now_s, ends);
    bool           is_late = false, fits;
    for (int w = 0; w < count; w++)
        places[l->workers[w].place].has_hand |=
            l->workers[w].is_alive && l->workers[w].held == KD_NO_NODE;
    while (!(fits = kd_gang_put(places, count, -1, ask_of(n), ranks)) && next < many) {
        is_late |= is_overdue(l, ends[next].worker, now_s);
        gap.until_s = ends[next].when_s;
        release(l, ends[next++].worker, places);
    }
    if (is_late) gap.until_s = now_s;
    gap.over = fits ? places[place].free - ranks[place] * n->cores : places[place].free;
    free(places);
    free(ends);
    free(ranks);
    return gap;
}
