/* sweep_open.c - a member of the store, and the ledger as earlier runs left it. */
#include "harness/dispatch/sweep_internal.h"

#include <stdlib.h>

#include "harness/base/clock.h"
#include "harness/base/log.h"

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

/* A node that is there without a record was committed by a cell whose coordinator died before the
 * journal was: it is adopted. */
static void add_node(kd_sweep *s, uint32_t index, const history *h)
{
    kd_work_item item = kd_sweep_item(s, index);
    uint32_t     node = kd_ledger_add(s->ledger, item.kind, item.cost_s, h->attempts[index]);
    kd_ledger_ask(s->ledger, node, kd_sweep_cores_of(&item) / kd_sweep_ranks_of(&item));
    kd_ledger_share(s->ledger, node, kd_sweep_ranks_of(&item));
    if (item.is_done && !(h->told[index] & TOLD_DONE))
        kd_sweep_append(s, KD_JOURNAL_ADOPTED, item.id, h->attempts[index], -1);
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
    kd_work_item item = kd_sweep_item(s, index);
    for (int i = 0; i < item.input_count; i++)
        kd_ledger_need(s->ledger, index, (uint32_t)item.inputs[i]);
}

/* What has no chance from the beginning. */
static void count_failed(kd_sweep *s)
{
    for (uint32_t n = 0; n < s->options.work.count; n++)
        if (kd_ledger_state_of(s->ledger, n) == KD_LEDGER_FAILED)
            s->cells_failed += kd_sweep_is_cell(s, n);
    kd_sweep_count_blocked(s, 0);
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
    kd_sweep_free(s);
    return status;
}
