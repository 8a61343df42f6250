/* figure_curves.c - a panel for each setting but the compared one; in it a line for each of its values:
 * the mean over seeds, and the range of them as a band. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/page/figures.h"

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

/* The line of a group: only moments that all its runs have, at the updates of the first. */
static bool make_line(const kd_report *r, const kd_group *group, const char *column,
                      kd_chart_line *line)
{
    const kd_account_column **runs = kd_arena_alloc(r->arena, group->count, sizeof *runs);
    const kd_account_column  *update = NULL;
    size_t                    n = 0, moments = 0, stride, most = points_of_a_line(r);

    for (size_t i = 0; i < group->count; i++) {
        const kd_report_history *history = kd_report_history_of(r, group->cells[i]);
        if (history == NULL || column_of(history, column) == NULL) continue;
        runs[n] = column_of(history, column);
        if (n == 0 || runs[n]->count < moments) moments = runs[n]->count, update = history->update;
        n++;
    }
    if (moments == 0) return false;
    stride = (moments + most - 1) / most;
    double *x = kd_arena_alloc(r->arena, 4 * moments, sizeof *x), *y = x + moments;
    double *low = y + moments, *high = low + moments;
    size_t  used = 0;
    for (size_t k = (moments - 1) % stride; k < moments; k += stride, used++) {
        y[used] = 0;
        low[used] = high[used] = runs[0]->values[k];
        for (size_t i = 0; i < n; i++) {
            y[used] += runs[i]->values[k] / (double)n;
            low[used] = fmin(low[used], runs[i]->values[k]);
            high[used] = fmax(high[used], runs[i]->values[k]);
        }
        x[used] = update->values[k];
    }
    line->x = x, line->y = y, line->count = used;
    if (n > 1) line->low = low, line->high = high;
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
    line.name = r->among < r->key_count && group->values[r->among] != NULL ? group->values[r->among]
                                                                           : "all";
    line.hover = say_line(r, g);
    lines[(*count)++] = line;
}

static void draw_panel(kd_charts *out, const kd_report *r, const char *rest, const char *column,
                       const char *what)
{
    kd_chart_line lines[LINES_MOST];
    size_t        count = 0;

    for (size_t g = 0; g < r->groups.count; g++)
        if (strcmp(kd_report_rest(r, &r->groups.groups[g]), rest) == 0)
            add_line(r, g, column, lines, &count);
    if (count == 0) return;
    kd_chart_words words = {
        .title = kd_arena_sprintf(r->arena, "%s%s%s", what, *rest ? ": " : "", rest),
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

/* What panels are called, each once, in the order of the groups. */
static const char **list_panels(const kd_report *r, size_t *count)
{
    const char **rests = kd_arena_alloc(r->arena, r->groups.count + 1, sizeof *rests);

    *count = 0;
    for (size_t g = 0; g < r->groups.count; g++) {
        const char *rest = kd_report_rest(r, &r->groups.groups[g]);
        size_t      p = 0;
        while (p < *count && strcmp(rests[p], rest) != 0) p++;
        if (p == *count) rests[(*count)++] = rest;
    }
    return rests;
}

kd_status kd_figure_curves(kd_charts *out, const kd_report *report, kd_str *notes, kd_error *err)
{
    size_t       count;
    const char **panels = list_panels(report, &count);

    (void)err;
    for (size_t p = 0; p < count && p < PANELS_MOST; p++) {
        draw_panel(out, report, panels[p], "score", "Score on devel");
        draw_panel(out, report, panels[p], "loss", "Loss");
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
