/* ledger.c - nodes in one array, their dependents in another, what is ready in a heap.
 *
 * The graph is gathered as pairs (input, node) and turned into one row of dependents a node when
 * it is sealed. `missing` counts the inputs of a node that are not done; who brings it to 0 makes
 * the node ready. Heaps hold what is ready (longest path first, one heap for each number of cores)
 * and what rests (earliest first). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/ledger/ledger_internal.h"

/* ---- states and costs ---- */

static bool is_settled(kd_ledger_state state)
{
    return state >= KD_LEDGER_DONE;
}

static int total_cores(const kd_ledger_node *n)
{
    return n->ranks * n->cores;
}

static void move(kd_ledger *l, uint32_t index, kd_ledger_state to)
{
    kd_ledger_node *n = &l->nodes.items[index];
    l->counts[n->state]--;
    l->counts[to]++;
    if (is_settled(to) && !is_settled(n->state)) {
        l->paces[n->kind].left_s -= n->cost_s;
        l->paces[n->kind].left_core_s -= n->cost_s * total_cores(n);
    }
    n->state = (uint8_t)to;
}

/* Whether something of this kind has finished, or told how fast it is. */
static bool has_pace(const kd_ledger *l, int kind)
{
    return l->paces[kind].expected_s > 0 || l->paces[kind].told > 0;
}

static kd_heap *heap_of(kd_ledger *l, const kd_ledger_node *n)
{
    return n->ranks > 1 ? &l->gangs : &l->ready[n->cores];
}

static void make_ready(kd_ledger *l, uint32_t index)
{
    const kd_ledger_node *n = &l->nodes.items[index];
    move(l, index, KD_LEDGER_READY);
    kd_heap_push(heap_of(l, n), n->path_s, index);
}

/* Everything above a node that failed will never start. */
static void block_dependents(kd_ledger *l, uint32_t failed)
{
    KD_VEC(uint32_t) todo = KD_VEC_INIT;
    kd_vec_push(&todo, failed);
    while (todo.count > 0) {
        uint32_t at = todo.items[--todo.count];
        for (size_t i = l->rows[at]; i < l->rows[at + 1]; i++) {
            kd_ledger_node *n = &l->nodes.items[l->dependents[i]];
            if (n->state != KD_LEDGER_WAITING) continue;
            move(l, l->dependents[i], KD_LEDGER_BLOCKED);
            kd_vec_push(&l->blocked, l->dependents[i]);
            kd_vec_push(&todo, l->dependents[i]);
        }
    }
    kd_vec_fini(&todo);
}

/* ---- the graph ---- */

kd_ledger *kd_ledger_create(const kd_ledger_rules *rules, int workers)
{
    kd_ledger *l = kd_alloc(1, sizeof *l);
    l->rules = *rules;
    l->worker_count = workers;
    l->workers = kd_alloc((size_t)workers, sizeof *l->workers);
    l->places = kd_alloc((size_t)workers, sizeof *l->places);
    for (int w = 0; w < workers; w++) {
        l->workers[w] = (kd_ledger_worker){ .held = KD_NO_NODE, .place = w };
        l->places[w] =
            (kd_ledger_place){ .cores = KD_LEDGER_WIDEST, .told = KD_LEDGER_WIDEST, .seats = 1 };
    }
    return l;
}

void kd_ledger_destroy(kd_ledger *l)
{
    if (!l) return;
    kd_vec_fini(&l->nodes);
    kd_vec_fini(&l->edges);
    for (int cores = 0; cores <= KD_LEDGER_WIDEST; cores++) kd_vec_fini(&l->ready[cores]);
    kd_vec_fini(&l->gangs);
    kd_vec_fini(&l->stretches);
    kd_vec_fini(&l->resting);
    kd_vec_fini(&l->blocked);
    kd_vec_fini(&l->last);
    free(l->places);
    free(l->dependents);
    free(l->rows);
    free(l->workers);
    free(l);
}

uint32_t kd_ledger_add(kd_ledger *l, int kind, double cost_s, uint32_t attempts)
{
    KD_CHECK(kind >= 0 && kind < KD_LEDGER_KINDS, "ledger: no kind %d", kind);
    KD_CHECK(l->nodes.count < KD_NO_NODE, "ledger: too many nodes");
    kd_ledger_node n = {
        .cost_s = (float)cost_s, .attempt = attempts, .kind = (uint8_t)kind, .cores = 1, .ranks = 1
    };
    kd_vec_push(&l->nodes, n);
    if (l->widest < 1) l->widest = 1;
    l->counts[KD_LEDGER_WAITING]++;
    l->paces[kind].left_s += n.cost_s;
    l->paces[kind].left_core_s += n.cost_s;
    return (uint32_t)(l->nodes.count - 1);
}

void kd_ledger_ask(kd_ledger *l, uint32_t index, int cores)
{
    KD_CHECK(cores >= 1, "ledger: a node on %d cores", cores);
    kd_ledger_node *n = &l->nodes.items[index];
    if (cores > KD_LEDGER_WIDEST) cores = KD_LEDGER_WIDEST;
    l->paces[n->kind].left_core_s += n->cost_s * (cores - n->cores);
    n->cores = (uint8_t)cores;
    if (cores > l->widest) l->widest = cores;
}

void kd_ledger_share(kd_ledger *l, uint32_t index, int ranks)
{
    KD_CHECK(ranks >= 1 && ranks <= UINT16_MAX, "ledger: a node of %d ranks", ranks);
    kd_ledger_node *n = &l->nodes.items[index];
    l->paces[n->kind].left_core_s += n->cost_s * n->cores * (ranks - n->ranks);
    n->ranks = (uint16_t)ranks;
}

void kd_ledger_need(kd_ledger *l, uint32_t index, uint32_t input)
{
    KD_CHECK(index < l->nodes.count && input < l->nodes.count, "ledger: no such node");
    kd_vec_push(&l->edges, (kd_ledger_edge){ input, index });
}

void kd_ledger_settle(kd_ledger *l, uint32_t index, bool is_done)
{
    move(l, index, is_done ? KD_LEDGER_DONE : KD_LEDGER_FAILED);
}

/* Pairs become rows, in the order they were told. */
static void build_rows(kd_ledger *l)
{
    size_t count = l->nodes.count;
    l->rows = kd_alloc(count + 2, sizeof *l->rows);
    l->dependents = kd_alloc(l->edges.count + 1, sizeof *l->dependents);
    /* rows[n + 2] counts, then rows[n + 1] is where the next dependent of n goes. */
    for (size_t e = 0; e < l->edges.count; e++) l->rows[l->edges.items[e].input + 2]++;
    for (size_t n = 2; n < count + 2; n++) l->rows[n] += l->rows[n - 1];
    for (size_t e = 0; e < l->edges.count; e++)
        l->dependents[l->rows[l->edges.items[e].input + 1]++] = l->edges.items[e].node;
}

/* Inputs before what stands on them; false when there is a circle. Frees the pairs. */
static bool sort_nodes(kd_ledger *l, uint32_t *order)
{
    size_t    head = 0, tail = 0;
    uint32_t *open = kd_alloc(l->nodes.count + 1, sizeof *open);
    for (size_t e = 0; e < l->edges.count; e++) open[l->edges.items[e].node]++;
    kd_vec_fini(&l->edges);
    for (uint32_t n = 0; n < l->nodes.count; n++)
        if (open[n] == 0) order[tail++] = n;
    for (; head < tail; head++)
        for (size_t i = l->rows[order[head]]; i < l->rows[order[head] + 1]; i++)
            if (--open[l->dependents[i]] == 0) order[tail++] = l->dependents[i];
    free(open);
    return tail == l->nodes.count;
}

/* path(n) = cost(n) + max over dependents d of path(d); and what each node still misses. */
static void find_paths(kd_ledger *l, const uint32_t *order)
{
    for (size_t i = l->nodes.count; i-- > 0;) {
        kd_ledger_node *n = &l->nodes.items[order[i]];
        float           longest = 0;
        for (size_t d = l->rows[order[i]]; d < l->rows[order[i] + 1]; d++) {
            kd_ledger_node *above = &l->nodes.items[l->dependents[d]];
            longest = fmaxf(longest, above->path_s);
            if (n->state != KD_LEDGER_DONE) above->missing++;
        }
        n->path_s = n->cost_s + longest;
    }
}

kd_status kd_ledger_seal(kd_ledger *l, kd_error *err)
{
    uint32_t *order = kd_alloc(l->nodes.count + 1, sizeof *order);
    build_rows(l);
    bool is_sorted = sort_nodes(l, order);
    if (is_sorted) find_paths(l, order);
    free(order);
    if (!is_sorted) return kd_fail(err, KD_EBUG, "nodes of the graph need one another in a circle");

    for (uint32_t n = 0; n < l->nodes.count; n++)
        if (l->nodes.items[n].state == KD_LEDGER_FAILED) block_dependents(l, n);
    for (uint32_t n = 0; n < l->nodes.count; n++)
        if (l->nodes.items[n].state == KD_LEDGER_WAITING && l->nodes.items[n].missing == 0)
            make_ready(l, n);
    return KD_OK;
}

/* ---- on its way ---- */

static void set_alive(kd_ledger *l, int w, bool is_alive)
{
    l->places[l->workers[w].place].alive += is_alive - l->workers[w].is_alive;
    l->workers[w].is_alive = is_alive;
}

void kd_ledger_hear(kd_ledger *l, int w, double now_s)
{
    KD_CHECK(w >= 0 && w < l->worker_count, "ledger: no worker %d", w);
    set_alive(l, w, true);
    l->workers[w].heard_s = now_s;
}

static void wake_rested(kd_ledger *l, double now_s)
{
    while (l->resting.count > 0 && -l->resting.items[0].key <= now_s)
        make_ready(l, kd_heap_pop(&l->resting));
}

/* ---- cores ---- */

static void recount(kd_ledger *l, int index)
{
    kd_ledger_place *at = &l->places[index];
    at->used = 0;
    for (int w = 0; w < l->worker_count; w++) at->used += kd_ledger_held_at(l, w, index);
}

void kd_ledger_seat(kd_ledger *l, int w, int index, int cores)
{
    KD_CHECK(index >= 0 && index < l->worker_count, "ledger: no place %d", index);
    int              before = l->workers[w].place;
    kd_ledger_place *at = &l->places[index];
    l->places[before].seats--;
    l->places[before].alive -= l->workers[w].is_alive;
    if (at->cores == KD_LEDGER_WIDEST || at->seats == 0) at->cores = at->told = 1; /* untold yet */
    at->seats++;
    at->alive += l->workers[w].is_alive;
    if (cores > at->cores) at->cores = cores;
    if (cores > at->told) at->told = cores;
    if (at->seats > at->cores) at->cores = at->seats;
    l->workers[w].place = index;
    recount(l, before);
    recount(l, index);
}

/* ---- leases ---- */

/* Time only passes, so what is too late now stays so. */
static bool is_late(const kd_ledger *l, const kd_ledger_node *n, double now_s)
{
    if (l->rules.deadline_s <= 0) return false;
    double needs_s = n->cost_s * kd_ledger_ratio(l, n->kind);
    return now_s + fmin(needs_s, l->rules.checkpoint_s) > l->rules.deadline_s;
}

/* A node that is in no heap any more, but for its cores. */
static void hold(kd_ledger *l, int w, uint32_t index, double since_s)
{
    kd_ledger_node   *n = &l->nodes.items[index];
    kd_ledger_worker *who = &l->workers[w];
    move(l, index, KD_LEDGER_HELD);
    n->attempt++;
    n->link = (uint32_t)w;
    who->held = index;
    who->since_s = since_s;
    who->share_s = 0;
}

bool kd_ledger_lease(kd_ledger *l, int w, uint32_t index, double now_s, kd_lease *out)
{
    kd_ledger_node  *n = &l->nodes.items[index];
    kd_ledger_place *at = &l->places[l->workers[w].place];
    kd_heap_remove(heap_of(l, n), index);
    if (is_late(l, n, now_s)) {
        move(l, index, KD_LEDGER_LATE);
        return false;
    }
    if (n->ranks > 1)
        kd_ledger_gang_enter(l, w, n, now_s);
    else
        at->used += kd_ledger_cores_at(at, n);
    hold(l, w, index, now_s);
    *out = (kd_lease){ index, n->attempt };
    return true;
}

void kd_ledger_lease_alike(kd_ledger *l, int w, uint32_t index, const kd_ledger *from)
{
    kd_ledger_node  *n = &l->nodes.items[index];
    kd_ledger_place *at = &l->places[l->workers[w].place];
    kd_heap_remove(heap_of(l, n), index);
    if (n->ranks > 1)
        kd_ledger_gang_copy(l, w, n, from);
    else
        at->used += kd_ledger_cores_at(at, n);
    hold(l, w, index, from->workers[w].since_s);
}

bool kd_ledger_begin_take(kd_ledger *l, int w, double now_s)
{
    KD_CHECK(l->workers[w].held == KD_NO_NODE, "ledger: worker %d holds a node", w);
    if (l->is_halted) return false;
    wake_rested(l, now_s);
    return true;
}

bool kd_ledger_take(kd_ledger *l, int w, double now_s, kd_lease *out)
{
    if (!kd_ledger_begin_take(l, w, now_s)) return false;
    for (uint32_t n; (n = kd_ledger_choose(l, &l->workers[w], now_s)) != KD_NO_NODE;)
        if (kd_ledger_lease(l, w, n, now_s, out)) return true;
    return false;
}

static void drop_held(kd_ledger *l, int w)
{
    kd_ledger_worker     *who = &l->workers[w];
    kd_ledger_place      *at = &l->places[who->place];
    const kd_ledger_node *n = &l->nodes.items[who->held];
    if (n->ranks > 1)
        kd_ledger_gang_leave(l, w, n);
    else
        at->used -= kd_ledger_cores_at(at, n);
    who->held = KD_NO_NODE;
}

/* The node, when `lease` is the one that holds it; else NULL and why. Its worker is freed. */
static kd_ledger_node *end_lease(kd_ledger *l, kd_lease lease, kd_ledger_state told,
                                 kd_verdict *verdict)
{
    if (lease.node >= l->nodes.count) {
        *verdict = KD_VERDICT_STALE;
        return NULL;
    }
    kd_ledger_node *n = &l->nodes.items[lease.node];
    if (n->state != KD_LEDGER_HELD || n->attempt != lease.attempt) {
        *verdict = n->state == told ? KD_VERDICT_SAME : KD_VERDICT_STALE;
        return NULL;
    }
    drop_held(l, (int)n->link);
    return n;
}

static void make_done(kd_ledger *l, uint32_t index)
{
    move(l, index, KD_LEDGER_DONE);
    for (size_t i = l->rows[index]; i < l->rows[index + 1]; i++) {
        uint32_t above = l->dependents[i];
        if (--l->nodes.items[above].missing == 0 &&
            l->nodes.items[above].state == KD_LEDGER_WAITING)
            make_ready(l, above);
    }
}

/* What nodes of its kind take. One that went on from a checkpoint did its rest alone in `wall_s`, and only what it told first says
 * from where: what was seen of it from then on counts. */
static void learn(kd_ledger *l, const kd_ledger_node *n, double wall_s)
{
    const kd_ledger_worker *by = &l->workers[n->link];
    double                  share = 1, took_s = wall_s;
    if (by->share_s > 0 && by->share < 1) {
        share -= by->share;
        took_s -= by->share_s - by->since_s;
    }
    if (took_s < 0) return;
    l->paces[n->kind].expected_s += share * n->cost_s;
    l->paces[n->kind].took_s += took_s;
}

kd_verdict kd_ledger_done(kd_ledger *l, kd_lease lease, double wall_s)
{
    kd_verdict      verdict = KD_VERDICT_DONE;
    kd_ledger_node *n = end_lease(l, lease, KD_LEDGER_DONE, &verdict);
    if (!n) return verdict;
    learn(l, n, wall_s);
    make_done(l, lease.node);
    return KD_VERDICT_DONE;
}

void kd_ledger_elsewhere(kd_ledger *l, kd_lease lease, double wakes_s)
{
    kd_verdict      ignored;
    kd_ledger_node *n = end_lease(l, lease, KD_LEDGER_ELSEWHERE, &ignored);
    if (!n) return;
    n->attempt--;
    move(l, lease.node, KD_LEDGER_ELSEWHERE);
    kd_heap_push(&l->resting, -wakes_s, lease.node);
}

bool kd_ledger_found(kd_ledger *l, uint32_t index)
{
    kd_ledger_node *n = &l->nodes.items[index];
    if (n->state == KD_LEDGER_HELD || is_settled(n->state)) return false;
    if (n->state == KD_LEDGER_READY) kd_heap_remove(heap_of(l, n), index);
    if (n->state == KD_LEDGER_RESTING || n->state == KD_LEDGER_ELSEWHERE)
        kd_heap_remove(&l->resting, index);
    make_done(l, index);
    return true;
}

/* Charge the failure to its budget: the pause before the next try, negative for no next try. */
static double charge(const kd_ledger *l, kd_ledger_node *n, kd_cause cause)
{
    kd_budget budget = kd_budget_of(cause);
    if (budget == KD_BUDGET_NONE && l->is_halted) return 0;
    if (budget == KD_BUDGET_ALL) return -1;
    bool     is_own = budget == KD_BUDGET_OWN;
    uint8_t *used = is_own ? &n->own_failures : &n->ground_failures;
    if (*used >= (is_own ? l->rules.own_retries : l->rules.ground_retries)) return -1;
    ++*used;
    return ldexp(l->rules.rest_s, *used < 8 ? *used - 1 : 7);
}

kd_verdict kd_ledger_failed(kd_ledger *l, kd_lease lease, kd_cause cause, double now_s)
{
    kd_verdict      verdict = KD_VERDICT_RETRY;
    kd_ledger_node *n = end_lease(l, lease, KD_LEDGER_FAILED, &verdict);
    if (!n) return verdict;
    double pause_s = charge(l, n, cause);
    if (pause_s < 0) {
        move(l, lease.node, KD_LEDGER_FAILED);
        block_dependents(l, lease.node);
        return KD_VERDICT_FAILED;
    }
    move(l, lease.node, KD_LEDGER_RESTING);
    kd_heap_push(&l->resting, -(now_s + pause_s), lease.node);
    return KD_VERDICT_RETRY;
}

bool kd_ledger_lose(kd_ledger *l, int w, double now_s, kd_lease *out, kd_verdict *verdict)
{
    kd_ledger_worker *lost = &l->workers[w];
    set_alive(l, w, false);
    if (lost->held == KD_NO_NODE) return false;
    *out = (kd_lease){ lost->held, l->nodes.items[lost->held].attempt };
    *verdict = kd_ledger_failed(l, *out, KD_CAUSE_LOST, now_s);
    return true;
}

int kd_ledger_silent(const kd_ledger *l, double now_s)
{
    if (l->rules.silence_s <= 0) return -1;
    for (int w = 0; w < l->worker_count; w++)
        if (l->workers[w].is_alive && now_s - l->workers[w].heard_s > l->rules.silence_s) return w;
    return -1;
}

void kd_ledger_progress(kd_ledger *l, int w, double share, double now_s)
{
    kd_ledger_worker *who = &l->workers[w];
    if (who->held == KD_NO_NODE || !(share > 0)) return;
    kd_ledger_node *n = &l->nodes.items[who->held];
    if (who->share_s <= 0) {
        who->share = share;
        who->share_s = now_s;
    } else if (share > who->share && now_s > who->share_s && n->cost_s > 0) {
        l->paces[n->kind].told = (now_s - who->share_s) / (share - who->share) / n->cost_s;
    }
}

void kd_ledger_forgive(kd_ledger *l, double now_s)
{
    for (int w = 0; w < l->worker_count; w++)
        if (l->workers[w].is_alive) l->workers[w].heard_s = now_s;
}

void kd_ledger_halt(kd_ledger *l)
{
    l->is_halted = true;
}

/* ---- looking ---- */

bool kd_ledger_is_over(const kd_ledger *l)
{
    if (l->counts[KD_LEDGER_HELD] > 0) return false;
    return l->is_halted || (l->counts[KD_LEDGER_READY] == 0 && l->resting.count == 0);
}

size_t kd_ledger_count(const kd_ledger *l, kd_ledger_state state)
{
    return l->counts[state];
}

int kd_ledger_workers(const kd_ledger *l)
{
    int alive = 0;
    for (int w = 0; w < l->worker_count; w++) alive += l->workers[w].is_alive;
    return alive;
}

uint32_t kd_ledger_held_by(const kd_ledger *l, int w)
{
    return l->workers[w].held;
}

kd_ledger_state kd_ledger_state_of(const kd_ledger *l, uint32_t index)
{
    return (kd_ledger_state)l->nodes.items[index].state;
}

const uint32_t *kd_ledger_blocked(const kd_ledger *l, size_t *count)
{
    *count = l->blocked.count;
    return l->blocked.items;
}

static double expected_s(const kd_ledger *l, uint32_t index)
{
    const kd_ledger_node *n = &l->nodes.items[index];
    return n->cost_s * kd_ledger_ratio(l, n->kind);
}

double kd_ledger_expected_s(const kd_ledger *l, uint32_t index)
{
    return has_pace(l, l->nodes.items[index].kind) ? expected_s(l, index) : -1;
}

double kd_ledger_wakes_s(const kd_ledger *l)
{
    return l->resting.count > 0 ? -l->resting.items[0].key : 0;
}

/* Seconds that a worker has spent at what it holds, as far as they were expected. */
static double spent_s(const kd_ledger *l, const kd_ledger_worker *who, double now_s)
{
    if (who->held == KD_NO_NODE) return 0;
    return fmin(now_s - who->since_s, expected_s(l, who->held));
}

/* How many nodes that take `cores` on average run at a time. */
static double lanes_of(const kd_ledger *l, double cores)
{
    double lanes = 0;
    for (int p = 0; p < l->worker_count; p++)
        lanes += fmin(l->places[p].alive, fmax(1, l->places[p].cores / fmax(cores, 1)));
    return fmax(lanes, 1);
}

/* The work that is left, shared by all workers; but never less than the longest path. Unknown as
 * long as more than a tenth of it is of kinds of which nothing is known: how fast a corpus was made
 * says nothing about the models. */
double kd_ledger_eta_s(const kd_ledger *l, double now_s)
{
    double work_s = 0, longest_s = 0, unknown_s = 0, left_s = 0, left_core_s = 0;
    for (int k = 0; k < KD_LEDGER_KINDS; k++) {
        work_s += fmax(0, l->paces[k].left_s) * kd_ledger_ratio(l, k);
        left_s += l->paces[k].left_s;
        left_core_s += l->paces[k].left_core_s;
        if (!has_pace(l, k)) unknown_s += fmax(0, l->paces[k].left_s);
    }
    if (unknown_s > left_s / 10) return -1;
    const uint32_t first[] = { kd_ledger_first(l, 1, KD_LEDGER_WIDEST), kd_ledger_first_gang(l) };
    for (int i = 0; i < 2; i++) {
        if (first[i] == KD_NO_NODE) continue;
        const kd_ledger_node *n = &l->nodes.items[first[i]];
        longest_s = fmax(longest_s, n->path_s * kd_ledger_ratio(l, n->kind));
    }
    for (int w = 0; w < l->worker_count; w++) {
        const kd_ledger_worker *who = &l->workers[w];
        if (!who->is_alive || who->held == KD_NO_NODE) continue;
        const kd_ledger_node *n = &l->nodes.items[who->held];
        double                spent = spent_s(l, who, now_s);
        work_s -= spent;
        longest_s = fmax(longest_s, n->path_s * kd_ledger_ratio(l, n->kind) - spent);
    }
    return fmax(longest_s, work_s / lanes_of(l, left_s > 0 ? left_core_s / left_s : 1));
}
