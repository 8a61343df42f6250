/* running.c - a table of running cells, and two panels of curves. */
#include "results/page/running.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/base/clock.h"
#include "results/page/html.h"

enum { LINES_MOST = 8, CELLS_MOST = 60 };

bool kd_running_goes_on(const kd_report *report)
{
    for (size_t i = 0; i < report->parts.count; i++)
        if (report->parts.items[i].stands && kd_standing_is_live(&report->parts.items[i].standing))
            return true;
    return false;
}

/* ---- the table ---- */

static void add_row(kd_table *table, const kd_standing *standing, const kd_tally_cell *cell)
{
    const kd_live_cell *live = kd_live_find(&standing->live, cell->id);
    kd_entry           *row = kd_table_add_row(table);
    double              now_s = kd_clock_unix_s();
    char                words[32], id[KD_ID_TEXT];

    kd_id_text(id, cell->id);
    id[7] = '\0';
    kd_entry_set_text(table, &row[0], id);
    kd_entry_set_text(table, &row[1], cell->label);
    kd_entry_set_text(table, &row[5],
                      kd_clock_words(words, sizeof words, fmax(0, now_s - cell->time_s)));
    if (live == NULL) return;
    if (live->point.epochs > 0) {
        snprintf(words, sizeof words, "%d of %d", live->point.epoch, live->point.epochs);
        kd_entry_set_text(table, &row[2], words);
    }
    if (isfinite(live->point.loss)) kd_entry_set_number(&row[3], live->point.loss);
    if (isfinite(live->point.score)) kd_entry_set_number(&row[4], live->point.score);
    if (kd_live_eta_s(live, now_s) >= 0)
        kd_entry_set_text(table, &row[6],
                          kd_clock_words(words, sizeof words, kd_live_eta_s(live, now_s)));
}

static void add_table(kd_str *out, const kd_report *r)
{
    kd_table *table = kd_table_create("What runs at this moment.");

    kd_table_add_column(table, KD_COLUMN_LABEL, "id", "id", -1);
    kd_table_add_column(table, KD_COLUMN_TEXT, "cell", "cell", -1);
    kd_table_add_column(table, KD_COLUMN_LABEL, "epoch", "epoch", -1);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "loss", "loss", 4);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "devel", "devel", 4);
    kd_table_add_column(table, KD_COLUMN_LABEL, "since", "runs for", -1);
    kd_table_add_column(table, KD_COLUMN_LABEL, "left", "left", -1);
    for (size_t i = 0; i < r->parts.count; i++) {
        const kd_standing *s = &r->parts.items[i].standing;
        if (!r->parts.items[i].stands) continue;
        for (size_t c = 0; c < s->cell_count && kd_table_row_count(table) < CELLS_MOST; c++)
            if (kd_standing_of(s, &s->cells[c]) == KD_STANDING_RUNNING)
                add_row(table, s, &s->cells[c]);
    }
    if (kd_table_row_count(table) > 0) kd_html_table(out, table, false);
    kd_table_destroy(table);
}

/* ---- curves ---- */

static double loss_of(const kd_progress_point *point)
{
    return point->loss;
}

static double score_of(const kd_progress_point *point)
{
    return point->score;
}

/* Over the moments that were seen: an epoch may have several. */
static void draw(kd_charts *out, const kd_report *r, const kd_trails *trails, const char *title,
                 double (*value)(const kd_progress_point *point))
{
    kd_chart_words words = { .title = title,
                             .about = "Of the cells that run, since the page is followed.",
                             .x = "epochs",
                             .y = title };
    kd_chart_line  lines[LINES_MOST];
    size_t         count = 0;

    for (size_t t = 0; t < trails->count && count < LINES_MOST; t++) {
        const kd_trail *trail = &trails->items[t];
        double         *x = kd_arena_alloc(r->arena, 2 * trail->points.count + 1, sizeof *x);
        double         *y = x + trail->points.count;
        size_t          n = 0;
        for (size_t i = 0; i < trail->points.count; i++) {
            if (!isfinite(value(&trail->points.items[i]))) continue;
            x[n] = trail->points.items[i].epoch;
            y[n++] = value(&trail->points.items[i]);
        }
        if (n == 0) continue;
        lines[count] = (kd_chart_line){ .name = trail->label,
                                        .hover = trail->label,
                                        .x = x,
                                        .y = y,
                                        .count = n,
                                        .series = (int)count };
        count++;
    }
    if (count > 0) kd_chart_lines(out, &words, lines, count);
}

void kd_running_add(kd_str *out, const kd_report *report, const kd_trails *trails)
{
    kd_charts charts = KD_VEC_INIT;

    add_table(out, report);
    if (trails == NULL) return;
    draw(&charts, report, trails, "Score on devel", score_of);
    draw(&charts, report, trails, "Loss", loss_of);
    kd_html_figures(out, &charts);
    kd_charts_fini(&charts);
}
