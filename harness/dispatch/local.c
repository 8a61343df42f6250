/* local.c - the whole dispatcher in one process: fill the slots, sleep, collect. */
#include "harness/dispatch/local.h"

#include <math.h>
#include <stdlib.h>

#include "harness/base/clock.h"
#include "harness/child/cores.h"

#define WAIT_S 0.2 /* between looks at signals, the deadline and the bar */

typedef struct {
    kd_sweep      *sweep;
    const kd_site *site;
    kd_attempt   **slots; /* NULL where a slot is free */
    kd_child     **children;
    int            jobs;
    int            urgency; /* that the children know of */
} local;

static void start_in(local *l, int slot, const kd_assignment *assign)
{
    kd_error  err;
    kd_status status = kd_attempt_start(&l->slots[slot], l->site, assign, &err);
    if (status == KD_OK) return;
    kd_outcome outcome = kd_outcome_of(KD_CAUSE_SYSTEM, status, &err);
    kd_sweep_result(l->sweep, slot, assign->lease, &outcome, kd_clock_s());
}

/* A cell that cannot start leaves its slot free for the next. */
static void fill(local *l)
{
    kd_assignment assign;
    for (int slot = 0; slot < l->jobs; slot++)
        while (!l->slots[slot] && kd_sweep_next(l->sweep, slot, kd_clock_s(), &assign)) {
            start_in(l, slot, &assign);
            kd_sweep_commit(l->sweep, false);
        }
}

static void collect(local *l)
{
    kd_outcome outcome;
    for (int slot = 0; slot < l->jobs; slot++) {
        if (!l->slots[slot] || !kd_attempt_ended(l->slots[slot], &outcome)) continue;
        kd_sweep_result(l->sweep, slot, kd_attempt_lease(l->slots[slot]), &outcome, kd_clock_s());
        kd_attempt_close(l->slots[slot]);
        l->slots[slot] = NULL;
    }
}

static void sleep_beside(local *l)
{
    size_t running = 0;
    double most_s = fmin(WAIT_S, kd_sweep_due_s(l->sweep));
    double wakes_s = kd_ledger_wakes_s(kd_sweep_ledger(l->sweep));
    for (int slot = 0; slot < l->jobs; slot++)
        if (l->slots[slot]) l->children[running++] = kd_attempt_child(l->slots[slot]);
    if (wakes_s > 0 && running < (size_t)l->jobs) /* else there is no place for what wakes */
        most_s = fmax(0.001, fmin(most_s, wakes_s - kd_clock_s()));
    kd_child_wait(l->children, running, -1, most_s);
}

/* Slots are workers that always live; how far their cells are is passed on. */
static void listen_to_slots(local *l)
{
    for (int slot = 0; slot < l->jobs; slot++) {
        kd_sweep_hear(l->sweep, slot, kd_clock_s());
        if (!l->slots[slot]) continue;
        kd_progress_point point = kd_child_point(kd_attempt_child(l->slots[slot]));
        kd_sweep_point(l->sweep, slot, kd_attempt_lease(l->slots[slot]), &point);
    }
}

/* Tell the children once for each step of urgency. */
static void heed(local *l)
{
    int urgency = kd_sweep_urgency(l->sweep, kd_clock_s());
    if (urgency <= l->urgency) return;
    l->urgency = urgency;
    for (int slot = 0; slot < l->jobs; slot++)
        if (l->slots[slot]) kd_child_stop(kd_attempt_child(l->slots[slot]), urgency > 1);
}

void kd_local_run(kd_sweep *sweep, const kd_site *site, int jobs)
{
    local l = { .sweep = sweep,
                .site = site,
                .slots = kd_alloc((size_t)jobs, sizeof *l.slots),
                .children = kd_alloc((size_t)jobs, sizeof *l.children),
                .jobs = jobs };
    for (int slot = 0; slot < jobs; slot++) kd_sweep_seat(sweep, slot, 0, kd_cores_here().count);
    for (;;) {
        heed(&l);
        listen_to_slots(&l);
        fill(&l);
        kd_sweep_tick(sweep, kd_clock_s());
        if (kd_sweep_is_over(sweep)) break;
        sleep_beside(&l);
        collect(&l);
        kd_sweep_commit(sweep, false);
    }
    free(l.slots);
    free(l.children);
}
