/* ledger_internal.h - what the files of the ledger share.
 *
 *     ledger.c            the graph, states, leases, budgets, what it looks like
 *     ledger_measure.c    what a node takes: seconds and cores
 *     ledger_choose.c     which ready node a worker gets: longest path first, gaps filled
 *     ledger_gang.c       wide cells: the places of their ranks, and what may run before them (gang.h)
 *     ledger_rehearse.c   above them: the same near the end, by trying what each choice leads to
 */
#ifndef KD_LEDGER_LEDGER_INTERNAL_H
#define KD_LEDGER_LEDGER_INTERNAL_H

#include "harness/base/vec.h"
#include "harness/ledger/gang.h"
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
    uint8_t  cores; /* of each rank */
    uint16_t ranks; /* 1 unless it is a wide cell */
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
    int told;         /* of the cores, those that are there */
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
    KD_VEC(kd_ledger_edge) edges;          /* until the ledger is sealed */
    uint32_t *dependents;                  /* all rows, one after another */
    size_t   *rows;                        /* dependents of n: rows[n] .. rows[n + 1] */
    kd_heap   ready[KD_LEDGER_WIDEST + 1]; /* by cores */
    kd_heap   gangs;                       /* wide cells that are ready */
    KD_VEC(kd_ledger_stretch) stretches;   /* of those that are held */
    int               widest;              /* of all nodes */
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

/* ---- ledger_measure.c ---- */

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

/* The ready node of `least` to `most` cores that goes first and is no wide cell, or KD_NO_NODE. */
uint32_t kd_ledger_first(const kd_ledger *ledger, int least, int most);

/* ---- ledger_choose.c ---- */

/* The node that this worker, which holds nothing, should take now, or KD_NO_NODE. */
uint32_t kd_ledger_choose(const kd_ledger *ledger, const kd_ledger_worker *who, double now_s);

/* ---- ledger_gang.c ---- */

/* The wide cell that goes first of those that the live places have room for, or KD_NO_NODE. */
uint32_t kd_ledger_first_gang(const kd_ledger *ledger);

/* Whether all that this one asks for is free now, and `who` can start it. */
bool kd_ledger_gang_fits(const kd_ledger *ledger, const kd_ledger_worker *who,
                         const kd_ledger_node *node, double now_s);

/* What others may use of a place meanwhile: all of it until then, and so many cores for longer. */
typedef struct {
    double until_s;
    int    over;
} kd_ledger_gap;

kd_ledger_gap kd_ledger_gang_gap(const kd_ledger *ledger, int place, const kd_ledger_node *node,
                                 double now_s);

/* The worker takes what fits, or what it has in another ledger of the same workers, and gives it back. */
void kd_ledger_gang_enter(kd_ledger *ledger, int worker, const kd_ledger_node *node, double now_s);
void kd_ledger_gang_copy(kd_ledger *ledger, int worker, const kd_ledger_node *node,
                         const kd_ledger *from);
void kd_ledger_gang_leave(kd_ledger *ledger, int worker, const kd_ledger_node *node);

/* How many cores of a place the worker's node has. */
int kd_ledger_held_at(const kd_ledger *ledger, int worker, int place);

/* ---- ledger.c ---- */

/* A worker that holds nothing is to take a node now: who has rested is ready again. False when nothing is
 * taken any more. */
bool kd_ledger_begin_take(kd_ledger *ledger, int worker, double now_s);

/* Give a ready node to a worker; false when it is too late for it. */
bool kd_ledger_lease(kd_ledger *ledger, int worker, uint32_t node, double now_s, kd_lease *out);

/* Give it as `from`, whose workers are the same, has given it: on the cores that it has there. */
void kd_ledger_lease_alike(kd_ledger *ledger, int worker, uint32_t node, const kd_ledger *from);

#endif
