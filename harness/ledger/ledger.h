/* ledger.h - which node waits, is held, is done: the state of a study on its way, and nothing else.
 *
 * No MPI, no files and no clock: time is an argument, so a test is a table.
 *
 *                       inputs done            lease                result
 *     add -> WAITING ---------------> READY ----------> HELD ---------------> DONE
 *                |                    ^  |                |
 *                |          rest over |  | would outlast  | failed, lost
 *                |                    |  v the deadline   v
 *                |               RESTING LATE      budget left? --yes--> RESTING
 *                v                                        | no
 *             BLOCKED <------ all that stands on it --- FAILED
 *
 * A node that was leased and turns out to be in other hands, of which the ledger knows nothing, is ELSEWHERE until
 * the time that it was told; then it is READY, and whoever leases it looks again.
 *
 * A worker holds one node. A lease is (node, attempt); only the newest lease of a node counts, so a result that comes late, from a worker that was
 * given up, is told apart: the same result again, or one that nobody waits for any more.
 *
 * Among ready nodes the one with the longest remaining path (its cost and that of the dearest
 * chain above it) goes first, which keeps a study's end short. A lease, a result and a
 * failure take O(log nodes + dependents), so a million nodes are an ordinary size.
 *
 * Workers of one machine share its cores, and a node that is too wide for them waits for a machine with more, as long as
 * there is one. When the first node in order is too wide for what is
 * free there, narrower ones fill the gap as long as they do not keep it waiting:
 *
 *     core 0  | a a a a | W W W        W waits for a, so b and c, which end by then or
 *     core 1  | b b | c | W W W        use what W leaves over, may start before it
 *     core 2  | d d d d d d d d
 *
 * As long as the work that is left says when all will be done, and no single path does, a wide node
 * goes out of turn: when its place is empty anyway, or will be before a core has waited for long.
 *
 * A wide cell is a node of several ranks with cores of their own, on one place or, where none is so large, on several (gang.h).
 * It takes them all at once. When it goes first and they are not free, narrower nodes fill the gaps of all places by the rule
 * above; but from the moment that one of those it waits for is overdue, only on cores that it leaves over. So it waits for
 * nodes that run, never for such as started in the meantime.
 *
 * That order leaves an end that is uneven by the length of a node: the last few are better taken by
 * ledger_rehearse.h.
 */
#ifndef KD_LEDGER_LEDGER_H
#define KD_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/ledger/budget.h"
#include "harness/ledger/lease.h"

#define KD_LEDGER_KINDS 8 /* kinds of nodes whose costs are learned apart */

typedef enum {
    KD_LEDGER_WAITING, /* an input is not done */
    KD_LEDGER_READY,
    KD_LEDGER_RESTING,   /* failed, and tried again after a pause */
    KD_LEDGER_ELSEWHERE, /* another coordinator is at it; looked at again after a pause */
    KD_LEDGER_LATE,      /* cannot end before the deadline, nor reach its next checkpoint */
    KD_LEDGER_HELD,
    KD_LEDGER_DONE,
    KD_LEDGER_FAILED,
    KD_LEDGER_BLOCKED, /* something that it stands on failed */
    KD_LEDGER_STATES
} kd_ledger_state;

typedef struct {
    int    own_retries;    /* KD_BUDGET_OWN */
    int    ground_retries; /* KD_BUDGET_GROUND */
    double rest_s;         /* the pause before the first retry; it doubles with each */
    double silence_s;      /* a worker that says nothing for so long is lost; 0 for never */
    double deadline_s;     /* nothing starts that cannot end or save by then; 0 for none */
    double checkpoint_s;   /* after so long a running node has saved its state */
} kd_ledger_rules;

typedef struct kd_ledger kd_ledger;

kd_ledger *kd_ledger_create(const kd_ledger_rules *rules, int workers);
void       kd_ledger_destroy(kd_ledger *ledger);

/* ---- the graph: add, need, settle, then seal ---- */

/* A node of one of KD_LEDGER_KINDS kinds, expected to take `cost_s`, tried `attempts` times
 * already (in earlier runs). Nodes are numbered from 0. */
uint32_t kd_ledger_add(kd_ledger *ledger, int kind, double cost_s, uint32_t attempts);

/* `node` runs on so many cores; 1 without this. */
void kd_ledger_ask(kd_ledger *ledger, uint32_t node, int cores);

/* `node` is a wide cell: so many ranks, each on the cores that were asked for before. */
void kd_ledger_share(kd_ledger *ledger, uint32_t node, int ranks);

/* `node` can start only when `input` is done. A pair that is told twice counts once or twice
 * alike. */
void kd_ledger_need(kd_ledger *ledger, uint32_t node, uint32_t input);

/* `node` is done, or has failed for good, since before this run. */
void kd_ledger_settle(kd_ledger *ledger, uint32_t node, bool is_done);

/* Find paths and what is ready. KD_EBUG when nodes need one another in a circle. */
kd_status kd_ledger_seal(kd_ledger *ledger, kd_error *err);

/* ---- on its way ---- */

/* `worker` sits at `place`, one of as many as there are workers, together with others. The place
 * has the cores that any of them told, but never fewer than it has workers. Without this each
 * worker has a place of its own with all the cores it may want. */
void kd_ledger_seat(kd_ledger *ledger, int worker, int place, int cores);

/* A sign of life of `worker`, whatever it is. One that was given up is welcome again. */
void kd_ledger_hear(kd_ledger *ledger, int worker, double now_s);

/* Give `worker`, which holds nothing, the best ready node that its place has the cores for. False
 * when there is none for now. */
bool kd_ledger_take(kd_ledger *ledger, int worker, double now_s, kd_lease *out);

typedef enum {
    KD_VERDICT_DONE,   /* first result of this node: it counts */
    KD_VERDICT_RETRY,  /* it failed and will be tried again */
    KD_VERDICT_FAILED, /* it failed for good; what stands on it is blocked */
    KD_VERDICT_SAME,   /* told before: nothing changes */
    KD_VERDICT_STALE,  /* from a lease that is over: refused */
} kd_verdict;

/* The holder of `lease` has a result, or failed; its worker is free. `wall_s` teaches what such
 * nodes take, unless it is negative; of a node that went on from a checkpoint, by what was done since. */
kd_verdict kd_ledger_done(kd_ledger *ledger, kd_lease lease, double wall_s);
kd_verdict kd_ledger_failed(kd_ledger *ledger, kd_lease lease, kd_cause cause, double now_s);

/* What `lease` was given for is in other hands until `wakes_s` at least. This was no attempt: the lease is
 * as if it had not been, and its worker is free. */
void kd_ledger_elsewhere(kd_ledger *ledger, kd_lease lease, double wakes_s);

/* A node that nobody here holds was made elsewhere: it is done. False for one that is held, or that was
 * settled before. */
bool kd_ledger_found(kd_ledger *ledger, uint32_t node);

/* Give up a worker: false when it holds nothing, else its lease ended for KD_CAUSE_LOST. */
bool kd_ledger_lose(kd_ledger *ledger, int worker, double now_s, kd_lease *out,
                    kd_verdict *verdict);

/* A live worker that was silent for too long, or -1. */
int kd_ledger_silent(const kd_ledger *ledger, double now_s);

/* A worker whose node has ranks on a place where nobody lives any more, or -1: whoever started it may not have noticed. */
int kd_ledger_broken(const kd_ledger *ledger);

/* The node that `worker` holds is so far, from 0 to 1: from the second word on this tells how
 * long such nodes take, as long as none has finished. */
void kd_ledger_progress(kd_ledger *ledger, int worker, double share, double now_s);

/* Nobody could be heard until now: the silence of every live worker begins anew. */
void kd_ledger_forgive(kd_ledger *ledger, double now_s);

/* From now on nothing is taken. What is held goes on. */
void kd_ledger_halt(kd_ledger *ledger);

/* ---- looking ---- */

/* Nothing is held and nothing will become ready by itself. */
bool kd_ledger_is_over(const kd_ledger *ledger);

/* Nodes in a state; workers that are alive; what a worker holds, KD_NO_NODE for nothing. */
size_t          kd_ledger_count(const kd_ledger *ledger, kd_ledger_state state);
int             kd_ledger_workers(const kd_ledger *ledger);
uint32_t        kd_ledger_held_by(const kd_ledger *ledger, int worker);
kd_ledger_state kd_ledger_state_of(const kd_ledger *ledger, uint32_t node);

/* Whether the live places have room for it, were all of them free. Only wide cells ever lack it: another node that is too wide gets
 * all of the widest place. */
bool kd_ledger_has_room(const kd_ledger *ledger, uint32_t node);

/* Nothing is held, and all that is ready are wide cells without room. */
bool kd_ledger_is_stuck(const kd_ledger *ledger);

/* Where the ranks of the wide cell are that `worker` holds: `most` of the stretches to `out`, and how many there are. */
typedef struct {
    int worker, place, ranks;
} kd_ledger_stretch;

size_t kd_ledger_stretches(const kd_ledger *ledger, int worker, kd_ledger_stretch *out,
                           size_t most);

/* All blocked nodes in the order in which they became it, so that who knew some finds the others behind
 * them; until the next call that may block one. */
const uint32_t *kd_ledger_blocked(const kd_ledger *ledger, size_t *count);

/* What a node is expected to take, by what others of its kind took or told; negative while none
 * did. */
double kd_ledger_expected_s(const kd_ledger *ledger, uint32_t node);

/* When the next node that rests, or is elsewhere, wakes; 0 for none. */
double kd_ledger_wakes_s(const kd_ledger *ledger);

/* How long until all is done, from the costs and from what nodes of each kind took or told so far;
 * negative while that is unknown for more than a tenth of the work. */
double kd_ledger_eta_s(const kd_ledger *ledger, double now_s);

#endif
