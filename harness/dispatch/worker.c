/* worker.c - one posted receive, one child at a time, one list of results that wait for their ACK.
 *
 * A round looks for a message, then at the child. While a child runs the round sleeps in poll(2)
 * on its pidfd, its pipe and the coordinator's nudges, so its end is seen at once and watching
 * costs nothing; without one it waits for the next message as the coordinator does.
 *
 * The worker writes nothing itself. A result is kept until the coordinator acknowledges it, sent
 * again when that takes long, and never thrown away before: an ACK means that the journal
 * holds it. */
#include "harness/dispatch/worker.h"

#include <math.h>
#include <mpi.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/log.h"
#include "harness/base/vec.h"
#include "harness/child/attempt.h"
#include "harness/child/cores.h"
#include "harness/dispatch/nudge.h"
#include "harness/dispatch/ranks.h"

#define PULSE_S  1.0
#define BESIDE_S 0.05 /* a message waits at most so long while a child runs, */
#define NUDGED_S 0.25 /* and so long when nudges come with it, should one be lost */
#define LOOKS    3    /* MPI may need more than one to see what has come */
#define RESEND_S 30.0
#define SILENT_S 60.0 /* a coordinator that says nothing for so long is gone */

typedef struct {
    const kd_worker_options *options;
    kd_site                  site;
    kd_store                *store; /* NULL before the first cell */
    kd_attempt              *attempt;
    kd_nudge                *nudge;
    bool                     is_nudged; /* the coordinator's nudges arrive */
    MPI_Request              receive;
    kd_message               inbox;
    KD_VEC(kd_msg_result) kept; /* not acknowledged, oldest first */
    uint64_t    sequence;
    double      heard_s, pulsed_s, sent_s;
    double      turned_s; /* the last round of the loop */
    bool        has_left, is_broken;
    kd_patience patience;
} worker;

/* ---- saying ---- */

static void send_result(worker *w, const kd_msg_result *result)
{
    kd_ranks_send(KD_COORDINATOR, KD_MSG_RESULT, result);
    kd_nudge_send(w->nudge, KD_COORDINATOR);
    w->sent_s = w->pulsed_s = kd_clock_s();
}

static void report(worker *w, kd_lease lease, const kd_outcome *outcome)
{
    kd_msg_result result = { .sequence = ++w->sequence, .lease = lease, .outcome = *outcome };
    send_result(w, &result);
    kd_vec_push(&w->kept, result);
}

static void say_ready(worker *w)
{
    kd_cores     cores = kd_cores_here();
    kd_msg_ready ready = {
        .protocol = KD_MESSAGE_PROTOCOL, .pid = getpid(), .cores = cores.count, .place = cores.set
    };
    gethostname(ready.host, sizeof ready.host - 1);
    kd_ranks_send(KD_COORDINATOR, KD_MSG_READY, &ready);
    kd_nudge_send(w->nudge, KD_COORDINATOR);
    w->pulsed_s = kd_clock_s();
}

/* Every second, with or without a cell. */
static void pulse(worker *w, double now_s)
{
    kd_msg_pulse message = { .lease = { KD_NO_NODE, 0 } };
    if (now_s - w->pulsed_s < PULSE_S) return;
    if (w->attempt) {
        message.lease = kd_attempt_lease(w->attempt);
        message.point = kd_child_point(kd_attempt_child(w->attempt));
    }
    kd_ranks_send(KD_COORDINATOR, KD_MSG_PULSE, &message);
    w->pulsed_s = now_s;
}

static void resend(worker *w, double now_s)
{
    if (w->kept.count == 0 || now_s - w->sent_s < RESEND_S) return;
    for (size_t i = 0; i < w->kept.count; i++) send_result(w, &w->kept.items[i]);
}

/* ---- hearing ---- */

/* The nursery links its libraries while the coordinator still reads and plans. */
static void make_site(worker *w)
{
    const kd_worker_options *o = w->options;
    w->site = (kd_site){ .program = o->program,
                         .grace_s = o->grace_s,
                         .keeps_work = o->keeps_work,
                         .nursery = o->is_warm ? kd_attempt_nursery(o->program) : NULL };
    if (o->is_warm) kd_nursery_warm(w->site.nursery);
}

static kd_status open_store(worker *w, kd_error *err)
{
    kd_status status = kd_store_open(&w->store, w->options->store, KD_STORE_WRITE, err);
    w->site.store = w->store;
    return status;
}

static void start(worker *w, const kd_assignment *assign)
{
    kd_error  err;
    kd_status status = KD_OK;
    /* Who gets a cell while it has one was given up and welcomed again; the old lease is over. */
    kd_attempt_close(w->attempt);
    w->attempt = NULL;
    if (!w->store) status = open_store(w, &err);
    if (status == KD_OK) status = kd_attempt_start(&w->attempt, &w->site, assign, &err);
    if (status == KD_OK) return;
    kd_outcome outcome = kd_outcome_of(KD_CAUSE_SYSTEM, status, &err);
    report(w, assign->lease, &outcome);
}

static void forget(worker *w, uint64_t sequence)
{
    size_t count = 0;
    while (count < w->kept.count && w->kept.items[count].sequence <= sequence) count++;
    if (count == 0) return;
    w->kept.count -= count;
    memmove(w->kept.items, w->kept.items + count, w->kept.count * sizeof *w->kept.items);
}

static void heed(worker *w, int tag, const kd_message *message)
{
    switch (tag) {
    case KD_MSG_ASSIGN:
        start(w, &message->ASSIGN);
        break;
    case KD_MSG_ACK:
        forget(w, message->ACK.sequence);
        break;
    case KD_MSG_STOP:
        if (w->attempt) kd_child_stop(kd_attempt_child(w->attempt), message->STOP.is_urgent);
        break;
    case KD_MSG_LEAVE:
        w->has_left = true;
        w->is_broken = message->LEAVE.is_broken;
    }
}

static void post_receive(worker *w)
{
    MPI_Irecv(&w->inbox, sizeof w->inbox, MPI_BYTE, KD_COORDINATOR, MPI_ANY_TAG, MPI_COMM_WORLD,
              &w->receive);
}

/* Take one message, if there is one. */
static bool receive(worker *w)
{
    int        is_there = 0, length;
    kd_error   err;
    MPI_Status status;
    for (int look = 0; look < LOOKS && !is_there; look++) MPI_Test(&w->receive, &is_there, &status);
    if (!is_there) return false;
    MPI_Get_count(&status, MPI_BYTE, &length);
    w->heard_s = kd_clock_s();
    if (kd_message_check(status.MPI_TAG, (size_t)length, KD_SENDER_COORDINATOR, &err) == KD_OK)
        heed(w, status.MPI_TAG, &w->inbox);
    else
        kd_log_warning("a message is passed over: %s", err.text);
    post_receive(w);
    return true;
}

/* ---- the loop ---- */

/* Nothing to do until a message comes. */
static void rest(worker *w)
{
    double sleep_s = kd_patience_next_s(&w->patience);
    if (sleep_s <= 0) return;
    bool can_sleep = w->is_nudged && kd_clock_s() - fmax(w->heard_s, w->sent_s) > KD_AWAKE_S;
    kd_nudge_wait(w->nudge, can_sleep ? NUDGED_S : sleep_s);
}

static void take_nudges(worker *w)
{
    int left = KD_NUDGES_A_TURN;
    while (kd_nudge_take(w->nudge, &left) >= 0) {
        w->is_nudged = true;
        kd_patience_reset(&w->patience);
    }
}

static void watch(worker *w)
{
    kd_outcome outcome;
    kd_child  *child = kd_attempt_child(w->attempt);
    kd_child_wait(&child, 1, kd_nudge_fd(w->nudge), w->is_nudged ? NUDGED_S : BESIDE_S);
    if (!kd_attempt_ended(w->attempt, &outcome)) return;
    kd_lease lease = kd_attempt_lease(w->attempt);
    kd_attempt_close(w->attempt);
    w->attempt = NULL;
    report(w, lease, &outcome);
    kd_patience_reset(&w->patience);
}

static kd_status work(worker *w, kd_error *err)
{
    while (!w->has_left) {
        if (receive(w)) {
            kd_patience_reset(&w->patience);
            continue;
        }
        if (w->attempt)
            watch(w);
        else
            rest(w);
        take_nudges(w);
        double now_s = kd_clock_s();
        if (kd_clock_absence_s(w->turned_s, now_s) > 0) w->heard_s = now_s;
        w->turned_s = now_s;
        pulse(w, now_s);
        resend(w, now_s);
        if (now_s - w->heard_s > SILENT_S)
            return kd_fail(err, KD_ESTOPPED, "the coordinator has been silent for %.0f s",
                           SILENT_S);
    }
    return KD_OK;
}

/* What mpirun passes on is for the coordinator, who tells the workers. */
static void ignore_signals(void)
{
    static const int numbers[] = { SIGUSR1, SIGUSR2, SIGHUP, SIGINT };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) signal(numbers[i], SIG_IGN);
}

kd_status kd_worker_run(const kd_worker_options *options, bool *is_broken, kd_error *err)
{
    worker w = { .options = options, .nudge = kd_nudge_open(kd_ranks_rank()) };
    w.heard_s = w.turned_s = kd_clock_s();
    ignore_signals();
    make_site(&w);
    kd_patience_reset(&w.patience);
    post_receive(&w);
    say_ready(&w);
    kd_status status = work(&w, err);
    *is_broken = w.is_broken || status != KD_OK;
    MPI_Cancel(&w.receive);
    MPI_Wait(&w.receive, MPI_STATUS_IGNORE);
    kd_attempt_close(w.attempt);
    kd_nursery_destroy(w.site.nursery);
    kd_vec_fini(&w.kept);
    kd_store_close(w.store);
    kd_nudge_close(w.nudge);
    return status;
}
