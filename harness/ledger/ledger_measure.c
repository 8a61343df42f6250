/* ledger_measure.c - what a node takes: seconds, by what others of its kind took, and cores. */
#include "harness/ledger/ledger_internal.h"

/* A kind of which nothing is known goes by what all the others did. */
double kd_ledger_ratio(const kd_ledger *l, int kind)
{
    double expected = l->paces[kind].expected_s, took = l->paces[kind].took_s;
    if (expected <= 0 && l->paces[kind].told > 0) return l->paces[kind].told;
    if (expected <= 0)
        for (int k = 0; k < KD_LEDGER_KINDS; k++) {
            expected += l->paces[k].expected_s;
            took += l->paces[k].took_s;
        }
    return expected > 0 ? took / expected : 1.0;
}

int kd_ledger_cores_at(const kd_ledger_place *at, const kd_ledger_node *n)
{
    return n->cores < at->cores ? n->cores : at->cores;
}

bool kd_ledger_fits(const kd_ledger_place *at, const kd_ledger_node *n)
{
    return at->used + kd_ledger_cores_at(at, n) <= at->cores;
}

int kd_ledger_widest_at(const kd_ledger *l, const kd_ledger_place *at)
{
    for (int p = 0; p < l->worker_count; p++)
        if (l->places[p].alive > 0 && l->places[p].cores > at->cores) return at->cores;
    return KD_LEDGER_WIDEST;
}

uint32_t kd_ledger_first(const kd_ledger *l, int least, int most)
{
    const kd_heap_item *best = NULL;
    for (int cores = least; cores <= most && cores <= l->widest; cores++) {
        const kd_heap *h = &l->ready[cores];
        if (h->count > 0 && (!best || kd_heap_goes_before(h->items[0], *best))) best = &h->items[0];
    }
    return best ? best->node : KD_NO_NODE;
}

/* One that should be done already takes a tenth longer. */
double kd_ledger_end_s(const kd_ledger *l, const kd_ledger_worker *holder, double now_s)
{
    const kd_ledger_node *n = &l->nodes.items[holder->held];
    double                expected_s = holder->since_s + n->cost_s * kd_ledger_ratio(l, n->kind);
    return expected_s > now_s ? expected_s : now_s + (now_s - holder->since_s) / 10;
}
