/* sweep.c - each move is made in the ledger first, then written, then told. */
#include "harness/dispatch/sweep_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/base/clock.h"
#include "harness/base/fault.h"
#include "harness/base/log.h"
#include "harness/child/stop.h"
#include "harness/dispatch/launch_words.h"
#include "harness/store/live.h"

#define COMMIT_S     0.02 /* a result waits at most so long for others to be committed with */
#define COMMIT_COUNT 8192
#define RETRY_S      1.0 /* between commits that fail */
#define KEEP_S       1.0 /* between looks whether our place in the store is still ours */
#define ACK_LATE_S   1.0 /* how late a fault lets an acknowledgement be */
#define LIVE_S       2.0 /* between pictures of what runs, for `status` */

/* What is elsewhere is looked at again after a sixteenth of the time that it was there already, within
 * these bounds: an end is noticed late by little, and a long cell asks for few looks. */
#define GLANCE_LEAST_S 0.05
#define GLANCE_MOST_S  4.0
#define GLANCE_SHARE   16

/* ---- what its files share ---- */

uint64_t kd_sweep_append(kd_sweep *s, kd_journal_type type, kd_id id, uint32_t attempt, int worker)
{
    return kd_journal_append(
        s->journal,
        &(kd_journal_entry){ .type = type, .id = id, .attempt = attempt, .worker = worker });
}

const char *kd_sweep_label(kd_sweep *s, uint32_t node)
{
    kd_str_reset(&s->label);
    s->options.work.label(s->options.work.self, node, &s->label);
    return s->label.text;
}

void kd_sweep_count_blocked(kd_sweep *s, size_t before)
{
    size_t          count;
    const uint32_t *blocked = kd_ledger_blocked(s->ledger, &count);
    for (size_t i = before; i < count; i++) s->cells_failed += kd_sweep_is_cell(s, blocked[i]);
}

void kd_sweep_leave_elsewhere(kd_sweep *s, kd_lease lease, double now_s)
{
    double *since_s = &s->elsewhere_s[lease.node];
    if (*since_s <= 0) *since_s = now_s;
    double pause_s = (now_s - *since_s) / GLANCE_SHARE;
    kd_ledger_elsewhere(s->ledger, lease,
                        now_s + fmin(fmax(pause_s, GLANCE_LEAST_S), GLANCE_MOST_S));
}

void kd_sweep_free(kd_sweep *s)
{
    kd_ledger_destroy(s->ledger);
    kd_journal_close(s->journal);
    kd_elastic_close(s->elastic, s->claims, false);
    kd_claims_close(s->claims);
    kd_lock_release(s->lock);
    free(s->elsewhere_s);
    free(s->tasks);
    free(s->seats);
    kd_str_fini(&s->label);
    kd_str_fini(&s->text);
    free(s);
}

/* ---- looking ---- */

static kd_progress_counts standing_of(const kd_sweep *s, double now_s)
{
    size_t failed = kd_ledger_count(s->ledger, KD_LEDGER_FAILED);
    size_t blocked = kd_ledger_count(s->ledger, KD_LEDGER_BLOCKED);
    size_t left = s->options.work.count - kd_ledger_count(s->ledger, KD_LEDGER_DONE);
    return (kd_progress_counts){ .total = s->total,
                                 .done = s->total - left,
                                 .failed = failed,
                                 .blocked = blocked,
                                 .cells = s->cells,
                                 .cells_done = s->cells_done,
                                 .cells_failed = s->cells_failed,
                                 .running = kd_ledger_count(s->ledger, KD_LEDGER_HELD),
                                 .workers = kd_ledger_workers(s->ledger),
                                 .eta_s = kd_ledger_eta_s(s->ledger, now_s) };
}

const kd_ledger *kd_sweep_ledger(const kd_sweep *s)
{
    return s->ledger;
}

bool kd_sweep_is_over(const kd_sweep *s)
{
    return kd_ledger_is_over(s->ledger);
}

static bool is_durable(const kd_sweep *s)
{
    return kd_journal_pending(s->journal) == 0;
}

bool kd_sweep_is_durable(const kd_sweep *s)
{
    return is_durable(s) && (s->tells_s <= 0 || kd_clock_s() >= s->tells_s);
}

/* In how many seconds the records that wait should be committed. At once where faults are counted, for
 * what is written together depends on times, and a run with these faults shall repeat another. */
static double commits_s(const kd_sweep *s, double now_s)
{
    double due_s = 0;
    if (kd_journal_pending(s->journal) < COMMIT_COUNT && !kd_fault_is_counted())
        due_s = fmax(due_s, COMMIT_S - kd_journal_waiting_s(s->journal));
    if (s->trouble_status != KD_OK) due_s = fmax(due_s, s->tried_s + RETRY_S - now_s);
    return due_s;
}

double kd_sweep_due_s(const kd_sweep *s)
{
    double now_s = kd_clock_s();
    if (!is_durable(s)) return commits_s(s, now_s);
    return s->tells_s > now_s ? s->tells_s - now_s : HUGE_VAL;
}

void kd_sweep_halt(kd_sweep *s, const char *why)
{
    if (!s->halted_for) s->halted_for = why;
    kd_ledger_halt(s->ledger);
}

int kd_sweep_urgency(kd_sweep *s, double now_s)
{
    double deadline_s = s->options.rules.deadline_s;
    if (kd_stop_count() > 0)
        kd_sweep_halt(s, "asked to stop");
    else if (deadline_s > 0 && now_s >= deadline_s)
        kd_sweep_halt(s, "the deadline has come");
    return kd_stop_count() > 1 || kd_lock_is_lost(s->lock) ? 2 : s->halted_for != NULL;
}

/* Whether we still have a place in the store. Who was taken for dead ends at once, what his cells do
 * included: others may be at them. */
static bool keep_place(kd_sweep *s)
{
    kd_error  err;
    kd_status status = kd_lock_keep(s->lock, &err);
    if (!kd_lock_is_lost(s->lock)) return true;
    s->trouble_status = status;
    s->trouble = err;
    kd_sweep_halt(s, "its place in the store is gone");
    return false;
}

void kd_sweep_hear(kd_sweep *s, int worker, double now_s)
{
    kd_ledger_hear(s->ledger, worker, now_s);
}

void kd_sweep_forgive(kd_sweep *s, double now_s)
{
    kd_ledger_forgive(s->ledger, now_s);
}

void kd_sweep_seat(kd_sweep *s, int worker, int place, int cores)
{
    kd_ledger_seat(s->ledger, worker, place, cores);
    s->seats[worker].place = place;
    s->seats[worker].cores = cores;
    if (cores <= s->cores) return;
    s->cores = cores;
    kd_lock_tell_cores(s->lock, cores);
}

void kd_sweep_name_place(kd_sweep *s, int place, const char *host)
{
    snprintf(s->seats[place].host, sizeof s->seats[place].host, "%s", host);
}

/* ---- for those who watch ---- */

void kd_sweep_point(kd_sweep *s, int worker, kd_lease lease, const kd_progress_point *point)
{
    kd_sweep_task *t = &s->tasks[worker];
    if (t->lease.node != lease.node || t->lease.attempt != lease.attempt) return;
    bool is_further = point->epoch != t->point.epoch && point->epochs > 0;
    t->point = *point;
    if (is_further)
        kd_ledger_progress(s->ledger, worker, (double)point->epoch / point->epochs, kd_clock_s());
}

static void add_task(const kd_sweep *s, int worker, kd_live *live)
{
    const kd_sweep_task *t = &s->tasks[worker];
    uint32_t             node = kd_ledger_held_by(s->ledger, worker);
    if (node == KD_NO_NODE || t->since_s <= 0 || t->lease.node != node) return;
    kd_work_item item = kd_sweep_item(s, node);
    kd_vec_push(&live->cells,
                (kd_live_cell){ .id = item.id,
                                .worker = worker,
                                .point = t->point,
                                .since_s = t->since_s,
                                .expected_s = kd_ledger_expected_s(s->ledger, node) });
}

static void tell_live(const kd_sweep *s, double now_s)
{
    kd_live live = { .written_s = kd_clock_unix_s(),
                     .eta_s = kd_ledger_eta_s(s->ledger, now_s),
                     .workers = kd_ledger_workers(s->ledger),
                     .blocked = kd_ledger_count(s->ledger, KD_LEDGER_BLOCKED) };
    for (int w = 0; w < s->options.workers; w++) add_task(s, w, &live);
    kd_live_write(s->options.store, kd_journal_run(s->journal), &live);
    kd_live_fini(&live);
}

/* ---- an elastic pool ---- */

/* Cells that could start and nobody is at, up to as many as matter. What others have done since we looked last is none. */
static size_t count_open(const kd_sweep *s)
{
    size_t open = 0, most = kd_elastic_horizon(s->elastic);
    for (uint32_t n = 0; n < s->options.work.count && open < most; n++) {
        kd_ledger_state state = kd_ledger_state_of(s->ledger, n);
        if (state != KD_LEDGER_READY && state != KD_LEDGER_ELSEWHERE && state != KD_LEDGER_LATE)
            continue;
        kd_work_item item = kd_sweep_item(s, n);
        open += kd_claims_is_free(s->claims, item.id) && !kd_store_has(s->options.store, item.id);
    }
    return open;
}

/* Who has nothing to start leaves; those who stay are at the rest. */
static void tend_pool(kd_sweep *s, double now_s)
{
    if (!s->elastic || s->halted_for || !kd_elastic_is_due(s->elastic, s->claims, now_s)) return;
    bool             is_idle = kd_ledger_count(s->ledger, KD_LEDGER_HELD) == 0;
    kd_elastic_sight sight = { .open = count_open(s),
                               .coming = kd_ledger_count(s->ledger, KD_LEDGER_WAITING) +
                                         kd_ledger_count(s->ledger, KD_LEDGER_RESTING),
                               .is_idle = is_idle };
    kd_elastic_look(s->elastic, s->claims, &sight, now_s);
    s->leaves = is_idle && sight.open == 0 && kd_elastic_may_leave(s->elastic);
    if (s->leaves) kd_sweep_halt(s, "others are at what is left");
}

void kd_sweep_tick(kd_sweep *s, double now_s)
{
    tend_pool(s, now_s);
    if (now_s - s->lived_s > LIVE_S) {
        tell_live(s, now_s);
        s->lived_s = now_s;
    }
    if (kd_progress_is_due(s->options.progress, now_s)) {
        kd_progress_counts standing = standing_of(s, now_s);
        kd_progress_tick(s->options.progress, &standing, now_s);
    }
    if (now_s - s->kept_s > KEEP_S) {
        keep_place(s);
        kd_launch_tell_beat();
        s->kept_s = now_s;
    }
}

/* ---- results ---- */

static kd_event_kind event_of(kd_verdict verdict, kd_cause cause)
{
    if (verdict == KD_VERDICT_DONE) return KD_EVENT_DONE;
    if (verdict == KD_VERDICT_FAILED) return KD_EVENT_FAILED;
    return cause == KD_CAUSE_STOPPED ? KD_EVENT_STOPPED : KD_EVENT_RETRY;
}

/* A cell that was taken over from us while we were away is counted by whoever did so. */
static kd_journal_type record_of(const kd_outcome *outcome, bool is_ours)
{
    if (outcome->is_done) return is_ours ? KD_JOURNAL_DONE : KD_JOURNAL_ADOPTED;
    if (outcome->cause == KD_CAUSE_STOPPED) return KD_JOURNAL_STOPPED;
    return outcome->cause == KD_CAUSE_LOST ? KD_JOURNAL_LOST : KD_JOURNAL_FAILED;
}

static void record(kd_sweep *s, int worker, kd_id id, uint32_t attempt, kd_verdict verdict,
                   const kd_outcome *outcome, bool is_ours)
{
    kd_journal_entry entry = { .type = record_of(outcome, is_ours),
                               .status = outcome->status,
                               .id = id,
                               .attempt = attempt,
                               .worker = worker,
                               .value = outcome->wall_s,
                               .cause = outcome->cause,
                               .text = outcome->text };
    kd_journal_append(s->journal, &entry);
    if (verdict != KD_VERDICT_FAILED) return;
    entry.type = KD_JOURNAL_GIVEN_UP;
    kd_journal_append(s->journal, &entry);
}

void kd_sweep_tell(kd_sweep *s, kd_id id, uint32_t node, kd_event_kind kind,
                   const kd_outcome *outcome, size_t blocks, double now_s)
{
    bool is_one = kd_sweep_is_cell(s, node);
    s->cells_done += is_one && (kind == KD_EVENT_DONE || kind == KD_EVENT_ADOPTED);
    s->cells_failed += is_one && kind == KD_EVENT_FAILED;
    kd_sweep_count_blocked(s, kd_ledger_count(s->ledger, KD_LEDGER_BLOCKED) - blocks);
    kd_progress_counts standing = standing_of(s, now_s);
    kd_event           event = { .kind = kind,
                                 .id = id,
                                 .label = kd_sweep_label(s, node),
                                 .is_cell = is_one,
                                 .score = outcome->point.score,
                                 .wall_s = outcome->wall_s,
                                 .cause = outcome->is_done ? NULL : kd_cause_word(outcome->cause),
                                 .text = outcome->is_done ? NULL : outcome->text,
                                 .blocks = blocks };
    if (kind == KD_EVENT_FAILED && outcome->cause != KD_CAUSE_SYSTEM) s->has_own = true;
    if (kind == KD_EVENT_FAILED && s->first_status == KD_OK) {
        s->first_status = outcome->status;
        kd_fail(&s->first, outcome->status, "%s: %s", event.label, outcome->text);
    }
    kd_progress_tell(s->options.progress, &event, &standing);
}

/* What the ledger decided is written and told; `blocked` counts those that were before. */
static void settle(kd_sweep *s, int worker, kd_lease lease, const kd_outcome *outcome,
                   kd_verdict verdict, size_t blocked, double now_s)
{
    if (verdict == KD_VERDICT_SAME || verdict == KD_VERDICT_STALE) return;
    kd_work_item item = kd_sweep_item(s, lease.node);
    bool         is_ours = kd_claims_drop(s->claims, item.id) || item.is_empty;
    record(s, worker, item.id, lease.attempt, verdict, outcome, is_ours);
    kd_sweep_tell(s, item.id, lease.node, event_of(verdict, outcome->cause), outcome,
                  kd_ledger_count(s->ledger, KD_LEDGER_BLOCKED) - blocked, now_s);
}

static bool is_current(const kd_sweep *s, int worker, kd_lease lease)
{
    return kd_ledger_held_by(s->ledger, worker) == lease.node &&
           s->tasks[worker].lease.attempt == lease.attempt;
}

/* A failure of a cell that another member has taken over from us says nothing: the two got into
 * each other's way, and it is up to that one now. */
static bool is_anothers(kd_sweep *s, int worker, kd_lease lease, double now_s)
{
    kd_work_item item = kd_sweep_item(s, lease.node);
    if (item.is_empty || !is_current(s, worker, lease) || kd_claims_holds(s->claims, item.id))
        return false;
    kd_claims_drop(s->claims, item.id);
    kd_sweep_leave_elsewhere(s, lease, now_s);
    return true;
}

void kd_sweep_result(kd_sweep *s, int worker, kd_lease lease, const kd_outcome *outcome,
                     double now_s)
{
    size_t     blocked = kd_ledger_count(s->ledger, KD_LEDGER_BLOCKED);
    kd_outcome what = *outcome;
    if (!what.is_done && !keep_place(s)) what.cause = KD_CAUSE_STOPPED; /* by that, not by itself */
    if (!what.is_done && is_anothers(s, worker, lease, now_s)) return;
    kd_verdict verdict = what.is_done ? kd_ledger_done(s->ledger, lease, what.wall_s)
                                      : kd_ledger_failed(s->ledger, lease, what.cause, now_s);
    settle(s, worker, lease, &what, verdict, blocked, now_s);
}

void kd_sweep_lose(kd_sweep *s, int worker, const char *why, double now_s)
{
    kd_lease   lease;
    kd_verdict verdict;
    kd_error   err;
    size_t     blocked = kd_ledger_count(s->ledger, KD_LEDGER_BLOCKED);
    kd_fail(&err, KD_EIO, "worker %d %s", worker, why);
    kd_outcome outcome = kd_outcome_of(KD_CAUSE_LOST, KD_EIO, &err);
    while (kd_ledger_lose(s->ledger, worker, now_s, &lease, &verdict)) {
        settle(s, worker, lease, &outcome, verdict, blocked, now_s);
        blocked = kd_ledger_count(s->ledger, KD_LEDGER_BLOCKED);
    }
}

void kd_sweep_break(kd_sweep *s, int worker, double now_s)
{
    uint32_t node = kd_ledger_held_by(s->ledger, worker);
    kd_error err;
    if (node == KD_NO_NODE) return;
    kd_fail(&err, KD_EIO, "a machine of its ranks is lost");
    kd_outcome outcome = kd_outcome_of(KD_CAUSE_LOST, KD_EIO, &err);
    kd_sweep_result(s, worker, s->tasks[worker].lease, &outcome, now_s);
}

/* ---- durable ---- */

void kd_sweep_commit(kd_sweep *s, bool is_urgent)
{
    double now_s = kd_clock_s();
    if (is_durable(s)) return;
    if (!is_urgent && commits_s(s, now_s) > 0) return;
    s->tried_s = now_s;
    kd_error  err;
    kd_status status = kd_journal_commit(s->journal, &err);
    if (status == KD_OK) {
        kd_fault_witness("durable %u %llu %llu", kd_journal_run(s->journal),
                         (unsigned long long)kd_journal_durable(s->journal),
                         (unsigned long long)kd_journal_bytes(s->journal));
        s->tells_s = kd_fault_happens(KD_FAULT_ACK) ? now_s + kd_fault_time_s(ACK_LATE_S) : 0;
        return;
    }
    s->trouble_status = status;
    s->trouble = err;
    kd_sweep_halt(s, "the journal cannot be written");
}

/* ---- close ---- */

static kd_status ending(const kd_sweep *s, const kd_progress_counts *at, kd_error *err)
{
    if (!is_durable(s) || kd_lock_is_lost(s->lock)) {
        if (err) *err = s->trouble;
        return s->trouble_status;
    }
    if (s->is_refused) {
        if (err) *err = s->refusal;
        return KD_ECONFIG;
    }
    if (at->done == at->total) return KD_OK;
    size_t left = at->total - at->done - at->failed - at->blocked;
    if (left > 0 && s->leaves) {
        kd_log_info("%zu of %zu are left, and others of the pool are at them", left, at->total);
        return KD_OK;
    }
    if (left > 0)
        return kd_fail(err, KD_ESTOPPED, "%zu of %zu are left to do (%s); run again to go on", left,
                       at->total, s->halted_for ? s->halted_for : "there is no time for them");
    if (s->first_status == KD_OK)
        return kd_fail(err, KD_EFAILED,
                       "%zu of %zu failed in an earlier run; --retry-failed tries "
                       "them again",
                       at->failed, at->total);
    /* when nothing but the system refused, the same command may succeed once it does not */
    return kd_fail(err, s->has_own ? KD_EFAILED : KD_EIO, "%zu of %zu failed; the first was %s",
                   at->failed, at->total, s->first.text);
}

/* What others have made meanwhile is not left to do. */
static void find_made(kd_sweep *s)
{
    if (kd_claims_met(s->claims) == 0) return;
    for (uint32_t n = 0; n < s->options.work.count; n++) {
        if (kd_ledger_state_of(s->ledger, n) >= KD_LEDGER_HELD) continue;
        kd_work_item item = kd_sweep_item(s, n);
        if (item.is_empty || !kd_store_has(s->options.store, item.id)) continue;
        if (kd_ledger_found(s->ledger, n)) kd_sweep_append(s, KD_JOURNAL_ADOPTED, item.id, 0, -1);
    }
}

kd_status kd_sweep_close(kd_sweep *s, kd_error *err)
{
    find_made(s);
    double             now_s = kd_clock_s();
    kd_progress_counts standing = standing_of(s, now_s);
    kd_sweep_commit(s, true);
    bool is_all_settled = standing.done + standing.failed + standing.blocked == standing.total;
    kd_elastic_close(s->elastic, s->claims, is_all_settled);
    s->elastic = NULL;
    kd_status status = ending(s, &standing, err);
    kd_journal_append(s->journal, &(kd_journal_entry){ .type = KD_JOURNAL_RUN_END,
                                                       .worker = -1,
                                                       .blocked = (uint32_t)standing.blocked,
                                                       .value = kd_status_exit(status),
                                                       .text = kd_status_meaning(status) });
    kd_sweep_commit(s, true);
    kd_live_remove(s->options.store, kd_journal_run(s->journal));
    kd_progress_end(s->options.progress, &standing, now_s - s->started_s, s->halted_for);
    kd_sweep_free(s);
    return status;
}
