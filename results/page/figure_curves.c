/* figure_curves.c - a panel for each setting but the compared one; in it a line for each of its values:
 * the mean over seeds, and the range of them as a band. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/page/figures.h"
#include "results/page/panels.h"

/* Points of a line, and of all lines of a page: what a browser shows at once, and a megabyte has room for. */
enum {
    PANELS_MOST = 12,
    LINES_MOST = 8,
    POINTS_MOST = 60,
    POINTS_LEAST = 12,
    ALL_POINTS_MOST = 3000,
    PARTS_MOST = 6
};

static const kd_account_column *column_of(const kd_report_history *history, const char *name)
{
    return kd_account_column_of(history->columns, history->count, name);
}

/* Each setting has two lines, its score and its loss. */
static size_t points_of_a_line(const kd_report *r)
{
    size_t lines = 2 * (r->groups.count < PANELS_MOST * LINES_MOST ? r->groups.count
                                                                   : PANELS_MOST * LINES_MOST);
    size_t points = lines > 0 ? ALL_POINTS_MOST / lines : POINTS_MOST;

    return points < POINTS_LEAST ? POINTS_LEAST : points > POINTS_MOST ? POINTS_MOST : points;
}

/* One column of all runs of a group, up to the end of the shortest, with its updates. */
typedef struct {
    const kd_account_column **of, *update;
    size_t                    count, moments;
} runs;

static runs gather_runs(const kd_report *r, const kd_group *group, const char *column)
{
    runs all = { .of = kd_arena_alloc(r->arena, group->count, sizeof *all.of) };

    for (size_t i = 0; i < group->count; i++) {
        const kd_report_history *history = kd_report_history_of(r, group->cells[i]);
        const kd_account_column *own = history != NULL ? column_of(history, column) : NULL;
        if (own == NULL) continue;
        if (all.count == 0 || own->count < all.moments)
            all.moments = own->count, all.update = history->update;
        all.of[all.count++] = own;
    }
    return all;
}

/* Scores are there where devel was looked at. A loss is the mean since the moment before: over a fraction of the updates that
 * moments have on average it is that of a few batches. */
static bool is_point(const runs *all, size_t moment, bool is_mean)
{
    const double *update = all->update->values;
    double        since = update[moment] - (moment > 0 ? update[moment - 1] : 0);

    for (size_t i = 0; i < all->count; i++)
        if (!isfinite(all->of[i]->values[moment])) return false;
    return !is_mean || since >= 0.25 * update[all->moments - 1] / (double)all->moments;
}

static void set_point(kd_chart_line *line, double *x, double *y, double *low, double *high,
                      const runs *all, size_t moment)
{
    size_t at = line->count++;

    x[at] = all->update->values[moment];
    y[at] = 0;
    low[at] = high[at] = all->of[0]->values[moment];
    for (size_t i = 0; i < all->count; i++) {
        double value = all->of[i]->values[moment];
        y[at] += value / (double)all->count;
        low[at] = fmin(low[at], value);
        high[at] = fmax(high[at], value);
    }
}

/* The line of a group: only moments that all its runs have, at the updates of the first, the last one among them. */
static bool make_line(const kd_report *r, const kd_group *group, const char *column,
                      kd_chart_line *line)
{
    runs    all = gather_runs(r, group, column);
    bool    is_mean = strcmp(column, "score") != 0;
    size_t *moments = kd_arena_alloc(r->arena, all.moments + 1, sizeof *moments), points = 0;
    size_t  most = points_of_a_line(r), stride;

    for (size_t k = 0; k < all.moments; k++)
        if (is_point(&all, k, is_mean)) moments[points++] = k;
    if (points == 0) return false;
    double *x = kd_arena_alloc(r->arena, 4 * points, sizeof *x), *y = x + points;
    double *low = y + points, *high = low + points;
    stride = (points + most - 1) / most;
    for (size_t p = (points - 1) % stride; p < points; p += stride)
        set_point(line, x, y, low, high, &all, moments[p]);
    line->x = x, line->y = y;
    if (all.count > 1) line->low = low, line->high = high;
    return true;
}

/* What is said of a line under a pointer. */
static const char *say_line(const kd_report *r, size_t g)
{
    const kd_group *group = &r->groups.groups[g];
    kd_str          hover = KD_STR_INIT;
    const char     *kept;

    kd_str_addf(&hover, "%s\n", r->names[g]);
    kd_report_add_cells(&hover, group->ids, group->count);
    kept = kd_arena_strdup(r->arena, hover.text);
    kd_str_fini(&hover);
    return kept;
}

static void add_line(const kd_report *r, size_t g, const char *column, kd_chart_line *lines,
                     size_t *count)
{
    const kd_group *group = &r->groups.groups[g];
    kd_chart_line   line = { .series = kd_report_series(r, group) };

    if (*count == LINES_MOST || !make_line(r, group, column, &line)) return;
    line.name = r->among < r->key_count ? kd_report_value_name(r, group->values[r->among]) : "all";
    line.hover = say_line(r, g);
    lines[(*count)++] = line;
}

static void draw_panel(kd_charts *out, const kd_report *r, const kd_panel *panel,
                       const char *column, const char *what)
{
    kd_chart_line lines[LINES_MOST];
    size_t        count = 0;

    for (size_t i = 0; i < panel->count; i++) add_line(r, panel->groups[i], column, lines, &count);
    if (count == 0) return;
    kd_chart_words words = {
        .title = kd_arena_sprintf(r->arena, "%s%s%s", what, *panel->name ? ": " : "", panel->name),
        .about = "The mean over runs, and the range from the lowest to the highest run as a band.",
        .x = "updates",
        .y = what,
    };
    kd_chart_lines(out, &words, lines, count);
}

/* ---- parts of the loss ---- */

/* The first history of a group: its runs have the same method, and so the same parts. */
static const kd_report_history *first_history(const kd_report *r, const kd_group *group)
{
    for (size_t i = 0; i < group->count; i++)
        if (kd_report_history_of(r, group->cells[i]) != NULL)
            return kd_report_history_of(r, group->cells[i]);
    return NULL;
}

/* A panel of a setting whose loss has several parts; false where it has not. */
static bool draw_parts(kd_charts *out, const kd_report *r, size_t g)
{
    const kd_report_history *history = first_history(r, &r->groups.groups[g]);
    kd_chart_line            lines[LINES_MOST];
    size_t                   count = 0;

    for (size_t c = 0; history != NULL && c < history->count && count < LINES_MOST; c++) {
        const char   *name = history->columns[c].name;
        kd_chart_line line = { .series = (int)count };
        if (!kd_starts_with(name, "part.") || !make_line(r, &r->groups.groups[g], name, &line))
            continue;
        line.name = name + strlen("part.");
        line.hover = say_line(r, g);
        lines[count++] = line;
    }
    if (count < 2) return false;
    kd_chart_words words = {
        .title = kd_arena_sprintf(r->arena, "Parts of the loss: %s", r->names[g]),
        .about = "Means over runs of each part, before its weight, over the batches that had it.",
        .x = "updates",
        .y = "part of the loss",
    };
    kd_chart_lines(out, &words, lines, count);
    return true;
}

static void draw_all_parts(kd_charts *out, const kd_report *r, kd_str *notes)
{
    size_t drawn = 0, left_out = 0;

    for (size_t g = 0; g < r->groups.count; g++) {
        if (drawn < PARTS_MOST)
            drawn += draw_parts(out, r, g);
        else
            left_out++;
    }
    if (left_out > 0 && notes != NULL)
        kd_str_addf(notes,
                    "Parts of the loss are drawn for the first %d settings that have several.\n",
                    PARTS_MOST);
}

/* ---- the whole ---- */

kd_status kd_figure_curves(kd_charts *out, const kd_report *report, kd_str *notes, kd_error *err)
{
    size_t    count;
    kd_panel *panels = kd_panels_of(report, &count);

    (void)err;
    for (size_t p = 0; p < count && p < PANELS_MOST; p++) {
        draw_panel(out, report, &panels[p], "score", "Score on devel");
        draw_panel(out, report, &panels[p], "loss", "Loss");
    }
    draw_all_parts(out, report, notes);
    if (count > PANELS_MOST && notes != NULL)
        kd_str_addf(notes, "Curves of the first %d of %zu settings are drawn.\n", PANELS_MOST,
                    count);
    if (report->value_count > LINES_MOST && notes != NULL)
        kd_str_addf(notes, "The first %d of %zu values of %s are drawn.\n", LINES_MOST,
                    report->value_count, report->keys[report->among]);
    return KD_OK;
}
