/* sweep_room.c - room for wide cells, and the words where there is none. */
#include "harness/dispatch/sweep_internal.h"

#include <stdlib.h>

static bool is_wide(const kd_sweep *s, uint32_t node)
{
    kd_work_item item = kd_sweep_item(s, node);
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
