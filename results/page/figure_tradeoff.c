/* figure_tradeoff.c - what a group is worth against what it costs; its teachers beside it. */
#include <math.h>

#include "results/page/figures.h"
#include "results/role.h"

enum { TEACHER_SERIES = KD_CHART_COLOURS - 1 };

typedef KD_VEC(kd_chart_spot) spots;

static void add_spot(spots *out, const kd_report *r, const kd_group *group, const char *name,
                     int series, const kd_metric *cost)
{
    kd_measure    x = kd_group_measure(group, cost), y = kd_group_measure(group, &r->score);
    kd_str        hover = KD_STR_INIT;
    kd_chart_spot spot = { .name = name, .series = series };

    if (x.sample.n == 0 || y.sample.n == 0) return;
    spot.x = x.sample.mean, spot.y = y.sample.mean, spot.sd = y.sample.sd;
    kd_str_addf(&hover, "%s\n%s %.*f", name, r->score.title, r->score.decimals, spot.y);
    if (isfinite(spot.sd)) kd_str_addf(&hover, " ± %.*f", r->score.decimals, spot.sd);
    kd_str_addf(&hover, ", %.4g %s\n", spot.x, cost->unit);
    kd_report_add_cells(&hover, group->ids, group->count);
    spot.hover = kd_arena_strdup(r->arena, hover.text);
    kd_str_fini(&hover);
    kd_vec_push(out, spot);
}

/* All cells that are no students, one by one: there are few. */
static void add_others(spots *out, const kd_report *r, const kd_metric *cost)
{
    for (size_t i = 0; i < r->others.count; i++) {
        const kd_record *cell = r->others.items[i];
        kd_id            id = cell->id;
        kd_group         one = { .cells = &cell, .ids = &id, .count = 1 };
        add_spot(out, r, &one, kd_role_word(kd_record_role(cell)), TEACHER_SERIES, cost);
    }
}

static void draw_against(kd_charts *out, const kd_report *r, const char *word, const char *title,
                         const char *axis)
{
    kd_metric cost;
    spots     all = KD_VEC_INIT;

    if (!r->has_score || !kd_report_metric(&r->students, word, &cost)) return;
    for (size_t g = 0; g < r->groups.count; g++)
        add_spot(&all, r, &r->groups.groups[g], r->names[g],
                 kd_report_series(r, &r->groups.groups[g]), &cost);
    add_others(&all, r, &cost);
    kd_chart_words words = {
        .title = kd_arena_sprintf(r->arena, "%s against %s", r->score.title, title),
        .about = "Means over runs with one standard deviation. Full marks are on the front: no "
                 "other is better and costs no more.",
        .x = axis,
        .y = r->score.title,
    };
    if (all.count > 0) kd_chart_points(out, &words, all.items, all.count);
    kd_vec_fini(&all);
}

kd_status kd_figure_tradeoff(kd_charts *out, const kd_report *report, kd_str *notes, kd_error *err)
{
    (void)notes;
    (void)err;
    draw_against(out, report, "size_mib", "size", "size in MiB");
    draw_against(out, report, "time.latency.f32.median_ms", "latency",
                 "median latency of a sentence in ms");
    draw_against(out, report, "train_s", "time of training", "training in s");
    return KD_OK;
}
