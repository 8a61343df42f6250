/* sweep.c - each move is made in the ledger first, then written, then told. */
#include "harness/dispatch/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/fault.h"
#include "harness/base/fs.h"
#include "harness/base/log.h"
#include "harness/child/stop.h"
#include "harness/dispatch/hosts.h"
#include "harness/dispatch/launch_words.h"
#include "harness/ledger/ledger_rehearse.h"
#include "harness/store/claim.h"
#include "harness/store/journal.h"
#include "harness/store/live.h"
#include "harness/store/lock.h"

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

/* What a worker is at, for people who look. */
typedef struct {
    kd_lease          lease;
    kd_progress_point point;
    double            since_s; /* since 1970 */
} task;

/* Where a worker sits, and on which machine the place of that number is. */
typedef struct {
    int  place, cores;
    char host[KD_HOST_NAME];
} seat;

struct kd_sweep {
    kd_sweep_options options;
    kd_lock         *lock;
    kd_claims       *claims;
    kd_elastic      *elastic;     /* NULL when it is not elastic */
    bool             leaves;      /* the rest to others of the pool */
    int              cores;       /* of the largest of its places */
    double          *elsewhere_s; /* since when each node is in other hands; 0 when it is not */
    kd_journal      *journal;
    kd_ledger       *ledger;
    size_t           total;
    size_t           cells, cells_done, cells_failed; /* see kd_progress_counts */
    double           started_s, kept_s, tried_s;
    double           tells_s; /* acknowledgements wait until then */
    task            *tasks;   /* of each worker */
    seat            *seats;
    double           lived_s;
    const char      *halted_for;
    kd_status        trouble_status; /* a journal that cannot be written */
    kd_error         trouble;
    kd_status        first_status; /* the first failure for good */
    bool             has_own;      /* one of them was a cell's own, not the system's */
    kd_error         first;
    bool             is_refused; /* for want of room for a wide cell, before anything began */
    kd_error         refusal;
    kd_str           label, text; /* reused */
};

/* ---- what earlier runs left ---- */

enum { TOLD_DONE = 1, TOLD_DIVERGED = 2 };

typedef struct {
    const kd_work *work;
    uint32_t      *attempts; /* the newest lease of each node */
    uint8_t       *told;
} history;

static kd_status recall(void *user, const kd_journal_entry *entry, kd_error *err)
{
    (void)err;
    history *h = user;
    size_t   node = h->work->find(h->work->self, entry->id);
    if (node == SIZE_MAX) return KD_OK;
    if (entry->attempt > h->attempts[node]) h->attempts[node] = entry->attempt;
    if (entry->type == KD_JOURNAL_DONE || entry->type == KD_JOURNAL_ADOPTED)
        h->told[node] |= TOLD_DONE;
    if (entry->type == KD_JOURNAL_REMOVED) h->told[node] &= (uint8_t)~TOLD_DONE;
    if (entry->type == KD_JOURNAL_GIVEN_UP && entry->status == KD_EDIVERGED)
        h->told[node] |= TOLD_DIVERGED;
    return KD_OK;
}

static uint64_t append(kd_sweep *s, kd_journal_type type, kd_id id, uint32_t attempt, int worker)
{
    return kd_journal_append(
        s->journal,
        &(kd_journal_entry){ .type = type, .id = id, .attempt = attempt, .worker = worker });
}

/* What it asks of the ledger. */
static int cores_of(const kd_work_item *item)
{
    return item->threads > 1 ? item->threads : 1;
}

static int ranks_of(const kd_work_item *item)
{
    return item->ranks > 1 ? item->ranks : 1;
}

/* A node that is there without a record was committed by a cell whose coordinator died before the
 * journal was: it is adopted. */
static void add_node(kd_sweep *s, uint32_t index, const history *h)
{
    kd_work_item item = s->options.work.item(s->options.work.self, index);
    uint32_t     node = kd_ledger_add(s->ledger, item.kind, item.cost_s, h->attempts[index]);
    kd_ledger_ask(s->ledger, node, cores_of(&item) / ranks_of(&item));
    kd_ledger_share(s->ledger, node, ranks_of(&item));
    if (item.is_done && !(h->told[index] & TOLD_DONE))
        append(s, KD_JOURNAL_ADOPTED, item.id, h->attempts[index], -1);
    if (item.is_done || item.is_needed) s->total++;
    s->cells += item.is_cell && (item.is_done || item.is_needed);
    s->cells_done += item.is_cell && item.is_done;
    if (item.is_done || !item.is_needed)
        kd_ledger_settle(s->ledger, node, true);
    else if ((h->told[index] & TOLD_DIVERGED) && !s->options.retries_failed)
        kd_ledger_settle(s->ledger, node, false);
}

static void add_needs(kd_sweep *s, uint32_t index)
{
    kd_work_item item = s->options.work.item(s->options.work.self, index);
    for (int i = 0; i < item.input_count; i++)
        kd_ledger_need(s->ledger, index, (uint32_t)item.inputs[i]);
}

static bool is_cell(const kd_sweep *s, uint32_t node)
{
    return s->options.work.item(s->options.work.self, node).is_cell;
}

/* Cells that became blocked since so many were. */
static void count_blocked(kd_sweep *s, size_t before)
{
    size_t          count;
    const uint32_t *blocked = kd_ledger_blocked(s->ledger, &count);
    for (size_t i = before; i < count; i++) s->cells_failed += is_cell(s, blocked[i]);
}

/* What has no chance from the beginning. */
static void count_failed(kd_sweep *s)
{
    for (uint32_t n = 0; n < s->options.work.count; n++)
        if (kd_ledger_state_of(s->ledger, n) == KD_LEDGER_FAILED) s->cells_failed += is_cell(s, n);
    count_blocked(s, 0);
}

static kd_status build_ledger(kd_sweep *s, kd_error *err)
{
    const kd_work *work = &s->options.work;
    size_t         count = work->count;
    history        h = { .work = work,
                         .attempts = kd_alloc(count, sizeof *h.attempts),
                         .told = kd_alloc(count, sizeof *h.told) };
    kd_status      status = kd_journal_replay(s->options.store, recall, NULL, &h, err);
    if (status == KD_OK) {
        for (uint32_t n = 0; n < count; n++) add_node(s, n, &h);
        for (uint32_t n = 0; n < count; n++) add_needs(s, n);
        status = kd_ledger_seal(s->ledger, err);
        count_failed(s);
    }
    free(h.attempts);
    free(h.told);
    return status;
}

/* ---- open ---- */

static void free_sweep(kd_sweep *s)
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

/* Nodes that this run has to make. */
static size_t count_left(const kd_work *work)
{
    size_t left = 0;
    for (size_t n = 0; n < work->count; n++) {
        kd_work_item item = work->item(work->self, n);
        left += item.is_needed && !item.is_done;
    }
    return left;
}

/* A member of the store with a journal of its own. Whoever writes a journal with a lower number entered
 * before that number was chosen, and so before ours: when `beside` says that there is nobody, all those
 * are complete, and what is torn at their ends may go. */
static kd_status join(kd_sweep *s, uint32_t *beside, kd_error *err)
{
    const kd_store *store = s->options.store;
    kd_status       status = kd_lock_join(&s->lock, store, err);
    if (status == KD_OK) status = kd_journal_join(&s->journal, store, err);
    if (status != KD_OK) return status;
    kd_journal_guard(s->journal, s->lock);
    uint32_t run = kd_journal_run(s->journal);
    status = kd_lock_tell(s->lock, run, beside, err);
    if (status == KD_OK) status = kd_journal_mend(store, *beside, err);
    if (status != KD_OK) return status;
    s->claims = kd_claims_open(store, kd_lock_name(s->lock));
    if (s->options.elastic)
        status = kd_elastic_open(&s->elastic, s->options.elastic, store, kd_lock_name(s->lock),
                                 s->options.workers, err);
    kd_error trouble;
    if (kd_claims_probe(s->claims, &trouble) != KD_OK)
        kd_log_warning("other runs may do the same cells: %s", trouble.text);
    return status;
}

/* The work was planned before the store was joined, and somebody may have had it alone since: what
 * was there then may be gone. From here on nothing goes. */
static kd_status look(kd_sweep *s, kd_error *err)
{
    const kd_work *work = &s->options.work;
    return work->look ? work->look(work->self, s->options.store, err) : KD_OK;
}

kd_status kd_sweep_open(kd_sweep **out, const kd_sweep_options *options, kd_error *err)
{
    kd_sweep *s = kd_alloc(1, sizeof *s);
    s->options = *options;
    s->ledger = kd_ledger_create(&options->rules, options->workers);
    s->started_s = s->kept_s = kd_clock_s();
    s->tasks = kd_alloc((size_t)options->workers, sizeof *s->tasks);
    s->seats = kd_alloc((size_t)options->workers, sizeof *s->seats);
    s->elsewhere_s = kd_alloc(options->work.count + 1, sizeof *s->elsewhere_s);
    kd_str_init(&s->label);
    kd_str_init(&s->text);

    kd_status status;
    uint32_t  beside;
    if ((status = join(s, &beside, err)) != KD_OK || (status = look(s, err)) != KD_OK) goto failed;
    kd_journal_append(s->journal, &(kd_journal_entry){ .type = KD_JOURNAL_RUN_BEGIN,
                                                       .worker = -1,
                                                       .beside = beside,
                                                       .value = (double)count_left(&options->work),
                                                       .text = options->name });
    if ((status = build_ledger(s, err)) != KD_OK ||
        (status = kd_journal_commit(s->journal, err)) != KD_OK)
        goto failed;
    *out = s;
    return KD_OK;
failed:
    free_sweep(s);
    return status;
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

/* ---- room for wide cells ---- */

static bool is_wide(const kd_sweep *s, uint32_t node)
{
    kd_work_item item = s->options.work.item(s->options.work.self, node);
    return item.ranks > 1 && item.is_needed && !item.is_done;
}

bool kd_sweep_has_wide(const kd_sweep *s)
{
    for (uint32_t n = 0; n < s->options.work.count; n++)
        if (is_wide(s, n)) return true;
    return false;
}

/* The cores of a place are what the largest of its workers told. */
static int cores_at(const kd_sweep *s, int place)
{
    int cores = 0;
    for (int w = 0; w < s->options.workers; w++)
        if (s->seats[w].place == place && s->seats[w].cores > cores) cores = s->seats[w].cores;
    return cores;
}

static int larger_first(const void *a, const void *b)
{
    return *(const int *)b - *(const int *)a;
}

/* "its workers have 3 x 4 + 1 x 2". */
static void tell_room(const kd_sweep *s, kd_str *out)
{
    int count = s->options.workers, *cores = kd_alloc((size_t)count, sizeof *cores);
    for (int p = 0; p < count; p++) cores[p] = cores_at(s, p);
    qsort(cores, (size_t)count, sizeof *cores, larger_first);
    kd_str_add(out, "its workers have");
    for (int p = 0, alike; p < count && cores[p] > 0; p += alike) {
        for (alike = 1; p + alike < count && cores[p + alike] == cores[p];) alike++;
        kd_str_addf(out, "%s %d x %d", p > 0 ? " +" : "", alike, cores[p]);
    }
    free(cores);
}

static void refuse(kd_sweep *s, uint32_t node)
{
    const kd_work *work = &s->options.work;
    kd_str         there = KD_STR_INIT;
    tell_room(s, &there);
    s->is_refused = true;
    work->refuse(work->self, node, there.text, &s->refusal);
    kd_sweep_halt(s, "there is no room for a wide cell");
    kd_str_fini(&there);
}

bool kd_sweep_has_room(kd_sweep *s)
{
    for (uint32_t n = 0; n < s->options.work.count && !s->is_refused; n++)
        if (is_wide(s, n) && !kd_ledger_has_room(s->ledger, n)) refuse(s, n);
    return !s->is_refused;
}

/* ---- for those who watch ---- */

void kd_sweep_point(kd_sweep *s, int worker, kd_lease lease, const kd_progress_point *point)
{
    task *t = &s->tasks[worker];
    if (t->lease.node != lease.node || t->lease.attempt != lease.attempt) return;
    bool is_further = point->epoch != t->point.epoch && point->epochs > 0;
    t->point = *point;
    if (is_further)
        kd_ledger_progress(s->ledger, worker, (double)point->epoch / point->epochs, kd_clock_s());
}

static void add_task(const kd_sweep *s, int worker, kd_live *live)
{
    const task *t = &s->tasks[worker];
    uint32_t    node = kd_ledger_held_by(s->ledger, worker);
    if (node == KD_NO_NODE || t->since_s <= 0 || t->lease.node != node) return;
    kd_work_item item = s->options.work.item(s->options.work.self, node);
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
        kd_work_item item = s->options.work.item(s->options.work.self, n);
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

static const char *label_of(kd_sweep *s, uint32_t node)
{
    kd_str_reset(&s->label);
    s->options.work.label(s->options.work.self, node, &s->label);
    return s->label.text;
}

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

static void tell(kd_sweep *s, kd_id id, uint32_t node, kd_event_kind kind,
                 const kd_outcome *outcome, size_t blocks, double now_s)
{
    bool is_one = is_cell(s, node);
    s->cells_done += is_one && (kind == KD_EVENT_DONE || kind == KD_EVENT_ADOPTED);
    s->cells_failed += is_one && kind == KD_EVENT_FAILED;
    count_blocked(s, kd_ledger_count(s->ledger, KD_LEDGER_BLOCKED) - blocks);
    kd_progress_counts standing = standing_of(s, now_s);
    kd_event           event = { .kind = kind,
                                 .id = id,
                                 .label = label_of(s, node),
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
    kd_work_item item = s->options.work.item(s->options.work.self, lease.node);
    bool         is_ours = kd_claims_drop(s->claims, item.id) || item.is_empty;
    record(s, worker, item.id, lease.attempt, verdict, outcome, is_ours);
    tell(s, item.id, lease.node, event_of(verdict, outcome->cause), outcome,
         kd_ledger_count(s->ledger, KD_LEDGER_BLOCKED) - blocked, now_s);
}

/* Another member is at it: when to look again. */
static void leave_elsewhere(kd_sweep *s, kd_lease lease, double now_s)
{
    double *since_s = &s->elsewhere_s[lease.node];
    if (*since_s <= 0) *since_s = now_s;
    double pause_s = (now_s - *since_s) / GLANCE_SHARE;
    kd_ledger_elsewhere(s->ledger, lease,
                        now_s + fmin(fmax(pause_s, GLANCE_LEAST_S), GLANCE_MOST_S));
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
    kd_work_item item = s->options.work.item(s->options.work.self, lease.node);
    if (item.is_empty || !is_current(s, worker, lease) || kd_claims_holds(s->claims, item.id))
        return false;
    kd_claims_drop(s->claims, item.id);
    leave_elsewhere(s, lease, now_s);
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

/* ---- the next cell ---- */

/* Not durable on purpose: whoever needs the file is told only after it is written, and a later
 * lease writes it again. */
static kd_status write_text(const kd_store *store, const char *path, const kd_str *text,
                            kd_error *err)
{
    int       fd;
    kd_status status =
        kd_fs_open_below(&fd, kd_store_folder(store), path, O_WRONLY | O_CREAT | O_TRUNC, err);
    if (status != KD_OK) return status;
    int     wrong = kd_fault_errno(KD_FAULT_WRITE);
    ssize_t put = wrong ? 0 : write(fd, text->text, text->length);
    if (!wrong) wrong = put < 0 ? errno : put < (ssize_t)text->length ? ENOSPC : 0;
    if (close(fd) != 0 && !wrong) wrong = errno;
    return wrong ? kd_fail_errno(err, wrong, "%s", path) : KD_OK;
}

/* The machines of a wide cell that is not only where its worker is. Whether it is spread over others. */
static bool list_hosts(const kd_sweep *s, int worker, kd_hosts *out)
{
    size_t             count = kd_ledger_stretches(s->ledger, worker, NULL, 0);
    bool               is_spread = false;
    kd_ledger_stretch *stretches = kd_alloc(count + 1, sizeof *stretches);
    kd_ledger_stretches(s->ledger, worker, stretches, count);
    for (size_t i = 0; i < count; i++) {
        is_spread |= stretches[i].place != s->seats[worker].place;
        kd_hosts_add(out, s->seats[stretches[i].place].host, stretches[i].ranks);
    }
    free(stretches);
    return is_spread;
}

static kd_status write_hosts(kd_sweep *s, int worker, kd_assignment *out, kd_error *err)
{
    kd_hosts  hosts = KD_VEC_INIT;
    kd_status status = KD_OK;
    out->is_spread = list_hosts(s, worker, &hosts);
    if (out->is_spread) {
        char *path = kd_store_work_path(s->options.store, out->id, "hosts");
        kd_str_reset(&s->text);
        kd_hosts_print(&hosts, &s->text);
        status = write_text(s->options.store, path, &s->text, err);
        free(path);
    }
    kd_vec_fini(&hosts);
    return status;
}

static kd_status write_cell(kd_sweep *s, uint32_t node, kd_id id, kd_error *err)
{
    kd_status status;
    kd_str_reset(&s->text);
    if ((status = s->options.work.text(s->options.work.self, node, &s->text, err)) != KD_OK ||
        (status = kd_store_make_work(s->options.store, id, err)) != KD_OK)
        return status;
    char *path = kd_store_work_path(s->options.store, id, "cell");
    status = write_text(s->options.store, path, &s->text, err);
    free(path);
    return status;
}

static void adopt(kd_sweep *s, int worker, kd_lease lease, kd_id id, double now_s)
{
    kd_outcome outcome = { .is_done = true, .point = KD_PROGRESS_POINT_INIT };
    kd_ledger_done(s->ledger, lease, -1);
    append(s, KD_JOURNAL_ADOPTED, id, lease.attempt, worker);
    tell(s, id, lease.node, KD_EVENT_ADOPTED, &outcome, 0, now_s);
}

static void fail_to_start(kd_sweep *s, int worker, kd_lease lease, kd_status status,
                          const kd_error *err, double now_s)
{
    kd_outcome outcome = kd_outcome_of(kd_cause_of_status(status), status, err);
    kd_sweep_result(s, worker, lease, &outcome, now_s);
}

/* A cell that is too wide for this member waits for one that has more cores, as long as one lives. */
static bool is_for_another(kd_sweep *s, const kd_work_item *item, double now_s)
{
    int cores = cores_of(item);
    if (item->ranks > 1) return false; /* there is room, or this run had not begun */
    return s->cores > 0 && cores > s->cores && kd_claims_has_wider(s->claims, s->cores, now_s);
}

/* Whether there is nothing to do for this lease: the object is there, or will be by other hands. It is
 * looked for once more under the claim: who had that before may just have finished. */
static bool is_taken_care_of(kd_sweep *s, int worker, kd_lease lease, const kd_work_item *item,
                             double now_s)
{
    kd_id id = item->id;
    bool  is_there = kd_store_has(s->options.store, id);
    if (!is_there && (is_for_another(s, item, now_s) || !kd_claims_take(s->claims, id, now_s))) {
        leave_elsewhere(s, lease, now_s);
        return true;
    }
    s->elsewhere_s[lease.node] = 0;
    if (!is_there && !kd_store_has_now(s->options.store, id)) return false;
    kd_claims_drop(s->claims, id);
    adopt(s, worker, lease, id, now_s);
    return true;
}

bool kd_sweep_next(kd_sweep *s, int worker, double now_s, kd_assignment *out)
{
    kd_lease lease;
    kd_error err;
    while (kd_ledger_rehearse(s->ledger, worker, now_s, &lease)) {
        kd_work_item item = s->options.work.item(s->options.work.self, lease.node);
        *out = (kd_assignment){ .lease = lease,
                                .id = item.id,
                                .memory_bytes = s->options.memory_bytes,
                                .time_s = s->options.time_s,
                                .silence_s = s->options.silence_s,
                                .threads = cores_of(&item),
                                .is_empty = item.is_empty };
        s->tasks[worker] = (task){ .lease = lease, .point = KD_PROGRESS_POINT_INIT };
        if (!item.is_empty && is_taken_care_of(s, worker, lease, &item, now_s)) continue;
        kd_status status = write_cell(s, lease.node, item.id, &err);
        if (status == KD_OK && item.ranks > 1) status = write_hosts(s, worker, out, &err);
        if (status != KD_OK) {
            fail_to_start(s, worker, lease, status, &err, now_s);
            continue;
        }
        kd_journal_append(s->journal, &(kd_journal_entry){ .type = KD_JOURNAL_ASSIGNED,
                                                           .id = item.id,
                                                           .attempt = lease.attempt,
                                                           .worker = worker,
                                                           .text = label_of(s, lease.node) });
        s->tasks[worker].since_s = kd_clock_unix_s();
        return true;
    }
    return false;
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
        kd_work_item item = s->options.work.item(s->options.work.self, n);
        if (item.is_empty || !kd_store_has(s->options.store, item.id)) continue;
        if (kd_ledger_found(s->ledger, n)) append(s, KD_JOURNAL_ADOPTED, item.id, 0, -1);
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
    free_sweep(s);
    return status;
}
