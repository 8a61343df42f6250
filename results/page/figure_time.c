/* figure_time.c - the time of all cells by what they were. */
#include <math.h>

#include "results/page/figures.h"
#include "results/role.h"

enum { BARS_MOST = 40 };

static void add_bar(kd_chart_bar *bar, const kd_report *r, const kd_group *group, const char *name,
                    int series, const kd_metric *time)
{
    kd_measure m = kd_group_measure(group, time);
    kd_str     hover = KD_STR_INIT;

    *bar = (kd_chart_bar){ .name = name, .series = series };
    bar->value = m.sample.n > 0 ? m.sample.mean * (double)m.sample.n : NAN;
    bar->figures = bar->value >= 600
                       ? kd_arena_sprintf(r->arena, "%.1f min in %zu", bar->value / 60, m.sample.n)
                       : kd_arena_sprintf(r->arena, "%.1f s in %zu", bar->value, m.sample.n);
    kd_str_addf(&hover, "%s\n", name);
    kd_report_add_cells(&hover, group->ids, group->count);
    bar->hover = kd_arena_strdup(r->arena, hover.text);
    kd_str_fini(&hover);
}

kd_status kd_figure_time(kd_charts *out, const kd_report *r, kd_str *notes, kd_error *err)
{
    kd_chart_words words = { .title = "Time of cells, all runs of a setting together",
                             .about = "Seconds by the clock from the start of a cell to its end.",
                             .x = "seconds",
                             .y = "seconds" };
    kd_chart_bar   bars[BARS_MOST + 1];
    kd_metric      time;
    size_t         count = 0;

    (void)err;
    if (!kd_report_metric(&r->stores.cells, "time.cell_s", &time)) return KD_OK;
    for (size_t g = 0; g < r->groups.count && count < BARS_MOST; g++, count++)
        add_bar(&bars[count], r, &r->groups.groups[g], r->names[g],
                kd_report_series(r, &r->groups.groups[g]), &time);
    if (r->others.count > 0) {
        kd_id *ids = kd_arena_alloc(r->arena, r->others.count, sizeof *ids);
        for (size_t i = 0; i < r->others.count; i++) ids[i] = r->others.items[i]->id;
        kd_group others = { .cells = r->others.items, .ids = ids, .count = r->others.count };
        add_bar(&bars[count++], r, &others, "teachers and starts", KD_CHART_COLOURS - 1, &time);
    }
    if (r->groups.count > BARS_MOST && notes != NULL)
        kd_str_addf(notes, "The first %d of %zu settings are drawn.\n", BARS_MOST, r->groups.count);
    if (count > 0) kd_chart_bars(out, &words, bars, count);
    return KD_OK;
}
