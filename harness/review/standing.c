/* standing.c - cells counted by what the journals say of them last. */
#include "harness/review/standing.h"

const char *kd_standing_word(kd_standing_state state)
{
    static const char *const words[] = {
#define X(name, word) word,
        KD_STANDINGS(X)
#undef X
    };
    return words[state];
}

bool kd_standing_is_live(const kd_standing *p)
{
    for (size_t i = 0; i < p->holders.count; i++)
        if (!p->holders.items[i].is_alone) return true;
    return false;
}

/* Whether this run goes on. A member that has not told its number yet has begun no cell. */
static bool goes_on(const kd_standing *p, uint32_t run)
{
    for (size_t i = 0; i < p->holders.count; i++)
        if (!p->holders.items[i].is_alone && p->holders.items[i].run == run) return true;
    return false;
}

kd_standing_state kd_standing_of(const kd_standing *p, const kd_tally_cell *cell)
{
    bool is_done = kd_tally_is_done(cell);
    /* of two runs that go on at once, the later one may have had the cell first */
    if (!is_done && kd_live_find(&p->live, cell->id)) return KD_STANDING_RUNNING;
    switch (cell->last) {
    case KD_JOURNAL_DONE:
    case KD_JOURNAL_ADOPTED:
        return KD_STANDING_DONE;
    case KD_JOURNAL_ASSIGNED:
        return goes_on(p, cell->run) ? KD_STANDING_RUNNING : KD_STANDING_INTERRUPTED;
    case KD_JOURNAL_STOPPED:
        return KD_STANDING_STOPPED;
    case KD_JOURNAL_REMOVED:
        return KD_STANDING_REMOVED;
    case KD_JOURNAL_GIVEN_UP:
        return KD_STANDING_FAILED;
    default:
        return KD_STANDING_RETRY;
    }
}

/* ---- taking the picture ---- */

static void count_damage(void *user, const kd_journal_damage *damage)
{
    kd_standing *p = user;
    if (!damage->is_tail) p->damages++;
}

static void count_cells(kd_standing *p)
{
    size_t touched = 0;
    for (size_t i = 0; i < p->cell_count; i++) {
        const kd_tally_cell *cell = &p->cells[i];
        p->counts[kd_standing_of(p, cell)]++;
        touched += cell->run >= p->run.first && cell->last != KD_JOURNAL_ADOPTED;
    }
    p->blocked = kd_standing_is_live(p) ? p->live.blocked : p->run.blocked;
    if (kd_standing_is_live(p) && p->run.first_to_do > (double)(touched + p->blocked))
        p->waiting = (size_t)p->run.first_to_do - touched - p->blocked;
}

static void gather_failures(kd_standing *p)
{
    if (p->counts[KD_STANDING_FAILED] == 0) return;
    for (size_t i = 0; i < p->cell_count; i++) {
        kd_standing_state s = kd_standing_of(p, &p->cells[i]);
        if (s == KD_STANDING_FAILED || s == KD_STANDING_DONE)
            kd_failures_add(&p->failures, &p->cells[i], s == KD_STANDING_FAILED);
    }
    kd_failures_find(&p->failures);
}

/* Before the journals are read: what a member begins meanwhile is in its journal, and what it has ended
 * is not in its picture for long. */
static void look_at_members(kd_standing *p, const kd_store *store)
{
    kd_lock_look_all(store, &p->holders);
    for (size_t i = 0; i < p->holders.count; i++) {
        kd_live live;
        kd_live_read(store, p->holders.items[i].run, &live);
        kd_live_add(&p->live, &live);
        kd_live_fini(&live);
    }
}

kd_status kd_standing_take(kd_standing *p, const kd_store *store, kd_error *err)
{
    *p = (kd_standing){ .live = { .eta_s = -1 } };
    look_at_members(p, store);
    kd_status status = kd_tally_open(&p->tally, store, count_damage, p, err);
    if (status != KD_OK) return status;
    p->cells = kd_tally_cells(p->tally, &p->cell_count);
    p->run = kd_tally_last_run(p->tally);
    for (size_t i = 0; i < p->holders.count; i++)
        if (i == 0 || p->holders.items[i].run == p->run.number) p->holder = p->holders.items[i];
    count_cells(p);
    kd_failures_init(&p->failures);
    gather_failures(p);
    return KD_OK;
}

void kd_standing_drop(kd_standing *p)
{
    kd_failures_fini(&p->failures);
    kd_live_fini(&p->live);
    kd_vec_fini(&p->holders);
    kd_tally_close(p->tally);
}
