/* ledger_internal.h - what the files of the ledger share.
 *
 *     ledger.c            the graph, states, leases, budgets, what it looks like
 *     ledger_choose.c     which ready node a worker gets: longest path first, gaps filled
 *     ledger_rehearse.c   above them: the same near the end, by trying what each choice leads to
 */
#ifndef KD_LEDGER_LEDGER_INTERNAL_H
#define KD_LEDGER_LEDGER_INTERNAL_H

#include "harness/base/vec.h"
#include "harness/ledger/ledger.h"
#include "harness/ledger/ledger_heap.h"

#define KD_LEDGER_WIDEST 255

typedef struct {
    float    cost_s;  /* expected */
    float    path_s;  /* cost_s and the dearest chain of dependents */
    uint32_t attempt; /* of the newest lease */
    uint32_t missing;
    uint32_t link; /* HELD: the worker */
    uint8_t  state, kind, own_failures, ground_failures;
    uint8_t  cores;
} kd_ledger_node;

typedef struct {
    double heard_s, since_s;
    double share, share_s; /* what it told first of how far its node is, and when; 0 before that */
    uint32_t held;         /* a node, or KD_NO_NODE */
    int      place;
    bool     is_alive;
} kd_ledger_worker;

/* Cores that some workers share. */
typedef struct {
    int cores, used;
    int seats, alive; /* workers */
} kd_ledger_place;

typedef struct {
    uint32_t input, node;
} kd_ledger_edge;

/* What nodes of a kind were expected to take and took, and what is still expected. */
typedef struct {
    double expected_s, took_s, left_s;
    double left_core_s; /* the same, times cores */
    double told;        /* seconds for one expected one, by what a running node told; 0 for none */
} kd_ledger_pace;

struct kd_ledger {
    kd_ledger_rules rules;
    KD_VEC(kd_ledger_node) nodes;
    KD_VEC(kd_ledger_edge) edges;                  /* until the ledger is sealed */
    uint32_t         *dependents;                  /* all rows, one after another */
    size_t           *rows;                        /* dependents of n: rows[n] .. rows[n + 1] */
    kd_heap           ready[KD_LEDGER_WIDEST + 1]; /* by cores */
    int               widest;                      /* of all nodes */
    kd_heap           resting;
    kd_ledger_worker *workers;
    kd_ledger_place  *places;
    int               worker_count;
    size_t            counts[KD_LEDGER_STATES];
    kd_ledger_pace    paces[KD_LEDGER_KINDS];
    KD_VEC(uint32_t) blocked; /* as they became it; none ever leaves that state */
    KD_VEC(uint32_t) last;    /* what is not settled, once a rehearsal has looked for it */
    bool is_halted;
};

/* ---- ledger_choose.c ---- */

/* How many seconds one expected second of this kind turns out to be. */
double kd_ledger_ratio(const kd_ledger *ledger, int kind);

/* What a node takes of a place; one that is too wide for all of it takes all of it. */
int kd_ledger_cores_at(const kd_ledger_place *place, const kd_ledger_node *node);

/* Whether the place has as much left. */
bool kd_ledger_fits(const kd_ledger_place *place, const kd_ledger_node *node);

/* The cores of the widest node that may start at this place. What is too wide for it waits for a place with more, as long
 * as there is one. */
int kd_ledger_widest_at(const kd_ledger *ledger, const kd_ledger_place *place);

/* When a node that is held will be done. */
double kd_ledger_end_s(const kd_ledger *ledger, const kd_ledger_worker *holder, double now_s);

/* The ready node of `least` to `most` cores that goes first, or KD_NO_NODE. */
uint32_t kd_ledger_first(const kd_ledger *ledger, int least, int most);

/* The node that this worker, which holds nothing, should take now, or KD_NO_NODE. */
uint32_t kd_ledger_choose(const kd_ledger *ledger, const kd_ledger_worker *who, double now_s);

/* ---- ledger.c ---- */

/* A worker that holds nothing is to take a node now: who has rested is ready again. False when nothing is
 * taken any more. */
bool kd_ledger_begin_take(kd_ledger *ledger, int worker, double now_s);

/* Give a ready node to a worker; false when it is too late for it. */
bool kd_ledger_lease(kd_ledger *ledger, int worker, uint32_t node, double now_s, kd_lease *out);

#endif
