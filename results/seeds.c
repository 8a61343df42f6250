/* seeds.c - spreads by group, then power.h for each. */
#include "results/seeds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/format.h"
#include "results/power.h"

#define ALPHA 0.05
#define POWER 0.8

/* The spreads of all settings that ran more than once, in the metric's own unit. */
typedef struct {
    double least, pooled, largest; /* NaN without a setting */
    size_t settings, runs;
} spreads;

static kd_groups group_by_all_but_seed(const kd_cells *cells, kd_arena *arena)
{
    size_t       count, kept = 0;
    const char **keys = kd_cells_varying(cells, arena, &count);
    kd_groups    groups;

    for (size_t k = 0; k < count; k++)
        if (strcmp(keys[k], "seed") != 0) keys[kept++] = keys[k];
    kd_cells_group(cells, keys, kept, KD_ORDER_OF_VALUES, arena, &groups);
    return groups;
}

/* Pooled: the root of the mean variance, each weighed by its degrees of freedom. */
static spreads measure(const kd_groups *groups, const kd_metric *metric)
{
    spreads s = { NAN, NAN, NAN, 0, 0 };
    double  squares = 0;

    for (size_t g = 0; g < groups->count; g++) {
        kd_sample sample = kd_group_measure(&groups->groups[g], metric).sample;
        if (sample.n < 2) continue;
        s.least = fmin(s.least, sample.sd); /* of a number and NaN it is the number */
        s.largest = fmax(s.largest, sample.sd);
        squares += (double)(sample.n - 1) * sample.sd * sample.sd;
        s.runs += sample.n;
        s.settings++;
    }
    if (s.settings > 0) s.pooled = sqrt(squares / (double)(s.runs - s.settings));
    return s;
}

/* ---- the table ---- */

enum { OF, SD, FOUND, FIRST };

static double scale_of(const kd_metric *metric)
{
    return kd_metric_is_score(metric) ? 100 : 1;
}

static const char *unit_of(const kd_metric *metric)
{
    return kd_metric_is_score(metric) ? "points" : metric->unit;
}

static kd_table *create_table(const kd_seeds_query *q, const kd_metric *metric)
{
    kd_str      text = KD_STR_INIT;
    const char *unit = unit_of(metric), *blank = unit[0] != '\0' ? " " : "";
    int         decimals = kd_metric_is_score(metric) ? 2 : metric->decimals;
    kd_table   *table;

    kd_str_addf(&text, "Seeds a side that find a difference of %s", metric->title);
    table = kd_table_create(text.text);
    kd_table_add_column(table, KD_COLUMN_LABEL, "spread", "spread", -1);
    kd_table_add_column(table, KD_COLUMN_NUMBER, "sd", "sd", decimals);
    kd_str_reset(&text);
    kd_str_addf(&text, "found by %zu seed%s", q->planned, q->planned == 1 ? "" : "s");
    kd_table_add_column(table, KD_COLUMN_NUMBER, "found", text.text, decimals);
    for (size_t i = 0; i < q->difference_count; i++) {
        kd_str name = KD_STR_INIT;
        kd_str_reset(&text);
        kd_str_addf(&text, "%g%s%s", q->differences[i], blank,
                    q->differences[i] == 1 && strcmp(unit, "points") == 0 ? "point" : unit);
        kd_str_addf(&name, "seeds.%g", q->differences[i]);
        kd_table_add_column(table, KD_COLUMN_NUMBER, name.text, text.text, 0);
        kd_str_fini(&name);
    }
    kd_str_fini(&text);
    return table;
}

static void add_row(kd_table *table, const kd_seeds_query *q, const char *of, double sd)
{
    kd_design design = { false, sd, sd, q->planned, q->planned };
    kd_entry *row = kd_table_add_row(table);

    kd_entry_set_text(table, &row[OF], of);
    kd_entry_set_number(&row[SD], sd);
    kd_entry_set_number(&row[FOUND], kd_power_found(&design, ALPHA, POWER));
    for (size_t i = 0; i < q->difference_count; i++) {
        size_t runs = kd_power_runs(&design, q->differences[i], ALPHA, POWER);
        if (runs > 0) kd_entry_set_number(&row[FIRST + i], (double)runs);
    }
}

static void add_notes(kd_table *table, const spreads *s)
{
    if (s->settings == 0) {
        kd_table_note(table,
                      "No setting has run with two seeds yet, so there is no spread to plan by.");
        return;
    }
    kd_table_note(
        table,
        "From %zu run%s of %zu setting%s: the spread over seeds; pooled is that of all of "
        "them together.",
        s->runs, s->runs == 1 ? "" : "s", s->settings, s->settings == 1 ? "" : "s");
    kd_table_note(table, "Found: four times in five, by Welch's two-sided test at 5 %%, as many "
                         "seeds on either side. A family of comparisons takes more.");
    if (s->runs - s->settings < 10)
        kd_table_note(table, "So few runs may show half of the true spread, which takes four times "
                             "as many seeds.");
}

kd_status kd_seeds_table(kd_table **out, const kd_cells *cells, const kd_seeds_query *query,
                         kd_error *err)
{
    kd_arena *arena = kd_arena_create(0);
    kd_metric metric;
    kd_status status = kd_metric_resolve(&metric, cells, query->metric, query->split, err);

    if (status == KD_OK) {
        kd_groups groups = group_by_all_but_seed(cells, arena);
        spreads   s = measure(&groups, &metric);
        double    scale = scale_of(&metric);
        *out = create_table(query, &metric);
        if (s.settings > 1) add_row(*out, query, "least", s.least * scale);
        if (s.settings > 0) add_row(*out, query, "pooled", s.pooled * scale);
        if (s.settings > 1) add_row(*out, query, "largest", s.largest * scale);
        add_notes(*out, &s);
    }
    kd_arena_destroy(arena);
    return status;
}
