/* figure_heat.c - the score over the compared key and the rest; and over groups and types of entity. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/page/figures.h"
#include "results/page/panels.h"

enum { ROWS_MOST = 60, COLUMNS_MOST = 14 };

typedef struct {
    KD_VEC(const char *) rows;
    KD_VEC(const char *) columns;
    double      *values;
    const char **hover;
    size_t       width;
} grid;

static void grid_init(grid *g, const kd_report *r, size_t rows, size_t columns)
{
    *g = (grid){ .width = columns };
    g->values = kd_arena_alloc(r->arena, rows * columns + 1, sizeof *g->values);
    g->hover = kd_arena_zero(r->arena, rows * columns + 1, sizeof *g->hover);
    for (size_t i = 0; i < rows * columns; i++) g->values[i] = NAN;
}

static void grid_set(grid *g, const kd_report *r, size_t row, size_t column, const kd_group *group,
                     const char *name, const kd_metric *metric)
{
    kd_measure m = kd_group_measure(group, metric);
    kd_str     hover = KD_STR_INIT;

    if (m.sample.n == 0) return;
    g->values[row * g->width + column] = m.sample.mean;
    kd_str_addf(&hover, "%s\n%s %.*f", name, metric->title, metric->decimals, m.sample.mean);
    if (isfinite(m.sample.sd)) kd_str_addf(&hover, " ± %.*f", metric->decimals, m.sample.sd);
    kd_str_add_char(&hover, '\n');
    kd_report_add_cells(&hover, group->ids, group->count);
    g->hover[row * g->width + column] = kd_arena_strdup(r->arena, hover.text);
    kd_str_fini(&hover);
}

static void grid_draw(kd_charts *out, grid *g, const kd_chart_words *words, int decimals)
{
    const kd_chart_grid drawn = { .rows = g->rows.items,
                                  .columns = g->columns.items,
                                  .row_count = g->rows.count,
                                  .column_count = g->columns.count,
                                  .values = g->values,
                                  .hover = g->hover,
                                  .decimals = decimals };

    if (drawn.row_count > 0 && drawn.column_count > 0) kd_chart_heat(out, words, &drawn);
    kd_vec_fini(&g->rows);
    kd_vec_fini(&g->columns);
}

/* ---- two axes ---- */

static void draw_settings(kd_charts *out, const kd_report *r, kd_str *notes)
{
    grid      g;
    size_t    columns = r->value_count < COLUMNS_MOST ? r->value_count : COLUMNS_MOST, rows;
    kd_panel *panels = kd_panels_of(r, &rows);

    if (r->key_count < 2 || !r->has_score || r->value_count < 2) return;
    grid_init(&g, r, rows, columns);
    for (size_t v = 0; v < columns; v++)
        kd_vec_push(&g.columns, kd_report_value_name(r, r->values[v]));
    for (size_t row = 0; row < rows; row++) {
        kd_vec_push(&g.rows, panels[row].name);
        for (size_t i = 0; i < panels[row].count; i++) {
            size_t          number = panels[row].groups[i];
            const kd_group *group = &r->groups.groups[number];
            size_t          column = (size_t)kd_report_series(r, group);
            if (column < columns) grid_set(&g, r, row, column, group, r->names[number], &r->score);
        }
    }
    if (g.rows.count > ROWS_MOST) {
        if (notes != NULL)
            kd_str_addf(notes, "The first %d of %zu settings are drawn.\n", ROWS_MOST,
                        g.rows.count);
        g.rows.count = ROWS_MOST;
    }
    kd_chart_words words = { .title = kd_arena_sprintf(r->arena, "%s by %s", r->score.title,
                                                       r->keys[r->among]),
                             .about = "Means over runs; the darker, the higher.",
                             .y = r->score.title };
    grid_draw(out, &g, &words, r->score.decimals);
}

/* ---- types ---- */

/* The mean over types is no type. */
static void drop_means(kd_metrics *types, const char *score)
{
    size_t kept = 0, length = strlen(score) - strlen("f1");

    for (size_t i = 0; i < types->count; i++)
        if (strcmp(types->items[i].name + length, "macro.f1") != 0)
            types->items[kept++] = types->items[i];
    types->count = kept;
}

/* "test.entity_strict.Disease.f1" where "test.entity_strict.f1" is the score. */
static bool find_types(const kd_report *r, kd_metrics *types)
{
    kd_str      pattern = KD_STR_INIT;
    const char *word;
    kd_error    none;
    kd_status   status;

    kd_vec_fini(types);
    if (!r->has_score || !kd_ends_with(r->score.name, ".f1")) return false;
    kd_str_addf(&pattern, "%.*s.*.f1", (int)(strlen(r->score.name) - strlen(".f1")), r->score.name);
    word = pattern.text;
    status = kd_metrics_resolve(types, &r->students, &word, 1, "test", &none);
    drop_means(types, r->score.name);
    kd_str_fini(&pattern);
    return status == KD_OK && types->count > 1; /* one type is the score */
}

/* Between the score's name and ".f1". */
static const char *type_of(const kd_report *r, const kd_metric *metric)
{
    size_t from = strlen(r->score.name) - strlen("f1"), all = strlen(metric->name);

    if (all < from + strlen(".f1")) return metric->name;
    return kd_arena_strndup(r->arena, metric->name + from, all - from - strlen(".f1"));
}

static void draw_types(kd_charts *out, const kd_report *r, kd_str *notes)
{
    kd_metrics types = KD_VEC_INIT;
    grid       g;
    size_t     rows = r->groups.count < ROWS_MOST ? r->groups.count : ROWS_MOST;

    if (!find_types(r, &types)) {
        kd_vec_fini(&types);
        return;
    }
    if (types.count > COLUMNS_MOST) {
        if (notes != NULL)
            kd_str_addf(notes, "The first %d of %zu types are drawn.\n", COLUMNS_MOST, types.count);
        types.count = COLUMNS_MOST;
    }
    grid_init(&g, r, rows, types.count);
    for (size_t t = 0; t < types.count; t++) kd_vec_push(&g.columns, type_of(r, &types.items[t]));
    for (size_t i = 0; i < rows; i++) {
        kd_vec_push(&g.rows, r->names[i]);
        for (size_t t = 0; t < types.count; t++)
            grid_set(&g, r, i, t, &r->groups.groups[i], r->names[i], &types.items[t]);
    }
    kd_chart_words words = { .title = kd_arena_sprintf(r->arena, "%s by type", r->score.title),
                             .about = "Means over runs; the darker, the higher.",
                             .y = r->score.title };
    grid_draw(out, &g, &words, 3);
    kd_vec_fini(&types);
}

kd_status kd_figure_heat(kd_charts *out, const kd_report *report, kd_str *notes, kd_error *err)
{
    (void)err;
    draw_settings(out, report, notes);
    draw_types(out, report, notes);
    return KD_OK;
}
