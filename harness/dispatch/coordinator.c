/* coordinator.c - rank 0: receive, move, send.
 *
 * From start to teardown:
 *
 *   1. Each worker says READY. Until then it is not counted on: one that never comes costs nothing.
 *      Where there are wide cells nothing is given out before all have come or some seconds are over,
 *      for only then it is known which of them find room.
 *   2. The sweep has a cell for it: the ledger gives a lease (node, attempt), the cell's text is
 *      written, ASSIGN is sent. When there is none, the worker stays idle and is thought of again
 *      after every result.
 *   3. The worker starts a process for the cell and says PULSE every second. Any message is a
 *      sign of life.
 *   4. The process has left an object in the store, or has failed: RESULT. The ledger
 *      moves, the journal gets a record in memory, and the worker, which is free again, its next
 *      ASSIGN.
 *   5. Every 20 ms (sooner when there is nothing else to do at the end) all records are written and
 *      synced at once. Then each worker that waits for it gets one ACK for all its results.
 *   6. A worker that is silent for too long, or whose process is gone, is lost: its lease ends, the
 *      node goes to another worker under the next attempt. If it speaks again, it is welcome. When we
 *      were away ourselves (stopped, suspended), all workers get a fresh span of silence first.
 *   7. The ledger is over: nothing is held and nothing can start. The last records are made
 *      durable, the last ACKs sent, then LEAVE to every worker, and MPI ends. When the run is asked
 *      to stop, STOP comes before: workers bring their cells to a safe point and tell
 *      them stopped, which ends their leases, and 7 follows.
 *
 * Why no cell is lost. A node leaves the ledger's heaps only by a lease, and a lease ends in one of
 * three ways: by its own result, by the loss of its worker, or with this process. The first two
 * move the node to DONE, to FAILED, or back to a heap. In the third the next run finds the node
 * without an object and plans it again. MPI keeps the order of messages between two ranks, so
 * the ACK of a result is before LEAVE, and LEAVE is sent when nobody holds a lease.
 *
 * Why no cell is counted twice. What counts is the object, whose name is the cell's id, and
 * which is renamed into place whole: making it twice gives one object. In the journal only the
 * newest lease of a node can record a result, because the ledger ends a lease before it gives the
 * next one, which is of a later attempt; a result of an ended lease is SAME or STALE and leaves no
 * record. It is acknowledged all the same, for there is nothing that its worker could still do.
 *
 * Why an acknowledged cell stays. ACK is sent when nothing is pending in the journal, and so
 * after the fdatasync of every record that it covers; the object was synced before its rename,
 * which was before RESULT. If this process dies between the two, the object is there without a
 * record, and the next run adopts it.
 *
 * Why it ends. Each node has finitely many retries; a lease ends by a result or, at the latest,
 * when its worker's silence does; without live workers the sweep is halted. Nothing here waits for
 * a particular worker: one receive is posted for each, so a message that a dying rank left half
 * sent blocks no other. */
#include "harness/dispatch/coordinator.h"

#include <errno.h>
#include <math.h>
#include <mpi.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/log.h"
#include "harness/dispatch/nudge.h"
#include "harness/dispatch/ranks.h"

#define LOOK_S      0.25 /* between looks for lost workers and at signals */
#define HEARTBEAT_S 5.0  /* a worker hears of us at least so often */
#define START_S     60.0 /* for the first worker to come */
#define ALONE_S     10.0 /* for one to come back when all are lost, or with it room for a wide cell */
#define MUSTER_S    20.0 /* for all workers to come, where there are wide cells */

typedef struct {
    bool     is_known; /* spoke, and was not lost since */
    bool     is_lost;
    bool     is_idle;
    bool     nudges;      /* its nudges arrive */
    int      told;        /* the urgency of the last STOP */
    pid_t    pid;         /* when it can be seen from here, else 0 */
    uint64_t last, acked; /* sequence numbers of its results */
    double   spoke_s;     /* when it was last sent something, */
    double   heard_s;     /* and when something came from it */
    int      place;       /* in the ledger; -1 before READY */
    uint64_t cores;       /* which they are */
} peer;

typedef struct {
    kd_sweep    *sweep;
    int          workers;
    peer        *peers;    /* worker w is rank w + 1 */
    MPI_Request *receives; /* one for each worker, always posted */
    kd_message  *inboxes;
    int         *ready; /* scratch for MPI_Testsome */
    MPI_Status  *statuses;
    kd_nudge    *nudge;
    kd_patience  patience;
    int          idle;    /* how many peers are */
    unsigned    *refused; /* the round in which a place had nothing for its workers */
    unsigned     round;
    int          urgency;
    double       looked_s;
    double       until_s;    /* how long it can do without a live worker */
    double       musters_s;  /* nothing is given out until then; 0 when all have come */
    double       has_room_s; /* when it could go on last */
    char         host[64];
} coordinator;

/* ---- saying ---- */

static void say(coordinator *c, int w, kd_message_tag tag, const void *payload)
{
    kd_ranks_send(w + 1, tag, payload);
    c->peers[w].spoke_s = kd_clock_s();
    if (tag != KD_MSG_ACK) kd_nudge_send(c->nudge, w + 1); /* an ACK can wait */
}

static void say_stop(coordinator *c, int w, int urgency)
{
    if (c->peers[w].told >= urgency) return;
    c->peers[w].told = urgency;
    say(c, w, KD_MSG_STOP, &(kd_msg_stop){ .is_urgent = urgency > 1 });
}

static void say_ack(coordinator *c, int w)
{
    c->peers[w].acked = c->peers[w].last;
    say(c, w, KD_MSG_ACK, &(kd_msg_ack){ .sequence = c->peers[w].last });
}

static void acknowledge(coordinator *c)
{
    if (!kd_sweep_is_durable(c->sweep)) return;
    for (int w = 0; w < c->workers; w++)
        if (c->peers[w].acked < c->peers[w].last) say_ack(c, w);
}

/* Give this worker a cell, or remember that it has none. */
static bool assign(coordinator *c, int w, double now_s)
{
    kd_assignment message;
    peer         *p = &c->peers[w];
    bool          was = p->is_idle;
    p->is_idle = c->urgency > 0 || c->musters_s > 0 || !kd_sweep_next(c->sweep, w, now_s, &message);
    c->idle += p->is_idle - was;
    if (!p->is_idle) say(c, w, KD_MSG_ASSIGN, &message);
    return !p->is_idle;
}

static bool has_work(const coordinator *c, double now_s)
{
    const kd_ledger *ledger = kd_sweep_ledger(c->sweep);
    double           wakes_s = kd_ledger_wakes_s(ledger);
    return kd_ledger_count(ledger, KD_LEDGER_READY) > 0 || (wakes_s > 0 && wakes_s <= now_s);
}

/* A result may have made others ready, or freed the cores that they want. What one place has no
 * cores for, another may have. */
static void employ(coordinator *c, double now_s)
{
    if (c->idle == 0 || !has_work(c, now_s)) return;
    c->round++;
    for (int w = 0; c->idle > 0 && w < c->workers; w++) {
        peer *p = &c->peers[w];
        if (p->is_idle && c->refused[p->place] != c->round && !assign(c, w, now_s))
            c->refused[p->place] = c->round;
    }
}

/* ---- hearing ---- */

static bool can_see(const coordinator *c, const kd_msg_ready *ready)
{
    return strncmp(c->host, ready->host, sizeof c->host) == 0 && kill(ready->pid, 0) == 0;
}

/* Workers that tell the same cores share a place, that of the first of them who came. */
static void seat(coordinator *c, int w, const kd_msg_ready *ready)
{
    peer *p = &c->peers[w];
    p->cores = ready->place;
    p->place = w;
    for (int other = 0; other < c->workers; other++)
        if (other != w && c->peers[other].place >= 0 && c->peers[other].cores == p->cores)
            p->place = c->peers[other].place;
    kd_sweep_seat(c->sweep, w, p->place, ready->cores);
    kd_sweep_name_place(c->sweep, p->place, ready->host);
}

static void meet(coordinator *c, int w, const kd_msg_ready *ready, double now_s)
{
    if (ready->protocol != KD_MESSAGE_PROTOCOL) {
        kd_log_error("worker %d on %.*s is another version of kdgrid-mpi; it is sent home", w + 1,
                     (int)sizeof ready->host, ready->host);
        say(c, w, KD_MSG_LEAVE, &(kd_msg_leave){ .is_broken = 1 });
        return;
    }
    c->peers[w].pid = can_see(c, ready) ? ready->pid : 0;
    seat(c, w, ready);
    assign(c, w, now_s);
}

static bool all_have_come(const coordinator *c)
{
    for (int w = 0; w < c->workers; w++)
        if (c->peers[w].place < 0) return false;
    return true;
}

/* Which wide cells find room only all machines together tell. */
static void muster(coordinator *c, double now_s)
{
    if (c->musters_s <= 0 || (!all_have_come(c) && now_s < c->musters_s)) return;
    c->musters_s = 0;
    if (kd_sweep_has_room(c->sweep)) employ(c, now_s);
}

static void note_sequence(peer *p, uint64_t sequence)
{
    p->last = sequence > p->last ? sequence : p->last;
    p->acked = p->acked < sequence ? p->acked : sequence - 1; /* told again, so wants its ACK */
}

static bool holds_cell(const coordinator *c, int w)
{
    return kd_ledger_held_by(kd_sweep_ledger(c->sweep), w) != KD_NO_NODE;
}

/* A worker that was lost and speaks again has nothing that is still wanted but its hands. */
static void take_result(coordinator *c, int w, const kd_msg_result *result, double now_s)
{
    kd_outcome outcome = result->outcome;
    outcome.text[sizeof outcome.text - 1] = 0;
    note_sequence(&c->peers[w], result->sequence);
    kd_sweep_result(c->sweep, w, result->lease, &outcome, now_s);
    if (!holds_cell(c, w)) assign(c, w, now_s);
}

/* One that was lost while it had no cell, and has none now, is thought of again. */
static void welcome(coordinator *c, int w, kd_lease lease, double now_s)
{
    if (lease.node != KD_NO_NODE || holds_cell(c, w) || c->peers[w].is_idle) return;
    if (c->peers[w].place >= 0) assign(c, w, now_s);
}

static void heed(coordinator *c, int w, int tag, const kd_message *m, double now_s)
{
    kd_sweep_hear(c->sweep, w, now_s);
    c->until_s = now_s + ALONE_S;
    c->peers[w].is_known = true;
    c->peers[w].is_lost = false;
    c->peers[w].heard_s = now_s;
    kd_patience_end(&c->patience);
    switch (tag) {
    case KD_MSG_READY:
        meet(c, w, &m->READY, now_s);
        break;
    case KD_MSG_PULSE:
        kd_sweep_point(c->sweep, w, m->PULSE.lease, &m->PULSE.point);
        welcome(c, w, m->PULSE.lease, now_s);
        break;
    case KD_MSG_RESULT:
        take_result(c, w, &m->RESULT, now_s);
    }
}

static void post_receive(coordinator *c, int w)
{
    MPI_Irecv(&c->inboxes[w], sizeof *c->inboxes, MPI_BYTE, w + 1, MPI_ANY_TAG, MPI_COMM_WORLD,
              &c->receives[w]);
}

/* Take what has arrived; false when there is nothing. */
static bool receive(coordinator *c)
{
    int count = 0, length;
    MPI_Testsome(c->workers, c->receives, &count, c->ready, c->statuses);
    if (count <= 0) return false;
    double now_s = kd_clock_s();
    for (int i = 0; i < count; i++) {
        int      w = c->ready[i];
        int      tag = c->statuses[i].MPI_TAG;
        kd_error err;
        MPI_Get_count(&c->statuses[i], MPI_BYTE, &length);
        if (kd_message_check(tag, (size_t)length, KD_SENDER_WORKER, &err) == KD_OK)
            heed(c, w, tag, &c->inboxes[w], now_s);
        else
            kd_log_warning("a message of worker %d is passed over: %s", w + 1, err.text);
        post_receive(c, w);
    }
    muster(c, now_s);
    employ(c, now_s);
    return true;
}

/* ---- looking after ---- */

static void lose(coordinator *c, int w, const char *why, double now_s)
{
    peer *p = &c->peers[w];
    kd_log_warning("worker %d %s", w + 1, why);
    c->idle -= p->is_idle;
    p->is_idle = p->is_known = p->nudges = false;
    p->is_lost = true;
    p->pid = 0;
    kd_sweep_lose(c->sweep, w, why, now_s);
}

static void find_lost(coordinator *c, double now_s)
{
    for (int w = 0; w < c->workers; w++)
        if (c->peers[w].pid > 0 && kill(c->peers[w].pid, 0) != 0 && errno == ESRCH)
            lose(c, w, "died", now_s);
    for (int w; (w = kd_ledger_silent(kd_sweep_ledger(c->sweep), now_s)) >= 0;)
        lose(c, w, "fell silent", now_s);
}

/* Of wide cells that lost a machine, whether or not those who started them have noticed. */
static void find_broken(coordinator *c, double now_s)
{
    for (int w; (w = kd_ledger_broken(kd_sweep_ledger(c->sweep))) >= 0;) {
        kd_log_warning("the cell of worker %d lost a machine of its ranks", w + 1);
        say(c, w, KD_MSG_STOP, &(kd_msg_stop){ .is_urgent = 1 });
        kd_sweep_break(c->sweep, w, now_s);
        assign(c, w, now_s);
    }
}

/* What needs more machines than are left waits for them to come back, but not for ever. */
static void miss_room(coordinator *c, double now_s)
{
    if (c->musters_s > 0 || !kd_ledger_is_stuck(kd_sweep_ledger(c->sweep))) c->has_room_s = now_s;
    if (now_s - c->has_room_s > ALONE_S)
        kd_sweep_halt(c->sweep, "what is left needs more machines than are left");
}

static void be_heard(coordinator *c, double now_s)
{
    for (int w = 0; w < c->workers; w++)
        if (c->peers[w].is_known && now_s - c->peers[w].spoke_s > HEARTBEAT_S) say_ack(c, w);
}

static void heed_signals(coordinator *c, double now_s)
{
    int urgency = kd_sweep_urgency(c->sweep, now_s);
    if (urgency <= c->urgency) return;
    c->urgency = urgency;
    for (int w = 0; w < c->workers; w++) say_stop(c, w, urgency);
}

/* After an absence of ours nobody is to blame for his silence. */
static void forgive(coordinator *c, double now_s)
{
    double away_s = kd_clock_absence_s(c->looked_s, now_s);
    if (away_s <= 0) return;
    kd_log_info("this process was away for %.0f s; the silence of workers is counted anew", away_s);
    kd_sweep_forgive(c->sweep, now_s);
    c->until_s += away_s;
    c->has_room_s += away_s;
    if (c->musters_s > 0) c->musters_s += away_s;
}

/* Once in a while; everything here can wait for a quarter of a second. */
static void look_after(coordinator *c)
{
    double now_s = kd_clock_s();
    if (now_s - c->looked_s < LOOK_S) return;
    forgive(c, now_s);
    c->looked_s = now_s;
    heed_signals(c, now_s);
    find_lost(c, now_s);
    find_broken(c, now_s);
    be_heard(c, now_s);
    muster(c, now_s);
    employ(c, now_s); /* what rested may be ready */
    miss_room(c, now_s);
    kd_sweep_tick(c->sweep, now_s);
    if (now_s > c->until_s && kd_ledger_workers(kd_sweep_ledger(c->sweep)) == 0)
        kd_sweep_halt(c->sweep, "no worker is left");
}

/* ---- from start to teardown ---- */

static void open_receives(coordinator *c)
{
    for (int w = 0; w < c->workers; w++) post_receive(c, w);
}

static void close_receives(coordinator *c)
{
    for (int w = 0; w < c->workers; w++) {
        MPI_Cancel(&c->receives[w]);
        MPI_Wait(&c->receives[w], MPI_STATUS_IGNORE);
    }
}

/* Whoever is on another machine, or has not come yet, has to be asked for. */
static bool all_nudge(const coordinator *c)
{
    for (int w = 0; w < c->workers; w++)
        if (!c->peers[w].nudges && !c->peers[w].is_lost) return false;
    return true;
}

/* Nothing has come. With workers that nudge there is nothing to ask for until one does; records
 * that wait are made durable when it is time. */
static void rest(coordinator *c)
{
    double sleep_s = kd_patience_next_s(&c->patience);
    if (sleep_s <= 0) return;
    if (all_nudge(c)) sleep_s = fmin(LOOK_S, kd_sweep_due_s(c->sweep));
    kd_nudge_wait(c->nudge, sleep_s);
    for (int from, left = KD_NUDGES_A_TURN; (from = kd_nudge_take(c->nudge, &left)) >= 0;) {
        kd_patience_reset(&c->patience);
        if (from >= 1 && from <= c->workers) c->peers[from - 1].nudges = true;
    }
}

static void coordinate(coordinator *c)
{
    kd_patience_reset(&c->patience);
    while (!kd_sweep_is_over(c->sweep)) {
        if (!receive(c)) rest(c);
        kd_sweep_commit(c->sweep, false);
        acknowledge(c);
        look_after(c);
    }
}

static bool is_broken(const coordinator *c)
{
    for (int w = 0; w < c->workers; w++)
        if (c->peers[w].is_lost) return true;
    return false;
}

/* Also to workers that are lost or never came: one that only slept finds the message when it wakes.
 * Results that cannot be made durable are not acknowledged; their workers go home without. */
static void send_home(coordinator *c)
{
    kd_msg_leave leave = { .is_broken = is_broken(c) };
    kd_sweep_commit(c->sweep, true);
    acknowledge(c);
    for (int w = 0; w < c->workers; w++) say(c, w, KD_MSG_LEAVE, &leave);
}

bool kd_coordinator_run(kd_sweep *sweep, int workers)
{
    size_t      count = (size_t)workers;
    coordinator c = { .sweep = sweep,
                      .workers = workers,
                      .peers = kd_alloc(count, sizeof *c.peers),
                      .receives = kd_alloc(count, sizeof *c.receives),
                      .inboxes = kd_alloc(count, sizeof *c.inboxes),
                      .ready = kd_alloc(count, sizeof *c.ready),
                      .statuses = kd_alloc(count, sizeof *c.statuses),
                      .nudge = kd_nudge_open(KD_COORDINATOR),
                      .refused = kd_alloc(count, sizeof *c.refused),
                      .looked_s = kd_clock_s(),
                      .until_s = kd_clock_s() + START_S,
                      .has_room_s = kd_clock_s() };
    if (kd_sweep_has_wide(sweep)) c.musters_s = kd_clock_s() + MUSTER_S;
    gethostname(c.host, sizeof c.host - 1);
    for (int w = 0; w < workers; w++) c.peers[w].place = -1;
    open_receives(&c);
    coordinate(&c);
    send_home(&c);
    close_receives(&c);
    bool is_whole = !is_broken(&c);
    free(c.peers);
    free(c.receives);
    free(c.inboxes);
    free(c.ready);
    free(c.refused);
    free(c.statuses);
    kd_nudge_close(c.nudge);
    return is_whole;
}

void kd_coordinator_dismiss(int workers)
{
    for (int w = 0; w < workers; w++) kd_ranks_send(w + 1, KD_MSG_LEAVE, &(kd_msg_leave){ 0 });
}
